"""Normalising what people type: names, addresses, numbers, links, labels. No database."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping

import phonenumbers
from babel import Locale
from email_validator import EmailNotValidError, validate_email

from eventos_core.kernel.clock import zone
from eventos_core.kernel.errors import InvalidInput, field_errors

MAX_TAGS = 50
_TAG_LENGTH = 50
_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_NETWORK = re.compile(r"[a-z][a-z0-9_]{0,29}")
# Regions of CLDR that are no countries: the Union, the euro area, the UN, test and unknown ones.
_NO_COUNTRIES = ("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ")
_COUNTRIES = frozenset(
    code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code) and code not in _NO_COUNTRIES
)


class Problems:
    """Collects what is wrong field by field, so that a form shows everything at once."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def add(self, field: str, message: str) -> None:
        """Note that `field` is wrong."""
        self.found.append((field, message))

    def text(self, field: str, value: str | None, *, limit: int = 200, required: bool = False) -> str | None:
        """`value` squeezed to single spaces, None where empty; notes what is missing or too long."""
        cleaned = " ".join(value.split()) if value else ""
        if required and not cleaned:
            self.add(field, "Required")
        if len(cleaned) > limit:
            self.add(field, f"At most {limit} characters")
        return cleaned or None

    def lines(self, field: str, value: str | None, *, limit: int = 5000) -> str | None:
        """Several lines of text, trimmed, None where empty."""
        cleaned = (value or "").strip()
        if len(cleaned) > limit:
            self.add(field, f"At most {limit} characters")
        return cleaned or None

    def email(self, field: str, value: str | None) -> str | None:
        """An e-mail address as written, without looking the domain up; None where empty."""
        cleaned = (value or "").strip()
        if not cleaned:
            return None
        try:
            validate_email(cleaned, check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            self.add(field, f"“{cleaned[:80]}” is not an e-mail address")
        return cleaned

    def web_address(self, field: str, value: str | None) -> str | None:
        """A link with its scheme (https:// where none was written); None where empty."""
        cleaned = (value or "").strip()
        if not cleaned:
            return None
        if "://" not in cleaned:
            cleaned = f"https://{cleaned}"
        if not re.fullmatch(r"https?://[^\s]+\.[^\s]+", cleaned) or len(cleaned) > 2000:
            self.add(field, "Give a web address such as https://example.com")
        return cleaned

    def country(self, field: str, value: str | None) -> str | None:
        """An ISO 3166-1 alpha-2 code in upper case; None where empty."""
        cleaned = (value or "").strip().upper()
        if not cleaned:
            return None
        if cleaned not in _COUNTRIES:
            self.add(field, "Choose a country")
        return cleaned

    def language(self, field: str, value: str | None) -> str | None:
        """A BCP 47 tag; None where empty."""
        cleaned = (value or "").strip()
        if not cleaned:
            return None
        if not _LANGUAGE.fullmatch(cleaned):
            self.add(field, "Give a language code such as fr")
        return cleaned

    def timezone(self, field: str, value: str | None) -> str | None:
        """An IANA zone name; None where empty."""
        cleaned = (value or "").strip()
        if not cleaned:
            return None
        try:
            return zone(cleaned).key
        except InvalidInput:
            self.add(field, "Choose a time zone")
            return None

    def past_day(self, field: str, value: dt.date | None, today: dt.date) -> dt.date | None:
        """A day that is not in the future."""
        if value is not None and value > today:
            self.add(field, "This day is in the future")
        return value

    def tags(self, field: str, values: Iterable[str]) -> list[str]:
        """Labels as `clean_tags` makes them; notes too many or too long ones."""
        cleaned = clean_tags(values)
        if len(cleaned) > MAX_TAGS:
            self.add(field, f"At most {MAX_TAGS} tags")
        if any(len(tag) > _TAG_LENGTH for tag in cleaned):
            self.add(field, f"A tag has at most {_TAG_LENGTH} characters")
        return cleaned

    def socials(self, field: str, values: Mapping[str, str]) -> dict[str, str]:
        """Handles by network: keys in lower case, values without a leading @; empty ones left out."""
        cleaned: dict[str, str] = {}
        for network, handle in values.items():
            key = network.strip().lower().replace(" ", "_").replace(".", "_")
            value = handle.strip().removeprefix("@").strip()
            if not value:
                continue
            if not _NETWORK.fullmatch(key):
                self.add(field, f"“{network}” cannot be the name of a network")
            elif len(value) > 200:
                self.add(field, "A handle has at most 200 characters")
            cleaned[key] = value
        return dict(sorted(cleaned.items()))

    def domain(self, field: str, value: str | None) -> str | None:
        """An internet domain without scheme, www and path; None where empty."""
        cleaned = re.sub(r"^([a-z]+://)?(www\.)?", "", (value or "").strip().lower()).split("/")[0]
        if not cleaned:
            return None
        if not _DOMAIN.fullmatch(cleaned) or len(cleaned) > 253:
            self.add(field, "Give a domain such as maison.example")
        return cleaned

    def raise_if_any(self) -> None:
        """Raises InvalidInput with every field that is wrong."""
        if self.found:
            raise field_errors(self.found)


def clean_tags(values: Iterable[str]) -> list[str]:
    """Labels in lower case with single spaces, without doubles and empty ones, sorted."""
    return sorted({cleaned for value in values if (cleaned := " ".join(value.lower().split()))})


def compose_name(first: str | None, last: str | None, full: str | None = None) -> str:
    """The person's name in the order they use: as given, else first and last name; may be empty."""
    return " ".join((full or "").split()) or " ".join(part for part in (first, last) if part)


def email_norm(email: str) -> str:
    """The form in which addresses are compared, as `app.email_norm` makes it in the database."""
    return email.strip().lower()


def to_e164(number: str, country: str | None) -> tuple[str | None, str | None]:
    """International form and extension of a phone number, read as of `country` where it has no prefix.

    (None, None) where it cannot be read: it is then kept as written.
    """
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None, None
    if not phonenumbers.is_possible_number(parsed):
        return None, parsed.extension
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), parsed.extension


def show_phone(e164: str | None, number: str) -> str:
    """The number as people read it: international spacing where it could be read, else as written."""
    if e164 is None:
        return number
    parsed = phonenumbers.parse(e164, None)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def country_choices(locale: str = "en") -> dict[str, str]:
    """ISO code → name of the country in `locale`, sorted by name."""
    territories = Locale.parse(locale.replace("-", "_")).territories
    names = {code: str(territories.get(code, code)) for code in _COUNTRIES}
    return dict(sorted(names.items(), key=lambda item: item[1]))
