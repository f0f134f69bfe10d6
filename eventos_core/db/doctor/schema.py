"""Checks of the tables: triggers, indexes, foreign keys, partitions."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Table

from eventos_core.db.doctor.check import MIGRATE, Check, Place, judged
from eventos_core.db.doctor.fence import drift
from eventos_core.db.sync.tables import metadata
from eventos_core.kernel import clock
from eventos_core.models.base import Ref

_INDEXES = """
select t.relname, i.relname, x.indisvalid,
  -- Rows left out because a column of the index is empty are not looked for by it.
  x.indpred is null or exists (
    select from pg_attribute a where a.attrelid = t.oid and a.attnum = any (x.indkey)
    and pg_get_expr(x.indpred, x.indrelid) = '(' || quote_ident(a.attname) || ' IS NOT NULL)'),
  array(select coalesce(a.attname::text, '') from unnest(x.indkey::int[]) with ordinality as k (attnum, n)
        left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum and k.attnum > 0 order by k.n)
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
where t.relnamespace = 'public'::regnamespace and not t.relispartition
"""
_FOREIGN_KEYS = """
select f.conname, f.conrelid::regclass::text, f.confrelid::regclass::text, f.convalidated,
  array(select a.attname::text from unnest(f.conkey) with ordinality as k (attnum, n)
        join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum order by k.n),
  array(select a.attname::text from unnest(f.confkey) with ordinality as k (attnum, n)
        join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum order by k.n)
from pg_constraint f join pg_class c on c.oid = f.conrelid
where f.contype = 'f' and c.relnamespace = 'public'::regnamespace and not c.relispartition and f.conparentid = 0
"""
_PARTITIONS = """
select parent.relname, child.relname from pg_partitioned_table p
join pg_class parent on parent.oid = p.partrelid and parent.relnamespace = 'public'::regnamespace
left join pg_inherits i on i.inhparent = parent.oid left join pg_class child on child.oid = i.inhrelid
"""


def triggers(place: Place) -> Check:
    """Every planned trigger as the sync left it and enabled; none besides."""
    wanted = {key: trigger.sql for key, trigger in place.plan.triggers.items()}
    return judged("triggers", drift(place, "trigger", wanted), f"{len(wanted)} in place", MIGRATE)


def indexes(place: Place) -> Check:
    """Every index of the models, one under every foreign key, one that leads with the house in every tenant table."""
    leads: dict[str, list[tuple[str, ...]]] = {}
    names: set[str] = set()
    problems: list[str] = []
    for table, name, valid, whole, columns in place.migrator.exec_driver_sql(_INDEXES).all():
        names.add(name)
        if not valid:
            problems.append(f"{name} is invalid: drop and create it again")
        elif whole:
            leads.setdefault(table, []).append(tuple(columns))
    for table in _tables():
        problems += [f"{index.name} is missing" for index in table.indexes if index.name not in names]
        problems += [
            f"{table.name} has no index under {key.name}"
            for key in _indexed_keys(table)
            if not any(_serves(lead, key) for lead in leads.get(table.name, ()))
        ]
        if "account_id" in table.primary_key.columns and not any(
            lead[0] == "account_id" for lead in leads.get(table.name, ())
        ):
            problems.append(f"{table.name} has no index that leads with account_id")
    return judged("indexes", problems, f"{len(names)} in place", MIGRATE)


def foreign_keys(place: Place) -> Check:
    """Every foreign key of the models; between tables of houses they carry the house."""
    tenant = {table.name for table in _tables() if "account_id" in table.primary_key.columns}
    problems: list[str] = []
    found: set[str] = set()
    for name, table, target, validated, columns, targets in place.migrator.exec_driver_sql(_FOREIGN_KEYS).all():
        found.add(name)
        table, target = table.removeprefix("public."), target.removeprefix("public.")
        if not validated:
            problems.append(f"{name} was never validated")
        pairs = set(zip(columns, targets, strict=True))
        if table in tenant and target in tenant and ("account_id", "account_id") not in pairs:
            problems.append(f"{name} does not carry account_id")
    for table_ in _tables():
        problems += [f"{key.name} is missing" for key in table_.foreign_key_constraints if str(key.name) not in found]
    return judged("foreign_keys", sorted(problems), f"{len(found)} in place", MIGRATE)


def partitions(place: Place) -> Check:
    """The months up to the one after next exist, and nothing lies in a default partition."""
    found: dict[str, set[str]] = {}
    for parent, child in place.migrator.exec_driver_sql(_PARTITIONS).all():
        found.setdefault(parent, set()).add(child)
    problems: list[str] = []
    first = clock.now().replace(day=1)
    for parent, children in sorted(found.items()):
        for ahead in range(3):
            month = first.year * 12 + first.month - 1 + ahead
            name = f"{parent}_y{month // 12:04d}m{month % 12 + 1:02d}"
            if name not in children:
                problems.append(f"{name} is missing")
        default = f"{parent}_default"
        if default not in children:
            problems.append(f"{default} is missing")
        elif place.migrator.exec_driver_sql(f'select exists (select from public."{default}")').scalar():
            problems.append(f"{default} holds rows of months without a partition")
    return judged("partitions", problems, f"{len(found)} tables partitioned ahead", MIGRATE)


def _tables() -> list[Table]:
    return sorted(metadata().tables.values(), key=lambda table: table.name)


def _indexed_keys(table: Table) -> list[ForeignKeyConstraint]:
    """The foreign keys that shall have an index; a model may say that one is not worth it."""
    found = []
    for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
        reference: Ref | None = table.c[key.column_keys[-1]].info.get("ref")
        if reference is None or reference.index:
            found.append(key)
    return found


def _serves(lead: tuple[str, ...], key: ForeignKeyConstraint) -> bool:
    """Whether an index finds the rows of one target: it leads with columns of the key, the target's id among them."""
    pointing = next((e.parent.name for e in key.elements if e.column.name in ("id", "user_id")), key.column_keys[-1])
    return pointing in lead and set(lead[: lead.index(pointing) + 1]) <= {"account_id", *key.column_keys}
