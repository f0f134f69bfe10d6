"""Figures of what sellers have to do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, or_, select

from eventos_core.crm.queries.activities import overdue, visible
from eventos_core.crm.rules.activities import horizon
from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Activity
from eventos_core.operations.metrics import Direction, Grain, Measured, Scope, Unit, metric


@metric(
    key="activities_due",
    name="Activities due",
    unit=Unit.COUNT,
    direction=Direction.NEUTRAL,
    grain=Grain.OWNER,
    formula="Activities open at the as-of time whose due time lies before the end of that day in the house's zone, "
    "overdue ones included; archived ones aside.",
    requires=Permission.CONTACTS_READ,
)
def activities_due(db: TenantSession, scope: Scope) -> Measured:
    """What is to do today or was before; of one owner or event where the scope says so."""
    days = horizon(scope.as_of, db.context.timezone, db.context.timezone)
    ends = case((Activity.all_day, days.whole[1]), else_=days.timed[0])
    return _counted(db, scope, Activity.due_at < ends, "crm.activities?show=open")


@metric(
    key="activities_overdue",
    name="Activities overdue",
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    grain=Grain.OWNER,
    formula="Activities open at the as-of time whose due time has passed; those for a whole day from the next midnight "
    "in the house's zone; archived ones aside.",
    requires=Permission.CONTACTS_READ,
)
def activities_overdue(db: TenantSession, scope: Scope) -> Measured:
    """What should be done already; of one owner or event where the scope says so."""
    days = horizon(scope.as_of, db.context.timezone, db.context.timezone)
    return _counted(db, scope, overdue(days), "crm.activities?show=overdue")


def _counted(db: TenantSession, scope: Scope, due: Any, listing: str) -> Measured:
    tests = [
        Activity.account_id == db.context.account_id, Activity.archived_at.is_(None),
        Activity.created_at <= scope.as_of, or_(Activity.done_at.is_(None), Activity.done_at > scope.as_of), due,
        *visible(db),
    ]  # fmt: skip
    tests += [Activity.owner_id == scope.owner_id] if scope.owner_id is not None else []
    tests += [Activity.event_id == scope.event_id] if scope.event_id is not None else []
    count = db.scalar(select(func.count()).select_from(Activity).where(*tests)) or 0
    return Measured(count, count, listing)
