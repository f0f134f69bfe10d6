"""The forecast screen: tiles, chart and table by month, event or owner, as of any day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pandas as pd
import streamlit as st

from eventos_core.charts import sales
from eventos_core.crm import queries
from eventos_core.crm.metrics import forecast as metrics
from eventos_core.crm.queries import Forecast
from eventos_core.crm.queries.forecast import By
from eventos_core.operations.metrics import Figure, answered
from eventos_core.ui import formats, page, tables
from eventos_core.ui.events.segments import segments
from eventos_core.ui.page import PageContext
from eventos_core.ui.sales import period
from eventos_core.ui.sales.period import Chosen
from eventos_core.ui.tables import Column

PREFIX = "forecast"
BY = {"month": "By month", "event": "By event", "owner": "By owner"}
NOBODY = {"month": "No date", "event": "No event", "owner": "Nobody"}
TILES = (
    "forecast_won_minor", "commit_minor", "best_case_minor", "weighted_forecast_minor", "usable_forecast_minor",
    "pipeline_coverage",
)  # fmt: skip
PERIODS = ("month", "quarter", "six_months", "year", "twelve_months", "all_time")
COMPARED_DAYS = 7


def draw(
    ctx: PageContext,
    *,
    event_id: int | None = None,
    owner_id: int | None = None,
    kinds: Sequence[str] = (),
    source: str | None = None,
) -> None:
    """The whole screen, narrowed to what the page's filters say; it spans all pipelines. 0 = without event or owner."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="forecast_row"):
        by = cast(By, segments("Group", "forecast_by", list(BY), "month", format_func=lambda one: BY[one]))
        chosen = period.choose(ctx, PREFIX, PERIODS, "six_months")
    scope = chosen.scope(ctx, event_id=event_id, owner_id=owner_id, kinds=tuple(map(str, kinds)), source=source)
    with page.reading(ctx) as db:
        found = queries.forecast(db, scope, by)
        before = queries.forecast(db, replace(scope, as_of=scope.as_of - dt.timedelta(days=COMPARED_DAYS)), by)
    st.caption(" · ".join(part for part in (chosen.told(ctx), quota(ctx, found)) if part))
    if not found.total.won_deals and not found.total.open_deals:
        page.nothing_yet(
            "No deal falls in this period.", icon="query_stats", key="forecast",
            hint=_outside(ctx, found) or "Deals count by their expected close, won ones by the day they were won.",
        )  # fmt: skip
        return
    narrowed = {"event": event_id, "owner": owner_id}
    period.tiles(ctx, figures(found, before, chosen.as_of), _behind(chosen, narrowed), **_LABELS)
    if note := " ".join(part for part in (_late(ctx, found), _outside(ctx, found), _unknown(found)) if part):
        st.info(note, icon=":material/info:")
    rows = found.rows.assign(label=found.rows["label"].fillna(NOBODY[by]))
    told = finding(ctx, found)
    page.chart(
        sales.forecast(rows, page.colours(), ctx.house.currency, ctx.locale), title=told,
        alt=f"Won, commit, best case and weighted forecast {BY[by].lower()}: {told}", key="forecast_chart",
    )  # fmt: skip
    st.caption("The mark across a bar is the weighted forecast, the thin line the target; a running month is paler.")
    _table(ctx, by, rows)


_LABELS = {"forecast_won_minor": "Won"}


def figures(found: Forecast, before: Forecast, as_of: dt.datetime) -> list[Figure]:
    """The tiles: of this forecast, compared with that of a week before."""
    now, then = metrics.measured(found), metrics.measured(before)
    return [answered(key, now[key], as_of, then[key], f"in {COMPARED_DAYS} days") for key in TILES]


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


def _behind(chosen: Chosen, narrowed: dict[str, int | None]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Which deals stand behind which tile; none as of a past day, for the table shows today's."""
    if chosen.past:
        return {}
    last = chosen.end - dt.timedelta(days=1) if chosen.end else None
    within = {**narrowed, "close_from": chosen.first, "close_to": last}
    return {
        "forecast_won_minor": ("won deal", {**within, "show": "won"}),
        "pipeline_coverage": ("open deal", within),
    }


def _late(ctx: PageContext, found: Forecast) -> str:
    late = found.total.late_deals
    if not late:
        return ""
    worth = formats.money(found.total.late_minor, ctx.house.currency, ctx.locale)
    return (
        f"{formats.plural(late, 'deal')} worth {worth} would close after the event's asset date and "
        f"count{'s' if late == 1 else ''} nothing in the usable forecast."
    )


def _outside(ctx: PageContext, found: Forecast) -> str:
    parts = []
    for number, minor, what in (
        (found.undated_deals, found.undated_minor, "no expected date"),
        (found.overdue_deals, found.overdue_minor, "an expected date that is past"),
    ):
        if number:
            worth = formats.money(minor, ctx.house.currency, ctx.locale)
            parts.append(
                f"{formats.plural(number, 'open deal')} worth {worth} {'has' if number == 1 else 'have'} {what}."
            )
    return " ".join(parts)


def _unknown(found: Forecast) -> str:
    parts = []
    if number := found.total.without_value:
        parts.append(f"{formats.plural(number, 'deal')} without a value.")
    if number := found.total.without_rate:
        parts.append(f"{formats.plural(number, 'deal')} without an exchange rate.")
    return " ".join(parts)


def _table(ctx: PageContext, by: By, rows: pd.DataFrame) -> None:
    """The same rows as numbers."""
    money = ctx.house.currency
    names = {"month": "Month", "event": "Event", "owner": "Owner"}
    columns = [
        Column("label", names[by], width=150),
        Column("won_minor", "Won", "money", money),
        Column("commit_minor", "Commit", "money", money, help="Won, and open deals of category commit"),
        Column("best_minor", "Best case", "money", money, help="Commit, and open deals of category best case"),
        Column("weighted_minor", "Weighted", "money", money, help="Won, and open deals times their probability"),
        Column("usable_minor", "Usable", "money", money, help="Weighted, without deals after the event's asset date"),
        Column("target_minor", "Target", "money", money),
        Column("attainment", "Attained", "progress", help="Won / target"),
    ]
    tables.table(
        rows, columns, key=f"forecast_table_{by}", zone=ctx.zone, lang=ctx.locale, id_column="label",
        alt=f"The forecast {BY[by].lower()}: won, commit, best case, weighted, usable and target",
    )  # fmt: skip
