"""The metric registry: every figure that is shown anywhere is computed here or nowhere.

A metric states its key, name, unit, direction, formula in words and grain, and the function that computes it.
Pages, reports, exports and routes ask `figure`; the answer carries value, definition, as-of time and the query
that lists the rows behind it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from eventos_core.db.session import TenantSession
from eventos_core.kernel import clock
from eventos_core.kernel.errors import NotFound, PermissionDenied
from eventos_core.kernel.permissions import Permission


class Unit(StrEnum):
    """What a value counts."""

    COUNT = "count"
    MINOR = "minor"
    """Minor units of the account's base currency."""
    FRACTION = "fraction"
    DAYS = "days"
    MINOR_PER_DAY = "minor_per_day"
    SCORE = "score"


class Direction(StrEnum):
    """Whether more is better."""

    UP = "up"
    DOWN = "down"
    NEUTRAL = "neutral"


class Grain(StrEnum):
    """For what a metric is computed."""

    ACCOUNT = "account"
    EVENT = "event"
    OWNER = "owner"


@dataclass(frozen=True)
class Scope:
    """For what and when: half-open window [from_, to) and the as-of instant; None = all time, now.

    `kinds`, `source` and `pipeline_id` narrow figures about deals; 0 as event or owner stands for none.
    """

    as_of: dt.datetime = field(default_factory=clock.now)
    from_: dt.datetime | None = None
    to: dt.datetime | None = None
    event_id: int | None = None
    owner_id: int | None = None
    kinds: tuple[str, ...] = ()
    source: str | None = None
    pipeline_id: int | None = None

    def day(self, zone: ZoneInfo) -> dt.date:
        """The as-of day in `zone`: the last one of which something lies before the as-of instant."""
        return _last_day(self.as_of, zone)

    def days(self, zone: ZoneInfo) -> tuple[dt.date | None, dt.date | None]:
        """The window as half-open days of `zone`; a day that it touches belongs to it."""
        first = None if self.from_ is None else self.from_.astimezone(zone).date()
        end = None if self.to is None else _last_day(self.to, zone) + dt.timedelta(days=1)
        return first, end

    def previous(self, zone: ZoneInfo) -> Scope | None:
        """The window of as many days that ends where this one begins, with all else the same; None without a window."""
        first, end = self.days(zone)
        if first is None or end is None:
            return None
        before = dt.datetime.combine(first - (end - first), dt.time(), tzinfo=zone)
        start = dt.datetime.combine(first, dt.time(), tzinfo=zone)
        return replace(self, from_=before.astimezone(dt.UTC), to=start.astimezone(dt.UTC))


def _last_day(instant: dt.datetime, zone: ZoneInfo) -> dt.date:
    return (instant - dt.timedelta(microseconds=1)).astimezone(zone).date()


@dataclass(frozen=True)
class Measured:
    """What a metric's function returns: the value (None = undefined, shown “–”) and how many rows it counts."""

    value: int | float | None
    rows: int
    listing: str = ""
    """Registered query that lists them, with its filter."""
    target: int | float | None = None
    """What it shall reach, where somebody has set that."""


Compute = Callable[[TenantSession, Scope], Measured]
ComputeAll = Callable[[TenantSession, Scope], Mapping[str, Measured]]


@dataclass(frozen=True)
class Metric:
    """One definition."""

    key: str
    name: str
    unit: Unit
    direction: Direction
    formula: str
    grain: Grain
    requires: Permission
    compute: ComputeAll
    """Answers by key: one computation may serve several metrics."""


@dataclass(frozen=True)
class Defined:
    """What `together` registers of each metric."""

    key: str
    name: str
    unit: Unit
    formula: str
    direction: Direction = Direction.UP
    grain: Grain = Grain.ACCOUNT


@dataclass(frozen=True)
class Figure:
    """One computed value with all that a reader needs to trust it."""

    metric: Metric
    value: int | float | None
    rows: int
    listing: str
    as_of: dt.datetime
    previous: int | float | None = None
    """The value it is compared with, if any."""
    compared_with: str = ""
    """What `previous` is, in words."""
    target: int | float | None = None
    series: tuple[float, ...] = ()
    """Recent values for a sparkline, oldest first."""

    @property
    def change(self) -> float | int | None:
        """Value minus previous; None where either is undefined."""
        return None if self.value is None or self.previous is None else self.value - self.previous


_METRICS: dict[str, Metric] = {}


def metric(
    *,
    key: str,
    name: str,
    unit: Unit,
    formula: str,
    requires: Permission,
    direction: Direction = Direction.UP,
    grain: Grain = Grain.ACCOUNT,
) -> Callable[[Compute], Compute]:
    """Register a metric; two of one key are a defect."""

    def register(compute: Compute) -> Compute:
        def alone(db: TenantSession, scope: Scope) -> Mapping[str, Measured]:
            return {key: compute(db, scope)}

        _register(Metric(key, name, unit, direction, formula, grain, requires, alone))
        return compute

    return register


def together(*defined: Defined, requires: Permission) -> Callable[[ComputeAll], ComputeAll]:
    """Register metrics that one function computes at once; it answers by key, with every key."""

    def register(compute: ComputeAll) -> ComputeAll:
        for one in defined:
            _register(Metric(one.key, one.name, one.unit, one.direction, one.formula, one.grain, requires, compute))
        return compute

    return register


def _register(made: Metric) -> None:
    if made.key in _METRICS:
        raise TypeError(f"Two metrics are called {made.key}.")
    _METRICS[made.key] = made


def registered() -> Mapping[str, Metric]:
    """All metrics by key."""
    return dict(_METRICS)


def definition(key: str) -> Metric:
    """The metric of that key. Raises NotFound."""
    found = _METRICS.get(key)
    if found is None:
        raise NotFound(f"There is no figure called “{key}”.")
    return found


def figure(
    db: TenantSession, key: str, scope: Scope | None = None, *, compare: Scope | None = None, compared_with: str = ""
) -> Figure:
    """Compute a figure, and the one it is compared with. Raises NotFound, PermissionDenied."""
    return figures(db, [key], scope, compare=compare, compared_with=compared_with)[0]


def figures(
    db: TenantSession,
    keys: Sequence[str],
    scope: Scope | None = None,
    *,
    compare: Scope | None = None,
    compared_with: str = "",
) -> tuple[Figure, ...]:
    """Compute figures of one scope in the order of `keys`; metrics that are computed together are computed once.

    Raises NotFound, PermissionDenied.
    """
    scope = scope or Scope()
    done: dict[tuple[ComputeAll, Scope], Mapping[str, Measured]] = {}

    def measured(found: Metric, of: Scope) -> Measured:
        if (found.compute, of) not in done:
            done[found.compute, of] = found.compute(db, of)
        return done[found.compute, of][found.key]

    answers = []
    for key in keys:
        found = definition(key)
        if not db.context.can(found.requires):
            raise PermissionDenied(
                "You may not see this figure.", permission=found.requires.value, action=f"figure {key}",
                hint="Ask an owner or admin of the house.",
            )  # fmt: skip
        before = measured(found, compare) if compare is not None else None
        answers.append(answered(key, measured(found, scope), scope.as_of, before, compared_with))
    return tuple(answers)


def answered(
    key: str, now: Measured, as_of: dt.datetime, before: Measured | None = None, compared_with: str = ""
) -> Figure:
    """The figure of a value computed elsewhere, for a page that has read the rows it sums up. Raises NotFound."""
    previous = before.value if before is not None else None
    return Figure(definition(key), now.value, now.rows, now.listing, as_of, previous, compared_with, target=now.target)
