"""What the sales domain puts into a member's calendar: their activities and the meetings they host."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import and_, select

from eventos_core.crm.queries.activities import visible
from eventos_core.crm.queries.invitations import entry_of
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import FeedScope
from eventos_core.models.crm import Activity, MeetingBooking
from eventos_core.models.directory import Contact
from eventos_core.operations.calendars import Entry, uid
from eventos_core.operations.feeds import Wanted

_MOST = 2000


def activities(db: TenantSession, wanted: Wanted) -> list[Entry]:
    """The member's own activities that have a date, of the one event only where that is wanted; archived ones aside."""
    a = Activity
    rows = db.execute(
        select(a, Contact.full_name)
        .outerjoin(Contact, and_(Contact.account_id == a.account_id, Contact.id == a.contact_id))
        .where(
            a.account_id == db.context.account_id, a.owner_id == wanted.member_id, a.archived_at.is_(None),
            a.meeting_booking_id.is_(None), a.due_at >= wanted.since, a.due_at < wanted.until, *visible(db),
            *_of_event(a, wanted),
        )
        .order_by(a.due_at, a.id)
        .limit(_MOST)
    ).all()  # fmt: skip
    return [_activity(row, db.context.timezone) for row in rows]


def meetings(db: TenantSession, wanted: Wanted) -> list[Entry]:
    """Meetings that the member hosts, of the one event only where that is wanted; called-off ones as cancelled."""
    b = MeetingBooking
    rows = db.scalars(
        select(b)
        .where(
            b.account_id == db.context.account_id, b.host_id == wanted.member_id, b.starts_at >= wanted.since,
            b.starts_at < wanted.until, *_of_event(b, wanted),
        )
        .order_by(b.starts_at, b.id)
        .limit(_MOST)
    )  # fmt: skip
    return [entry_of(row) for row in rows]


def _of_event(model: Any, wanted: Wanted) -> list[Any]:
    return [model.event_id == wanted.event_id] if wanted.scope is FeedScope.EVENT else []


def _activity(row: Any, zone: str) -> Entry:
    a: Activity = row[0]
    if a.due_at is None:
        raise AssertionError("an activity without a date is not listed")
    lasts = None if a.all_day or not a.duration_minutes else a.due_at + dt.timedelta(minutes=a.duration_minutes)
    who = f" ({row.full_name})" if row.full_name else ""
    return Entry(
        uid("activity", f"{a.account_id}-{a.id}"), f"{a.kind.label}: {a.subject}{who}", a.due_at, lasts, zone,
        a.updated_at, a.version - 1, place=a.location, all_day=a.all_day,
    )  # fmt: skip
