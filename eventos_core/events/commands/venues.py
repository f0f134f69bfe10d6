"""Venues and their spaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from eventos_core.db.editing import edit, get, set_archived
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import VenueKind
from eventos_core.events import rules
from eventos_core.events.commands.conflicts import readable
from eventos_core.kernel import clock, money
from eventos_core.kernel.errors import AlreadyExists, Conflict, InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event, EventSession, Venue, VenueSpace
from eventos_core.operations.custom.queries import settle


@dataclass(frozen=True)
class AddVenue:
    """A new venue; coordinates in degrees (WGS 84), money in minor units of `currency`."""

    name: str
    kind: VenueKind = VenueKind.OTHER
    organization_id: int | None = None
    market: str | None = None
    district: str | None = None
    street: str | None = None
    street2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    timezone: str | None = None
    capacity: int | None = None
    currency: str | None = None
    daily_rate_minor: int | None = None
    website: str | None = None
    phone: str | None = None
    email: str | None = None
    access_notes: str | None = None
    load_in_notes: str | None = None
    technical_notes: str | None = None
    house_rules: str | None = None
    notes: str | None = None
    tags: tuple[str, ...] = ()
    custom: Mapping[str, Any] | None = None
    """The custom fields as they should be; None leaves them."""


@dataclass(frozen=True)
class EditVenue:
    """The venue's form as it was seen at `version`."""

    venue_id: int
    version: int
    values: AddVenue


@dataclass(frozen=True)
class ArchiveVenue:
    """Take a venue out of lists and pickers, or bring it back."""

    venue_id: int
    version: int


@dataclass(frozen=True)
class VenueSaved:
    """The venue's id and version after the command."""

    venue_id: int
    version: int


@dataclass(frozen=True)
class AddSpace:
    """A room or area of a venue; capacities per set-up by set-up name."""

    venue_id: int
    name: str
    kind: str | None = None
    capacity: int | None = None
    min_capacity: int | None = None
    capacities: tuple[tuple[str, int], ...] = ()
    daily_rate_minor: int | None = None
    currency: str | None = None
    floor: str | None = None
    area_sqm: int | None = None
    picture_url: str | None = None
    is_bookable: bool = True
    notes: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class EditSpace:
    """The space's form as it was seen at `version`; a space stays in its venue."""

    space_id: int
    version: int
    values: AddSpace


@dataclass(frozen=True)
class ArchiveSpace:
    """Take a space out of use, or bring it back."""

    space_id: int
    version: int


@dataclass(frozen=True)
class SpaceSaved:
    """The space's id and version after the command."""

    space_id: int
    version: int


@command(requires=Permission.VENUES_WRITE)
def add_venue(db: TenantSession, cmd: AddVenue) -> VenueSaved:
    """Add a venue. Raises InvalidInput. Two venues may share a name: chains do."""
    custom = {} if cmd.custom is None else settle(db, "venues", cmd.custom, {})
    row = Venue(**_venue_values(cmd), custom=custom)
    db.add(row)
    db.flush()
    db.refresh(row)
    return VenueSaved(row.id, row.version)


@command(requires=Permission.VENUES_WRITE)
def edit_venue(db: TenantSession, cmd: EditVenue) -> VenueSaved:
    """Save a venue's form. Raises InvalidInput, EditConflict, Conflict when archived."""
    values = _venue_values(cmd.values)
    if cmd.values.custom is not None:
        before = get(db, Venue, cmd.venue_id, what="venue")
        values["custom"] = settle(db, "venues", cmd.values.custom, before.custom)
    with readable(db, db.context.timezone):
        row = edit(db, Venue, cmd.venue_id, cmd.version, values, what="venue")
    return VenueSaved(row.id, row.version)


