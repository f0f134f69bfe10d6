"""The funnel screen: how far deals get, how long they take, and who, what and from where is won."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import cast

import pandas as pd
import streamlit as st

from eventos_core.charts import sales
from eventos_core.crm import queries
from eventos_core.crm.metrics import screens
from eventos_core.crm.queries import DealFilter, FiguresFilter, Funnel, shown
from eventos_core.crm.queries.performance import By
from eventos_core.ui import exporting, formats, page, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Head, PageContext
from eventos_core.ui.sales import drills, period, words
from eventos_core.ui.segments import segments
from eventos_core.ui.tables import Column

PREFIX = "funnel"
BY: Mapping[str, str] = {by: f"By {label.lower()}" for by, label in shown.PARTS_BY.items()}
PERIODS = ("last_90_days", "last_365_days", "quarter", "year", "all_time")
PARTS = ("win rates", "figures")
"""What can be exported besides the stages."""


def draw(ctx: PageContext, wanted: DealFilter | None = None, head: Head | None = None) -> None:
    """The whole screen for one pipeline, narrowed to event, owner, kinds and source of the page's filter.

    What the head's menu asks for is exported as it stands here.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="funnel_row"):
        chosen = period.choose(ctx, PREFIX, PERIODS, "last_365_days")
        by = cast(By, segments("Break down", "funnel_by", list(BY), "owner", format_func=lambda one: BY[one]))
    scope = chosen.scope(ctx, wanted or DealFilter())
    if head is not None:
        asked = FiguresFilter.of(scope, by)
        exporting.answer(ctx, head, "funnel", asked)
        exporting.answer(ctx, head, "funnel_parts", asked, also="win rates")
        exporting.answer(ctx, head, "funnel_figures", asked, also="figures")
    with page.reading(ctx) as db:
        found = queries.funnel(db, scope)
        figures = screens.funnel_head(db, scope)
        parts = queries.performance_by(db, scope, by)
    st.caption(f"{found.pipeline} · {chosen.told(ctx)}")
    if parts.empty and not found.rows["entered"].any():
        page.nothing_yet(
            "No deal moved in this period.", icon="filter_alt",
            hint="Choose a longer period, or another day.",
        )  # fmt: skip
        return
    period.tiles(ctx, figures, screens.LABELS)
    if not chosen.past:  # the table lists today's deals
        drills.buttons(drills.of_funnel(figures, scope, ctx.house.zone))
    st.caption("Win rate is won / (won + lost) by close date. Velocity uses the deals that are open.")
    page.chart(
        sales.funnel(found.rows, page.colours(), lang=ctx.locale), title=finding(ctx, found),
        alt=f"Deals that reached each stage: {finding(ctx, found)}", key="funnel_chart",
    )  # fmt: skip
    if found.cohort:
        first = escaped(str(found.rows.iloc[0]["stage"]))
        st.caption(f"Bars follow deals that entered {first} in the period; the table counts each stage's own entries.")
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


def _stages(ctx: PageContext, found: Funnel) -> None:
    """Every stage as numbers."""
    tables.table(
        shown.stage_rows(found),
        [Column("stage", "Stage", width=150), *words.figure_columns(shown.STAGE_COLUMNS, ctx.house.currency)],
        key="funnel_table", zone=ctx.zone, lang=ctx.locale, id_column="step",
        alt="Stages with deals entered, conversion to the next and from the first stage, and time in stage",
    )  # fmt: skip


def _parts(ctx: PageContext, by: By, parts: pd.DataFrame) -> None:
    """What is open and what was won, apart."""
    if parts.empty:
        return
    tables.table(
        shown.part_rows(parts, by),
        [Column("label", shown.PARTS_BY[by], width=150), *words.figure_columns(shown.PART_COLUMNS, ctx.house.currency)],
        key=f"funnel_parts_{by}", zone=ctx.zone, lang=ctx.locale, id_column="label",
        alt=f"Open and won deals, win rate, cycle and velocity {BY[by].lower()}",
    )  # fmt: skip
