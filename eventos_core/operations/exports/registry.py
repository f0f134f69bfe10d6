"""Which lists and packages can be taken out of a house, and the columns of their files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from eventos_core.db.session import TenantSession
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.operations import ExportFormat
from eventos_core.kernel import clock, money
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import formats, writers
from eventos_core.operations.lists import PageOf

ROWS = 200_000
"""Most rows of a CSV."""
EXCEL_ROWS = 50_000
"""Most rows of an Excel file, which must be whole before its first byte can go."""
LIST_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""What lists are written as."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of the file: its header, and what stands there of a row of the query's frame."""

    header: str
    value: Callable[[Row], Any]
    in_house_zone: bool = False
    """Whether it holds instants, written on the house's clock; the header then names the zone."""
    shown: str = ""
    """Name of the page's column that shows it; where columns are chosen, the file follows the choice."""
    decimals: bool = False
    """Whether it holds amounts or shares: Decimals of which Excel shows all digits, those of an amount's currency."""


def column(header: str, name: str, *, shown: str = "") -> Column:
    """The frame's column as it is; `shown` where the page calls it otherwise."""
    return Column(header, lambda row: row[name], shown=shown or name)


def instant(header: str, name: str, *, shown: str = "") -> Column:
    """An instant on the house's clock."""
    return Column(header, lambda row: row[name], in_house_zone=True, shown=shown or name)


def local(header: str, name: str, zone: str, *, shown: str = "") -> Column:
    """An instant on the clock of the zone that the frame's column `zone` names; give that one a column too."""

    def value(row: Row) -> Any:
        given = row[name]
        return given if writers.missing(given) else given.astimezone(ZoneInfo(row[zone])).replace(tzinfo=None)

    return Column(header, value, shown=shown or name)


def label(header: str, name: str, enum: type[LabelledEnum], *, shown: str = "") -> Column:
    """An enum's value in words."""
    return Column(
        header, lambda row: None if writers.missing(row[name]) else enum(row[name]).label, shown=shown or name
    )


def words(header: str, name: str, said: Callable[[Any], str], *, shown: str = "") -> Column:
    """A value as `said` puts it."""
    return Column(header, lambda row: None if writers.missing(row[name]) else said(row[name]), shown=shown or name)


def amount(header: str, name: str, currency: str) -> Column:
    """Minor units as an amount of the currency in the frame's column `currency`; give that one a column too."""

    def value(row: Row) -> Any:
        if writers.missing(row[name]) or writers.missing(row[currency]):
            return None
        return Decimal(int(row[name])).scaleb(-money.exponent(row[currency]))

    return Column(header, value, shown=name, decimals=True)


def entry(header: str, name: str, key: str) -> Column:
    """One entry of a JSON object, such as a custom field."""
    return Column(header, lambda row: (row[name] or {}).get(key), shown=name)


@dataclass(frozen=True)
class Exportable:
    """A list that can be taken out."""

    key: str
    """As `exports.query` stores it."""
    title: str
    permission: Permission
    """What reading it takes, besides `exports.run`; asked when the link is made and whenever it is fetched."""
    filter_type: type[Any]
    """A frozen dataclass, JSON-able."""
    rows: Callable[[TenantSession, Any, str | None, int], PageOf]
    """`(db, filter, cursor, size)` → that page of the list."""
    count: Callable[[TenantSession, Any, int], int]
    """`(db, filter, limit)` → how many rows the list has, counted up to `limit`."""
    columns: Callable[[TenantSession, Any], Sequence[Column]]
    """`(db, filter)` → the file's columns."""
    of: Callable[[TenantSession, Any], str] | None = None
    """`(db, filter)` → what the list belongs to, such as an event's name; stands in title and file name."""
    reads: Permission | None = None
    """What reading the list on its page takes, where that is less than exporting it."""
    covers: tuple[str, ...] = ()
    """Queries (`domain.name`) whose rows it takes out, besides the one of its own key."""
    sheets: tuple[str, ...] = ()
    """Other lists under the same filter that its Excel file holds as further sheets; as CSV each is its own file."""
    as_of: Callable[[TenantSession, Any], dt.date] | None = None
    """`(db, filter)` → the day as which the list stands, where that may be a past one."""

    @property
    def reading(self) -> Permission:
        """What reading the list on its page takes."""
        return self.reads or self.permission

    def called(self, db: TenantSession, wanted: Any) -> str:
        """Its title under that filter, with what it belongs to."""
        return f"{self.title}, {self.of(db, wanted)}" if self.of else self.title

    def titled(self, db: TenantSession, wanted: Any) -> str:
        """What title and file name say: what it is called, and of a past day which one."""
        called = self.called(db, wanted)
        day = self.as_of(db, wanted) if self.as_of else None
        if day is None or day >= clock.now().astimezone(db.context.zone).date():
            return called
        return f"{called}, as of {formats.date(day, weekday=False)}"

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """What taking it out needs besides `exports.run`: reading it, and exporting it where that is more."""
        return (self.reading,) if self.reading is self.permission else (self.reading, self.permission)


@dataclass(frozen=True)
class Package:
    """A file that is made whole when it is fetched, such as the data of one person."""

    key: str
    title: str
    permission: Permission
    filter_type: type[Any]
    """A frozen dataclass, JSON-able."""
    build: Callable[[TenantSession, Any], bytes]
    """`(db, filter)` → a ZIP."""

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """What taking it out needs besides `exports.run`."""
        return (self.permission,)


EXPORTABLES: dict[str, Exportable] = {}
PACKAGES: dict[str, Package] = {}


def exportable(kind: Exportable) -> Exportable:
    """Register a list. Raises TypeError for a key that is taken."""
    if kind.key in EXPORTABLES:
        raise TypeError(f"Two lists for export are called {kind.key}.")
    EXPORTABLES[kind.key] = kind
    return kind


def package(kind: Package) -> Package:
    """Register a package. Raises TypeError for a key that is taken."""
    if kind.key in PACKAGES or kind.key in EXPORTABLES:
        raise TypeError(f"Two exports are called {kind.key}.")
    PACKAGES[kind.key] = kind
    return kind


def chosen(columns: Sequence[Column], names: Sequence[str]) -> tuple[Column, ...]:
    """The columns of the file that show what `names` say, in their order, the id first; all of them without names.

    What the page shows in one column may be several in the file, such as a time and its zone.
    """
    if not names:
        return tuple(columns)
    ids = [one for one in columns if one.shown == "id"]
    return (*ids, *(one for name in names for one in columns if one.shown == name and one not in ids))
