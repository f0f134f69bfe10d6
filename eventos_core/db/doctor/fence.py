"""Checks of the fence: the app's role, row security, policies, grants and functions."""

from __future__ import annotations

from eventos_core.db.doctor.check import MIGRATE, Check, Place, judged
from eventos_core.db.names import APP, BACKUP, DEFINER, OWNER
from eventos_core.db.sync.catalog import digest

_APP_ROLE = """
select r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
  array(select m.rolname::text from pg_roles m where m.rolname <> r.rolname and pg_has_role(r.oid, m.oid, 'member')),
  exists (select from pg_class c where c.relowner = r.oid) or exists (select from pg_proc p where p.proowner = r.oid),
  array(select n.nspname::text from pg_namespace n
        where n.nspname in ('public', 'app', 'extensions', 'procrastinate')
          and has_schema_privilege(r.oid, n.oid, 'create')),
  array(select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('public', 'app', 'procrastinate') and c.relkind in ('r', 'p')
          and has_table_privilege(r.oid, c.oid, 'truncate')),
  has_database_privilege(r.oid, current_database(), 'create')
from pg_roles r where r.rolname = %s
"""
_PARTITION_POLICIES = """
select c.relname, coalesce(array_agg(p.polname::text) filter (where p.polname is not null), '{}'),
  c.relname = parent.relname || '_default'
from pg_class c join pg_inherits i on i.inhrelid = c.oid join pg_class parent on parent.oid = i.inhparent
left join pg_policy p on p.polrelid = c.oid
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' group by c.relname, parent.relname
"""
_STRAY_GRANTS = f"""
select c.oid::regclass::text, r.rolname, lower(x.privilege_type) from pg_class c
join pg_namespace n on n.oid = c.relnamespace cross join lateral aclexplode(c.relacl) x
join pg_roles r on r.oid = x.grantee
where n.nspname = 'public' and c.relispartition and r.rolname in ('{APP}', '{DEFINER}')
union all
select c.oid::regclass::text || '.' || a.attname, r.rolname, lower(x.privilege_type) from pg_attribute a
join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
cross join lateral aclexplode(a.attacl) x join pg_roles r on r.oid = x.grantee
where n.nspname in ('public', 'app') and r.rolname in ('{APP}', '{DEFINER}', '{BACKUP}')
"""


def app_role(place: Place) -> Check:
    """The login that serves is nothing but a user of the tables."""
    user = place.app.exec_driver_sql("select current_user").scalar_one()
    row = place.migrator.exec_driver_sql(_APP_ROLE, (user,)).one()
    names = ("a superuser", "exempt from row security", "allowed to make roles", "allowed to make databases",
             "allowed to replicate")  # fmt: skip
    problems = [f"{user} is {name}" for name, held in zip(names, row[:5], strict=True) if held]
    if not row[0]:  # a superuser counts as member of every role and may do everything
        problems += [f"{user} is a member of {role}" for role in row[5]]
        problems += [f"{user} may create in schema {schema}" for schema in row[7]]
        problems += [f"{user} may truncate {table}" for table in row[8]]
        if row[9]:
            problems.append(f"{user} may create schemas")
    if row[6]:
        problems.append(f"{user} owns tables or functions")
    return judged("app_role", problems, f"{user} is restricted", "Run bootstrap again, and serve with its app URL.")


def row_security(place: Place) -> Check:
    """Enabled and forced on every table and partition of schema public."""
    problems = [
        f"{name} has row security {'not forced' if relation.row_security else 'switched off'}"
        for name, relation in sorted(place.catalog.relations.items())
        if name.startswith("public.") and relation.kind in "rp" and not (relation.row_security and relation.forced)
    ]
    problems += [
        f"{name} is a materialized view, which ignores row security"
        for name, relation in sorted(place.catalog.relations.items())
        if name.startswith("public.") and relation.kind == "m"
    ]
    return judged("row_security", problems, "forced on every table", MIGRATE)


def policies(place: Place) -> Check:
    """Every planned policy as the sync left it, none besides; partitions have their own."""
    return judged("policies", policy_problems(place), f"{len(place.plan.policies)} in place", MIGRATE)


def policy_problems(place: Place) -> list[str]:
    """Each policy that is missing, altered or not ours."""
    problems = drift(place, "policy", {key: policy.sql for key, policy in place.plan.policies.items()})
    for partition, found, is_default in place.migrator.exec_driver_sql(_PARTITION_POLICIES).all():
        expected = {"migrator_all", "backup_select", *(["owner_moves"] if is_default else [])}
        problems += [f"{partition}.{name} is missing" for name in sorted(expected - set(found))]
        problems += [f"{partition}.{name} is not ours" for name in sorted(set(found) - expected)]
    return problems


def grants(place: Place) -> Check:
    """Exactly what the fences say for app, backup and definer; nothing for everybody."""
    problems = []
    for name, relation in sorted(place.catalog.relations.items()):
        if relation.partition or relation.owner != OWNER or relation.kind == "S":
            continue
        for role in (APP, BACKUP, DEFINER, "public", "anon", "authenticated"):
            has = place.catalog.grants.get((name, role), frozenset())
            wanted = place.plan.grants.get((name, role), frozenset())
            problems += [f"{role} lacks {privilege} on {name}" for privilege in sorted(wanted - has)]
            problems += [f"{role} has {privilege} on {name}" for privilege in sorted(has - wanted)]
    problems += [
        f"{role} has {privilege} on {name}"
        for name, role, privilege in place.migrator.exec_driver_sql(_STRAY_GRANTS).all()
    ]
    return judged("grants", problems, "as planned", MIGRATE)


def functions(place: Place) -> Check:
    """Every function as the sync left it: body, owner, search_path and who may call it; none besides."""
    place.migrator.exec_driver_sql("set local search_path = pg_catalog")
    rows = place.migrator.exec_driver_sql(
        "select n, to_regprocedure(n)::text from unnest(%s::text[]) as n", (list(place.plan.functions),)
    ).all()
    signatures: dict[str, str | None] = {row[0]: row[1] for row in rows}
    problems = []
    for name, signature in sorted(signatures.items()):
        if signature is None:
            problems.append(f"{name} is missing")
            continue
        found = place.catalog.functions[signature]
        if found.definer and not any(setting.startswith("search_path=") for setting in found.settings):
            problems.append(f"{name} runs with its owner's rights under any search_path")
        elif place.catalog.hashes["function", signature] != place.synced.get(("function", name)):
            problems.append(f"{name} was altered")
    known = set(signatures.values())
    problems += [f"{name} is not ours" for name in sorted(place.catalog.functions) if name not in known]
    return judged("functions", problems, f"{len(signatures)} in place", MIGRATE)


def drift(place: Place, kind: str, wanted: dict[str, str]) -> list[str]:
    """What is missing, altered or not ours among policies or triggers."""
    found = {name: value for (what, name), value in place.catalog.hashes.items() if what == kind}
    rows = place.migrator.exec_driver_sql("select name, wanted from app.synced where kind = %s", (kind,)).all()
    asked = {row[0]: row[1] for row in rows}
    problems = [f"{name} is missing" for name in sorted(wanted.keys() - found.keys())]
    problems += [
        f"{name} was altered"
        for name in sorted(wanted.keys() & found.keys())
        if found[name] != place.synced.get((kind, name)) or asked.get(name) != digest(wanted[name])
    ]
    tables = {name for name in place.catalog.relations if not place.catalog.relations[name].partition}
    problems += [
        f"{name} is not ours"
        for name in sorted(found.keys() - wanted.keys())
        if f"public.{name.partition('.')[0]}" in tables
    ]
    return problems
