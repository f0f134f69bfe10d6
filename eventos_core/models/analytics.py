"""Facts, figures per minute and per day, targets, alerts and saved views."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    CheckConstraint,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    column,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.analytics import (
    AlertComparison,
    AlertDirection,
    AlertSeverity,
    AlertStatus,
    MetricScope,
    MetricUnit,
    TargetPeriod,
)
from eventos_core.enums.operations import MessageChannel
from eventos_core.models.base import (
    Count,
    CurrencyCode,
    Editable,
    Fence,
    JsonList,
    JsonObject,
    MinorUnits,
    Name,
    Positive,
    TenantTable,
    TextList,
    Timestamped,
    Versioned,
    choice,
    ref,
)
from eventos_core.models.types import SILENT, EntityName, MetricKey

SCOPE_MATCHES = (
    "(scope = 'account' and event_id is null and member_id is null)"
    " or (scope = 'event' and event_id is not null and member_id is null)"
    " or (scope = 'owner' and member_id is not null)"
)


class AnalyticsFact(TenantTable):
    """Something that happened and is counted later: campaign touch, page view, report opened; append-only, by month."""

    __tablename__ = "analytics"
    __fence__ = Fence(app="ra")
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "dedupe_key", "occurred_at", name="uq_analytics_dedupe_key"),
        CheckConstraint("name ~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*)*$'", name="name_is_dotted"),
        CheckConstraint("(subject is null) = (subject_id is null)", name="subject_with_id"),
        CheckConstraint("currency is null or value is not null", name="currency_has_a_value"),
        Index("ix_analytics_name", "account_id", "name", "occurred_at"),
        Index("ix_analytics_event_id", "account_id", "event_id", "name", "occurred_at"),
        Index("ix_analytics_contact_id", "account_id", "contact_id", "name", "occurred_at"),
        Index("ix_analytics_campaign_id", "account_id", "campaign_id", "occurred_at"),
        Index("ix_analytics_member_id", "account_id", "member_id", "occurred_at"),
        Index(
            "ix_analytics_visitor",
            "account_id",
            "visitor",
            "occurred_at",
            postgresql_where=text("visitor is not null"),
        ),
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )

    occurred_at: Mapped[dt.datetime] = mapped_column(primary_key=True, server_default=text("now()"))
    """When it happened; the partition key, so that it is part of the primary key."""
    recorded_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was written; imports and offline devices report later."""
    name: Mapped[str]
    """What happened, dotted: campaign.touched, report.opened, registration.answered."""
    event_id: Mapped[int | None] = ref("events", on_delete="SET NULL")
    """→ events: in which event."""
    contact_id: Mapped[int | None] = ref("contacts", on_delete="SET NULL")
    """→ contacts: whose doing; touches are attributed through it."""
    campaign_id: Mapped[int | None] = ref("campaigns", on_delete="SET NULL")
    """→ campaigns: which campaign is named."""
    member_id: Mapped[int | None] = ref("account_users")
    """→ account_users: which member did it."""
    visitor: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 64"})
    """Random id of a browser on public pages, until the person is known; no address, no fingerprint."""
    subject: Mapped[EntityName | None]
    """Table of the record it is about."""
    subject_id: Mapped[int | None]
    """Id of that record; no foreign key, since facts outlive rows."""
    channel: Mapped[str | None]
    """Channel it came through: email, instagram, door …"""
    value: Mapped[int | None]
    """How much: a number, or minor units where a currency stands beside; NULL = one."""
    currency: Mapped[CurrencyCode | None]
    """ISO 4217, where the value is money."""
    dimensions: Mapped[JsonObject]
    """Further keys to break down by; never personal data."""
    dedupe_key: Mapped[str | None] = mapped_column(info={"check": "length({c}) between 1 and 200"})
    """Keeps a repeated report of the same fact to one row; NULL = may repeat."""


