"""Enums of figures, targets and alerts."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class MetricUnit(LabelledEnum):
    """What a stored figure counts."""

    COUNT = "count"
    MINOR = "minor"
    PPM = "ppm"
    DAYS = "days"
    MINUTES = "minutes"
    SCORE = "score"

    @property
    def label(self) -> str:
        """The unit as a person reads it."""
        return {"minor": "Money", "ppm": "Share"}.get(self.value, super().label)


class MetricScope(LabelledEnum):
    """About what a figure is: the house, one event, or one person's work."""

    ACCOUNT = "account"
    EVENT = "event"
    OWNER = "owner"


class TargetPeriod(LabelledEnum):
    """Which span a target is set for."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    SEASON = "season"
    EVENT = "event"
    CUSTOM = "custom"


class AlertComparison(LabelledEnum):
    """What a rule compares a figure with."""

    VALUE = "value"
    TARGET = "target"
    PREVIOUS_PERIOD = "previous_period"
    COMPARABLE_EVENT = "comparable_event"


class AlertDirection(LabelledEnum):
    """On which side of the threshold a rule raises."""

    BELOW = "below"
    ABOVE = "above"


class AlertSeverity(LabelledEnum):
    """How urgent an alert is."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertStatus(LabelledEnum):
    """Where an alert stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
