"""What sellers have to do."""

from __future__ import annotations

from sqlalchemy import func, select

from eventos_core.db.session import TenantSession
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Activity
from eventos_core.operations.metrics import Direction, Grain, Measured, Scope, Unit, metric


@metric(
    key="activities_due",
    name="Activities due",
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    grain=Grain.OWNER,
    formula="Activities not done that are due by the end of the as-of day in the house's zone, overdue ones too; of "
    "one person, or of everybody.",
    requires=Permission.SALES_READ,
)
def activities_due(db: TenantSession, scope: Scope) -> Measured:
    """Open activities due by the end of the as-of day (what was done or moved since is not replayed)."""
    zone = db.context.timezone
    end = clock.day_bounds(scope.day(db.context.zone), zone)[1]
    tests = [
        Activity.account_id == db.context.account_id,
        Activity.archived_at.is_(None),
        Activity.done_at.is_(None),
        Activity.due_at < end,
    ]
    if scope.owner_id is not None:
        tests.append(Activity.owner_id == scope.owner_id)
    if scope.event_id is not None:
        tests.append(Activity.event_id == scope.event_id)
    count = db.scalar(select(func.count()).select_from(Activity).where(*tests)) or 0
    return Measured(count, count, "crm.activities?show=due")
