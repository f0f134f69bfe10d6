"""What was taken out of the house, as the page of imports and exports lists it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, func, select

from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ExportFormat, RunStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import Export
from eventos_core.models.tenancy import AccountUser, ApiKey
from eventos_core.operations import exports
from eventos_core.operations.lists import Cursor, PageOf, keyset, paged

_BY = func.coalesce(AccountUser.display_name, ApiKey.name).label("by")
SILENT = dt.timedelta(hours=1)
"""After this long a download that still runs has lost the process that wrote it."""
EXPORTS = FrameSpec(
    id="int", created_at="instant", title="text", format="text", status="text", rows="int", size_bytes="int",
    downloads="int", finished_at="instant", expires_at="instant", by="text", error="text",
)  # fmt: skip
"""One row per export, newest first; `status` is a RunStatus of its latest download."""


@dataclass(frozen=True)
class ExportShown:
    """One export with what it was narrowed by; `link_open` says whether who asks can fetch it now."""

    id: int
    public_id: str
    title: str
    format: ExportFormat
    status: RunStatus
    rows: int
    size_bytes: int | None
    sha256: str | None
    downloads: int
    by: str | None
    filters: dict[str, Any]
    created_at: dt.datetime
    finished_at: dt.datetime | None
    expires_at: dt.datetime
    link_open: bool
    error: str | None


@query(requires=Permission.EXPORTS_RUN)
def exports_so_far(db: TenantSession, *, cursor: str | None = None, size: int = 20) -> PageOf:
    """Exports newest first as `EXPORTS`, one page: one's own, and with `audit.read` everybody's.

    `by` is the member or the API key that asked. Raises InvalidInput for a damaged cursor.
    """
    place = Cursor.decode(cursor)
    statement = _visible(
        db,
        select(
            Export.id, Export.created_at, Export.title, Export.format, _status(), Export.rows, Export.size_bytes,
            Export.downloads, Export.finished_at, Export.expires_at, _BY, Export.error,
        ),
    )  # fmt: skip
    statement = keyset(statement, [(Export.created_at, "desc"), (Export.id, "desc")], place, size=size)
    return paged(EXPORTS.build([tuple(row) for row in db.execute(statement)]), ("created_at", "id"), place, size=size)


@query(requires=Permission.EXPORTS_RUN)
def export(db: TenantSession, export_id: int) -> ExportShown:
    """One export of those that `exports_so_far` lists. Raises NotFound."""
    statement = _visible(db, select(Export, _status().label("state"), _BY, exports.own(db).label("mine")))
    found = db.execute(statement.where(Export.id == export_id)).one_or_none()
    if found is None:
        raise NotFound("There is no such export for you.", hint="Go back to the list.")
    row: Export = found[0]
    return ExportShown(
        id=row.id,
        public_id=str(row.public_id),
        title=row.title,
        format=row.format,
        status=RunStatus(found.state),
        rows=row.rows,
        size_bytes=row.size_bytes,
        sha256=bytes(row.sha256).hex() if row.sha256 else None,
        downloads=row.downloads,
        by=found.by,
        filters={name: value for name, value in row.filters.items() if value not in (None, "", [], False)},
        created_at=row.created_at,
        finished_at=row.finished_at,
        expires_at=row.expires_at,
        link_open=found.mine and row.expires_at > clock.now(),
        error=row.error,
    )


def _status() -> Any:
    """The stored status, but broken off for a download that nobody can be writing any more."""
    silent = and_(Export.status == RunStatus.RUNNING, Export.started_at < func.now() - SILENT)
    return case((silent, RunStatus.CANCELLED.value), else_=Export.status)


def _visible(db: TenantSession, statement: Select[Any]) -> Select[Any]:
    statement = (
        statement.outerjoin(
            AccountUser, (AccountUser.account_id == Export.account_id) & (AccountUser.id == Export.member_id)
        )
        .outerjoin(ApiKey, (ApiKey.account_id == Export.account_id) & (ApiKey.id == Export.api_key_id))
        .where(Export.account_id == db.context.account_id)
    )
    return statement if db.context.can(Permission.AUDIT_READ) else statement.where(exports.own(db))
