"""Contrast of every text colour of the theme, computed from the file that the app is served with."""

from __future__ import annotations

import itertools
import re
import tomllib
from typing import Any

import pytest

from eventos_core.charts.theme import THEME_FILE, palette
from eventos_core.ui import frame

CONFIG: dict[str, Any] = tomllib.loads(THEME_FILE.read_text(encoding="utf-8"))
NAMES = ("red", "orange", "yellow", "green", "blue", "violet", "gray")
Rgb = tuple[float, float, float]


def rgb(colour: str) -> Rgb:
    assert re.fullmatch(r"#[0-9A-Fa-f]{6}", colour), colour
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def luminance(colour: Rgb) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [c / 255 for c in colour]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def over(top: Rgb, below: Rgb, alpha: float) -> Rgb:
    mixed = tuple(t * alpha + b * (1 - alpha) for t, b in zip(top, below, strict=True))
    return mixed[0], mixed[1], mixed[2]


def surfaces(mode: str) -> list[Rgb]:
    theme = CONFIG["theme"][mode]
    found = [theme["backgroundColor"], theme["secondaryBackgroundColor"]]
    found += [theme["sidebar"]["backgroundColor"], theme["sidebar"]["secondaryBackgroundColor"]]
    return [rgb(colour) for colour in found]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_text_colour_reads_on_every_surface(mode: str) -> None:
    theme = CONFIG["theme"][mode]
    texts = {name: theme[name] for name in ("textColor", "linkColor", "primaryColor", "codeTextColor")}
    texts |= {f"{name}{kind}": theme[f"{name}{kind}"] for name in NAMES for kind in ("Color", "TextColor")}
    low = {
        (name, index): round(contrast(rgb(colour), surface), 2)
        for (name, colour), (index, surface) in itertools.product(texts.items(), enumerate(surfaces(mode)))
        if contrast(rgb(colour), surface) < 4.5
    }
    assert low == {}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_on_their_own_tint_read(mode: str) -> None:
    """Badges and changes lie on a tint of their colour: 10 % in light, 20 % in dark; so does what is selected."""
    theme, alpha = CONFIG["theme"][mode], {"light": 0.1, "dark": 0.2}[mode]
    background = rgb(theme["backgroundColor"])
    for name in NAMES:
        tint = over(rgb(theme[f"{name}Color"]), background, alpha)
        assert contrast(rgb(theme[f"{name}TextColor"]), tint) >= 4.5, name
    primary = rgb(theme["primaryColor"])
    for share in (0.1, 0.2):
        assert contrast(primary, over(primary, background, share)) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_captions_and_placeholders_read(mode: str) -> None:
    """Streamlit draws them as 60 % of the text colour."""
    text = rgb(CONFIG["theme"][mode]["textColor"])
    for surface in surfaces(mode)[:3]:
        assert contrast(over(text, surface, 0.6), surface) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_table_heads_and_buttons_read(mode: str) -> None:
    theme = CONFIG["theme"][mode]
    assert contrast(rgb(theme["dataframeHeaderTextColor"]), rgb(theme["dataframeHeaderBackgroundColor"])) >= 4.5
    style = (frame.STATIC / "app.css").read_text(encoding="utf-8")
    light, dark = re.search(r"light-dark\((#\w{6}), (#\w{6})\)", style).groups()  # type: ignore[union-attr]
    letters = {"light": light, "dark": dark}[mode]
    assert contrast(rgb(letters), rgb(theme["primaryColor"])) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_meanings_stand_out_from_the_page_in_charts(mode: str) -> None:
    """Lines and bars need 3:1 against the page."""
    colours = palette(mode)  # type: ignore[arg-type]
    for colour in (colours.good, colours.soon, colours.late, colours.neutral, colours.info, colours.accent):
        assert contrast(rgb(colour), rgb(colours.background)) >= 3
    assert len(colours.sequential) == len(colours.diverging) == 10


def test_fonts_are_served_from_here_with_their_licences() -> None:
    for face in CONFIG["theme"]["fontFaces"]:
        assert face["url"].startswith("app/static/")
        assert (frame.STATIC / face["url"].removeprefix("app/static/")).is_file()
    for family in ("inter", "newsreader"):
        assert "SIL OPEN FONT LICENSE" in (frame.STATIC / f"{family}-OFL.txt").read_text(encoding="utf-8").upper()


def test_settings_that_must_hold() -> None:
    assert CONFIG["runner"]["postScriptGC"] is False
    assert CONFIG["client"] == {
        "toolbarMode": "minimal", "showErrorDetails": "none", "showErrorLinks": False, "disableDataExport": True,
    }  # fmt: skip
    assert CONFIG["browser"]["gatherUsageStats"] is False
    server = CONFIG["server"]
    assert server["enableXsrfProtection"] is True
    assert server["enableCORS"] is True
    assert server["maxUploadSize"] > 50
    assert server["fileWatcherType"] == "none"
