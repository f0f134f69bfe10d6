"""What has to be brought, hired and taken back."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import CheckConstraint, FetchedValue, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.events import LogisticsCategory, LogisticsStatus, MovableKind
from eventos_core.models.base import (
    Booking,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    MinorUnits,
    Name,
    Positive,
    Tagged,
    choice,
    ref,
)
from eventos_core.models.events._parts import EventsTable, Link, OfEvent

_TAKEN = (
    "new.resource_id is not null and new.pick_up_at is not null and new.drop_off_at is not null"
    " and new.status in ('booked', 'delivered') and new.resource_kind = '{kind}'"
)


class EventLogistic(EventsTable, OfEvent, Editable, Customised, Tagged):
    """An item or service that an event needs: needed → quoted → booked → delivered → returned.

    Where it names one of the house's resources, that vehicle or item is taken from pick-up to drop-off.
    """

    __tablename__ = "event_logistics"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "resource_id", "resource_kind"],
            ["resources.account_id", "resources.id", "resources.kind"],
            name="fk_event_logistics_resource_kind",
            onupdate="CASCADE",
        ),
        Index("ix_event_logistics_board", "account_id", "event_id", "status", "due_at"),
        Index("ix_event_logistics_category", "account_id", "event_id", "category", "position"),
        Index(
            "ix_event_logistics_open",
            "account_id",
            "due_at",
            postgresql_where=text("status in ('needed', 'quoted', 'booked')"),
        ),
        Index(
            "ix_event_logistics_to_return",
            "account_id",
            "return_due_at",
            postgresql_where=text("status = 'delivered' and return_due_at is not null"),
        ),
        CheckConstraint("pick_up_at < drop_off_at", name="pick_up_before_drop_off"),
        CheckConstraint("(resource_id is null) = (resource_kind is null)", name="resource_has_kind"),
        CheckConstraint(
            "currency is not null or num_nonnulls(estimate_minor, quote_minor, actual_minor) = 0",
            name="money_has_currency",
        ),
        CheckConstraint(
            "coalesce(estimate_minor, 0) >= 0 and coalesce(quote_minor, 0) >= 0 and coalesce(actual_minor, 0) >= 0",
            name="costs_not_negative",
        ),
        CheckConstraint("delivered_at <= returned_at", name="delivered_before_returned"),
    )
    __derived__ = {
        "resource_kind": "(select r.kind from public.resources r"
        " where r.account_id = new.account_id and r.id = new.resource_id)",
    }
    __books__ = tuple(
        Booking(
            kind=kind,
            layer="use",
            resource="resource_id",
            starts="pick_up_at",
            ends="drop_off_at",
            active=_TAKEN.format(kind=kind),
        )
        for kind in ("vehicle", "item")
    )

    category: Mapped[LogisticsCategory] = choice(LogisticsCategory)
    """What sort of thing it is."""
    name: Mapped[Name]
    """What is needed."""
    description: Mapped[str | None]
    """Specification."""
    quantity: Mapped[Positive] = mapped_column(server_default=text("1"))
    """How many."""
    unit: Mapped[str | None]
    """Of what: pieces, metres, cars."""
    passengers: Mapped[Count | None]
    """Persons to be carried or housed."""
    status: Mapped[LogisticsStatus] = choice(LogisticsStatus, LogisticsStatus.NEEDED)
    """Where it stands; guarded."""
    vendor_id: Mapped[int | None] = ref("organizations")
    """→ organizations: who supplies it."""
    vendor_contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: whom to call there."""
    resource_id: Mapped[int | None] = ref("resources")
    """→ resources: the house's vehicle or item that is used."""
    resource_kind: Mapped[MovableKind | None] = choice(MovableKind, server_default=FetchedValue())
    """Kind of that resource; kept by trigger."""
    cue_id: Mapped[int | None] = ref("event_schedules", on_delete="SET NULL", through_event=True)
    """→ event_schedules: the cue it must be there for."""
    responsible_id: Mapped[int | None] = ref("event_staff", on_delete="SET NULL", through_event=True)
    """→ event_staff: who on the crew sees to it."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who in the house arranges it beforehand."""
    space_id: Mapped[int | None] = ref("venue_spaces", on_delete="SET NULL")
    """→ venue_spaces: where it goes."""
    budget_line_id: Mapped[int | None] = ref("event_budget_lines", on_delete="SET NULL", through_event=True)
    """→ event_budget_lines: the line that pays for it."""
    document_id: Mapped[int | None] = ref("event_documents", on_delete="SET NULL", through_event=True)
    """→ event_documents: quote, order or delivery note."""
    due_at: Mapped[dt.datetime | None]
    """By when it must be on site."""
    pick_up_at: Mapped[dt.datetime | None]
    """When it is fetched, or a ride starts."""
    pick_up_place: Mapped[str | None]
    """Where it is fetched."""
    drop_off_at: Mapped[dt.datetime | None]
    """When it is back, or a ride ends; a resource is free from then."""
    drop_off_place: Mapped[str | None]
    """Where it goes to."""
    booked_at: Mapped[dt.datetime | None]
    """When it was ordered."""
    delivered_at: Mapped[dt.datetime | None]
    """When it arrived."""
    return_due_at: Mapped[dt.datetime | None]
    """By when hired things must be back; empty: nothing to return."""
    returned_at: Mapped[dt.datetime | None]
    """When they were."""
    estimate_minor: Mapped[MinorUnits | None]
    """Cost expected."""
    quote_minor: Mapped[MinorUnits | None]
    """Cost offered by the vendor."""
    actual_minor: Mapped[MinorUnits | None]
    """Cost charged."""
    currency: Mapped[CurrencyCode | None]
    """Currency of the three."""
    order_reference: Mapped[str | None]
    """The vendor's order, booking or flight number."""
    tracking_url: Mapped[Link | None]
    """Where a shipment can be followed."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order within the category, from 0."""
    notes: Mapped[str | None]
    """For the crew: gate code, handling."""
