"""Short words for what the tests of activities and meetings do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from eventos_core.crm import commands
from eventos_core.crm.rules.activities import ActivityFields, Links
from eventos_core.db.registry import execute
from eventos_core.db.session import reading, unit_of_work
from eventos_core.enums.crm import ActivityKind
from eventos_core.kernel.credentials import Credential
from eventos_core.models.crm import Activity, MeetingBooking, MeetingType

ALL_DAY_LONG = tuple({"weekday": day, "from": "00:00", "to": "24:00"} for day in range(1, 8))


def plan(who: Credential, links: Links, subject: str = "Send the offer", **given: Any) -> commands.ActivitySaved:
    """Something to do."""
    return execute(who, commands.plan_activity, commands.PlanActivity(ActivityFields(links, subject=subject, **given)))


def log(who: Credential, links: Links, kind: ActivityKind = ActivityKind.CALL, **given: Any) -> commands.ActivitySaved:
    """Something that is over."""
    return execute(who, commands.log_activity, commands.LogActivity(links, kind, **given))


def activity_row(who: Credential, activity_id: int) -> Activity:
    """The stored row."""
    with reading(who) as db:
        return db.scalars(
            select(Activity).where(Activity.account_id == db.context.account_id, Activity.id == activity_id)
        ).one()


def meeting_row(who: Credential, booking_id: int) -> MeetingBooking:
    """The stored row."""
    with reading(who) as db:
        return db.scalars(
            select(MeetingBooking).where(
                MeetingBooking.account_id == db.context.account_id, MeetingBooking.id == booking_id
            )
        ).one()


def meeting_kind(
    who: Credential, name: str = "Showroom call", *, hours: Sequence[dict[str, Any]] = ALL_DAY_LONG, **columns: Any
) -> int:
    """A kind of meeting, bookable at any hour in Paris unless `hours` say otherwise; returns its id."""
    values = {"duration_minutes": 30, "timezone": "Europe/Paris", "slug": name.lower().replace(" ", "-")} | columns
    with unit_of_work(who) as db:
        row = MeetingType(name=name, bookable_hours=list(hours), **values)
        db.add(row)
        db.flush()
        return row.id


def book(who: Credential, kind: int, starts_at: dt.datetime, **given: Any) -> commands.MeetingSaved:
    """A booked meeting."""
    return execute(who, commands.book_meeting, commands.BookMeeting(kind, starts_at, **given))


def coming(days: int = 3, hour: int = 10, minute: int = 0) -> dt.datetime:
    """A day to come on the clock of Paris, without a zone."""
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=days)).date()
    return dt.datetime.combine(day, dt.time(hour, minute))
