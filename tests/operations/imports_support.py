"""Short ways to import in tests: upload, map, run, undo, and look at what stands in the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eventos_core.db.registry import execute, read
from eventos_core.kernel.credentials import Credential
from eventos_core.operations.imports import commands, queries
from eventos_core.operations.imports.batches import ImportResult
from eventos_core.operations.imports.running import run_import
from eventos_core.operations.imports.undoing import UndoResult
from tests.support import Database

DATA = Path(__file__).parents[1] / "data"


def upload(who: Credential, kind: str, content: str | bytes, name: str = "file.csv", **options: Any) -> int:
    """Store a file; returns the batch."""
    raw = content.encode() if isinstance(content, str) else content
    return execute(who, commands.upload_import, commands.UploadImport(kind, name, raw, **options)).batch_id


def mapped(who: Credential, batch: int, *columns: tuple[str, str], **options: Any) -> int:
    """Change the mapping of a batch."""
    return execute(who, commands.map_import, commands.MapImport(batch, columns, **options)).batch_id


def take(
    who: Credential, kind: str, content: str | bytes, *, create: tuple[str, ...] | None = None, **options: Any
) -> ImportResult:
    """Upload and run, with what may be created."""
    batch = upload(who, kind, content, **options)
    if create is not None:
        mapped(who, batch, create_missing=create)
    return run_import(who, batch)


def take_file(who: Credential, kind: str, name: str, **options: Any) -> ImportResult:
    """Upload and run one of the real files."""
    return take(who, kind, (DATA / name).read_bytes(), name=name, **options)


def undo(who: Credential, batch: int, *force: int) -> UndoResult:
    """Take an import back."""
    return execute(who, commands.undo_import, commands.UndoImport(batch, force))


def preview(who: Credential, batch: int) -> queries.Preview:
    """What running the batch would do."""
    return read(who, queries.import_preview, batch)


def counts(result: ImportResult) -> tuple[int, int, int, int, int]:
    """(created, updated, skipped, rejected, conflicts); they always add up to all rows."""
    found = (result.created, result.updated, result.skipped, result.rejected, result.conflicts)
    assert sum(found) == result.rows
    return found


def table(database: Database, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows as the migrator sees them: of every house."""
    with database.as_login("migrator") as connection:
        return connection.execute(statement, values).fetchall()


def one(database: Database, statement: str, *values: Any) -> tuple[Any, ...]:
    """The one row of a statement."""
    rows = table(database, statement, *values)
    assert len(rows) == 1
    return rows[0]


def alter(database: Database, statement: str, *values: Any) -> None:
    """Change something as a person would, versions included."""
    with database.as_login("migrator") as connection:
        connection.execute(statement, values)
