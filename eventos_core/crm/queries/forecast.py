"""The forecast: what is won and what may still come in a period, by month, event or owner, against targets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Date, Subquery, and_, case, cast, func, literal, select

from eventos_core.crm.queries.performance import label_of
from eventos_core.crm.queries.standing import V, standing
from eventos_core.crm.queries.worth import known_then, rates
from eventos_core.crm.rules import forecast as rules
from eventos_core.crm.rules.forecast import Target
from eventos_core.crm.rules.stages import CERTAIN_PPM
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.analytics import MetricUnit, TargetPeriod
from eventos_core.enums.crm import ForecastCategory, OpportunityKind, StageKind
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import EventAssetDateVersion as AssetDate
from eventos_core.models.crm import MetricTargetVersion as TargetSet
from eventos_core.operations.metrics import Scope

By = Literal["month", "event", "owner"]

FORECAST = FrameSpec(
    key="text", label="text", month="date", won_deals="int", won_minor="int", open_deals="int", open_minor="int",
    commit_minor="int", best_minor="int", weighted_minor="int", usable_minor="int", late_deals="int",
    late_minor="int", without_value="int", without_rate="int", target_minor="int", attainment="float",
    coverage="float", unfinished="bool",
)  # fmt: skip
"""One row per month (in order, those without deals too), event or owner (greatest forecast first, then by name those
that have a target and no deal). Money in minor units of the base currency; `commit_minor`, `best_minor`,
`weighted_minor` and `usable_minor` include what is won.
`key` is the id, or the month as `2026-11`; missing for deals of no event or owner. `unfinished`: the as-of day lies
in it, so more of it may be won."""


@dataclass(frozen=True)
class Sums:
    """What one bucket adds up to. Money in minor units of the base currency."""

    won_deals: int = 0
    won_minor: int = 0
    open_deals: int = 0
    open_minor: int = 0
    commit_open_minor: int = 0
    best_open_minor: int = 0
    weighted_open_minor: int = 0
    late_deals: int = 0
    """Open sponsorship deals that would close after their event's asset date."""
    late_minor: int = 0
    late_weighted_minor: int = 0
    late_without_value: int = 0
    late_without_rate: int = 0
    without_value: int = 0
    without_rate: int = 0

    @property
    def commit_minor(self) -> int:
        """Won, and open in stages of category commit."""
        return self.won_minor + self.commit_open_minor

    @property
    def best_minor(self) -> int:
        """Commit, and open in stages of category best case."""
        return self.commit_minor + self.best_open_minor

    @property
    def weighted_minor(self) -> int:
        """Won, and open times probability."""
        return self.won_minor + self.weighted_open_minor

    @property
    def usable_minor(self) -> int:
        """The weighted forecast without deals that would close too late for their event."""
        return self.weighted_minor - self.late_weighted_minor


@dataclass(frozen=True)
class Forecast:
    """A forecast: its rows (`FORECAST`), their total, its target, and open deals that no period can hold.

    `…_without_value` and `…_without_rate` count those of them that add nothing to `…_minor`.
    """

    rows: pd.DataFrame
    total: Sums
    target_minor: int | None
    undated_deals: int
    """Open deals without an expected day of decision; in no period, but in a forecast of all time."""
    undated_minor: int
    undated_without_value: int
    undated_without_rate: int
    overdue_deals: int
    """Open deals whose expected day is past."""
    overdue_minor: int
    overdue_without_value: int
    overdue_without_rate: int

    @property
    def attainment(self) -> float | None:
        """Won / target; None without a target."""
        return rules.ratio(self.total.won_minor, self.target_minor)

    @property
    def coverage(self) -> float | None:
        """Open value / (target − won); None without a target, and once it is met."""
        return rules.coverage(self.total.open_minor, self.target_minor, self.total.won_minor)


_OUTSIDE = tuple(one for one in Forecast.__dataclass_fields__ if one.startswith(("undated_", "overdue_")))
"""What a forecast counts of deals outside its window too."""


