"""The PDF engine: pages with the house's name, the document's, its time, and `Page n of m`; on ReportLab.

A document gives a `Head` and its parts (`eventos_core.documents.parts`) and gets the file's bytes; the same parts
at the same time give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, A6
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from eventos_core.documents import style
from eventos_core.operations import formats

MARGIN = 18 * mm
_HEAD, _FOOT = 14 * mm, 12 * mm
_SMALL = 7.5
_GAP = 12.0
_BAR = 6.0


@dataclass(frozen=True)
class Head:
    """What stands on every page. `as_of` is aware and is told on the clock of `zone`, which is named."""

    house: str
    title: str
    as_of: dt.datetime
    zone: ZoneInfo
    lang: str = formats.DEFAULT_LOCALE
    colour: str | None = None
    """The house's own colour as #rrggbb, for a bar at the top of each page."""
    card: bool = False
    """A small card (A6) without head and foot, rather than pages of A4."""


def pdf(head: Head, parts: Sequence[Flowable]) -> bytes:
    """The document as a PDF."""
    style.styles()
    out = io.BytesIO()
    size, margin = (A6, 10 * mm) if head.card else (A4, MARGIN)
    above, below = (0, 0) if head.card else (_HEAD, _FOOT)
    document = BaseDocTemplate(
        out, pagesize=size, title=head.title, author=head.house, creator="EventOS", lang=head.lang, invariant=1,
        leftMargin=margin, rightMargin=margin, topMargin=margin, bottomMargin=margin,
    )  # fmt: skip
    frame = Frame(
        margin, margin + below, size[0] - 2 * margin, size[1] - 2 * margin - above - below,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip
    document.addPageTemplates([PageTemplate(frames=[frame])])

    def canvas(*args: Any, **options: Any) -> Canvas:
        return Canvas(*args, **options) if head.card else _Counted(head, *args, **options)

    document.build(list(parts), canvasmaker=canvas)
    return out.getvalue()


def width() -> float:
    """How wide a page's content is, in points."""
    return float(A4[0] - 2 * MARGIN)


class _Counted(Canvas):  # type: ignore[misc]
    """Holds the pages back until their number is known, then writes head and foot."""

    def __init__(self, head: Head, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head = head
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 ReportLab's name
        """Keep the page."""
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write all pages with their number."""
        for number, page in enumerate(self._held, 1):
            self.__dict__.update(page)
            self._edges(number, len(self._held))
            super().showPage()
        super().save()

    def _edges(self, number: int, total: int) -> None:
        size, head = self._pagesize, self._head
        top, bottom = size[1] - MARGIN, MARGIN
        self.setStrokeColor(style.colour("border"))
        self.setLineWidth(0.5)
        self.line(MARGIN, top - 5, size[0] - MARGIN, top - 5)
        self.line(MARGIN, bottom + 6, size[0] - MARGIN, bottom + 6)
        if head.colour:
            self.setFillColor(HexColor(head.colour))
            self.rect(0, size[1] - _BAR, size[0], _BAR, stroke=0, fill=1)
        self.setFillColor(style.colour("text"))
        self._pair(top, style.BOLD, head.house, head.title)
        self.setFillColor(style.colour("muted"))
        as_of = f"As of {formats.instant(head.as_of, head.zone, head.lang)}"
        self._pair(bottom - 4, style.TEXT, as_of, f"Page {number} of {total}")

    def _pair(self, y: float, font: str, left: str, right: str) -> None:
        """Two texts at either edge; both are cut where they would meet."""
        left, right = style.printable(left), style.printable(right)
        room = self._pagesize[0] - 2 * MARGIN - _GAP
        right = _fitted(right, style.TEXT, room * 0.6)
        self.setFont(font, _SMALL)
        self.drawString(MARGIN, y, _fitted(left, font, room - stringWidth(right, style.TEXT, _SMALL)))
        self.setFont(style.TEXT, _SMALL)
        self.drawRightString(self._pagesize[0] - MARGIN, y, right)


def _fitted(text: str, font: str, room: float) -> str:
    if stringWidth(text, font, _SMALL) <= room:
        return text
    while text and stringWidth(text + "…", font, _SMALL) > room:
        text = text[:-1]
    return text.rstrip() + "…"
