"""Every rule that the tables state is broken once: CHECK, UNIQUE, EXCLUDE, keys, references, generated columns.

As superuser and with the table's other rules lifted, so that only the rule in question can object.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import ForeignKeyConstraint, Table

from eventos_core.db.sync.tables import metadata
from tests.db.conftest import Connection
from tests.db.rows import House, Rows, adapt
from tests.db.violations import attempt, candidates, lift

TABLES = metadata().tables
BY_HAND: dict[str, dict[str, Any]] = {
    "ck_import_files_size_within_limit": {"content": b"x" * (25 * 1024 * 1024 + 1)},
}
"""CHECK constraint → columns that break it, where no combination of plain values does."""

COPIED_WITH: dict[str, dict[str, Any]] = {
    "ex_bookings_holds": {"event_id": 987_654_321},
    "ex_bookings_persons": {"event_id": 987_654_321},
    "ex_event_sponsors_category_exclusivity": {"category_exclusive": True},
}
"""Exclusion → how the second row must differ to be refused; in all others the same row twice is refused."""

every_table = pytest.mark.parametrize("table", sorted(TABLES))


@every_table
def test_every_check_refuses_a_value(admin: Connection, houses: tuple[House, House], table: str) -> None:
    row = Rows(admin).make(table, houses[0])
    lift(admin, table, "fux")
    checks = admin.execute(
        "select c.conname::text, pg_get_constraintdef(c.oid), array(select a.attname::text from pg_attribute a"
        " where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attgenerated = ''"
        " and a.attidentity = '' order by a.attnum)"
        " from pg_constraint c where c.conrelid = to_regclass(%s) and c.contype = 'c' order by 1",
        [f"public.{table}"],
    ).fetchall()
    unbroken = [check[0] for check in checks if not _broken(admin, table, row.key, *check)]
    for name, definition, columns in checks:
        if name in unbroken:
            with admin.transaction(force_rollback=True):
                lift(admin, table, "c", [name])
                if _broken(admin, table, row.key, name, definition, columns):
                    unbroken.remove(name)
    assert unbroken == []


def _broken(
    connection: Connection, table: str, key: dict[str, Any], name: str, definition: str, columns: list[str]
) -> bool:
    """Whether some values make exactly this CHECK refuse them."""
    if name in BY_HAND:
        return attempt(connection, table, key, BY_HAND[name]) == name
    words = [word for word in re.findall(r"'([a-z_]+)'::text", definition) if len(word) < 40]
    tries = candidates(connection, table, columns, words, key.get("id"))
    return any(attempt(connection, table, key, changes) == name for changes in tries)


@every_table
def test_every_unique_key_refuses_a_second_row(admin: Connection, houses: tuple[House, House], table: str) -> None:
    rows = Rows(admin)
    key = rows.make(table, rows.house("Maison Seule")).key
    lift(admin, table, "cfx")
    keys = admin.execute(
        "select i.relname::text, x.indisprimary, coalesce(pg_get_expr(x.indpred, x.indrelid), 'true'),"
        " array(select a.attname::text from pg_attribute a where a.attrelid = x.indrelid"
        " and a.attnum = any (x.indkey) and a.attgenerated = '')"
        " from pg_index x join pg_class i on i.oid = x.indexrelid"
        " where x.indrelid = to_regclass(%s) and x.indisunique order by 1",
        [f"public.{table}"],
    ).fetchall()
    assert keys
    for name, primary, predicate, columns in keys:
        with admin.transaction(force_rollback=True):
            lift(admin, table, "u" if primary else "up", [name])
            _meet(admin, table, key, predicate, [column for column in columns if column not in key])
            with pytest.raises(psycopg.errors.UniqueViolation) as caught:
                _copy(admin, table, key, same_id="id" in columns)
            # A partition's own index carries another name.
            refused = caught.value.diag.constraint_name or ""
            assert refused == name or refused.startswith(f"{table}_y"), refused


@every_table
def test_every_exclusion_refuses_an_overlap(admin: Connection, houses: tuple[House, House], table: str) -> None:
    found = admin.execute(
        "select c.conname::text, coalesce(pg_get_expr(x.indpred, x.indrelid), 'true') from pg_constraint c"
        " join pg_index x on x.indexrelid = c.conindid where c.conrelid = to_regclass(%s) and c.contype = 'x'",
        [f"public.{table}"],
    ).fetchall()
    if not found:
        return
    key = Rows(admin).make(table, houses[0]).key
    lift(admin, table, "cfu")
    for name, predicate in found:
        with admin.transaction(force_rollback=True):
            lift(admin, table, "x", [name])
            changes = COPIED_WITH.get(name, {})
            _meet(admin, table, key, predicate, changes)
            with pytest.raises(psycopg.errors.ExclusionViolation) as caught:
                _copy(admin, table, key, same_id=False, **changes)
            assert caught.value.diag.constraint_name == name


def _meet(connection: Connection, table: str, key: dict[str, Any], predicate: str, filled: Iterable[str]) -> None:
    """Change the row until it meets `predicate` and the columns of `filled` are not NULL."""
    filled = list(filled)
    where = sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in key)
    values = list(key.values())
    met = sql.SQL("select count(*) from public.{} where {} and ({}) and {}").format(
        sql.Identifier(table),
        where,
        sql.SQL(predicate),  # type: ignore[arg-type]
        sql.SQL(" and ").join(
            [sql.SQL("true"), *(sql.SQL("{} is not null").format(sql.Identifier(c)) for c in filled)]
        ),
    )
    if connection.execute(met, values).fetchone() == (1,):
        return
    columns = [
        c for c in _settable(connection, table) if c not in key and (c in filled or re.search(rf"\b{c}\b", predicate))
    ]
    for changes in candidates(connection, table, columns, re.findall(r"'([a-z_]+)'::text", predicate)):
        update = sql.SQL("update public.{} set {} where {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in changes),
            where,
        )
        try:
            with connection.transaction() as tried:
                connection.execute(update, [*changes.values(), *values])
                if connection.execute(met, values).fetchone() == (1,):
                    return
                raise psycopg.Rollback(tried)
        except (psycopg.IntegrityError, psycopg.DataError):
            continue
    raise AssertionError(f"no row of {table} meets {predicate}")


def _settable(connection: Connection, table: str) -> list[str]:
    return [
        row[0]
        for row in connection.execute(
            "select attname::text from pg_attribute where attrelid = to_regclass(%s) and attnum > 0"
            " and not attisdropped and attgenerated = '' and attidentity = ''",
            [f"public.{table}"],
        ).fetchall()
    ]


def _copy(connection: Connection, table: str, key: dict[str, Any], *, same_id: bool, **changes: Any) -> None:
    """A second row like the one at `key`, with an id of its own unless that is the point."""
    columns = _settable(connection, table)
    if same_id:
        columns.append("id")
    chosen = [sql.Literal(adapt(changes[c])) if c in changes else sql.Identifier(c) for c in columns]
    connection.execute(
        sql.SQL("insert into public.{t} ({c}) overriding system value select {v} from public.{t} where {w}").format(
            t=sql.Identifier(table),
            c=sql.SQL(", ").join(map(sql.Identifier, columns)),
            v=sql.SQL(", ").join(chosen),
            w=sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in key),
        ),
        list(key.values()),
    )


@every_table
def test_every_reference_into_another_house_is_refused(
    admin: Connection, houses: tuple[House, House], table: str
) -> None:
    key = Rows(admin).make(table, houses[0]).key
    lift(admin, table, "cx")
    references = sorted(TABLES[table].foreign_key_constraints, key=lambda reference: str(reference.name))
    accepted = []
    for reference in references:
        changes = _foreign(admin, TABLES[table], reference, key, *houses)
        refused = attempt(admin, table, key, changes)
        if refused != reference.name:
            with admin.transaction(force_rollback=True):
                lift(admin, table, "f", [str(reference.name)])
                refused = attempt(admin, table, key, changes)
        if refused != reference.name:
            accepted.append((reference.name, changes, refused))
    assert accepted == []


def _foreign(
    connection: Connection, table: Table, reference: ForeignKeyConstraint, key: dict[str, Any], own: House, other: House
) -> dict[str, Any]:
    """Columns that point to the other house's row; houses and persons belong to none: there one that is not."""
    target = reference.referred_table.name
    pointing = next((e for e in reference.elements if e.column.name == "id"), reference.elements[-1])
    of_a_house = "account_id" in reference.referred_table.c
    changes: dict[str, Any] = {str(pointing.parent.name): other.ids[target] if of_a_house else -1}
    for element in reference.elements:
        if element.parent.name not in (pointing.parent.name, "account_id"):
            # As the own house's target has it, so that nothing but the house is foreign.
            value = connection.execute(
                sql.SQL("select {} from public.{} where account_id = %s and id = %s").format(
                    sql.Identifier(element.column.name), sql.Identifier(target)
                ),
                [own.account_id, own.ids[target]],
            ).fetchone()
            assert value is not None
            changes[str(element.parent.name)] = value[0]
    generated = {column.name for column in table.c if column.computed is not None}
    return {column: value for column, value in changes.items() if column not in generated}


