"""Commands that print figures: report, reconcile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import click
import pandas as pd

from eventos_core.cli.common import as_option, json_option, operator, print_json, table
from eventos_core.crm import queries as crm
from eventos_core.db.registry import read
from eventos_core.db.session import TenantSession
from eventos_core.events import queries as events
from eventos_core.kernel import clock
from eventos_core.operations import metrics, reconciling
from eventos_core.operations.metrics import Figure, Scope

REPORTS: dict[str, tuple[str, ...]] = {
    "overview": (
        "events_ahead",
        "events_held",
        "sessions_planned",
        "venues_in_use",
        "contacts",
        "organizations",
    ),
    "pipeline": (
        "open_deals", "open_value_minor", "weighted_value_minor", "won_deals", "lost_deals", "won_value_minor",
        "lost_value_minor", "win_rate", "value_win_rate", "mean_cycle_days", "median_cycle_days",
        "mean_won_value_minor", "velocity_minor_per_day", "deals_without_value",
    ),
    "forecast": (
        "forecast_won_minor", "commit_minor", "best_case_minor", "weighted_forecast_minor", "usable_forecast_minor",
        "late_deals", "late_value_minor", "quota_minor", "quota_attainment", "pipeline_coverage",
        "forecast_without_value", "forecast_without_rate", "undated_deals", "overdue_deals",
    ),
    "funnel": (
        "funnel_entered", "funnel_won", "funnel_conversion", "win_rate", "value_win_rate", "mean_cycle_days",
        "median_cycle_days", "velocity_minor_per_day",
    ),
}  # fmt: skip
"""Figures of each report by key, in order; each later domain adds its own."""
TABLES: dict[str, Callable[[TenantSession, Scope], Mapping[str, pd.DataFrame]]] = {
    "forecast": lambda db, scope: {
        "months": crm.forecast(db, scope, "month").rows,
        "events": crm.forecast(db, scope, "event").rows,
        "owners": crm.forecast(db, scope, "owner").rows,
    },
    "funnel": lambda db, scope: {"stages": crm.funnel(db, scope).rows},
}
"""What a report breaks down besides its figures: the frames that its page draws."""
AHEAD = frozenset({"forecast"})
"""Reports that look past the as-of time where no last day is named."""


@click.command()
@click.argument("name", type=click.Choice(sorted(REPORTS)))
@click.option("--account", required=True, metavar="S")
@click.option("--event", "event_slug", default=None, metavar="SLUG")
@click.option("--from", "from_", default=None, metavar="D", help="First day, in the house's zone; all time otherwise.")
@click.option(
    "--to",
    "to",
    default=None,
    metavar="D",
    help="Day after the last; the as-of time otherwise, open end for a forecast.",
)
@click.option("--as-of", "as_of", default=None, metavar="T")
@as_option
@json_option
def report(
    name: str,
    account: str,
    event_slug: str | None,
    from_: str | None,
    to: str | None,
    as_of: str | None,
    as_email: str | None,
    as_json: bool,
) -> None:
    """Print a report: the same figures as on the pages."""

    def compute(db: TenantSession) -> tuple[Scope, tuple[Figure, ...], Mapping[str, pd.DataFrame]]:
        zone = db.context.timezone
        moment = clock.local_to_utc(_time(as_of), zone) if as_of else clock.now()
        event_id = events.event(db, event_slug).id if event_slug else None
        scope = Scope(
            as_of=moment,
            from_=clock.day_bounds(_day(from_), zone)[0] if from_ else None,
            to=clock.day_bounds(_day(to), zone)[0] if to else None if name in AHEAD else moment,
            event_id=event_id,
        )
        tables = TABLES[name](db, scope) if name in TABLES else {}
        return scope, metrics.figures(db, REPORTS[name], scope), tables

    scope, figures, tables = read(operator(account, as_email), compute)
    if not as_json:
        table(["figure", "value", "rows"], [[f.metric.name, _shown(f.value), f.rows] for f in figures])
        for frame in tables.values():
            click.echo()
            table(list(frame.columns), [[_shown(cell) for cell in row] for row in _plain(frame)])
        return
    print_json(
        {
            "account": account,
            "as_of": scope.as_of,
            "window": {"from": scope.from_, "to": scope.to},
            "metrics": {
                f.metric.key: {
                    "value": f.value,
                    "unit": f.metric.unit.value,
                    "definition": f.metric.formula,
                    "rows": {"count": f.rows, "query": f.listing},
                }
                for f in figures
            },
            **{title: [dict(zip(frame.columns, row, strict=True)) for row in _plain(frame)]
               for title, frame in tables.items()},
        }
    )  # fmt: skip


@click.command()
@click.option("--account", required=True, metavar="S")
@click.option("--event", "event_slug", default=None, metavar="SLUG")
@as_option
@json_option
def reconcile(account: str, event_slug: str | None, as_email: str | None, as_json: bool) -> None:
    """Recompute every stored figure from the facts; exit 1 if any differs."""

    def compare(db: TenantSession) -> list[reconciling.Difference]:
        event_id = events.event(db, event_slug).id if event_slug else None
        return reconciling.differences(db, event_id)

    found = read(operator(account, as_email), compare)
    if as_json:
        print_json({"account": account, "ok": not found, "differences": [vars(item) for item in found]})
    else:
        for item in found:
            click.echo(f"{item.what}: stored {_shown(item.stored)}, facts say {_shown(item.computed)}")
        click.echo("Everything agrees." if not found else f"{len(found)} differences.", err=True)
    raise click.exceptions.Exit(1 if found else 0)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"“{text}” is not a day; write 2026-12-12.") from error


def _time(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"“{text}” is not a time; write 2026-12-12T19:30.") from error


def _plain(frame: pd.DataFrame) -> list[list[Any]]:
    """The rows of a typed frame as Python values, with None where a cell holds nothing."""
    return [[None if pd.isna(cell) else cell for cell in row] for row in frame.astype(object).itertuples(index=False)]


def _shown(value: Any) -> str:
    return "–" if value is None else str(value)


COMMANDS = (report, reconcile)
