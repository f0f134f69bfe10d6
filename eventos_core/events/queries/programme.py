"""The programme of one event: sessions by day and space, their hosts, and where they overlap."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    Text,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import AttendanceMode, BookingLayer, HostRole, ResourceKind, SessionKind
from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, Organization
from eventos_core.models.events import BookingRow, Event, EventSession, SessionHost, Venue, VenueSpace
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, counted, keyset, paged

PROGRAMME = FrameSpec(
    id="int",
    title="text",
    kind="text",
    track="text",
    mode="text",
    space_id="int",
    space="text",
    place="text",
    starts_at="instant",
    ends_at="instant",
    capacity="int",
    hosts="text",
    cancelled_at="instant",
    version="int",
)
"""One row per session in programme order.

`place` is space and venue, or the place as written; `capacity` the session's own, else its space's; hosts joined by
“, ” in their order.
"""

PROGRAMME_IN_FULL = FrameSpec(
    id="int", title="text", kind="text", track="text", mode="text", space="text", venue="text", place="text",
    starts_at="instant", ends_at="instant", timezone="text", capacity="int", hosts="text", language="text", url="text",
    summary="text", description="text", tags="list", cancelled_at="instant", cancel_reason="text", position="int",
)  # fmt: skip
"""For exports: one row per session in programme order; `place` as written, where there is no space."""

WORTH_A_LOOK = FrameSpec(
    kind="text",
    resource="text",
    first_id="int",
    first="text",
    second_id="int",
    second="text",
    starts_at="instant",
    ends_at="instant",
)
"""What the database does not refuse but somebody should see, by time:

place = two sessions at the same written place · host = an organisation hosts two sessions at once · held = `first`
takes the space `resource` while the event `second` keeps it · capacity = `first` admits more than the space
`resource`, which holds `second` persons · outside = `first` lies more than a day before or after the event.
"""

MAX_SESSIONS = 2000


@dataclass(frozen=True)
class ProgrammeSlice:
    """Which sessions of an event: those that start within [from_, to), of a track, with all words of `q`."""

    event_id: int
    from_: dt.datetime | None = None
    to: dt.datetime | None = None
    track: str | None = None
    q: str = ""
    cancelled: bool = True


@dataclass(frozen=True)
class SessionHostRow:
    """One host of a session: a contact or an organisation."""

    id: int
    contact_id: int | None
    organization_id: int | None
    name: str
    role: HostRole
    version: int


@dataclass(frozen=True)
class SessionDetail:
    """One session as its form needs it; `place` is space and venue, or the place as written."""

    id: int
    event_id: int
    title: str
    summary: str | None
    description: str | None
    kind: SessionKind
    track: str | None
    mode: AttendanceMode
    space_id: int | None
    place: str | None
    location_text: str | None
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    capacity: int | None
    language: str | None
    url: str | None
    internal_notes: str | None
    tags: tuple[str, ...]
    cancelled_at: dt.datetime | None
    cancel_reason: str | None
    version: int
    hosts: tuple[SessionHostRow, ...]


def _host_names(account: int, event_id: int) -> Subquery:
    """Session → its hosts' names in order, joined by commas."""
    return (
        select(
            SessionHost.session_id,
            func.string_agg(
                func.coalesce(SessionHost.billing, Contact.full_name, Organization.name),
                aggregate_order_by(literal(", "), SessionHost.position, SessionHost.id),
            ).label("hosts"),
        )
        .outerjoin(Contact, and_(Contact.account_id == SessionHost.account_id, Contact.id == SessionHost.contact_id))
        .outerjoin(
            Organization,
            and_(Organization.account_id == SessionHost.account_id, Organization.id == SessionHost.organization_id),
        )
        .where(SessionHost.account_id == account, SessionHost.event_id == event_id)
        .group_by(SessionHost.session_id)
        .subquery()
    )


