"""What should be in the database: every function, policy, trigger, view, grant and comment, by name.

`plan(None)` is the whole of it; `plan(catalog)` leaves out what needs tables or columns that do not exist (after
a rollback) and says so in `skipped`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from eventos_core.db.names import APP, BACKUP, DEFINER, JOB_SCHEMA, ROLES
from eventos_core.db.sync import functions as files
from eventos_core.db.sync import triggers as generated
from eventos_core.db.sync.bookings import booking_triggers
from eventos_core.db.sync.catalog import Catalog, digest
from eventos_core.db.sync.functions import Command, Function, View
from eventos_core.db.sync.histories import history_triggers
from eventos_core.db.sync.policies import Policy, allowed_commands, policies
from eventos_core.db.sync.tables import metadata
from eventos_core.db.sync.triggers import Trigger

ALL = frozenset({"select", "insert", "update", "delete"})
JOB_TABLES = tuple(f"{JOB_SCHEMA}.procrastinate_{part}" for part in ("jobs", "workers", "periodic_defers", "events"))
_CALLED = re.compile(r"\bapp\.[a-z0-9_]+(?=\()")
APP_TABLES = ("app.installation", "app.alembic_version", "app.synced")


@dataclass
class Plan:
    """Everything that sync applies."""

    functions: dict[str, Function] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    grants: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    """(qualified table, role) → privileges."""
    comments: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    """Table → its comment and its columns' comments."""
    skipped: list[str] = field(default_factory=list)

    @property
    def hash(self) -> str:
        """Changes with anything in the plan."""
        return digest(
            *(f"{f.name}{f.sql}{f.owner}{f.grants}{f.about}" for f in self.functions.values()),
            *(f"{v.name}{v.sql}{v.grants}{v.about}" for v in self.views.values()),
            *(p.sql for p in self.policies.values()),
            *(t.sql for t in self.triggers.values()),
            *(f"{key}{sorted(value)}" for key, value in sorted(self.grants.items())),
            *(f"{table}{comment}" for table, comment in sorted(self.comments.items())),
        )


def plan(catalog: Catalog | None = None) -> Plan:
    """What should be applied, to all of the models' tables or to those that `catalog` has."""
    result = Plan()
    tables = list(_tables(catalog, result))
    present = {f"public.{table.name}" for table, _ in tables} | set(JOB_TABLES) | set(APP_TABLES)
    if catalog is not None:
        present &= set(catalog.relations)
    _functions(result, tables, present)
    access = _access(result.functions.values())
    everything = {f"{table.name}.{column}" for table, columns in tables for column in columns}
    for table, columns in tables:
        for policy in policies(table, access.get(f"public.{table.name}", frozenset())):
            key = f"{table.name}.{policy.name}"
            if all(need in columns or need in everything for need in policy.needs):
                result.policies[key] = policy
            else:
                result.skipped.append(f"policy {key}")
        result.comments[table.name] = (
            table.comment or "",
            {column.name: column.comment or "" for column in table.c if column.name in columns},
        )
    result.grants = _grants(tables, access, present, result.views)
    return result


def sync_hash() -> str:
    """The hash of everything that a sync of complete tables applies; stored in app.installation."""
    return plan().hash


def is_current(connection: Connection) -> bool:
    """Whether the last sync applied what this version of the program would apply."""
    try:
        with connection.begin_nested():
            stored = connection.exec_driver_sql("select sync_hash from app.installation").scalar()
    except DBAPIError:  # no such table, or no right to read it
        return False
    return bool(stored == sync_hash())


def _tables(catalog: Catalog | None, result: Plan) -> Iterable[tuple[Table, frozenset[str]]]:
    for table in sorted(metadata().tables.values(), key=lambda t: t.name):
        if catalog is None:
            yield table, frozenset(table.c.keys())
        elif (found := catalog.table(table.name)) is None:
            result.skipped.append(f"table {table.name}")
        else:
            columns = frozenset(found.columns)
            result.skipped += [f"column {table.name}.{c.name}" for c in table.c if c.name not in columns]
            yield table, columns


def _functions(result: Plan, tables: list[tuple[Table, frozenset[str]]], present: set[str]) -> None:
    functions, views = files.load()
    wanted = [generated.role_permissions(), *functions]
    triggers: list[Trigger] = []
    for table, columns in tables:
        for trigger, function in (
            *generated.triggers(table, columns),
            *booking_triggers(table, columns),
            *history_triggers(table, columns),
        ):
            triggers.append(trigger)
            if function is not None:
                wanted.append(function)
    usable = _usable(wanted, present)
    for function in wanted:
        if function.name in usable:
            result.functions[function.name] = function
        else:
            result.skipped.append(f"function {function.name}")
    for view in views:
        if view.tables <= present:
            result.views[view.name] = view
        else:
            result.skipped.append(f"view {view.name}")
    for trigger in triggers:
        if trigger.function in result.functions:
            result.triggers[f"{trigger.table}.{trigger.name}"] = trigger
        else:
            result.skipped.append(f"trigger {trigger.table}.{trigger.name}")


def _usable(wanted: list[Function], present: set[str]) -> set[str]:
    """Functions whose tables exist and which call only such functions.

    One that calls another is of no use without it: a trigger would refuse every write of its table.
    """
    usable = {function.name: function for function in wanted if function.tables <= present}
    while True:
        known = {name.partition("(")[0] for name in usable}
        lame = [name for name, function in usable.items() if not set(_CALLED.findall(function.sql)) <= known]
        if not lame:
            return set(usable)
        for name in lame:
            del usable[name]


def _access(functions: Iterable[Function]) -> dict[str, frozenset[Command]]:
    found: dict[str, frozenset[Command]] = {}
    for function in functions:
        if function.owner == "definer":
            for table, commands in function.access.items():
                found[table] = found.get(table, frozenset()) | commands
    return found


def _grants(
    tables: list[tuple[Table, frozenset[str]]],
    access: dict[str, frozenset[Command]],
    present: set[str],
    views: dict[str, View],
) -> dict[tuple[str, str], frozenset[str]]:
    grants: dict[tuple[str, str], frozenset[str]] = {}
    for table, _ in tables:
        name = f"public.{table.name}"
        grants[name, APP] = frozenset(allowed_commands(table.info["fence"]))
        grants[name, BACKUP] = frozenset({"select"})
    for name in present & set(JOB_TABLES):
        grants[name, APP] = ALL
        grants[name, BACKUP] = frozenset({"select"})
    for name in present & set(APP_TABLES):
        grants[name, APP] = frozenset({"select"})
        grants[name, BACKUP] = frozenset({"select"})
    for name, commands in access.items():
        if name in present:
            grants[name, DEFINER] = frozenset(commands)
    # Definer functions ask for era and seal position on every audit entry.
    if "app.installation" in present:
        grants["app.installation", DEFINER] = grants.get(("app.installation", DEFINER), frozenset()) | {"select"}
    for view in views.values():
        for role in view.grants:
            grants[view.name, ROLES[role]] = frozenset({"select"})
    return {key: value for key, value in grants.items() if value}