@every_table
def test_every_column_that_the_database_writes_refuses_a_value(admin: Connection, table: str) -> None:
    assert [column for column, _ in _written_by_the_database(admin, table) if _accepts(admin, table, column)] == []


def test_generated_and_identity_columns_are_those_of_the_models(admin: Connection) -> None:
    found = {(table, *column) for table in TABLES for column in _written_by_the_database(admin, table)}
    said = {(t.name, c.name, "generated") for t in TABLES.values() for c in t.c if c.computed is not None}
    said |= {(t.name, c.name, "identity") for t in TABLES.values() for c in t.c if c.identity is not None}
    assert found == said
    assert {kind for _, _, kind in found} == {"generated", "identity"}


@pytest.mark.parametrize(
    ("kind", "lifted"), [("generated", "drop expression"), ("identity", "set generated by default")]
)
def test_a_column_that_takes_a_value_is_noticed(admin: Connection, kind: str, lifted: str) -> None:
    for table in sorted(TABLES):
        columns = [column for column, found in _written_by_the_database(admin, table) if found == kind]
        for column in columns[:1]:
            admin.execute(f"alter table public.{table} alter column {column} {lifted}")
            assert _accepts(admin, table, column), f"{table}.{column}"


def _written_by_the_database(connection: Connection, table: str) -> list[tuple[str, str]]:
    """(column, generated or identity), from the catalogue."""
    return connection.execute(
        "select attname::text, case when attgenerated <> '' then 'generated' else 'identity' end from pg_attribute"
        " where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped"
        " and (attgenerated <> '' or attidentity = 'a') order by 1",
        [f"public.{table}"],
    ).fetchall()


