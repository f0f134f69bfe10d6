"""Rejected rows of an import as a file to mend and import again: number and reason, then the columns as uploaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from eventos_core.db.frames import FrameSpec
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ImportVerdict
from eventos_core.kernel.errors import Conflict
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import ImportBatch, ImportRow
from eventos_core.operations.exports import Column, Exportable, column, exportable
from eventos_core.operations.imports.batches import batch_of
from eventos_core.operations.imports.queries import told
from eventos_core.operations.imports.table import REJECTED_BECAUSE, REJECTED_ROW
from eventos_core.operations.lists import Cursor, PageOf, counted, keyset, paged

REJECTED = FrameSpec(row="int", cells="json", errors="json")
"""One row per rejected line: its number in the file, its cells as text, objects with column, value, reason."""


@dataclass(frozen=True)
class RejectedRows:
    """Which import."""

    batch_id: int


def rejected_rows(db: TenantSession, wanted: RejectedRows, cursor: str | None, size: int) -> PageOf:
    """The import's rejected lines by number as `REJECTED`, one page. Raises what `_kept` raises."""
    batch = _kept(db, wanted)
    place = Cursor.decode(cursor)
    statement = keyset(_select(batch), [(ImportRow.row_no, "asc")], place, size=size)
    return paged(REJECTED.build([tuple(row) for row in db.execute(statement)]), ("row",), place, size=size)


def _select(batch: ImportBatch) -> Any:
    return select(ImportRow.row_no, ImportRow.raw, ImportRow.errors).where(
        ImportRow.account_id == batch.account_id,
        ImportRow.batch_id == batch.id,
        ImportRow.verdict == ImportVerdict.REJECT,
    )


def _kept(db: TenantSession, wanted: RejectedRows) -> ImportBatch:
    """Raises NotFound, and Conflict once the cells have expired."""
    batch = batch_of(db, wanted.batch_id)
    if batch.before_expires_at is None:
        raise Conflict("The rows of this import are no longer kept.", hint="Take them from the file itself.")
    return batch


def _count(db: TenantSession, wanted: RejectedRows, limit: int) -> int:
    return counted(db, _select(_kept(db, wanted)), limit)


def _columns(db: TenantSession, wanted: RejectedRows) -> Sequence[Column]:
    batch = _kept(db, wanted)
    widest = db.scalar(
        select(func.max(func.jsonb_array_length(ImportRow.raw))).where(
            ImportRow.account_id == batch.account_id,
            ImportRow.batch_id == batch.id,
            ImportRow.verdict == ImportVerdict.REJECT,
        )
    )
    headers = [*batch.columns, *[""] * ((widest or 0) - len(batch.columns))]
    return (
        column(REJECTED_ROW, "row"),
        Column(REJECTED_BECAUSE, lambda row: " ".join(told(e["column"], e["reason"]) for e in row["errors"])),
        *(_cell(h, i) for i, h in enumerate(headers) if h not in (REJECTED_ROW, REJECTED_BECAUSE)),
    )


def _cell(header: str, position: int) -> Column:
    def value(row: Mapping[str, Any]) -> str:
        cells: list[str] = row["cells"]
        return cells[position] if position < len(cells) else ""

    return Column(header, value)


def _file_name(db: TenantSession, wanted: RejectedRows) -> str:
    return batch_of(db, wanted.batch_id).file_name


exportable(
    Exportable(
        "import_rejected", "Rejected rows", Permission.IMPORTS_RUN, RejectedRows, rejected_rows, _count, _columns,
        of=_file_name, covers=("operations.import_rows",),
    )
)  # fmt: skip
