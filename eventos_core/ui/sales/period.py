"""What forecast and funnel share: the period, the day as which it stood, the tiles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from eventos_core.crm.queries import DealFilter
from eventos_core.crm.rules import forecast as rules
from eventos_core.kernel import clock
from eventos_core.operations.metrics import Figure, Scope
from eventos_core.ui import address, formats, page
from eventos_core.ui.page import PageContext
from eventos_core.ui.segments import segments

PERIODS = {
    "month": "This month",
    "quarter": "This quarter",
    "six_months": "Six months from this one",
    "year": "This year",
    "twelve_months": "Twelve months from this one",
    "last_90_days": "The last 90 days",
    "last_365_days": "The last 365 days",
    "all_time": "All time",
}
FIRST_DAY = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Chosen:
    """The period, and the day as which it is shown; `past` where that is not today."""

    as_of: dt.datetime
    first: dt.date | None
    end: dt.date | None
    past: bool

    def scope(self, ctx: PageContext, wanted: DealFilter) -> Scope:
        """The scope of the figures: this period, narrowed to the filter's pipeline, event, owner, kinds and source."""
        zone = ctx.house.timezone
        return Scope(
            as_of=self.as_of,
            from_=clock.day_bounds(self.first, zone)[0] if self.first else None,
            to=clock.day_bounds(self.end, zone)[0] if self.end else None,
            event_id=wanted.event,
            owner_id=wanted.owner,
            kinds=tuple(map(str, wanted.kind)),
            source=wanted.source,
            pipeline_id=wanted.pipeline,
        )

    def told(self, ctx: PageContext) -> str:
        """The period in words, and as of when it is shown."""
        if self.first is None or self.end is None:
            span = "All time"
        else:
            last = self.end - dt.timedelta(days=1)
            span = " to ".join(formats.date(day, ctx.locale, weekday=False) for day in (self.first, last))
        if self.past:
            day = (self.as_of - dt.timedelta(microseconds=1)).astimezone(ctx.house.zone).date()
            return f"{span} · as it stood at the end of {formats.date(day, ctx.locale)}"
        return f"{span} · figures as of {formats.instant(self.as_of, ctx.house.zone, ctx.locale)}"


def choose(ctx: PageContext, prefix: str, offered: Sequence[str], default: str) -> Chosen:
    """Draw the period and the day; both stand in the URL. The period is that of the day, not of today."""
    zone = ctx.house.zone
    now = clock.now()
    today = now.astimezone(zone).date()
    name = segments(
        "Period", f"{prefix}_period", list(offered), default, format_func=lambda one: PERIODS[one], as_list=True
    )
    parameter = f"{prefix}_as_of"
    day = _past_day(st.query_params.get(parameter, ""), today)
    st.date_input(
        "As it stood at the end of", None, min_value=FIRST_DAY, max_value=today, width=170, format="YYYY-MM-DD",
        help="Any past day: the figures are replayed as they were known then. Empty for today.",
        **address.widget(parameter, day, default=today),
    )  # fmt: skip
    first, end = rules.period(name, day or today)
    as_of = clock.day_bounds(day, ctx.house.timezone)[1] if day is not None else now
    return Chosen(as_of, first, end, day is not None)


def _past_day(text: str, today: dt.date) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day < today else None


def tiles(ctx: PageContext, figures: Sequence[Figure], labels: Mapping[str, str]) -> None:
    """Tiles, three abreast; `labels` by key where one is called otherwise than its figure."""
    with st.grid(3, min_column_width=150):
        for figure in figures:
            page.tile(ctx, figure, label=labels.get(figure.metric.key))
