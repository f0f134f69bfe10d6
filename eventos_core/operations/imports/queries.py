"""What the imports page and the command line read: kinds, batches, a preview, rows with their errors."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ImportKind, ImportStatus, ImportVerdict
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import ImportBatch, ImportMapping, ImportRow
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.imports.batches import ImportResult, batch_of, load, result_of
from eventos_core.operations.imports.commands import batch_mapping, header_hash
from eventos_core.operations.imports.fields import Measure
from eventos_core.operations.imports.made import Remark
from eventos_core.operations.imports.mapping import MappingSpec
from eventos_core.operations.imports.memory import young_collections_only
from eventos_core.operations.imports.plan import Planned
from eventos_core.operations.imports.registry import Kind, kind_of, kinds
from eventos_core.operations.imports.running import plan_batch, summed
from eventos_core.operations.lists import Cursor, PageOf, counted, keyset, paged

BATCHES = FrameSpec(
    id="int", created_at="instant", kind="text", status="text", file_name="text", format="text", by="text",
    rows="int", progress="int", created="int", updated="int", skipped="int", rejected="int", conflicts="int",
    finished_at="instant", undo_until="instant", error="text",
)  # fmt: skip
"""One row per import; `progress` counts rows of the run, `undo_until` is empty where it cannot be undone."""

ROWS = FrameSpec(
    row="int", verdict="text", record="text", record_id="int", values="json", errors="json", conflicts="json",
    undo="text", undo_reason="text",
)  # fmt: skip
"""One row per line of the file; `errors` are objects with column, value, reason."""


@dataclass(frozen=True)
class ImportFilter:
    """Which imports to list; None = any."""

    kind: ImportKind | None = None
    status: ImportStatus | None = None


@dataclass(frozen=True)
class FieldShown:
    """A field that columns can be mapped to; `measure` says how its values are written for people."""

    key: str
    label: str
    measure: Measure = "text"


@dataclass(frozen=True)
class KindShown:
    """A kind of import this actor may run."""

    key: str
    label: str
    needs_event: bool
    fields: tuple[FieldShown, ...]
    formats: tuple[tuple[str, str], ...]
    """(key, label) of the formats that are recognised."""
    creatable: tuple[str, ...]
    takes_event: bool = False
    explained: bool = False
    """Whether it has values that a person can give a meaning to (`meanings.import_meanings`)."""


@dataclass(frozen=True)
class SavedMapping:
    """A mapping kept by name; `fits` says that it was made for the very same headers."""

    id: int
    name: str
    fits: bool


@dataclass(frozen=True)
class BatchShown:
    """One import with its mapping."""

    id: int
    kind: str
    status: ImportStatus
    file_name: str
    source: str
    rows: int
    progress: int
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    undo_until: dt.datetime | None
    error: str | None
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    mapping: MappingSpec
    result: ImportResult | None
    """None until it has run."""
    undo_counts: dict[str, int]


@dataclass(frozen=True)
class PreviewRow:
    """What would happen to one row: values as understood, and for a change what differs (field → now, then)."""

    row: int
    verdict: ImportVerdict
    values: dict[str, Any]
    record_id: int | None
    record: str
    changes: dict[str, tuple[Any, Any]]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """What an import would do, computed over all rows; `rows` are the first ones of each verdict.

    `remarks` is everything said of the rows, the most frequent first, at most 1,000.
    """

    totals: ImportResult
    rows: tuple[PreviewRow, ...]
    remarks: tuple[Remark, ...]


@query(requires=Permission.IMPORTS_RUN)
def import_kinds(db: TenantSession) -> tuple[KindShown, ...]:
    """The kinds that the actor may import."""
    return tuple(_shown(kind) for kind in kinds() if db.context.can(kind.writes))


@query(requires=Permission.IMPORTS_RUN)
def import_batches(
    db: TenantSession, wanted: ImportFilter | None = None, *, cursor: str | None = None, size: int = 50
) -> PageOf:
    """Imports newest first as `BATCHES`, one page. Raises InvalidInput for a damaged cursor."""
    place = Cursor.decode(cursor)
    statement = (
        select(
            ImportBatch.id,
            ImportBatch.created_at,
            ImportBatch.kind,
            ImportBatch.status,
            ImportBatch.file_name,
            ImportBatch.source_format,
            AccountUser.display_name,
            ImportBatch.rows_total,
            ImportBatch.progress_rows,
            ImportBatch.created_count,
            ImportBatch.updated_count,
            ImportBatch.skipped_count,
            ImportBatch.rejected_count,
            ImportBatch.conflict_count,
            ImportBatch.finished_at,
            ImportBatch.before_expires_at,
            ImportBatch.error,
        )
        .outerjoin(
            AccountUser,
            (AccountUser.account_id == ImportBatch.account_id) & (AccountUser.id == ImportBatch.created_by),
        )
        .where(*_conditions(db, wanted or ImportFilter()))
    )
    statement = keyset(statement, [(ImportBatch.created_at, "desc"), (ImportBatch.id, "desc")], place, size=size)
    return paged(BATCHES.build([tuple(row) for row in db.execute(statement)]), ("created_at", "id"), place, size=size)


@query(requires=Permission.IMPORTS_RUN)
def import_batches_counted(db: TenantSession, wanted: ImportFilter, limit: int) -> int:
    """How many imports the filter lists, counted up to `limit`."""
    return counted(db, select(ImportBatch.id).where(*_conditions(db, wanted)), limit)


def _conditions(db: TenantSession, wanted: ImportFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [ImportBatch.account_id == db.context.account_id]
    if wanted.kind is not None:
        conditions.append(ImportBatch.kind == wanted.kind)
    if wanted.status is not None:
        conditions.append(ImportBatch.status == wanted.status)
    return conditions


@query(requires=Permission.IMPORTS_RUN)
def import_batch(db: TenantSession, batch_id: int) -> BatchShown:
    """One import with mapping, progress and result. Raises NotFound."""
    batch = batch_of(db, batch_id)
    ran = batch.status in (ImportStatus.DONE, ImportStatus.UNDONE, ImportStatus.UNDOING)
    return BatchShown(
        id=batch.id,
        kind=batch.kind.value,
        status=batch.status,
        file_name=batch.file_name,
        source=batch.source,
        rows=batch.rows_total,
        progress=batch.progress_rows,
        started_at=batch.started_at,
        finished_at=batch.finished_at,
        undo_until=batch.before_expires_at,
        error=batch.error,
        encoding=batch.encoding,
        delimiter=batch.delimiter,
        sheet=batch.sheet,
        mapping=batch_mapping(batch),
        result=result_of(db, batch) if ran else None,
        undo_counts=batch.undo_counts,
    )


@query(requires=Permission.IMPORTS_RUN)
def import_preview(db: TenantSession, batch_id: int, *, per_verdict: int = 50) -> Preview:
    """What running the batch now would do to each row; reads everything, writes nothing.

    Costs about as much as the reading half of the run: cache it by data version. Clashes that only the database's
    own constraints know show when it runs. Raises what reading the file raises.
    """
    with young_collections_only():
        loaded = load(db, batch_of(db, batch_id))
        groups, refused = plan_batch(db, loaded, lock=False)
        planned = sorted((p for _, group in groups for p in group), key=lambda p: p.number)
    shown: list[PreviewRow] = []
    counted: dict[ImportVerdict, int] = {}
    for p in planned:
        counted[p.verdict] = counted.get(p.verdict, 0) + 1
        if counted[p.verdict] <= per_verdict:
            shown.append(_preview_row(p))
    for number, problems in list(refused.items())[:per_verdict]:
        reasons = tuple(told(problem.column, problem.reason) for problem in problems)
        shown.append(PreviewRow(number, ImportVerdict.REJECT, {}, None, "", {}, reasons))
    said = [problem for found in refused.values() for problem in found] + [o for p in planned for o in p.problems]
    often = Counter((problem.column, problem.value, problem.reason) for problem in said)
    remarks = tuple(Remark(*what, number) for what, number in often.most_common(1000))
    return Preview(summed(loaded, planned, refused), tuple(sorted(shown, key=lambda row: row.row)), remarks)


@query(requires=Permission.IMPORTS_RUN)
def import_rows(
    db: TenantSession,
    batch_id: int,
    *,
    verdict: ImportVerdict | None = None,
    with_errors: bool = False,
    cursor: str | None = None,
    size: int = 50,
) -> PageOf:
    """Lines of an import that has run, by number as `ROWS`, one page."""
    place = Cursor.decode(cursor)
    statement = select(
        ImportRow.row_no,
        ImportRow.verdict,
        ImportRow.entity,
        ImportRow.entity_id,
        ImportRow.parsed,
        ImportRow.errors,
        ImportRow.conflicts,
        ImportRow.undo,
        ImportRow.undo_reason,
    ).where(ImportRow.account_id == db.context.account_id, ImportRow.batch_id == batch_id)
    if verdict is not None:
        statement = statement.where(ImportRow.verdict == verdict)
    if with_errors:
        statement = statement.where(func.jsonb_array_length(ImportRow.errors) > 0)
    statement = keyset(statement, [(ImportRow.row_no, "asc")], place, size=size)
    return paged(ROWS.build([tuple(row) for row in db.execute(statement)]), ("row",), place, size=size)


@query(requires=Permission.IMPORTS_RUN)
def import_mappings(db: TenantSession, kind: str, *, headers: tuple[str, ...] = ()) -> tuple[SavedMapping, ...]:
    """Saved mappings of a kind, those made for these very headers first."""
    wanted = header_hash(headers) if headers else b""
    rows = db.execute(
        select(ImportMapping.id, ImportMapping.name, ImportMapping.header_hash)
        .where(ImportMapping.account_id == db.context.account_id, ImportMapping.kind == kind_of(kind).key)
        .order_by(ImportMapping.last_used_at.desc().nulls_last(), ImportMapping.name)
        .limit(200)
    )
    found = [SavedMapping(row.id, row.name, bytes(row.header_hash or b"") == wanted) for row in rows]
    return tuple(sorted(found, key=lambda saved: not saved.fits))


def _preview_row(p: Planned) -> PreviewRow:
    existing = p.existing
    changes = {}
    if existing is not None and p.verdict in (ImportVerdict.UPDATE, ImportVerdict.CONFLICT):
        changes = {key: (existing.values.get(key), value) for key, value in p.decision.write.items()}
    return PreviewRow(
        p.number,
        p.verdict,
        {key: value for key, value in p.row.values.items() if key[0] != "_"},
        existing.id if existing else None,
        existing.name if existing else "",
        changes,
        tuple(told(problem.column, problem.reason) for problem in p.problems),
    )


def told(column: str, reason: str) -> str:
    """A problem in a sentence, behind the column it is about."""
    return f"{column}: {reason}" if column else reason


def _shown(kind: Kind) -> KindShown:
    return KindShown(
        kind.key.value,
        kind.label,
        kind.needs_event,
        tuple(FieldShown(known.key, known.label, known.measure) for known in kind.fields),
        tuple((known.key, known.label) for known in kind.formats),
        kind.creatable,
        kind.takes_event,
        bool(kind.explained),
    )
