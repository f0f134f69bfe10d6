"""Ratios of the sales figures, each undefined where its denominator is zero, and which target holds for a period."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from eventos_core.enums.analytics import TargetPeriod

QUOTA_METRIC = "won_value_minor"
"""The figure that sales targets and quotas are set for."""
_FINEST_FIRST = tuple(TargetPeriod)


def ratio(part: int | Fraction | None, whole: int | Fraction | None) -> float | None:
    """part / whole; None where either is unknown or the whole is 0."""
    if part is None or not whole:
        return None
    return float(Fraction(part) / Fraction(whole))


def velocity(open_deals: int, won: int, lost: int, won_value: int, valued: int, cycle_days: int) -> float | None:
    """Money per day: open deals × win rate × mean won value / mean cycle days, computed without rounding in between.

    `won_value` is the sum over the `valued` won deals whose value is known, `cycle_days` the sum over all won ones.
    None where any of its parts is undefined or the mean cycle is 0 days.
    """
    if not won or not valued or not cycle_days:
        return None
    win_rate, mean_won = Fraction(won, won + lost), Fraction(won_value, valued)
    return float(open_deals * win_rate * mean_won / Fraction(cycle_days, won))


def coverage(open_value: int, target: int | None, won_value: int) -> float | None:
    """Open value closing in the period / (target − won in it); None without a target, and once it is met."""
    if target is None or target <= won_value:
        return None
    return float(Fraction(open_value, target - won_value))


@dataclass(frozen=True)
class Target:
    """What shall be won in [starts_on, ends_on), in minor units of the base currency; None = no exchange rate.

    With `member_id` it is that person's quota; with `event_id` it is for that event alone.
    """

    period: TargetPeriod
    starts_on: dt.date
    ends_on: dt.date
    value_minor: int | None
    event_id: int | None = None
    member_id: int | None = None


def target_in(
    targets: Iterable[Target], first: dt.date | None, end: dt.date | None, *, event_id: int | None = None,
    member_id: int | None = None,
) -> int | None:  # fmt: skip
    """What shall be won in [first, end) by the house, a person, for an event, or by a person for an event.

    A target counts where its whole span lies in the period, for a part of a span says nothing of that part. Of spans
    of several kinds those count that cover most of the period, the finest of equals. A house without a target of its
    own is to reach the sum of its people's quotas. None where nothing is set.
    """
    inside = [t for t in targets if (first is None or first <= t.starts_on) and (end is None or t.ends_on <= end)]
    own = _of_best_kind(t for t in inside if (t.event_id, t.member_id) == (event_id, member_id))
    if own is not None or event_id is not None or member_id is not None:
        return own
    people = {t.member_id for t in inside if t.member_id is not None}
    quotas = [_of_best_kind(t for t in inside if (t.event_id, t.member_id) == (None, person)) for person in people]
    known = [quota for quota in quotas if quota is not None]
    return sum(known) if known else None


def _of_best_kind(targets: Iterable[Target]) -> int | None:
    """The sum over the spans of the kind that covers most days; None where there is none or a value is unknown."""
    by_kind: dict[TargetPeriod, list[Target]] = defaultdict(list)
    for target in targets:
        by_kind[target.period].append(target)
    if not by_kind:
        return None
    best = max(by_kind, key=lambda kind: (_days(by_kind[kind]), -_FINEST_FIRST.index(kind)))
    values = [target.value_minor for target in by_kind[best]]
    return None if None in values else sum(value for value in values if value is not None)


def _days(targets: Iterable[Target]) -> int:
    return sum((target.ends_on - target.starts_on).days for target in targets)


def months_between(first: dt.date, end: dt.date) -> Iterator[dt.date]:
    """The first days of the months that [first, end) touches."""
    month = first.replace(day=1)
    while month < end:
        yield month
        month = next_month(month)


def next_month(month: dt.date) -> dt.date:
    """The first day of the month after the one of `month`."""
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def period(name: str, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The half-open days of a period by its name; of all time none. Raises KeyError for another name."""
    month, quarter, year = today.replace(day=1), _quarter(today), today.replace(month=1, day=1)
    tomorrow = today + dt.timedelta(days=1)
    return {
        "month": (month, months_after(month, 1)),
        "quarter": (quarter, months_after(quarter, 3)),
        "six_months": (month, months_after(month, 6)),
        "year": (year, months_after(year, 12)),
        "twelve_months": (month, months_after(month, 12)),
        "last_90_days": (tomorrow - dt.timedelta(days=90), tomorrow),
        "last_365_days": (tomorrow - dt.timedelta(days=365), tomorrow),
        "all_time": (None, None),
    }[name]


def months_after(month: dt.date, number: int) -> dt.date:
    """The first day of the month `number` months after the one of `month`."""
    for _ in range(number):
        month = next_month(month)
    return month


def _quarter(day: dt.date) -> dt.date:
    return day.replace(month=day.month - (day.month - 1) % 3, day=1)
