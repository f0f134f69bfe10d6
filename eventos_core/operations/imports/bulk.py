"""Whole chunks of rows in one statement, as the app's role and under row security.

Rows travel as one JSON parameter that `jsonb_to_recordset` types by the model's columns (COPY is refused under
row security). Identity values are handed out in row order, so returned ids are matched by sorting.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Table, any_, literal, text
from sqlalchemy.dialects import postgresql

from eventos_core.db.session import TenantSession
from eventos_core.models.base import TenantTable

CHUNK = 2_000
"""Rows per statement: large enough to amortise the round trip, small enough for progress and bisection."""

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


T = TypeVar("T")


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterable[Sequence[T]]:
    """`items` in slices of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def among(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """`column = any(array)`: one parameter however many ids, where `in_` would make one each."""
    return cast(ColumnElement[bool], column == any_(literal(list(ids), ARRAY(BigInteger))))


def to_json(value: Any) -> Any:
    """A column value as JSON: instants as ISO 8601 in UTC, dates as ISO 8601."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value


def dump(rows: Any) -> str:
    """JSON text of rows for a `jsonb` parameter."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"), default=to_json, check_circular=False)


def insert(
    db: TenantSession, model: type[TenantTable], columns: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> list[int]:
    """Insert one row per mapping, all with the same `columns` (missing ones NULL); returns ids in the rows' order."""
    if not rows:
        return []
    table = _table(model)
    names = ", ".join(columns)
    found = db.execute(
        text(
            f"insert into {table.name} (account_id, {names}) select :account, {', '.join(f'r.{c}' for c in columns)}"
            f" from {recordset(table, columns, extra='n integer')} order by r.n returning id"
        ),
        {"account": db.context.account_id, "rows": dump([{"n": i, **row} for i, row in enumerate(rows)])},
    )
    ids = sorted(found.scalars())
    if len(ids) != len(rows):
        raise AssertionError(f"{len(ids)} of {len(rows)} rows of {table.name} were stored")
    return ids


def update(db: TenantSession, model: type[TenantTable], rows: Sequence[Mapping[str, Any]]) -> dict[int, int | None]:
    """Write to each row (`id` and the columns to change) just its own columns; returns id → new version.

    The version is None for tables without one.
    """
    if not rows:
        return {}
    table = _table(model)
    columns = sorted({name for row in rows for name in row} - {"id"})
    sets = ", ".join(f"{c} = case when '{c}' = any(r.changed) then r.{c} else t.{c} end" for c in columns)
    version = "t.version" if "version" in table.c else "null::integer"
    found = db.execute(
        text(
            f"update {table.name} t set {sets}"
            f" from {recordset(table, columns, extra='id bigint, changed text[]')}"
            f" where t.account_id = :account and t.id = r.id returning t.id, {version}"
        ),
        {
            "account": db.context.account_id,
            "rows": dump([{**row, "changed": [name for name in row if name != "id"]} for row in rows]),
        },
    )
    return {row[0]: row[1] for row in found}


def delete(db: TenantSession, model: type[TenantTable], ids: Sequence[int]) -> None:
    """Delete rows of the house by id."""
    if ids:
        db.execute(
            text(f"delete from {_table(model).name} where account_id = :account and id = any(:ids)"),
            {"account": db.context.account_id, "ids": list(ids)},
        )


def lock(db: TenantSession, model: type[TenantTable], ids: Sequence[int]) -> None:
    """Lock rows for change, in order of id, so that two imports cannot wait for each other."""
    db.execute(
        text(
            f"select id from {_table(model).name} where account_id = :account and id = any(:ids) order by id for update"
        ),
        {"account": db.context.account_id, "ids": sorted(ids)},
    )


def replan(db: TenantSession) -> None:
    """Have the connection plan its statements anew, those of foreign keys too.

    They were planned when the tables held next to nothing, where every index that begins with the house looks as
    good as the key; kept for a house with many rows, each check would read all of them.
    """
    db.execute(text("discard plans"))


def recordset(table: Table, columns: Iterable[str], *, extra: str) -> str:
    """`jsonb_to_recordset(:rows) as r(extra…, columns…)` with the types of the table's columns."""
    typed = "".join(f", {name} {_type(table, name)}" for name in columns)
    return f"jsonb_to_recordset(cast(:rows as jsonb)) as r({extra}{typed})"


@cache
def _type(table: Table, name: str) -> str:
    return str(table.c[name].type.compile(dialect=_DIALECT))


def _table(model: type[TenantTable]) -> Table:
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} is not a table")
    return table
