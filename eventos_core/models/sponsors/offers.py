"""What sponsors may buy at an event: packages with benefits, and single units with a capacity."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.sponsors import DeliverableType, InventoryHoldStatus, InventoryKind, SponsorTier
from eventos_core.models.base import (
    Archivable,
    Count,
    CurrencyCode,
    Editable,
    JsonObject,
    MinorUnits,
    Name,
    Positive,
    TenantTable,
    choice,
    ref,
)
from eventos_core.models.types import SILENT


class SponsorPackage(TenantTable, Editable, Archivable):
    """A bundle of benefits at a price, offered to sponsors of an event."""

    __tablename__ = "sponsor_packages"
    __domain__ = "sponsors"
    __event_key__ = True
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("capacity is null or taken <= capacity", name="taken_within_capacity"),
        Index(
            "uq_sponsor_packages_name",
            "account_id",
            "event_id",
            "name",
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
        Index("ix_sponsor_packages_list", "account_id", "event_id", "position", "id"),
    )

    event_id: Mapped[int] = ref("events")
    copied_from_id: Mapped[int | None] = ref("sponsor_packages", on_delete="SET NULL")
    """→ sponsor_packages: the package of an earlier edition it was copied from."""
    name: Mapped[Name]
    """Unique among the event's packages in use."""
    tier: Mapped[SponsorTier] = choice(SponsorTier, SponsorTier.GOLD)
    """Rank."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order in lists, from 0."""
    description: Mapped[str | None]
    """As written in the offer."""
    price_minor: Mapped[MinorUnits]
    """List price without tax."""
    currency: Mapped[CurrencyCode]
    """Currency of price and benefits' values."""
    capacity: Mapped[Count | None]
    """How many can be sold; NULL = unlimited."""
    taken: Mapped[int] = mapped_column(Integer, server_default=text("0"), info={"check": "{c} >= 0", **SILENT})
    """How many contracts hold it, from approved on. Changed under the row lock only."""
    category_exclusive: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether its buyers are the only sponsor of their category."""


class SponsorPackageBenefit(TenantTable, Editable):
    """One promise in a package; copied into a deliverable at signing."""

    __tablename__ = "sponsor_package_benefits"
    __domain__ = "sponsors"
    __event_key__ = True
    __table_args__ = (
        UniqueConstraint(
            "account_id",
            "package_id",
            "position",
            name="uq_sponsor_package_benefits_position",
            deferrable=True,
            initially="DEFERRED",
        ),
        CheckConstraint("internal_value_minor >= 0", name="internal_value_not_negative"),
        CheckConstraint("units_per_quantity = 0 or inventory_id is not null", name="units_have_inventory"),
    )

    event_id: Mapped[int] = ref("events")
    package_id: Mapped[int] = ref("sponsor_packages", on_delete="CASCADE", through_event=True)
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order in the package, from 0."""
    type: Mapped[DeliverableType] = choice(DeliverableType)
    """What is promised."""
    title: Mapped[Name]
    """As written in the offer."""
    description: Mapped[str | None]
    """What exactly: size, place, wording."""
    quantity: Mapped[Positive] = mapped_column(server_default=text("1"))
    """How many."""
    internal_value_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """What the house holds all of it to be worth; weights the fulfilment rate, never shown to sponsors."""
    currency: Mapped[CurrencyCode]
    """The package's."""
    due_offset_days: Mapped[int] = mapped_column(server_default=text("0"))
    """Due so many days after the event's first day; negative = before."""
    proof_required: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether done needs a proof."""
    requirements: Mapped[JsonObject]
    """What the sponsor must supply: file formats, pixels, text length, deadline."""
    ticket_type_id: Mapped[int | None] = ref("ticket_types", on_delete="SET NULL", through_event=True)
    """→ ticket_types: for seats and passes, which."""
    inventory_id: Mapped[int | None] = ref("sponsor_inventory", through_event=True)
    """→ sponsor_inventory: the units it uses up."""
    units_per_quantity: Mapped[Count] = mapped_column(server_default=text("0"))
    """Units of that inventory per one of quantity."""


class SponsorInventory(TenantTable, Editable, Archivable):
    """Units of an event that can be sold to sponsors once each; held plus booked never exceeds capacity."""

    __tablename__ = "sponsor_inventory"
    __domain__ = "sponsors"
    __event_key__ = True
    __table_args__ = (
        CheckConstraint("held + booked <= capacity", name="within_capacity"),
        CheckConstraint("unit_price_minor >= 0", name="unit_price_not_negative"),
        CheckConstraint("starts_at < ends_at", name="starts_before_end"),
        Index(
            "uq_sponsor_inventory_name",
            "account_id",
            "event_id",
            "name",
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
    )

    event_id: Mapped[int] = ref("events")
    copied_from_id: Mapped[int | None] = ref("sponsor_inventory", on_delete="SET NULL")
    """→ sponsor_inventory: the units of an earlier edition they were copied from."""
    name: Mapped[Name]
    """Unique among the event's units in use."""
    kind: Mapped[InventoryKind] = choice(InventoryKind, InventoryKind.PLACEMENT)
    """What one unit is."""
    description: Mapped[str | None]
    """Where and what exactly."""
    unit: Mapped[str] = mapped_column(server_default=text("'unit'"))
    """Word for one unit: panel, minute, seat."""
    zone: Mapped[str | None]
    """Part of the site it lies in."""
    venue_space_id: Mapped[int | None] = ref("venue_spaces")
    """→ venue_spaces: the room it lies in."""
    seating_section_id: Mapped[int | None] = ref("seating_sections", on_delete="SET NULL", through_event=True)
    """→ seating_sections: for seats, which block."""
    starts_at: Mapped[dt.datetime | None]
    """Time slots: begin."""
    ends_at: Mapped[dt.datetime | None]
    """Time slots: end (exclusive)."""
    capacity: Mapped[Count]
    """Units there are."""
    held: Mapped[int] = mapped_column(Integer, server_default=text("0"), info={"check": "{c} >= 0", **SILENT})
    """Units under unexpired holds. Changed under the row lock only."""
    booked: Mapped[int] = mapped_column(Integer, server_default=text("0"), info={"check": "{c} >= 0", **SILENT})
    """Units sold. Changed under the row lock only."""
    unit_price_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """List price of one unit without tax."""
    currency: Mapped[CurrencyCode]
    """Currency of the price."""