@command(requires=Permission.VENUES_WRITE)
def archive_venue(db: TenantSession, cmd: ArchiveVenue) -> VenueSaved:
    """Take a venue out of use. Raises Conflict while an event to come has it, EditConflict."""
    row = get(db, Venue, cmd.venue_id, lock=True, what="venue")
    if row.archived_at is not None:
        return VenueSaved(row.id, row.version)
    coming = db.scalar(
        select(Event.name)
        .where(
            Event.account_id == db.context.account_id,
            Event.venue_id == row.id,
            Event.ends_at > func.now(),
            Event.archived_at.is_(None),
            Event.cancelled_at.is_(None),
        )
        .order_by(Event.starts_at)
        .limit(1)
    )
    if coming is not None:
        raise Conflict(f"“{coming}” takes place here.", hint="Move that event to another venue first.")
    set_archived(db, row, cmd.version, archived=True, what="venue")
    db.flush()
    db.refresh(row)
    return VenueSaved(row.id, row.version)


@command(requires=Permission.VENUES_WRITE)
def restore_venue(db: TenantSession, cmd: ArchiveVenue) -> VenueSaved:
    """Bring an archived venue back. Raises EditConflict."""
    row = get(db, Venue, cmd.venue_id, lock=True, what="venue")
    set_archived(db, row, cmd.version, archived=False, what="venue")
    db.flush()
    db.refresh(row)
    return VenueSaved(row.id, row.version)


@command(requires=Permission.VENUES_WRITE)
def add_space(db: TenantSession, cmd: AddSpace) -> SpaceSaved:
    """Add a space at the end of its venue's list. Raises InvalidInput, AlreadyExists for a taken name, NotFound."""
    venue = _open_venue(db, cmd.venue_id)
    values = _space_values(db, cmd, None)
    position = db.scalar(
        select(func.coalesce(func.max(VenueSpace.position), -1) + 1).where(
            VenueSpace.account_id == db.context.account_id, VenueSpace.venue_id == venue.id
        )
    )
    row = VenueSpace(venue_id=venue.id, position=position or 0, **values)
    db.add(row)
    db.flush()
    db.refresh(row)
    return SpaceSaved(row.id, row.version)


@command(requires=Permission.VENUES_WRITE)
def edit_space(db: TenantSession, cmd: EditSpace) -> SpaceSaved:
    """Save a space's form. Raises NotFound, InvalidInput, AlreadyExists, EditConflict, Conflict where archived."""
    venue_id = get(db, VenueSpace, cmd.space_id, what="space").venue_id
    _open_venue(db, venue_id)
    if venue_id != cmd.values.venue_id:
        raise InvalidInput("A space stays in its venue.", fields={"venue_id": "Another venue than the space's own"})
    values = _space_values(db, cmd.values, cmd.space_id)
    with readable(db, db.context.timezone):
        row = edit(db, VenueSpace, cmd.space_id, cmd.version, values, what="space")
    return SpaceSaved(row.id, row.version)


@command(requires=Permission.VENUES_WRITE)
def archive_space(db: TenantSession, cmd: ArchiveSpace) -> SpaceSaved:
    """Take a space out of use. Raises Conflict while a session to come is in it, EditConflict."""
    row = get(db, VenueSpace, cmd.space_id, lock=True, what="space")
    if row.archived_at is not None:
        return SpaceSaved(row.id, row.version)
    coming = db.scalar(
        select(EventSession.title)
        .where(
            EventSession.account_id == db.context.account_id,
            EventSession.space_id == row.id,
            EventSession.cancelled_at.is_(None),
            func.coalesce(EventSession.ends_at, EventSession.starts_at) > func.now(),
        )
        .limit(1)
    )
    if coming is not None:
        raise Conflict(f"“{coming}” takes place in it.", hint="Move that session first.")
    set_archived(db, row, cmd.version, archived=True, what="space")
    db.flush()
    db.refresh(row)
    return SpaceSaved(row.id, row.version)


@command(requires=Permission.VENUES_WRITE)
def restore_space(db: TenantSession, cmd: ArchiveSpace) -> SpaceSaved:
    """Bring an archived space back. Raises Conflict while its venue is archived, EditConflict."""
    venue_id = get(db, VenueSpace, cmd.space_id, what="space").venue_id
    _open_venue(db, venue_id)
    row = get(db, VenueSpace, cmd.space_id, lock=True, what="space")
    set_archived(db, row, cmd.version, archived=False, what="space")
    db.flush()
    db.refresh(row)
    return SpaceSaved(row.id, row.version)


