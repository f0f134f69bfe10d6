"""An edit conflict as people compare it: names for ids, times on the event's clock, labels for choices."""

from __future__ import annotations

from contextlib import AbstractContextManager

from eventos_core.db.session import TenantSession
from eventos_core.directory.commands.checks import Names, told_in_words
from eventos_core.models.directory import Organization
from eventos_core.models.events import PipelineStage, Venue, VenueSpace
from eventos_core.models.tenancy import AccountUser

_NAMES: Names = {
    "owner_id": (AccountUser, AccountUser.display_name),
    "stage_id": (PipelineStage, PipelineStage.name),
    "venue_id": (Venue, Venue.name),
    "space_id": (VenueSpace, VenueSpace.name),
    "host_organization_id": (Organization, Organization.name),
    "organization_id": (Organization, Organization.name),
}


def readable(db: TenantSession, timezone: str) -> AbstractContextManager[None]:
    """Turn an EditConflict raised inside into one that names what it compares; `timezone` is the event's."""
    return told_in_words(db, _NAMES, timezone)
