"""Venues, their spaces, and the vehicles and items that can be in one place only."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Double, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.events import MovableKind, VenueContactRole, VenueKind
from eventos_core.models.base import (
    Archivable,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    Email,
    JsonList,
    JsonObject,
    MinorUnits,
    Name,
    Positive,
    Tagged,
    TextList,
    Timestamped,
    Zone,
    choice,
    ref,
)
from eventos_core.models.events._parts import EventsTable, Link
from eventos_core.models.types import Addressed, attributes, fragments, labels


class Venue(EventsTable, Addressed, Editable, Archivable, Customised, Tagged):
    """A place that holds events: address, market, conditions and costs; its rooms are venue spaces."""

    __tablename__ = "venues"
    __table_args__ = (
        Index("ix_venues_list", "account_id", "name_sort", "id", postgresql_where=text("archived_at is null")),
        Index("ix_venues_market", "account_id", "market", "name_sort"),
        Index("ix_venues_country", "account_id", "country", "city"),
        Index(
            "ix_venues_archived",
            "account_id",
            text("archived_at desc"),
            postgresql_where=text("archived_at is not null"),
        ),
        fragments("venues", "search_text"),
        labels("venues"),
        attributes("venues"),
        CheckConstraint("latitude between -90 and 90", name="latitude_on_earth"),
        CheckConstraint("longitude between -180 and 180", name="longitude_on_earth"),
        CheckConstraint("(latitude is null) = (longitude is null)", name="both_coordinates_or_none"),
        CheckConstraint(
            "currency is not null or num_nonnulls(daily_rate_minor, deposit_minor, cleaning_fee_minor) = 0",
            name="money_has_currency",
        ),
        CheckConstraint(
            "coalesce(daily_rate_minor, 0) >= 0 and coalesce(deposit_minor, 0) >= 0"
            " and coalesce(cleaning_fee_minor, 0) >= 0",
            name="costs_not_negative",
        ),
    )
    __derived__ = {
        "name_sort": "app.sort_key(new.name)",
        "search_text": "app.search_key(concat_ws(' ', new.name, new.city, new.market, new.street, new.country))",
    }

    name: Mapped[Name]
    """The venue as guests know it."""
    name_sort: Mapped[str] = mapped_column(server_default=text("''"))
    """Name as sorted and compared; kept by trigger."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Name, place and market for fragment search; kept by trigger."""
    kind: Mapped[VenueKind] = choice(VenueKind, VenueKind.OTHER)
    """What sort of place it is."""
    organization_id: Mapped[int | None] = ref("organizations")
    """→ organizations: who operates it."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who in the house keeps the relation."""
    market: Mapped[str | None]
    """The market it counts to, as the house divides the world, such as “San Diego - CA”."""
    district: Mapped[str | None]
    """Quarter or neighbourhood, as invitations name it."""
    latitude: Mapped[float | None] = mapped_column(Double)
    """Degrees north (WGS 84). Double precision: coordinates are drawn and measured, never summed or matched
    exactly, and maps take floats; NaN fails the range check."""
    longitude: Mapped[float | None] = mapped_column(Double)
    """Degrees east (WGS 84)."""
    timezone: Mapped[Zone | None]
    """IANA zone of the place; offered as the zone of its events."""
    capacity: Mapped[Positive | None]
    """Persons the whole venue admits, by its licence."""
    amenities: Mapped[TextList]
    """What it offers, lower-case: freight lift, blackout, step-free, …"""
    currency: Mapped[CurrencyCode | None]
    """Currency of the venue's costs."""
    daily_rate_minor: Mapped[MinorUnits | None]
    """Hire of the whole venue per day."""
    deposit_minor: Mapped[MinorUnits | None]
    """Deposit it asks for, returned after the event."""
    cleaning_fee_minor: Mapped[MinorUnits | None]
    """Cleaning charged once per event."""
    costs: Mapped[JsonList]
    """Further costs: objects of label, amount_minor and per (hour, day, event, person)."""
    cost_notes: Mapped[str | None]
    """What a rate includes, overtime, discounts."""
    website: Mapped[Link | None]
    """Its public page."""
    phone: Mapped[str | None]
    """Switchboard, as written."""
    email: Mapped[Email | None]
    """Address for enquiries."""
    access_notes: Mapped[str | None]
    """How guests and crew get in: doors, lifts, parking, public transport."""
    load_in_notes: Mapped[str | None]
    """Loading bay, hours, lift size, vehicle limits."""
    technical_notes: Mapped[str | None]
    """Power, rigging, network, house equipment."""
    accessibility_notes: Mapped[str | None]
    """Step-free routes, hearing loops, accessible toilets."""
    house_rules: Mapped[str | None]
    """Curfew, noise limit, exclusive caterers, smoking, fire."""
    emergency_notes: Mapped[str | None]
    """Assembly point, nearest hospital, first aid, fire panel."""
    ceiling_height_cm: Mapped[Positive | None]
    """Clear height of the main hall in centimetres."""
    power_kva: Mapped[Count | None]
    """Electrical supply in kVA."""
    cover_asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: picture shown in lists."""
    notes: Mapped[str | None]
    """Internal remarks."""


class VenueContact(EventsTable, Timestamped):
    """A person to call about a venue, and for what."""

    __tablename__ = "venue_contacts"
    __table_args__ = (
        UniqueConstraint("account_id", "venue_id", "contact_id", "role", name="uq_venue_contacts_once"),
        Index(
            "uq_venue_contacts_primary",
            "account_id",
            "venue_id",
            unique=True,
            postgresql_where=text("is_primary"),
        ),
    )

    venue_id: Mapped[int] = ref("venues", on_delete="CASCADE")
    contact_id: Mapped[int] = ref("contacts")
    role: Mapped[VenueContactRole] = choice(VenueContactRole, VenueContactRole.BOOKING)
    """What the person does for the venue."""
    is_primary: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whom to call first; at most one per venue."""
    notes: Mapped[str | None]
    """Hours, deputy, language."""


