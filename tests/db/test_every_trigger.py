"""Every trigger in the catalogue is shown to act: what it watches ends otherwise with it than without it.

As superuser, with the table's constraints and all its other triggers lifted. Triggers written for one table alone have
tests of their own, and each of these is shown to fail where its trigger is off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest
from psycopg import sql

from eventos_core.db.sync.tables import metadata
from tests.db import test_sync_triggers as written
from tests.db.conftest import Connection
from tests.db.rows import NOON, House, Rows
from tests.db.violations import candidates, lift

TABLES = metadata().tables
OWN_TESTS: dict[str, Callable[[Connection, tuple[House, House]], None]] = {
    "events.eos_15_status": written.test_event_status_moves_forward_only,
    "account_users.eos_60_last_owner": written.test_house_keeps_an_active_owner,
    "opportunities.eos_15_stage": written.test_deal_follows_its_stage_and_keeps_versions,
    "opportunities.eos_70_versions_update": written.test_deal_follows_its_stage_and_keeps_versions,
    "opportunities.eos_70_versions_delete": written.test_deal_follows_its_stage_and_keeps_versions,
    "opportunities.eos_70_versions_insert": written.test_deal_follows_its_stage_and_keeps_versions,
    "sales_stages.eos_70_probability": written.test_deal_follows_its_stage_and_keeps_versions,
    "metric_targets.eos_70_versions": written.test_what_a_forecast_is_held_against_is_kept_as_it_was,
    "events.eos_70_versions": written.test_what_a_forecast_is_held_against_is_kept_as_it_was,
    "exchange_rates.eos_70_versions": written.test_what_a_forecast_is_held_against_is_kept_as_it_was,
    "session_hosts.eos_50_books_insert": written.test_host_follows_the_session,
    "session_hosts.eos_50_books_update": written.test_host_follows_the_session,
    "session_hosts.eos_50_books_delete": written.test_host_follows_the_session,
    "sessions.eos_51_books_hosts": written.test_host_follows_the_session,
}
"""table.trigger → the test that shows what it does."""
FOUND = (
    "select c.relname::text, t.tgname::text from pg_trigger t join pg_class c on c.oid = t.tgrelid"
    " where c.relnamespace = 'public'::regnamespace and not t.tgisinternal and t.tgparentid = 0 order by 1, 2"
)
Act = Callable[[Connection, str, dict[str, Any]], Any]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_trigger_of_the_table_acts(admin: Connection, houses: tuple[House, House], table: str) -> None:
    triggers = [name for found, name in admin.execute(FOUND).fetchall() if found == table]
    key = Rows(admin).make(table, houses[0]).key
    lift(admin, table, "cfux")
    idle = [name for name in triggers if f"{table}.{name}" not in OWN_TESTS and not _acts(admin, table, key, name)]
    assert idle == []


def test_the_catalogue_has_every_kind_and_no_test_is_without_a_trigger(admin: Connection) -> None:
    found = {f"{table}.{name}" for table, name in admin.execute(FOUND).fetchall()}
    assert OWN_TESTS.keys() <= found
    kinds = {name.partition(".")[2] for name in found - OWN_TESTS.keys()}
    assert kinds == set(ACTS)


@pytest.mark.parametrize("name", OWN_TESTS)
def test_its_own_test_notices_that_a_trigger_is_off(admin: Connection, houses: tuple[House, House], name: str) -> None:
    table, _, trigger = name.partition(".")
    admin.execute(f"alter table public.{table} disable trigger {trigger}")
    with pytest.raises((AssertionError, pytest.fail.Exception, psycopg.Error)):
        OWN_TESTS[name](admin, houses)


def _acts(connection: Connection, table: str, key: dict[str, Any], trigger: str) -> bool:
    """Whether the act that the trigger watches ends otherwise without it."""
    ends = []
    for switch in ("enable", "disable"):
        with connection.transaction(force_rollback=True):
            act = _prepared(connection, table, key, trigger)
            connection.execute(f"alter table public.{table} {switch} trigger {trigger}")  # type: ignore[call-overload]
            ends.append(act(connection, table, key))
    return bool(ends[0] != ends[1])


def _prepared(connection: Connection, table: str, key: dict[str, Any], trigger: str) -> Act:
    if trigger.startswith("eos_50_books"):
        _make_it_book(connection, table, key)
    if trigger == "eos_50_books_delete":
        connection.execute(f"alter table public.{table} enable trigger eos_50_books_update")  # type: ignore[call-overload]
        _postpone(connection, table, key)
        connection.execute(f"alter table public.{table} disable trigger eos_50_books_update")  # type: ignore[call-overload]
    return ACTS[trigger]


def _derive(connection: Connection, table: str, key: dict[str, Any]) -> Any:
    """What becomes of garbage in each derived column."""
    found = {}
    for column in TABLES[table].info["derived"]:
        if TABLES[table].c[column].computed is not None:
            continue
        found[column] = [
            _attempt(connection, table, key, changes, column) for changes in candidates(connection, table, [column], [])
        ]
    return found


def _attempt(connection: Connection, table: str, key: dict[str, Any], changes: dict[str, Any], column: str) -> Any:
    try:
        with connection.transaction(force_rollback=True):
            return _update(connection, table, key, changes, column)
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        return error.sqlstate


def _touch(connection: Connection, table: str, key: dict[str, Any]) -> Any:
    long_ago = NOON.replace(year=2000)
    return _update(connection, table, key, {"updated_at": long_ago}, "updated_at")


def _audit_update(connection: Connection, table: str, key: dict[str, Any]) -> Any:
    for column in _plain_columns(connection, table, key):
        for changes in candidates(connection, table, [column], []):
            _attempt_and_keep(connection, table, key, changes)
    return _audited(connection, table, "update")


def _audit_insert(connection: Connection, table: str, key: dict[str, Any]) -> Any:
    _copy(connection, table, key)
    return _audited(connection, table, "insert")


def _audit_delete(connection: Connection, table: str, key: dict[str, Any]) -> Any:
    _delete(connection, table, key)
    return _audited(connection, table, "delete")


def _books_insert(connection: Connection, table: str, key: dict[str, Any]) -> Any:
    _copy(connection, table, key)
    return _booked(connection, table)


def _books_update(connection: Connection, table: str, key: dict[str, Any]) -> Any:
    _postpone(connection, table, key)
    return _booked(connection, table)


def _books_delete(connection: Connection, table: str, key: dict[str, Any]) -> Any:
    assert _booked(connection, table)
    _delete(connection, table, key)
    return _booked(connection, table)


ACTS: dict[str, Act] = {
    "eos_10_derive": _derive,
    "eos_20_touch": _touch,
    "eos_50_books_insert": _books_insert,
    "eos_50_books_update": _books_update,
    "eos_50_books_delete": _books_delete,
    "eos_90_audit_insert": _audit_insert,
    "eos_90_audit_update": _audit_update,
    "eos_90_audit_delete": _audit_delete,
}
"""Trigger's name → what it watches, done once, and what there is to see afterwards."""


