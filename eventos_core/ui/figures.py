"""Metric tiles: label, value, change and what it is compared with, sparkline, definition on hover, as-of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

import streamlit as st

from eventos_core.kernel.context import Context
from eventos_core.kernel.money import exponent, round_half_up_div
from eventos_core.operations.metrics import Direction, Figure, Unit
from eventos_core.ui import formats

DeltaColour = Literal["normal", "inverse", "off"]
_COLOURS: dict[Direction, DeltaColour] = {
    Direction.UP: "normal",
    Direction.DOWN: "inverse",
    Direction.NEUTRAL: "off",
}


class Reading(Protocol):
    """What a tile needs of a page's context."""

    @property
    def house(self) -> Context:
        """For the base currency."""
        ...

    @property
    def locale(self) -> str:
        """For dates and numbers."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """For the as-of time."""
        ...


def tiles(ctx: Reading, figures: Sequence[Figure], *, columns: int = 4) -> None:
    """One row of tiles of equal height that reflows on a phone."""
    with st.grid(columns, min_column_width=190):
        for figure in figures:
            tile(ctx, figure)


def tile(ctx: Reading, figure: Figure, *, label: str | None = None) -> None:
    """One figure with all that a reader needs to trust it."""
    metric = figure.metric
    currency = ctx.house.currency
    st.metric(
        label or metric.name,
        value(figure.value, metric.unit, currency, ctx.locale, whole=True),
        difference(figure, ctx.locale, currency),
        delta_color=_COLOURS[metric.direction],
        delta_description=figure.compared_with if figure.change is not None else None,
        help=definition(figure, currency, ctx.zone, ctx.locale),
        chart_data=list(figure.series) if len(figure.series) > 1 else None,
        chart_type="area",
        border=True,
        height="stretch",
    )


def value(amount: int | float | None, unit: Unit, currency: str, lang: str, *, whole: bool = False) -> str:
    """A value as its unit reads; `whole` leaves the cents off from a thousand on, for a tile has no room for them."""
    if amount is None or formats.missing(amount):
        return formats.DASH
    if unit in (Unit.MINOR, Unit.MINOR_PER_DAY):
        minor, one = round_half_up_div(round(amount * 2), 2), 10 ** exponent(currency)
        if whole and abs(minor) >= 1000 * one:
            minor = round_half_up_div(minor, one) * one
        return formats.money(minor, currency, lang) + (" a day" if unit is Unit.MINOR_PER_DAY else "")
    if unit is Unit.FRACTION:
        return formats.share(float(amount), lang=lang)
    if unit is Unit.DAYS:
        return formats.number(float(amount), digits=1, lang=lang) + f"{formats.THIN}days"
    if unit is Unit.SCORE:
        return formats.number(float(amount), digits=0 if float(amount).is_integer() else 1, lang=lang)
    return formats.count(int(amount))


def difference(figure: Figure, lang: str, currency: str) -> str | int | None:
    """How far it moved: points for shares and scores, per cent otherwise; 0 reads as no change.

    From nothing it is told as an amount: a share of nothing is none.
    """
    moved = figure.change
    if moved is None:
        return None
    if moved == 0:
        return 0
    if figure.metric.unit is Unit.FRACTION:
        text = formats.points(float(moved), lang=lang)
    elif figure.metric.unit is Unit.SCORE:
        text = ("+" if moved > 0 else "") + formats.number(float(moved), digits=1, lang=lang)
    elif figure.previous:
        text = formats.change(float(moved) / abs(float(figure.previous)), lang=lang)
    else:
        text = ("+" if moved > 0 else "") + value(moved, figure.metric.unit, currency, lang, whole=True)
    # Streamlit tells a fall by a leading hyphen-minus, not by the typographic minus.
    return text.replace("−", "-", 1)


def definition(figure: Figure, currency: str, zone: ZoneInfo, lang: str) -> str:
    """The text on hover: formula, target, how many rows it counts, as-of time."""
    lines = [figure.metric.formula]
    exact = value(figure.value, figure.metric.unit, currency, lang)
    if exact != value(figure.value, figure.metric.unit, currency, lang, whole=True):
        lines.append(f"Exactly {exact}.")
    if figure.target is not None:
        lines.append(f"Target: {value(figure.target, figure.metric.unit, currency, lang)}")
    lines.append(f"Counts {formats.count(figure.rows)} rows, as of {formats.instant(figure.as_of, zone, lang)}.")
    return "\n\n".join(lines)