@query(requires=Permission.SALES_READ)
def forecast(db: TenantSession, scope: Scope, by: By = "month") -> Forecast:
    """The forecast for the scope's window as it stood at its as-of instant; lost deals count nothing.

    Won deals count in the month they were closed, open ones in that of their expected day of decision. Without a
    window all count. Targets, events' asset dates and exchange rates are those that were known then; names are today's.
    Who or what has a target and no deal has a row too, so that the rows show every target that the total is made of.
    Two statements, and one for the names of those.
    """
    targets = list(_targets(db, scope))
    first, end = scope.days(db.context.zone)
    sums: dict[Any, tuple[str | None, Sums]] = {}
    outside = dict.fromkeys(_OUTSIDE, 0)
    for row in db.execute(_statement(db, scope, by)):
        for name in outside:
            outside[name] += int(getattr(row, name))
        if row.within:
            sums[row.key] = (row.label, Sums(**{name: int(getattr(row, name)) for name in Sums.__dataclass_fields__}))
    aimed = _aimed(by, targets, scope, (first, end)) - sums.keys()
    if by == "month":
        days = [*sums, *aimed, *([first] if first else []), *([end - dt.timedelta(days=1)] if end else [])]
        known = [day for day in days if day is not None]
        months = rules.months_between(min(known), max(known) + dt.timedelta(days=1)) if known else ()
        sums = {month: sums.get(month, (None, Sums())) for month in months} | {k: v for k, v in sums.items() if not k}
    else:
        sums = dict(sorted(sums.items(), key=lambda item: -item[1][1].weighted_minor))
        sums |= {key: (name, Sums()) for key, name in _names(db, by, aimed)}
    today = scope.day(db.context.zone)
    rows = [_row(by, key, label, one, targets, scope, (first, end), today) for key, (label, one) in sums.items()]
    return Forecast(
        FORECAST.build(rows), _total(one for _, one in sums.values()), _target(targets, scope, first, end), **outside
    )


@query(requires=Permission.SALES_READ)
def sales_target(db: TenantSession, scope: Scope) -> int | None:
    """What shall be won in the scope's window, in minor units of the base currency; None where nothing is set."""
    return _target(_targets(db, scope), scope, *scope.days(db.context.zone))


def _statement(db: TenantSession, scope: Scope, by: By) -> Any:
    """Sums by bucket, and apart for open deals outside the window."""
    deals = standing(db, scope, V.outcome != StageKind.LOST)
    d, account = deals.c, db.context.account_id
    day = case((d.outcome == StageKind.WON, d.closed_on), else_=d.expected_close_on)
    first, end = scope.days(db.context.zone)
    within = and_(
        literal(True) if first is None else func.coalesce(day >= first, False),
        literal(True) if end is None else func.coalesce(day < end, False),
    )
    bucket = {"month": cast(func.date_trunc("month", day), Date), "event": d.event_id, "owner": d.owner_id}[by]
    key = case((within, bucket))
    of_event = (AssetDate.account_id == account, AssetDate.event_id == d.event_id)
    grouped = (
        select(within.label("within"), key.label("key"), *_sums(deals, scope.day(db.context.zone)))
        .outerjoin(AssetDate, and_(*of_event, *known_then(AssetDate, scope.as_of)))
        .group_by(within, key)
        .subquery("grouped")
    )
    return select(grouped, label_of(db, by, grouped.c.key).label("label")).order_by(grouped.c.key)


