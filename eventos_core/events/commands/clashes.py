"""What is in the way when the database refuses a time: said with names, so that a person can choose another."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import aliased

from eventos_core.db.session import TenantSession
from eventos_core.enums.events import BookingLayer, ResourceKind
from eventos_core.kernel import clock
from eventos_core.kernel.errors import Clash
from eventos_core.models.directory import Contact
from eventos_core.models.events import BookingRow, Event, EventSession, SessionHost, VenueSpace

_NAMED = 3
_OTHER_WORK = {
    "event_staff": "a shift",
    "fittings": "a fitting",
    "castings": "a casting",
    "production_runs": "a production run",
    "model_availability": "an absence",
    "meeting_bookings": "a meeting",
    "event_logistics": "a delivery",
}


@dataclass(frozen=True)
class Wanted:
    """What a session was about to take; `session_id` None while it does not exist yet."""

    session_id: int | None
    event_id: int
    space_id: int | None
    contact_ids: tuple[int, ...]
    starts_at: dt.datetime
    ends_at: dt.datetime | None


def in_the_way(db: TenantSession, wanted: Wanted) -> Clash:
    """The clash with the bookings that overlap, at most three by name; reads only, to be raised by the caller."""
    rows = _overlapping(db, wanted)
    if not rows:
        return Clash("A space or a person is taken at that time.", hint="Choose another time, space or host.")
    said = [_sentence(row, wanted.event_id) for row in rows[:_NAMED]]
    if len(rows) > _NAMED:
        said.append("And more.")
    kinds = {row.resource_kind for row in rows}
    choose = {
        frozenset({ResourceKind.SPACE}): "Choose another time or space.",
        frozenset({ResourceKind.PERSON}): "Choose another time or host.",
    }
    return Clash(" ".join(said), hint=choose.get(frozenset(kinds), "Choose another time, space or host."))


def _overlapping(db: TenantSession, wanted: Wanted) -> list[Row[*tuple[object, ...]]]:
    account = db.context.account_id
    hosted = aliased(EventSession)
    booked = BookingRow
    statement = (
        select(
            booked.resource_kind,
            booked.source_table,
            booked.starts_at,
            booked.ends_at,
            booked.event_id,
            Event.name.label("event"),
            Event.timezone,
            VenueSpace.name.label("space"),
            Contact.full_name.label("person"),
            func.coalesce(EventSession.title, hosted.title).label("title"),
        )
        .outerjoin(Event, and_(Event.account_id == booked.account_id, Event.id == booked.event_id))
        .outerjoin(
            VenueSpace,
            and_(
                VenueSpace.account_id == booked.account_id,
                VenueSpace.id == booked.resource_id,
                booked.resource_kind == ResourceKind.SPACE,
            ),
        )
        .outerjoin(
            Contact,
            and_(
                Contact.account_id == booked.account_id,
                Contact.id == booked.resource_id,
                booked.resource_kind == ResourceKind.PERSON,
            ),
        )
        .outerjoin(
            EventSession,
            and_(
                EventSession.account_id == booked.account_id,
                EventSession.id == booked.source_id,
                booked.source_table == "sessions",
            ),
        )
        .outerjoin(
            SessionHost,
            and_(
                SessionHost.account_id == booked.account_id,
                SessionHost.id == booked.source_id,
                booked.source_table == "session_hosts",
            ),
        )
        .outerjoin(hosted, and_(hosted.account_id == SessionHost.account_id, hosted.id == SessionHost.session_id))
        .where(
            *_in_the_way(account, wanted),
        )
        .order_by(booked.starts_at, booked.id)
        .limit(_NAMED + 1)
    )
    return list(db.execute(statement).all())


def _in_the_way(account: int, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Which bookings of others keep the wanted space or persons at that time."""
    booked = BookingRow
    own_hosts = select(SessionHost.id).where(
        SessionHost.account_id == account, SessionHost.session_id == wanted.session_id
    )
    return [
        booked.account_id == account,
        booked.starts_at < (wanted.ends_at or wanted.starts_at),
        booked.ends_at > wanted.starts_at,
        or_(
            and_(
                booked.resource_kind == ResourceKind.SPACE,
                booked.resource_id == (wanted.space_id or 0),
                booked.layer == BookingLayer.USE,
            ),
            and_(
                booked.resource_kind == ResourceKind.PERSON,
                booked.resource_id.in_(wanted.contact_ids),
                or_(booked.layer == BookingLayer.USE, func.coalesce(booked.event_id, 0) != wanted.event_id),
            ),
        ),
        ~and_(booked.source_table == "sessions", booked.source_id == (wanted.session_id or 0)),
        ~and_(booked.source_table == "session_hosts", booked.source_id.in_(own_hosts)),
    ]


def _sentence(row: Row[*tuple[object, ...]], event_id: int) -> str:
    zone = clock.zone(row.timezone or "UTC")
    starts, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    until = f"{ends:%H:%M}" if ends.date() == starts.date() else f"{ends:%a %d %b, %H:%M}"
    when = f"{starts:%a %d %b, %H:%M}–{until}"
    elsewhere = f", in {row.event}" if row.event is not None and row.event_id != event_id else ""
    what = f"“{row.title}”" if row.title else _OTHER_WORK.get(row.source_table, "another booking")
    if row.resource_kind is ResourceKind.SPACE:
        return f"{row.space} is taken by {what} ({when}{elsewhere})."
    verb = "hosts" if row.title else "has"
    return f"{row.person} {verb} {what} ({when}{elsewhere})."
