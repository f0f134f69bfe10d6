"""Designers and models: who makes the clothes and who wears them."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import CheckConstraint, FetchedValue, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.production import AvailabilityKind, Board, DesignerStatus, ModelStatus
from eventos_core.models.base import (
    Archivable,
    Booking,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    JsonObject,
    MinorUnits,
    Minutes,
    Name,
    Positive,
    Tagged,
    TenantTable,
    TextList,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.production._parts import MODELS_CONTACT, same_person
from eventos_core.models.types import CountryCode, WebAddress, attributes, fragments, labels


class FashionDesigner(TenantTable, Editable, Archivable, Customised, Tagged):
    """A label that shows collections: the company behind it, the person, its seasons and portfolio."""

    __tablename__ = "fashion_designers"
    __domain__: ClassVar[str] = "production"
    __table_args__ = (
        Index(
            "uq_fashion_designers_label",
            "account_id",
            text("lower(label)"),
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
        Index(
            "ix_fashion_designers_list", "account_id", "name_sort", "id", postgresql_where=text("archived_at is null")
        ),
        fragments("fashion_designers", "search_text"),
        labels("fashion_designers"),
        attributes("fashion_designers"),
        CheckConstraint("founded_year between 1700 and 2200", name="founded_in_a_plausible_year"),
    )
    __derived__ = {
        "name_sort": "app.sort_key(new.label)",
        "search_text": "app.search_key("
        "concat_ws(' ', new.label, new.designer_name, array_to_string(new.seasons, ' ')))",
    }

    label: Mapped[Name]
    """The label as printed in the programme; unique among designers in use."""
    name_sort: Mapped[str] = mapped_column(server_default=text("''"))
    """Label as sorted; kept by trigger."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Label, designer and seasons for fragment search; kept by trigger."""
    designer_name: Mapped[str | None]
    """The creative head as credited, where no contact says it."""
    organization_id: Mapped[int | None] = ref("organizations")
    """→ organizations: the company behind the label."""
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the designer."""
    press_contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: who answers for press and samples."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who in the house looks after the label."""
    status: Mapped[DesignerStatus] = choice(DesignerStatus, DesignerStatus.ACTIVE)
    """How the house stands with it."""
    biography: Mapped[str | None]
    """For programme and press, in Markdown."""
    statement: Mapped[str | None]
    """One line on what it stands for."""
    categories: Mapped[TextList]
    """What it makes, lower-case: womenswear, couture, accessories, …"""
    seasons: Mapped[TextList]
    """Seasons it has shown or will show with the house, as events write them."""
    founded_year: Mapped[int | None] = mapped_column(SmallInteger)
    """Year in which the label was founded."""
    country: Mapped[CountryCode | None]
    """Where it is at home."""
    city: Mapped[str | None]
    """Where its studio is."""
    website: Mapped[WebAddress | None]
    """Its public page."""
    social: Mapped[JsonObject]
    """Handles by platform, without @."""
    portfolio_url: Mapped[WebAddress | None]
    """Look books kept elsewhere; pictures of ours stand in portfolio_items."""
    logo_asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: its logo."""
    notes: Mapped[str | None]
    """Internal remarks."""


class FashionModel(TenantTable, Editable, Archivable, Customised, Tagged):
    """A person who can be cast: agency, board, measurements, rates, age rules.

    Measurements are shown with measurements.read only, rates with pay.read; lengths are whole millimetres. The name
    is the contact's: one person, one identity, so a contact is a model at most once.
    """

    __tablename__ = "models"
    __domain__: ClassVar[str] = "production"
    __table_args__ = (
        UniqueConstraint("account_id", "contact_id", name="uq_models_contact"),
        UniqueConstraint("account_id", "id", "contact_id", name="uq_models_contact_key"),
        Index("ix_models_list", "account_id", "name_sort", "id", postgresql_where=text("archived_at is null")),
        Index("ix_models_board", "account_id", "board", "status", "name_sort"),
        Index("ix_models_height", "account_id", "height_mm", postgresql_where=text("archived_at is null")),
        fragments("models", "search_text"),
        labels("models"),
        attributes("models"),
        CheckConstraint("height_mm between 500 and 2500", name="height_is_in_millimetres"),
        CheckConstraint("shoe_eu_tenths between 100 and 600", name="shoe_is_in_tenths"),
        CheckConstraint(
            "currency is not null or num_nonnulls(show_rate_minor, fitting_rate_minor, hourly_rate_minor,"
            " day_rate_minor) = 0",
            name="rates_have_currency",
        ),
        CheckConstraint(
            "least(show_rate_minor, fitting_rate_minor, hourly_rate_minor, day_rate_minor) >= 0",
            name="rates_not_negative",
        ),
        CheckConstraint("guardian_contact_id <> contact_id", name="not_own_guardian"),
    )
    __derived__ = {
        "name_sort": "app.sort_key(new.display_name)",
        "search_text": "app.search_key(new.display_name)",
    }

    contact_id: Mapped[int] = ref("contacts")
    """→ contacts: the person, whom the clash rule knows."""
    display_name: Mapped[Name]
    """As on the board and in the line-up."""
    name_sort: Mapped[str] = mapped_column(server_default=text("''"))
    """Display name as sorted; kept by trigger."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Display name for fragment search; kept by trigger."""
    agency_id: Mapped[int | None] = ref("organizations")
    """→ organizations: the agency that books the model here."""
    mother_agency_id: Mapped[int | None] = ref("organizations")
    """→ organizations: the agency that built the career, where another."""
    booker_contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the booker to call."""
    board: Mapped[Board | None] = choice(Board)
    """The board on which the agency shows the model."""
    status: Mapped[ModelStatus] = choice(ModelStatus, ModelStatus.ACTIVE)
    """Whether the model can be cast."""
    pronouns: Mapped[str | None]
    """As the model wishes."""
    nationality: Mapped[CountryCode | None]
    """Passport, for visas."""
    based_in: Mapped[str | None]
    """City from which travel is counted."""
    height_mm: Mapped[Positive | None]
    """Height without shoes."""
    bust_mm: Mapped[Positive | None]
    """Bust or chest."""
    waist_mm: Mapped[Positive | None]
    """Waist."""
    hips_mm: Mapped[Positive | None]
    """Hips."""
    inseam_mm: Mapped[Positive | None]
    """Inner leg."""
    sleeve_mm: Mapped[Positive | None]
    """Centre back to wrist."""
    shoulder_mm: Mapped[Positive | None]
    """Shoulder to shoulder."""
    neck_mm: Mapped[Positive | None]
    """Neck."""
    head_mm: Mapped[Positive | None]
    """Around the head, for hats."""
    shoe_eu_tenths: Mapped[Positive | None]
    """European shoe size times ten: 395 is 39.5."""
    garment_size: Mapped[str | None]
    """Sample size as the trade writes it: “IT 38”, “48”."""
    hair_colour: Mapped[str | None]
    """As on the card."""
    eye_colour: Mapped[str | None]
    """As on the card."""
    marks: Mapped[str | None]
    """Tattoos, piercings, scars that matter for looks."""
    measured_on: Mapped[dt.date | None]
    """When the measurements were taken."""
    born_on: Mapped[dt.date | None]
    """Date of birth; a run's minimum age is checked against it on the day of the run. Needs measurements.read."""
    guardian_contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: parent or guardian of a minor."""
    guardian_consent_on: Mapped[dt.date | None]
    """When the guardian agreed in writing."""
    work_permit_until: Mapped[dt.date | None]
    """Last day of the permit to work here, where one is needed."""
    available_from: Mapped[dt.date | None]
    """First day in town; finer spans stand in model_availability."""
    available_until: Mapped[dt.date | None]
    """Last day in town."""
    currency: Mapped[CurrencyCode | None]
    """Currency of the rates."""
    show_rate_minor: Mapped[MinorUnits | None]
    """Usual fee per show."""
    fitting_rate_minor: Mapped[MinorUnits | None]
    """Usual fee per fitting."""
    hourly_rate_minor: Mapped[MinorUnits | None]
    """Usual fee per hour."""
    day_rate_minor: Mapped[MinorUnits | None]
    """Usual fee per day."""
    rest_minutes: Mapped[Minutes] = mapped_column(server_default=text("0"))
    """Least rest after a call; proposed for castings."""
    portfolio_url: Mapped[WebAddress | None]
    """The agency's page of the model; pictures of ours stand in portfolio_items."""
    social: Mapped[JsonObject]
    """Handles by platform, without @."""
    cover_asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: card picture in lists and line-up."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: the casting director in charge."""
    notes: Mapped[str | None]
    """Internal remarks."""


