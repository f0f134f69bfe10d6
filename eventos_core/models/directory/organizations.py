"""Companies, and what the house says of itself."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.directory import (
    OrganizationKind,
    OrganizationSize,
)
from eventos_core.models.base import (
    Archivable,
    Cipher,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    Email,
    JsonList,
    JsonObject,
    MinorUnits,
    Name,
    Ppm,
    Tagged,
    TenantTable,
    Zone,
    choice,
    ref,
)
from eventos_core.models.types import (
    Addressed,
    Colour,
    CountryCode,
    LocaleCode,
    WebAddress,
    attributes,
    fragments,
    labels,
)

DOMAIN_NORM = "coalesce(split_part(regexp_replace(lower(btrim(new.domain)), '^([a-z]+://)?(www[.])?', ''), '/', 1), '')"
LIVE = "archived_at is null and merged_into_id is null"


class Organization(TenantTable, Addressed, Customised, Tagged, Archivable, Editable):
    """A company the house deals with; exactly one per account is the house itself (`is_own`)."""

    __domain__ = "directory"
    __tablename__ = "organizations"
    __secret__ = ("bank_holder", "bank_iban", "bank_bic")
    __derived__ = {
        "name_sort": "app.sort_key(new.name)",
        "search_text": "app.search_key(concat_ws(' ', new.name, new.legal_name, new.domain, new.city))",
        "domain_norm": DOMAIN_NORM,
        "phone_digits": "coalesce(app.phone_digits(new.phone), '')",
    }
    __table_args__ = (
        UniqueConstraint("account_id", "id", "is_own", name="uq_organizations_own_key"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        CheckConstraint("merged_into_id <> id", name="not_merged_into_itself"),
        CheckConstraint("not is_own or (archived_at is null and merged_into_id is null)", name="own_stays"),
        CheckConstraint("(annual_revenue_minor is null) = (revenue_currency is null)", name="revenue_has_currency"),
        CheckConstraint("merged_into_id is null or archived_at is not null", name="merged_is_archived"),
        Index("uq_organizations_own", "account_id", unique=True, postgresql_where=text("is_own")),
        Index("ix_organizations_name", "account_id", "name_sort", "id"),
        Index("ix_organizations_live", "account_id", "kind", "name_sort", "id", postgresql_where=text(LIVE)),
        Index("ix_organizations_recent", "account_id", text("created_at desc"), text("id desc")),
        Index(
            "ix_organizations_domain_norm",
            "account_id",
            text("domain_norm text_pattern_ops"),
            postgresql_where=text("domain_norm <> ''"),
        ),
        Index(
            "ix_organizations_archived",
            "account_id",
            text("archived_at desc"),
            postgresql_where=text("archived_at is not null"),
        ),
        fragments("organizations", "search_text"),
        labels("organizations"),
        attributes("organizations"),
    )

    name: Mapped[Name]
    """The name in use."""
    name_sort: Mapped[str] = mapped_column(server_default=text("''"))
    """Sort key of the name, kept by trigger."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Normalised names, domain and town for fragment search, kept by trigger."""
    legal_name: Mapped[str | None]
    """As registered, for contracts and invoices; NULL = the same as the name."""
    kind: Mapped[OrganizationKind] = choice(OrganizationKind, OrganizationKind.OTHER)
    """What the company mainly is to the house; further parts it plays are rows of other tables."""
    is_own: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether this is the house itself; one per account, never archived or merged away."""
    parent_id: Mapped[int | None] = ref("organizations", on_delete="SET NULL")
    """→ organizations: the group or holding it belongs to."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who keeps the relationship."""
    domain: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 253"})
    """Internet domain as written; the strongest sign that two rows are one company."""
    domain_norm: Mapped[str] = mapped_column(server_default=text("''"))
    """Domain in lower case without scheme, www and path, kept by trigger; empty where there is none."""
    website: Mapped[WebAddress | None]
    """Home page."""
    email: Mapped[Email | None]
    """General address of the company; people's own are in contact_emails."""
    phone: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 50"})
    """Switchboard, as written."""
    phone_digits: Mapped[str] = mapped_column(server_default=text("''"))
    """Digits of the phone number, kept by trigger."""
    industry: Mapped[str | None]
    """Free text; sponsor categories are kept by sponsors."""
    size: Mapped[OrganizationSize | None] = choice(OrganizationSize)
    """Headcount band."""
    annual_revenue_minor: Mapped[MinorUnits | None]
    """Yearly turnover as far as known, in minor units of revenue_currency."""
    revenue_currency: Mapped[CurrencyCode | None]
    """ISO 4217."""
    description: Mapped[str | None]
    """What they do, in a paragraph."""
    source: Mapped[str | None]
    """Where the row came from: fair, referral, name of an import."""
    language: Mapped[LocaleCode | None]
    """BCP 47: in which language to write to them."""
    timezone: Mapped[Zone | None]
    """IANA zone of their office."""
    socials: Mapped[JsonObject]
    """Handle by network, such as {"instagram": "…"}."""
    do_not_contact: Mapped[bool] = mapped_column(server_default=text("false"))
    """No marketing and no calls to anybody there."""
    billing_name: Mapped[str | None]
    """Addressee of invoices where not the legal name."""
    billing_email: Mapped[Email | None]
    """Where invoices go."""
    billing_street: Mapped[str | None]
    """Street of the invoice address; NULL = the postal address counts as a whole."""
    billing_street2: Mapped[str | None]
    """Second line of the invoice address."""
    billing_city: Mapped[str | None]
    """Town of the invoice address."""
    billing_region: Mapped[str | None]
    """State or province of the invoice address."""
    billing_postal_code: Mapped[str | None]
    """Postal code of the invoice address."""
    billing_country: Mapped[CountryCode | None]
    """ISO 3166-1 alpha-2; decides on tax."""
    billing_reference: Mapped[str | None]
    """Purchase order or cost centre they want printed on invoices."""
    currency: Mapped[CurrencyCode | None]
    """ISO 4217 they are invoiced in; NULL = the house's."""
    payment_terms_days: Mapped[Count | None]
    """Days from issue to due date; NULL = the house's default."""
    tax_id: Mapped[str | None]
    """VAT or sales-tax number, as written."""
    tax_id_checked_at: Mapped[dt.datetime | None]
    """When the number was last verified; NULL while unverified."""
    registration_no: Mapped[str | None]
    """Number in the trade register."""
    bank_holder: Mapped[Cipher | None]
    """Encrypted name of the account holder; needs the bank permission."""
    bank_iban: Mapped[Cipher | None]
    """Encrypted IBAN or account number with routing code; needs the bank permission."""
    bank_bic: Mapped[Cipher | None]
    """Encrypted BIC; needs the bank permission."""
    bank_hint: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 4"})
    """Last four characters of the IBAN, to tell accounts apart without decrypting."""
    bank_changed_at: Mapped[dt.datetime | None]
    """When the bank data last changed; a fresh change is confirmed before money goes out."""
    logo_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: their mark."""
    merged_into_id: Mapped[int | None] = ref("organizations")
    """→ organizations: the row that took this one over; NULL unless merged."""


class MyOrganizationMetadata(TenantTable, Addressed, Editable):
    """What the house says of itself on tickets, invoices, contracts and mails; one row per account."""

    __domain__ = "directory"
    __tablename__ = "my_organization_metadata"
    __table_args__ = (
        UniqueConstraint("account_id"),
        # The second key pins the row to the own organisation: `own` is always true.
        ForeignKeyConstraint(
            ["account_id", "organization_id", "own"],
            ["organizations.account_id", "organizations.id", "organizations.is_own"],
            name="fk_my_organization_metadata_own",
        ),
        Index("ix_my_organization_metadata_own", "account_id", "organization_id", "own"),
    )

    organization_id: Mapped[int] = ref("organizations")
    """→ organizations: the own one."""
    own: Mapped[bool] = mapped_column(Computed("true", persisted=True))
    """Always true; ties organization_id to the row with is_own."""
    legal_name: Mapped[Name]
    """As registered; stands on invoices and contracts."""
    trading_name: Mapped[str | None]
    """Name guests know; NULL = the legal one."""
    legal_form: Mapped[str | None]
    """SARL, GmbH, Ltd, association …"""
    registration_no: Mapped[str | None]
    """Number in the trade register."""
    registration_office: Mapped[str | None]
    """Court or register that keeps it."""
    tax_id: Mapped[str | None]
    """Domestic tax number."""
    vat_id: Mapped[str | None]
    """VAT number; printed on invoices."""
    vat_registered: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether the house charges VAT at all."""
    default_tax_ppm: Mapped[Ppm] = mapped_column(server_default=text("0"))
    """Tax rate offered first, in parts per million: 200000 = 20 %."""
    represented_by: Mapped[str | None]
    """Who signs for the house, as printed."""
    phone: Mapped[str | None]
    """For guests and partners."""
    support_email: Mapped[Email | None]
    """Where guests write to."""
    website: Mapped[WebAddress | None]
    """Home page."""
    sender_name: Mapped[str | None]
    """Name in the From line of mails."""
    sender_email: Mapped[Email | None]
    """Address in the From line of mails."""
    reply_to_email: Mapped[Email | None]
    """Where answers go; NULL = to the sender."""
    email_signature: Mapped[str | None]
    """Plain text under every mail."""
    privacy_contact: Mapped[str | None]
    """Data protection officer or whoever answers privacy requests."""
    imprint_url: Mapped[WebAddress | None]
    """Legal notice."""
    terms_url: Mapped[WebAddress | None]
    """Terms of sale for guests."""
    privacy_url: Mapped[WebAddress | None]
    """Privacy notice."""
    default_terms: Mapped[str | None]
    """Terms printed under offers and contracts, plain text."""
    payment_terms_days: Mapped[Count] = mapped_column(server_default=text("30"))
    """Days from issue to due date where the buyer has none."""
    invoice_footer: Mapped[str | None]
    """Lines at the foot of invoices: bank, register, managing director."""
    brand_kit: Mapped[JsonObject]
    """Fonts, further colours and tone by key, for documents and public pages."""
    primary_colour: Mapped[Colour | None]
    """Main colour of tickets, mails and documents."""
    accent_colour: Mapped[Colour | None]
    """Second colour."""
    logo_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: mark on light ground."""
    logo_dark_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: mark on dark ground; NULL = the light one."""
    socials: Mapped[JsonObject]
    """Handle by network."""
    season_calendar: Mapped[JsonList]
    """Seasons as objects with code, name, starts_on and ends_on; events and reports pick from them."""
