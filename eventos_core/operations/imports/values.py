"""Cells to values: pure readers, one per type of field.

A reader takes the trimmed, non-empty text of a cell and `Hints`, and returns a JSON-able value (instants and
dates as ISO 8601 text, money as integer minor units). It raises `BadValue` with one sentence for a person.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from babel.core import Locale, get_global
from email_validator import EmailNotValidError, validate_email

from eventos_core.kernel.money import exponent


class BadValue(ValueError):
    """A cell that cannot be read as what its field demands; the message says why."""


@dataclass(frozen=True)
class Hints:
    """What a cell does not say itself: the house's or event's zone, currency and country, and the date order."""

    zone: str = "UTC"
    currency: str = "EUR"
    country: str | None = None
    day_first: bool = True


Reader = Callable[[str, Hints], Any]

_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_+%-]+(?:\.[A-Za-z0-9_+%-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_DATE = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?")
_WORDED = re.compile(r"(?:(\d{1,2})\.?\s+([A-Za-z]{3,9})|([A-Za-z]{3,9})\s+(\d{1,2})),?\s+(\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YES = frozenset(("true", "yes", "y", "1", "x", "on", "ja", "oui", "si", "sí", "sim", "granted", "opted in", "checked"))
_NO = frozenset(("false", "no", "n", "0", "off", "nein", "non", "nee", "não", "refused", "opted out", "unchecked"))


def squash(text: str) -> str:
    """`text` as headers and choices are compared: case-folded, only letters, digits, `#` and `%`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum() or letter in "#%")


def name_key(text: str) -> str:
    """A name as it is compared inside a file: case-folded, without accents, with single spaces."""
    if text.isascii():  # most are, and files have many
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def text(limit: int = 2_000) -> Reader:
    """A reader of plain text up to `limit` characters."""

    def read(raw: str, hints: Hints) -> str:
        if len(raw) > limit:
            raise BadValue(f"The text has {len(raw):,} characters; {limit:,} are possible.")
        return raw

    return read


def email(raw: str, hints: Hints) -> str:
    """An e-mail address, checked by form only (no DNS); `Name <address>` gives the address."""
    if len(raw) <= 254 and raw.find("@") <= 64 and _PLAIN_EMAIL.fullmatch(raw):
        return raw
    try:
        found = validate_email(raw, check_deliverability=False, globally_deliverable=False, allow_display_name=True)
    except EmailNotValidError as error:
        raise BadValue(f"This is not an e-mail address: {str(error)[:160]}") from error
    if "." not in found.domain:
        raise BadValue("This is not an e-mail address: the part after @ has no dot.")
    return found.normalized


