"""Carrying out a plan in the caller's transaction: linked records, records, references, one stored line per row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError

from eventos_core.db.registry import translate
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ImportVerdict
from eventos_core.kernel.errors import EventOSError
from eventos_core.models.operations import ExternalRef, ImportRow
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports.plan import Planned, Scope, Target
from eventos_core.operations.imports.planning import WRITTEN
from eventos_core.operations.imports.records import Change, Link, RecordType
from eventos_core.operations.imports.table import RowProblem, SourceTable
from eventos_core.operations.imports.values import name_key

BEFORE_IMAGES_KEPT = dt.timedelta(days=30)
"""For how long an import can be undone."""

Progress = Callable[[int], None]
"""Told how many further rows are done; may raise to stop the import."""


def apply(db: TenantSession, scope: Scope, record: RecordType, planned: Sequence[Planned], progress: Progress) -> None:
    """Create and change what the plan says. A row that the database refuses becomes a rejected row."""
    for link in record.links:
        _create_targets(db, scope, record, link, planned)
    bulk.replan(db)
    creating = [p for p in planned if p.verdict is ImportVerdict.CREATE]
    changing = [p for p in planned if p.verdict in (ImportVerdict.UPDATE, ImportVerdict.CONFLICT)]
    progress(len(planned) - len(creating) - len(changing))
    for chunk in bulk.chunks(creating):
        _carry_out(db, lambda rows: _create(db, scope, record, rows), chunk)
        progress(len(chunk))
    for chunk in bulk.chunks(changing):
        _carry_out(db, lambda rows: _update(db, scope, record, rows), chunk)
        progress(len(chunk))
    for chunk in bulk.chunks([p for p in planned if p.entity_id is not None and p.verdict is not ImportVerdict.REJECT]):
        _remember(db, scope, record, chunk)


def _create_targets(
    db: TenantSession, scope: Scope, record: RecordType, link: Link, planned: Sequence[Planned]
) -> None:
    """Make the linked records that are missing, once per name; the first row that needs one keeps the trace."""
    waiting = [
        p for p in planned if p.verdict in WRITTEN and (t := p.targets.get(link.field)) is not None and t.id is None
    ]
    if not waiting or link.create is None:
        return
    terms = {p.number: link.term(p.decision.write[link.field], p.row.values) for p in waiting}
    keys = {term: name_key(term) for term in set(terms.values())}
    first: dict[str, Planned] = {}
    for p in waiting:
        first.setdefault(keys[terms[p.number]], p)
    made: dict[str, Target] = {}
    for chunk in bulk.chunks(list(first.items())):
        wanted = [terms[p.number] for _, p in chunk]
        created = link.create(db, scope, wanted, [p.row for _, p in chunk])
        for (key, p), term in zip(chunk, wanted, strict=True):
            made[key] = created[term]
            for one in (created[term], *created[term].also):
                p.effects.append({"entity": one.entity, "id": one.id, "action": "insert"})
    for p in waiting:
        target = made[keys[terms[p.number]]]
        p.targets[link.field] = target
        if link.column:
            p.columns[link.column] = target.id


def _carry_out(db: TenantSession, work: Callable[[Sequence[Planned]], None], rows: Sequence[Planned]) -> None:
    """Do `work` under a savepoint; when the database refuses, halve until the rows at fault stand alone.

    Halves go one after the other, so of two rows that exclude each other the earlier one wins.
    """
    try:
        with db.begin_nested():
            work(rows)
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        if state[:2] not in ("22", "23"):
            raise
        if len(rows) == 1:
            rows[0].refuse("", "", _reason(error))
            return
        middle = len(rows) // 2
        _carry_out(db, work, rows[:middle])
        _carry_out(db, work, rows[middle:])


def _reason(error: DBAPIError) -> str:
    known = translate(error)
    return str(known) if isinstance(known, EventOSError) else "The database refused a value of this row."


def _create(db: TenantSession, scope: Scope, record: RecordType, rows: Sequence[Planned]) -> None:
    for change in record.create(db, scope, rows):
        p = change.planned
        p.entity_id, p.entity_version, p.before = change.record_id, 1, None
        _note(p, {"entity": record.entity, "id": change.record_id, "action": "insert"}, change)


def _update(db: TenantSession, scope: Scope, record: RecordType, rows: Sequence[Planned]) -> None:
    changes, versions = record.update(db, scope, rows)
    for change in changes:
        p = change.planned
        if p.existing is None:
            continue
        p.entity_version = versions.get(change.record_id, p.existing.version)
        if p.columns:
            p.before = {name: bulk.to_json(p.existing.columns.get(name)) for name in p.columns}
        after = {name: bulk.to_json(value) for name, value in p.columns.items()}
        _note(p, {"entity": record.entity, "id": change.record_id, "action": "update", "after": after}, change)


def _note(p: Planned, main: dict[str, Any], change: Change) -> None:
    linked = [effect for effect in p.effects if effect.get("role") != "own"]
    p.effects = [*linked, *({**effect, "role": "own"} for effect in (main, *change.effects))]


def _remember(db: TenantSession, scope: Scope, record: RecordType, rows: Sequence[Planned]) -> None:
    """Keep what each row said, for the next import of the same source; unchanged references are left alone."""
    told = [p for p in rows if p.decision.imported]
    new = [p for p in told if p.reference is None and p.lost is None]
    ids = bulk.insert(
        db,
        ExternalRef,
        ("entity", "source", "external_id", "entity_id", "last_imported", "batch_id"),
        [
            {
                "entity": record.entity,
                "source": scope.source,
                "external_id": p.external_id,
                "entity_id": p.entity_id,
                "last_imported": p.decision.imported,
                "batch_id": scope.batch_id,
            }
            for p in new
        ],
    )
    for p, ref_id in zip(new, ids, strict=True):
        p.effects.append({"entity": "external_refs", "id": ref_id, "action": "insert", "role": "own"})
    kept = [(p, ref) for p in told if (ref := p.reference or p.lost) is not None]
    moved = [(p, ref) for p, ref in kept if p.lost is not None or p.decision.imported != ref.imported]
    bulk.update(
        db,
        ExternalRef,
        [{"id": r.id, "last_imported": p.decision.imported, "entity_id": p.entity_id} for p, r in moved],
    )
    for p, ref in moved:
        before = {"last_imported": ref.imported, "entity_id": ref.entity_id}
        effect = {"entity": "external_refs", "id": ref.id, "action": "update", "before": before, "role": "own"}
        p.effects.append(effect)


_LINE = (
    "batch_id", "row_no", "raw", "parsed", "verdict", "errors", "conflicts", "entity", "entity_id", "entity_version",
    "before", "effects", "before_expires_at",
)  # fmt: skip


def store_rows(
    db: TenantSession,
    scope: Scope,
    table: SourceTable,
    planned: Sequence[Planned],
    problems: Mapping[int, Sequence[RowProblem]],
) -> None:
    """One line per row of the file; `problems` are those of rows that were never planned, by number."""
    cells = {row.number: row.cells for row in (*table.rows, *table.spoilt)}
    expires = bulk.to_json(scope.now + BEFORE_IMAGES_KEPT)
    for chunk in bulk.chunks(planned):
        bulk.insert(db, ImportRow, _LINE, [_line(scope, p, cells, expires) for p in chunk])
    for refused in bulk.chunks(list(problems.items())):
        bulk.insert(
            db,
            ImportRow,
            _LINE,
            [
                {
                    "batch_id": scope.batch_id,
                    "row_no": number,
                    "raw": list(cells.get(number, ())),
                    "parsed": {},
                    "verdict": ImportVerdict.REJECT.value,
                    "errors": _errors(found),
                    "conflicts": [],
                    "effects": [],
                }
                for number, found in refused
            ],
        )


def _line(scope: Scope, p: Planned, cells: Mapping[int, tuple[str, ...]], expires: str) -> dict[str, Any]:
    erased = p.verdict is ImportVerdict.ERASED
    kept = p.verdict in (ImportVerdict.REJECT, ImportVerdict.CONFLICT)
    found = p.entity_id is not None
    conflicts = [
        {
            "field": key,
            "here": p.existing.values.get(key),
            "file": p.row.values.get(key),
            "last_imported": (p.reference.imported if p.reference else {}).get(key),
        }
        for key in p.decision.conflicts
        if p.existing is not None
    ]
    return {
        "batch_id": scope.batch_id,
        "row_no": p.number,
        "raw": list(cells.get(p.number, ())) if kept else [],
        "parsed": {key: value for key, value in p.row.values.items() if key[0] != "_"} if not erased else {},
        "verdict": p.verdict.value,
        "errors": _errors(p.problems),
        "conflicts": conflicts,
        "entity": p.entity if found else None,
        "entity_id": p.entity_id,
        "entity_version": p.entity_version,
        "before": p.before,
        "effects": p.effects,
        "before_expires_at": expires,
    }


def _errors(problems: Sequence[RowProblem]) -> list[dict[str, str]]:
    return [{"column": found.column, "value": found.value, "reason": found.reason} for found in problems]
