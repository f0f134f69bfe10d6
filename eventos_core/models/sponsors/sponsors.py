"""Companies as sponsors, over all events, and whom to ask there."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.sponsors import SponsorContactRole, SponsorStatus
from eventos_core.models.base import (
    Archivable,
    Authored,
    CurrencyCode,
    Customised,
    Editable,
    MinorUnits,
    Tagged,
    TenantTable,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.types import attributes, labels


class Sponsor(TenantTable, Editable, Archivable, Customised, Tagged):
    """A company as a sponsor, over all events; its contracts are in event_sponsors."""

    __tablename__ = "sponsors"
    __domain__ = "sponsors"
    __derived__ = {"category_key": "app.search_key(new.category)"}
    __table_args__ = (
        UniqueConstraint("account_id", "organization_id", name="uq_sponsors_organization_id"),
        CheckConstraint("length(category) <= 100", name="category_length"),
        CheckConstraint("yearly_budget_minor >= 0", name="yearly_budget_not_negative"),
        CheckConstraint("yearly_budget_minor is null or currency is not null", name="budget_has_currency"),
        CheckConstraint("decides_in_month between 1 and 12", name="decides_in_month"),
        Index("ix_sponsors_list", "account_id", "status", "category_key", "id"),
        labels("sponsors"),
        attributes("sponsors"),
    )

    organization_id: Mapped[int] = ref("organizations")
    """→ organizations: the company; one sponsor row each."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who looks after it."""
    status: Mapped[SponsorStatus] = choice(SponsorStatus, SponsorStatus.PROSPECT)
    """prospect (never signed), active (runs or signed), lapsed (did not renew)."""
    category: Mapped[str] = mapped_column(server_default=text("''"))
    """Line of business in which exclusivity is sold (beauty, cars, spirits); empty = not said."""
    category_key: Mapped[str] = mapped_column(server_default=text("''"))
    """The category normalised. Kept by trigger."""
    brand_guidelines: Mapped[str | None]
    """How name and logo may be used."""
    brand_guidelines_asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: the guidelines as a file."""
    logo_asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: the logo to print."""
    goals: Mapped[str | None]
    """What it wants from sponsoring; the report answers to it."""
    yearly_budget_minor: Mapped[MinorUnits | None]
    """What it is believed to spend on sponsoring a year."""
    currency: Mapped[CurrencyCode | None]
    """Currency of the budget."""
    decides_in_month: Mapped[int | None]
    """Month (1–12) in which it plans the next year."""
    note: Mapped[str | None]
    """Whatever else matters."""


class SponsorContact(TenantTable, Timestamped, Authored):
    """For what a person at a sponsor is asked."""

    __tablename__ = "sponsor_contacts"
    __domain__ = "sponsors"
    __table_args__ = (
        UniqueConstraint("account_id", "sponsor_id", "contact_id", "role", name="uq_sponsor_contacts_role"),
        Index(
            "uq_sponsor_contacts_primary",
            "account_id",
            "sponsor_id",
            unique=True,
            postgresql_where=text("role = 'primary'"),
        ),
    )

    sponsor_id: Mapped[int] = ref("sponsors", on_delete="CASCADE")
    contact_id: Mapped[int] = ref("contacts")
    role: Mapped[SponsorContactRole] = choice(SponsorContactRole, SponsorContactRole.PRIMARY)
    """primary (one per sponsor), finance, creative …"""
