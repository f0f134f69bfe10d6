"""Stored values as people read them: enum values as their labels, times on the house's clock, shares in percent."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from eventos_core.enums.base import LabelledEnum
from eventos_core.operations import formats, naming

_LONGEST = 400
PPM = 1_000_000


class Reader(Protocol):
    """Who reads: whose clock, in which language."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the page."""
        ...

    @property
    def locale(self) -> str:
        """How dates and numbers are written."""
        ...


def value(
    reader: Reader, table: str, column: str, stored: Any, currency: str | None = None, *, whole: bool = False
) -> str:
    """One value of a column, as it stands in the database or in the audit's JSON; “–” for nothing.

    Amounts stay in minor units where their currency is not known; other records are told by their number. What is long
    is cut and stands on one line, unless `whole`.
    """
    shown = _value(reader, table, column, stored, currency)
    return shown if whole else _short(shown)


def _value(reader: Reader, table: str, column: str, stored: Any, currency: str | None) -> str:
    if stored is None or stored in ("", [], {}):
        return formats.DASH
    if isinstance(stored, bool):
        return "yes" if stored else "no"
    if isinstance(stored, LabelledEnum):
        return stored.label
    enum = naming.enum_of(table, column)
    known = {member.value: member.label for member in enum} if enum is not None else {}
    if isinstance(stored, (list, tuple)):
        return ", ".join(known.get(str(item), _plain(item)) for item in stored)
    if isinstance(stored, str) and stored in known:
        return known[stored]
    if column.endswith("_ppm") and isinstance(stored, int):
        return formats.share(stored / PPM, digits=1, lang=reader.locale)
    if column.endswith("_minor") and isinstance(stored, int):
        return formats.money(stored, currency, reader.locale) if currency else f"{formats.count(stored)} (minor units)"
    if column.endswith("_id") and isinstance(stored, int):
        return f"number {stored}"
    if column.endswith(("_at", "_on")) or isinstance(stored, dt.date):
        return _time(reader, stored)
    return _plain(stored)


def _time(reader: Reader, stored: Any) -> str:
    try:
        moment = dt.datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    except ValueError:
        return str(stored)
    if isinstance(moment, dt.datetime) and moment.tzinfo is not None:
        return formats.instant(moment, reader.zone, reader.locale)
    return formats.date(moment, reader.locale) if isinstance(moment, dt.date) else _plain(stored)


def _plain(stored: Any) -> str:
    if isinstance(stored, dict):
        return ", ".join(f"{key}: {_plain(item)}" for key, item in stored.items())
    return json.dumps(stored, ensure_ascii=False) if isinstance(stored, (list, tuple)) else str(stored)


def _short(text: str) -> str:
    one_line = text.replace("\n", " ")
    return one_line[:_LONGEST] + (" …" if len(one_line) > _LONGEST else "")
