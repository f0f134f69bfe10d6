"""Seats: sections, seats, the rules between guests, and who sits where."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.ticketing import (
    GuestCategory,
    SeatAssignmentSource,
    SeatAssignmentStatus,
    SeatingRuleKind,
    SeatKind,
    SeatNumbering,
    SectionKind,
)
from eventos_core.models.base import (
    Archivable,
    Count,
    Editable,
    JsonObject,
    Name,
    Positive,
    TenantTable,
    Timestamped,
    choice,
    ref,
)


class SeatingSection(TenantTable, Editable, Archivable):
    """A block of seats of an event, or of a venue as a template to copy from."""

    __tablename__ = "seating_sections"
    __domain__ = "ticketing"
    __event_key__ = True
    __table_args__ = (
        CheckConstraint("num_nonnulls(event_id, venue_id) = 1", name="of_event_or_template_of_venue"),
        CheckConstraint("event_id is null or plan_name is null", name="only_templates_have_plan"),
        CheckConstraint("event_sponsor_id is null or event_id is not null", name="sponsor_only_in_event"),
        Index(
            "uq_seating_sections_event_name",
            "account_id",
            "event_id",
            "name",
            unique=True,
            postgresql_where=text("event_id is not null and archived_at is null"),
        ),
        Index(
            "uq_seating_sections_template_name",
            "account_id",
            "venue_id",
            "plan_name",
            "name",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("venue_id is not null and archived_at is null"),
        ),
    )

    event_id: Mapped[int | None] = ref("events")
    """→ events: the event it belongs to; NULL for a template."""
    venue_id: Mapped[int | None] = ref("venues")
    """→ venues: the venue it is a template of; NULL for an event's section."""
    venue_space_id: Mapped[int | None] = ref("venue_spaces")
    """→ venue_spaces: the room it stands in."""
    copied_from_id: Mapped[int | None] = ref("seating_sections", on_delete="SET NULL")
    """→ seating_sections: the section it was copied from."""
    plan_name: Mapped[Name | None]
    """Templates only: which plan of the venue (theatre, runway …) it is part of."""
    name: Mapped[Name]
    """Section A, Front row left …"""
    kind: Mapped[SectionKind] = choice(SectionKind, SectionKind.ROWS)
    """How people are placed."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order in lists, from 0."""
    row_count: Mapped[Count] = mapped_column(server_default=text("0"))
    """Rows (tables) in it."""
    seats_per_row: Mapped[Count] = mapped_column(server_default=text("0"))
    """Seats of a row where all rows are equal; 0 = they differ."""
    numbering: Mapped[SeatNumbering] = choice(SeatNumbering, SeatNumbering.LEFT_TO_RIGHT)
    """How seats of a row are numbered."""
    standing_capacity: Mapped[Count] = mapped_column(server_default=text("0"))
    """Persons it holds standing, besides its seats."""
    geometry: Mapped[JsonObject]
    """Place on the plan: x, y, width, height in centimetres, rotation in degrees, curve, colour."""
    guest_category: Mapped[GuestCategory | None] = choice(GuestCategory)
    """Category it is allotted to; NULL = open."""
    event_sponsor_id: Mapped[int | None] = ref("event_sponsors", through_event=True)
    """→ event_sponsors: sponsor it is allotted to; NULL = none."""
    frozen: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether its assignments are final and bulk seating leaves them alone."""


class Seat(TenantTable, Editable):
    """One place to sit or stand in a section."""

    __tablename__ = "seats"
    __domain__ = "ticketing"
    __event_key__ = True
    __table_args__ = (
        UniqueConstraint("account_id", "section_id", "row_label", "number", name="uq_seats_number"),
        # The plain reference holds for templates, this one besides keeps a seat in its section's event.
        ForeignKeyConstraint(
            ["account_id", "event_id", "section_id"],
            ["seating_sections.account_id", "seating_sections.event_id", "seating_sections.id"],
            name="fk_seats_event_section",
            ondelete="CASCADE",
        ),
        CheckConstraint("rank > 0", name="rank_positive"),
        CheckConstraint("event_sponsor_id is null or event_id is not null", name="sponsor_only_in_event"),
        Index("ix_seats_event_section", "account_id", "event_id", "section_id", "row_position", "seat_position"),
        Index(
            "ix_seats_sellable",
            "account_id",
            "event_id",
            "rank",
            postgresql_where=text("not blocked and event_id is not null"),
        ),
    )

    event_id: Mapped[int | None] = ref("events")
    """→ events: its section's event; NULL in a template."""
    section_id: Mapped[int] = ref("seating_sections", on_delete="CASCADE")
    row_label: Mapped[str]
    """Row or table as printed."""
    row_position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Rows from the stage or runway, from 0 = front row."""
    number: Mapped[str]
    """Seat as printed; unique in the row."""
    seat_position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Place in the row from 0; neighbours differ by 1, an aisle leaves a gap."""
    x: Mapped[int] = mapped_column(server_default=text("0"))
    """Centimetres to the right of the section's corner."""
    y: Mapped[int] = mapped_column(server_default=text("0"))
    """Centimetres below the section's corner."""
    kind: Mapped[SeatKind] = choice(SeatKind, SeatKind.STANDARD)
    """What it is like."""
    rank: Mapped[int | None]
    """Quality, 1 = best; NULL = by row."""
    guest_category: Mapped[GuestCategory | None] = choice(GuestCategory)
    """Category it is allotted to; NULL = the section's."""
    event_sponsor_id: Mapped[int | None] = ref("event_sponsors", through_event=True)
    """→ event_sponsors: sponsor it is allotted to; NULL = the section's."""
    blocked: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it must stay empty (camera, sound desk); not sellable."""
    blocked_reason: Mapped[str | None]
    """Why."""


class SeatingRule(TenantTable, Editable):
    """What seating must or should heed: sit together, keep apart, or within a rank."""

    __tablename__ = "seating_rules"
    __domain__ = "ticketing"
    __event_key__ = True
    __table_args__ = (
        CheckConstraint("(kind = 'apart') = (min_distance is not null)", name="apart_has_distance"),
        CheckConstraint("kind <> 'rank' or num_nonnulls(max_rank, max_row, section_id) >= 1", name="rank_has_limit"),
    )

    event_id: Mapped[int] = ref("events")
    kind: Mapped[SeatingRuleKind] = choice(SeatingRuleKind)
    """together, apart or rank."""
    name: Mapped[Name | None]
    """What people call it; NULL = worded from its members."""
    mandatory: Mapped[bool] = mapped_column(server_default=text("false"))
    """True: a plan that breaks it is refused. False: it is flagged."""
    weight: Mapped[Positive] = mapped_column(server_default=text("1"))
    """How much a breach counts against others when a plan is proposed."""
    min_distance: Mapped[Positive | None]
    """Apart: fewest seats between; members in other rows or sections are apart."""
    max_rank: Mapped[Positive | None]
    """Rank: worst seat rank allowed."""
    max_row: Mapped[Count | None]
    """Rank: last row allowed, 0 = front row."""
    section_id: Mapped[int | None] = ref("seating_sections", on_delete="CASCADE", through_event=True)
    """→ seating_sections: where the members must sit; NULL = anywhere."""
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether it is heeded."""
    note: Mapped[str | None]
    """Why it exists; may be delicate, shown only with seating permission."""


