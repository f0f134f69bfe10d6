"""What every command on activities, notes and meetings checks of the records that they are about."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import literal, select, union_all

from eventos_core.crm.rules.activities import LINKS, needed
from eventos_core.db.session import TenantSession
from eventos_core.directory.commands.checks import Names, check_owner, told_in_words
from eventos_core.kernel.errors import InvalidInput, NotFound, PermissionDenied
from eventos_core.models.crm import Activity, MeetingBooking, MeetingType, Note, Opportunity
from eventos_core.models.directory import Contact, Organization
from eventos_core.models.events import Event
from eventos_core.models.sponsors import Sponsor
from eventos_core.models.tenancy import AccountUser

_TARGETS: Mapping[str, tuple[Any, str]] = {
    "contact_id": (Contact, "contact"),
    "organization_id": (Organization, "organisation"),
    "opportunity_id": (Opportunity, "deal"),
    "event_id": (Event, "event"),
    "sponsor_id": (Sponsor, "sponsor"),
}
_NAMES: Names = {
    "contact_id": (Contact, Contact.full_name),
    "organization_id": (Organization, Organization.name),
    "opportunity_id": (Opportunity, Opportunity.name),
    "event_id": (Event, Event.name),
    "owner_id": (AccountUser, AccountUser.display_name),
    "host_id": (AccountUser, AccountUser.display_name),
    "meeting_type_id": (MeetingType, MeetingType.name),
}


def links_of(row: Activity | Note | MeetingBooking) -> dict[str, int]:
    """What the stored row is about, by column."""
    return {name: value for name in LINKS if (value := getattr(row, name, None)) is not None}


def permit(db: TenantSession, links: Mapping[str, Any], action: str) -> None:
    """Raises PermissionDenied unless the actor may write something about these records."""
    wanted = needed({name: value for name, value in links.items() if value is not None and name in LINKS})
    if not db.context.can(wanted):
        raise PermissionDenied(
            "You may not write about deals or sponsors.", hint="Ask an owner or admin of the house for it.",
            permission=wanted.value, action=action,
        )  # fmt: skip


def check_targets(db: TenantSession, links: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
    """Raises NotFound for a record that the house has not, InvalidInput for one that is archived. One query.

    Links that stand already (`before`) may lead to what was archived since.
    """
    fresh = {
        name: links[name] for name in LINKS if links.get(name) is not None and (before or {}).get(name) != links[name]
    }
    if not fresh:
        return
    account = db.context.account_id
    statements = [
        select(literal(name).label("name"), model.archived_at.label("archived_at")).where(
            model.account_id == account, model.id == fresh[name]
        )
        for name, (model, _) in _TARGETS.items()
        if name in fresh
    ]
    found = {row.name: row.archived_at for row in db.execute(union_all(*statements))}
    for name in fresh:
        noun = _TARGETS[name][1]
        if name not in found:
            raise NotFound(f"This {noun} does not exist.", hint="It may have been deleted; choose another one.")
        if found[name] is not None:
            raise InvalidInput(
                f"This {noun} is archived.", hint="Restore it first.", fields={name: "Choose one that is in use"}
            )


def check_keeper(db: TenantSession, owner_id: int | None, before: int | None = None) -> None:
    """Raises InvalidInput for a new owner who is not in the team."""
    if owner_id != before:
        check_owner(db, owner_id)


def readable(db: TenantSession) -> AbstractContextManager[None]:
    """Turn an EditConflict raised inside into one that names what it compares."""
    return told_in_words(db, _NAMES, db.context.timezone)
