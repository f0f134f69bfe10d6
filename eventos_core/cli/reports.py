"""Commands that print figures: report, reconcile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click
import pandas as pd

from eventos_core.cli.common import account_option, as_option, json_option, operator, print_json, table
from eventos_core.crm import queries as crm
from eventos_core.db.registry import read
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import OpportunityKind
from eventos_core.events import queries as events
from eventos_core.kernel import clock
from eventos_core.operations import metrics, reconciling
from eventos_core.operations.metrics import Figure, Scope, Unit

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
    "funnel": lambda db, scope: {
        "stages": crm.funnel(db, scope).rows,
        "owners": crm.performance_by(db, scope, "owner"),
        "sources": crm.performance_by(db, scope, "source"),
        "kinds": crm.performance_by(db, scope, "kind"),
        "events": crm.performance_by(db, scope, "event"),
    },
}
"""What a report breaks down besides its figures: the frames that its page draws."""
SALES = frozenset({"pipeline", "forecast", "funnel"})
"""Reports about deals, which can be narrowed as their pages are."""
AHEAD = frozenset({"forecast"})
"""Reports that look past the as-of time where no last day is named."""


@click.command()
@click.argument("name", type=click.Choice(sorted(REPORTS)))
@account_option
@click.option(
    "--event", "event_slug", metavar="SLUG", help="Of one event; of deals `-` = those for none in particular."
)
@click.option("--owner", metavar="WHO", help="Deals of that member, by e-mail address or name; `-` = nobody's.")
@click.option(
    "--pipeline", metavar="NAME", help="Deals of that pipeline; without it all, for a funnel the default one."
)
@click.option(
    "--kind",
    "kinds",
    type=click.Choice([str(kind) for kind in OpportunityKind]),
    multiple=True,
    help="Deals of that kind; may be given several times.",
)
@click.option("--source", metavar="TEXT", help="Deals that came from there, as the house words it.")
@click.option("--from", "from_", metavar="D", help="First day, in the house's zone; all time otherwise.")
@click.option("--to", metavar="D", help="Day after the last; the as-of time otherwise, open end for a forecast.")
@click.option(
    "--as-of",
    "as_of",
    metavar="T",
    help="Figures as they stood at that time in the house's zone, such as 2026-12-01 (its first instant).",
)
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
    **narrowing: Any,
) -> None:
    """Print a report: the same figures as on the pages.

    Money is in minor units of the house's currency, which the answer names; shares are fractions of 1. --owner,
    --pipeline, --kind and --source narrow pipeline, forecast and funnel, as the filters of their pages do.
    """
    given = {option: value for option, value in narrowing.items() if value}
    if given and name not in SALES:
        raise click.UsageError(f"`report {name}` is not about deals: leave out --{next(iter(given)).rstrip('s')}.")

    def compute(db: TenantSession) -> _Answer:
        zone = db.context.timezone
        moment = clock.local_to_utc(_time(as_of), zone) if as_of else clock.now()
        event = 0 if event_slug == NONE and name in SALES else events.event(db, event_slug).id if event_slug else None
        scope = Scope(
            as_of=moment,
            from_=clock.day_bounds(_day(from_), zone)[0] if from_ else None,
            to=clock.day_bounds(_day(to), zone)[0] if to else None if name in AHEAD else moment,
            event_id=event,
            **_narrowed(db, **given),
        )
        tables = TABLES[name](db, scope) if name in TABLES else {}
        return _Answer(scope, db.context.currency, metrics.figures(db, REPORTS[name], scope), tables)

    answer = read(operator(account, as_email), compute)
    if as_json:
        print_json(_document(account, answer, {"event": event_slug, **narrowing}))
    else:
        _print(answer)


NONE = "-"
"""Stands for no owner and no event."""


@dataclass(frozen=True)
class _Answer:
    """A computed report; money in minor units of `currency`."""

    scope: Scope
    currency: str
    figures: tuple[Figure, ...]
    tables: Mapping[str, pd.DataFrame]


def _narrowed(
    db: TenantSession, owner: str | None = None, pipeline: str | None = None, kinds: tuple[str, ...] = (),
    source: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The parts of a scope that these options name. Raises NotFound."""
    return {
        "owner_id": None if owner is None else 0 if owner == NONE else crm.seller_named(db, owner),
        "pipeline_id": None if pipeline is None else crm.pipeline_named(db, pipeline),
        "kinds": tuple(kinds),
        "source": source,
    }


def _print(answer: _Answer) -> None:
    """For people: figures with their unit, then each table."""
    units = {
        Unit.MINOR: f"{answer.currency}, minor units", Unit.MINOR_PER_DAY: f"{answer.currency}, minor units a day",
        Unit.FRACTION: "of 1", Unit.DAYS: "days",
    }  # fmt: skip
    table(
        ["figure", "value", "unit", "rows"],
        [[f.metric.name, _shown(f.value), units.get(f.metric.unit, ""), f.rows] for f in answer.figures],
    )
    for title, frame in answer.tables.items():
        click.echo(f"\n{title}, money in minor units of {answer.currency}")
        table(list(frame.columns), [[_shown(cell) for cell in row] for row in _plain(frame)])


def _document(account: str, answer: _Answer, narrowing: Mapping[str, Any]) -> dict[str, Any]:
    """What `--json` prints; `scope` repeats the options that narrow it."""
    scope = answer.scope
    return {
        "account": account,
        "currency": answer.currency,
        "as_of": scope.as_of,
        "window": {"from": scope.from_, "to": scope.to},
        "scope": dict(narrowing),
        "metrics": {
            f.metric.key: {
                "value": f.value,
                "unit": f.metric.unit.value,
                "definition": f.metric.formula,
                "rows": {"count": f.rows, "query": f.listing},
            }
            for f in answer.figures
        },
        **{title: [dict(zip(frame.columns, row, strict=True)) for row in _plain(frame)]
           for title, frame in answer.tables.items()},
    }  # fmt: skip


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
