"""An edit conflict as people compare it: names for ids, times on the event's clock, labels for choices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.kernel import clock
from eventos_core.kernel.errors import EditConflict
from eventos_core.models.directory import Organization
from eventos_core.models.events import PipelineStage, Venue, VenueSpace
from eventos_core.models.tenancy import AccountUser

_NAMES: Mapping[str, tuple[Any, Any]] = {
    "owner_id": (AccountUser, AccountUser.display_name),
    "stage_id": (PipelineStage, PipelineStage.name),
    "venue_id": (Venue, Venue.name),
    "space_id": (VenueSpace, VenueSpace.name),
    "host_organization_id": (Organization, Organization.name),
    "organization_id": (Organization, Organization.name),
}


@contextmanager
def readable(db: TenantSession, timezone: str) -> Iterator[None]:
    """Turn an EditConflict raised inside into one that names what it compares; `timezone` is the event's."""
    try:
        yield
    except EditConflict as conflict:
        raise EditConflict(
            conflict.message,
            version=conflict.version,
            theirs=_in_words(db, conflict.theirs, timezone),
            mine=_in_words(db, conflict.mine, timezone),
            changed_by=conflict.changed_by,
        ) from conflict


def _in_words(db: TenantSession, values: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    return {
        name.removesuffix("_id").removesuffix("_at"): _said(db, name, value, timezone) for name, value in values.items()
    }


def _said(db: TenantSession, name: str, value: Any, timezone: str) -> Any:
    if value is None:
        return None
    if name in _NAMES:
        model, label = _NAMES[name]
        return db.scalar(select(label).where(model.account_id == db.context.account_id, model.id == value))
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(clock.zone(timezone)):%a %d %b %Y, %H:%M}"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item}" for key, item in value.items())
    return getattr(value, "label", value)
