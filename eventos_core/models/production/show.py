"""The show itself: runs over a line-up, looks, who wears them, castings and fittings."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import CheckConstraint, FetchedValue, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.production import (
    AssignmentStatus,
    CastingStatus,
    FeeUnit,
    FittingResult,
    FittingStatus,
    LineupStatus,
    LookStatus,
    RunKind,
    RunStatus,
)
from eventos_core.models.base import (
    Booking,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    JsonList,
    MinorUnits,
    Minutes,
    Name,
    Positive,
    Tagged,
    TenantTable,
    choice,
    ref,
)
from eventos_core.models.production._parts import MODELS_CONTACT, same_person


class OfShow(TenantTable):
    """A table of the show, tied to one event."""

    __abstract__ = True
    __domain__: ClassVar[str] = "production"

    event_id: Mapped[int] = ref("events", sort_order=-98)
    """→ events: the event it belongs to; part of the keys that tie its children to each other."""


class ProductionRun(OfShow, Editable, Customised, Tagged):
    """One pass over a line-up: the show, or a rehearsal of it.

    The space of a run that is part of a session is booked by the session; any other run books its own (layer use).
    """

    __tablename__ = "production_runs"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        Index("ix_production_runs_clock", "account_id", "event_id", "planned_start_at"),
        Index("ix_production_runs_board", "account_id", "stage_id", "planned_start_at"),
        Index("ix_production_runs_live", "account_id", postgresql_where=text("status in ('ready', 'live')")),
        CheckConstraint("planned_start_at < planned_end_at", name="planned_start_before_end"),
        CheckConstraint("actual_start_at <= actual_end_at", name="actual_start_before_end"),
        CheckConstraint("status <> 'live' or actual_start_at is not null", name="live_has_started"),
        CheckConstraint("status <> 'done' or actual_end_at is not null", name="done_has_ended"),
        CheckConstraint("lineup_status <> 'locked' or lineup_locked_at is not null", name="locked_has_time"),
        CheckConstraint("rehearsal_of_id <> id", name="not_rehearsal_of_itself"),
    )
    __books__ = (
        Booking(
            kind="space",
            layer="use",
            resource="space_id",
            starts="planned_start_at",
            ends="planned_end_at",
            active="new.status <> 'cancelled' and new.session_id is null and new.space_id is not null"
            " and new.planned_start_at is not null and new.planned_end_at is not null",
        ),
    )

    designer_id: Mapped[int | None] = ref("fashion_designers")
    """→ fashion_designers: whose collection; empty for a group show."""
    name: Mapped[Name]
    """As on the call sheet."""
    kind: Mapped[RunKind] = choice(RunKind, RunKind.SHOW)
    """What the pass is for."""
    rehearsal_of_id: Mapped[int | None] = ref("production_runs", on_delete="SET NULL", through_event=True)
    """→ production_runs: the show that it rehearses."""
    session_id: Mapped[int | None] = ref("sessions", on_delete="SET NULL", through_event=True)
    """→ sessions: the programme item that guests see."""
    space_id: Mapped[int | None] = ref("venue_spaces")
    """→ venue_spaces: where it runs."""
    stage_id: Mapped[int | None] = ref("pipeline_stages")
    """→ pipeline_stages: its column on the production board; a stage of the process production."""
    director_id: Mapped[int | None] = ref("event_staff", on_delete="SET NULL", through_event=True)
    """→ event_staff: who calls the show."""
    status: Mapped[RunStatus] = choice(RunStatus, RunStatus.PLANNED)
    """Where it stands; guarded."""
    planned_start_at: Mapped[dt.datetime | None]
    """First look out, as planned."""
    planned_end_at: Mapped[dt.datetime | None]
    """After the finale, as planned."""
    actual_start_at: Mapped[dt.datetime | None]
    """First look out."""
    actual_end_at: Mapped[dt.datetime | None]
    """After the finale."""
    lineup_status: Mapped[LineupStatus] = choice(LineupStatus, LineupStatus.DRAFT)
    """Whether the line-up may still change."""
    lineup_locked_at: Mapped[dt.datetime | None]
    """When the line-up was locked."""
    exit_interval_seconds: Mapped[Positive] = mapped_column(server_default=text("30"))
    """Seconds between two exits; gives exit times where a look has none of its own."""
    walk_seconds: Mapped[Positive] = mapped_column(server_default=text("60"))
    """How long a look is out; the change begins after it."""
    minimum_age: Mapped[Count] = mapped_column(server_default=text("16"))
    """Youngest model admitted, in years on the day of the run."""
    soundtrack: Mapped[str | None]
    """Music, by whom."""
    choreography: Mapped[str | None]
    """Route, turns, finale."""
    hair_notes: Mapped[str | None]
    """Hair direction for all looks."""
    makeup_notes: Mapped[str | None]
    """Make-up direction for all looks."""
    notes: Mapped[str | None]
    """Internal remarks."""


class Look(OfShow, Editable, Customised, Tagged):
    """An outfit of a designer shown at an event: garments, change time, picture."""

    __tablename__ = "looks"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        # Deferrable, so that one statement can renumber a collection.
        UniqueConstraint(
            "account_id",
            "event_id",
            "designer_id",
            "number",
            name="uq_looks_number",
            deferrable=True,
            initially="IMMEDIATE",
        ),
        Index("ix_looks_status", "account_id", "event_id", "status"),
        CheckConstraint("insured_minor is null or currency is not null", name="value_has_currency"),
        CheckConstraint("insured_minor >= 0", name="value_not_negative"),
    )

    designer_id: Mapped[int] = ref("fashion_designers")
    number: Mapped[Positive]
    """Number of the look in the designer's collection at this event."""
    name: Mapped[str | None] = mapped_column(Text, info={"check": "length({c}) between 1 and 200"})
    """Working title, if it has one."""
    description: Mapped[str | None]
    """For programme and press."""
    status: Mapped[LookStatus] = choice(LookStatus, LookStatus.PLANNED)
    """Where it stands on its way to the runway and back."""
    garments: Mapped[JsonList]
    """Objects of name, size, material, colour and reference, outermost first."""
    accessories: Mapped[str | None]
    """Jewellery, bags, hats."""
    shoes: Mapped[str | None]
    """Shoes and size."""
    sample_size: Mapped[str | None]
    """Size as the trade writes it."""
    change_minutes: Mapped[Minutes] = mapped_column(server_default=text("3"))
    """Time needed to change into it; checked between two looks of one model."""
    dressers: Mapped[Positive] = mapped_column(server_default=text("1"))
    """Hands needed for the change."""
    hair_notes: Mapped[str | None]
    """Hair for this look."""
    makeup_notes: Mapped[str | None]
    """Make-up for this look."""
    styling_notes: Mapped[str | None]
    """How it is worn; what must not show."""
    picture_asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: picture for line-up and dresser's card."""
    insured_minor: Mapped[MinorUnits | None]
    """Value insured."""
    currency: Mapped[CurrencyCode | None]
    """Currency of the value."""
    received_on: Mapped[dt.date | None]
    """When the pieces arrived."""
    return_due_on: Mapped[dt.date | None]
    """By when they go back."""
    returned_on: Mapped[dt.date | None]
    """When they went back."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order on the collection board, from 0."""


