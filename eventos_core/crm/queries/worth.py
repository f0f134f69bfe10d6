"""What deals are worth in the house's base currency, as SQL: the one conversion that every figure shares."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Subquery, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from eventos_core.crm.rules.stages import CERTAIN_PPM
from eventos_core.db.session import TenantSession
from eventos_core.models.crm import ExchangeRate, ExchangeRateVersion
from eventos_core.models.crm.inputs import Recorded

ONE_E12 = 1_000_000_000_000


def rates(db: TenantSession, on: dt.date, known_at: dt.datetime | None = None) -> Subquery:
    """Rows (`currency`, `rate_e12`) to the base currency in force on a day of the house; the base itself is 1.

    A currency without a rate by then has no row: an outer join leaves its deals without value in base currency.
    With `known_at` they are those that were known at that instant, for a figure as it stood then: what was entered,
    changed or removed since makes no difference.
    """
    base = db.context.currency
    rate: type[ExchangeRate] | type[ExchangeRateVersion] = ExchangeRate if known_at is None else ExchangeRateVersion
    known = (
        select(rate.from_currency.label("currency"), rate.rate_e12.label("rate_e12"))
        .where(
            rate.account_id == db.context.account_id,
            rate.to_currency == base,
            rate.valid_on <= on,
            *(() if known_at is None else known_then(ExchangeRateVersion, known_at)),
        )
        .ext(distinct_on(rate.from_currency))
        .order_by(rate.from_currency, rate.valid_on.desc())
    )
    one = select(literal(base).label("currency"), cast(literal(ONE_E12), BigInteger).label("rate_e12"))
    return one.union_all(known).subquery("rates")


def known_then(version: type[Recorded], instant: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    """Of recorded inputs those that were held true at `instant`: at most one of each row that they copy."""
    return version.recorded_at <= instant, or_(version.ended_at.is_(None), version.ended_at > instant)


def rate_of(row: Any, rate: Subquery) -> ColumnElement[int]:
    """The rate frozen at close, else the one of `rates`; `row` is a deal or a version of one."""
    return func.coalesce(row.rate_to_base_e12, rate.c.rate_e12)


def in_base(db: TenantSession, row: Any, rate: Subquery, ppm: Any = None) -> ColumnElement[int]:
    """Minor units of the base currency, times a probability where one is given, rounded once half up; NULL = unknown.

    For Σ of weighted values each deal is rounded by itself, as METRICS defines the weighted pipeline.
    """
    return func.app.in_base_minor(
        row.amount_minor, row.currency, db.context.currency, rate_of(row, rate), CERTAIN_PPM if ppm is None else ppm
    )


def effective_ppm(row: Any) -> ColumnElement[int]:
    """Probability that a forecast uses of a version: the person's estimate while open, else the stage's."""
    return case(
        (row.outcome == "open", func.coalesce(row.probability_override_ppm, row.probability_ppm)),
        else_=row.probability_ppm,
    )