class RealTimeEventMetric(TenantTable):
    """What changed in one event in one minute; sums over minutes give the live figures, `reconcile` proves them."""

    __tablename__ = "real_time_event_metrics"
    __fence__ = Fence(app="r")
    __audit__ = False
    __table_args__ = (
        # A definer function upserts on this key. Shards keep writers of one minute off one hot row;
        # a job folds past minutes into shard 0.
        UniqueConstraint(
            "account_id",
            "event_id",
            "minute",
            "gate_id",
            "currency",
            "shard",
            name="uq_real_time_event_metrics_minute",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("minute = date_trunc('minute', minute, 'UTC')", name="minute_is_whole"),
        CheckConstraint(
            "currency is not null or (gross_minor = 0 and revenue_minor = 0 and refunded_minor = 0)",
            name="money_has_a_currency",
        ),
        CheckConstraint(
            "gate_id is not null or (check_ins = 0 and check_outs = 0 and refused_scans = 0)",
            name="scans_have_a_gate",
        ),
        Index("ix_real_time_event_metrics_fold", "minute", "account_id", postgresql_where=text("shard <> 0")),
    )

    event_id: Mapped[int] = ref("events", on_delete="CASCADE")
    """→ events: the event."""
    minute: Mapped[dt.datetime]
    """Start of the minute."""
    gate_id: Mapped[int | None] = ref("gates", through_event=True, on_delete="CASCADE")
    """→ gates: where scans happened; NULL for sales and registrations."""
    currency: Mapped[CurrencyCode | None]
    """ISO 4217 of the money columns; NULL in rows without money."""
    shard: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"), info={"check": "{c} between 0 and 63"})
    """Which of the parallel rows of this minute."""
    registrations: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Registrations made less those cancelled in this minute."""
    confirmed: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Persons that became confirmed less those that ceased to be."""
    orders: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Orders paid less those fully refunded or cancelled after payment."""
    tickets: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Tickets sold or given less those made void."""
    gross_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """List price of sales, in minor units."""
    revenue_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Net revenue (gross less discount, tax, fees, refunds), in minor units."""
    refunded_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Money given back, in minor units."""
    check_ins: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Accepted scans inward."""
    check_outs: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Accepted scans outward."""
    refused_scans: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Scans refused, whatever the reason."""
    first_check_ins: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Persons seen at a door of the event for the first time: the numerator of the check-in rate."""
    occupancy: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Change of distinct persons inside in this minute; the sum up to a moment is the occupancy."""
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When the row last changed."""


class AccountDailyMetric(TenantTable):
    """One figure of the house, or of one member's work, for one day; written by the daily job and on reconcile."""

    __tablename__ = "account_daily_metrics"
    __audit__ = False
    __table_args__ = (
        UniqueConstraint(
            "account_id",
            "metric",
            "on_day",
            "member_id",
            "currency",
            name="uq_account_daily_metrics_figure",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("(unit = 'minor') = (currency is not null)", name="money_has_a_currency"),
        CheckConstraint("denominator is null or denominator >= 0", name="denominator_not_negative"),
        Index("ix_account_daily_metrics_day", "account_id", "on_day", "metric"),
    )

    on_day: Mapped[dt.date]
    """Day in the house's zone; the figure is as of its end, or over it."""
    metric: Mapped[MetricKey]
    """Key of the metric registry."""
    member_id: Mapped[int | None] = ref("account_users")
    """→ account_users: the owner whose work it counts; NULL = the whole house."""
    unit: Mapped[MetricUnit] = choice(MetricUnit)
    """What it counts; a score is kept in hundredths."""
    currency: Mapped[CurrencyCode | None]
    """ISO 4217, where it is money."""
    value: Mapped[int | None]
    """The figure, or the numerator of a ratio or mean; NULL = undefined that day."""
    denominator: Mapped[int | None]
    """Denominator of a ratio or mean, so that days can be added up; NULL for plain figures."""
    row_count: Mapped[Count] = mapped_column(server_default=text("0"))
    """How many rows it was counted from."""
    is_final: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the day was over when it was computed; an unfinished day is drawn as such."""
    computed_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was computed."""


class EventDailyMetric(TenantTable):
    """One figure of one event for one day, with the days left to its start: what pacing compares."""

    __tablename__ = "event_daily_metrics"
    __audit__ = False
    __table_args__ = (
        UniqueConstraint(
            "account_id",
            "event_id",
            "metric",
            "on_day",
            "currency",
            name="uq_event_daily_metrics_figure",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("(unit = 'minor') = (currency is not null)", name="money_has_a_currency"),
        CheckConstraint("denominator is null or denominator >= 0", name="denominator_not_negative"),
        Index("ix_event_daily_metrics_pacing", "account_id", "metric", "event_id", text("days_before desc")),
        Index("ix_event_daily_metrics_day", "account_id", "on_day", "metric"),
    )

    event_id: Mapped[int] = ref("events", on_delete="CASCADE")
    """→ events: the event."""
    on_day: Mapped[dt.date]
    """Day in the event's zone; the figure is as of its end, or over it."""
    days_before: Mapped[int] = mapped_column(Integer)
    """Whole local days from that day to the start, negative after it; rewritten when the event moves."""
    metric: Mapped[MetricKey]
    """Key of the metric registry."""
    unit: Mapped[MetricUnit] = choice(MetricUnit)
    """What it counts; a score is kept in hundredths."""
    currency: Mapped[CurrencyCode | None]
    """ISO 4217, where it is money."""
    value: Mapped[int | None]
    """What that day added, or the numerator of its ratio or mean; NULL = undefined that day."""
    denominator: Mapped[int | None]
    """Denominator of a ratio or mean; NULL for plain figures."""
    cumulative: Mapped[int | None]
    """The figure from the beginning to the end of that day; NULL where adding up has no sense."""
    row_count: Mapped[Count] = mapped_column(server_default=text("0"))
    """How many rows it was counted from."""
    is_final: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the day was over when it was computed."""
    computed_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was computed."""


class MetricTarget(TenantTable, Editable):
    """What a figure shall reach in a period: for the house, an event or a person (quota)."""

    __tablename__ = "metric_targets"
    __table_args__ = (
        CheckConstraint(SCOPE_MATCHES, name="scope_matches"),
        CheckConstraint("starts_on < ends_on", name="period_in_order"),
        CheckConstraint("(unit = 'minor') = (currency is not null)", name="money_has_a_currency"),
        ExcludeConstraint(
            (column("account_id"), "="),
            (column("metric"), "="),
            (column("scope"), "="),
            (column("period"), "="),
            (text("coalesce(event_id, 0)"), "="),
            (text("coalesce(member_id, 0)"), "="),
            (text("daterange(starts_on, ends_on)"), "&&"),
            name="ex_metric_targets_one_per_period",
            using="gist",
        ),
        Index("ix_metric_targets_period", "account_id", "metric", "starts_on", "ends_on"),
    )

    metric: Mapped[MetricKey]
    """Key of the metric registry; the registry says whether more is better."""
    scope: Mapped[MetricScope] = choice(MetricScope, MetricScope.ACCOUNT)
    """For whom it is set."""
    event_id: Mapped[int | None] = ref("events", on_delete="CASCADE")
    """→ events: the event, where it is set for one; a person's quota may be for one event."""
    member_id: Mapped[int | None] = ref("account_users")
    """→ account_users: the person, where it is a quota."""
    period: Mapped[TargetPeriod] = choice(TargetPeriod, TargetPeriod.MONTH)
    """Which kind of span; spans of one kind do not overlap."""
    starts_on: Mapped[dt.date]
    """First day, in the house's or event's zone."""
    ends_on: Mapped[dt.date]
    """First day after the span."""
    unit: Mapped[MetricUnit] = choice(MetricUnit)
    """What the value counts."""
    currency: Mapped[CurrencyCode | None]
    """ISO 4217, where it is money."""
    value: Mapped[int]
    """To be reached: a count, minor units, parts per million, days, minutes or hundredths of a score."""
    note: Mapped[str | None]
    """Where the target comes from."""


class AlertRule(TenantTable, Editable):
    """When a figure is worth telling somebody."""

    __tablename__ = "alert_rules"
    __table_args__ = (
        UniqueConstraint("account_id", "name"),
        CheckConstraint("scope <> 'account' or event_id is null", name="account_rule_has_no_event"),
        CheckConstraint("(unit = 'minor') = (currency is not null)", name="money_has_a_currency"),
        Index("ix_alert_rules_enabled", "account_id", "metric", postgresql_where=text("enabled")),
    )

    name: Mapped[Name]
    """As shown in the alert."""
    metric: Mapped[MetricKey]
    """Key of the metric registry."""
    scope: Mapped[MetricScope] = choice(MetricScope, MetricScope.ACCOUNT)
    """Watched for the house, per event, or per owner."""
    event_id: Mapped[int | None] = ref("events", on_delete="CASCADE")
    """→ events: only this event; NULL with scope event = every event not over."""
    comparison: Mapped[AlertComparison] = choice(AlertComparison, AlertComparison.VALUE)
    """What the figure is held against."""
    direction: Mapped[AlertDirection] = choice(AlertDirection, AlertDirection.BELOW)
    """On which side it raises."""
    unit: Mapped[MetricUnit] = choice(MetricUnit)
    """Unit of the threshold: the metric's for a plain value, ppm for a comparison."""
    currency: Mapped[CurrencyCode | None]
    """ISO 4217, where the threshold is money."""
    threshold: Mapped[int]
    """Limit: a value, or a share of the target, period or event compared with (900000 = 90 %)."""
    window_days: Mapped[Positive] = mapped_column(server_default=text("1"))
    """Days the figure is taken over, where it is over a period."""
    severity: Mapped[AlertSeverity] = choice(AlertSeverity, AlertSeverity.WARNING)
    """How urgent what it raises is."""
    roles: Mapped[TextList]
    """Roles that are told; owner of the record is told in any case."""
    member_ids: Mapped[JsonList]
    """account_users.id of further people that are told."""
    channels: Mapped[TextList] = mapped_column(server_default=text(f"'{{{MessageChannel.IN_APP.value}}}'::text[]"))
    """Message channels to tell them by."""
    cooldown_minutes: Mapped[Count] = mapped_column(server_default=text("1440"))
    """How long it stays quiet after an alert was resolved."""
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether it is watched."""
    last_checked_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When it was last held against the figures."""


class Alert(TenantTable, Timestamped):
    """What a rule raised; one open alert per rule and subject."""

    __tablename__ = "alerts"
    __table_args__ = (
        CheckConstraint("(status = 'resolved') = (resolved_at is not null)", name="resolved_has_a_time"),
        CheckConstraint("status <> 'acknowledged' or acknowledged_at is not null", name="acknowledged_has_a_time"),
        CheckConstraint("status <> 'snoozed' or snoozed_until is not null", name="snoozed_has_an_end"),
        Index(
            "uq_alerts_open",
            "account_id",
            "rule_id",
            "event_id",
            "member_id",
            unique=True,
            postgresql_where=text("status <> 'resolved'"),
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "ix_alerts_open",
            "account_id",
            "severity",
            text("raised_at desc"),
            postgresql_where=text("status <> 'resolved'"),
        ),
        Index("ix_alerts_recent", "account_id", text("raised_at desc"), text("id desc")),
    )

    rule_id: Mapped[int] = ref("alert_rules", on_delete="CASCADE")
    """→ alert_rules: the rule that raised it."""
    event_id: Mapped[int | None] = ref("events", on_delete="CASCADE")
    """→ events: about which event."""
    member_id: Mapped[int | None] = ref("account_users")
    """→ account_users: about whose work."""
    metric: Mapped[MetricKey]
    """Key of the metric registry, as in the rule at that time."""
    severity: Mapped[AlertSeverity] = choice(AlertSeverity, AlertSeverity.WARNING)
    """How urgent, as in the rule at that time."""
    title: Mapped[Name]
    """One line that says what is wrong."""
    unit: Mapped[MetricUnit] = choice(MetricUnit)
    """Unit of value and threshold."""
    currency: Mapped[CurrencyCode | None]
    """ISO 4217, where they are money."""
    value: Mapped[int | None]
    """The figure when it was raised; NULL = undefined."""
    threshold: Mapped[int]
    """The limit it broke."""
    detail: Mapped[JsonObject]
    """What it was compared with, as-of time, link with filters to the rows behind it."""
    status: Mapped[AlertStatus] = choice(AlertStatus, AlertStatus.OPEN)
    """Where it stands; resolved by a person or once the figure recovers."""
    raised_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When the limit was broken."""
    last_seen_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"), info=SILENT)
    """When the check last found it still broken."""
    acknowledged_at: Mapped[dt.datetime | None]
    """When somebody took it on."""
    acknowledged_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who took it on."""
    snoozed_until: Mapped[dt.datetime | None]
    """Out of sight until then."""
    resolved_at: Mapped[dt.datetime | None]
    """When it was over; NULL while it lasts."""
    resolved_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who closed it; NULL where the figure recovered."""
    resolution: Mapped[str | None]
    """What was done about it."""


class SavedView(TenantTable, Timestamped, Versioned):
    """Filters and columns of a list under a name; private, or shared with the house for reading."""

    __tablename__ = "saved_views"
    __fence__ = Fence(personal="member_id", personal_or_shared="shared")
    __table_args__ = (
        UniqueConstraint("account_id", "member_id", "page", "name"),
        Index("ix_saved_views_shared", "account_id", "page", "name", postgresql_where=text("shared")),
    )

    member_id: Mapped[int] = ref("account_users")
    """→ account_users: whose view; only they change it."""
    page: Mapped[str] = mapped_column(info={"check": "{c} ~ '^[a-z][a-z0-9_]*$'"})
    """Key of the list it is for, as exports name it."""
    name: Mapped[Name]
    """Chosen by the member; unique per list."""
    filters: Mapped[JsonObject]
    """Values of the filter row by field, sort and layout among them; what stands at its default is left out."""
    columns: Mapped[JsonList]
    """Columns in order; empty = the list's own."""
    shared: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether everybody in the house may use it."""


class SavedViewDefault(TenantTable, Timestamped):
    """Which view a list opens with for one member; their own, or one that somebody shares."""

    __tablename__ = "saved_view_defaults"
    __fence__ = Fence(personal="member_id")
    # A habit of one person, nothing that anybody would ask after.
    __audit__ = False
    __table_args__ = (UniqueConstraint("account_id", "member_id", "page"),)

    member_id: Mapped[int] = ref("account_users")
    """→ account_users: for whom."""
    page: Mapped[str] = mapped_column(info={"check": "{c} ~ '^[a-z][a-z0-9_]*$'"})
    """Key of the list."""
    view_id: Mapped[int] = ref("saved_views", on_delete="CASCADE")
    """→ saved_views: the view; while its owner keeps it private the list opens without one."""
