"""The fence as a table: each operation on a row of one house, tried from that house, another and none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from eventos_core.db.sync.policies import allowed_commands
from eventos_core.db.sync.tables import metadata
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import Fence
from tests.db.rows import House, Row, Rows, adapt, insert_statement, target_of

Connection = psycopg.Connection[Any]
EVERYTHING = "," + ",".join(permission.value for permission in Permission) + ","


@dataclass(frozen=True)
class Context:
    """What a transaction has entered; empty strings where it has entered nothing."""

    name: str
    account: int | str = ""
    member: int | str = ""
    user: int | str = ""
    permissions: str = EVERYTHING


def of(house: House, name: str = "own") -> Context:
    """The house's owner."""
    return Context(name, house.account_id, house.member_id, house.user_id)


def colleague(house: House) -> Context:
    """Another member of the same house, with every permission."""
    return Context("colleague", house.account_id, house.other_member_id, house.other_user_id)


NOBODY = Context("nobody", permissions="")


@contextmanager
def role(connection: Connection, name: str, context: Context = NOBODY) -> Iterator[None]:
    """Act as role `name` in `context` inside a savepoint that is undone at the end."""
    with connection.transaction(force_rollback=True):
        connection.execute(sql.SQL("set local role {}").format(sql.Identifier(name)))
        for setting in ("account", "member", "user"):
            connection.execute("select set_config(%s, %s, true)", [f"app.{setting}_id", str(getattr(context, setting))])
        connection.execute("select set_config('app.permissions', %s, true)", [context.permissions])
        yield


def failures(connection: Connection, table: str, own: House, other: House) -> list[str]:
    """Where `table` does not behave as its fence says, as sentences; none when the fence holds."""
    fence: Fence = metadata().tables[table].info["fence"]
    trial = {"tenant": _tenant, "account": _account, "person": _person, "system": _closed}[fence.scope]
    with connection.transaction(force_rollback=True):
        return list(trial(connection, table, fence, own, other))


def _tenant(connection: Connection, table: str, fence: Fence, own: House, other: House) -> Iterator[str]:
    allowed = set(allowed_commands(fence))
    given = {fence.personal: _me(table, fence.personal, own)} if fence.personal else {}
    with _as_migrator(connection):
        row = Rows(connection).make(table, own, **given)
    mine, theirs = of(own), of(other, "other")
    for context in (mine, theirs, NOBODY):
        reach = allowed if context is mine else set()
        yield from _trial(connection, row, context, reach, own, other, given)
    if fence.manage is not None:
        yield from _trial(
            connection, row, replace(mine, name="unprivileged", permissions=""), allowed & {"select"}, own, other, given
        )
    if fence.personal is not None:
        yield from _trial(connection, row, colleague(own), set(), own, other, given)
        # The same person in another house: they are theirs, but not there.
        elsewhere = replace(mine, name="same person elsewhere", account=other.account_id)
        yield from _trial(connection, row, elsewhere, set(), own, other, given)
    if fence.personal_or_shared is not None:
        with _as_migrator(connection):
            shared = Rows(connection).make(table, own, **given, **{fence.personal_or_shared: True})
        yield from _trial(connection, shared, colleague(own), {"select"}, own, other, given, insert=False)


def _trial(
    connection: Connection,
    row: Row,
    context: Context,
    reach: set[str],
    own: House,
    other: House,
    given: dict[str, Any],
    *,
    insert: bool = True,
) -> Iterator[str]:
    """Every operation on `row` from `context`, which should reach exactly the commands of `reach`."""
    where, key = _where(row)
    table = sql.Identifier(row.table.name)
    attempts: dict[str, tuple[sql.Composed, list[Any]]] = {
        "select": (sql.SQL("select 1 from public.{} where {}").format(table, where), key),
        "update": (sql.SQL("update public.{} set account_id = account_id where {}").format(table, where), key),
        "delete": (sql.SQL("delete from public.{} where {}").format(table, where), key),
    }
    for command, (statement, values) in attempts.items():
        if (found := _reached(connection, context, statement, values)) != (command in reach):
            yield f"{row.table.name}: {context.name} {'may' if found else 'may not'} {command}"
    if insert and (found := _inserts(connection, row.table.name, context, own, given)) != ("insert" in reach):
        yield f"{row.table.name}: {context.name} {'may' if found else 'may not'} insert"
    moved = sql.SQL("update public.{} set account_id = %s where {}").format(table, where)
    if _reached(connection, context, moved, [other.account_id, *key]):
        yield f"{row.table.name}: {context.name} may move a row to another house"


