"""The exchange rates that the house has: what holds on a day, and all of them as a list."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import RateSource
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import ExchangeRate, Opportunity
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, counted, keyset, paged

RATES = FrameSpec(
    id="int", valid_on="date", from_currency="text", to_currency="text", rate_e12="int", source="text", version="int",
    day="text",
)  # fmt: skip
"""One row per day and pair, the latest day first: major units of `to_currency` for one of `from_currency` × 10^12.

`day` is `valid_on` as text, for the cursor.
"""


@dataclass(frozen=True)
class RateFilter:
    """Which rates to list: of one currency, up to a day."""

    currency: str | None = None
    until: dt.date | None = None


@dataclass(frozen=True)
class RateShown:
    """One rate: from `valid_on` on, one `from_currency` is worth `rate_e12` / 10^12 `to_currency`."""

    id: int
    valid_on: dt.date
    from_currency: str
    to_currency: str
    rate_e12: int
    source: RateSource
    version: int


@query(requires=Permission.SALES_READ)
def rates_in_force(db: TenantSession, on: dt.date | None = None) -> tuple[RateShown, ...]:
    """The rate of each currency into the base that holds on a day of the house, today at first. One query."""
    day = on or clock.now().astimezone(db.context.zone).date()
    rows = db.scalars(
        select(ExchangeRate)
        .where(
            ExchangeRate.account_id == db.context.account_id,
            ExchangeRate.to_currency == db.context.currency,
            ExchangeRate.valid_on <= day,
        )
        .ext(distinct_on(ExchangeRate.from_currency))
        .order_by(ExchangeRate.from_currency, ExchangeRate.valid_on.desc())
    )
    return tuple(_shown(row) for row in rows)


@query(requires=Permission.SALES_READ)
def currencies_without_rate(db: TenantSession) -> dict[str, int]:
    """Currencies of open deals that no rate converts today → how many deals have no value for that. One query."""
    today = clock.now().astimezone(db.context.zone).date()
    rate = select(ExchangeRate.id).where(
        ExchangeRate.account_id == Opportunity.account_id, ExchangeRate.from_currency == Opportunity.currency,
        ExchangeRate.to_currency == db.context.currency, ExchangeRate.valid_on <= today,
    )  # fmt: skip
    rows = db.execute(
        select(Opportunity.currency, func.count())
        .where(
            Opportunity.account_id == db.context.account_id, Opportunity.outcome == "open",
            Opportunity.archived_at.is_(None), Opportunity.currency != db.context.currency,
            Opportunity.amount_minor.is_not(None), ~rate.exists(),
        )
        .group_by(Opportunity.currency)
        .order_by(Opportunity.currency)
    ).all()  # fmt: skip
    return {row[0]: row[1] for row in rows}


@query(requires=Permission.SALES_READ)
def exchange_rate(db: TenantSession, rate_id: int) -> RateShown:
    """One rate. Raises NotFound."""
    return _shown(get(db, ExchangeRate, rate_id, what="rate"))


@query(requires=Permission.SALES_READ)
def exchange_rates(
    db: TenantSession, wanted: RateFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of the rates as `RATES`, the latest day first, in one query. Raises InvalidInput."""
    place = Cursor.decode(cursor)
    day = func.to_char(ExchangeRate.valid_on, "YYYY-MM-DD")
    statement = keyset(
        _wanted(db, wanted or RateFilter()).add_columns(day.label("day")),
        [(day, "desc"), (ExchangeRate.from_currency, "asc"), (ExchangeRate.id, "asc")],
        place,
        size=size,
    )
    return paged(RATES.query(db, statement), ("day", "from_currency", "id"), place, size=size)


@query(requires=Permission.SALES_READ)
def exchange_rates_counted(db: TenantSession, wanted: RateFilter, limit: int) -> int:
    """How many rates the filter lists, counted up to `limit`."""
    return counted(db, _wanted(db, wanted), limit)


def _wanted(db: TenantSession, wanted: RateFilter) -> Select[*tuple[Any, ...]]:
    conditions: list[ColumnElement[bool]] = [ExchangeRate.account_id == db.context.account_id]
    if wanted.currency:
        conditions.append(ExchangeRate.from_currency == wanted.currency.strip().upper())
    if wanted.until is not None:
        conditions.append(ExchangeRate.valid_on <= wanted.until)
    return select(
        ExchangeRate.id, ExchangeRate.valid_on, ExchangeRate.from_currency, ExchangeRate.to_currency,
        ExchangeRate.rate_e12, ExchangeRate.source, ExchangeRate.version,
    ).where(*conditions)  # fmt: skip


def _shown(row: ExchangeRate) -> RateShown:
    return RateShown(row.id, row.valid_on, row.from_currency, row.to_currency, row.rate_e12, row.source, row.version)
