"""One field of a form that is declared rather than written: its kind, its limits, and what may stand in it.

Settings, managed lists, integrations and custom fields declare theirs; the check here is the server's, the drawing is
`ui/fields.py`. Pure: no database.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from eventos_core.kernel.errors import InvalidInput

LONGEST_LINE = 500
LONGEST_TEXT = 10_000


class Kind(StrEnum):
    """What a field holds, and so how it is drawn and checked."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    YES_NO = "yes_no"
    DATE = "date"
    TIME = "time"
    CHOICE = "choice"
    MULTI_CHOICE = "multi_choice"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    COLOUR = "colour"
    SECRET = "secret"  # noqa: S105 a kind of field
    """Written, never shown again."""


class Unfit(ValueError):
    """A value that the field cannot hold; said in words for people."""


@dataclass(frozen=True)
class Field:
    """One field. `least` and `most` limit numbers, the length of texts or how many are chosen."""

    key: str
    label: str
    kind: Kind = Kind.TEXT
    required: bool = False
    default: Any = None
    help: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Value → label, in order."""
    least: int | None = None
    most: int | None = None
    country: str | None = None
    """ISO country for telephone numbers without a prefix."""
    placeholder: str = ""


def check(fields: Iterable[Field], given: Mapping[str, Any], *, prefix: str = "") -> dict[str, Any]:
    """The values of all `fields` as they are stored; None for an empty one. Unknown keys are refused.

    Raises InvalidInput that names every field that is wrong, each under `prefix` and its key.
    """
    fields = tuple(fields)
    wrong: dict[str, str] = {
        f"{prefix}{key}": "There is no such field" for key in given.keys() - {f.key for f in fields}
    }
    values: dict[str, Any] = {}
    for one in fields:
        try:
            values[one.key] = read(one, given.get(one.key))
        except Unfit as error:
            wrong[f"{prefix}{one.key}"] = str(error)
    if wrong:
        raise InvalidInput("Check the marked fields.", fields=wrong)
    return values


def read(one: Field, raw: Any) -> Any:
    """The value of one field as JSON can hold it; None for nothing. Raises Unfit."""
    if isinstance(raw, str):
        raw = raw.strip()
    if raw is None or raw == "" or raw == []:
        if one.kind is Kind.YES_NO and not one.required:
            return None
        if one.required:
            raise Unfit("Required")
        return None
    value = _READERS[one.kind](one, raw)
    if isinstance(value, list) and not value and one.required:
        raise Unfit("Required")
    return value


def shown(one: Field, value: Any) -> str:
    """A stored value as a person reads it; empty for nothing."""
    if value is None or value == "" or value == []:
        return ""
    if one.kind is Kind.YES_NO:
        return "Yes" if value is True else "No" if value is False else str(value)
    if isinstance(value, list):
        return ", ".join(one.choices.get(str(item), str(item)) for item in value)
    return one.choices.get(str(value), str(value))


def phone(raw: str, country: str | None) -> str | None:
    """A telephone number in E.164, read as of `country` where it has no prefix; None for what is none."""
    try:
        number = phonenumbers.parse(raw, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _text(one: Field, raw: Any) -> str:
    if not isinstance(raw, str):
        raise Unfit("Write a text")
    lines = one.kind is Kind.LONG_TEXT
    most = min(one.most or LONGEST_TEXT, LONGEST_TEXT if lines else LONGEST_LINE)
    if len(raw) > most:
        raise Unfit(f"At most {most:,} characters".replace(",", "\u202f"))
    if len(raw) < (one.least or 0):
        raise Unfit(f"At least {one.least} characters")
    if not lines and any(ord(sign) < 32 for sign in raw):
        raise Unfit("One line, without control characters")
    return raw


def _secret(one: Field, raw: Any) -> str:
    if not isinstance(raw, str) or len(raw) > 4000 or not (raw.isascii() and raw.isprintable()):
        raise Unfit("At most 4\u202f000 plain letters, digits and signs (ASCII), on one line")
    return raw


def _number(one: Field, raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise Unfit("Write a number")
    try:
        value = float(str(raw).replace("\u202f", "").replace(" ", "").replace(",", ".").replace("−", "-"))
    except ValueError:
        raise Unfit("Write a number like 12 or 12.5") from None
    if not -1e15 < value < 1e15:
        raise Unfit("This number is too large")
    if one.least is not None and value < one.least:
        raise Unfit(f"At least {one.least}")
    if one.most is not None and value > one.most:
        raise Unfit(f"At most {one.most}")
    return value


def _integer(one: Field, raw: Any) -> int:
    value = _number(one, raw)
    if value != int(value):
        raise Unfit("Write a whole number")
    return int(value)


def _decimal(one: Field, raw: Any) -> float | int:
    value = _number(one, raw)
    return int(value) if value == int(value) else value


def _yes_no(one: Field, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise Unfit("Yes or no")
    return raw


def _date(one: Field, raw: Any) -> str:
    if isinstance(raw, dt.date):
        return raw.isoformat()[:10]
    try:
        return dt.date.fromisoformat(str(raw)).isoformat()
    except ValueError:
        raise Unfit("Write a day like 2027-02-28") from None


def _time(one: Field, raw: Any) -> str:
    if isinstance(raw, dt.time):
        return f"{raw:%H:%M}"
    try:
        return f"{dt.time.fromisoformat(str(raw)):%H:%M}"
    except ValueError:
        raise Unfit("Write a time like 22:00") from None


def _choice(one: Field, raw: Any) -> str:
    if not isinstance(raw, str) or raw not in one.choices:
        raise Unfit("Choose from the list")
    return str(raw)


def _multi(one: Field, raw: Any) -> list[str]:
    if not isinstance(raw, (list, tuple)) or not all(isinstance(item, str) and item in one.choices for item in raw):
        raise Unfit("Choose from the list")
    chosen = [value for value in one.choices if value in raw]
    if one.most is not None and len(chosen) > one.most:
        raise Unfit(f"At most {one.most}")
    if one.least is not None and len(chosen) < one.least:
        raise Unfit(f"At least {one.least}")
    return chosen


def _email(one: Field, raw: Any) -> str:
    if not isinstance(raw, str) or len(raw) > 254 or not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+", raw):
        raise Unfit("Write it as name@example.com")
    return raw


def _phone(one: Field, raw: Any) -> str:
    found = phone(raw, one.country) if isinstance(raw, str) else None
    if found is None:
        raise Unfit("Write it with its country, as +33 6 12 34 56 78")
    return found


def _url(one: Field, raw: Any) -> str:
    if not isinstance(raw, str) or len(raw) > 2000 or any(sign.isspace() for sign in raw):
        raise Unfit("An address without spaces, at most 2\u202f000 characters")
    try:
        parts = urlsplit(raw)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise Unfit("Write it as https://example.com")
    return raw


def _colour(one: Field, raw: Any) -> str:
    if not isinstance(raw, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", raw):
        raise Unfit("Write it like #1f6f5c")
    return raw.lower()


_READERS = {
    Kind.TEXT: _text, Kind.LONG_TEXT: _text, Kind.INTEGER: _integer, Kind.DECIMAL: _decimal, Kind.YES_NO: _yes_no,
    Kind.DATE: _date, Kind.TIME: _time, Kind.CHOICE: _choice, Kind.MULTI_CHOICE: _multi, Kind.EMAIL: _email,
    Kind.PHONE: _phone, Kind.URL: _url, Kind.COLOUR: _colour, Kind.SECRET: _secret,
}  # fmt: skip