def _inserts(connection: Connection, table: str, context: Context, own: House, given: dict[str, Any]) -> bool:
    with connection.transaction(force_rollback=True):
        with _as_migrator(connection):
            rows = Rows(connection)
            if table == "my_organization_metadata":
                connection.execute("delete from my_organization_metadata where account_id = %s", [own.account_id])
            values = {**rows.values(table, own), **given}
        return _reached(connection, context, insert_statement(table, values), [adapt(v) for v in values.values()])


def _account(connection: Connection, table: str, fence: Fence, own: House, other: House) -> Iterator[str]:
    key = [own.account_id]
    statements = {
        "select": sql.SQL("select 1 from public.accounts where id = %s"),
        "update": sql.SQL("update public.accounts set name = name where id = %s"),
        "delete": sql.SQL("delete from public.accounts where id = %s"),
        "insert": sql.SQL(
            "insert into public.accounts (slug, name, base_currency, timezone)"
            " select 'new-house', 'New', 'EUR', 'UTC' where %s > 0"
        ),
    }
    contexts = (
        (of(own), {"select", "update"}),
        (replace(of(own), name="unprivileged", permissions=""), {"select"}),
        (of(other, "other"), set[str]()),
        (NOBODY, set[str]()),
    )
    for context, reach in contexts:
        for command, statement in statements.items():
            if (found := _reached(connection, context, statement, key)) != (command in reach):
                yield f"accounts: {context.name} {'may' if found else 'may not'} {command}"


def _person(connection: Connection, table: str, fence: Fence, own: House, other: House) -> Iterator[str]:
    contexts = (
        (of(own), {"select", "update"}),
        (Context("before entering", user=own.user_id), {"select", "update"}),
        (colleague(own), {"select"}),
        (of(other, "other"), set[str]()),
        (NOBODY, set[str]()),
    )
    statements = {
        "select": sql.SQL("select 1 from public.users where id = %s"),
        "update": sql.SQL("update public.users set name = name where id = %s"),
        "delete": sql.SQL("delete from public.users where id = %s"),
        "insert": sql.SQL("insert into public.users (email, name) select 'new@example.org', 'New' where %s > 0"),
    }
    for context, reach in contexts:
        for command, statement in statements.items():
            if (found := _reached(connection, context, statement, [own.user_id])) != (command in reach):
                yield f"users: {context.name} {'may' if found else 'may not'} {command}"


def _closed(connection: Connection, table: str, fence: Fence, own: House, other: House) -> Iterator[str]:
    name = sql.Identifier(table)
    column = sql.Identifier(list(metadata().tables[table].c)[-1].name)
    statements = {
        "select": sql.SQL("select 1 from public.{}").format(name),
        "update": sql.SQL("update public.{} set {} = {}").format(name, column, column),
        "delete": sql.SQL("delete from public.{}").format(name),
        "insert": sql.SQL("insert into public.{} default values").format(name),
    }
    for context in (of(own), NOBODY):
        for command, statement in statements.items():
            if _reached(connection, context, statement, []) != (command in allowed_commands(fence)):
                yield f"{table}: {context.name} reaches {command} against its fence"


def _reached(connection: Connection, context: Context, statement: sql.Composable, values: list[Any]) -> bool:
    """Whether the fence let the app role do something to at least one row.

    Row security is checked before constraints: whoever runs into one of these has passed the fence.
    """
    try:
        with role(connection, "eventos_app", context):
            cursor = connection.execute(statement, values)
            return cursor.rowcount > 0
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.errors.IntegrityError:
        return True


@contextmanager
def _as_migrator(connection: Connection) -> Iterator[None]:
    """Write as the migrator, and keep it."""
    connection.execute("set local role eventos_migrator")
    yield
    connection.execute("set local role none")


def _where(row: Row) -> tuple[sql.Composed, list[Any]]:
    parts = [sql.SQL("{} = %s").format(sql.Identifier(column)) for column in row.key]
    return sql.SQL(" and ").join(parts), [adapt(value) for value in row.key.values()]


def _me(table: str, column: str, house: House) -> int:
    return house.user_id if target_of(metadata().tables[table].c[column]) == "users" else house.member_id