@query(requires=Permission.EVENTS_READ)
def programme(
    db: TenantSession,
    event_id: int,
    *,
    from_: dt.datetime | None = None,
    to: dt.datetime | None = None,
    track: str | None = None,
    q: str = "",
    cancelled: bool = True,
    limit: int = MAX_SESSIONS,
) -> pd.DataFrame:
    """Sessions that start within [from_, to), as `PROGRAMME`; the first `limit`, at most 2,000."""
    account = db.context.account_id
    named = _host_names(account, event_id)
    statement = select(
        EventSession.id,
        EventSession.title,
        EventSession.kind,
        EventSession.track,
        EventSession.mode,
        EventSession.space_id,
        VenueSpace.name.label("space"),
        func.coalesce(VenueSpace.name + " · " + Venue.name, EventSession.location_text).label("place"),
        EventSession.starts_at,
        EventSession.ends_at,
        func.coalesce(EventSession.capacity, VenueSpace.capacity).label("capacity"),
        named.c.hosts,
        EventSession.cancelled_at,
        EventSession.version,
    )
    wanted = ProgrammeSlice(event_id, from_, to, track, q, cancelled)
    statement = (
        _narrowed(statement, account, wanted, named)
        .order_by(EventSession.starts_at, EventSession.position, EventSession.id)
        .limit(min(limit, MAX_SESSIONS))
    )
    return PROGRAMME.query(db, statement)


