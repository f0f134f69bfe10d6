"""A stored batch as the engine needs it: its file read again, its mapping, its scope, its result."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import func, select

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ImportStatus, ImportVerdict
from eventos_core.kernel.clock import now
from eventos_core.kernel.errors import Conflict, NotAllowedNow, NotFound, PermissionDenied
from eventos_core.models.events import Event
from eventos_core.models.operations import ImportBatch, ImportFile, ImportRow
from eventos_core.models.tenancy import Account
from eventos_core.operations.imports.mapping import MappingSpec, check_mapping, stored_mapping
from eventos_core.operations.imports.plan import Scope
from eventos_core.operations.imports.reading import ReadOptions, read_file
from eventos_core.operations.imports.registry import Kind, kind_of
from eventos_core.operations.imports.table import RowProblem, SourceTable
from eventos_core.operations.imports.values import Hints

ERRORS_SHOWN = 10_000
"""Most errors a result carries; the rest are read page by page."""


@dataclass(frozen=True)
class ImportResult:
    """What an import did, or would do. `rows` = created + updated + skipped + rejected + conflicts.

    `errors` are (row, column, value, reason) of rejected and conflicting rows and of duplicates left out, at most
    `ERRORS_SHOWN`, by row.
    """

    batch: int
    rows: int
    created: int
    updated: int
    skipped: int
    rejected: int
    conflicts: int
    errors: tuple[RowProblem, ...]

    def as_json(self) -> dict[str, Any]:
        """The result as the command line and the API print it; each error is an object."""
        counted = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "errors"}
        return {**counted, "errors": [problem._asdict() for problem in self.errors]}


@dataclass(frozen=True)
class LoadedBatch:
    """A batch with its file read."""

    batch: ImportBatch
    kind: Kind
    table: SourceTable
    mapping: MappingSpec
    scope: Scope

    def column(self, key: str) -> str:
        """The header that feeds a field, for messages; the field's key where no column does."""
        for column in self.mapping.columns:
            if column.target == key:
                return self.table.label(column.position)
        return key


def batch_of(db: TenantSession, batch_id: int, *, lock: bool = False) -> ImportBatch:
    """The house's batch of that id. Raises NotFound."""
    statement = select(ImportBatch).where(ImportBatch.account_id == db.context.account_id, ImportBatch.id == batch_id)
    if lock:
        # NO KEY UPDATE: the rows of a running import hold a key share on their batch.
        statement = statement.with_for_update(key_share=True)
    found = db.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("There is no such import.", hint="Go back to the list of imports.")
    return found


def load(db: TenantSession, batch: ImportBatch) -> LoadedBatch:
    """Read the batch's file again. Raises Conflict once the file is no longer kept."""
    content = db.scalar(
        select(ImportFile.content).where(
            ImportFile.account_id == db.context.account_id, ImportFile.batch_id == batch.id
        )
    )
    if content is None:
        raise Conflict("The file of this import is no longer kept.", hint="Upload it again.")
    options = ReadOptions(batch.encoding or "", batch.delimiter or "", batch.sheet or "")
    table = read_file(batch.file_name, bytes(content), options)
    kind = kind_of(batch.kind)
    mapping = stored_mapping(batch.source_format, table.headers, batch.mapping, batch.value_map, batch.options)
    check_mapping(mapping, kind.fields, table.headers)
    return LoadedBatch(batch, kind, table, mapping, scope_of(db, batch, mapping))


def check_event_in_use(db: TenantSession, event_id: int | None) -> None:
    """Raises NotAllowedNow where the import's event is archived, and so read-only."""
    archived = event_id is not None and db.scalar(
        select(Event.name).where(
            Event.account_id == db.context.account_id, Event.id == event_id, Event.archived_at.is_not(None)
        )
    )
    if archived:
        raise NotAllowedNow(f"The event “{archived}” is archived.", hint="Restore it first.")


def scope_of(db: TenantSession, batch: ImportBatch, mapping: MappingSpec) -> Scope:
    """Where the batch's rows go and how their cells are meant."""
    context = db.context
    country = db.scalar(select(Account.country).where(Account.id == context.account_id))
    zone = context.timezone
    if batch.event_id is not None:
        zone = (
            db.scalar(select(Event.timezone).where(Event.account_id == context.account_id, Event.id == batch.event_id))
            or zone
        )
    american = context.locale.replace("_", "-") == "en-US" or country == "US"
    return Scope(
        account_id=context.account_id,
        batch_id=batch.id,
        source=batch.source,
        hints=Hints(zone=zone, currency=context.currency, country=country, day_first=not american),
        now=now(),
        event_id=batch.event_id,
        file_name=batch.file_name,
        create_missing=frozenset(mapping.create_missing),
        made_as=mapping.made_as,
    )


def check_may_write(db: TenantSession, kind: Kind) -> None:
    """Raise PermissionDenied unless the actor may also write what the kind writes."""
    if not db.context.can(kind.writes):
        raise PermissionDenied(
            f"You may not import {kind.label.lower()}.",
            hint="Ask an owner or admin of the house for it.",
            permission=kind.writes.value,
            action="start_import",
        )


def result_of(db: TenantSession, batch: ImportBatch) -> ImportResult:
    """The stored result of a batch that has run."""
    rows = db.execute(
        select(ImportRow.row_no, ImportRow.errors)
        .where(
            ImportRow.account_id == db.context.account_id,
            ImportRow.batch_id == batch.id,
            ImportRow.verdict.in_([ImportVerdict.REJECT, ImportVerdict.CONFLICT, ImportVerdict.SKIP]),
            func.jsonb_array_length(ImportRow.errors) > 0,
        )
        .order_by(ImportRow.row_no)
        .limit(ERRORS_SHOWN)
    )
    errors = [
        RowProblem(row.row_no, error["column"], error.get("value", ""), error["reason"])
        for row in rows
        for error in row.errors
    ]
    return ImportResult(
        batch.id,
        batch.rows_total,
        batch.created_count,
        batch.updated_count,
        batch.skipped_count,
        batch.rejected_count,
        batch.conflict_count,
        tuple(errors[:ERRORS_SHOWN]),
    )


def finish(batch: ImportBatch, result: ImportResult, *, at: dt.datetime, keep: dt.timedelta) -> None:
    """Write the result into the batch; the caller's transaction commits it."""
    batch.status = ImportStatus.DONE
    batch.created_count, batch.updated_count = result.created, result.updated
    batch.skipped_count, batch.rejected_count = result.skipped, result.rejected
    batch.conflict_count = result.conflicts
    batch.progress_rows = batch.rows_total
    batch.finished_at, batch.before_expires_at, batch.error = at, at + keep, None