class LookAssignment(OfShow, Editable):
    """A place in the line-up of a run: which look goes out when, on which model.

    Between two looks of one model there must be the later look's change time; commands check it on every change of
    order and show what falls short.
    """

    __tablename__ = "look_assignments"
    __table_args__ = (
        UniqueConstraint("account_id", "event_id", "run_id", "look_id", name="uq_look_assignments_look"),
        # Deferrable, so that one statement can move or swap exits.
        UniqueConstraint(
            "account_id",
            "event_id",
            "run_id",
            "exit_order",
            name="uq_look_assignments_exit",
            deferrable=True,
            initially="IMMEDIATE",
        ),
        Index("ix_look_assignments_model", "account_id", "run_id", "model_id", "exit_order"),
    )

    run_id: Mapped[int] = ref("production_runs", on_delete="CASCADE", through_event=True)
    look_id: Mapped[int] = ref("looks", through_event=True)
    model_id: Mapped[int | None] = ref("models")
    """→ models: who wears it; empty while the order is set before the casting."""
    casting_id: Mapped[int | None] = ref("castings", on_delete="SET NULL", through_event=True)
    """→ castings: the casting that gives the model to this run."""
    dresser_id: Mapped[int | None] = ref("event_staff", on_delete="SET NULL", through_event=True)
    """→ event_staff: who dresses the model."""
    exit_order: Mapped[Positive]
    """Place in the order of exits, from 1."""
    exit_offset_seconds: Mapped[Count | None]
    """Exit, in seconds after the run's start; empty: from the order and the run's interval."""
    status: Mapped[AssignmentStatus] = choice(AssignmentStatus, AssignmentStatus.PLANNED)
    """Where it stands."""
    walked_at: Mapped[dt.datetime | None]
    """When the look went out."""
    change_waived: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether a change time that falls short was accepted by a person."""
    change_note: Mapped[str | None]
    """How the change is made in time."""
    notes: Mapped[str | None]
    """For dresser and caller."""


class Casting(OfShow, Editable, Customised):
    """A model for a run: asked for, on option of rank 1 to 3, or confirmed.

    A confirmed casting takes the model's time (layer shift) from call to release with the rest that must follow;
    confirming one releases the other options of its place, and of the model where the times clash.
    """

    __tablename__ = "castings"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        same_person("castings"),
        Index(
            "uq_castings_active",
            "account_id",
            "run_id",
            "model_id",
            unique=True,
            postgresql_where=text("status in ('requested', 'option', 'confirmed')"),
        ),
        Index(
            "uq_castings_place_rank",
            "account_id",
            "run_id",
            "place",
            "option_rank",
            unique=True,
            postgresql_where=text("status = 'option' and place is not null"),
        ),
        Index(
            "uq_castings_place_confirmed",
            "account_id",
            "run_id",
            "place",
            unique=True,
            postgresql_where=text("status = 'confirmed' and place is not null"),
        ),
        Index("ix_castings_board", "account_id", "event_id", "run_id", "status", "option_rank"),
        Index("ix_castings_expiring", "account_id", "option_expires_at", postgresql_where=text("status = 'option'")),
        CheckConstraint("option_rank between 1 and 3", name="rank_one_to_three"),
        CheckConstraint("status <> 'option' or option_rank is not null", name="option_has_rank"),
        CheckConstraint("status <> 'confirmed' or option_rank is null", name="confirmed_has_no_rank"),
        CheckConstraint(
            "status <> 'confirmed' or num_nonnulls(call_starts_at, call_ends_at, confirmed_at) = 3",
            name="confirmed_has_times",
        ),
        CheckConstraint("call_starts_at < call_ends_at", name="call_before_release"),
        CheckConstraint("fee_minor is null or currency is not null", name="fee_has_currency"),
        CheckConstraint("fee_minor >= 0", name="fee_not_negative"),
        CheckConstraint("agency_fee_ppm between 0 and 1000000", name="agency_fee_is_a_share"),
    )
    __derived__ = MODELS_CONTACT
    __books__ = (
        Booking(
            kind="person",
            layer="shift",
            resource="contact_id",
            starts="call_starts_at",
            ends="call_ends_at",
            active="new.status = 'confirmed'",
            rest_minutes_column="rest_minutes",
        ),
    )

    run_id: Mapped[int] = ref("production_runs", through_event=True)
    model_id: Mapped[int] = ref("models")
    contact_id: Mapped[int] = ref("contacts", server_default=FetchedValue())
    """→ contacts: the model's person, whom the clash rule knows; kept by trigger."""
    stage_id: Mapped[int | None] = ref("pipeline_stages")
    """→ pipeline_stages: its column on the casting board; a stage of the process casting."""
    status: Mapped[CastingStatus] = choice(CastingStatus, CastingStatus.REQUESTED)
    """Where it stands; guarded."""
    option_rank: Mapped[int | None] = mapped_column(SmallInteger)
    """1 first, 2 second, 3 third option; kept after release, empty once confirmed."""
    option_expires_at: Mapped[dt.datetime | None]
    """When the option lapses; a job releases it and moves the next up."""
    place: Mapped[str | None] = mapped_column(Text, info={"check": "length({c}) between 1 and 120"})
    """The place that options compete for (“Opening”, “Look 12”); empty: none in particular."""
    call_starts_at: Mapped[dt.datetime | None]
    """When the model must be there: call time, hair and make-up included."""
    call_ends_at: Mapped[dt.datetime | None]
    """When the model is released."""
    rest_minutes: Mapped[Minutes] = mapped_column(server_default=text("0"))
    """Least rest after the release."""
    fee_minor: Mapped[MinorUnits | None]
    """Fee agreed; shown with pay.read only."""
    fee_unit: Mapped[FeeUnit] = choice(FeeUnit, FeeUnit.SHOW)
    """What the fee is for."""
    currency: Mapped[CurrencyCode | None]
    """Currency of the fee."""
    agency_fee_ppm: Mapped[Count | None]
    """What the agency adds to the fee, in parts per million of it."""
    usage_rights: Mapped[str | None]
    """Where and how long pictures may be used."""
    requested_at: Mapped[dt.datetime | None]
    """When the agency was asked."""
    answered_at: Mapped[dt.datetime | None]
    """When it answered."""
    confirmed_at: Mapped[dt.datetime | None]
    """When the booking was confirmed."""
    released_at: Mapped[dt.datetime | None]
    """When the option or booking was given back."""
    release_reason: Mapped[str | None]
    """Why, as told to the agency."""
    decided_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who confirmed or released it."""
    budget_line_id: Mapped[int | None] = ref("event_budget_lines", on_delete="SET NULL", through_event=True)
    """→ event_budget_lines: the line that pays for it."""
    document_id: Mapped[int | None] = ref("event_documents", on_delete="SET NULL", through_event=True)
    """→ event_documents: the booking form."""
    rating: Mapped[Count | None]
    """The casting director's marks, 0 to 10."""
    notes: Mapped[str | None]
    """Internal remarks."""


