"""The forecast screen: tiles, chart and table by month, event or owner, as of any day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pandas as pd
import streamlit as st

from eventos_core.charts import sales
from eventos_core.crm.metrics import screens
from eventos_core.crm.queries import DealFilter, FiguresFilter, Forecast, shown
from eventos_core.crm.queries.forecast import By
from eventos_core.ui import exporting, formats, page, tables
from eventos_core.ui.page import Head, PageContext
from eventos_core.ui.sales import drills, period, words
from eventos_core.ui.segments import segments
from eventos_core.ui.tables import Column

PREFIX = "forecast"
BY: Mapping[str, str] = {by: f"By {label.lower()}" for by, label in shown.FORECAST_BY.items()}
PERIODS = ("month", "quarter", "six_months", "year", "twelve_months", "all_time")
_LABEL_WIDTHS: Mapping[By, int] = {"month": 150, "event": 210, "owner": 150}
PARTS = ("figures",)
"""What can be exported besides the table."""


def draw(ctx: PageContext, wanted: DealFilter | None = None, head: Head | None = None) -> None:
    """The whole screen, narrowed to event, owner, kinds, source and pipeline of the page's filter.

    What the head's menu asks for is exported as it stands here.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="forecast_row"):
        by = cast(By, segments("Group", "forecast_by", list(BY), "month", format_func=lambda one: BY[one]))
        chosen = period.choose(ctx, PREFIX, PERIODS, "six_months")
    scope = chosen.scope(ctx, wanted or DealFilter())
    if head is not None:
        asked = FiguresFilter.of(scope, by)
        exporting.answer(ctx, head, "forecast", asked)
        exporting.answer(ctx, head, "forecast_figures", asked, also="figures")
    with page.reading(ctx) as db:
        found, figures = screens.forecast_head(db, scope, by)
    st.caption(" · ".join(part for part in (chosen.told(ctx), quota(ctx, found)) if part))
    rows = shown.forecast_rows(found, by)
    if not found.total.won_deals and not found.total.open_deals:
        page.nothing_yet(
            "No deal falls in this period.", icon="query_stats",
            hint=_outside(ctx, found) or "Deals count by their expected close, won ones by the day they were won.",
        )  # fmt: skip
        if rows["target_minor"].notna().any():
            _table(ctx, by, rows)
        return
    period.tiles(ctx, figures, screens.LABELS)
    if not chosen.past:  # the table lists today's deals
        drills.buttons(drills.of_forecast(found, scope, ctx.house.zone))
    if note := " ".join(part for part in (_late(ctx, found), _outside(ctx, found), _unknown(found)) if part):
        st.info(note, icon=":material/info:")
    told = finding(ctx, found)
    page.chart(
        sales.forecast(rows, page.colours(), ctx.house.currency, ctx.locale), title=told,
        alt=f"Won, commit, best case and weighted forecast {BY[by].lower()}: {told}", key="forecast_chart",
    )  # fmt: skip
    st.caption("The mark across a bar is the weighted forecast, the thin line the target; a running month is paler.")
    _table(ctx, by, rows)


def finding(ctx: PageContext, found: Forecast) -> str:
    """What the chart shows, in a sentence."""
    weighted, won, target = found.total.weighted_minor, found.total.won_minor, found.target_minor

    def short(minor: int) -> str:
        return formats.money_short(minor, ctx.house.currency, ctx.locale)

    if not target:
        return f"{short(won)} won, {short(weighted)} to be expected"
    share = formats.share(weighted / target, lang=ctx.locale)
    return f"{short(won)} won, {short(weighted)} to be expected: {share} of the target of {short(target)}"


def quota(ctx: PageContext, found: Forecast) -> str:
    """What of the quota is won, in a sentence; nothing without a quota."""
    if found.target_minor is None:
        return ""
    target = formats.money(found.target_minor, ctx.house.currency, ctx.locale)
    if found.coverage is None:
        return f"The quota of {target} is met."
    return f"{formats.share(found.attainment, lang=ctx.locale)} of the quota of {target} is won."


def _late(ctx: PageContext, found: Forecast) -> str:
    t = found.total
    if not t.late_deals:
        return ""
    late = _deals(ctx, "deal", t.late_deals, t.late_minor, t.late_without_value, t.late_without_rate)
    return (
        f"{late} would close after the event's asset date and "
        f"count{'s' if t.late_deals == 1 else ''} nothing in the usable forecast."
    )


def _outside(ctx: PageContext, found: Forecast) -> str:
    f, parts = found, []
    for number, minor, without_value, without_rate, what in (
        (f.undated_deals, f.undated_minor, f.undated_without_value, f.undated_without_rate, "no expected date"),
        (f.overdue_deals, f.overdue_minor, f.overdue_without_value, f.overdue_without_rate,
         "an expected date that is past"),
    ):  # fmt: skip
        if number:
            deals = _deals(ctx, "open deal", number, minor, without_value, without_rate)
            parts.append(f"{deals} {'has' if number == 1 else 'have'} {what}.")
    return " ".join(parts)


def _deals(ctx: PageContext, one: str, number: int, minor: int, without_value: int, without_rate: int) -> str:
    """`2 deals worth € 40 and 1 without a value`: so many, apart by whether their worth is known; `one` names one."""
    known = number - without_value - without_rate
    worth = formats.money(minor, ctx.house.currency, ctx.locale)
    parts = [
        (count, what)
        for count, what in (
            (known, f"worth {worth}"), (without_value, "without a value"), (without_rate, "without an exchange rate"),
        )
        if count
    ]  # fmt: skip
    (first, told), *rest = parts
    said = [f"{formats.plural(first, one)} {told}", *(f"{formats.count(count)} {what}" for count, what in rest)]
    return ", ".join(said[:-1]) + f" and {said[-1]}" if rest else said[0]


def _unknown(found: Forecast) -> str:
    parts = []
    if number := found.total.without_value:
        parts.append(f"{formats.plural(number, 'deal')} without a value.")
    if number := found.total.without_rate:
        parts.append(f"{formats.plural(number, 'deal')} without an exchange rate.")
    return " ".join(parts)


def _table(ctx: PageContext, by: By, rows: pd.DataFrame) -> None:
    """The same rows as numbers."""
    figures = words.figure_columns(shown.FORECAST_COLUMNS, ctx.house.currency, {"share": "progress"})
    label = Column("label", shown.FORECAST_BY[by], width=_LABEL_WIDTHS[by])
    tables.table(
        rows, [label, *figures], key=f"forecast_table_{by}", zone=ctx.zone, lang=ctx.locale, id_column="label",
        alt=f"The forecast {BY[by].lower()}: won, commit, best case, weighted, usable and target",
    )  # fmt: skip
