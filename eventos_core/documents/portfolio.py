"""The list of events on paper, month by month, as it was filtered on its page."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from reportlab.platypus import Flowable

from eventos_core.documents import engine, parts
from eventos_core.documents.catalogue import Portfolio
from eventos_core.documents.engine import Head
from eventos_core.documents.parts import Cell, Column
from eventos_core.enums.events import EventKind, EventStatus
from eventos_core.operations import formats

_COLUMNS = (
    Column("Event", 40), Column("When", 30), Column("Status", 14), Column("Owner", 18),
    Column("Sessions", 12, "number"), Column("Capacity", 12, "number"),
)  # fmt: skip


def pdf(read: Portfolio) -> bytes:
    """The list as a PDF; each event's times on its own clock, which is named."""
    found: list[Flowable] = [parts.title("Events", formats.plural(len(read.rows), "event"))]
    if not read.rows:
        found.append(parts.paragraph("No event matches."))
    for month, rows in groupby(read.rows, key=_month):
        found += parts.heading(format_date(month, "LLLL y", locale=formats.locale(read.lang)).capitalize())
        found.append(parts.table(_COLUMNS, [_row(row, read.lang) for row in rows]))
    return engine.pdf(Head(read.house, "Events", read.as_of, read.zone, read.lang, read.colour), found)


def _month(row: dict[str, Any]) -> Any:
    return row["starts_at"].astimezone(ZoneInfo(row["timezone"])).date().replace(day=1)


def _row(row: dict[str, Any], lang: str) -> list[Cell | str]:
    def words(name: str) -> str:
        return "" if formats.missing(row[name]) else str(row[name])

    def count(name: str) -> str:
        return formats.count(None if formats.missing(row[name]) else int(row[name]))

    place = ", ".join(part for part in (words("venue"), words("city")) if part)
    kind = " · ".join(part for part in (EventKind(row["kind"]).label, words("season")) if part)
    when = formats.span(row["starts_at"], row["ends_at"], ZoneInfo(row["timezone"]), lang)
    return [
        Cell(row["name"], place, kind), when, EventStatus(row["status"]).label, words("owner") or "–",
        count("sessions"), count("capacity"),
    ]  # fmt: skip
