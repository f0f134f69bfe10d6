"""Venues and their spaces: lists, one venue, when a space is taken, and what pickers offer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, Select, Subquery, and_, func, literal, select, true, union_all

from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import BookingLayer, ResourceKind, VenueKind
from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Organization
from eventos_core.models.events import BookingRow, Event, EventSession, Venue, VenueSpace
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, counted, keyset, paged

VENUES = FrameSpec(
    id="int",
    name="text",
    kind="text",
    market="text",
    city="text",
    country="text",
    capacity="int",
    spaces="int",
    largest="int",
    daily_rate_minor="int",
    currency="text",
    archived_at="instant",
    version="int",
    name_sort="text",
)
"""One row per venue; `spaces` counts those in use, `largest` is the greatest capacity among them."""

VENUES_IN_FULL = FrameSpec(
    id="int", name="text", kind="text", operator="text", market="text", district="text", street="text", street2="text",
    postal_code="text", city="text", region="text", country="text", timezone="text", capacity="int", spaces="int",
    largest="int", daily_rate_minor="int", currency="text", website="text", phone="text", email="text", tags="list",
    custom="json", name_sort="text",
)  # fmt: skip
"""For exports: one row per venue, `spaces` and `largest` as in `VENUES`."""

SPACES = FrameSpec(
    id="int",
    venue_id="int",
    name="text",
    kind="text",
    capacity="int",
    min_capacity="int",
    capacities="json",
    daily_rate_minor="int",
    currency="text",
    floor="text",
    area_sqm="int",
    picture_url="text",
    is_bookable="bool",
    notes="text",
    tags="list",
    archived_at="instant",
    version="int",
)
"""One row per space with all that its form edits; `capacities` maps a set-up to the persons it takes."""

SPACES_IN_FULL = FrameSpec(
    id="int", venue_id="int", venue="text", name="text", kind="text", capacity="int", min_capacity="int", floor="text",
    area_sqm="int", daily_rate_minor="int", currency="text", is_bookable="bool", tags="list", notes="text",
    venue_sort="text", position="int",
)  # fmt: skip
"""For exports: one row per space, by venue and in the venue's own order."""

SPACE_CALENDAR = FrameSpec(
    space="text",
    title="text",
    layer="text",
    source_table="text",
    event="text",
    slug="text",
    timezone="text",
    starts_at="instant",
    ends_at="instant",
)
"""One row per time a space is taken; `title` for sessions; `layer` hold: an event keeps it, use: something is in it."""


@dataclass(frozen=True)
class VenueFilter:
    """What to list; `min_capacity` counts the largest space or the venue as a whole."""

    q: str = ""
    market: str | None = None
    kind: tuple[VenueKind, ...] = ()
    tag: str | None = None
    min_capacity: int | None = None
    archived: bool = False


@dataclass(frozen=True)
class SpaceFilter:
    """Which spaces: of one venue, or of all in use."""

    venue_id: int | None = None
    archived: bool = False


@dataclass(frozen=True)
class VenueDetail:
    """One venue with all its fields that the form edits."""

    id: int
    name: str
    kind: VenueKind
    organization_id: int | None
    operator: str | None
    market: str | None
    district: str | None
    street: str | None
    street2: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    timezone: str | None
    capacity: int | None
    currency: str | None
    daily_rate_minor: int | None
    website: str | None
    phone: str | None
    email: str | None
    access_notes: str | None
    load_in_notes: str | None
    technical_notes: str | None
    house_rules: str | None
    notes: str | None
    tags: tuple[str, ...]
    archived_at: dt.datetime | None
    custom: dict[str, Any]
    version: int