def _sums(deals: Subquery, today: dt.date) -> Sequence[ColumnElement[Any]]:
    """The columns of `Sums`, and open deals without a day or past it."""
    d = deals.c
    is_open, won = d.outcome == StageKind.OPEN, d.outcome == StageKind.WON
    # What is overdue or undated cannot be decided before today.
    closes_on = func.greatest(func.coalesce(d.expected_close_on, today), today)
    late = and_(is_open, d.kind == OpportunityKind.SPONSORSHIP, closes_on > AssetDate.assets_due_on)
    undated, overdue = and_(is_open, d.expected_close_on.is_(None)), and_(is_open, d.expected_close_on < today)

    def count(name: str, test: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.count().filter(test).label(name)

    def total(name: str, column: ColumnElement[Any], test: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.coalesce(func.sum(column).filter(test), 0).label(name)

    def unknown(name: str, test: ColumnElement[bool]) -> Sequence[ColumnElement[Any]]:
        return (
            count(f"{name}_without_value", and_(test, d.amount_minor.is_(None))),
            count(f"{name}_without_rate", and_(test, d.without_rate)),
        )

    return (
        count("won_deals", won),
        total("won_minor", d.worth_minor, won),
        count("open_deals", is_open),
        total("open_minor", d.worth_minor, is_open),
        total("commit_open_minor", d.worth_minor, and_(is_open, d.forecast_category == ForecastCategory.COMMIT)),
        total("best_open_minor", d.worth_minor, and_(is_open, d.forecast_category == ForecastCategory.BEST_CASE)),
        total("weighted_open_minor", d.weighted_minor, is_open),
        count("late_deals", late),
        total("late_minor", d.worth_minor, late),
        total("late_weighted_minor", d.weighted_minor, late),
        *unknown("late", late),
        count("without_value", d.amount_minor.is_(None)),
        count("without_rate", d.without_rate),
        count("undated_deals", undated),
        total("undated_minor", d.worth_minor, undated),
        *unknown("undated", undated),
        count("overdue_deals", overdue),
        total("overdue_minor", d.worth_minor, overdue),
        *unknown("overdue", overdue),
    )


def _targets(db: TenantSession, scope: Scope) -> Sequence[Target]:
    """Targets for won value as they stood at the as-of instant, in the base currency.

    None where the scope is narrower than any target can be.
    """
    if scope.kinds or scope.source is not None or scope.pipeline_id is not None:
        return ()
    rate = rates(db, scope.day(db.context.zone), scope.as_of)
    value = func.app.in_base_minor(
        TargetSet.value, TargetSet.currency, db.context.currency, rate.c.rate_e12, CERTAIN_PPM
    )
    first, end = scope.days(db.context.zone)
    rows = db.execute(
        select(
            TargetSet.period, TargetSet.starts_on, TargetSet.ends_on, value, TargetSet.event_id,
            TargetSet.member_id,
        )
        .outerjoin(rate, rate.c.currency == TargetSet.currency)
        .where(
            TargetSet.account_id == db.context.account_id,
            TargetSet.metric == rules.QUOTA_METRIC,
            TargetSet.unit == MetricUnit.MINOR,
            literal(True) if first is None else TargetSet.starts_on >= first,
            literal(True) if end is None else TargetSet.ends_on <= end,
            *known_then(TargetSet, scope.as_of),
        )
    )  # fmt: skip
    return [Target(TargetPeriod(period), *more) for period, *more in rows]


def _target(targets: Sequence[Target], scope: Scope, first: dt.date | None, end: dt.date | None) -> int | None:
    return rules.target_in(targets, first, end, event_id=scope.event_id, member_id=scope.owner_id)


def _target_of(
    by: By, key: Any, targets: Sequence[Target], scope: Scope, window: tuple[dt.date | None, dt.date | None]
) -> int | None:
    """What one month, event or owner shall win."""
    if by == "month":
        return _target(targets, scope, key, rules.next_month(key))
    if by == "event":
        return rules.target_in(targets, *window, event_id=key, member_id=scope.owner_id)
    return rules.target_in(targets, *window, event_id=scope.event_id, member_id=key)


def _aimed(by: By, targets: Sequence[Target], scope: Scope, window: tuple[dt.date | None, dt.date | None]) -> set[Any]:
    """The months, events or owners of the scope that have a target."""
    of: Callable[[Target], Any] = {
        "month": lambda target: target.starts_on.replace(day=1), "event": lambda target: target.event_id,
        "owner": lambda target: target.member_id,
    }[by]  # fmt: skip
    only = {"month": None, "event": scope.event_id, "owner": scope.owner_id}[by]
    named = {of(target) for target in targets} - {None}
    return {key for key in named if only in (None, key) and _target_of(by, key, targets, scope, window) is not None}


def _names(db: TenantSession, by: By, keys: Set[int]) -> Sequence[tuple[int, str | None]]:
    """These events or members with their names as they are today, by name; None where one is gone."""
    if not keys:
        return ()
    wanted = select(func.unnest(literal(sorted(keys), ARRAY(BigInteger))).label("key")).subquery("wanted")
    named = select(wanted.c.key, label_of(db, by, wanted.c.key).label("label")).order_by("label", wanted.c.key)
    return [(row.key, row.label) for row in db.execute(named)]


def _row(
    by: By, key: Any, label: str | None, one: Sums, targets: Sequence[Target], scope: Scope,
    window: tuple[dt.date | None, dt.date | None], today: dt.date,
) -> tuple[Any, ...]:  # fmt: skip
    """One row of `FORECAST`."""
    month = key if by == "month" else None
    target = None if key is None else _target_of(by, key, targets, scope, window)
    unfinished = month is not None and month <= today < rules.next_month(month)
    return (
        None if key is None else f"{key:%Y-%m}" if month is not None else str(key),
        f"{key:%b %Y}" if month is not None else label,
        month, one.won_deals, one.won_minor, one.open_deals, one.open_minor, one.commit_minor, one.best_minor,
        one.weighted_minor, one.usable_minor, one.late_deals, one.late_minor, one.without_value, one.without_rate,
        target, rules.ratio(one.won_minor, target), rules.coverage(one.open_minor, target, one.won_minor), unfinished,
    )  # fmt: skip


def _total(rows: Any) -> Sums:
    found = list(rows)
    return Sums(**{name: sum(getattr(one, name) for one in found) for name in Sums.__dataclass_fields__})