def _make_it_book(connection: Connection, table: str, key: dict[str, Any]) -> None:
    """Change the row until it takes a resource."""
    book = TABLES[table].info["books"][0]
    base = {book.resource: 987_654_321, book.starts: NOON, book.ends: NOON.replace(hour=14)}
    _update(connection, table, key, base, book.resource)
    where, values = _where(key)
    active = sql.SQL(re.sub(r"\bnew\.", "new.", book.active))  # type: ignore[arg-type]
    takes = sql.SQL("select ({}) from public.{} as new where {}").format(active, sql.Identifier(table), where)
    columns = sorted(set(re.findall(r"\bnew\.([a-z_]+)", book.active)) - base.keys())
    words = re.findall(r"'([a-z_]+)'", book.active)
    for changes in [{}, *candidates(connection, table, columns, words)]:
        if changes:
            _attempt_and_keep(connection, table, key, changes)
        if connection.execute(takes, values).fetchone() == (True,):
            return
    raise AssertionError(f"no row of {table} takes anything")


def _postpone(connection: Connection, table: str, key: dict[str, Any]) -> None:
    book = TABLES[table].info["books"][0]
    later = {book.starts: NOON.replace(month=5), book.ends: NOON.replace(month=5, hour=14)}
    _update(connection, table, key, later, book.starts)


def _booked(connection: Connection, table: str) -> list[Any]:
    found = (
        "select resource_kind, resource_id, starts_at, ends_at from bookings where source_table = %s order by 1, 2, 3"
    )
    return connection.execute(found, [table]).fetchall()


def _audited(connection: Connection, table: str, action: str) -> Any:
    found = "select count(*) from audit_log where table_name = %s and action = %s"
    return connection.execute(found, [table, action]).fetchone()


def _plain_columns(connection: Connection, table: str, key: dict[str, Any]) -> list[str]:
    """Columns whose change is told: not the key, not silent, not written by the database."""
    left_out = {"updated_at", "updated_by", "version", *key, "account_id", "id"}
    return [
        column.name
        for column in TABLES[table].c
        if column.name not in left_out and not column.info.get("silent") and column.computed is None
    ][:6]


def _where(key: dict[str, Any]) -> tuple[sql.Composed, list[Any]]:
    return sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(c)) for c in key), list(key.values())


def _update(connection: Connection, table: str, key: dict[str, Any], changes: dict[str, Any], column: str) -> Any:
    where, values = _where(key)
    statement = sql.SQL("update public.{} set {} where {} returning {}").format(
        sql.Identifier(table),
        sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in changes),
        where,
        sql.Identifier(column),
    )
    return connection.execute(statement, [*changes.values(), *values]).fetchone()


def _attempt_and_keep(connection: Connection, table: str, key: dict[str, Any], changes: dict[str, Any]) -> None:
    try:
        with connection.transaction():
            _update(connection, table, key, changes, next(iter(changes)))
    except (psycopg.DataError, psycopg.IntegrityError):
        return


def _delete(connection: Connection, table: str, key: dict[str, Any]) -> None:
    pointing = "select conrelid::regclass::text, conname from pg_constraint where confrelid = to_regclass(%s)"
    for other, name in connection.execute(pointing + " and conparentid = 0", [f"public.{table}"]).fetchall():
        connection.execute(f"alter table {other} drop constraint {name}")
    where, values = _where(key)
    connection.execute(sql.SQL("delete from public.{} where {}").format(sql.Identifier(table), where), values)


def _copy(connection: Connection, table: str, key: dict[str, Any]) -> None:
    """A second row like the one at `key`, with an id of its own."""
    columns: Sequence[str] = [
        name
        for (name,) in connection.execute(
            "select attname::text from pg_attribute where attrelid = to_regclass(%s) and attnum > 0"
            " and not attisdropped and attgenerated = '' and attidentity = ''",
            [f"public.{table}"],
        ).fetchall()
    ]
    where, values = _where(key)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    connection.execute(
        sql.SQL("insert into public.{t} ({c}) select {c} from public.{t} where {w}").format(
            t=sql.Identifier(table), c=names, w=where
        ),
        values,
    )
