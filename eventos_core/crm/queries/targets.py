"""Quotas and targets: who shall win how much in a span, and what all of them add up to."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Select, or_, select

from eventos_core.crm.rules import targets as rules
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.analytics import MetricScope, TargetPeriod
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel.permissions import Permission, Role, effective
from eventos_core.models.analytics import MetricTarget
from eventos_core.models.events import Event
from eventos_core.models.tenancy import Account, AccountUser

MOST_PEOPLE = 500


@dataclass(frozen=True)
class TargetLine:
    """One target in minor units of the base currency; `value_minor` None and `version` 0 where none is set.

    `before_minor` is what the span before had. Without person and event it is the house's.
    """

    member_id: int | None
    event_id: int | None
    name: str
    value_minor: int | None
    before_minor: int | None
    version: int


@dataclass(frozen=True)
class TargetSheet:
    """All targets of one span. `people` has every seller, `events` those with a target in this span or the one before.

    `people_minor` and `events_minor` are the sums of what is set, in minor units of `currency`.
    """

    period: TargetPeriod
    starts_on: dt.date
    ends_on: dt.date
    label: str
    currency: str
    house: TargetLine
    people: tuple[TargetLine, ...]
    events: tuple[TargetLine, ...]
    people_minor: int
    events_minor: int


@dataclass(frozen=True)
class SpanTotal:
    """What is set for one span: the house's target, the sum of quotas with how many people have one, events' sum."""

    starts_on: dt.date
    ends_on: dt.date
    label: str
    house_minor: int | None
    people_minor: int
    people: int
    events_minor: int


@query(requires=Permission.SALES_READ)
def target_sheet(db: TenantSession, period: TargetPeriod, day: dt.date) -> TargetSheet:
    """The targets of the span that `day` is in. Four queries. Raises InvalidInput for another kind of span."""
    first_month = fiscal_start(db)
    span = rules.span_of(period, day, first_month)
    before_on = rules.shifted(period, span[0], -1)
    rows = db.scalars(targets_of(db, period).where(MetricTarget.starts_on.in_([span[0], before_on]))).all()
    now = {(row.member_id, row.event_id): row for row in rows if row.starts_on == span[0]}
    before = {(row.member_id, row.event_id): row.value for row in rows if row.starts_on == before_on}

    def line(member_id: int | None, event_id: int | None, name: str) -> TargetLine:
        row = now.get((member_id, event_id))
        earlier = before.get((member_id, event_id))
        return TargetLine(member_id, event_id, name, row.value if row else None, earlier, row.version if row else 0)

    named = {key[0] for key in (*now, *before) if key[0] is not None and key[1] is None}
    people = [line(member_id, None, name) for member_id, name in _sellers(db, named)]
    ids = {key[1] for key in (*now, *before) if key[1] is not None and key[0] is None}
    found = db.execute(
        select(Event.id, Event.name)
        .where(Event.account_id == db.context.account_id, Event.id.in_(ids))
        .order_by(Event.starts_at, Event.id)
    ).all()
    events = [line(None, event_id, name) for event_id, name in found]
    return TargetSheet(
        period, *span, rules.label(period, span[0], first_month), db.context.currency,
        line(None, None, db.context.account_name), tuple(people), tuple(events),
        sum(one.value_minor or 0 for one in people), sum(one.value_minor or 0 for one in events),
    )  # fmt: skip


@query(requires=Permission.SALES_READ)
def target_totals(db: TenantSession, period: TargetPeriod, day: dt.date) -> tuple[SpanTotal, ...]:
    """What is set for each span of the fiscal year around `day`, of years for the three around it. Two queries.

    Raises InvalidInput for another kind of span.
    """
    first_month = fiscal_start(db)
    spans = rules.year_of(period, rules.span_of(period, day, first_month)[0], first_month)
    rows = db.scalars(targets_of(db, period).where(MetricTarget.starts_on.in_([span[0] for span in spans])))
    of_span: dict[dt.date, list[MetricTarget]] = defaultdict(list)
    for row in rows:
        of_span[row.starts_on].append(row)
    return tuple(_total(span, of_span[span[0]], rules.label(period, span[0], first_month)) for span in spans)


def targets_of(db: TenantSession, period: TargetPeriod) -> Select[MetricTarget]:
    """Every sales target of that kind of span."""
    return select(MetricTarget).where(
        MetricTarget.account_id == db.context.account_id,
        MetricTarget.metric == rules.WON_VALUE,
        MetricTarget.period == period,
    )


def fiscal_start(db: TenantSession) -> int:
    """The month in which the house's fiscal year begins."""
    return db.scalar(select(Account.fiscal_year_start_month).where(Account.id == db.context.account_id)) or 1


def _sellers(db: TenantSession, also: set[int]) -> list[tuple[int, str]]:
    """Who may work deals, by name, and those who have a quota anyway; whoever left only where they have one."""
    rows = db.execute(
        select(AccountUser.id, AccountUser.display_name, AccountUser.role, AccountUser.permissions)
        .where(
            AccountUser.account_id == db.context.account_id,
            or_(AccountUser.status != MemberStatus.DISABLED, AccountUser.id.in_(also)),
        )
        .order_by(AccountUser.name_sort, AccountUser.id)
    ).all()
    return [
        (member_id, name)
        for member_id, name, role, overrides in rows
        if member_id in also or Permission.SALES_WRITE in effective(Role(role), overrides)
    ][:MOST_PEOPLE]


def _total(span: tuple[dt.date, dt.date], rows: list[MetricTarget], label: str) -> SpanTotal:
    house = next((row.value for row in rows if row.scope is MetricScope.ACCOUNT), None)
    quotas = [row.value for row in rows if row.scope is MetricScope.OWNER and row.event_id is None]
    events = sum(row.value for row in rows if row.scope is MetricScope.EVENT)
    return SpanTotal(*span, label, house, sum(quotas), len(quotas), events)
