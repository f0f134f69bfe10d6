"""Counts of events and sessions."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_, select

from eventos_core.db.session import TenantSession
from eventos_core.enums.events import AttendanceMode, EventStatus
from eventos_core.events import rules
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event, EventSession, SessionHost, Venue
from eventos_core.operations.metrics import Direction, Grain, Measured, Scope, Unit, metric


@metric(
    key="events_ahead",
    name="Events ahead",
    unit=Unit.COUNT,
    direction=Direction.NEUTRAL,
    formula="Events not archived, cancelled or completed whose end is after the as-of time.",
    requires=Permission.EVENTS_READ,
)
def events_ahead(db: TenantSession, scope: Scope) -> Measured:
    """Events still to come or running at the as-of time."""
    count = db.scalar(
        select(func.count())
        .select_from(Event)
        .where(
            Event.account_id == db.context.account_id,
            Event.archived_at.is_(None),
            Event.status.not_in([EventStatus.CANCELLED, EventStatus.COMPLETED]),
            Event.ends_at > scope.as_of,
        )
    )
    return Measured(count or 0, count or 0, "events.events?when=upcoming")


@metric(
    key="events_held",
    name="Events held",
    unit=Unit.COUNT,
    formula="Events not cancelled whose end lies in the window; archived ones count.",
    requires=Permission.EVENTS_READ,
)
def events_held(db: TenantSession, scope: Scope) -> Measured:
    """Events that ended within [from, to)."""
    conditions = [
        Event.account_id == db.context.account_id,
        Event.status != EventStatus.CANCELLED,
        Event.ends_at < (scope.to or scope.as_of),
    ]
    if scope.from_ is not None:
        conditions.append(Event.ends_at >= scope.from_)
    count = db.scalar(select(func.count()).select_from(Event).where(*conditions))
    return Measured(count or 0, count or 0, "events.events?when=past")


@metric(
    key="sessions_planned",
    name="Sessions planned",
    unit=Unit.COUNT,
    direction=Direction.NEUTRAL,
    formula="Programme items not cancelled; of one event, or of all events that are not archived and still to come.",
    requires=Permission.EVENTS_READ,
)
def sessions_planned(db: TenantSession, scope: Scope) -> Measured:
    """Programme items that stand."""
    count = _sessions(db, scope)
    return Measured(count, count, "events.programme")


@metric(
    key="days_to_event",
    name="Days to go",
    unit=Unit.COUNT,
    direction=Direction.NEUTRAL,
    grain=Grain.EVENT,
    formula="Whole local days, in the event's zone, from the as-of day to the day the event starts; undefined once it "
    "has started, is completed or cancelled.",
    requires=Permission.EVENTS_READ,
)
def days_to_event(db: TenantSession, scope: Scope) -> Measured:
    """Days from the as-of day to the event's first day; None without an event or when there is nothing to wait for."""
    row = db.execute(
        select(Event.starts_at, Event.timezone, Event.status).where(
            Event.account_id == db.context.account_id, Event.id == scope.event_id
        )
    ).first()
    if row is None or row.status in rules.OVER or row.starts_at <= scope.as_of:
        return Measured(None, 0, "events.events")
    return Measured(rules.days_until(row.starts_at, scope.as_of, row.timezone), 1, "events.events")


@metric(
    key="sessions_incomplete",
    name="Sessions to complete",
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    formula="Programme items not cancelled that lack an end, or a place while they are not online; of one event, or of "
    "all events that are not archived and still to come.",
    requires=Permission.EVENTS_READ,
)
def sessions_incomplete(db: TenantSession, scope: Scope) -> Measured:
    """Programme items that nobody could attend as they stand."""
    nowhere = and_(
        EventSession.mode != AttendanceMode.ONLINE,
        EventSession.space_id.is_(None),
        func.coalesce(EventSession.location_text, "") == "",
    )
    count = _sessions(db, scope, or_(EventSession.ends_at.is_(None), nowhere))
    return Measured(count, count, "events.programme")


@metric(
    key="hosts_engaged",
    name="Hosts",
    unit=Unit.COUNT,
    direction=Direction.NEUTRAL,
    grain=Grain.EVENT,
    formula="Persons and organisations that host at least one programme item of the event that is not cancelled, each "
    "once.",
    requires=Permission.EVENTS_READ,
)
def hosts_engaged(db: TenantSession, scope: Scope) -> Measured:
    """Distinct hosts of one event's sessions that stand."""
    row = db.execute(
        select(
            func.count(SessionHost.contact_id.distinct()) + func.count(SessionHost.organization_id.distinct()),
            func.count(),
        )
        .join(
            EventSession,
            and_(EventSession.account_id == SessionHost.account_id, EventSession.id == SessionHost.session_id),
        )
        .where(
            SessionHost.account_id == db.context.account_id,
            SessionHost.event_id == scope.event_id,
            EventSession.cancelled_at.is_(None),
        )
    ).one()
    return Measured(row[0], row[1], "events.programme")


@metric(
    key="venues_in_use",
    name="Venues",
    unit=Unit.COUNT,
    direction=Direction.NEUTRAL,
    formula="Venues that are not archived.",
    requires=Permission.VENUES_READ,
)
def venues_in_use(db: TenantSession, scope: Scope) -> Measured:
    """Venues not archived now (archiving keeps no history of figures)."""
    count = db.scalar(
        select(func.count())
        .select_from(Venue)
        .where(Venue.account_id == db.context.account_id, Venue.archived_at.is_(None))
    )
    return Measured(count or 0, count or 0, "events.venues")


def _sessions(db: TenantSession, scope: Scope, *conditions: ColumnElement[bool]) -> int:
    """Programme items that stand, of one event or of all to come, under further conditions."""
    statement = (
        select(func.count())
        .select_from(EventSession)
        .join(Event, (Event.account_id == EventSession.account_id) & (Event.id == EventSession.event_id))
        .where(EventSession.account_id == db.context.account_id, EventSession.cancelled_at.is_(None), *conditions)
    )
    if scope.event_id is not None:
        statement = statement.where(EventSession.event_id == scope.event_id)
    else:
        statement = statement.where(Event.archived_at.is_(None), Event.ends_at > scope.as_of)
    return db.scalar(statement) or 0
