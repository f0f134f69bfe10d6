"""What imports add to Home: runs that failed and wait for a decision."""

from __future__ import annotations

from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ImportStatus
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import ImportBatch
from eventos_core.operations.needs import Need, Urgency, needs_me


@needs_me(Permission.IMPORTS_RUN)
def failed_imports(db: TenantSession) -> list[Need]:
    """This member's imports that failed and were neither started again nor cancelled; at most 4, latest first."""
    rows = db.execute(
        select(ImportBatch.id, ImportBatch.file_name, ImportBatch.error, ImportBatch.finished_at)
        .where(
            ImportBatch.account_id == db.context.account_id,
            ImportBatch.status == ImportStatus.FAILED,
            ImportBatch.created_by == db.context.member_id,
        )
        .order_by(ImportBatch.created_at.desc(), ImportBatch.id.desc())
        .limit(4)
    ).all()
    return [
        Need(
            title=f"Import {row.file_name} again, or cancel it",
            context=f"It failed: {row.error}",
            urgency=Urgency.TODAY,
            page="admin_imports",
            parameters={"batch": str(row.id)},
            due_at=row.finished_at,
        )
        for row in rows
    ]
