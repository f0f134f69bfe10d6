"""Applies the plan: only what differs is touched, so that a sync without changes takes no lock on any table.

What was applied is remembered in `app.synced` by name, with a hash of what was asked for and of what the
catalog then held. Whoever alters an object later makes the second hash differ, which doctor reports by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from psycopg import errors as pg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, ProgrammingError

from eventos_core.db.names import APP, BACKUP, DEFINER, JOB_SCHEMA, MIGRATOR, OWNER, ROLES
from eventos_core.db.sync import catalog as catalogs
from eventos_core.db.sync.catalog import Catalog, digest
from eventos_core.db.sync.functions import Function
from eventos_core.db.sync.plan import Plan, plan
from eventos_core.kernel.errors import SetupError

_LOCK = 7_405_001
_FOREIGN_GRANTEES = ("public", "anon", "authenticated")


@dataclass
class Report:
    """What one sync did."""

    applied: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def sync(connection: Connection) -> Report:
    """Bring the database in line with the models, in the caller's transaction, connected as the migrator.

    Idempotent. Leaves out what needs tables or columns that do not exist. Raises SetupError when the first
    migration has not run. Sets the transaction's role and search_path while it works and resets both.
    """
    report = Report()
    run(connection, "set local role none")
    run(connection, f"select pg_advisory_xact_lock({_LOCK})")
    before = catalogs.read(connection)
    if "app.installation" not in before.relations or "app.synced" not in before.relations:
        raise SetupError("The database has no EventOS tables yet.", hint="Run: python -m eventos_core migrate")
    wanted = plan(before)
    known = _Known(connection)
    with _creating(connection):
        _functions(connection, wanted, before, known, report)
        _row_security(connection, wanted, before, report)
        _policies(connection, wanted, before, known, report)
        _triggers(connection, wanted, before, known, report)
        _views(connection, wanted, before, known, report)
        _grants(connection, wanted, before, report)
        _comments(connection, wanted, before, report)
        _drop_functions(connection, wanted, before, known, report)
        after = catalogs.read(connection)
        known.store(after, canonical(connection, tuple(wanted.functions)))
        # A plan with gaps has another hash than the whole one, and so never counts as current.
        connection.exec_driver_sql(
            "update app.installation set sync_hash = %(hash)s where sync_hash is distinct from %(hash)s",
            {"hash": wanted.hash},
        )
    report.skipped += wanted.skipped
    run(connection, "set local role none")
    run(connection, "reset search_path")
    return report


def sync_drop(connection: Connection, table: str) -> None:
    """Take off `table` every trigger and policy, and every policy and view elsewhere that reads it.

    For revisions that drop the table or change a column that these use; the sync after the revision puts back
    what still makes sense. Runs as the table's owner.
    """
    for statement in connection.exec_driver_sql(_DEPENDENTS, {"table": f"public.{table}"}).scalars().all():
        run(connection, statement)


_DEPENDENTS = """
select format('drop trigger %%I on %%s', t.tgname, t.tgrelid::regclass) from pg_trigger t
where t.tgrelid = to_regclass(%(table)s) and not t.tgisinternal and t.tgparentid = 0
union
select format('drop policy %%I on %%s', p.polname, p.polrelid::regclass) from pg_policy p
where p.polrelid = to_regclass(%(table)s) or exists (
  select from pg_depend d where d.classid = 'pg_policy'::regclass and d.objid = p.oid
  and d.refclassid = 'pg_class'::regclass and d.refobjid = to_regclass(%(table)s))
union
select format('drop view if exists %%s', r.ev_class::regclass) from pg_depend d join pg_rewrite r on r.oid = d.objid
join pg_class c on c.oid = r.ev_class and c.relkind = 'v'
where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
and d.refobjid = to_regclass(%(table)s)
"""


def run(connection: Connection, sql: str) -> None:
    """Run `sql`, which may hold several statements and percent signs."""
    connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def canonical(connection: Connection, names: tuple[str, ...]) -> dict[str, str]:
    """Function names as the catalog writes them; those that do not exist are left out."""
    rows = connection.exec_driver_sql(
        "select n, to_regprocedure(n)::text from unnest(%s::text[]) as n", (list(names),)
    ).all()
    return {name: found for name, found in rows if found is not None}


class _Known:
    """app.synced: what earlier syncs applied."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        rows = connection.exec_driver_sql("select kind, name, wanted, found from app.synced").all()
        self.rows: dict[tuple[str, str], tuple[str, str]] = {(r[0], r[1]): (r[2], r[3]) for r in rows}
        self.wanted: dict[tuple[str, str], str] = {}

    def same(self, kind: str, name: str, sql: str, found: str | None) -> bool:
        """Note that `sql` is wanted; whether it was applied before and nobody has touched it since."""
        self.wanted[kind, name] = digest(sql)
        return found is not None and self.rows.get((kind, name)) == (digest(sql), found)

    def forget(self, kind: str, name: str) -> None:
        """Something turned out not to be applicable."""
        self.wanted.pop((kind, name), None)

    def store(self, after: Catalog, signatures: Mapping[str, str]) -> None:
        """Write down what holds now."""
        rows = []
        for (kind, name), asked in self.wanted.items():
            key = signatures.get(name, name) if kind == "function" else name
            if (found := after.hashes.get((kind, key))) is None:
                raise SetupError(f"Sync did not create {kind} {name}.")
            if self.rows.get((kind, name)) != (asked, found):
                rows.append({"kind": kind, "name": name, "wanted": asked, "found": found})
        for kind, name in self.rows.keys() - self.wanted.keys():
            self.connection.exec_driver_sql("delete from app.synced where kind = %s and name = %s", (kind, name))
        if rows:
            self.connection.exec_driver_sql(
                "insert into app.synced (kind, name, wanted, found) values (%(kind)s, %(name)s, %(wanted)s, %(found)s) "
                "on conflict (kind, name) do update set wanted = excluded.wanted, found = excluded.found",
                rows,
            )