class ModelAvailability(TenantTable, Timestamped):
    """What is known about a span of a model's time; unavailable spans keep castings and fittings away."""

    __tablename__ = "model_availability"
    __domain__: ClassVar[str] = "production"
    __table_args__ = (
        same_person("model_availability"),
        Index("ix_model_availability_span", "account_id", "model_id", "starts_at"),
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
    )
    __derived__ = MODELS_CONTACT
    __books__ = (
        Booking(
            kind="person",
            layer="use",
            resource="contact_id",
            starts="starts_at",
            ends="ends_at",
            active="new.kind = 'unavailable'",
            event=None,
        ),
    )

    model_id: Mapped[int] = ref("models", on_delete="CASCADE")
    contact_id: Mapped[int] = ref("contacts", server_default=FetchedValue())
    """→ contacts: the model's person; kept by trigger."""
    starts_at: Mapped[dt.datetime]
    """Start of the span."""
    ends_at: Mapped[dt.datetime]
    """End of the span."""
    kind: Mapped[AvailabilityKind] = choice(AvailabilityKind, AvailabilityKind.UNAVAILABLE)
    """What is known about it."""
    note: Mapped[str | None]
    """Who said so, where the model is."""


class PortfolioItem(TenantTable, Timestamped):
    """A picture or film in the portfolio of a designer or of a model, exactly one of them."""

    __tablename__ = "portfolio_items"
    __domain__: ClassVar[str] = "production"
    __table_args__ = (
        UniqueConstraint("account_id", "designer_id", "asset_id", name="uq_portfolio_items_designer"),
        UniqueConstraint("account_id", "model_id", "asset_id", name="uq_portfolio_items_model"),
        CheckConstraint("num_nonnulls(designer_id, model_id) = 1", name="designer_or_model"),
    )

    designer_id: Mapped[int | None] = ref("fashion_designers", on_delete="CASCADE")
    model_id: Mapped[int | None] = ref("models", on_delete="CASCADE")
    asset_id: Mapped[int] = ref("media_assets", on_delete="CASCADE")
    caption: Mapped[str | None]
    """Under the picture."""
    season: Mapped[str | None] = mapped_column(Text)
    """Season it shows, as events write it."""
    taken_on: Mapped[dt.date | None]
    """When it was taken; polaroids age."""
    is_polaroid: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it is an unretouched digital."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order in the portfolio, from 0."""