def _conditions(account: int, wanted: VenueFilter, largest: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Venue.account_id == account,
        Venue.archived_at.is_not(None) if wanted.archived else Venue.archived_at.is_(None),
    ]
    # Some hundred venues a house: fragments are looked for row by row, in the venue and in its spaces.
    for word in wanted.q.split()[:8]:
        key = func.app.search_key(word)
        in_spaces = (
            select(VenueSpace.id)
            .where(
                VenueSpace.account_id == account,
                VenueSpace.venue_id == Venue.id,
                func.strpos(VenueSpace.search_text, key) > 0,
            )
            .exists()
        )
        conditions.append((func.strpos(Venue.search_text, key) > 0) | in_spaces)
    if wanted.market:
        conditions.append(Venue.market == wanted.market)
    if wanted.kind:
        conditions.append(Venue.kind.in_(wanted.kind))
    if wanted.tag:
        conditions.append(Venue.tags.contains([wanted.tag.strip().lower()]))
    if wanted.min_capacity:
        conditions.append(func.greatest(Venue.capacity, largest) >= wanted.min_capacity)
    return conditions


def _spaces_in_use(account: int) -> Subquery:
    """Venue → number of its spaces in use and the greatest capacity among them."""
    return (
        select(
            VenueSpace.venue_id,
            func.count().label("spaces"),
            func.max(VenueSpace.capacity).label("largest"),
        )
        .where(VenueSpace.account_id == account, VenueSpace.archived_at.is_(None))
        .group_by(VenueSpace.venue_id)
        .subquery()
    )


def _operator() -> ColumnElement[bool]:
    return and_(Organization.account_id == Venue.account_id, Organization.id == Venue.organization_id)


def _page(
    db: TenantSession, spec: FrameSpec, statement: Select[*tuple[Any, ...]], cursor: str | None, size: int
) -> PageOf:
    """The page by name that begins at `cursor`; `statement` selects what `spec` promises from venues."""
    place = Cursor.decode(cursor)
    statement = keyset(statement, [(Venue.name_sort.expression, "asc"), (Venue.id.expression, "asc")], place, size=size)
    return paged(spec.query(db, statement), ("name_sort", "id"), place, size=size)


