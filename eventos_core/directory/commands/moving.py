"""Pointing everything that names one record at another, and back: the heart of merge and undo.

What to move is read from the models (`queries.references`), so a table added later is moved too. Each step is written
down as an entry; undo walks the entries backwards. Three kinds of entry, all JSON objects with `table` and `id`:
`column`, `from`, `to` – a column was changed; `before` – a row was dropped because the winner has the same one;
`kept` – the database refused the move (an issued document, say), so the row stays with the loser, for that reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from psycopg import errors as pg
from sqlalchemy import Table, UniqueConstraint, bindparam, func, select, text, update
from sqlalchemy.exc import DBAPIError

from eventos_core.db.session import TenantSession
from eventos_core.directory.queries.references import BY_NAME, Reference, references
from eventos_core.kernel.errors import Conflict
from eventos_core.models import Base

Entry = dict[str, Any]
GUARDED = frozenset({"account_users", "analytics"})
"""Tables that a merge may touch although the app may not: through `app.move_contact_reference`."""
_DEPTH = 4


def move_all(db: TenantSession, target: str, loser: Mapping[str, Any], winner: Mapping[str, Any]) -> list[Entry]:
    """Point every reference to row `loser` of table `target` at row `winner`; both as column → value.

    Returns the entries in the order in which things were done. Raises Conflict where a person or thing would be
    booked twice at one time: that is for people to settle first.
    """
    # A deferred key would be checked after the savepoint that could have answered it.
    db.execute(text("set constraints all immediate"))
    entries = _move_references(db, target, loser, winner, 0)
    for name, (entity, column) in BY_NAME.items():
        table = Base.metadata.tables[name]
        ids = db.scalars(
            update(table)
            .where(
                table.c.account_id == db.context.account_id,
                table.c[entity] == target,
                table.c[column] == loser["id"],
            )
            .values({column: winner["id"]})
            .returning(table.c.id)
        ).all()
        entries += [_changed(name, row_id, column, loser["id"], winner["id"]) for row_id in sorted(ids)]
    return entries


def undo_all(db: TenantSession, entries: Sequence[Entry]) -> list[Entry]:
    """Walk `entries` backwards; returns what could not be put back, as objects with table, id and reason."""
    report: list[Entry] = []
    db.execute(text("set constraints all immediate"))
    for group in _groups(reversed(entries)):
        first = group[0]
        if "kept" in first:
            continue
        if "before" in first:
            report += [lost for entry in group if (lost := _insert_back(db, entry)) is not None]
        else:
            report += _set_back(db, group)
    # Several columns of one row may be lost for one cause: it is told once.
    return list({(lost["table"], lost["id"]): lost for lost in report}.values())


def _move_references(
    db: TenantSession, target: str, loser: Mapping[str, Any], winner: Mapping[str, Any], depth: int
) -> list[Entry]:
    entries: list[Entry] = []
    for reference in references(target):
        if reference.table.name in GUARDED:
            entries += _move_guarded(db, reference, loser["id"], winner["id"])
            continue
        try:
            with db.begin_nested():
                entries += _move_together(db, reference, loser, winner)
        except DBAPIError as error:
            _raise_if_beyond(error)
            # Some row collides or is refused: one by one, each in a savepoint of its own.
            for row_id in _rows(db, reference, loser["id"]):
                entries += _move_one(db, reference, row_id, loser, winner, depth)
    return entries


def _move_together(
    db: TenantSession, reference: Reference, loser: Mapping[str, Any], winner: Mapping[str, Any]
) -> list[Entry]:
    ids = db.scalars(_moving(db, reference, loser, winner)).all()
    return [entry for row_id in sorted(ids) for entry in _entries(reference, row_id, loser, winner)]


def _move_one(
    db: TenantSession,
    reference: Reference,
    row_id: int,
    loser: Mapping[str, Any],
    winner: Mapping[str, Any],
    depth: int,
) -> list[Entry]:
    table = reference.table
    try:
        with db.begin_nested():
            db.scalars(_moving(db, reference, loser, winner, row_id)).all()
        return _entries(reference, row_id, loser, winner)
    except DBAPIError as error:
        _raise_if_beyond(error)
        if not isinstance(error.orig, pg.UniqueViolation):
            return [{"table": table.name, "id": row_id, "kept": _reason(error)}]
        twin = _twin(db, reference, row_id, winner, error.orig.diag.constraint_name or "")
    if twin is None or depth >= _DEPTH:
        return [{"table": table.name, "id": row_id, "kept": "the winner has one like it"}]
    return _absorb(db, table, row_id, twin, depth)


def _absorb(db: TenantSession, table: Table, row_id: int, twin_id: int, depth: int) -> list[Entry]:
    """Both have the same link: what hangs on the loser's goes to the winner's, then the loser's is dropped."""
    row, twin = _mapping(db, table, row_id), _mapping(db, table, twin_id)
    image = _image(db, table, row_id)
    try:
        with db.begin_nested():
            entries = _move_references(db, table.name, row, twin, depth + 1)
            db.execute(table.delete().where(table.c.account_id == db.context.account_id, table.c.id == row_id))
    except DBAPIError as error:
        _raise_if_beyond(error)
        return [{"table": table.name, "id": row_id, "kept": _reason(error)}]
    return [*entries, {"table": table.name, "id": row_id, "before": image}]


