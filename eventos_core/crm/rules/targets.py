"""The spans for which quotas and targets are set: months, and quarters and years of the house's fiscal year."""

from __future__ import annotations

import datetime as dt

from eventos_core.enums.analytics import TargetPeriod
from eventos_core.kernel.errors import InvalidInput

WON_VALUE = "won_value_minor"
"""The figure that sales quotas and targets are set for."""
_MONTHS = {TargetPeriod.MONTH: 1, TargetPeriod.QUARTER: 3, TargetPeriod.YEAR: 12}
PERIODS = tuple(_MONTHS)
"""Kinds of span that sales are planned in."""


def span_of(period: TargetPeriod, day: dt.date, first_month: int = 1) -> tuple[dt.date, dt.date]:
    """First day of the span that `day` is in, and first day after it; the fiscal year begins in `first_month`.

    Raises InvalidInput for a kind of span that sales are not planned in.
    """
    if period not in _MONTHS:
        raise InvalidInput("Sales are planned by month, quarter or year.", fields={"period": "Choose one of them"})
    length = _MONTHS[period]
    into = (day.month - first_month) % length
    starts = _plus(day.replace(day=1), -into)
    return starts, _plus(starts, length)


def shifted(period: TargetPeriod, starts_on: dt.date, by: int) -> dt.date:
    """First day of the span `by` spans later, or earlier where negative."""
    return _plus(starts_on, by * _MONTHS[period])


def check_span(period: TargetPeriod, starts_on: dt.date, first_month: int) -> tuple[dt.date, dt.date]:
    """The span that begins on that day. Raises InvalidInput where none does."""
    span = span_of(period, starts_on, first_month)
    if span[0] != starts_on:
        raise InvalidInput(
            f"No {period.label.lower()} of the house begins on {starts_on.isoformat()}.",
            fields={"starts_on": f"The one around it begins on {span[0].isoformat()}"},
        )
    return span


def year_of(period: TargetPeriod, starts_on: dt.date, first_month: int) -> tuple[tuple[dt.date, dt.date], ...]:
    """All spans of that kind in the fiscal year of `starts_on`, in order; of years the three around it."""
    if period is TargetPeriod.YEAR:
        days = [shifted(period, starts_on, by) for by in (-1, 0, 1)]
    else:
        first = span_of(TargetPeriod.YEAR, starts_on, first_month)[0]
        days = [shifted(period, first, by) for by in range(12 // _MONTHS[period])]
    return tuple(span_of(period, day, first_month) for day in days)


def label(period: TargetPeriod, starts_on: dt.date, first_month: int = 1) -> str:
    """`Nov 2026`, `Q4 2026`, `2026`; of a fiscal year that crosses the calendar's `2026/27`."""
    if period is TargetPeriod.MONTH:
        return f"{starts_on:%b %Y}"
    first = span_of(TargetPeriod.YEAR, starts_on, first_month)[0]
    year = str(first.year) if first_month == 1 else f"{first.year}/{(first.year + 1) % 100:02d}"
    if period is TargetPeriod.YEAR:
        return year
    quarter = ((starts_on.month - first_month) % 12) // 3 + 1
    return f"Q{quarter} {year}"


def _plus(first_of_month: dt.date, months: int) -> dt.date:
    years, month = divmod(first_of_month.month - 1 + months, 12)
    return dt.date(first_of_month.year + years, month + 1, 1)
