"""Meetings that can be booked, and those that are."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.crm import MeetingMode, MeetingStatus
from eventos_core.models.base import (
    Archivable,
    Booking,
    Count,
    Editable,
    Email,
    JsonList,
    JsonObject,
    Minutes,
    Name,
    Positive,
    Slug,
    TenantTable,
    Zone,
    choice,
    ref,
)


class MeetingType(TenantTable, Editable, Archivable):
    """A kind of meeting that others may book: how long, where, when."""

    __tablename__ = "meeting_types"
    __domain__ = "crm"
    __table_args__ = (
        UniqueConstraint("account_id", "slug", name="uq_meeting_types_slug"),
        CheckConstraint("bookable_from_on <= bookable_until_on", name="bookable_days"),
        CheckConstraint("duration_minutes <= 1440", name="at_most_a_day"),
    )

    name: Mapped[Name]
    """Showroom appointment, sponsor call …"""
    slug: Mapped[Slug]
    """Part of its booking link; unique in the house."""
    description: Mapped[str | None]
    """Shown to who books."""
    event_id: Mapped[int | None] = ref("events")
    """→ events: the event whose appointments these are; NULL = any time."""
    host_id: Mapped[int | None] = ref("account_users")
    """→ account_users: whom it books; NULL = chosen when booking."""
    venue_space_id: Mapped[int | None] = ref("venue_spaces")
    """→ venue_spaces: the usual room."""
    mode: Mapped[MeetingMode] = choice(MeetingMode, MeetingMode.VIDEO)
    """How people meet."""
    place: Mapped[str | None]
    """Address, number or link, as put into the calendar file."""
    duration_minutes: Mapped[Positive]
    """Length."""
    buffer_before_minutes: Mapped[Minutes] = mapped_column(server_default=text("0"))
    """Kept free for the host before it."""
    buffer_after_minutes: Mapped[Minutes] = mapped_column(server_default=text("0"))
    """Kept free for the host after it."""
    bookable_hours: Mapped[JsonList]
    """[{weekday 1–7 (Monday = 1), from "HH:MM", to "HH:MM"}] in `timezone`; empty = never."""
    timezone: Mapped[Zone]
    """Zone of the bookable hours."""
    bookable_from_on: Mapped[dt.date | None]
    """First bookable day; NULL = now."""
    bookable_until_on: Mapped[dt.date | None]
    """Last bookable day; NULL = days_ahead alone limits."""
    min_notice_minutes: Mapped[Minutes] = mapped_column(server_default=text("0"))
    """Least time between booking and meeting."""
    days_ahead: Mapped[Positive] = mapped_column(server_default=text("60"))
    """How many days ahead it can be booked."""
    max_per_day: Mapped[Positive | None]
    """Most meetings of the type for one host and day; NULL = no limit."""
    needs_confirmation: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether a booking waits as requested until the host confirms it."""
    public: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether its link works for people outside the house."""
    questions: Mapped[JsonList]
    """[{key, label, required}] asked when booking."""


class MeetingBooking(TenantTable, Editable):
    """A booked meeting; takes its host for the time with buffers (the clash rule)."""

    __tablename__ = "meeting_bookings"
    __domain__ = "crm"
    __books__ = (
        Booking(
            kind="person",
            layer="use",
            resource="host_contact_id",
            starts="busy_starts_at",
            ends="busy_ends_at",
            active="new.status not in ('declined', 'cancelled')",
        ),
    )
    __table_args__ = (
        UniqueConstraint("account_id", "ics_uid", name="uq_meeting_bookings_ics_uid"),
        CheckConstraint("starts_at < ends_at", name="starts_before_end"),
        CheckConstraint("busy_starts_at <= starts_at and busy_ends_at >= ends_at", name="busy_covers_meeting"),
        CheckConstraint("(status = 'cancelled') = (cancelled_at is not null)", name="cancelled_has_time"),
        CheckConstraint("num_nonnulls(contact_id, guest_email) >= 1", name="guest_can_be_reached"),
        Index("ix_meeting_bookings_host_calendar", "account_id", "host_id", "starts_at"),
        Index("ix_meeting_bookings_calendar", "account_id", "starts_at", "id"),
    )

    meeting_type_id: Mapped[int] = ref("meeting_types")
    host_id: Mapped[int] = ref("account_users")
    """→ account_users: the member who hosts."""
    host_contact_id: Mapped[int] = ref("contacts")
    """→ contacts: the host's own contact, copied by the command: the person whom the clash rule books."""
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the guest."""
    organization_id: Mapped[int | None] = ref("organizations")
    """→ organizations: the guest's company."""
    opportunity_id: Mapped[int | None] = ref("opportunities")
    """→ opportunities: the deal it is about."""
    event_id: Mapped[int | None] = ref("events")
    """→ events: the event it belongs to."""
    venue_space_id: Mapped[int | None] = ref("venue_spaces")
    """→ venue_spaces: the room; informative, rooms are booked by sessions."""
    status: Mapped[MeetingStatus] = choice(MeetingStatus, MeetingStatus.CONFIRMED)
    """requested → confirmed / declined; confirmed → held / no_show / cancelled."""
    starts_at: Mapped[dt.datetime]
    """Begin."""
    ends_at: Mapped[dt.datetime]
    """End (exclusive)."""
    busy_starts_at: Mapped[dt.datetime]
    """Begin less the buffer before: from then the host is taken."""
    busy_ends_at: Mapped[dt.datetime]
    """End plus the buffer after: until then the host is taken."""
    timezone: Mapped[Zone]
    """The guest's zone, for mails."""
    subject: Mapped[Name]
    """Title in the calendar."""
    place: Mapped[str | None]
    """Address, number or link; copied from the type, may be changed."""
    guest_name: Mapped[Name | None]
    """As given when booking."""
    guest_email: Mapped[Email | None]
    """As given when booking; the calendar file goes there."""
    answers: Mapped[JsonObject]
    """Answers to the type's questions, by key."""
    note: Mapped[str | None]
    """For the house only."""
    rescheduled_from_id: Mapped[int | None] = ref("meeting_bookings", on_delete="SET NULL")
    """→ meeting_bookings: the cancelled booking it replaces."""
    cancelled_at: Mapped[dt.datetime | None]
    """When it was cancelled."""
    cancel_reason: Mapped[str | None]
    """Why."""
    ics_uid: Mapped[str]
    """UID of the calendar file; stays the same over changes."""
    ics_sequence: Mapped[Count] = mapped_column(server_default=text("0"))
    """SEQUENCE of the calendar file; raised with every change sent."""
