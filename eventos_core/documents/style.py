"""How documents look: the theme's fonts and colours, on paper."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from anyascii import anyascii
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import getFont, registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont

from eventos_core.charts.theme import palette
from eventos_core.operations import formats

FONTS = Path(__file__).resolve().parent / "fonts"
TEXT, BOLD, SERIF = "Inter-Regular", "Inter-SemiBold", "Newsreader-Medium"
_BREAKS = "\r\n\t"


@dataclass(frozen=True)
class Styles:
    """The styles of paragraphs; sizes in points."""

    text: ParagraphStyle
    small: ParagraphStyle
    number: ParagraphStyle
    label: ParagraphStyle
    label_right: ParagraphStyle
    title: ParagraphStyle
    heading: ParagraphStyle
    subheading: ParagraphStyle
    notice: ParagraphStyle
    alert: ParagraphStyle


@lru_cache(maxsize=1)
def styles() -> Styles:
    """Fonts are registered with the first call."""
    for name in (TEXT, BOLD, SERIF):
        registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    registerFontFamily(TEXT, normal=TEXT, bold=BOLD, italic=TEXT, boldItalic=BOLD)
    ink, muted = colour("text"), colour("muted")
    text = ParagraphStyle("text", fontName=TEXT, fontSize=9, leading=13, textColor=ink, splitLongWords=True)
    small = ParagraphStyle("small", text, fontSize=8, leading=11, textColor=muted)
    label = ParagraphStyle("label", small, fontName=BOLD, fontSize=7.5, leading=10)
    return Styles(
        text=text,
        small=small,
        number=ParagraphStyle("number", text, alignment=TA_RIGHT),
        label=label,
        label_right=ParagraphStyle("label_right", label, alignment=TA_RIGHT),
        title=ParagraphStyle("title", text, fontName=SERIF, fontSize=24, leading=28, spaceAfter=4),
        heading=ParagraphStyle("heading", text, fontName=SERIF, fontSize=14, leading=18, spaceBefore=14, spaceAfter=5),
        subheading=ParagraphStyle("subheading", text, spaceBefore=9, spaceAfter=3),
        notice=ParagraphStyle("notice", text, fontName=BOLD, textColor=colour("late"), spaceBefore=4),
        alert=ParagraphStyle("alert", small, fontName=BOLD, textColor=colour("late")),
    )


def colour(name: str) -> HexColor:
    """A colour of the light theme by its name in the palette."""
    return HexColor(getattr(palette("light"), name)[:7])


def marked(text: str, font: str = TEXT) -> str:
    """Other people's words for a paragraph in `font`: nothing in them is markup, line breaks stay."""
    plain = printable(text).replace("\r\n", "\n")
    pieces = (
        escape(piece) if there else f'<font name="{BOLD}">{escape(piece)}</font>'
        for there, piece in _by_font(plain, _letters(font))
    )
    return "".join(pieces).replace("\n", "<br/>")


def printable(text: str) -> str:
    """`text` with composed accents, and in Latin letters what no font of the documents has a shape for."""
    # The engine breaks lines at the thin space between thousands, and at no other that does not break.
    plain = unicodedata.normalize("NFC", text).replace(formats.THIN, formats.NBSP)
    known = _letters(TEXT)
    return "".join(letter if letter in known or letter in _BREAKS else _in_latin(letter) for letter in plain)


def _in_latin(letter: str) -> str:
    if unicodedata.category(letter) in ("Cc", "Cf", "Mn"):
        return ""  # shapes the letters beside it, and has none of its own
    return anyascii(letter) or "?"


def _by_font(text: str, letters: frozenset[str]) -> Iterator[tuple[bool, str]]:
    """The text in pieces that `letters` hold or do not hold."""
    for there, piece in groupby(text, lambda letter: letter in letters or letter in _BREAKS):
        yield there, "".join(piece)


@lru_cache(maxsize=3)
def _letters(font: str) -> frozenset[str]:
    styles()
    return frozenset(map(chr, getFont(font).face.charToGlyph))
