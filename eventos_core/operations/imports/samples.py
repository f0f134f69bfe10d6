"""What stands in the columns of a stored file, so that a person can tell where each belongs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import Conflict
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import ImportFile
from eventos_core.operations.imports.batches import batch_of
from eventos_core.operations.imports.reading import ReadOptions, read_file
from eventos_core.operations.imports.table import shortened

_LOOKED_AT = 2_000


@dataclass(frozen=True)
class ColumnSample:
    """One column: its header as people are told it, its first different values, and how many rows have none."""

    position: int
    label: str
    values: tuple[str, ...]
    filled: int
    looked_at: int


@query(requires=Permission.IMPORTS_RUN)
def import_samples(db: TenantSession, batch_id: int, *, values: int = 3) -> tuple[ColumnSample, ...]:
    """The columns of a batch's file with up to `values` different values from its first 2,000 rows.

    Reads the whole file again: cache it, the file never changes. Raises NotFound, Conflict once the file is gone.
    """
    batch = batch_of(db, batch_id)
    content = db.scalar(
        select(ImportFile.content).where(
            ImportFile.account_id == db.context.account_id, ImportFile.batch_id == batch_id
        )
    )
    if content is None:
        raise Conflict("The file of this import is no longer kept.", hint="Upload it again.")
    options = ReadOptions(batch.encoding or "", batch.delimiter or "", batch.sheet or "")
    table = read_file(batch.file_name, bytes(content), options)
    rows = table.rows[:_LOOKED_AT]
    found = []
    for position in range(len(table.headers)):
        cells = [text for row in rows if (text := row.cells[position].strip())]
        different = tuple(shortened(text, 40) for text in list(dict.fromkeys(cells))[:values])
        found.append(ColumnSample(position, table.label(position), different, len(cells), len(rows)))
    return tuple(found)