def _open_venue(db: TenantSession, venue_id: int) -> Venue:
    """The venue, locked. Raises NotFound, Conflict when it is archived."""
    venue = get(db, Venue, venue_id, lock=True, what="venue")
    if venue.archived_at is not None:
        raise Conflict(f"The venue “{venue.name}” is archived.", hint="Restore it first.")
    return venue


def _venue_values(cmd: AddVenue) -> dict[str, Any]:
    fields: dict[str, str] = {}
    values = _cleaned(cmd)
    if not 1 <= len(values["name"] or "") <= 200:
        fields["name"] = "1 to 200 characters"
    if (cmd.latitude is None) != (cmd.longitude is None):
        fields["longitude"] = "Give both coordinates or none"
    elif cmd.latitude is not None and cmd.longitude is not None:
        if not -90 <= cmd.latitude <= 90:
            fields["latitude"] = "-90 to 90 degrees"
        if not -180 <= cmd.longitude <= 180:
            fields["longitude"] = "-180 to 180 degrees"
    _check_amounts(cmd.capacity, cmd.daily_rate_minor, cmd.currency, fields)
    if values["country"] and (len(values["country"]) != 2 or not values["country"].isalpha()):
        fields["country"] = "Two-letter code, such as FR"
    if fields:
        raise InvalidInput("Check the marked fields.", fields=fields)
    if values["country"]:
        values["country"] = values["country"].upper()
    if values["timezone"]:
        values["timezone"] = clock.zone(values["timezone"]).key
    if values["currency"]:
        values["currency"] = money.check_currency(values["currency"])
    return values


def _space_values(db: TenantSession, cmd: AddSpace, space_id: int | None) -> dict[str, Any]:
    fields: dict[str, str] = {}
    values = _cleaned(cmd)
    venue_id = values.pop("venue_id")
    values["capacities"] = dict(cmd.capacities)
    if not 1 <= len(values["name"] or "") <= 200:
        fields["name"] = "1 to 200 characters"
    _check_amounts(cmd.capacity, cmd.daily_rate_minor, cmd.currency, fields)
    if cmd.min_capacity is not None and (cmd.min_capacity < 0 or cmd.min_capacity > (cmd.capacity or cmd.min_capacity)):
        fields["min_capacity"] = "Not more than the capacity"
    if any(count <= 0 for _, count in cmd.capacities):
        fields["capacities"] = "Numbers above zero"
    if fields:
        raise InvalidInput("Check the marked fields.", fields=fields)
    if values["currency"]:
        values["currency"] = money.check_currency(values["currency"])
    taken = db.scalar(
        select(VenueSpace.id).where(
            VenueSpace.account_id == db.context.account_id,
            VenueSpace.venue_id == venue_id,
            VenueSpace.name == values["name"],
        )
    )
    if taken is not None and taken != space_id:
        raise AlreadyExists(f"This venue has a space called “{values['name']}” already.", hint="Choose another name.")
    return values


def _cleaned(cmd: AddVenue | AddSpace) -> dict[str, Any]:
    values = {name: getattr(cmd, name) for name in cmd.__dataclass_fields__}
    for name, value in values.items():
        if isinstance(value, str) and type(value) is str:
            values[name] = value.strip() or None
    values["name"] = " ".join(cmd.name.split())
    values["tags"] = rules.tags(cmd.tags)
    values.pop("custom", None)
    return values


def _check_amounts(capacity: int | None, rate: int | None, currency: str | None, fields: dict[str, str]) -> None:
    if capacity is not None and capacity <= 0:
        fields["capacity"] = "Above zero, or empty"
    if rate is not None and rate < 0:
        fields["daily_rate_minor"] = "Not below zero"
    if rate is not None and not currency:
        fields["currency"] = "Give the currency of the rate"
