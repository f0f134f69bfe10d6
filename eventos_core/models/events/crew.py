"""The crew: the run of show, shifts and what staff is needed."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.events import CueKind, CueStatus, Department, RateUnit, StaffStatus
from eventos_core.models.base import (
    Booking,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    MinorUnits,
    Minutes,
    Name,
    Positive,
    Tagged,
    TextList,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.events._parts import EventsTable, OfEvent
from eventos_core.models.types import Colour


class StaffNeed(EventsTable, OfEvent, Editable):
    """How many people of a role an event needs and when; met by the shifts that point here."""

    __tablename__ = "staff_needs"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        CheckConstraint("(starts_at is null) = (ends_at is null)", name="both_times_or_none"),
        CheckConstraint("rate_minor is null or currency is not null", name="rate_has_currency"),
        CheckConstraint("rate_minor >= 0", name="rate_not_negative"),
    )

    role: Mapped[Name]
    """What they do: “Dresser”, “Door”, “Caller”."""
    department: Mapped[Department] = choice(Department, Department.PRODUCTION)
    """The department they belong to."""
    quantity: Mapped[Positive]
    """How many people."""
    starts_at: Mapped[dt.datetime | None]
    """From when they are needed; empty while open."""
    ends_at: Mapped[dt.datetime | None]
    """Until when."""
    space_id: Mapped[int | None] = ref("venue_spaces", on_delete="SET NULL")
    """→ venue_spaces: where they work."""
    rate_minor: Mapped[MinorUnits | None]
    """Pay offered per unit; shown with pay.read only."""
    rate_unit: Mapped[RateUnit] = choice(RateUnit, RateUnit.HOUR)
    """What the pay is for."""
    currency: Mapped[CurrencyCode | None]
    """Currency of the pay."""
    skills: Mapped[TextList]
    """What they must be able to do, lower-case."""
    budget_line_id: Mapped[int | None] = ref("event_budget_lines", on_delete="SET NULL", through_event=True)
    """→ event_budget_lines: the line that pays them."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order in the list, from 0."""
    notes: Mapped[str | None]
    """Dress, language, meeting point."""


