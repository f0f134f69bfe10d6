"""What reading a file gives: headers by position, rows with the number a person sees, rows that were refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

REJECTED_ROW, REJECTED_BECAUSE = "Rejected row", "Rejected because"
"""Headers before the columns of a file of rejected rows (`rejected`); read again they are nobody's data."""

FileKind = Literal["csv", "xlsx", "xls", "ods", "json"]


class RowProblem(NamedTuple):
    """Why a row (or one cell of it) was not taken as it stands."""

    row: int
    """Number in the file as a spreadsheet counts: the header is row 1. In JSON the first item is 1."""
    column: str
    """Header of the column, empty when the whole row is meant."""
    value: str
    """What stood there, shortened."""
    reason: str
    """One sentence."""


class SourceRow(NamedTuple):
    """One row of the file, cells verbatim, as many as there are headers."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class SourceTable:
    """A file as rows of text under headers.

    `headers` are trimmed but may repeat or be empty; columns are known by position. `encoding` and `delimiter`
    are empty where the format has none; `sheets` lists the sheets of a workbook and `sheet` is the one read. `spoilt`
    are refused rows as far as they can be shown, with any number of cells.
    """

    kind: FileKind
    headers: tuple[str, ...]
    rows: tuple[SourceRow, ...]
    refused: tuple[RowProblem, ...] = ()
    spoilt: tuple[SourceRow, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Rows below the header, the refused ones included."""
        return len(self.rows) + len({problem.row for problem in self.refused})

    def label(self, position: int) -> str:
        """How a column is called to a person: its header, or `Column 3` where that is empty."""
        return self.headers[position] or f"Column {position + 1}"


def storable(value: str) -> str:
    """`value` with NUL and lone surrogates, which the database takes no text with, made visible."""
    return value.replace("\x00", "␀").encode("utf-8", "replace").decode("utf-8")


def shortened(value: str, limit: int = 80) -> str:
    """`value` on one line, at most `limit` characters, NUL and lone surrogates made visible; for messages."""
    flat = " ".join(storable(value[: limit * 4]).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