class SponsorInventoryHold(TenantTable, Editable):
    """A claim on units: held until it expires, or booked."""

    __tablename__ = "sponsor_inventory_holds"
    __domain__ = "sponsors"
    __event_key__ = True
    __table_args__ = (
        CheckConstraint("status <> 'held' or expires_at is not null", name="hold_expires"),
        CheckConstraint("(status = 'booked') = (booked_at is not null)", name="booked_has_time"),
        CheckConstraint("status not in ('released', 'expired') or ended_at is not null", name="ended_has_time"),
        CheckConstraint("num_nonnulls(event_sponsor_id, opportunity_id, organization_id) >= 1", name="for_somebody"),
        CheckConstraint("status <> 'booked' or event_sponsor_id is not null", name="booked_by_contract"),
        Index(
            "ix_sponsor_inventory_holds_expiring",
            "account_id",
            "expires_at",
            postgresql_where=text("status = 'held'"),
        ),
    )

    event_id: Mapped[int] = ref("events")
    inventory_id: Mapped[int] = ref("sponsor_inventory", through_event=True)
    event_sponsor_id: Mapped[int | None] = ref("event_sponsors", through_event=True)
    """→ event_sponsors: the contract it belongs to."""
    opportunity_id: Mapped[int | None] = ref("opportunities")
    """→ opportunities: the deal it is held for."""
    organization_id: Mapped[int | None] = ref("organizations")
    """→ organizations: for whom, where there is no deal yet."""
    quantity: Mapped[Positive]
    """Units."""
    status: Mapped[InventoryHoldStatus] = choice(InventoryHoldStatus, InventoryHoldStatus.HELD)
    """held → booked / released / expired; booked → released."""
    expires_at: Mapped[dt.datetime | None]
    """When a hold lapses; a job gives the units back."""
    booked_at: Mapped[dt.datetime | None]
    """When it was sold; emptied on release."""
    ended_at: Mapped[dt.datetime | None]
    """When it was released or expired."""
    note: Mapped[str | None]
    """Why it is held."""