@query(requires=Permission.EVENTS_READ)
def programme_in_full(
    db: TenantSession, wanted: ProgrammeSlice, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of the sessions as `PROGRAMME_IN_FULL`. Raises InvalidInput for a damaged cursor."""
    account = db.context.account_id
    named = _host_names(account, wanted.event_id)
    statement: Select[*tuple[Any, ...]] = select(
        EventSession.id, EventSession.title, EventSession.kind, EventSession.track, EventSession.mode,
        VenueSpace.name.label("space"), Venue.name.label("venue"), EventSession.location_text.label("place"),
        EventSession.starts_at, EventSession.ends_at, Event.timezone,
        func.coalesce(EventSession.capacity, VenueSpace.capacity).label("capacity"), named.c.hosts,
        EventSession.language, EventSession.url, EventSession.summary, EventSession.description, EventSession.tags,
        EventSession.cancelled_at, EventSession.cancel_reason, EventSession.position,
    )  # fmt: skip
    statement = _narrowed(statement, account, wanted, named).join(
        Event, and_(Event.account_id == EventSession.account_id, Event.id == EventSession.event_id)
    )
    place = Cursor.decode(cursor)
    order: list[tuple[ColumnElement[Any], Literal["asc", "desc"]]] = [
        (column.expression, "asc") for column in (EventSession.starts_at, EventSession.position, EventSession.id)
    ]
    found = PROGRAMME_IN_FULL.query(db, keyset(statement, order, place, size=size))
    return paged(found, ("starts_at", "position", "id"), place, size=size)


@query(requires=Permission.EVENTS_READ)
def programme_counted(db: TenantSession, wanted: ProgrammeSlice, limit: int) -> int:
    """How many sessions there are, counted up to `limit`."""
    account = db.context.account_id
    named = _host_names(account, wanted.event_id)
    return counted(db, _narrowed(select(EventSession.id), account, wanted, named), limit)


def _narrowed(statement: Any, account: int, wanted: ProgrammeSlice, named: Subquery) -> Any:
    """`statement` over the wanted sessions, with space, venue and the names of their hosts."""
    statement = (
        statement.select_from(EventSession)
        .outerjoin(
            VenueSpace,
            and_(VenueSpace.account_id == EventSession.account_id, VenueSpace.id == EventSession.space_id),
        )
        .outerjoin(Venue, and_(Venue.account_id == VenueSpace.account_id, Venue.id == VenueSpace.venue_id))
        .outerjoin(named, named.c.session_id == EventSession.id)
        .where(EventSession.account_id == account, EventSession.event_id == wanted.event_id)
    )
    if wanted.from_ is not None:
        statement = statement.where(EventSession.starts_at >= wanted.from_)
    if wanted.to is not None:
        statement = statement.where(EventSession.starts_at < wanted.to)
    if wanted.track is not None:
        statement = statement.where(EventSession.track == wanted.track)
    for word in wanted.q.split()[:8]:
        key = func.app.search_key(word)
        elsewhere = func.app.search_key(func.concat_ws(" ", VenueSpace.name, Venue.name, named.c.hosts))
        statement = statement.where(
            (func.strpos(EventSession.search_text, key) > 0) | (func.strpos(elsewhere, key) > 0)
        )
    if not wanted.cancelled:
        statement = statement.where(EventSession.cancelled_at.is_(None))
    return statement


@query(requires=Permission.EVENTS_READ)
def days_of(db: TenantSession, event_id: int, timezone: str) -> pd.DataFrame:
    """Local days with sessions: day (date), sessions, cancelled; in order."""
    spec = FrameSpec(day="date", sessions="int", cancelled="int")
    day = func.date(func.timezone(timezone, EventSession.starts_at))
    statement = (
        select(
            day.label("day"),
            func.count().label("sessions"),
            func.count(EventSession.cancelled_at).label("cancelled"),
        )
        .where(EventSession.account_id == db.context.account_id, EventSession.event_id == event_id)
        .group_by(text("1"))
        .order_by(text("1"))
        .limit(400)
    )
    return spec.query(db, statement)


@query(requires=Permission.EVENTS_READ)
def tracks(db: TenantSession, event_id: int) -> list[str]:
    """Tracks in use in the event, sorted."""
    rows = db.scalars(
        select(EventSession.track)
        .where(
            EventSession.account_id == db.context.account_id,
            EventSession.event_id == event_id,
            EventSession.track.is_not(None),
        )
        .distinct()
        .limit(200)
    )
    return sorted(track for track in rows if track)


@query(requires=Permission.EVENTS_READ)
def session(db: TenantSession, session_id: int) -> SessionDetail:
    """One session with its hosts. Raises NotFound."""
    account = db.context.account_id
    found = db.execute(
        select(EventSession, func.coalesce(VenueSpace.name + " · " + Venue.name, EventSession.location_text))
        .outerjoin(
            VenueSpace,
            and_(VenueSpace.account_id == EventSession.account_id, VenueSpace.id == EventSession.space_id),
        )
        .outerjoin(Venue, and_(Venue.account_id == VenueSpace.account_id, Venue.id == VenueSpace.venue_id))
        .where(EventSession.account_id == account, EventSession.id == session_id)
    ).first()
    if found is None:
        raise NotFound("There is no such session.", hint="Choose one from the programme.")
    row: EventSession = found[0]
    hosts = db.execute(
        select(
            SessionHost.id,
            SessionHost.contact_id,
            SessionHost.organization_id,
            func.coalesce(SessionHost.billing, Contact.full_name, Organization.name).label("name"),
            SessionHost.role,
            SessionHost.version,
        )
        .outerjoin(Contact, and_(Contact.account_id == SessionHost.account_id, Contact.id == SessionHost.contact_id))
        .outerjoin(
            Organization,
            and_(Organization.account_id == SessionHost.account_id, Organization.id == SessionHost.organization_id),
        )
        .where(SessionHost.account_id == account, SessionHost.session_id == session_id)
        .order_by(SessionHost.position, SessionHost.id)
    ).all()
    own = {
        name: getattr(row, name)
        for name in SessionDetail.__dataclass_fields__
        if name not in {"tags", "hosts", "place"}
    }
    return SessionDetail(
        **own, place=found[1], tags=tuple(row.tags), hosts=tuple(SessionHostRow(*host) for host in hosts)
    )


@query(requires=Permission.EVENTS_READ)
def worth_a_look(db: TenantSession, event_id: int) -> pd.DataFrame:
    """What the clash rule does not cover, as `WORTH_A_LOOK`; at most 100, cancelled sessions left out.

    Two sessions in one space, or of one person, cannot be listed: the database refuses them on writing.
    """
    account = db.context.account_id
    parts = (*_together(account, event_id), *_alone(account, event_id))
    found = union_all(*parts).subquery()
    statement = (
        select(*found.c).order_by(found.c.starts_at, found.c.first_id, found.c.second_id, found.c.kind).limit(100)
    )
    return WORTH_A_LOOK.query(db, statement)


def _together(account: int, event_id: int) -> tuple[Any, ...]:
    """Pairs of sessions at one time: same written place, same host organisation."""
    first, second = aliased(EventSession), aliased(EventSession)
    one, other = aliased(SessionHost), aliased(SessionHost)
    at_once = (
        first.account_id == account,
        second.account_id == account,
        first.event_id == event_id,
        second.event_id == event_id,
        first.id < second.id,
        first.cancelled_at.is_(None),
        second.cancelled_at.is_(None),
        first.starts_at < second.ends_at,
        second.starts_at < first.ends_at,
    )
    columns = (
        first.id.label("first_id"),
        first.title.label("first"),
        second.id.label("second_id"),
        second.title.label("second"),
        func.greatest(first.starts_at, second.starts_at).label("starts_at"),
        func.least(first.ends_at, second.ends_at).label("ends_at"),
    )
    places = (
        select(literal("place").label("kind"), first.location_text.label("resource"), *columns)
        .join(second, func.app.search_key(first.location_text) == func.app.search_key(second.location_text))
        .where(*at_once, first.location_text != "", first.space_id.is_(None), second.space_id.is_(None))
    )
    hosts = (
        select(literal("host").label("kind"), Organization.name.label("resource"), *columns)
        .select_from(first)
        .join(one, and_(one.account_id == first.account_id, one.session_id == first.id))
        .join(other, and_(other.account_id == one.account_id, other.organization_id == one.organization_id))
        .join(second, and_(second.account_id == other.account_id, second.id == other.session_id))
        .join(Organization, and_(Organization.account_id == one.account_id, Organization.id == one.organization_id))
        .where(*at_once)
    )
    return places, hosts


def _alone(account: int, event_id: int) -> tuple[Any, ...]:
    """Single sessions: in a space that another event keeps, above the space's capacity, far from the event."""
    standing = (
        EventSession.account_id == account,
        EventSession.event_id == event_id,
        EventSession.cancelled_at.is_(None),
    )
    columns = (EventSession.id.label("first_id"), EventSession.title.label("first"))
    nobody = cast(null(), BigInteger).label("second_id")
    times = (EventSession.starts_at, EventSession.ends_at)
    in_space = and_(VenueSpace.account_id == EventSession.account_id, VenueSpace.id == EventSession.space_id)
    held = (
        select(
            literal("held").label("kind"), VenueSpace.name.label("resource"), *columns, nobody,
            Event.name.label("second"), *times,
        )
        .join(VenueSpace, in_space)
        .join(
            BookingRow,
            and_(
                BookingRow.account_id == account,
                BookingRow.resource_kind == ResourceKind.SPACE,
                BookingRow.resource_id == EventSession.space_id,
                BookingRow.layer == BookingLayer.HOLD,
                BookingRow.event_id != EventSession.event_id,
                BookingRow.starts_at < EventSession.ends_at,
                BookingRow.ends_at > EventSession.starts_at,
            ),
        )
        .join(Event, and_(Event.account_id == BookingRow.account_id, Event.id == BookingRow.event_id))
        .where(*standing)
    )  # fmt: skip
    capacity = (
        select(
            literal("capacity").label("kind"), VenueSpace.name.label("resource"), *columns, nobody,
            cast(VenueSpace.capacity, Text).label("second"), *times,
        )
        .join(VenueSpace, in_space)
        .where(*standing, EventSession.capacity > VenueSpace.capacity)
    )  # fmt: skip
    day = func.make_interval(0, 0, 0, 1)
    outside = (
        select(
            literal("outside").label("kind"), cast(null(), Text).label("resource"), *columns, nobody,
            Event.name.label("second"), *times,
        )
        .join(Event, and_(Event.account_id == EventSession.account_id, Event.id == EventSession.event_id))
        .where(
            *standing,
            or_(EventSession.starts_at < Event.starts_at - day, EventSession.starts_at > Event.ends_at + day),
        )
    )  # fmt: skip
    return held, capacity, outside