def _moving(
    db: TenantSession,
    reference: Reference,
    loser: Mapping[str, Any],
    winner: Mapping[str, Any],
    row_id: int | None = None,
) -> Any:
    table = reference.table
    statement = update(table).where(
        table.c.account_id == db.context.account_id, table.c[reference.column] == loser["id"]
    )
    if row_id is not None:
        statement = statement.where(table.c.id == row_id)
    return statement.values({local: winner[remote] for local, remote in reference.pairs}).returning(table.c.id)


def _entries(reference: Reference, row_id: int, loser: Mapping[str, Any], winner: Mapping[str, Any]) -> list[Entry]:
    return [
        _changed(reference.table.name, row_id, local, loser[remote], winner[remote])
        for local, remote in reference.pairs
        if loser[remote] != winner[remote]
    ]


def _move_guarded(db: TenantSession, reference: Reference, loser_id: int, winner_id: int) -> list[Entry]:
    name = reference.table.name
    ids = db.scalars(select(func.app.move_contact_reference(name, loser_id, winner_id, None))).all()
    return [_changed(name, row_id, reference.column, loser_id, winner_id) for row_id in sorted(ids)]


def _rows(db: TenantSession, reference: Reference, loser_id: int) -> Sequence[int]:
    table = reference.table
    return db.scalars(
        select(table.c.id)
        .where(table.c.account_id == db.context.account_id, table.c[reference.column] == loser_id)
        .order_by(table.c.id)
    ).all()


def _twin(db: TenantSession, reference: Reference, row_id: int, winner: Mapping[str, Any], rule: str) -> int | None:
    """The winner's row that the moved one would collide with under the unique key or index called `rule`."""
    table = reference.table
    row = dict(_mapping(db, table, row_id)) | {local: winner[remote] for local, remote in reference.pairs}
    keys: list[Any] = [*table.constraints, *table.indexes]
    for key in keys:
        if key.name != rule:
            continue
        columns = [c.name for c in key.columns] if isinstance(key, UniqueConstraint) else _index_columns(key)
        if not columns:
            return None
        same = [table.c[c].is_not_distinct_from(row[c]) for c in columns]
        return db.scalar(select(table.c.id).where(*same, table.c.id != row_id).order_by(table.c.id).limit(1))
    return None


def _index_columns(index: Any) -> list[str]:
    names = [getattr(expression, "name", None) for expression in getattr(index, "expressions", ())]
    return [str(name) for name in names] if all(names) else []


