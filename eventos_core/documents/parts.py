"""What documents are made of: title, headings, tables that break over pages, QR codes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from reportlab.graphics.shapes import Drawing, Rect
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, LongTable, Paragraph, Spacer, Table, TableStyle

from eventos_core.documents import engine, style
from eventos_core.documents.style import marked
from eventos_core.operations import qr

_ROOM_UNDER_HEADING = 110
"""Points that a heading needs below it, or it moves to the next page."""
_PIECE = 900
"""Characters of one row at most: a row does not break, so longer texts go on in the next."""
_LINE = 60
"""Characters that a line break is worth."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its header, its share of the width, and how its cells stand."""

    header: str
    share: float
    kind: Literal["text", "number"] = "text"


@dataclass(frozen=True)
class Cell:
    """Words of a cell: a first line in bold, text, what must not be missed, and small print. Nothing is markup."""

    bold: str = ""
    text: str = ""
    small: str = ""
    alert: str = ""
    off: bool = False
    """Whether it is called off: the first line is struck through."""


def title(text: str, *lines: str, code: str | None = None) -> Flowable:
    """The document's title with lines below; `code` stands beside it as a QR code."""
    styles = style.styles()
    words = [
        Paragraph(marked(text, style.SERIF), styles.title),
        *(Paragraph(marked(line), styles.text) for line in lines if line),
    ]
    if code is None:
        return KeepTogether(words)  # as wide as the page, whichever its size
    side = 62.0
    return Table(
        [[words, square(code, side)]], colWidths=[engine.width() - side - 12, side + 12],
        style=TableStyle([*_FLUSH.getCommands(), ("ALIGN", (1, 0), (1, 0), "RIGHT")]),
    )  # fmt: skip


def heading(text: str) -> list[Flowable]:
    """A heading that does not stay alone at the foot of a page."""
    return [CondPageBreak(_ROOM_UNDER_HEADING), Paragraph(marked(text, style.SERIF), style.styles().heading)]


def subheading(text: str) -> list[Flowable]:
    """A lesser heading."""
    return [CondPageBreak(_ROOM_UNDER_HEADING), Paragraph(f"<b>{marked(text)}</b>", style.styles().subheading)]


def notice(text: str) -> Flowable:
    """What must not be missed: cancelled, a draft."""
    return Paragraph(marked(text), style.styles().notice)


def paragraph(text: str, *, small: bool = False) -> Flowable:
    """A paragraph of text."""
    return Paragraph(marked(text), style.styles().small if small else style.styles().text)


def space(points: float) -> Flowable:
    """White space."""
    return Spacer(1, points)


def table(columns: Sequence[Column], rows: Sequence[Sequence[Cell | str]]) -> Flowable:
    """A table over the page's width: its header on every page, rows that stay whole, long texts wrapped."""
    styles = style.styles()
    head = [
        Paragraph(marked(column.header), styles.label_right if column.kind == "number" else styles.label)
        for column in columns
    ]
    body: list[list[list[Flowable]]] = []
    continued: list[int] = []
    for row in rows:
        for number, piece in enumerate(_pieces(row)):
            if number:
                continued.append(len(body))
            body.append([_flowables(cell, column) for cell, column in zip(piece, columns, strict=True)])
    whole = sum(column.share for column in columns)
    rules = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-2, -1), 8),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ("LINEBELOW", (0, 0), (-1, 0), 0.75, style.colour("text")),
        *(("LINEBELOW", (0, row + 1), (-1, row + 1), 0.4, style.colour("border"))
          for row in range(len(body)) if row + 1 not in continued),
        *(("TOPPADDING", (0, row + 1), (-1, row + 1), 0) for row in continued),
    ]  # fmt: skip
    return LongTable(
        [head, *body], colWidths=[engine.width() * column.share / whole for column in columns], repeatRows=1,
        style=TableStyle(rules),
    )  # fmt: skip


def square(text: str, side: float) -> Drawing:
    """A QR code as squares, `side` points wide with its white margin."""
    rows = qr.modules(text)
    quiet = 4
    unit = side / (len(rows) + 2 * quiet)
    drawn = Drawing(side, side, hAlign="LEFT")
    for y, row in enumerate(rows):
        start = None
        for x, dark in enumerate((*row, False)):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                left, bottom = (start + quiet) * unit, side - (y + 1 + quiet) * unit
                drawn.add(Rect(left, bottom, (x - start) * unit, unit, fillColor=style.colour("text"), strokeWidth=0,
                               strokeColor=None))  # fmt: skip
                start = None
    return drawn


_FLUSH = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
    ]
)


def _pieces(row: Sequence[Cell | str]) -> list[list[Cell | str]]:
    """The row, and rows that go on with what is too long for one."""
    rest = [_wrapped(cell.small) if isinstance(cell, Cell) else [] for cell in row]
    first: list[Cell | str] = [
        replace(cell, small=parts[0]) if isinstance(cell, Cell) and parts else cell
        for cell, parts in zip(row, rest, strict=True)
    ]
    further = max(len(parts) for parts in rest)
    return [first, *([Cell(small=parts[i]) if i < len(parts) else "" for parts in rest] for i in range(1, further))]


def _wrapped(text: str) -> list[str]:
    """The text in pieces that each fit a row; a line costs its length and what its end leaves empty."""
    pieces, weight = [""], 0
    for line in text.splitlines():
        for part in textwrap.wrap(line, _PIECE) or [""]:
            cost = len(part) + _LINE
            if weight and weight + cost > _PIECE + _LINE:
                pieces.append("")
                weight = 0
            pieces[-1] += ("\n" if weight else "") + part
            weight += cost
    return pieces


def _flowables(cell: Cell | str, column: Column) -> list[Flowable]:
    styles = style.styles()
    plain = styles.number if column.kind == "number" else styles.text
    if isinstance(cell, str):
        return [Paragraph(marked(cell), plain)] if cell else []
    found: list[Flowable] = []
    if cell.bold:
        words = f"<b>{marked(cell.bold)}</b>"
        found.append(Paragraph(f"<strike>{words}</strike>" if cell.off else words, plain))
    if cell.text:
        found.append(Paragraph(marked(cell.text), plain))
    if cell.alert:
        found.append(Paragraph(marked(cell.alert), styles.alert))
    if cell.small:
        found.append(Paragraph(marked(cell.small), styles.small))
    return found
