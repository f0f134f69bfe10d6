"""Workbooks (xlsx, xls, ods): measured before they are opened, since a small one can unpack to any size."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from eventos_core.kernel.errors import FileRefused
from eventos_core.operations.imports.limits import MAX_COLUMNS, MAX_EXTENT, MAX_INFLATED, MAX_ROWS, megabytes
from eventos_core.operations.imports.rows import collect
from eventos_core.operations.imports.table import FileKind, SourceTable

_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_CHUNK = 256 * 1024
# Blank rows and the header do not count as rows; leave room for them.
_MOST_ROWS = MAX_ROWS + 10_000


def zip_kind(content: bytes) -> FileKind | None:
    """Whether a zip archive is an Excel or OpenDocument workbook; None for any other archive.

    Raises FileRefused for a damaged one.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                return "xlsx"
            if "content.xml" in names and "mimetype" in names:
                mimetype = archive.open("mimetype").read(100)
                return "ods" if mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet") else None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, zlib.error) as error:
        raise _damaged() from error
    return None


def read_workbook(content: bytes, kind: FileKind, *, sheet: str = "") -> SourceTable:
    """The table in one sheet: the named one, or the first visible one that has data.

    Formulas give their stored results, dates ISO 8601 text, whole numbers no decimal point. Raises FileRefused
    for a damaged, protected or too large workbook and for a sheet that is not there.
    """
    if kind in ("xlsx", "ods"):
        _measure(content, kind)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            names = tuple(
                meta.name
                for meta in book.sheets_metadata
                if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
            )
            if sheet and sheet not in book.sheet_names:
                raise FileRefused(f"There is no sheet “{sheet}”.", hint=f"The sheets are: {', '.join(names)}.")
            for name in [sheet] if sheet else names:
                data = book.get_sheet_by_name(name)
                if data.end is None:
                    continue
                return SourceTable(kind, *collect(_records(data)), sheet=name, sheets=names)
    except PasswordError as error:
        raise FileRefused("The workbook is protected by a password.", hint="Remove it and save again.") from error
    except CalamineError as error:
        raise _damaged() from error
    raise FileRefused("The workbook is empty.", hint="Upload a file with a header row and data below it.")


def _records(data: Any) -> Iterator[tuple[int, list[str] | str]]:
    rows, columns = data.end[0] + 1, data.end[1] + 1
    _check_extent(rows, columns)
    for number, row in enumerate(data.to_python(skip_empty_area=False), start=1):
        yield number, [_text(cell) for cell in row]


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _damaged() -> FileRefused:
    return FileRefused("The workbook cannot be opened.", hint="Open it in your spreadsheet program and save it again.")


def _check_extent(rows: int, columns: int) -> None:
    if columns > MAX_COLUMNS:
        raise FileRefused(
            f"The sheet reaches to column {columns:,}; {MAX_COLUMNS} are possible.",
            hint="Delete the columns that are not needed and save again.",
        )
    if rows > _MOST_ROWS:
        raise FileRefused(
            f"The sheet reaches to row {rows:,}; {MAX_ROWS:,} rows are possible.",
            hint="Delete the rows that are not needed, or split the file.",
        )
    if rows * columns > MAX_EXTENT:
        raise FileRefused(
            f"The sheet has {rows * columns:,} cells; {MAX_EXTENT:,} are possible.", hint="Split the file."
        )


def _measure(content: bytes, kind: FileKind) -> None:
    """Unpack every member without keeping it, counting bytes and the extent of each sheet.

    Sizes written in the archive are not believed: members are inflated here, in chunks, up to the limit.
    """
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_INFLATED:
                raise _bomb()
            for info in archive.infolist():
                extent = _extent_of(info.filename, kind)
                for chunk in _inflate(archive, info, content):
                    total += len(chunk)
                    if total > MAX_INFLATED:
                        raise _bomb()
                    if extent is not None:
                        extent.feed(chunk)
                if extent is not None:
                    extent.close()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, zlib.error, expat.ExpatError) as error:
        raise _damaged() from error


def _bomb() -> FileRefused:
    return FileRefused(
        f"The workbook unpacks to more than {megabytes(MAX_INFLATED)}.", hint="Split it, or save the sheet as CSV."
    )


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo, content: bytes) -> Iterator[bytes]:
    """The member's true content, whatever length its header claims."""
    archive.open(info).close()  # checks the local header, encryption and method
    header = content[info.header_offset : info.header_offset + 30]
    start = info.header_offset + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    data = content[start : start + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        yield data
        return
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile(f"compression method {info.compress_type}")
    unpack = zlib.decompressobj(-zlib.MAX_WBITS)
    chunk = unpack.decompress(data, _CHUNK)
    while chunk or unpack.unconsumed_tail:
        yield chunk
        chunk = unpack.decompress(unpack.unconsumed_tail, _CHUNK)


def _extent_of(name: str, kind: FileKind) -> _Extent | None:
    if kind == "xlsx" and name.startswith("xl/worksheets/") and name.endswith(".xml"):
        return _ExcelExtent()
    return _OpenDocumentExtent() if kind == "ods" and name == "content.xml" else None


class _Extent(ABC):
    """Reads a sheet's XML as it streams by; raises FileRefused as soon as the sheet is too large."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self.start
        self._parser.StartDoctypeDeclHandler = self._doctype
        self.rows = 0
        self.columns = 0

    def feed(self, chunk: bytes) -> None:
        self._parser.Parse(chunk, False)

    def close(self) -> None:
        self._parser.Parse(b"", True)

    @abstractmethod
    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take note of one element."""

    def seen(self, row: int, column: int) -> None:
        if row > self.rows or column > self.columns:
            self.rows, self.columns = max(row, self.rows), max(column, self.columns)
            _check_extent(self.rows, self.columns)

    def _doctype(self, *_: object) -> None:
        raise FileRefused("The workbook holds a document type definition.", hint="Save it again without macros.")


class _ExcelExtent(_Extent):
    _row = 0
    _column = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c" or tag.endswith(":c"):
            place = _CELL.fullmatch(attributes.get("r", ""))
            if place is None:
                self._column += 1
            else:
                self._row, self._column = int(place[2]), _column_number(place[1])
            self.seen(self._row, self._column)
        elif tag == "row" or tag.endswith(":row"):
            given = attributes.get("r", "")
            self._row = int(given) if given.isdigit() else self._row + 1
            self._column = 0


class _OpenDocumentExtent(_Extent):
    _row = 0
    _column = 0
    _repeated = 1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag.endswith(":table"):
            self._row = self._column = 0
            self.rows = self.columns = 0
        elif tag.endswith(":table-row"):
            self._row += self._repeated if self._row else 1
            self._repeated = _count(attributes.get("table:number-rows-repeated"))
            self._column = 0
        elif tag.endswith("table-cell"):
            self._column += _count(attributes.get("table:number-columns-repeated"))
            if "office:value-type" in attributes:
                self.seen(self._row + self._repeated - 1, self._column)


def _count(given: str | None) -> int:
    return int(given) if given is not None and given.isdigit() else 1


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
