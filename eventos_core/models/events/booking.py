"""The clash rule, and the spaces that an event keeps."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Computed,
    Index,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.events import BookingLayer, ResourceKind, Setup, SpaceBookingStatus, SpaceUse
from eventos_core.models.base import (
    Booking,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    Fence,
    MinorUnits,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.events._parts import EventsTable, OfEvent


class EventVenue(EventsTable, OfEvent, Editable, Customised):
    """A space that an event keeps from load-in to load-out; while option or confirmed, no other event can."""

    __tablename__ = "event_venues"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        Index("ix_event_venues_space", "account_id", "space_id", "load_in_at"),
        Index(
            "ix_event_venues_options",
            "account_id",
            "option_expires_at",
            postgresql_where=text("status = 'option'"),
        ),
        CheckConstraint("load_in_at < load_out_at", name="load_in_before_load_out"),
        CheckConstraint("agreed_rate_minor is null or currency is not null", name="rate_has_currency"),
        CheckConstraint("agreed_rate_minor >= 0", name="rate_not_negative"),
        CheckConstraint("option_expires_at is null or status <> 'confirmed'", name="confirmed_does_not_expire"),
    )
    __books__ = (
        Booking(
            kind="space",
            layer="hold",
            resource="space_id",
            starts="load_in_at",
            ends="load_out_at",
            active="new.status in ('option', 'confirmed')",
        ),
    )

    space_id: Mapped[int] = ref("venue_spaces")
    """→ venue_spaces: the space kept; its venue follows from it."""
    purpose: Mapped[SpaceUse] = choice(SpaceUse, SpaceUse.MAIN)
    """What the event needs it for."""
    status: Mapped[SpaceBookingStatus] = choice(SpaceBookingStatus, SpaceBookingStatus.OPTION)
    """How firmly it is kept."""
    option_expires_at: Mapped[dt.datetime | None]
    """Until when the venue keeps an option; a job releases it then."""
    confirmed_at: Mapped[dt.datetime | None]
    """When the venue confirmed."""
    load_in_at: Mapped[dt.datetime]
    """From when the event has the space, build-up included."""
    load_out_at: Mapped[dt.datetime]
    """Until when, dismantling included; not part of the time kept."""
    setup: Mapped[Setup | None] = choice(Setup)
    """How it is set up; chooses the capacity."""
    capacity: Mapped[Count | None]
    """Persons it takes in this set-up, as agreed."""
    agreed_rate_minor: Mapped[MinorUnits | None]
    """Hire agreed for the whole time."""
    currency: Mapped[CurrencyCode | None]
    """Currency of the hire."""
    contract_document_id: Mapped[int | None] = ref("event_documents", on_delete="SET NULL", through_event=True)
    """→ event_documents: the contract."""
    budget_line_id: Mapped[int | None] = ref("event_budget_lines", on_delete="SET NULL", through_event=True)
    """→ event_budget_lines: the line that pays for it."""
    reference: Mapped[str | None]
    """The venue's booking number."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order in the event's list, from 0."""
    notes: Mapped[str | None]
    """What was agreed besides."""


_SAME = (
    ("account_id", "="),
    ("resource_kind", "="),
    ("resource_id", "="),
)
_OTHER_EVENT: tuple[ColumnElement[int], str] = (literal_column("coalesce(event_id, 0)"), "<>")
_TIME = ("during", "&&")


class BookingRow(EventsTable, Timestamped):
    """Who or what is taken when: the clash rule for people, spaces, vehicles and items.

    Written by triggers and definer functions only. A hold excludes other events' holds; a use excludes uses and a
    shift excludes shifts; a person's use lies inside a shift only of the same event (no event counts as another).
    `during` of a shift includes the rest that must follow it.
    """

    __tablename__ = "bookings"
    __fence__ = Fence(app="r")
    __audit__ = False
    __table_args__ = (
        UniqueConstraint(
            "account_id",
            "source_table",
            "source_id",
            "resource_kind",
            "resource_id",
            name="uq_bookings_source",
        ),
        Index("ix_bookings_resource", "account_id", "resource_kind", "resource_id", "starts_at"),
        Index("ix_bookings_event", "account_id", "event_id", "starts_at"),
        ExcludeConstraint(
            *_SAME,
            ("event_id", "<>"),
            _TIME,
            name="ex_bookings_holds",
            using="gist",
            where=text("layer = 'hold'"),
        ),
        ExcludeConstraint(*_SAME, _TIME, name="ex_bookings_uses", using="gist", where=text("layer = 'use'")),
        ExcludeConstraint(*_SAME, _TIME, name="ex_bookings_shifts", using="gist", where=text("layer = 'shift'")),
        ExcludeConstraint(
            *_SAME,
            _OTHER_EVENT,
            _TIME,
            name="ex_bookings_persons",
            using="gist",
            where=text("layer in ('shift', 'use') and resource_kind = 'person'"),
        ),
        CheckConstraint(
            "not isempty(during) and not lower_inf(during) and not upper_inf(during)", name="during_bounded"
        ),
        CheckConstraint("layer <> 'hold' or event_id is not null", name="hold_has_event"),
        CheckConstraint("layer <> 'shift' or resource_kind = 'person'", name="shift_is_a_persons"),
    )

    resource_kind: Mapped[ResourceKind] = choice(ResourceKind)
    """What is taken: person (contacts), space (venue_spaces), vehicle or item (resources)."""
    resource_id: Mapped[int] = mapped_column(BigInteger)
    """Its id in that table; no foreign key, since the table depends on the kind: triggers take it from one."""
    layer: Mapped[BookingLayer] = choice(BookingLayer)
    """How it is taken."""
    event_id: Mapped[int | None] = ref("events", on_delete="CASCADE")
    """→ events: for which event; empty when for none."""
    during: Mapped[Range[dt.datetime]] = mapped_column(TSTZRANGE)
    """The time taken, half-open."""
    starts_at: Mapped[dt.datetime] = mapped_column(Computed("lower(during)", persisted=True))
    """Start of the time taken: range operators are not leakproof, so lists filter on this."""
    ends_at: Mapped[dt.datetime] = mapped_column(Computed("upper(during)", persisted=True))
    """End of the time taken, rest included."""
    source_table: Mapped[str] = mapped_column(Text, info={"check": "{c} ~ '^[a-z][a-z0-9_]*$'"})
    """Table of the row that takes it."""
    source_id: Mapped[int] = mapped_column(BigInteger)
    """Id of that row; the booking goes when the row goes."""
