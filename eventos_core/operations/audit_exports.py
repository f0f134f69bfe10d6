"""The audit as a file."""

from __future__ import annotations

from collections.abc import Sequence

from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import audit
from eventos_core.operations.audit import AuditFilter
from eventos_core.operations.exports import Column, Exportable, column, exportable, instant
from eventos_core.operations.lists import PageOf


def _rows(db: TenantSession, wanted: AuditFilter, cursor: str | None, size: int) -> PageOf:
    return audit.entries(db, wanted, cursor=cursor, size=size)


def _columns(db: TenantSession, wanted: AuditFilter) -> Sequence[Column]:
    return (
        column("Entry", "id"),
        instant("When", "occurred_at"),
        column("Who", "actor"),
        column("Kind of actor", "actor_kind"),
        column("Did", "action", shown="did"),
        column("Table", "table_name", shown="what"),
        column("Record", "row_id", shown="what"),
        column("Name", "subject", shown="what"),
        column("Fields", "changed", shown="columns"),
        column("Reason", "reason"),
        column("Request", "request_id"),
    )


exportable(
    Exportable(
        "audit", "Audit", Permission.AUDIT_READ, AuditFilter, _rows, audit.entries_counted, _columns,
        covers=("operations.entries",),
    )
)  # fmt: skip