class Fitting(OfShow, Editable):
    """A model tries a look: takes the model's time and, unless shared, the space, while scheduled or done."""

    __tablename__ = "fittings"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        same_person("fittings"),
        Index("ix_fittings_day", "account_id", "event_id", "starts_at"),
        Index("ix_fittings_model", "account_id", "model_id", "starts_at"),
        Index("ix_fittings_space", "account_id", "space_id", "starts_at"),
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        CheckConstraint("result = 'pending' or status = 'done'", name="only_done_has_result"),
    )
    __derived__ = MODELS_CONTACT
    __books__ = (
        Booking(
            kind="person",
            layer="use",
            resource="contact_id",
            starts="starts_at",
            ends="ends_at",
            active="new.status in ('scheduled', 'done')",
        ),
        Booking(
            kind="space",
            layer="use",
            resource="space_id",
            starts="starts_at",
            ends="ends_at",
            active="new.status in ('scheduled', 'done') and new.space_id is not null and not new.shares_space",
        ),
    )

    model_id: Mapped[int] = ref("models")
    contact_id: Mapped[int] = ref("contacts", server_default=FetchedValue())
    """→ contacts: the model's person, whom the clash rule knows; kept by trigger."""
    look_id: Mapped[int | None] = ref("looks", through_event=True)
    """→ looks: what is tried; empty for a first fitting of several."""
    run_id: Mapped[int | None] = ref("production_runs", on_delete="SET NULL", through_event=True)
    """→ production_runs: the run it prepares."""
    casting_id: Mapped[int | None] = ref("castings", on_delete="SET NULL", through_event=True)
    """→ castings: the casting behind it."""
    fitter_id: Mapped[int | None] = ref("event_staff", on_delete="SET NULL", through_event=True)
    """→ event_staff: who fits."""
    starts_at: Mapped[dt.datetime]
    """Start."""
    ends_at: Mapped[dt.datetime]
    """End; the next may begin then."""
    space_id: Mapped[int | None] = ref("venue_spaces")
    """→ venue_spaces: where."""
    shares_space: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether several fittings go on in the space at once; it is then not booked."""
    location_text: Mapped[str | None]
    """Where, when it is none of the spaces known: the designer's studio."""
    round: Mapped[Positive] = mapped_column(server_default=text("1"))
    """First, second … fitting of the look."""
    status: Mapped[FittingStatus] = choice(FittingStatus, FittingStatus.SCHEDULED)
    """Where it stands."""
    result: Mapped[FittingResult] = choice(FittingResult, FittingResult.PENDING)
    """What it found."""
    alterations: Mapped[str | None]
    """What is to be altered."""
    alterations_due_on: Mapped[dt.date | None]
    """By when."""
    alterations_done_at: Mapped[dt.datetime | None]
    """When it was."""
    picture_asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: picture of the model in the look."""
    notes: Mapped[str | None]
    """Pins, shoes, what to bring."""
