"""What stands open and what was won and lost: for a scope, and by owner, source, kind, event or month of closing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, SQLColumnExpression, Subquery, and_, func, select

from eventos_core.crm.queries.standing import standing
from eventos_core.crm.rules import forecast as rules
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import StageKind
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.metrics import Scope

By = Literal["owner", "source", "kind", "event"]

PERFORMANCE = FrameSpec(
    key="text", label="text", open_deals="int", open_minor="int", weighted_minor="int", won_deals="int",
    lost_deals="int", won_minor="int", lost_minor="int", win_rate="float", value_win_rate="float",
    mean_cycle_days="float", median_cycle_days="float", mean_won_minor="float", velocity_minor_per_day="float",
    without_value="int", without_rate="int",
)  # fmt: skip
"""One row per owner, source, kind or event, the greatest open and won value first; `key` and `label` are missing where
a deal has none. Money in minor units of the base currency."""


@dataclass(frozen=True)
class Performance:
    """Counts and sums of one scope, and the ratios made of them. Money in minor units of the base currency.

    Open deals are those open at the as-of instant; won and lost ones those closed within the window.
    """

    open_deals: int = 0
    open_minor: int = 0
    weighted_minor: int = 0
    won_deals: int = 0
    lost_deals: int = 0
    won_minor: int = 0
    lost_minor: int = 0
    won_valued: int = 0
    """Won deals whose value is known."""
    cycle_days: int = 0
    """Days from the first day to the closing one, over all won deals."""
    median_cycle_days: float | None = None
    without_value: int = 0
    """Deals without an amount, of those open and those closed within the window."""
    without_rate: int = 0
    """Deals with an amount that no exchange rate brings into the base currency."""

    @property
    def win_rate(self) -> float | None:
        """won / (won + lost), by close date."""
        return rules.ratio(self.won_deals, self.won_deals + self.lost_deals)

    @property
    def value_win_rate(self) -> float | None:
        """Won value / (won + lost value)."""
        return rules.ratio(self.won_minor, self.won_minor + self.lost_minor)

    @property
    def mean_cycle_days(self) -> float | None:
        """Mean days from first to closing day of won deals; 0 is a value."""
        return rules.ratio(self.cycle_days, self.won_deals)

    @property
    def mean_won_minor(self) -> float | None:
        """Mean value of the won deals whose value is known."""
        return rules.ratio(self.won_minor, self.won_valued)

    @property
    def velocity_minor_per_day(self) -> float | None:
        """Open deals × win rate × mean won value / mean cycle days."""
        return rules.velocity(
            self.open_deals, self.won_deals, self.lost_deals, self.won_minor, self.won_valued, self.cycle_days
        )


@query(requires=Permission.SALES_READ)
def performance(db: TenantSession, scope: Scope) -> Performance:
    """The scope's figures at its as-of instant, in one statement."""
    deals = standing(db, scope)
    row = db.execute(select(*_sums(db, scope, deals))).one()
    return _performance(row)


@query(requires=Permission.SALES_READ)
def performance_by(db: TenantSession, scope: Scope, by: By) -> pd.DataFrame:
    """The same figures apart for each owner, source, kind or event: a frame of `PERFORMANCE`."""
    deals = standing(db, scope)
    key = {
        "owner": deals.c.owner_id, "source": deals.c.source, "kind": deals.c.kind, "event": deals.c.event_id,
    }[by]  # fmt: skip
    grouped = select(key.label("key"), *_sums(db, scope, deals)).group_by(key).subquery("grouped")
    statement = select(grouped, label_of(db, by, grouped.c.key).label("label")).order_by(
        (grouped.c.open_minor + grouped.c.won_minor).desc(), grouped.c.key
    )
    rows = []
    for row in db.execute(statement):
        made = _performance(row)
        if made == Performance():
            continue
        rows.append(
            (
                None if row.key is None else str(row.key), row.label, made.open_deals, made.open_minor,
                made.weighted_minor, made.won_deals, made.lost_deals, made.won_minor, made.lost_minor, made.win_rate,
                made.value_win_rate, made.mean_cycle_days, made.median_cycle_days, made.mean_won_minor,
                made.velocity_minor_per_day, made.without_value, made.without_rate,
            )
        )  # fmt: skip
    return PERFORMANCE.build(rows)


def label_of(db: TenantSession, by: str, key: ColumnElement[Any]) -> ColumnElement[Any]:
    """The name of an owner's or event's id, as it is today, NULL where it is gone; anything else names itself."""
    account = db.context.account_id
    if by == "owner":
        named = select(AccountUser.display_name).where(AccountUser.account_id == account, AccountUser.id == key)
    elif by == "event":
        named = select(Event.name).where(Event.account_id == account, Event.id == key)
    else:
        return key
    return named.scalar_subquery()


def closed_within(db: TenantSession, scope: Scope, closed_on: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Whether a deal was closed on a day of the scope's window."""
    first, end = scope.days(db.context.zone)
    tests: list[ColumnElement[bool]] = [closed_on.is_not(None)]
    if first is not None:
        tests.append(closed_on >= first)
    if end is not None:
        tests.append(closed_on < end)
    return and_(*tests)


def _sums(db: TenantSession, scope: Scope, deals: Subquery) -> list[ColumnElement[Any]]:
    """The counts and sums of `Performance`, by its names."""
    d = deals.c
    within = closed_within(db, scope, d.closed_on)
    is_open = d.outcome == StageKind.OPEN
    won, lost = and_(d.outcome == StageKind.WON, within), and_(d.outcome == StageKind.LOST, within)
    counted = is_open | within
    cycle = d.closed_on - d.opened_on

    def total(column: ColumnElement[Any], test: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.coalesce(func.sum(column).filter(test), 0)

    return [
        func.count().filter(is_open).label("open_deals"),
        total(d.worth_minor, is_open).label("open_minor"),
        total(d.weighted_minor, is_open).label("weighted_minor"),
        func.count().filter(won).label("won_deals"),
        func.count().filter(lost).label("lost_deals"),
        total(d.worth_minor, won).label("won_minor"),
        total(d.worth_minor, lost).label("lost_minor"),
        func.count(d.worth_minor).filter(won).label("won_valued"),
        total(cycle, won).label("cycle_days"),
        func.percentile_cont(0.5).within_group(cycle).filter(won).label("median_cycle_days"),
        func.count().filter(and_(counted, d.amount_minor.is_(None))).label("without_value"),
        func.count().filter(and_(counted, d.without_rate)).label("without_rate"),
    ]


def _performance(row: Any) -> Performance:
    return Performance(
        row.open_deals, int(row.open_minor), int(row.weighted_minor), row.won_deals, row.lost_deals,
        int(row.won_minor), int(row.lost_minor), row.won_valued, int(row.cycle_days), row.median_cycle_days,
        row.without_value, row.without_rate,
    )  # fmt: skip
