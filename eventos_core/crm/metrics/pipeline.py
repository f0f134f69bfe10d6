"""The pipeline: what is open, what was won and lost, how fast. One statement computes all of them."""

from __future__ import annotations

from collections.abc import Mapping

from eventos_core.crm.queries.performance import performance
from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.metrics import Defined, Direction, Measured, Scope, Unit, together

OPEN, WON, LOST = "crm.deals?show=open", "crm.deals?show=won", "crm.deals?show=lost"
CLOSED = "crm.deals?show=closed"
_RATE = "in the base currency at the as-of day's rate"
_FROZEN = "in the base currency at the rate frozen at close, else the as-of day's"
_CLOSED = "closed (by close date) within the window"


@together(
    Defined("open_deals", "Open deals", Unit.COUNT, "Deals neither won nor lost at the as-of time; not the trash."),
    Defined(
        "open_value_minor", "Pipeline", Unit.MINOR,
        f"Σ amounts of deals open at the as-of time, {_RATE}. Deals without an amount count nothing here.",
    ),
    Defined(
        "weighted_value_minor", "Weighted pipeline", Unit.MINOR,
        f"Σ over open deals of amount × exchange rate × probability, each deal rounded once, half up, {_RATE}. The "
        "probability is a person's own estimate where there is one, else the stage's.",
    ),
    Defined("won_deals", "Won deals", Unit.COUNT, f"Deals won and {_CLOSED}."),
    Defined("lost_deals", "Lost deals", Unit.COUNT, f"Deals lost and {_CLOSED}.", Direction.DOWN),
    Defined("won_value_minor", "Won", Unit.MINOR, f"Σ amounts of deals won and {_CLOSED}, {_FROZEN}."),
    Defined(
        "lost_value_minor", "Lost value", Unit.MINOR, f"Σ amounts of deals lost and {_CLOSED}, {_FROZEN}.",
        Direction.DOWN,
    ),
    Defined(
        "win_rate", "Win rate", Unit.FRACTION,
        f"Won / (won + lost), of deals {_CLOSED}. Open and overdue deals are not in the denominator.",
    ),
    Defined("value_win_rate", "Value win rate", Unit.FRACTION, f"Σ won / (Σ won + Σ lost), of deals {_CLOSED}."),
    Defined(
        "mean_cycle_days", "Mean sales cycle", Unit.DAYS,
        f"Mean days from a deal's first day to its closing one, of deals won and {_CLOSED}; 0 days is a value.",
        Direction.DOWN,
    ),
    Defined(
        "median_cycle_days", "Median sales cycle", Unit.DAYS,
        f"Median days from a deal's first day to its closing one, of deals won and {_CLOSED}.", Direction.DOWN,
    ),
    Defined(
        "mean_won_value_minor", "Mean won value", Unit.MINOR,
        f"Σ won / won deals that have a value, of deals won and {_CLOSED}.",
    ),
    Defined(
        "velocity_minor_per_day", "Sales velocity", Unit.MINOR_PER_DAY,
        "Deals open at the as-of time × win rate × mean won value / mean sales cycle: money per day. It uses the open "
        "deals, not those closed in the window; the other three are of deals closed within the window.",
    ),
    Defined(
        "deals_without_value", "Deals without a value", Unit.COUNT,
        f"Deals without an amount, of those open at the as-of time and those {_CLOSED}. They are counted as deals and "
        "add nothing to any value.",
        Direction.DOWN,
    ),
    Defined(
        "deals_without_rate", "Deals without an exchange rate", Unit.COUNT,
        "Deals with an amount in a currency that had no rate to the base currency by the as-of day; they add nothing "
        "to any value.",
        Direction.DOWN,
    ),
    requires=Permission.SALES_READ,
)  # fmt: skip
def pipeline(db: TenantSession, scope: Scope) -> Mapping[str, Measured]:
    """All of them, for the scope."""
    p = performance(db, scope)
    closed = p.won_deals + p.lost_deals
    return {
        "open_deals": Measured(p.open_deals, p.open_deals, OPEN),
        "open_value_minor": Measured(p.open_minor, p.open_deals, OPEN),
        "weighted_value_minor": Measured(p.weighted_minor, p.open_deals, OPEN),
        "won_deals": Measured(p.won_deals, p.won_deals, WON),
        "lost_deals": Measured(p.lost_deals, p.lost_deals, LOST),
        "won_value_minor": Measured(p.won_minor, p.won_deals, WON),
        "lost_value_minor": Measured(p.lost_minor, p.lost_deals, LOST),
        "win_rate": Measured(p.win_rate, closed, CLOSED),
        "value_win_rate": Measured(p.value_win_rate, closed, CLOSED),
        "mean_cycle_days": Measured(p.mean_cycle_days, p.won_deals, WON),
        "median_cycle_days": Measured(p.median_cycle_days, p.won_deals, WON),
        "mean_won_value_minor": Measured(p.mean_won_minor, p.won_valued, WON),
        "velocity_minor_per_day": Measured(p.velocity_minor_per_day, p.open_deals + closed, "crm.deals"),
        "deals_without_value": Measured(p.without_value, p.without_value, "crm.deals"),
        "deals_without_rate": Measured(p.without_rate, p.without_rate, "crm.deals"),
    }
