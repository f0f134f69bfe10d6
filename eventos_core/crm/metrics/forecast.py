"""The forecast for a period: won, commit, best case, weighted, usable; quota attainment and coverage."""

from __future__ import annotations

from collections.abc import Mapping

from eventos_core.crm.metrics.pipeline import OPEN, WON
from eventos_core.crm.queries.forecast import Forecast, forecast
from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.metrics import Defined, Direction, Measured, Scope, Unit, together

_IN = "expected to be decided within the window"
_WON = "deals won with a close date within the window"


@together(
    Defined(
        "forecast_won_minor", "Won in the period", Unit.MINOR,
        f"Σ amounts of {_WON}, at the exchange rate frozen at close. Lost deals count nothing in a forecast.",
    ),
    Defined(
        "commit_minor", "Commit", Unit.MINOR,
        f"Won in the period + Σ amounts of open deals {_IN} whose stage is of category commit.",
    ),
    Defined(
        "best_case_minor", "Best case", Unit.MINOR,
        f"Commit + Σ amounts of open deals {_IN} whose stage is of category best case.",
    ),
    Defined(
        "weighted_forecast_minor", "Weighted forecast", Unit.MINOR,
        f"Won in the period + Σ over open deals {_IN}, of any category, of amount × exchange rate × probability, each "
        "deal rounded once, half up.",
    ),
    Defined(
        "usable_forecast_minor", "Usable forecast", Unit.MINOR,
        "The weighted forecast in which open sponsorship deals count nothing that would be decided after their event's "
        "asset date (by their expected day, or by the as-of day where that is past or missing).",
    ),
    Defined(
        "late_deals", "Deals after the asset date", Unit.COUNT,
        f"Open sponsorship deals {_IN} that would be decided after their event's asset date.", Direction.DOWN,
    ),
    Defined(
        "late_value_minor", "Value after the asset date", Unit.MINOR,
        "Σ amounts of the deals after the asset date: what the usable forecast leaves out, unweighted.", Direction.DOWN,
    ),
    Defined(
        "quota_minor", "Quota", Unit.MINOR,
        "What the house (or the event, or the person) is to win within the window: targets whose whole span lies in "
        "it. A house without a target of its own has the sum of its people's quotas.",
    ),
    Defined("quota_attainment", "Quota attainment", Unit.FRACTION, "Σ won in the period / quota of the period."),
    Defined(
        "pipeline_coverage", "Pipeline coverage", Unit.SCORE,
        f"Σ amounts of open deals {_IN} / (quota − won in the period); undefined without a quota and once it is met.",
    ),
    Defined(
        "forecast_without_value", "Forecast deals without a value", Unit.COUNT,
        f"Of the {_WON} and the open deals {_IN}, those without an amount.", Direction.DOWN,
    ),
    Defined(
        "forecast_without_rate", "Forecast deals without an exchange rate", Unit.COUNT,
        f"Of the {_WON} and the open deals {_IN}, those with an amount that no exchange rate converts.", Direction.DOWN,
    ),
    Defined(
        "undated_deals", "Deals without an expected date", Unit.COUNT,
        "Open deals without an expected day of decision; they are in no period's forecast.", Direction.DOWN,
    ),
    Defined(
        "overdue_deals", "Overdue deals", Unit.COUNT,
        "Open deals whose expected day of decision lies before the as-of day.", Direction.DOWN,
    ),
    requires=Permission.SALES_READ,
)  # fmt: skip
def forecasts(db: TenantSession, scope: Scope) -> Mapping[str, Measured]:
    """All of them, for the scope."""
    return measured(forecast(db, scope))


def measured(found: Forecast) -> Mapping[str, Measured]:
    """The figures that a forecast holds, by key."""
    t = found.total
    both = t.won_deals + t.open_deals
    return {
        "forecast_won_minor": Measured(t.won_minor, t.won_deals, WON, target=found.target_minor),
        "commit_minor": Measured(t.commit_minor, both, "crm.deals", target=found.target_minor),
        "best_case_minor": Measured(t.best_minor, both, "crm.deals", target=found.target_minor),
        "weighted_forecast_minor": Measured(t.weighted_minor, both, "crm.deals", target=found.target_minor),
        "usable_forecast_minor": Measured(t.usable_minor, both, "crm.deals", target=found.target_minor),
        "late_deals": Measured(t.late_deals, t.late_deals, OPEN),
        "late_value_minor": Measured(t.late_minor, t.late_deals, OPEN),
        "quota_minor": Measured(found.target_minor, 0, "crm.quotas"),
        "quota_attainment": Measured(found.attainment, t.won_deals, WON),
        "pipeline_coverage": Measured(found.coverage, t.open_deals, OPEN),
        "forecast_without_value": Measured(t.without_value, t.without_value, "crm.deals"),
        "forecast_without_rate": Measured(t.without_rate, t.without_rate, "crm.deals"),
        "undated_deals": Measured(found.undated_deals, found.undated_deals, OPEN),
        "overdue_deals": Measured(found.overdue_deals, found.overdue_deals, OPEN),
    }
