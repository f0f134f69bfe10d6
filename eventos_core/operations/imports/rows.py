"""Headers and rows from raw records: what every file format has in common."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eventos_core.kernel.errors import FileRefused
from eventos_core.operations.imports.limits import MAX_CELL, MAX_COLUMNS, MAX_ROWS
from eventos_core.operations.imports.table import (
    REJECTED_BECAUSE,
    REJECTED_ROW,
    RowProblem,
    SourceRow,
    shortened,
    storable,
)
from eventos_core.operations.writers import verbatim

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def collect(
    records: Iterable[tuple[int, list[str] | str]],
) -> tuple[tuple[str, ...], tuple[SourceRow, ...], tuple[RowProblem, ...], tuple[SourceRow, ...]]:
    """`(headers, rows, refused, spoilt)`: the first record that is not blank is the header, blank ones are left out.

    A record given as a string is one that could not be read, for that reason. Rows shorter than the header are
    padded. In a file of our own of rejected rows, cells lose what made them harmless to spreadsheets. Raises
    FileRefused for no header, no rows, too many columns or rows.
    """
    headers: tuple[str, ...] | None = None
    rows: list[SourceRow] = []
    refused: list[RowProblem] = []
    spoilt: list[SourceRow] = []
    ours = False
    for number, record in records:
        if isinstance(record, str):
            if headers is None:
                raise FileRefused(f"The header cannot be read: {record}", hint="Export the file again.")
            refused.append(RowProblem(number, "", "", record))
            continue
        if not any(record) or not any(cell.strip() for cell in record):
            continue
        if headers is None:
            headers = _headers(record)
            ours = {REJECTED_ROW, REJECTED_BECAUSE} <= set(headers)
            headers = tuple(map(verbatim, headers)) if ours else headers
            continue
        if ours:
            record = [verbatim(cell) for cell in record]
        if len(rows) + len(refused) >= MAX_ROWS:
            raise FileRefused(
                f"The file has more than {MAX_ROWS:,} rows.", hint="Split it and import the parts one by one."
            )
        problem = _problem(number, record, headers)
        if problem is None:
            rows.append(SourceRow(number, _fitted(record, len(headers))))
        else:
            refused.append(problem)
            spoilt.append(SourceRow(number, tuple(storable(cell) for cell in record)))
    if headers is None:
        raise FileRefused("The file is empty.", hint="Upload a file with a header row and data below it.")
    if not rows and not refused:
        raise FileRefused("The file has a header but no rows below it.", hint="Check that the export is complete.")
    return headers, tuple(rows), tuple(refused), tuple(spoilt)


def _headers(record: list[str]) -> tuple[str, ...]:
    headers = [" ".join(cell.replace("\ufeff", "").split()) for cell in record]
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) > MAX_COLUMNS:
        raise FileRefused(
            f"The file has {len(headers)} columns; {MAX_COLUMNS} are possible.", hint="Leave out what is not needed."
        )
    if any(_UNSTORABLE.search(header) or len(header) > MAX_CELL for header in headers):
        raise FileRefused("The header holds characters that are no text.", hint="Export the file again.")
    return tuple(headers)


def _fitted(record: list[str], width: int) -> tuple[str, ...]:
    if len(record) < width:
        return (*record, *([""] * (width - len(record))))
    return tuple(record[:width])


def _problem(number: int, record: list[str], headers: tuple[str, ...]) -> RowProblem | None:
    width = len(headers)
    if len(record) > width and any(cell.strip() for cell in record[width:]):
        extra = next(cell for cell in record[width:] if cell.strip())
        reason = f"The row has {len(record)} cells under {width} headers."
        return RowProblem(number, "", shortened(extra), reason)
    for position, cell in enumerate(record[:width]):
        if len(cell) > MAX_CELL:
            reason = f"The cell has {len(cell):,} characters; {MAX_CELL:,} are possible."
            return RowProblem(number, headers[position], shortened(cell), reason)
        if not cell.isascii() or "\x00" in cell:
            found = _UNSTORABLE.search(cell)
            if found is not None:
                what = "a NUL byte" if found.group() == "\x00" else "bytes that are not valid text"
                return RowProblem(number, headers[position], shortened(cell), f"The cell holds {what}.")
    return None
