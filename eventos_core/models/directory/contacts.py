"""People, their e-mail addresses and phone numbers."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    CheckConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.directory import (
    ConsentBasis,
    ContactLifecycle,
    EmailKind,
    MarketingConsent,
    PhoneKind,
)
from eventos_core.models.base import (
    Archivable,
    Customised,
    Editable,
    Email,
    JsonObject,
    Name,
    Tagged,
    TenantTable,
    Timestamped,
    Zone,
    choice,
    ref,
)
from eventos_core.models.types import (
    Addressed,
    LocaleCode,
    WebAddress,
    attributes,
    fragments,
    labels,
)

LIVE = "archived_at is null and merged_into_id is null"


class Contact(TenantTable, Addressed, Customised, Tagged, Archivable, Editable):
    """A person: the one identity of guests, partners, models and members of the house alike."""

    __domain__ = "directory"
    __tablename__ = "contacts"
    __derived__ = {
        "name_sort": (
            "app.sort_key(coalesce(nullif(concat_ws(' ', new.last_name, new.first_name), ''), new.full_name))"
        ),
        "search_text": (
            "app.search_key(concat_ws(' ', new.full_name, new.first_name, new.last_name, new.nickname, new.job_title))"
        ),
    }
    __table_args__ = (
        CheckConstraint("merged_into_id <> id", name="not_merged_into_itself"),
        CheckConstraint("merged_into_id is null or archived_at is not null", name="merged_is_archived"),
        CheckConstraint(
            "marketing_consent <> 'granted' or (consent_basis is not null and consent_at is not null)",
            name="consent_has_basis_and_time",
        ),
        CheckConstraint("do_not_contact or do_not_contact_reason is null", name="reason_only_where_not_contacted"),
        CheckConstraint("reports_to_id <> id", name="not_their_own_manager"),
        Index("ix_contacts_name", "account_id", "name_sort", "id"),
        Index("ix_contacts_live", "account_id", "lifecycle", "name_sort", "id", postgresql_where=text(LIVE)),
        Index("ix_contacts_owner_name", "account_id", "owner_id", "name_sort", "id"),
        Index("ix_contacts_organization_name", "account_id", "organization_id", "name_sort", "id"),
        Index("ix_contacts_recent", "account_id", text("created_at desc"), text("id desc")),
        Index(
            "ix_contacts_archived",
            "account_id",
            text("archived_at desc"),
            postgresql_where=text("archived_at is not null"),
        ),
        fragments("contacts", "search_text"),
        labels("contacts"),
        attributes("contacts"),
    )

    full_name: Mapped[Name]
    """The person's name in the order they use; composed from the parts where only those are known."""
    salutation: Mapped[str | None]
    """Title or form of address before the name."""
    first_name: Mapped[str | None] = mapped_column(info={"check": "length({c}) between 1 and 200"})
    """Given names; NULL where unknown or where there is one name only."""
    last_name: Mapped[str | None] = mapped_column(info={"check": "length({c}) between 1 and 200"})
    """Family name; lists sort by it."""
    nickname: Mapped[str | None]
    """What they are called, stage name."""
    name_sort: Mapped[str] = mapped_column(server_default=text("''"))
    """Sort key: family name first, kept by trigger."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Normalised names and title for fragment search, kept by trigger; addresses are searched in their tables."""
    pronouns: Mapped[str | None]
    """As the person gave them."""
    organization_id: Mapped[int | None] = ref("organizations")
    """→ organizations: where they work now."""
    job_title: Mapped[str | None]
    """What they do there."""
    department: Mapped[str | None]
    """In which part of the company."""
    reports_to_id: Mapped[int | None] = ref("contacts", on_delete="SET NULL")
    """→ contacts: manager, agent or whoever decides for them."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who keeps the relationship."""
    lifecycle: Mapped[ContactLifecycle] = choice(ContactLifecycle, ContactLifecycle.LEAD)
    """How near they are to the house."""
    source: Mapped[str | None]
    """Where the row came from: form, fair, referral, name of an import."""
    source_detail: Mapped[str | None]
    """Which form, fair or referrer."""
    guest_rank: Mapped[int | None] = mapped_column(SmallInteger, info={"check": "{c} between 1 and 9"})
    """Protocol rank for seating, 1 highest; NULL = none."""
    language: Mapped[LocaleCode | None]
    """BCP 47: in which language to write to them; NULL = the house's."""
    timezone: Mapped[Zone | None]
    """IANA zone they live in."""
    birthday: Mapped[dt.date | None]
    """Date of birth, where needed (minors, models)."""
    socials: Mapped[JsonObject]
    """Handle by network, such as {"instagram": "…"}."""
    website: Mapped[WebAddress | None]
    """Own page or portfolio."""
    photo_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: portrait, for the door and the seat plan."""
    summary: Mapped[str | None]
    """What to know before meeting them, in a few lines; the history is in notes."""
    marketing_consent: Mapped[MarketingConsent] = choice(MarketingConsent, MarketingConsent.UNKNOWN)
    """Marketing is sent on an explicit yes only."""
    consent_basis: Mapped[ConsentBasis | None] = choice(ConsentBasis)
    """What the permission rests on."""
    consent_at: Mapped[dt.datetime | None]
    """When it was given, refused or withdrawn."""
    consent_source: Mapped[str | None]
    """Proof: form, page or conversation it came from."""
    do_not_contact: Mapped[bool] = mapped_column(server_default=text("false"))
    """No marketing and no calls, whatever the consent says; tickets and invoices still go out."""
    do_not_contact_reason: Mapped[str | None] = mapped_column(info={"check": "length({c}) between 1 and 300"})
    """What it was set by, where no person set it: an unsubscribe link, a spam report, mail that came back."""
    merged_into_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the row that took this one over; NULL unless merged."""
    erased_at: Mapped[dt.datetime | None]
    """When the person was made unrecognisable on request or by retention; NULL while known."""


