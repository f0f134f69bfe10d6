"""Files that people open elsewhere: CSV and Excel, with cells that a spreadsheet would run made harmless."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

# What Excel, LibreOffice or Sheets read as the start of a formula, also behind white space; East Asian versions
# read the wide signs too.
_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_FORMULA = (*_SIGNS, "\t", "\r", "\n")
# Where a semicolon parts cells, as in much of Europe, a new cell begins in the middle of the text.
_AFTER_SEMICOLON = re.compile(r"(;\s*)(?=[=@＝＠]|[-+－＋](?![\d .(]))")
_GUARDED = re.compile(r"(;\s*)'")
_PIECE = 64 * 1024
_NARROW, _WIDE = 18, 40
"""Characters that a column of a workbook shows: at least a time or 1,234,567,890.00, at most a long header."""


def harmless(value: str) -> str:
    """`value` with an apostrophe where a spreadsheet would read a formula; plain numbers and phones stay.

    `+33 1 23` and `-5` are data, not formulas: nothing but digits, blanks and number signs follows.
    """
    safe = _AFTER_SEMICOLON.sub(r"\1'", value) if ";" in value else value
    if value.startswith(_FORMULA) or value.lstrip().startswith(_SIGNS):
        rest = value.strip().lstrip("+-")
        if rest and all(c.isdigit() or c in " .,()-/" for c in rest) and value.strip()[0] in "+-":
            return safe
        return "'" + safe
    return safe


def verbatim(value: str) -> str:
    """What `harmless` made `value` of; `value` itself where it was not that."""
    bare = _GUARDED.sub(r"\1", value).removeprefix("'")
    return bare if harmless(bare) == value else value


def missing(value: Any) -> bool:
    """Whether there is no value: None, NaN, NaT, NA."""
    return value is None or value is pd.NaT or (not isinstance(value, (list, tuple, dict)) and bool(pd.isna(value)))


def cell(value: Any, zone: ZoneInfo) -> str:
    """One value as text: ISO dates, times in `zone`, lists joined by `;`, nothing for missing ones."""
    if missing(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return _local(value, zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ";".join(harmless(str(item)) for item in value)
    return harmless(value) if isinstance(value, str) else str(value)


def csv_lines(headers: Sequence[str], rows: Iterable[Sequence[Any]], zone: ZoneInfo) -> Iterator[bytes]:
    """A CSV (UTF-8 with BOM for Excel, CRLF) as a stream, a few hundred rows a piece."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([harmless(header) for header in headers])
    for number, row in enumerate(rows, 1):
        writer.writerow([cell(value, zone) for value in row])
        if number % 500 == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook: its name, which Excel cuts at 31 characters, headers and rows."""

    name: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Any]]
    decimals: Collection[int] = ()
    """Places, from 0, of the columns whose Decimals show all their digits: 1500.00 as `1,500.00`, yen without any."""


def excel_file(out: IO[bytes], sheets: Iterable[Sheet], zone: ZoneInfo) -> None:
    """Write an .xlsx to `out`, a row at a time: headers bold and frozen, numbers and times as such, never a formula.

    Times are on the wall clock of `zone`, as Excel knows none; control characters, which it refuses, go.
    """
    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(re.sub(r"[\\*?:/\[\]]", " ", sheet.name)[:31])
        page.freeze_panes = "A2"
        titles = []
        for place, header in enumerate(sheet.headers, 1):
            # Too narrow a cell shows an amount or a time as ####; widths come before the first row.
            page.column_dimensions[get_column_letter(place)].width = min(max(len(header) + 2, _NARROW), _WIDE)
            title = WriteOnlyCell(page, value=_text(harmless(header)))
            title.font = Font(bold=True)
            titles.append(title)
        page.append(titles)
        for row in sheet.rows:
            page.append(
                [_shown(page, _native(value, zone), place in sheet.decimals) for place, value in enumerate(row)]
            )
    book.save(out)


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """`file` from its start, some 64 KB at a time; closed at the end."""
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _native(value: Any, zone: ZoneInfo) -> Any:
    if missing(value):
        return None
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return value
    if isinstance(value, dt.date) and value.year >= 1900:  # Excel counts days from there
        return _local(value, zone).replace(microsecond=0) if isinstance(value, dt.datetime) else value
    return _text(cell(value, zone))


def _shown(page: Any, value: Any, decimals: bool) -> Any:
    """The value, in a cell that says how Excel shows it where that is not its own way."""
    if isinstance(value, dt.datetime):
        number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, Decimal) and decimals:
        digits = -int(value.as_tuple().exponent)
        number_format = "#,##0." + "0" * digits if digits > 0 else "#,##0"
    else:
        return value
    made = WriteOnlyCell(page, value=value)
    made.number_format = number_format
    return made


def _local(value: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The wall clock in `zone`, without the zone; a time that names none is one already."""
    return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo else value


def _text(value: str) -> str:
    return str(ILLEGAL_CHARACTERS_RE.sub("", value))
