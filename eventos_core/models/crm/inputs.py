"""What a forecast reads besides deals, as it was known at any instant: targets, asset dates, exchange rates.

Written by trigger whenever the row it copies is made, changed or removed, and never edited. A row was known from
`recorded_at` until `ended_at`; ids are kept without foreign keys, so that a past day outlives what it tells of.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.analytics import MetricScope, MetricUnit, TargetPeriod
from eventos_core.models.base import CurrencyCode, Fence, RateE12, TenantTable, choice
from eventos_core.models.types import MetricKey


class Recorded:
    """Since when a row was known, and until when."""

    __fence__ = Fence(app="r")
    __audit__ = False

    recorded_at: Mapped[dt.datetime] = mapped_column(server_default=text("clock_timestamp()"))
    """When it became known."""
    ended_at: Mapped[dt.datetime | None]
    """Until when it was held true (exclusive); NULL = still."""
    changed_by_id: Mapped[int | None] = mapped_column(BigInteger)
    """Membership id of who made the change; NULL for jobs. No foreign key."""


class MetricTargetVersion(TenantTable, Recorded):
    """A target or quota as it stood over a span of time."""

    __tablename__ = "metric_target_versions"
    __domain__ = "crm"
    __table_args__ = (
        CheckConstraint("recorded_at <= ended_at", name="ended_after_recorded"),
        Index(
            "uq_metric_target_versions_current",
            "account_id",
            "metric_target_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index("ix_metric_target_versions_metric", "account_id", "metric", "starts_on"),
    )

    metric_target_id: Mapped[int]
    """The target's id; no foreign key."""
    metric: Mapped[MetricKey]
    """Key of the metric registry."""
    scope: Mapped[MetricScope] = choice(MetricScope)
    """For whom it was set."""
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    """The event's id; no foreign key."""
    member_id: Mapped[int | None] = mapped_column(BigInteger)
    """The person's membership id; no foreign key."""
    period: Mapped[TargetPeriod] = choice(TargetPeriod)
    """Which kind of span."""
    starts_on: Mapped[dt.date]
    """First day of the span."""
    ends_on: Mapped[dt.date]
    """First day after it."""
    unit: Mapped[MetricUnit] = choice(MetricUnit)
    """What the value counted."""
    currency: Mapped[CurrencyCode | None]
    """ISO 4217, where it was money."""
    value: Mapped[int]
    """What was to be reached, in its unit."""


class EventAssetDateVersion(TenantTable, Recorded):
    """The last day for an event's sponsor material as it stood over a span of time; none where the event had none."""

    __tablename__ = "event_asset_date_versions"
    __domain__ = "crm"
    __table_args__ = (
        CheckConstraint("recorded_at <= ended_at", name="ended_after_recorded"),
        Index(
            "uq_event_asset_date_versions_current",
            "account_id",
            "event_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index("ix_event_asset_date_versions_event", "account_id", "event_id", "recorded_at"),
    )

    event_id: Mapped[int]
    """The event's id; no foreign key."""
    assets_due_on: Mapped[dt.date]
    """Last day for sponsor material, on the event's own clock."""


class ExchangeRateVersion(TenantTable, Recorded):
    """An exchange rate as it was known over a span of time."""

    __tablename__ = "exchange_rate_versions"
    __domain__ = "crm"
    __table_args__ = (
        CheckConstraint("recorded_at <= ended_at", name="ended_after_recorded"),
        Index(
            "uq_exchange_rate_versions_current",
            "account_id",
            "exchange_rate_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index("ix_exchange_rate_versions_pair", "account_id", "to_currency", "from_currency", text("valid_on desc")),
    )

    exchange_rate_id: Mapped[int]
    """The rate's id; no foreign key."""
    from_currency: Mapped[CurrencyCode]
    """What was converted."""
    to_currency: Mapped[CurrencyCode]
    """What it was converted to."""
    valid_on: Mapped[dt.date]
    """First day it held."""
    rate_e12: Mapped[RateE12]
    """Major units of to_currency for one major unit of from_currency, times 10^12."""