@query(requires=Permission.VENUES_READ)
def venues(
    db: TenantSession, wanted: VenueFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of venues by name as `VENUES`."""
    in_use = _spaces_in_use(db.context.account_id)
    statement = (
        select(
            Venue.id,
            Venue.name,
            Venue.kind,
            Venue.market,
            Venue.city,
            Venue.country,
            Venue.capacity,
            func.coalesce(in_use.c.spaces, 0).label("spaces"),
            in_use.c.largest,
            Venue.daily_rate_minor,
            Venue.currency,
            Venue.archived_at,
            Venue.version,
            Venue.name_sort,
        )
        .outerjoin(in_use, in_use.c.venue_id == Venue.id)
        .where(*_conditions(db.context.account_id, wanted or VenueFilter(), in_use.c.largest))
    )
    return _page(db, VENUES, statement, cursor, size)


@query(requires=Permission.VENUES_READ)
def venues_in_full(
    db: TenantSession, wanted: VenueFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of the list as `VENUES_IN_FULL`."""
    in_use = _spaces_in_use(db.context.account_id)
    statement: Select[*tuple[Any, ...]] = (
        select(
            Venue.id, Venue.name, Venue.kind, Organization.name.label("operator"), Venue.market, Venue.district,
            Venue.street, Venue.street2, Venue.postal_code, Venue.city, Venue.region, Venue.country, Venue.timezone,
            Venue.capacity, func.coalesce(in_use.c.spaces, 0).label("spaces"), in_use.c.largest,
            Venue.daily_rate_minor, Venue.currency, Venue.website, Venue.phone, Venue.email, Venue.tags,
            Venue.custom, Venue.name_sort,
        )
        .outerjoin(in_use, in_use.c.venue_id == Venue.id)
        .outerjoin(Organization, _operator())
        .where(*_conditions(db.context.account_id, wanted or VenueFilter(), in_use.c.largest))
    )  # fmt: skip
    return _page(db, VENUES_IN_FULL, statement, cursor, size)


@query(requires=Permission.VENUES_READ)
def venues_counted(db: TenantSession, wanted: VenueFilter, limit: int) -> int:
    """How many venues the filter lists, counted up to `limit`."""
    in_use = _spaces_in_use(db.context.account_id)
    statement = (
        select(Venue.id)
        .outerjoin(in_use, in_use.c.venue_id == Venue.id)
        .where(*_conditions(db.context.account_id, wanted, in_use.c.largest))
    )
    return counted(db, statement, limit)


@query(requires=Permission.VENUES_READ)
def venue(db: TenantSession, venue_id: int) -> VenueDetail:
    """One venue, archived ones too. Raises NotFound."""
    row = db.execute(
        select(Venue, Organization.name)
        .outerjoin(Organization, _operator())
        .where(Venue.account_id == db.context.account_id, Venue.id == venue_id)
    ).first()
    if row is None:
        raise NotFound("There is no such venue.", hint="Choose one from the list of venues.")
    found: Venue = row[0]
    own = {name: getattr(found, name) for name in VenueDetail.__dataclass_fields__ if name not in {"operator", "tags"}}
    return VenueDetail(**own, operator=row[1], tags=tuple(found.tags))


@query(requires=Permission.VENUES_READ)
def spaces(db: TenantSession, venue_id: int, *, archived: bool | None = False) -> pd.DataFrame:
    """The venue's spaces in order, as `SPACES`; those in use, the archived ones, or both (None); at most 500."""
    statement = (
        select(*(getattr(VenueSpace, name) for name in SPACES.columns))
        .where(
            VenueSpace.account_id == db.context.account_id,
            VenueSpace.venue_id == venue_id,
            true() if archived is None else (VenueSpace.archived_at.is_not(None) == archived),
        )
        .order_by(VenueSpace.position, VenueSpace.name_sort, VenueSpace.id)
        .limit(500)
    )
    return SPACES.query(db, statement)


@query(requires=Permission.VENUES_READ)
def spaces_in_full(
    db: TenantSession, wanted: SpaceFilter, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of spaces as `SPACES_IN_FULL`. Raises InvalidInput for a damaged cursor."""
    place = Cursor.decode(cursor)
    statement = _spaces(
        db,
        wanted,
        select(
            VenueSpace.id, VenueSpace.venue_id, Venue.name.label("venue"), VenueSpace.name, VenueSpace.kind,
            VenueSpace.capacity, VenueSpace.min_capacity, VenueSpace.floor, VenueSpace.area_sqm,
            VenueSpace.daily_rate_minor, VenueSpace.currency, VenueSpace.is_bookable, VenueSpace.tags, VenueSpace.notes,
            Venue.name_sort.label("venue_sort"), VenueSpace.position,
        ),
    )  # fmt: skip
    order: list[tuple[ColumnElement[Any], Literal["asc", "desc"]]] = [
        (column.expression, "asc")
        for column in (Venue.name_sort, VenueSpace.venue_id, VenueSpace.position, VenueSpace.id)
    ]
    found = SPACES_IN_FULL.query(db, keyset(statement, order, place, size=size))
    return paged(found, ("venue_sort", "venue_id", "position", "id"), place, size=size)


@query(requires=Permission.VENUES_READ)
def spaces_counted(db: TenantSession, wanted: SpaceFilter, limit: int) -> int:
    """How many spaces the filter lists, counted up to `limit`."""
    return counted(db, _spaces(db, wanted, select(VenueSpace.id)), limit)


def _spaces(db: TenantSession, wanted: SpaceFilter, statement: Any) -> Any:
    return statement.join(
        Venue, and_(Venue.account_id == VenueSpace.account_id, Venue.id == VenueSpace.venue_id)
    ).where(
        VenueSpace.account_id == db.context.account_id,
        VenueSpace.archived_at.is_not(None) == wanted.archived,
        Venue.archived_at.is_(None) if wanted.venue_id is None else VenueSpace.venue_id == wanted.venue_id,
    )


@query(requires=Permission.VENUES_READ)
def markets(db: TenantSession) -> list[str]:
    """Markets in use, sorted."""
    rows = db.scalars(
        select(Venue.market)
        .where(Venue.account_id == db.context.account_id, Venue.archived_at.is_(None), Venue.market.is_not(None))
        .distinct()
        .limit(300)
    )
    return sorted(market for market in rows if market)


@query(requires=Permission.VENUES_READ)
def venue_choices(db: TenantSession) -> dict[int, str]:
    """Venues in use by id → name (city), for pickers; at most 500."""
    rows = db.execute(
        select(Venue.id, Venue.name, Venue.city)
        .where(Venue.account_id == db.context.account_id, Venue.archived_at.is_(None))
        .order_by(Venue.name_sort, Venue.id)
        .limit(500)
    ).all()
    return {row.id: f"{row.name} ({row.city})" if row.city else row.name for row in rows}


@query(requires=Permission.VENUES_READ)
def space_choices(db: TenantSession, venue_id: int | None = None) -> dict[int, str]:
    """Bookable spaces by id → “space · venue”, those of `venue_id` first; at most 1,000."""
    order: list[Any] = [Venue.name_sort, VenueSpace.position, VenueSpace.name_sort, VenueSpace.id]
    if venue_id is not None:
        order.insert(0, (VenueSpace.venue_id != venue_id))
    rows = db.execute(
        select(VenueSpace.id, VenueSpace.name, Venue.name.label("venue"))
        .join(Venue, and_(Venue.account_id == VenueSpace.account_id, Venue.id == VenueSpace.venue_id))
        .where(
            VenueSpace.account_id == db.context.account_id,
            VenueSpace.archived_at.is_(None),
            Venue.archived_at.is_(None),
            VenueSpace.is_bookable,
        )
        .order_by(*order)
        .limit(1000)
    ).all()
    return {row.id: f"{row.name} · {row.venue}" for row in rows}


def _open_ended(account: int, venue_id: int, first: dt.datetime, last: dt.datetime) -> Select[*tuple[Any, ...]]:
    """Sessions in the venue's spaces whose end is unknown: they book nothing."""
    return (
        select(
            VenueSpace.name.label("space"),
            EventSession.title,
            literal(BookingLayer.USE.value).label("layer"),
            literal("sessions").label("source_table"),
            Event.name.label("event"),
            Event.slug,
            Event.timezone,
            EventSession.starts_at,
            EventSession.ends_at,
        )
        .join(
            VenueSpace,
            and_(VenueSpace.account_id == EventSession.account_id, VenueSpace.id == EventSession.space_id),
        )
        .join(Event, and_(Event.account_id == EventSession.account_id, Event.id == EventSession.event_id))
        .where(
            EventSession.account_id == account,
            VenueSpace.venue_id == venue_id,
            EventSession.cancelled_at.is_(None),
            EventSession.ends_at.is_(None),
            EventSession.starts_at >= first,
            EventSession.starts_at < last,
        )
    )


@query(requires=Permission.VENUES_READ)
def space_calendar(db: TenantSession, venue_id: int, first: dt.datetime, last: dt.datetime) -> pd.DataFrame:
    """What takes the venue's spaces within [first, last), as `SPACE_CALENDAR` by start; at most 500.

    Read from the bookings of the clash rule, so what stands here is what is refused to others; sessions whose end is
    unknown book nothing and are listed besides.
    """
    account = db.context.account_id
    of_event = and_(Event.account_id == BookingRow.account_id, Event.id == BookingRow.event_id)
    booked = (
        select(
            VenueSpace.name.label("space"),
            EventSession.title,
            BookingRow.layer,
            BookingRow.source_table,
            Event.name.label("event"),
            Event.slug,
            Event.timezone,
            BookingRow.starts_at,
            BookingRow.ends_at,
        )
        .join(
            VenueSpace,
            and_(VenueSpace.account_id == BookingRow.account_id, VenueSpace.id == BookingRow.resource_id),
        )
        .outerjoin(
            EventSession,
            and_(
                EventSession.account_id == BookingRow.account_id,
                EventSession.id == BookingRow.source_id,
                BookingRow.source_table == "sessions",
            ),
        )
        .outerjoin(Event, of_event)
        .where(
            BookingRow.account_id == account,
            BookingRow.resource_kind == ResourceKind.SPACE,
            VenueSpace.venue_id == venue_id,
            BookingRow.starts_at < last,
            BookingRow.ends_at > first,
        )
    )
    both = union_all(booked, _open_ended(account, venue_id, first, last)).subquery()
    statement = select(*both.c).order_by(both.c.starts_at, both.c.space).limit(500)
    return SPACE_CALENDAR.query(db, statement)
