"""The funnel screen: how far deals get, how long they take, and who, what and from where is won."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, cast

import pandas as pd
import streamlit as st

from eventos_core.charts import sales
from eventos_core.crm import queries
from eventos_core.crm.queries import Funnel
from eventos_core.crm.queries.performance import By
from eventos_core.enums.crm import OpportunityKind
from eventos_core.operations import metrics
from eventos_core.ui import formats, page, tables
from eventos_core.ui.events.segments import segments
from eventos_core.ui.page import PageContext
from eventos_core.ui.sales import period
from eventos_core.ui.sales.period import Chosen
from eventos_core.ui.tables import Column

PREFIX = "funnel"
BY = {"owner": "By owner", "source": "By source", "kind": "By kind", "event": "By event"}
NONE = {"owner": "Nobody", "source": "No source", "kind": "No kind", "event": "No event"}
TILES = ("win_rate", "value_win_rate", "mean_cycle_days", "median_cycle_days", "mean_won_value_minor",
         "velocity_minor_per_day")  # fmt: skip
PERIODS = ("last_90_days", "last_365_days", "quarter", "year", "all_time")


def draw(
    ctx: PageContext,
    *,
    pipeline_id: int | None = None,
    event_id: int | None = None,
    owner_id: int | None = None,
    kinds: Sequence[str] = (),
    source: str | None = None,
) -> None:
    """The whole screen for one pipeline, narrowed to what the page's filters say; 0 = without event or owner."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="funnel_row"):
        chosen = period.choose(ctx, PREFIX, PERIODS, "last_365_days")
        by = cast(By, segments("Break down", "funnel_by", list(BY), "owner", format_func=lambda one: BY[one]))
    scope = chosen.scope(
        ctx, pipeline_id=pipeline_id, event_id=event_id, owner_id=owner_id, kinds=tuple(map(str, kinds)), source=source
    )
    before = scope.previous(ctx.house.zone)
    with page.reading(ctx) as db:
        found = queries.funnel(db, scope)
        compare = None if before is None else replace(before, as_of=scope.as_of)
        figures = metrics.figures(db, TILES, scope, compare=compare, compared_with="on the period before")
        parts = queries.performance_by(db, scope, by)
    st.caption(f"{found.pipeline} · {chosen.told(ctx)}")
    if parts.empty and not found.rows["entered"].any():
        page.nothing_yet(
            "No deal moved in this period.", icon="filter_alt", key="funnel",
            hint="Choose a longer period, or another day.",
        )  # fmt: skip
        return
    period.tiles(ctx, figures, _behind(chosen, {"event": event_id, "owner": owner_id}))
    st.caption("Win rate is won / (won + lost) by close date. Velocity uses the deals that are open.")
    page.chart(
        sales.funnel(found.rows, page.colours(), lang=ctx.locale), title=finding(ctx, found),
        alt=f"Deals that reached each stage: {finding(ctx, found)}", key="funnel_chart",
    )  # fmt: skip
    _stages(ctx, found)
    _parts(ctx, by, parts)


def finding(ctx: PageContext, found: Funnel) -> str:
    """What the chart shows, in a sentence: how many are won, and after which stage most stay behind."""
    if not found.cohort:
        return "No deal entered the first stage in this period"
    told = f"{formats.share(found.conversion, lang=ctx.locale)} of {formats.plural(found.cohort, 'deal')} won"
    steps = [row for row in tables.records(found.rows) if not row["archived"]]
    gaps = [(here["reached"] - after["reached"], here["stage"]) for here, after in pairwise(steps)]
    lost, stage = max(gaps, default=(0, ""))
    return f"{told}; most stay behind after {stage}" if lost > 0 else told


def _behind(chosen: Chosen, narrowed: dict[str, int | None]) -> dict[str, tuple[str, dict[str, Any]]]:
    if chosen.past:
        return {}
    last = chosen.end - dt.timedelta(days=1) if chosen.end else None
    within = {**narrowed, "close_from": chosen.first, "close_to": last}
    return {"mean_won_value_minor": ("won deal", {**within, "show": "won"})}


def _stages(ctx: PageContext, found: Funnel) -> None:
    """Every stage as numbers."""
    rows = found.rows.assign(
        stage=[f"{row['stage']} (archived)" if row["archived"] else row["stage"] for row in tables.records(found.rows)]
    )
    columns = [
        Column("stage", "Stage", width=150),
        Column("entered", "Entered", "count", help="Deals whose first entry lies in the period; lost ones stay in"),
        Column("next_rate", "To the next", "share", help="Of these, those that entered the next stage afterwards"),
        Column("cumulative_rate", "Of the first", "share", help="Share of the deals that entered the first stage"),
        Column("skipped", "Skipped", "count", help="Got further without entering; they count as not having reached it"),
        Column("lost", "Lost here", "count", help="Of the entered deals, those lost straight from this stage"),
        Column("open_now", "Here now", "count", help="Of the entered deals, those that stand here"),
        Column("median_days", "Median days", "number", help="Time in the stage over all visits; open ones until now"),
        Column("mean_days", "Mean days", "number"),
    ]
    tables.table(
        rows.assign(median_days=rows["median_days"].round(1), mean_days=rows["mean_days"].round(1)),
        columns, key="funnel_table", zone=ctx.zone, lang=ctx.locale, id_column="step",
        alt="Stages with deals entered, conversion to the next and from the first stage, and time in stage",
    )  # fmt: skip


def _parts(ctx: PageContext, by: By, parts: pd.DataFrame) -> None:
    """What is open and what was won, apart."""
    if parts.empty:
        return
    money = ctx.house.currency
    labels = parts["label"].fillna(NONE[by])
    if by == "kind":
        labels = pd.Series([OpportunityKind(value).label for value in parts["key"]], dtype="string")
    columns = [
        Column("label", BY[by].removeprefix("By ").capitalize(), width=150),
        Column("open_deals", "Open", "count"),
        Column("open_minor", "Pipeline", "money", money),
        Column("won_deals", "Won", "count"),
        Column("won_minor", "Won", "money", money),
        Column("win_rate", "Win rate", "share", help="Won / (won + lost), by close date"),
        Column("mean_cycle_days", "Cycle, days", "number", help="Mean days from first to closing day, won deals"),
        Column("velocity_minor_per_day", "Velocity a day", "money", money, help="Open × win rate × mean won / cycle"),
    ]
    tables.table(
        parts.assign(
            label=labels, mean_cycle_days=parts["mean_cycle_days"].round(1),
            velocity_minor_per_day=parts["velocity_minor_per_day"].round(),
        ), columns,
        key=f"funnel_parts_{by}", zone=ctx.zone, lang=ctx.locale, id_column="label",
        alt=f"Open and won deals, win rate, cycle and velocity {BY[by].lower()}",
    )  # fmt: skip