def _accepts(connection: Connection, table: str, column: str) -> bool:
    """Whether an insert or an update may name a value for the column; refused before any row is looked at."""
    names = {"t": sql.Identifier(table), "c": sql.Identifier(column)}
    for statement in ("insert into public.{t} ({c}) select null", "update public.{t} set {c} = null"):
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(sql.SQL(statement + " where false").format(**names))
        except psycopg.errors.GeneratedAlways:
            continue
        except psycopg.errors.DatatypeMismatch:
            return True
        return True
    return False


@pytest.mark.parametrize(
    "given",
    [
        {}, [], "all", None, {"grant": []}, {"grant": "all", "deny": []}, {"grant": None, "deny": []},
        {"grant": [], "deny": [], "more": []}, {"grant": [1], "deny": []}, {"grant": [], "deny": [{}]},
    ],
)  # fmt: skip
def test_grants_and_denials_are_two_lists_of_words(admin: Connection, houses: tuple[House, House], given: Any) -> None:
    key = Rows(admin).make("account_users", houses[0]).key
    refused = attempt(admin, "account_users", key, {"permissions": Jsonb(given)})
    assert refused == "ck_account_users_permissions_grant_and_deny"
    rights = {"grant": ["events.write"], "deny": ["contacts.read"]}
    assert attempt(admin, "account_users", key, {"permissions": Jsonb(rights)}) is None
