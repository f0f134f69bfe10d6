"""Charts of the sales forecast and the funnel: typed frames in, altair charts out.

Money comes in minor units and is drawn in major ones. Won is green everywhere; what is committed, may come at best and
is weighted keeps its own colour on every chart.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from eventos_core.charts.theme import Palette, finished
from eventos_core.kernel.money import exponent
from eventos_core.operations import formats

PARTS = ("Won", "Commit", "Best case")
_BAR = 24
_ROW = 44
"""Pixels from one lying bar to the next."""
_AROUND = 110
"""Pixels that title, legend and axis take of a chart's height."""


def forecast(frame: pd.DataFrame, colours: Palette, currency: str, lang: str) -> Any:
    """Won, commit and best case stacked per row of a forecast (`FORECAST`), the weighted forecast as a mark across.

    Months stand upright in their order, the unfinished one paler; events and owners lie. A target is a thin line.
    """
    rows = _money(frame, currency, lang)
    by_month = bool(frame["month"].notna().any())
    names = list(rows["name"])
    place = alt.X if by_month else alt.Y
    amount = alt.Y if by_month else alt.X
    band = place("name:N", sort=names, title=None, axis=alt.Axis(labelAngle=0, labelLimit=160))
    tooltip = [alt.Tooltip("name:N", title=" "), *(alt.Tooltip(f"{one}_text:N", title=label) for one, label in _TOLD)]
    bars = (
        alt.Chart(_parts(rows))
        .mark_bar(size=_BAR)
        .encode(
            band,
            amount("value:Q", title=currency, stack="zero", axis=alt.Axis(format="~s", tickCount=5)),
            color=alt.Color("part:N", scale=_scale(colours), legend=alt.Legend(title=None, orient="top")),
            order=alt.Order("order:Q"),
            opacity=alt.condition("datum.unfinished", alt.value(0.55), alt.value(1.0)),
            tooltip=tooltip,
        )
    )
    across: dict[str, Any] = {"size": _BAR + 8, "thickness": 2, "orient": "horizontal" if by_month else "vertical"}
    weighted = (
        alt.Chart(rows).mark_tick(color=colours.text, **across).encode(band, amount("weighted:Q"), tooltip=tooltip)
    )
    layers = [bars, weighted]
    aimed = rows.dropna(subset=["target"])
    if not aimed.empty:  # a layer without rows has no extent, and Vega warns of it
        thin = {**across, "thickness": 1, "size": _BAR + 14}
        target = alt.Chart(aimed).mark_tick(color=colours.muted, **thin)
        layers.append(target.encode(band, amount("target:Q"), tooltip=tooltip))
    height = 300 if by_month else _ROW * len(rows) + _AROUND
    return finished(alt.LayerChart(layer=layers), height=height)


def funnel(frame: pd.DataFrame, colours: Palette, *, lang: str) -> Any:
    """How many deals of the cohort reached each step (`FUNNEL`), with the cumulative conversion beside the bar."""
    rows = pd.DataFrame(
        {
            "stage": frame["stage"],
            "reached": frame["reached"].astype("float64"),
            "part": ["Won" if won else "Archived" if archived else "Open" for won, archived in
                     zip(frame["won"], frame["archived"], strict=True)],
            "label": [
                f"{formats.count(int(reached))} · {formats.share(rate, lang=lang)}"
                for reached, rate in zip(frame["reached"], frame["cumulative_rate"], strict=True)
            ],
            "next": [formats.share(rate, lang=lang) for rate in frame["next_rate"]],
            "skipped": frame["skipped"].astype("float64"),
            "lost": frame["lost"].astype("float64"),
        }
    )  # fmt: skip
    order = list(rows["stage"])
    band = alt.Y("stage:N", sort=order, title=None, axis=alt.Axis(labelLimit=160))
    width = alt.X("reached:Q", title="Deals", scale=alt.Scale(domainMin=0), axis=alt.Axis(tickMinStep=1, tickCount=5))
    meaning = alt.Scale(domain=["Open", "Won", "Archived"], range=[colours.series[0], colours.good, colours.neutral])
    tooltip = [
        alt.Tooltip("stage:N", title=" "),
        alt.Tooltip("label:N", title="Reached"),
        alt.Tooltip("next:N", title="Went on to the next"),
        alt.Tooltip("skipped:Q", title="Got further without it"),
        alt.Tooltip("lost:Q", title="Lost from here"),
    ]
    bars = (
        alt.Chart(rows)
        .mark_bar(size=_BAR)
        .encode(band, width, color=alt.Color("part:N", scale=meaning, legend=None), tooltip=tooltip)
    )
    labels = (
        alt.Chart(rows)
        .mark_text(align="left", dx=6, color=colours.text)
        .encode(band, alt.X("reached:Q"), text="label:N")
    )
    return finished(alt.LayerChart(layer=[bars, labels]), height=_ROW * len(rows) + _AROUND)


_TOLD = (
    ("won", "Won"), ("commit", "Commit, with won"), ("best", "Best case, with commit"),
    ("weighted", "Weighted forecast"), ("usable", "Usable forecast"), ("target", "Target"),
)  # fmt: skip


def _scale(colours: Palette) -> alt.Scale:
    return alt.Scale(domain=list(PARTS), range=[colours.good, colours.series[0], colours.series[1]])


def _money(frame: pd.DataFrame, currency: str, lang: str) -> pd.DataFrame:
    """Amounts in major units, and each as text for the tooltip."""
    rows = pd.DataFrame({"name": frame["label"].fillna("None"), "unfinished": frame["unfinished"].fillna(False)})
    rows["name"] = [
        f"{name} (running)" if unfinished else name
        for name, unfinished in zip(rows["name"], rows["unfinished"], strict=True)
    ]
    for one, _ in _TOLD:
        minor = frame[f"{one}_minor"]
        rows[one] = minor.astype("Float64").to_numpy(dtype="float64", na_value=float("nan")) / 10 ** exponent(currency)
        rows[f"{one}_text"] = [formats.money(None if pd.isna(value) else int(value), currency, lang) for value in minor]
    return rows


def _parts(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per bar segment: won, what commit adds, what best case adds."""
    steps = {"Won": rows["won"], "Commit": rows["commit"] - rows["won"], "Best case": rows["best"] - rows["commit"]}
    return pd.concat(
        [rows.assign(part=part, value=steps[part], order=order) for order, part in enumerate(PARTS)], ignore_index=True
    )