def _mapping(db: TenantSession, table: Table, row_id: int) -> Mapping[str, Any]:
    found = db.execute(select(table).where(table.c.account_id == db.context.account_id, table.c.id == row_id))
    return {str(name): value for name, value in found.mappings().one().items()}


def _image(db: TenantSession, table: Table, row_id: int) -> dict[str, Any]:
    found: dict[str, Any] = db.scalar(
        text(f"select to_jsonb(t) from {table.name} t where t.account_id = :a and t.id = :i"),
        {"a": db.context.account_id, "i": row_id},
    )
    return found


def _changed(table: str, row_id: int, column: str, old: Any, new: Any) -> Entry:
    return {"table": table, "id": row_id, "column": column, "from": old, "to": new}


def _groups(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    """Neighbouring entries that one statement can answer: same table, column and values."""

    def key(entry: Entry) -> tuple[Any, ...]:
        if "column" not in entry:
            return entry["table"], entry["id"]
        return entry["table"], entry["column"], repr(entry["from"]), repr(entry["to"])

    for _, group in groupby(entries, key):
        yield list(group)


def _set_back(db: TenantSession, group: Sequence[Entry]) -> list[Entry]:
    """Undo one column of some rows where it still has the value that the merge wrote."""
    first = group[0]
    name, column, ids = first["table"], first["column"], [entry["id"] for entry in group]
    try:
        with db.begin_nested():
            done = set(_setting_back(db, name, column, first["from"], first["to"], ids))
    except DBAPIError as error:
        _raise_if_beyond(error)
        if len(group) == 1:
            return [{"table": name, "id": ids[0], "reason": _reason(error)}]
        return [lost for entry in group for lost in _set_back(db, [entry])]
    return [
        {"table": name, "id": row_id, "reason": f"{column.replace('_', ' ')} changed since, or the row is gone"}
        for row_id in ids
        if row_id not in done
    ]


def _setting_back(db: TenantSession, name: str, column: str, old: Any, new: Any, ids: list[int]) -> Sequence[int]:
    if name in GUARDED:
        return db.scalars(select(func.app.move_contact_reference(name, new, old, ids))).all()
    table = Base.metadata.tables[name]
    return db.scalars(
        update(table)
        .where(
            table.c.account_id == db.context.account_id,
            table.c.id.in_(bindparam("ids", expanding=True)),
            table.c[column].is_not_distinct_from(new),
        )
        .values({column: old})
        .returning(table.c.id),
        {"ids": ids},
    ).all()


def _insert_back(db: TenantSession, entry: Entry) -> Entry | None:
    table = Base.metadata.tables[entry["table"]]
    columns = ", ".join(column.name for column in table.columns if column.computed is None)
    statement = text(
        f"insert into {table.name} ({columns}) overriding system value"
        f" select {columns} from jsonb_populate_record(null::{table.name}, cast(:image as jsonb))"
    ).bindparams(bindparam("image", type_=table.metadata.tables["merges"].c.moved.type))
    try:
        with db.begin_nested():
            db.execute(statement, {"image": entry["before"]})
    except DBAPIError as error:
        _raise_if_beyond(error)
        return {"table": table.name, "id": entry["id"], "reason": _reason(error)}
    return None


def _raise_if_beyond(error: DBAPIError) -> None:
    """Errors that no other way round the row could answer."""
    if isinstance(error.orig, pg.ExclusionViolation):
        raise Conflict(
            "The two are booked at the same time in different places.", hint="Release one of the bookings, then merge."
        ) from error
    answerable = (
        pg.UniqueViolation, pg.CheckViolation, pg.ForeignKeyViolation, pg.NotNullViolation, pg.RaiseException,
        pg.InsufficientPrivilege,
    )  # fmt: skip
    state = getattr(error.orig, "sqlstate", "") or ""
    if not isinstance(error.orig, answerable) and not state.startswith("EO"):
        raise error


def _reason(error: DBAPIError) -> str:
    primary = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    return str(primary or "the database refused it")[:200]