class EventStaff(EventsTable, OfEvent, Editable, Customised, Tagged):
    """One shift of one person at an event; several shifts are several rows.

    The person is always a contact, which the clash rule knows; members of the house have one as well. An assigned
    shift takes the person's time, with the rest that must follow, from the invitation on.
    """

    __tablename__ = "event_staff"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        Index("ix_event_staff_shifts", "account_id", "event_id", "shift_starts_at"),
        Index("ix_event_staff_person", "account_id", "contact_id", "shift_starts_at"),
        Index("ix_event_staff_member", "account_id", "member_id", "shift_starts_at"),
        Index("ix_event_staff_department", "account_id", "event_id", "department", "role"),
        Index("ix_event_staff_unanswered", "account_id", "event_id", postgresql_where=text("status = 'invited'")),
        Index(
            "uq_event_staff_unscheduled",
            "account_id",
            "event_id",
            "contact_id",
            "role",
            unique=True,
            postgresql_where=text("shift_starts_at is null"),
        ),
        CheckConstraint("shift_starts_at < shift_ends_at", name="shift_starts_before_ends"),
        CheckConstraint("(shift_starts_at is null) = (shift_ends_at is null)", name="both_times_or_none"),
        CheckConstraint("checked_in_at <= checked_out_at", name="in_before_out"),
        CheckConstraint("rate_minor is null or currency is not null", name="rate_has_currency"),
        CheckConstraint("rate_minor >= 0", name="rate_not_negative"),
        CheckConstraint("supervisor_id <> id", name="not_own_supervisor"),
    )
    __books__ = (
        Booking(
            kind="person",
            layer="shift",
            resource="contact_id",
            starts="shift_starts_at",
            ends="shift_ends_at",
            active="new.status in ('invited', 'confirmed', 'checked_in') and new.shift_starts_at is not null",
            rest_minutes_column="rest_minutes",
        ),
    )

    contact_id: Mapped[int] = ref("contacts")
    """→ contacts: the person; for a member of the house, the member's own contact."""
    member_id: Mapped[int | None] = ref("account_users")
    """→ account_users: the membership, where the person works in the house: gives them My day and messages."""
    need_id: Mapped[int | None] = ref("staff_needs", on_delete="SET NULL", through_event=True)
    """→ staff_needs: the need it meets."""
    role: Mapped[Name]
    """What they do, as on the call sheet."""
    department: Mapped[Department] = choice(Department, Department.PRODUCTION)
    """The department they work in."""
    supervisor_id: Mapped[int | None] = ref("event_staff", on_delete="SET NULL", through_event=True)
    """→ event_staff: whom they report to on the day."""
    shift_starts_at: Mapped[dt.datetime | None]
    """Start of the shift; empty while not scheduled, and then no time is taken."""
    shift_ends_at: Mapped[dt.datetime | None]
    """End of the shift."""
    break_minutes: Mapped[Minutes] = mapped_column(server_default=text("0"))
    """Unpaid break within the shift."""
    rest_minutes: Mapped[Minutes] = mapped_column(server_default=text("0"))
    """Least rest after the shift before the next; the house's setting proposes it."""
    space_id: Mapped[int | None] = ref("venue_spaces", on_delete="SET NULL")
    """→ venue_spaces: where they work."""
    meeting_point: Mapped[str | None]
    """Where they report."""
    status: Mapped[StaffStatus] = choice(StaffStatus, StaffStatus.INVITED)
    """Where the assignment stands; declined, absent and taken-off people are free again."""
    invited_at: Mapped[dt.datetime | None]
    """When they were asked."""
    answered_at: Mapped[dt.datetime | None]
    """When they confirmed or declined."""
    checked_in_at: Mapped[dt.datetime | None]
    """When they arrived."""
    checked_out_at: Mapped[dt.datetime | None]
    """When they left."""
    rate_minor: Mapped[MinorUnits | None]
    """Pay agreed per unit; shown with pay.read only."""
    rate_unit: Mapped[RateUnit] = choice(RateUnit, RateUnit.HOUR)
    """What the pay is for."""
    currency: Mapped[CurrencyCode | None]
    """Currency of the pay."""
    is_volunteer: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether they work without pay."""
    day_phone: Mapped[str | None]
    """Number on the day, where it differs."""
    radio_channel: Mapped[str | None]
    """Radio or intercom channel."""
    outfit: Mapped[str | None]
    """What they wear."""
    on_call_sheet: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether the call sheet names them."""
    notes: Mapped[str | None]
    """For them and the crew."""


