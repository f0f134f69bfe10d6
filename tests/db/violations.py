"""Ways to break a constraint: rows with every other rule of their table lifted, and values to try."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from psycopg.types.range import Range

Connection = psycopg.Connection[Any]
_MANY = 3000
_EARLY, _LATE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
_CANDIDATES: dict[str, list[Any]] = {
    "text": ["", "no such value", "UPPER lower", "x" * 5001, " ", "a", "insert", "//x", "Z9", "2"],
    "bpchar": ["x1", "??"],
    "int8": [-1, 0, 1, 2, 10**7, 10**15],
    "int4": [-1, 0, 1, 2, 10**7, 2 * 10**9],
    "int2": [-1, 0, 1, 30_000],
    "float8": [-1000.0, 1000.0, 0.0],
    "bool": [True, False],
    "timestamptz": [_EARLY, _LATE, _EARLY + dt.timedelta(seconds=30)],
    "xid8": ["0", "1", "99"],
    "date": [_EARLY.date(), _LATE.date()],
    "time": [dt.time(0), dt.time(23, 59)],
    "jsonb": [Jsonb([]), Jsonb({}), Jsonb("x"), Jsonb({"x": 1}), Jsonb([1])],
    "bytea": [b"", b"x"],
    "tstzrange": [Range(empty=True), Range(None, None), Range(_EARLY, _LATE)],
    "_text": [[], ["no such value"], ["twice", "twice"]],
    "_int8": [[], [0]],
    "_bytea": [[]],
    "uuid": ["00000000-0000-0000-0000-000000000000"],
}


def lift(connection: Connection, table: str, kinds: str, keep: Sequence[str] = ()) -> None:
    """Lift triggers and every constraint of `table` of the named kinds (c, f, u, x) but those in `keep`.

    Unique indexes that are no constraints go with the u.
    """
    connection.execute("set constraints all immediate")
    connection.execute(sql.SQL("alter table public.{} disable trigger user").format(sql.Identifier(table)))
    for (column,) in connection.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) and attgenerated <> '' and attnotnull",
        [f"public.{table}"],
    ).fetchall():
        # What it is generated from may be what the rule in question forbids.
        connection.execute(
            sql.SQL("alter table public.{} alter column {} drop not null").format(
                sql.Identifier(table), sql.Identifier(column)
            )
        )
    names = connection.execute(
        "select conname from pg_constraint where conrelid = to_regclass(%s) and contype::text = any (%s)"
        " and conname <> all (%s) and coninhcount = 0",
        [f"public.{table}", list(kinds), list(keep)],
    ).fetchall()
    if names:
        connection.execute(
            sql.SQL("alter table public.{} {}").format(
                sql.Identifier(table),
                sql.SQL(", ").join(
                    sql.SQL("drop constraint if exists {} cascade").format(sql.Identifier(name)) for (name,) in names
                ),
            )
        )
    if "u" in kinds:
        for (name,) in connection.execute(
            "select i.relname from pg_index x join pg_class i on i.oid = x.indexrelid"
            " where x.indrelid = to_regclass(%s) and x.indisunique and not x.indisprimary and i.relname <> all (%s)",
            [f"public.{table}", list(keep)],
        ).fetchall():
            connection.execute(sql.SQL("drop index public.{}").format(sql.Identifier(name)))


def candidates(
    connection: Connection, table: str, columns: Sequence[str], words: Sequence[str], own_id: int | None = None
) -> Iterator[dict[str, Any]]:
    """Changes to try: one column at a time, then several at once, the constraint's own `words` (enum values) and the
    row's id among the values; of very many combinations a sample, the same every time."""
    kinds: dict[str, tuple[str, bool]] = {
        name: (kind, nullable)
        for name, kind, nullable in connection.execute(
            "select a.attname, t.typname, not a.attnotnull from pg_attribute a join pg_type t on t.oid = a.atttypid"
            " where a.attrelid = to_regclass(%s) and a.attname = any (%s)",
            [f"public.{table}", list(columns)],
        ).fetchall()
    }
    pools: dict[str, list[Any]] = {}
    for column in columns:
        kind, nullable = kinds[column]
        pools[column] = [*([None] if nullable else []), *_CANDIDATES[kind]]
        pools[column] += words if kind == "text" else [own_id] if kind == "int8" and own_id is not None else []
    for column in columns:
        yield from ({column: value} for value in pools[column])
    if len(columns) < 2:
        return
    yield {column: pool[0] for column, pool in pools.items()}
    if math.prod(len(pool) for pool in pools.values()) <= _MANY:
        yield from (dict(zip(columns, values, strict=True)) for values in itertools.product(*pools.values()))
        return
    dice = random.Random(0)
    for _ in range(_MANY):
        yield {column: dice.choice(pool) for column, pool in pools.items()}


def attempt(connection: Connection, table: str, key: dict[str, Any], changes: dict[str, Any]) -> str | None:
    """Change one row; the name of the constraint that refused it, or None."""
    statement = sql.SQL("update public.{} set {} where {}").format(
        sql.Identifier(table),
        sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in changes),
        sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in key),
    )
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement, [*changes.values(), *key.values()])
    except psycopg.errors.IntegrityError as error:
        return error.diag.constraint_name
    except psycopg.DataError:
        return None
    return None