class ContactEmail(TenantTable, Timestamped):
    """An e-mail address of a person; two people may share one (couples, press offices, imports)."""

    __domain__ = "directory"
    __tablename__ = "contact_emails"
    __derived__ = {"email_norm": "app.email_norm(new.email)"}
    __table_args__ = (
        UniqueConstraint("account_id", "contact_id", "email_norm"),
        Index(
            "uq_contact_emails_primary",
            "account_id",
            "contact_id",
            unique=True,
            postgresql_where=text("is_primary"),
        ),
        Index("ix_contact_emails_email_norm", "account_id", text("email_norm text_pattern_ops")),
        fragments("contact_emails", "email_norm"),
    )

    contact_id: Mapped[int] = ref("contacts", on_delete="CASCADE")
    """→ contacts: whose address."""
    email: Mapped[Email]
    """As written."""
    email_norm: Mapped[str] = mapped_column(server_default=text("''"))
    """Normalised form, kept by trigger; imports and sign-ups match on it."""
    kind: Mapped[EmailKind] = choice(EmailKind, EmailKind.WORK)
    """Where it reaches the person."""
    is_primary: Mapped[bool] = mapped_column(server_default=text("false"))
    """The one messages go to; at most one per person."""
    confirmed_at: Mapped[dt.datetime | None]
    """When the person proved it by a link; NULL while unproved."""
    bounced_at: Mapped[dt.datetime | None]
    """When mail to it last came back for good; NULL while it works."""


class ContactPhone(TenantTable, Timestamped):
    """A phone number of a person."""

    __domain__ = "directory"
    __tablename__ = "contact_phones"
    __derived__ = {"digits": "app.phone_digits(coalesce(new.e164, new.number))"}
    __table_args__ = (
        UniqueConstraint("account_id", "contact_id", "digits"),
        Index(
            "uq_contact_phones_primary",
            "account_id",
            "contact_id",
            unique=True,
            postgresql_where=text("is_primary"),
        ),
        Index("ix_contact_phones_digits", "account_id", text("digits text_pattern_ops")),
        fragments("contact_phones", "digits"),
    )

    contact_id: Mapped[int] = ref("contacts", on_delete="CASCADE")
    """→ contacts: whose number."""
    number: Mapped[str] = mapped_column(info={"check": "length({c}) between 1 and 50"})
    """As written."""
    e164: Mapped[str | None] = mapped_column(info={"check": "{c} ~ '^[+][1-9][0-9]{{4,14}}$'"})
    """International form; NULL where the number could not be read."""
    digits: Mapped[str] = mapped_column(server_default=text("''"))
    """Digits only, of the international form where known; kept by trigger."""
    extension: Mapped[str | None]
    """Extension to dial after the number."""
    kind: Mapped[PhoneKind] = choice(PhoneKind, PhoneKind.MOBILE)
    """Where it reaches the person."""
    is_primary: Mapped[bool] = mapped_column(server_default=text("false"))
    """The one to call; at most one per person."""
    accepts_sms: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether text messages may go to it."""