@contextmanager
def _creating(connection: Connection) -> Iterator[None]:
    """The definer may create functions in schema app for as long as the sync runs, and never else."""
    with as_role(connection, OWNER):
        run(connection, f"grant usage on schema app, {JOB_SCHEMA} to {APP}, {MIGRATOR}, {BACKUP}, {DEFINER}")
        run(connection, f"grant create on schema app to {DEFINER}")
    yield
    with as_role(connection, OWNER):
        run(connection, f"revoke create on schema app from {DEFINER}")


@contextmanager
def as_role(connection: Connection, role: str) -> Iterator[None]:
    """Run as `role` until the end of the block, then as the login again."""
    run(connection, f"set local role {role}")
    yield
    run(connection, "set local role none")


def _functions(connection: Connection, wanted: Plan, before: Catalog, known: _Known, report: Report) -> None:
    """Create in rounds: a function whose body names one that is still missing waits for the next round."""
    signatures = canonical(connection, tuple(wanted.functions))
    waiting: list[Function] = []
    for function in wanted.functions.values():
        found = signatures.get(function.name)
        exists = before.hashes.get(("function", found)) if found else None
        if not known.same("function", function.name, _function_key(function), exists):
            waiting.append(function)
    while waiting:
        refused: list[tuple[Function, DBAPIError]] = []
        for function in waiting:
            try:
                with connection.begin_nested():
                    _create_function(connection, function)
                report.applied.append(f"function {function.name}")
            except ProgrammingError as error:
                if not isinstance(error.orig, pg.UndefinedFunction | pg.UndefinedColumn | pg.UndefinedTable):
                    raise
                refused.append((function, error))
        if len(refused) == len(waiting):
            _leave_out(wanted, refused, known)
            return
        waiting = [function for function, _ in refused]


def _leave_out(wanted: Plan, refused: list[tuple[Function, DBAPIError]], known: _Known) -> None:
    """Functions over columns that an older schema lacks; with a complete schema this is a defect."""
    if not wanted.skipped:
        raise refused[0][1]
    for function, _ in refused:
        known.forget("function", function.name)
        del wanted.functions[function.name]
        wanted.skipped.append(f"function {function.name}")
        for key in [key for key, trigger in wanted.triggers.items() if trigger.function == function.name]:
            del wanted.triggers[key]
            wanted.skipped.append(f"trigger {key}")


def _function_key(function: Function) -> str:
    return f"{function.sql}\x1f{function.owner}\x1f{function.grants}\x1f{function.about}"


def _create_function(connection: Connection, function: Function) -> None:
    owner = ROLES[function.owner]
    current = connection.exec_driver_sql(
        "select pg_get_userbyid(proowner) from pg_proc where oid = to_regprocedure(%s)", (function.name,)
    ).scalar()
    if current is not None and current != owner:
        run(connection, f"alter function {function.name} owner to {owner}")
    with as_role(connection, owner):
        run(connection, function.sql)
        everybody = ", ".join(["public", *(role for role in ROLES.values() if role != owner)])
        run(connection, f"revoke all on function {function.name} from {everybody}")
        if grantees := [ROLES[role] for role in function.grants if ROLES[role] != owner]:
            run(connection, f"grant execute on function {function.name} to {', '.join(grantees)}")
        run(connection, f"comment on function {function.name} is {_literal(function.about)}")


def _drop_functions(connection: Connection, wanted: Plan, before: Catalog, known: _Known, report: Report) -> None:
    """Functions of earlier syncs that nothing wants any more; after the triggers that used them are gone."""
    keep = set(canonical(connection, tuple(wanted.functions)).values())
    for kind, name in known.rows:
        if kind == "function" and name not in wanted.functions:
            found = canonical(connection, (name,)).get(name)
            if found is not None and found not in keep:
                run(connection, f"drop function {name}")
                report.dropped.append(f"function {name}")


