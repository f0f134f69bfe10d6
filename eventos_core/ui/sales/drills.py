"""From a figure to the deals and activities that it counts: the list opens under exactly that filter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import streamlit as st

from eventos_core.crm.queries import DealFilter, Forecast
from eventos_core.enums.crm import OpportunityKind, StageKind
from eventos_core.operations.metrics import Figure, Scope
from eventos_core.ui import formats, navigation
from eventos_core.ui.sales import listing

WON = "mean_cycle_days"
"""Of the funnel's figures the one that counts all won deals, those without a value too."""


@dataclass(frozen=True)
class Drill:
    """A way to the `count` deals that the filter lists; `one` is what one of them is called."""

    key: str
    one: str
    count: int
    wanted: DealFilter


def of_forecast(found: Forecast, scope: Scope, zone: ZoneInfo) -> tuple[Drill, ...]:
    """The won and the open deals of a forecast."""
    return (
        Drill("won", "won deal", found.total.won_deals, within(scope, zone, StageKind.WON)),
        Drill("open", "open deal", found.total.open_deals, within(scope, zone, StageKind.OPEN)),
    )


def of_funnel(figures: Sequence[Figure], scope: Scope, zone: ZoneInfo) -> tuple[Drill, ...]:
    """The won deals of which a funnel's rates and times are."""
    return tuple(
        Drill("won", "won deal", figure.rows, within(scope, zone, StageKind.WON))
        for figure in figures
        if figure.metric.key == WON
    )


def within(scope: Scope, zone: ZoneInfo, outcome: StageKind) -> DealFilter:
    """The deals of that outcome which a scope counts today: closed, or expected to close, in its window."""
    first, end = scope.days(zone)
    return DealFilter(
        outcome=outcome, pipeline=scope.pipeline_id, owner=scope.owner_id, event=scope.event_id,
        kind=tuple(OpportunityKind(kind) for kind in scope.kinds), source=scope.source, close_from=first,
        close_to=end - dt.timedelta(days=1) if end else None,
    )  # fmt: skip


def buttons(drills: Sequence[Drill]) -> None:
    """A button for each that counts anything; it turns the page to the table of these deals."""
    ways = [drill for drill in drills if drill.count]
    if ways and navigation.exists("sales_pipeline"):
        with st.container(horizontal=True, gap="medium", key="figures_drill"):
            for drill in ways:
                st.button(
                    f"Show {formats.plural(drill.count, drill.one)}", key=f"drill_{drill.key}", type="tertiary",
                    icon=":material/table_rows:", on_click=listing.turn_to, args=(drill.wanted,),
                )  # fmt: skip
