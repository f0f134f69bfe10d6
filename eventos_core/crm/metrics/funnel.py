"""The funnel as a whole: how many deals began, and how many of them were won."""

from __future__ import annotations

from collections.abc import Mapping

from eventos_core.crm.queries.funnel import funnel
from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.metrics import Defined, Measured, Scope, Unit, together

_COHORT = "deals whose first entry into the pipeline's first stage lies within the window"


@together(
    Defined("funnel_entered", "Entered", Unit.COUNT, f"Distinct {_COHORT}; lost ones stay in."),
    Defined("funnel_won", "Won of these", Unit.COUNT, f"Of the {_COHORT}, those that ever entered a won stage."),
    Defined(
        "funnel_conversion", "Conversion", Unit.FRACTION,
        f"Cumulative conversion: of the {_COHORT}, the share that ever entered a won stage.",
    ),
    requires=Permission.SALES_READ,
)  # fmt: skip
def funnels(db: TenantSession, scope: Scope) -> Mapping[str, Measured]:
    """All of them, for the scope's pipeline."""
    found = funnel(db, scope)
    return {
        "funnel_entered": Measured(found.cohort, found.cohort, "crm.deals"),
        "funnel_won": Measured(found.won, found.won, "crm.deals"),
        "funnel_conversion": Measured(found.conversion, found.cohort, "crm.deals"),
    }
