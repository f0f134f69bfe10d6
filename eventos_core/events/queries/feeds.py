"""What the events domain puts into a member's calendar: events, sessions, shifts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from eventos_core.db.session import TenantSession
from eventos_core.enums.events import EventStatus, HostStatus, StaffStatus
from eventos_core.enums.operations import FeedScope
from eventos_core.models.events import Event, EventSession, EventStaff, SessionHost, Venue, VenueSpace
from eventos_core.operations.calendars import Entry, uid
from eventos_core.operations.feeds import Wanted

_MOST = 2000
_GONE = (StaffStatus.DECLINED, StaffStatus.NO_SHOW)


def events(db: TenantSession, wanted: Wanted) -> list[Entry]:
    """All events of the house, the one event, or those that the member owns or works at, as the feed wants them."""
    account = db.context.account_id
    works = (
        select(EventStaff.id)
        .where(
            EventStaff.account_id == account, EventStaff.event_id == Event.id, _own_shift(wanted),
            EventStaff.status.not_in((*_GONE, StaffStatus.CANCELLED)),
        )
        .exists()
    )  # fmt: skip
    which: dict[FeedScope, ColumnElement[bool] | None] = {
        FeedScope.HOUSE: None,
        FeedScope.EVENT: Event.id == wanted.event_id,
        FeedScope.MINE: or_(Event.owner_id == wanted.member_id, works),
    }
    condition = which[wanted.scope]
    rows = db.execute(
        select(Event, func.coalesce(Venue.name, Event.location_text).label("place"))
        .outerjoin(Venue, and_(Venue.account_id == account, Venue.id == Event.venue_id))
        .where(
            Event.account_id == account, Event.archived_at.is_(None), Event.ends_at >= wanted.since,
            Event.starts_at < wanted.until, *([] if condition is None else [condition]),
        )
        .order_by(Event.starts_at, Event.id)
        .limit(_MOST)
    ).all()  # fmt: skip
    return [_event(row) for row in rows]


def sessions(db: TenantSession, wanted: Wanted) -> list[Entry]:
    """Sessions that the member hosts or looks after; all of the one event."""
    account = db.context.account_id
    hosts = (
        select(SessionHost.id)
        .where(
            SessionHost.account_id == account, SessionHost.session_id == EventSession.id,
            SessionHost.contact_id == wanted.contact_id, SessionHost.status != HostStatus.DECLINED,
        )
        .exists()
    )  # fmt: skip
    own = or_(EventSession.owner_id == wanted.member_id, hosts)
    rows = db.execute(
        select(EventSession, Event.name.label("event"), Event.timezone, Event.status.label("event_status"),
               func.coalesce(VenueSpace.name + " · " + Venue.name, EventSession.location_text).label("place"))
        .join(Event, and_(Event.account_id == account, Event.id == EventSession.event_id))
        .outerjoin(VenueSpace, and_(VenueSpace.account_id == account, VenueSpace.id == EventSession.space_id))
        .outerjoin(Venue, and_(Venue.account_id == account, Venue.id == VenueSpace.venue_id))
        .where(
            EventSession.account_id == account, Event.archived_at.is_(None), EventSession.starts_at >= wanted.since,
            EventSession.starts_at < wanted.until,
            EventSession.event_id == wanted.event_id if wanted.scope is FeedScope.EVENT else own,
        )
        .order_by(EventSession.starts_at, EventSession.id)
        .limit(_MOST)
    ).all()  # fmt: skip
    return [_session(row) for row in rows]


def shifts(db: TenantSession, wanted: Wanted) -> list[Entry]:
    """The member's own shifts, of the one event only where that is wanted; unanswered ones as tentative."""
    account = db.context.account_id
    where = [EventStaff.event_id == wanted.event_id] if wanted.scope is FeedScope.EVENT else []
    rows = db.execute(
        select(EventStaff, Event.name.label("event"), Event.public_id, Event.timezone,
               Event.status.label("event_status"),
               func.coalesce(EventStaff.meeting_point, VenueSpace.name + " · " + Venue.name).label("place"))
        .join(Event, and_(Event.account_id == account, Event.id == EventStaff.event_id))
        .outerjoin(VenueSpace, and_(VenueSpace.account_id == account, VenueSpace.id == EventStaff.space_id))
        .outerjoin(Venue, and_(Venue.account_id == account, Venue.id == VenueSpace.venue_id))
        .where(
            EventStaff.account_id == account, Event.archived_at.is_(None), _own_shift(wanted),
            EventStaff.shift_starts_at >= wanted.since, EventStaff.shift_starts_at < wanted.until,
            EventStaff.status.not_in(_GONE), *where,
        )
        .order_by(EventStaff.shift_starts_at, EventStaff.id)
        .limit(_MOST)
    ).all()  # fmt: skip
    return [_shift(row) for row in rows]


def _own_shift(wanted: Wanted) -> ColumnElement[bool]:
    own = EventStaff.member_id == wanted.member_id
    return own if wanted.contact_id is None else or_(own, EventStaff.contact_id == wanted.contact_id)


def _event(row: Any) -> Entry:
    e: Event = row[0]
    return Entry(
        uid("event", e.public_id), e.name, e.starts_at, e.ends_at, e.timezone, e.updated_at, e.version - 1,
        place=row.place, text=e.tagline, url=e.website, cancelled=e.status is EventStatus.CANCELLED,
        tentative=e.status is EventStatus.DRAFT,
    )  # fmt: skip


def _session(row: Any) -> Entry:
    s: EventSession = row[0]
    off = s.cancelled_at is not None or row.event_status is EventStatus.CANCELLED
    return Entry(
        uid("session", s.public_id), f"{s.title} ({row.event})", s.starts_at, s.ends_at, row.timezone, s.updated_at,
        s.version - 1, place=row.place, text=s.summary, url=s.url, cancelled=off,
    )  # fmt: skip


def _shift(row: Any) -> Entry:
    s: EventStaff = row[0]
    if s.shift_starts_at is None:
        raise AssertionError("a shift without a time is not listed")
    off = s.status is StaffStatus.CANCELLED or row.event_status is EventStatus.CANCELLED
    return Entry(
        uid("shift", f"{row.public_id}-{s.id}"), f"{s.role} ({row.event})", s.shift_starts_at, s.shift_ends_at,
        row.timezone, s.updated_at, s.version - 1, place=row.place, text=s.notes, cancelled=off,
        tentative=s.status is StaffStatus.INVITED,
    )  # fmt: skip