def _row_security(connection: Connection, wanted: Plan, before: Catalog, report: Report) -> None:
    with as_role(connection, OWNER):
        for table in wanted.comments:
            found = before.relations[f"public.{table}"]
            if not (found.row_security and found.forced):
                run(connection, f"alter table public.{table} enable row level security")
                run(connection, f"alter table public.{table} force row level security")
                report.applied.append(f"row security {table}")


def _policies(connection: Connection, wanted: Plan, before: Catalog, known: _Known, report: Report) -> None:
    _replace(connection, "policy", {key: policy.sql for key, policy in wanted.policies.items()}, before, known, report)


def _triggers(connection: Connection, wanted: Plan, before: Catalog, known: _Known, report: Report) -> None:
    _replace(
        connection, "trigger", {key: trigger.sql for key, trigger in wanted.triggers.items()}, before, known, report
    )


def _replace(
    connection: Connection,
    kind: str,
    wanted: Mapping[str, str],
    before: Catalog,
    known: _Known,
    report: Report,
) -> None:
    """Drop what is not wanted or not as it was left, create what is missing; names are `table.object`."""
    fine = {key for key, sql in wanted.items() if known.same(kind, key, sql, before.hashes.get((kind, key)))}
    with as_role(connection, OWNER):
        for found_kind, key in before.hashes:
            table, _, name = key.partition(".")
            if found_kind == kind and key not in fine and before.table(table) is not None:
                run(connection, f'drop {kind} "{name}" on public."{table}"')
                if key not in wanted:
                    report.dropped.append(f"{kind} {key}")
        for key, sql in wanted.items():
            if key not in fine:
                run(connection, sql)
                report.applied.append(f"{kind} {key}")


def _views(connection: Connection, wanted: Plan, before: Catalog, known: _Known, report: Report) -> None:
    with as_role(connection, OWNER):
        for kind, name in list(known.rows):
            if kind == "view" and name not in wanted.views and ("view", name) in before.hashes:
                run(connection, f"drop view {name}")
                report.dropped.append(f"view {name}")
        for view in wanted.views.values():
            if known.same("view", view.name, f"{view.sql}{view.about}", before.hashes.get(("view", view.name))):
                continue
            # Not CREATE OR REPLACE: that cannot take columns away.
            run(connection, f"drop view if exists {view.name}")
            run(connection, view.sql)
            run(connection, f"comment on view {view.name} is {_literal(view.about)}")
            for role in view.grants:
                run(connection, f"grant select on {view.name} to {ROLES[role]}")
            report.applied.append(f"view {view.name}")


def _grants(connection: Connection, wanted: Plan, before: Catalog, report: Report) -> None:
    """Exactly the planned privileges for our roles; nothing for PUBLIC and for what Supabase brings along."""
    with as_role(connection, OWNER):
        for name, relation in sorted(before.relations.items()):
            if relation.partition or relation.owner != OWNER or relation.kind == "v":
                continue
            for role in (APP, BACKUP, DEFINER, *_FOREIGN_GRANTEES):
                has = before.grants.get((name, role), frozenset())
                target = wanted.grants.get((name, role), frozenset())
                if relation.kind == "S":
                    target = _sequence_grant(name, role)
                if extra := has - target:
                    run(connection, f"revoke {', '.join(sorted(extra))} on {name} from {role}")
                if missing := target - has:
                    run(connection, f"grant {', '.join(sorted(missing))} on {name} to {role}")
                if extra or missing:
                    report.applied.append(f"grants {name} {role}")


def _sequence_grant(name: str, role: str) -> frozenset[str]:
    """The backup reads every sequence; serial columns exist only in the job engine, identity needs no grant."""
    if role == BACKUP:
        return frozenset({"select"})
    if role in (APP, DEFINER) and name.startswith(f"{JOB_SCHEMA}."):
        return frozenset({"usage"})
    return frozenset()


def _comments(connection: Connection, wanted: Plan, before: Catalog, report: Report) -> None:
    with as_role(connection, OWNER):
        for table, (comment, columns) in wanted.comments.items():
            found = before.relations[f"public.{table}"]
            statements = []
            if (found.comment or "") != comment:
                statements.append(f"comment on table public.{table} is {_literal(comment)}")
            present = dict(zip(found.columns, found.comments, strict=True))
            statements += [
                f'comment on column public.{table}."{column}" is {_literal(text)}'
                for column, text in columns.items()
                if present[column] != text
            ]
            if statements:
                run(connection, "; ".join(statements))
                report.applied.append(f"comments {table}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'" if text else "null"