def phone_e164(raw: str, country: str | None) -> str | None:
    """The number in international form, national ones read as of `country`; None where it cannot be one.

    Numbers of a possible length count, whether or not the range is in service: directories are full of old ones.
    """
    try:
        number = phonenumbers.parse(raw, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    formatted: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return formatted


def phone(raw: str, hints: Hints) -> str:
    """A telephone number as written; it must hold at least four digits and nothing that is no number."""
    if len(raw) > 50 or len(_DIGIT.findall(raw)) < 4 or len(_LETTER.findall(raw)) > 6:
        raise BadValue("This is not a telephone number.")
    return raw


def country(raw: str, hints: Hints) -> str:
    """A country by its ISO code or its name in English, French, German, Spanish, Italian, Dutch or Portuguese."""
    found = _countries().get(squash(raw))
    if found is None:
        raise BadValue("There is no country of this name or code.")
    return found


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for language in ("pt", "nl", "it", "es", "de", "fr", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found[squash(name)] = code
    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1:
            found[alias.casefold()] = codes[0]
    found.update({code.casefold(): code for code in set(found.values())})
    found.update({"uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "unitedstatesofamerica": "US"})
    return found


def boolean(raw: str, hints: Hints) -> bool:
    """Yes or no in the words and signs that exports use."""
    word = raw.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadValue("This is neither yes nor no.")


def tags(raw: str, hints: Hints) -> list[str]:
    """Labels separated by `;` (or, where there is none, by `,`): lower-case, sorted, without duplicates."""
    parts = raw.split(";") if ";" in raw else raw.split(",")
    found = sorted({" ".join(part.casefold().split()) for part in parts} - {""})
    if any(len(tag) > 50 for tag in found):
        raise BadValue("A tag may have 50 characters.")
    return found


def whole(minimum: int = 0, maximum: int = 2_147_483_647) -> Reader:
    """A reader of whole numbers within bounds; `1,250`, `1.250` and `1250.0` are the same."""

    def read(raw: str, hints: Hints) -> int:
        number = decimal_of(raw, decimals=3)
        if number != number.to_integral_value():
            raise BadValue("This is not a whole number.")
        if not minimum <= number <= maximum:
            raise BadValue(f"The number must be between {minimum:,} and {maximum:,}.")
        return int(number)

    return read


def minor_units(raw: str, hints: Hints) -> int:
    """An amount in major units, as integer minor units of `hints.currency`; must not have more decimals."""
    places = exponent(hints.currency)
    amount = decimal_of(re.sub(r"[^\d.,'’+\-−\s()]", "", raw), decimals=places) * (Decimal(10) ** places)
    if amount != amount.to_integral_value():
        raise BadValue(f"{hints.currency} has {places} decimals.")
    if abs(amount) > 10**15:
        raise BadValue("The amount is too large.")
    return int(amount)


def decimal_of(raw: str, *, decimals: int = 2) -> Decimal:
    """A number with either decimal sign and any thousands sign; `(1.00)` is negative.

    A single `.` or `,` before exactly three digits separates thousands, unless the type has three `decimals`
    and the group before is empty or zero: `1,250` is 1250 and `0,250` is 0.25.
    """
    compact = re.sub(r"[\s'’]", "", raw).replace("−", "-")
    if compact.startswith("(") and compact.endswith(")"):
        compact = f"-{compact[1:-1]}"
    comma, dot = compact.rfind(","), compact.rfind(".")
    if comma >= 0 and dot >= 0:
        thousands = "," if dot > comma else "."
        compact = compact.replace(thousands, "").replace(",", ".")
    elif comma >= 0 or dot >= 0:
        sign = "," if comma >= 0 else "."
        before, _, after = compact.rpartition(sign)
        grouped = compact.count(sign) > 1 or (len(after) == 3 and before.strip("+-0") != "")
        compact = compact.replace(sign, "") if grouped else f"{before}.{after}"
    try:
        if not _NUMBER.fullmatch(compact):
            raise InvalidOperation
        return Decimal(compact)
    except InvalidOperation as error:
        raise BadValue("This is not a number.") from error


def one_of(enum: type[StrEnum], synonyms: Mapping[str, str] | None = None) -> Reader:
    """A reader of one choice: by value, by label, or by one of the `synonyms` (squashed text → value)."""
    known = {squash(member.value): member.value for member in enum}
    known |= {squash(str(getattr(member, "label", member.value))): member.value for member in enum}
    known |= dict(synonyms or {})

    def read(raw: str, hints: Hints) -> str:
        found = known.get(squash(raw))
        if found is None:
            raise BadValue(f"Possible are: {', '.join(member.value for member in enum)}.")
        return found

    return read


def url(raw: str, hints: Hints) -> str:
    """An absolute web address; `www.…` and bare hosts get https."""
    address = raw if re.match(r"https?://", raw, re.IGNORECASE) else f"https://{raw}"
    if len(address) > 2_000 or " " in address or "." not in address.split("/")[2]:
        raise BadValue("This is not a web address.")
    return address[:8].lower() + address[8:]


def domain(raw: str, hints: Hints) -> str:
    """An internet domain, from a bare name or a web address: lower case, without scheme, www and path."""
    host = re.sub(r"^[a-z]+://", "", raw.casefold()).split("/")[0].split(":")[0].removeprefix("www.")
    if not re.fullmatch(r"[^\s.@]+(?:\.[^\s.@]+)+", host) or len(host) > 253:
        raise BadValue("This is not an internet domain.")
    return host


def timezone(raw: str, hints: Hints) -> str:
    """An IANA zone name."""
    if raw not in available_timezones():
        raise BadValue("This is not a time zone such as Europe/Paris.")
    return raw


def day(raw: str, hints: Hints) -> str:
    """A calendar day as `YYYY-MM-DD`; a time after it is left out."""
    return _date(raw.strip(), hints)[0].isoformat()


def instant(raw: str, hints: Hints) -> str:
    """A point in time as ISO 8601 in UTC; without offset it is a wall-clock time of `hints.zone`."""
    try:
        moment = dt.datetime.fromisoformat(raw)
    except ValueError:
        found, rest = _date(raw, hints)
        moment = dt.datetime.combine(found, _clock(rest))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(hints.zone))
    try:
        return moment.astimezone(dt.UTC).isoformat()
    except OverflowError as error:
        raise BadValue("This date cannot be.") from error


def day_first(cells: Iterable[str], *, default: bool) -> bool:
    """Whether dates like `03/04/24` put the day first: proved by a part above 12, else `default`."""
    for cell in cells:
        found = _DATE.match(cell.strip())
        if found and len(found[1]) <= 2:
            first, second = int(found[1]), int(found[2])
            if first > 12 >= second:
                return True
            if second > 12 >= first:
                return False
    return default


def _date(raw: str, hints: Hints) -> tuple[dt.date, str]:
    """The date at the beginning of `raw`, and what follows it."""
    try:
        if found := _DATE.match(raw):
            first, second, third = found.groups()
            if len(first) == 4:
                parts = (int(first), int(second), int(third))
            elif hints.day_first:
                parts = (_year(third), int(second), int(first))
            else:
                parts = (_year(third), int(first), int(second))
            return dt.date(*parts), raw[found.end() :]
        if (found := _WORDED.match(raw)) and (found[2] or found[3])[:3].casefold() in _MONTHS:
            month = _MONTHS.index((found[2] or found[3])[:3].casefold()) + 1
            return dt.date(int(found[5]), month, int(found[1] or found[4])), raw[found.end() :]
    except ValueError as error:
        raise BadValue("There is no such day.") from error
    raise BadValue("This is not a date.")


def _year(digits: str) -> int:
    year = int(digits)
    return year + (2000 if year < 70 else 1900) if len(digits) <= 2 else year


def _clock(rest: str) -> dt.time:
    rest = rest.strip(" ,T")
    if not rest:
        return dt.time()
    found = _TIME.fullmatch(rest)
    if found is None:
        raise BadValue("The time of day cannot be read.")
    hour, half = int(found[1]), (found[4] or "").casefold()
    if half:
        if not 1 <= hour <= 12:
            raise BadValue("There is no such time of day.")
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return dt.time(hour, int(found[2]), int(found[3] or 0))
    except ValueError as error:
        raise BadValue("There is no such time of day.") from error
