"""Editing one row that others may edit too: lock, compare versions, show both sides of a conflict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.kernel import clock
from eventos_core.kernel.errors import Conflict, EditConflict, NotAllowedNow, NotFound
from eventos_core.models.base import TenantTable
from eventos_core.models.tenancy import AccountUser

M = TypeVar("M", bound=TenantTable)


def get(db: TenantSession, model: type[M], row_id: int, *, lock: bool = False, what: str = "record") -> M:
    """The row of this house, optionally locked. Raises NotFound, also for another house's id."""
    statement = select(model).where(model.account_id == db.context.account_id, model.id == row_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = db.scalars(statement).one_or_none()
    if row is None:
        raise NotFound(f"This {what} does not exist.", hint="It may have been deleted; go back to the list.")
    return row


def edit(
    db: TenantSession,
    model: type[M],
    row_id: int,
    version: int,
    changes: Mapping[str, Any],
    *,
    what: str = "record",
) -> M:
    """Apply `changes` to the row if it still has `version`; returns the row with its new version.

    Raises NotFound; NotAllowedNow for an erased person; Conflict when the row is archived; EditConflict with stored
    and wanted values of the fields that differ when somebody changed it meanwhile. Nothing is written when nothing
    differs.
    """
    row = get(db, model, row_id, lock=True, what=what)
    if getattr(row, "erased_at", None) is not None:
        # Not a conflict: saving over it would bring the person back.
        raise NotAllowedNow("This person was erased meanwhile.", hint="Nothing can be added to what was erased.")
    if getattr(row, "merged_into_id", None) is not None:
        raise Conflict(
            f"This {what} was merged into another one meanwhile.", hint="Open that one, or take the merge back first."
        )
    if getattr(row, "archived_at", None) is not None:
        raise Conflict(f"This {what} is archived.", hint="Restore it first.")
    differing = {name: value for name, value in changes.items() if getattr(row, name) != value}
    current: int = row.version  # type: ignore[attr-defined]
    if current != version:
        raise EditConflict(
            f"{_author(db, row) or 'Somebody'} changed this {what} while you were editing.",
            version=current,
            theirs={name: getattr(row, name) for name in differing},
            mine=differing,
            changed_by=_author(db, row),
        )
    if differing:
        for name, value in differing.items():
            setattr(row, name, value)
        db.flush()
        db.refresh(row)
    return row


def set_archived(
    db: TenantSession, row: TenantTable, version: int | None, *, archived: bool, what: str = "record"
) -> None:
    """Archive the locked `row` or bring it back, if it still has `version` (None: whichever it has).

    Nothing happens where it is so already; the caller flushes. Raises EditConflict when somebody changed it meanwhile.
    """
    if (row.archived_at is not None) is archived:  # type: ignore[attr-defined]
        return
    current: int = row.version  # type: ignore[attr-defined]
    if version is not None and current != version:
        author = _author(db, row)
        raise EditConflict(
            f"{author or 'Somebody'} changed this {what} meanwhile.",
            hint="Look at it again, then decide.",
            version=current,
            theirs={"archived": "no" if archived else "yes"},
            mine={"archived": "yes" if archived else "no"},
            changed_by=author,
        )
    row.archived_at = clock.now() if archived else None  # type: ignore[attr-defined]


def _author(db: TenantSession, row: TenantTable) -> str:
    member_id = getattr(row, "updated_by", None)
    if member_id is None:
        return ""
    name = db.scalar(
        select(AccountUser.display_name).where(
            AccountUser.account_id == db.context.account_id, AccountUser.id == member_id
        )
    )
    return name or ""
