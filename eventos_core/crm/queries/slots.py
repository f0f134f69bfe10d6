"""What of a meeting type and of its host decides which times are free; shared by booking and by the page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from eventos_core.crm.rules.meetings import ACTIVE, Offer, Slot, Span, free_slots, windows_from
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import BookingLayer, ResourceKind
from eventos_core.kernel import clock
from eventos_core.models.crm import MeetingBooking, MeetingType
from eventos_core.models.events import BookingRow


@dataclass(frozen=True)
class Taken:
    """What stands in the host's way: times taken by anything, and starts of meetings of the type (limit a day)."""

    busy: tuple[Span, ...]
    booked: tuple[dt.datetime, ...]


def offer_of(row: MeetingType) -> Offer:
    """The type as the rules read it."""
    return Offer(
        row.duration_minutes, row.buffer_before_minutes, row.buffer_after_minutes, windows_from(row.bookable_hours),
        row.timezone, row.bookable_from_on, row.bookable_until_on, row.min_notice_minutes, row.days_ahead,
        row.max_per_day,
    )  # fmt: skip


def taken(
    db: TenantSession,
    meeting_type: MeetingType,
    host_contact_id: int,
    first: dt.date,
    last: dt.date,
    *,
    besides: int | None = None,
) -> Taken:
    """What takes the host on these days of the type's zone, and a day around; `besides` leaves one meeting out.

    A meeting belongs to no event: it clashes with uses and shifts of every event. Two queries.
    """
    account = db.context.account_id
    day = dt.timedelta(days=1)
    begins, ends = (
        clock.day_bounds(first - day, meeting_type.timezone)[0],
        clock.day_bounds(last + day, meeting_type.timezone)[1],
    )
    busy = db.execute(
        select(BookingRow.starts_at, BookingRow.ends_at)
        .where(
            BookingRow.account_id == account,
            BookingRow.resource_kind == ResourceKind.PERSON,
            BookingRow.resource_id == host_contact_id,
            BookingRow.layer.in_([BookingLayer.USE, BookingLayer.SHIFT]),
            BookingRow.starts_at < ends,
            BookingRow.ends_at > begins,
            ~((BookingRow.source_table == "meeting_bookings") & (BookingRow.source_id == (besides or 0))),
        )
        .order_by(BookingRow.starts_at)
    ).all()
    booked = db.scalars(
        select(MeetingBooking.starts_at).where(
            MeetingBooking.account_id == account,
            MeetingBooking.meeting_type_id == meeting_type.id,
            MeetingBooking.host_contact_id == host_contact_id,
            MeetingBooking.status.in_(ACTIVE),
            MeetingBooking.starts_at >= begins,
            MeetingBooking.starts_at < ends,
            MeetingBooking.id != (besides or 0),
        )
    ).all()
    return Taken(tuple((row.starts_at, row.ends_at) for row in busy), tuple(booked))


def slots(
    db: TenantSession,
    meeting_type: MeetingType,
    host_contact_id: int,
    first: dt.date,
    last: dt.date,
    *,
    besides: int | None = None,
) -> list[Slot]:
    """The type's free slots with that host on the days from `first` to `last`, in order. Two queries."""
    found = taken(db, meeting_type, host_contact_id, first, last, besides=besides)
    return free_slots(
        offer_of(meeting_type), now=clock.now(), first=first, last=last, busy=found.busy, booked=found.booked
    )
