"""The metric registry: every figure that is shown anywhere is computed here or nowhere.

A metric states its key, name, unit, direction, formula in words and grain, and the function that computes it.
Pages, reports, exports and routes ask `figure`; the answer carries value, definition, as-of time and the query
that lists the rows behind it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

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
    """For what and when: half-open window [from_, to) and the as-of instant; None = all time, now."""

    as_of: dt.datetime = field(default_factory=clock.now)
    from_: dt.datetime | None = None
    to: dt.datetime | None = None
    event_id: int | None = None
    owner_id: int | None = None


@dataclass(frozen=True)
class Measured:
    """What a metric's function returns: the value (None = undefined, shown “–”) and how many rows it counts."""

    value: int | float | None
    rows: int
    listing: str = ""
    """Registered query that lists them, with its filter."""


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
    compute: Callable[[TenantSession, Scope], Measured]


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
) -> Callable[[Callable[[TenantSession, Scope], Measured]], Callable[[TenantSession, Scope], Measured]]:
    """Register a metric; two of one key are a defect."""

    def register(compute: Callable[[TenantSession, Scope], Measured]) -> Callable[[TenantSession, Scope], Measured]:
        if key in _METRICS:
            raise TypeError(f"Two metrics are called {key}.")
        _METRICS[key] = Metric(key, name, unit, direction, formula, grain, requires, compute)
        return compute

    return register


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
    found, scope = definition(key), scope or Scope()
    if not db.context.can(found.requires):
        raise PermissionDenied(
            "You may not see this figure.", permission=found.requires.value, action=f"figure {key}",
            hint="Ask an owner or admin of the house.",
        )  # fmt: skip
    measured = found.compute(db, scope)
    previous = found.compute(db, compare).value if compare is not None else None
    return Figure(
        found,
        measured.value,
        measured.rows,
        measured.listing,
        scope.as_of,
        previous=previous,
        compared_with=compared_with,
    )
