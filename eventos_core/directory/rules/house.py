"""What the house says of itself on tickets, invoices and mails, and its calendar of seasons."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventos_core.directory.rules.organizations import POSTAL
from eventos_core.directory.rules.values import Problems

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_LINES = ("email_signature", "default_terms", "invoice_footer")
_TEXTS = (
    "trading_name", "legal_form", "registration_no", "registration_office", "tax_id", "vat_id", "represented_by",
    "phone", "sender_name", "privacy_contact", *POSTAL,
)  # fmt: skip
_LINKS = ("website", "imprint_url", "terms_url", "privacy_url")
_ADDRESSES = ("support_email", "sender_email", "reply_to_email")


@dataclass(frozen=True)
class Season:
    """One season of the house's calendar."""

    code: str
    name: str
    starts_on: dt.date
    ends_on: dt.date


@dataclass(frozen=True)
class OwnFields:
    """Everything people edit of `my_organization_metadata`."""

    legal_name: str = ""
    trading_name: str | None = None
    legal_form: str | None = None
    registration_no: str | None = None
    registration_office: str | None = None
    tax_id: str | None = None
    vat_id: str | None = None
    vat_registered: bool = True
    default_tax_ppm: int = 0
    represented_by: str | None = None
    phone: str | None = None
    support_email: str | None = None
    website: str | None = None
    sender_name: str | None = None
    sender_email: str | None = None
    reply_to_email: str | None = None
    email_signature: str | None = None
    privacy_contact: str | None = None
    imprint_url: str | None = None
    terms_url: str | None = None
    privacy_url: str | None = None
    default_terms: str | None = None
    payment_terms_days: int = 30
    invoice_footer: str | None = None
    primary_colour: str | None = None
    accent_colour: str | None = None
    street: str | None = None
    street2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    brand_kit: Mapping[str, str] = field(default_factory=dict)
    socials: Mapping[str, str] = field(default_factory=dict)
    seasons: Sequence[Season] = ()


def check_own(given: OwnFields) -> dict[str, Any]:
    """The columns of `my_organization_metadata`, normalised. Raises InvalidInput with every wrong field."""
    wrong = Problems()
    values: dict[str, Any] = {name: wrong.text(name, getattr(given, name)) for name in _TEXTS}
    values |= {name: wrong.lines(name, getattr(given, name)) for name in _LINES}
    values |= {name: wrong.web_address(name, getattr(given, name)) for name in _LINKS}
    values |= {name: wrong.email(name, getattr(given, name)) for name in _ADDRESSES}
    values |= {name: _colour(wrong, name, getattr(given, name)) for name in ("primary_colour", "accent_colour")}
    if not 0 <= given.default_tax_ppm <= 1_000_000:
        wrong.add("default_tax_ppm", "0 to 100 %")
    if not 0 <= given.payment_terms_days <= 365:
        wrong.add("payment_terms_days", "0 to 365 days")
    values |= {
        "legal_name": wrong.text("legal_name", given.legal_name, required=True) or "",
        "vat_registered": bool(given.vat_registered),
        "default_tax_ppm": given.default_tax_ppm,
        "payment_terms_days": given.payment_terms_days,
        "country": wrong.country("country", given.country),
        "brand_kit": {key: value.strip() for key, value in sorted(given.brand_kit.items()) if value.strip()},
        "socials": wrong.socials("socials", given.socials),
        "season_calendar": check_seasons(wrong, given.seasons),
    }
    wrong.raise_if_any()
    return values


def check_seasons(wrong: Problems, seasons: Sequence[Season]) -> list[dict[str, str]]:
    """The calendar as stored, by start; codes are unique and seasons of one code end after they start."""
    codes: set[str] = set()
    stored = []
    for season in sorted(seasons, key=lambda s: (s.starts_on, s.code)):
        code = season.code.strip().upper()
        if not code or len(code) > 20:
            wrong.add("seasons", "Every season needs a short code such as FW27")
        if code in codes:
            wrong.add("seasons", f"Two seasons have the code {code}")
        if season.ends_on < season.starts_on:
            wrong.add("seasons", f"Season {code} ends before it starts")
        codes.add(code)
        stored.append(
            {
                "code": code,
                "name": season.name.strip() or code,
                "starts_on": season.starts_on.isoformat(),
                "ends_on": season.ends_on.isoformat(),
            }
        )
    return stored


def _colour(wrong: Problems, name: str, value: str | None) -> str | None:
    cleaned = (value or "").strip().lower()
    if cleaned and not _COLOUR.fullmatch(cleaned):
        wrong.add(name, "Give a colour such as #1f6f5c")
    return cleaned or None
