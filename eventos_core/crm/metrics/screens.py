"""The figures at the head of forecast and funnel, with what they are compared with: as the page draws them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd

from eventos_core.crm.metrics import forecast as forecasts
from eventos_core.crm.queries.forecast import By, Forecast, forecast
from eventos_core.crm.queries.shown import FiguresFilter
from eventos_core.db.frames import FrameSpec
from eventos_core.db.session import TenantSession
from eventos_core.operations import metrics
from eventos_core.operations.metrics import Figure, Scope

FORECAST_TILES = (
    "forecast_won_minor", "commit_minor", "best_case_minor", "weighted_forecast_minor", "usable_forecast_minor",
    "pipeline_coverage",
)  # fmt: skip
FUNNEL_TILES = (
    "win_rate", "value_win_rate", "mean_cycle_days", "median_cycle_days", "mean_won_value_minor",
    "velocity_minor_per_day",
)  # fmt: skip
LABELS = {"forecast_won_minor": "Won"}
"""What a figure is called on its screen, where that is less than its name."""
COMPARED_DAYS = 7
"""A forecast is compared with the one of a week before."""

FIGURES = FrameSpec(
    key="text", name="text", value="float", unit="text", previous="float", compared_with="text", target="float",
    definition="text", from_="instant", to="instant", as_of="instant",
)  # fmt: skip
"""One row per figure; money in minor units of the base currency, shares as fractions."""


def forecast_head(db: TenantSession, scope: Scope, by: By) -> tuple[Forecast, tuple[Figure, ...]]:
    """The forecast and its figures, compared with those of a week before. Twice the statements of one."""
    found = forecast(db, scope, by)
    before = forecast(db, replace(scope, as_of=scope.as_of - dt.timedelta(days=COMPARED_DAYS)), by)
    now, then = forecasts.measured(found), forecasts.measured(before)
    said = f"in {COMPARED_DAYS} days"
    return found, tuple(metrics.answered(key, now[key], scope.as_of, then[key], said) for key in FORECAST_TILES)


def funnel_head(db: TenantSession, scope: Scope) -> tuple[Figure, ...]:
    """The funnel's figures, compared with those of the period before where there is one. Two statements."""
    before = scope.previous(db.context.zone)
    compare = None if before is None else replace(before, as_of=scope.as_of)
    return metrics.figures(db, FUNNEL_TILES, scope, compare=compare, compared_with="on the period before")


def figure_rows(figures: tuple[Figure, ...], wanted: FiguresFilter) -> pd.DataFrame:
    """The figures as a frame of `FIGURES`."""
    return FIGURES.build(
        [
            (
                one.metric.key, LABELS.get(one.metric.key, one.metric.name), one.value, one.metric.unit.value,
                one.previous, one.compared_with if one.previous is not None else None, one.target, one.metric.formula,
                wanted.from_, wanted.to, one.as_of,
            )
            for one in figures
        ]
    )  # fmt: skip
