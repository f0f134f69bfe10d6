"""What a contact may hold: one check for every path, forms, imports and routes alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventos_core.directory.rules.values import Problems, compose_name, email_norm, show_phone, to_e164
from eventos_core.enums.directory import ConsentBasis, ContactLifecycle, EmailKind, MarketingConsent, PhoneKind
from eventos_core.operations import qr

UNSUBSCRIBED = "Unsubscribed by the link in a message."
COMPLAINED = "Reported a message as spam."
RETURNED = "Mail came back for good, and there is no other address."
"""What marks somebody as not to be contacted where no member did, as their contact says it."""
_LONGEST_WEBSITE = 200
"""A code with a longer one is too fine for a phone."""


@dataclass(frozen=True)
class EmailEntry:
    """One e-mail address of a person."""

    email: str
    kind: EmailKind = EmailKind.WORK
    is_primary: bool = False

    def __str__(self) -> str:
        """As people compare two versions."""
        return f"{self.email} ({self.kind.label.lower()})"


@dataclass(frozen=True)
class PhoneEntry:
    """One phone number of a person, as written."""

    number: str
    kind: PhoneKind = PhoneKind.MOBILE
    is_primary: bool = False
    extension: str | None = None
    accepts_sms: bool = True
    e164: str | None = None
    """International form; filled by `check_contact`, never taken from the caller."""

    def __str__(self) -> str:
        """As people compare two versions."""
        return f"{show_phone(self.e164, self.number)} ({self.kind.label.lower()})"


@dataclass(frozen=True)
class ContactFields:
    """Everything people edit of a contact; empty text counts as none."""

    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    salutation: str | None = None
    nickname: str | None = None
    pronouns: str | None = None
    organization_id: int | None = None
    job_title: str | None = None
    department: str | None = None
    reports_to_id: int | None = None
    owner_id: int | None = None
    lifecycle: ContactLifecycle = ContactLifecycle.LEAD
    source: str | None = None
    source_detail: str | None = None
    guest_rank: int | None = None
    language: str | None = None
    timezone: str | None = None
    birthday: dt.date | None = None
    website: str | None = None
    summary: str | None = None
    street: str | None = None
    street2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    marketing_consent: MarketingConsent = MarketingConsent.UNKNOWN
    consent_basis: ConsentBasis | None = None
    consent_at: dt.datetime | None = None
    consent_source: str | None = None
    do_not_contact: bool = False
    socials: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()
    emails: Sequence[EmailEntry] = ()
    phones: Sequence[PhoneEntry] = ()


CHILDREN = ("emails", "phones")
"""Fields of `ContactFields` that live in tables of their own."""


def check_contact(given: ContactFields, *, country: str | None, now: dt.datetime) -> dict[str, Any]:
    """The columns of `contacts` plus `emails` and `phones` (tuples of clean entries), all normalised.

    `country` is the house's own, for numbers without a prefix. Consent gets `now` where no time was given; without
    consent asked for, basis, time and proof are dropped. Raises InvalidInput with every wrong field.
    """
    wrong = Problems()
    values: dict[str, Any] = {
        name: wrong.text(name, getattr(given, name))
        for name in ("first_name", "last_name", "salutation", "nickname", "pronouns", "job_title", "department")
    }
    values |= {
        name: wrong.text(name, getattr(given, name))
        for name in ("source", "source_detail", "street", "street2", "city", "region", "postal_code")
    }
    full = compose_name(values["first_name"], values["last_name"], given.full_name)
    emails = clean_emails(wrong, given.emails)
    if not full and emails:
        # Somebody known only by an address is filed under it rather than refused.
        full = emails[0].email
    if not full:
        wrong.add("last_name", "Give a name or an e-mail address")
    if len(full) > 200:
        wrong.add("last_name", "The whole name has at most 200 characters")
    if given.guest_rank is not None and not 1 <= given.guest_rank <= 9:
        wrong.add("guest_rank", "1 (highest) to 9")
    values |= {
        "full_name": full,
        "organization_id": given.organization_id,
        "reports_to_id": given.reports_to_id,
        "owner_id": given.owner_id,
        "lifecycle": ContactLifecycle(given.lifecycle),
        "guest_rank": given.guest_rank,
        "language": wrong.language("language", given.language),
        "timezone": wrong.timezone("timezone", given.timezone),
        "birthday": wrong.past_day("birthday", given.birthday, now.date()),
        "website": wrong.web_address("website", given.website),
        "summary": wrong.lines("summary", given.summary),
        "country": wrong.country("country", given.country),
        "do_not_contact": bool(given.do_not_contact),
        "socials": wrong.socials("socials", given.socials),
        "tags": wrong.tags("tags", given.tags),
        "emails": emails,
        "phones": clean_phones(wrong, given.phones, values.get("country") or given.country or country),
    }
    values |= _consent(wrong, given, now)
    wrong.raise_if_any()
    return values


def clean_emails(wrong: Problems, given: Sequence[EmailEntry]) -> tuple[EmailEntry, ...]:
    """Addresses without empty ones and doubles, exactly one of them primary, that one first."""
    kept: dict[str, EmailEntry] = {}
    for entry in given:
        address = wrong.email("emails", entry.email)
        if address is None:
            continue
        norm = email_norm(address)
        primary = entry.is_primary or (norm in kept and kept[norm].is_primary)
        kept[norm] = EmailEntry(address, EmailKind(entry.kind), primary)
    entries = list(kept.values())
    chosen = next((i for i, entry in enumerate(entries) if entry.is_primary), 0)
    marked = [EmailEntry(e.email, e.kind, i == chosen) for i, e in enumerate(entries)]
    return tuple(sorted(marked, key=lambda entry: (not entry.is_primary, email_norm(entry.email))))


def clean_phones(wrong: Problems, given: Sequence[PhoneEntry], country: str | None) -> tuple[PhoneEntry, ...]:
    """Numbers with their international form, without empty ones and doubles, exactly one primary, that one first."""
    kept: dict[str, PhoneEntry] = {}
    for entry in given:
        number = " ".join(entry.number.split())
        if not number:
            continue
        digits = "".join(c for c in number if c.isdigit())
        if len(digits) < 3 or len(number) > 50:
            wrong.add("phones", f"“{number[:50]}” is not a phone number")
            continue
        e164, extension = to_e164(number, country)
        key = "".join(c for c in e164 or number if c.isdigit())
        kept[key] = PhoneEntry(
            number,
            PhoneKind(entry.kind),
            entry.is_primary or (key in kept and kept[key].is_primary),
            (entry.extension or extension or "").strip() or None,
            bool(entry.accepts_sms),
            e164,
        )
    entries = list(kept.items())
    chosen = next((i for i, (_, entry) in enumerate(entries) if entry.is_primary), 0)
    marked = [
        (key, PhoneEntry(e.number, e.kind, i == chosen, e.extension, e.accepts_sms, e.e164))
        for i, (key, e) in enumerate(entries)
    ]
    return tuple(entry for _, entry in sorted(marked, key=lambda item: (not item[1].is_primary, item[0])))


def _consent(wrong: Problems, given: ContactFields, now: dt.datetime) -> dict[str, Any]:
    consent = MarketingConsent(given.marketing_consent)
    if consent is MarketingConsent.UNKNOWN:
        return {"marketing_consent": consent, "consent_basis": None, "consent_at": None, "consent_source": None}
    if consent.allows and given.consent_basis is None:
        wrong.add("consent_basis", "Say what the consent rests on")
    if given.consent_at is not None and given.consent_at > now:
        wrong.add("consent_at", "This time is in the future")
    return {
        "marketing_consent": consent,
        "consent_basis": ConsentBasis(given.consent_basis) if given.consent_basis is not None else None,
        "consent_at": given.consent_at or now,
        "consent_source": wrong.text("consent_source", given.consent_source),
    }


def vcard(name: str, fields: ContactFields, organization: str | None) -> str:
    """The contact as a vCard, short enough for a QR code: name, place of work, two ways each to write and to call."""
    website = fields.website if len(fields.website or "") <= _LONGEST_WEBSITE else None
    return qr.vcard(
        fields.first_name or "", fields.last_name or "", name, organization=organization, title=fields.job_title,
        emails=tuple(entry.email for entry in fields.emails[:2]),
        phones=tuple(entry.e164 or entry.number for entry in fields.phones[:2]), website=website,
    )  # fmt: skip
