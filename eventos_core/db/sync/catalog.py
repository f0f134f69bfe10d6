"""What the database holds now, read from its catalogs in a handful of queries.

Everything is deparsed under `search_path = pg_catalog`, so that the same object always reads the same.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

SCHEMAS = ("public", "app", "procrastinate")

_TABLES = """
select n.nspname || '.' || c.relname, c.relkind::text, c.relispartition, c.relrowsecurity, c.relforcerowsecurity,
       pg_get_userbyid(c.relowner), obj_description(c.oid, 'pg_class'),
       array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             order by a.attnum),
       array(select coalesce(col_description(c.oid, a.attnum), '') from pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any (%s) and c.relkind in ('r', 'p', 'v', 'm', 'S')
"""
_POLICIES = """
select schemaname || '.' || tablename, policyname, array_to_string(roles, ','), cmd, permissive, qual, with_check
from pg_policies where schemaname = 'public'
"""
_TRIGGERS = """
select n.nspname || '.' || c.relname, t.tgname::text, pg_get_triggerdef(t.oid), t.tgenabled::text
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and not t.tgisinternal and t.tgparentid = 0
"""
_FUNCTIONS = """
select p.oid::regprocedure::text, pg_get_functiondef(p.oid), pg_get_userbyid(p.proowner), p.prosecdef,
       coalesce(p.proconfig, '{}'), obj_description(p.oid, 'pg_proc'),
       array(select coalesce(r.rolname::text, 'public')
             from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
             left join pg_roles r on r.oid = x.grantee where x.privilege_type = 'EXECUTE' and x.grantee <> p.proowner
             order by 1)
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = 'app' and p.prokind = 'f'
"""
_VIEWS = """
select n.nspname || '.' || c.relname, pg_get_viewdef(c.oid), coalesce(c.reloptions, '{}'),
       obj_description(c.oid, 'pg_class')
from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('public', 'app') and c.relkind = 'v'
"""
_GRANTS = """
select n.nspname || '.' || c.relname, coalesce(r.rolname, 'public'), lower(x.privilege_type)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
cross join lateral aclexplode(c.relacl) x left join pg_roles r on r.oid = x.grantee
where n.nspname = any (%s) and c.relkind in ('r', 'p', 'v', 'm', 'S') and x.grantee <> c.relowner
"""


@dataclass(frozen=True)
class Relation:
    """A table, view or sequence that exists."""

    name: str
    kind: str
    partition: bool
    row_security: bool
    forced: bool
    owner: str
    comment: str | None
    columns: tuple[str, ...]
    comments: tuple[str, ...]


@dataclass(frozen=True)
class FoundFunction:
    """A function of schema app that exists."""

    signature: str
    definition: str
    owner: str
    definer: bool
    settings: tuple[str, ...]
    grantees: tuple[str, ...]


@dataclass(frozen=True)
class Catalog:
    """The objects that sync cares about, as they are."""

    relations: dict[str, Relation]
    functions: dict[str, FoundFunction]
    grants: dict[tuple[str, str], frozenset[str]]
    hashes: dict[tuple[str, str], str]
    """(kind, name) → hash of the definition, for policies, triggers, functions and views."""

    def table(self, name: str) -> Relation | None:
        """The table `name` of schema public, if it exists and is no partition or view."""
        found = self.relations.get(f"public.{name}")
        return found if found is not None and found.kind in "rp" and not found.partition else None


def digest(*parts: object) -> str:
    """A short hash of `parts`."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:32]


def read(connection: Connection) -> Catalog:
    """The catalog as this transaction sees it; sets the transaction's search_path to pg_catalog."""
    connection.exec_driver_sql("set local search_path = pg_catalog")
    hashes: dict[tuple[str, str], str] = {}
    for table, name, *rest in _rows(connection, _POLICIES):
        hashes["policy", f"{_bare(table)}.{name}"] = digest(*rest)
    for table, name, *rest in _rows(connection, _TRIGGERS):
        hashes["trigger", f"{_bare(table)}.{name}"] = digest(*rest)
    functions: dict[str, FoundFunction] = {}
    for signature, definition, owner, definer, settings, comment, grantees in _rows(connection, _FUNCTIONS):
        found = FoundFunction(signature, definition, owner, definer, tuple(settings), tuple(grantees))
        functions[signature] = found
        hashes["function", signature] = digest(definition, owner, grantees, comment)
    for name, *rest in _rows(connection, _VIEWS):
        hashes["view", name] = digest(*rest)
    return Catalog(_relations(connection), functions, _grants(connection), hashes)


def _relations(connection: Connection) -> dict[str, Relation]:
    found: dict[str, Relation] = {}
    for name, kind, partition, enabled, forced, owner, comment, columns, comments in _rows(
        connection, _TABLES, (list(SCHEMAS),)
    ):
        found[name] = Relation(name, kind, partition, enabled, forced, owner, comment, tuple(columns), tuple(comments))
    return found


def _grants(connection: Connection) -> dict[tuple[str, str], frozenset[str]]:
    grants: dict[tuple[str, str], set[str]] = defaultdict(set)
    for relation, role, privilege in _rows(connection, _GRANTS, (list(SCHEMAS),)):
        grants[relation, role].add(privilege)
    return {key: frozenset(value) for key, value in grants.items()}


def _rows(connection: Connection, sql: str, parameters: tuple[Any, ...] = ()) -> Iterable[Any]:
    return connection.exec_driver_sql(sql, parameters).all()


def _bare(table: str) -> str:
    return table.partition(".")[2]