class SeatingRuleMember(TenantTable, Timestamped):
    """Whom a seating rule speaks of: a guest, a contact, everybody of a company, or a category."""

    __tablename__ = "seating_rule_members"
    __domain__ = "ticketing"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(attendee_id, contact_id, organization_id, guest_category) = 1", name="exactly_one"
        ),
        Index(
            "uq_seating_rule_members_member",
            "account_id",
            "rule_id",
            "attendee_id",
            "contact_id",
            "organization_id",
            "guest_category",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    event_id: Mapped[int] = ref("events")
    rule_id: Mapped[int] = ref("seating_rules", on_delete="CASCADE", through_event=True)
    attendee_id: Mapped[int | None] = ref("attendees", on_delete="CASCADE", through_event=True)
    contact_id: Mapped[int | None] = ref("contacts", on_delete="CASCADE")
    organization_id: Mapped[int | None] = ref("organizations", on_delete="CASCADE")
    guest_category: Mapped[GuestCategory | None] = choice(GuestCategory)
    """Every guest of the category."""


class SeatAssignment(TenantTable, Editable):
    """Who sits on which seat of an event; a seat and a guest are in one live assignment each.

    Both keys are checked at commit, so two guests swap seats in one transaction. Released rows stay as history.
    """

    __tablename__ = "seat_assignments"
    __domain__ = "ticketing"
    __table_args__ = (
        UniqueConstraint(
            "account_id",
            "event_id",
            "live_seat_id",
            name="uq_seat_assignments_seat",
            deferrable=True,
            initially="DEFERRED",
        ),
        UniqueConstraint(
            "account_id",
            "event_id",
            "live_attendee_id",
            name="uq_seat_assignments_attendee",
            deferrable=True,
            initially="DEFERRED",
        ),
        CheckConstraint("status <> 'assigned' or attendee_id is not null", name="assigned_has_guest"),
        CheckConstraint("(status = 'released') = (released_at is not null)", name="released_has_time"),
        CheckConstraint("held_until is null or status <> 'assigned'", name="only_holds_end"),
        Index(
            "ix_seat_assignments_holds",
            "account_id",
            "held_until",
            postgresql_where=text("status = 'held' and held_until is not null"),
        ),
    )

    event_id: Mapped[int] = ref("events")
    seat_id: Mapped[int] = ref("seats", through_event=True)
    attendee_id: Mapped[int | None] = ref("attendees", through_event=True)
    """→ attendees: who sits there; NULL for a hold without a name."""
    live_seat_id: Mapped[int | None] = mapped_column(
        BigInteger, Computed("case when status <> 'released' then seat_id end", persisted=True)
    )
    """The seat while held or assigned, else NULL; generated, carries the unique key."""
    live_attendee_id: Mapped[int | None] = mapped_column(
        BigInteger, Computed("case when status <> 'released' then attendee_id end", persisted=True)
    )
    """The guest while held or assigned, else NULL; generated, carries the unique key."""
    status: Mapped[SeatAssignmentStatus] = choice(SeatAssignmentStatus, SeatAssignmentStatus.ASSIGNED)
    """held → assigned → released."""
    source: Mapped[SeatAssignmentSource] = choice(SeatAssignmentSource, SeatAssignmentSource.MANUAL)
    """What made it."""
    held_until: Mapped[dt.datetime | None]
    """When a hold lapses; NULL = holds until released."""
    hold_note: Mapped[str | None]
    """For whom or what a nameless seat is held."""
    assigned_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was made."""
    assigned_by_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who made it; NULL for a job or an order."""
    released_at: Mapped[dt.datetime | None]
    """When the seat was given up."""
    release_reason: Mapped[str | None]
    """Why: moved, declined, no-show …"""
    event_sponsor_id: Mapped[int | None] = ref("event_sponsors", through_event=True)
    """→ event_sponsors: the sponsor whose entitlement the seat fills."""
    sponsor_deliverable_id: Mapped[int | None] = ref("sponsor_deliverables", through_event=True)
    """→ sponsor_deliverables: the promise of seats it counts towards."""
