"""What people put in an order of their own: pipelines, their stages, reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import AlreadyExists, NotFound
from eventos_core.models.crm import LostReason, SalesPipeline, SalesStage

R = TypeVar("R", LostReason, SalesPipeline)
Ordered = LostReason | SalesPipeline | SalesStage


def locked(db: TenantSession, model: type[R]) -> list[R]:
    """Every row of the house, locked in order of id, sorted as lists show them."""
    rows = db.scalars(
        select(model)
        .where(model.account_id == db.context.account_id)
        .order_by(model.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return sorted(rows, key=lambda row: (row.position, row.id))


def named(rows: Iterable[R], row_id: int, what: str) -> R:
    """The row of that id. Raises NotFound."""
    row = next((row for row in rows if row.id == row_id), None)
    if row is None:
        raise NotFound(f"This {what} does not exist.", hint="Go back to the list.")
    return row


def check_name(in_use: Iterable[Ordered], name: str, row_id: int | None, what: str) -> None:
    """Raises AlreadyExists where another row in use has the name; `row_id` None is a new one."""
    if any(row.id != row_id and row.name.casefold() == name.casefold() for row in in_use):
        raise AlreadyExists(f"There is a {what} “{name}” already.", hint="Choose another name.")


def number(db: TenantSession, row: Ordered, order: Sequence[Ordered]) -> None:
    """Write the positions of that order, and read `row` again as it is then."""
    for position, one in enumerate(order):
        if one.position != position:
            one.position = position
    db.flush()
    db.refresh(row)
