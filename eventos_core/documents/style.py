"""How documents look: the theme's fonts and colours, on paper."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont

from eventos_core.charts.theme import palette
from eventos_core.operations import formats

FONTS = Path(__file__).resolve().parent / "fonts"
TEXT, BOLD, SERIF = "Inter-Regular", "Inter-SemiBold", "Newsreader-Medium"


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


def marked(text: str) -> str:
    """Other people's words for a paragraph: nothing in them is markup, line breaks stay, accents are composed."""
    # The engine breaks lines at the thin space between thousands, and at no other that does not break.
    plain = unicodedata.normalize("NFC", text).replace(formats.THIN, formats.NBSP)
    return escape(plain).replace("\r\n", "\n").replace("\n", "<br/>")
