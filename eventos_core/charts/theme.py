"""The colours of charts, read from the same theme file as the pages, so that both change together.

A chart function takes a `Palette` beside its frame. Fonts, axes and grid come from the page's theme at drawing
time; what is set here is meaning: what is good, late, compared, unfinished.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import altair as alt

Mode = Literal["light", "dark"]
THEME_FILE = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"


@dataclass(frozen=True)
class Palette:
    """Colours as `#RRGGBB`, for one mode.

    `good` ahead or done · `soon` behind or due · `late` overdue or refused · `neutral` everything else: the same
    meaning on every page, always with a word or an icon beside it. `series` are told apart without meaning.
    """

    mode: Mode
    background: str
    panel: str
    text: str
    muted: str
    border: str
    accent: str
    good: str
    soon: str
    late: str
    neutral: str
    info: str
    series: tuple[str, ...]
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]


@lru_cache(maxsize=1)
def _theme() -> Mapping[str, Any]:
    with THEME_FILE.open("rb") as file:
        return tomllib.load(file)["theme"]  # type: ignore[no-any-return]


@lru_cache(maxsize=2)
def palette(mode: Mode = "light") -> Palette:
    """The palette of one mode."""
    colours = _theme()[mode]
    return Palette(
        mode=mode,
        background=colours["backgroundColor"],
        panel=colours["secondaryBackgroundColor"],
        text=colours["textColor"],
        muted=colours["grayTextColor"],
        border=colours["borderColor"],
        accent=colours["primaryColor"],
        good=colours["greenColor"],
        soon=colours["orangeColor"],
        late=colours["redColor"],
        neutral=colours["grayColor"],
        info=colours["blueColor"],
        series=tuple(colours["chartCategoricalColors"]),
        sequential=tuple(colours["chartSequentialColors"]),
        diverging=tuple(colours["chartDivergingColors"]),
    )


def scale(colours: Palette, names: Sequence[str]) -> alt.Scale:
    """A colour scale that gives each of `names` the same colour wherever the same list is used."""
    wanted = [colours.series[i % len(colours.series)] for i in range(len(names))]
    return alt.Scale(domain=list(names), range=wanted)


def status_scale(
    colours: Palette, meaning: Mapping[str, Literal["good", "soon", "late", "neutral", "info"]]
) -> alt.Scale:
    """A colour scale for statuses by what they mean."""
    return alt.Scale(domain=list(meaning), range=[getattr(colours, colour) for colour in meaning.values()])


def finished(chart: alt.Chart | alt.LayerChart, *, height: int = 260) -> Any:
    """`chart` with the house's proportions: quiet axes, no frame. What it finds, the page says above it."""
    shaped = chart.properties(height=height, width="container")
    return shaped.configure_view(strokeWidth=0).configure_axis(domain=False, tickSize=0, labelPadding=6)


def target_line(colours: Palette, value: float, label: str) -> alt.LayerChart:
    """A thin labelled line at `value` on the y axis."""
    data = alt.InlineData(values=[{"value": value, "label": label}])
    rule = alt.Chart(data).mark_rule(strokeWidth=1, strokeDash=[4, 3], color=colours.muted).encode(y="value:Q")
    text = (
        alt.Chart(data)
        .mark_text(align="left", dx=4, dy=-6, color=colours.muted, fontSize=11)
        .encode(y="value:Q", x=alt.value(0), text="label:N")
    )
    return alt.LayerChart(layer=[rule, text])
