"""Taking an import back: updated records get their old values, created ones go, as far as nobody's work is lost.

Judged row by row: a value edited since, or a record that others now point to, keeps its row as it is, with the
reason, unless that row is forced. Versions rise, the audit and the batch remain.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ImportStatus, ImportVerdict, UndoVerdict
from eventos_core.kernel.clock import now
from eventos_core.kernel.errors import Conflict, NotAllowedNow
from eventos_core.models.operations import ImportRow
from eventos_core.operations import naming
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports.batches import batch_of, check_event_in_use
from eventos_core.operations.imports.memory import young_collections_only
from eventos_core.operations.imports.references import count_references, deletion_order, model_of, names_of
from eventos_core.operations.imports.restoring import Image, restored

KEPT = (UndoVerdict.EDITED_SINCE, UndoVerdict.IN_USE)
"""Verdicts that another undo may overrule by force."""


_REMOVERS = {"account_users": "app.remove_placeholders"}
"""Tables from which the app may not delete, with the function that removes what an import made there."""


@dataclass(frozen=True)
class KeptRow:
    """A row that was not undone, and why."""

    row: int
    verdict: UndoVerdict
    reason: str


@dataclass(frozen=True)
class UndoResult:
    """What an undo did, in rows of the file."""

    batch: int
    removed: int
    restored: int
    nothing: int
    kept: tuple[KeptRow, ...]


@dataclass(slots=True)
class _Row:
    id: int
    number: int
    entity: str | None
    entity_id: int | None
    version: int | None
    before: dict[str, Any] | None
    own: list[dict[str, Any]]
    linked: list[dict[str, Any]]
    forced: bool
    verdict: UndoVerdict | None = None
    reason: str = ""
    changes: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    """(table, id, columns) to write back."""
    removals: list[tuple[str, int]] = field(default_factory=list)
    noted: bool = False
    """Whether its effects tell what was removed with it, and are to be stored."""
    untouched: bool = False
    """Whether nobody changed the main record since, so that the undo gives back exactly what was before."""

    @property
    def created(self) -> bool:
        return any(
            e["action"] == "insert" and e["entity"] == self.entity and e["id"] == self.entity_id for e in self.own
        )

    def keep(self, verdict: UndoVerdict, reason: str) -> None:
        self.verdict, self.reason = verdict, reason
        self.changes, self.removals = [], []


@young_collections_only()
def undo_batch(db: TenantSession, batch_id: int, *, force_rows: Collection[int] = ()) -> UndoResult:
    """Undo a finished import in the caller's transaction; call it again with `force_rows` for rows that were kept.

    Force gives up later edits of that row; a record that others must point to stays even then. Raises
    NotAllowedNow for an import that has not run, Conflict once its before-images have expired.
    """
    batch = batch_of(db, batch_id, lock=True)
    if batch.status not in (ImportStatus.DONE, ImportStatus.UNDONE):
        raise NotAllowedNow(f"This import is {batch.status.label.lower()}.", hint="Only a finished one can be undone.")
    if batch.before_expires_at is None or batch.before_expires_at < now():
        raise Conflict("This import is too old to be undone.", hint="Its before-images have been deleted.")
    check_event_in_use(db, batch.event_id)
    again = batch.status is ImportStatus.UNDONE
    rows = _rows(db, batch_id, frozenset(force_rows), again=again)
    if again and not rows:
        raise NotAllowedNow("This import is undone.", hint="Name the rows to force.")
    _judge(db, rows)
    bulk.replan(db)
    # Histories that triggers keep take back what the import recorded instead of adding to it.
    db.execute(text("select set_config('app.undoing', 'true', true)"))
    for chunk in bulk.chunks([row for row in rows if row.verdict is UndoVerdict.RESTORED]):
        _halving(db, lambda part: _write_back(db, batch_id, part), chunk, "What it pointed to before is gone.")
    _remove(db, [row for row in rows if row.verdict is UndoVerdict.REMOVED])
    _remove_linked(db, rows)
    db.execute(text("select set_config('app.undoing', '', true)"))
    for chunk in bulk.chunks(rows):
        bulk.update(db, ImportRow, [_line(row) for row in chunk])
    return _conclude(db, batch_id, rows)


def _rows(db: TenantSession, batch_id: int, forced: frozenset[int], *, again: bool) -> list[_Row]:
    statement = select(
        ImportRow.id,
        ImportRow.row_no,
        ImportRow.entity,
        ImportRow.entity_id,
        ImportRow.entity_version,
        ImportRow.before,
        ImportRow.effects,
        ImportRow.verdict,
    ).where(ImportRow.account_id == db.context.account_id, ImportRow.batch_id == batch_id)
    if again:
        statement = statement.where(ImportRow.undo.in_(KEPT), bulk.among(ImportRow.row_no, sorted(forced)))
    found = []
    for row in db.execute(statement.order_by(ImportRow.row_no)):
        own = [effect for effect in row.effects if effect.get("role") == "own"]
        linked = [effect for effect in row.effects if effect.get("role") != "own"]
        found.append(
            _Row(
                row.id, row.row_no, row.entity, row.entity_id, row.entity_version, row.before, own, linked,
                row.row_no in forced,
                UndoVerdict.ERASED if row.verdict is ImportVerdict.ERASED else None,
            )
        )  # fmt: skip
    return found


def _line(row: _Row) -> dict[str, Any]:
    """What is stored of the row once it is dealt with."""
    told = {"id": row.id, "undo": (row.verdict or UndoVerdict.NOTHING).value, "undo_reason": row.reason or None}
    return {**told, "effects": [*row.linked, *row.own]} if row.noted else told


def _judge(db: TenantSession, rows: Sequence[_Row]) -> None:
    """Decide every row, reading all records concerned table by table."""
    images = _images(db, rows)
    created: dict[str, list[_Row]] = {}
    for row in rows:
        if row.verdict is not None:
            continue
        if not row.own or row.entity is None or row.entity_id is None:
            row.verdict = UndoVerdict.NOTHING
            continue
        main = images.get((row.entity, row.entity_id))
        if main is None:
            row.keep(UndoVerdict.NOTHING, "The record is no longer there.")
        elif main.erased:
            row.keep(UndoVerdict.ERASED, "The person's data were erased.")
        elif row.created:
            _judge_created(row, main, images)
            created.setdefault(row.entity, []).append(row)
        else:
            _judge_changed(row, images)
    for entity, group in created.items():
        _judge_use(db, entity, [row for row in group if row.verdict is UndoVerdict.REMOVED])


def _judge_created(row: _Row, main: Image, images: Mapping[tuple[str, int], Image]) -> None:
    edited = main.version is not None and row.version is not None and main.version != row.version
    for effect in row.own:
        image = images.get((effect["entity"], effect["id"]))
        if image is not None and effect["action"] == "insert":
            row.removals.append((effect["entity"], effect["id"]))
            edited = edited or any(image.changed(effect.get("after", {})))
    if edited and not row.forced:
        row.keep(UndoVerdict.EDITED_SINCE, "It was edited after the import.")
    else:
        row.verdict = UndoVerdict.REMOVED


def _judge_changed(row: _Row, images: Mapping[tuple[str, int], Image]) -> None:
    for effect in row.own:
        image = images.get((effect["entity"], effect["id"]))
        if image is None:
            continue
        if effect["action"] == "insert":
            edited = image.changed(effect.get("after", {}))
            row.removals.append((effect["entity"], effect["id"]))
        else:
            is_main = (effect["entity"], effect["id"]) == (row.entity, row.entity_id)
            old = (row.before or {}) if is_main else effect.get("before", {})
            columns, edited = restored(image, old, effect.get("after", {}))
            if columns:
                row.changes.append((effect["entity"], effect["id"], columns))
        if edited and not row.forced:
            row.keep(UndoVerdict.EDITED_SINCE, f"Edited after the import: {', '.join(edited)}.")
            return
    row.untouched = row.version == images[row.entity or "", row.entity_id or 0].version
    row.verdict = UndoVerdict.RESTORED if row.changes or row.removals else UndoVerdict.NOTHING
    if all(entity == "external_refs" for entity, *_ in (*row.changes, *row.removals)):
        # Only the memory of the import goes; the record itself was not touched.
        row.verdict = UndoVerdict.RESTORED if row.before else UndoVerdict.NOTHING


def _judge_use(db: TenantSession, entity: str, rows: Sequence[_Row]) -> None:
    """Keep created records that others have begun to point to."""
    by_id = {row.entity_id: row for row in rows if row.entity_id is not None}
    own = {row.entity_id: Counter(table for table, _ in row.removals) for row in rows}
    for forced in (False, True):
        ids = [record_id for record_id, row in by_id.items() if row.forced is forced]
        for record_id, used in count_references(db, entity, ids, restricting_only=forced).items():
            more = {table: n - own[record_id][table] for table, n in used.items() if n > own[record_id][table]}
            if more:
                by_id[record_id].keep(UndoVerdict.IN_USE, f"Used by {naming.counted(more)}.")


def _images(db: TenantSession, rows: Sequence[_Row]) -> dict[tuple[str, int], Image]:
    wanted: dict[str, tuple[set[int], set[str]]] = {}
    for row in rows:
        if row.entity is not None and row.entity_id is not None:
            wanted.setdefault(row.entity, (set(), set()))[0].add(row.entity_id)
        for effect in row.own:
            ids, columns = wanted.setdefault(effect["entity"], (set(), set()))
            ids.add(effect["id"])
            columns.update(effect.get("after", {}))
            columns.update(effect.get("before", {}))
    images: dict[tuple[str, int], Image] = {}
    for entity, (ids, columns) in wanted.items():
        table = model_of(entity).__table__
        names = ["id", *sorted(name for name in columns | {"version", "erased_at"} if name in table.c)]
        for chunk in bulk.chunks(sorted(ids), 10_000):
            found = db.execute(
                select(*(table.c[name] for name in names)).where(
                    table.c.account_id == db.context.account_id, bulk.among(table.c.id, chunk)
                )
            )
            for values in found.mappings():
                images[entity, values["id"]] = Image({name: bulk.to_json(values[name]) for name in names})
    return images


def _write_back(db: TenantSession, batch_id: int, rows: Sequence[_Row]) -> None:
    removals = [removal for row in rows for removal in row.removals]
    for entity, ids in _by_table(removals):
        bulk.delete(db, model_of(entity), ids)
    changes: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        for entity, record_id, columns in row.changes:
            changes.setdefault(entity, []).append({"id": record_id, **columns})
    for entity, written in changes.items():
        _follow(db, batch_id, entity, rows, bulk.update(db, model_of(entity), written))


def _follow(
    db: TenantSession, batch_id: int, entity: str, rows: Sequence[_Row], versions: Mapping[int, int | None]
) -> None:
    """Tell earlier imports that a record is again as they left it, so that they can be undone in their turn."""
    moved = [
        {"entity_id": record_id, "old": row.version - 1, "new": versions[record_id]}
        for row in rows
        if row.entity == entity and row.untouched and row.version and row.before
        if (record_id := row.entity_id or 0) in versions
    ]
    if moved:
        db.execute(
            text(
                "update import_rows t set entity_version = r.new"
                " from jsonb_to_recordset(cast(:rows as jsonb)) as r(entity_id bigint, old integer, new integer)"
                " where t.account_id = :account and t.entity = :entity and t.entity_id = r.entity_id"
                " and t.entity_version = r.old and t.batch_id <> :batch"
            ),
            {"account": db.context.account_id, "entity": entity, "batch": batch_id, "rows": bulk.dump(moved)},
        )


def _remove(db: TenantSession, rows: Sequence[_Row]) -> None:
    """Delete created records with what hangs on them, those that point to others first."""
    grouped: dict[str, list[_Row]] = {}
    for row in rows:
        grouped.setdefault(row.entity or "", []).append(row)
    for entity in deletion_order(list(grouped)):
        for chunk in bulk.chunks(grouped[entity]):
            _halving(db, lambda part: _remove_records(db, part), chunk, "Something else points to it.")


def _remove_records(db: TenantSession, rows: Sequence[_Row]) -> None:
    for entity, ids in _by_table(removal for row in rows for removal in row.removals):
        bulk.delete(db, model_of(entity), ids)
    by_entity: dict[str, list[int]] = {}
    for row in rows:
        if row.entity is not None and row.entity_id is not None:
            by_entity.setdefault(row.entity, []).append(row.entity_id)
    for entity, ids in by_entity.items():
        # References of later imports would point to nothing.
        db.execute(
            text("delete from external_refs where account_id = :a and entity = :e and entity_id = any(:ids)"),
            {"a": db.context.account_id, "e": entity, "ids": ids},
        )


def _halving(db: TenantSession, work: Callable[[Sequence[_Row]], None], rows: Sequence[_Row], reason: str) -> None:
    """Rows that the database refuses (a reference to nothing, or one the app cannot see) are kept; the others go."""
    try:
        with db.begin_nested():
            work(rows)
    except DBAPIError as error:
        if (getattr(error.orig, "sqlstate", None) or "")[:2] != "23":
            raise
        if len(rows) == 1:
            rows[0].keep(UndoVerdict.IN_USE, reason)
            return
        _halving(db, work, rows[: len(rows) // 2], reason)
        _halving(db, work, rows[len(rows) // 2 :], reason)


def _remove_linked(db: TenantSession, rows: Sequence[_Row]) -> None:
    """Delete what was only made to be linked to, unless it was edited or something points to it by now.

    The rows note what it was called as its image of before, which is forgotten when the others are.
    """
    removed: dict[tuple[str, int], str] = {}
    gone = [row for row in rows if row.verdict not in KEPT]
    linked = [(e["entity"], e["id"]) for row in gone for e in row.linked if e["action"] == "insert"]
    for entity, ids in _by_table(linked):
        model = model_of(entity)
        if model.__fence__.app != "rw" and entity not in _REMOVERS:
            continue
        unedited = "and version = 1" if "version" in model.__table__.c else ""
        fresh = db.scalars(
            text(f"select id from {entity} where account_id = :account and id = any(:ids) {unedited}"),
            {"account": db.context.account_id, "ids": ids},
        ).all()
        used = count_references(db, entity, fresh)
        unused = [record_id for record_id in fresh if record_id not in used]
        names = names_of(db, entity, unused)
        if entity in _REMOVERS:
            db.execute(text(f"select {_REMOVERS[entity]}(cast(:ids as bigint[]))"), {"ids": unused})
        else:
            bulk.delete(db, model, unused)
        left = names_of(db, entity, unused)
        removed |= {(entity, record_id): name for record_id, name in names.items() if record_id not in left}
    for row in gone:
        for effect in row.linked:
            if (name := removed.get((effect["entity"], effect["id"]))) is not None:
                effect["before"], row.noted = {"name": name}, True


def _conclude(db: TenantSession, batch_id: int, rows: Sequence[_Row]) -> UndoResult:
    batch = batch_of(db, batch_id, lock=True)
    totals: dict[str, int] = dict(
        db.execute(
            text(
                "select undo, count(*) from import_rows where account_id = :a and batch_id = :b"
                " and undo is not null group by undo"
            ),
            {"a": db.context.account_id, "b": batch_id},
        ).all()
    )
    done = sum(row.verdict in (UndoVerdict.REMOVED, UndoVerdict.RESTORED) for row in rows)
    kept = tuple(
        KeptRow(row.number, row.verdict, row.reason)
        for row in rows
        if row.verdict in (*KEPT, UndoVerdict.ERASED, UndoVerdict.EXPIRED)
    )
    if done or not kept:
        batch.status, batch.undone_at, batch.undone_by = ImportStatus.UNDONE, now(), db.context.member_id
    batch.undo_counts = totals
    db.flush()
    db.execute(
        text("select app.audit_event('import_undo', 'import_batches', :id, cast(:details as jsonb), null)"),
        {"id": str(batch_id), "details": json.dumps(totals)},
    )
    verdicts = Counter(row.verdict for row in rows)
    return UndoResult(
        batch_id,
        verdicts[UndoVerdict.REMOVED],
        verdicts[UndoVerdict.RESTORED],
        verdicts[UndoVerdict.NOTHING] + verdicts[None],
        kept,
    )


def _by_table(items: Iterable[tuple[str, int]]) -> Iterable[tuple[str, list[int]]]:
    grouped: dict[str, list[int]] = {}
    for entity, record_id in items:
        grouped.setdefault(entity, []).append(record_id)
    for entity in deletion_order(list(grouped)):
        yield entity, grouped[entity]