class EventSchedule(EventsTable, OfEvent, Editable, Customised):
    """A line of the run of show, for the crew: what happens when, who calls it, what light and sound do.

    The status moves planned → ready → live → done, or cut; a sponsor deliverable may hang on it.
    """

    __tablename__ = "event_schedules"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        # Deferrable, so that one statement can renumber a whole show.
        UniqueConstraint(
            "account_id",
            "event_id",
            "cue_number",
            name="uq_event_schedules_cue_number",
            deferrable=True,
            initially="IMMEDIATE",
        ),
        Index("ix_event_schedules_order", "account_id", "event_id", "position", "id"),
        Index("ix_event_schedules_clock", "account_id", "event_id", "planned_start_at"),
        Index("ix_event_schedules_department", "account_id", "event_id", "department", "planned_start_at"),
        Index(
            "ix_event_schedules_live",
            "account_id",
            "event_id",
            postgresql_where=text("status in ('ready', 'live')"),
        ),
        CheckConstraint("actual_start_at <= actual_end_at", name="actual_start_before_end"),
        CheckConstraint("status <> 'live' or actual_start_at is not null", name="live_has_started"),
        CheckConstraint("status <> 'done' or actual_end_at is not null", name="done_has_ended"),
        CheckConstraint("depends_on_id <> id", name="not_after_itself"),
    )

    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order in the run of show; gaps allowed."""
    cue_number: Mapped[str | None] = mapped_column(Text, info={"check": "length({c}) between 1 and 20"})
    """As called: “12”, “12A”; unique in the event, a cut cue keeps its own."""
    kind: Mapped[CueKind] = choice(CueKind, CueKind.CUE)
    """What sort of item it is."""
    title: Mapped[Name]
    """What happens."""
    description: Mapped[str | None]
    """More for the crew, in Markdown."""
    department: Mapped[Department] = choice(Department, Department.PRODUCTION)
    """The department that carries it."""
    owner_id: Mapped[int | None] = ref("event_staff", on_delete="SET NULL", through_event=True)
    """→ event_staff: who calls or answers for it; further crew stands in cue_crew."""
    venue_id: Mapped[int | None] = ref("venues")
    """→ venues: where, when no single space is meant."""
    space_id: Mapped[int | None] = ref("venue_spaces")
    """→ venue_spaces: where; several cues may share a space, so it is not booked."""
    planned_start_at: Mapped[dt.datetime | None]
    """Planned start; empty while only its place in the order is known."""
    planned_duration_seconds: Mapped[Count] = mapped_column(server_default=text("0"))
    """Planned length; 0 for a moment."""
    depends_on_id: Mapped[int | None] = ref("event_schedules", on_delete="SET NULL", through_event=True)
    """→ event_schedules: starts when this one ends; moving that one moves it."""
    offset_seconds: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Seconds after that end (negative: before it)."""
    is_hard_time: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the clock and not the cue before decides, as for doors and broadcasts."""
    session_id: Mapped[int | None] = ref("sessions", on_delete="SET NULL", through_event=True)
    """→ sessions: the programme item it is part of."""
    production_run_id: Mapped[int | None] = ref("production_runs", on_delete="SET NULL", through_event=True)
    """→ production_runs: the pass it is part of."""
    look_id: Mapped[int | None] = ref("looks", on_delete="SET NULL", through_event=True)
    """→ looks: the look that goes out."""
    light_notes: Mapped[str | None]
    """For the light desk."""
    sound_notes: Mapped[str | None]
    """For the sound desk: track, fade."""
    video_notes: Mapped[str | None]
    """For screens, cameras and stream."""
    stage_notes: Mapped[str | None]
    """For the stage: scenery, effects, runway crew."""
    script: Mapped[str | None]
    """Words spoken or called."""
    status: Mapped[CueStatus] = choice(CueStatus, CueStatus.PLANNED)
    """Where it stands; guarded."""
    ready_at: Mapped[dt.datetime | None]
    """When it was called ready."""
    actual_start_at: Mapped[dt.datetime | None]
    """When it went live."""
    actual_end_at: Mapped[dt.datetime | None]
    """When it was done."""
    cut_at: Mapped[dt.datetime | None]
    """When it was cut; a deliverable on it becomes a make-good."""
    cut_reason: Mapped[str | None]
    """Why it was cut."""
    colour: Mapped[Colour | None]
    """Marker on the timeline."""


class CueCrew(EventsTable, OfEvent, Timestamped):
    """A shift that works on a cue besides its owner."""

    __tablename__ = "cue_crew"
    __table_args__ = (UniqueConstraint("account_id", "event_id", "cue_id", "staff_id", name="uq_cue_crew_once"),)

    cue_id: Mapped[int] = ref("event_schedules", on_delete="CASCADE", through_event=True)
    staff_id: Mapped[int] = ref("event_staff", on_delete="CASCADE", through_event=True)
    task: Mapped[str | None]
    """What this person does in the cue."""
    acknowledged_at: Mapped[dt.datetime | None]
    """When they said that they have seen it."""