class VenueSpace(EventsTable, Editable, Archivable, Customised, Tagged):
    """A room or area of a venue that can be booked; the resource `space` of the clash rule."""

    __tablename__ = "venue_spaces"
    __table_args__ = (
        UniqueConstraint("account_id", "venue_id", "name", name="uq_venue_spaces_name"),
        UniqueConstraint("account_id", "venue_id", "id", name="uq_venue_spaces_venue_key"),
        Index("ix_venue_spaces_list", "account_id", "venue_id", "position", "name_sort"),
        Index("ix_venue_spaces_capacity", "account_id", "capacity", postgresql_where=text("archived_at is null")),
        Index(
            "ix_venue_spaces_archived",
            "account_id",
            text("archived_at desc"),
            postgresql_where=text("archived_at is not null"),
        ),
        fragments("venue_spaces", "search_text"),
        labels("venue_spaces"),
        attributes("venue_spaces"),
        CheckConstraint("min_capacity <= capacity", name="min_capacity_within_capacity"),
        CheckConstraint("daily_rate_minor is null or currency is not null", name="rate_has_currency"),
        CheckConstraint("daily_rate_minor >= 0 and hourly_rate_minor >= 0", name="rates_not_negative"),
        CheckConstraint("hourly_rate_minor is null or currency is not null", name="hourly_rate_has_currency"),
    )
    __derived__ = {
        "name_sort": "app.sort_key(new.name)",
        "search_text": "app.search_key(concat_ws(' ', new.name, new.kind, array_to_string(new.tags, ' ')))",
    }

    venue_id: Mapped[int] = ref("venues")
    name: Mapped[Name]
    """The room as its venue names it; unique in the venue."""
    name_sort: Mapped[str] = mapped_column(server_default=text("''"))
    """Name as sorted and compared; kept by trigger."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Name, kind and tags for fragment search; kept by trigger."""
    kind: Mapped[str | None] = mapped_column(Text)
    """What sort of room, in the venue's own words (“Exploration Lab”); free, because sources differ."""
    capacity: Mapped[Positive | None]
    """Most persons in any set-up."""
    min_capacity: Mapped[Count | None]
    """Fewest persons for whom it is let."""
    capacities: Mapped[JsonObject]
    """Most persons per set-up: object of set-up (see the set-ups in the code) to number."""
    floor: Mapped[str | None]
    """Level in the building, as signposted."""
    area_sqm: Mapped[Positive | None]
    """Floor area in square metres."""
    length_cm: Mapped[Positive | None]
    """Inner length in centimetres; runways are planned on it."""
    width_cm: Mapped[Positive | None]
    """Inner width in centimetres."""
    ceiling_height_cm: Mapped[Positive | None]
    """Clear height in centimetres."""
    daily_rate_minor: Mapped[MinorUnits | None]
    """Hire per day."""
    hourly_rate_minor: Mapped[MinorUnits | None]
    """Hire per hour, where let by the hour."""
    currency: Mapped[CurrencyCode | None]
    """Currency of the rates."""
    picture_url: Mapped[Link | None]
    """Picture at the source it was imported from; shown only as a link."""
    picture_asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: the house's own picture of it."""
    amenities: Mapped[TextList]
    """What the room offers, lower-case."""
    is_bookable: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether it is offered when spaces are booked."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Place in the venue's list, from 0."""
    notes: Mapped[str | None]
    """Internal remarks."""


class Resource(EventsTable, Editable, Archivable, Customised, Tagged):
    """A vehicle or item that can be in one place only; the resources `vehicle` and `item` of the clash rule."""

    __tablename__ = "resources"
    __table_args__ = (
        UniqueConstraint("account_id", "id", "kind", name="uq_resources_kind_key"),
        Index(
            "uq_resources_name",
            "account_id",
            "kind",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
        labels("resources"),
        CheckConstraint("daily_rate_minor is null or currency is not null", name="rate_has_currency"),
        CheckConstraint("daily_rate_minor >= 0", name="rate_not_negative"),
    )

    kind: Mapped[MovableKind] = choice(MovableKind)
    """Vehicle or item; bookings of it carry the kind."""
    name: Mapped[Name]
    """What the crew calls it: “Van 2”, “Runway mirror set A”; unique per kind while in use."""
    identifier: Mapped[str | None]
    """Registration plate, serial or asset number."""
    organization_id: Mapped[int | None] = ref("organizations")
    """→ organizations: whose it is; empty when the house owns it."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who keeps it."""
    home_venue_id: Mapped[int | None] = ref("venues", on_delete="SET NULL")
    """→ venues: where it stands when not in use."""
    seats: Mapped[Count | None]
    """Passengers a vehicle takes besides the driver."""
    payload_kg: Mapped[Count | None]
    """Load in kilograms."""
    daily_rate_minor: Mapped[MinorUnits | None]
    """What a day of it costs, or is charged at."""
    currency: Mapped[CurrencyCode | None]
    """Currency of the rate."""
    inspected_on: Mapped[dt.date | None]
    """Last inspection or safety test."""
    inspection_due_on: Mapped[dt.date | None]
    """Day by which the next one is due."""
    picture_asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    notes: Mapped[str | None]
    """Where the keys are, what it lacks."""
