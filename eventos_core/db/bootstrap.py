"""Roles, schemas, extensions and grants of an EventOS database: made or repaired, in one transaction.

Logins `eventos_app`, `eventos_migrator` and `eventos_backup`; without login `eventos_owner`, which owns what
migrations make, and `eventos_definer`, which owns the SECURITY DEFINER functions. Nobody bypasses row security.
Tables, policies and the app's grants on tables are the migrations' business, not this module's.

Works as superuser and as an administrator who has CREATEROLE and may create in the database. Since PostgreSQL
16 such an administrator may not act as the roles it makes until it grants itself SET, which it takes back here.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from eventos_core.db.names import APP, BACKUP, DEFINER, JOB_SCHEMA, MIGRATOR, OWNER
from eventos_core.db.urls import LOGINS, Login, Urls, libpq, parse
from eventos_core.kernel.errors import SetupError

Database = psycopg.Connection[TupleRow]

_EVERY = (OWNER, DEFINER, APP, MIGRATOR, BACKUP)  # in the order in which they are made
LOGIN_ROLES: dict[Login, str] = {"app": APP, "migrator": MIGRATOR, "backup": BACKUP}
EXTENSIONS = ("pg_trgm", "btree_gin", "btree_gist", "unaccent")
EXTENSION_SCHEMA = "extensions"
WATCHING = "pg_stat_statements"
"""An extension that `doctor --slow` reads where the server has it; nothing else needs it."""
OWNED_SCHEMAS = ("app", JOB_SCHEMA)
SCHEMAS = ("public", *OWNED_SCHEMAS, EXTENSION_SCHEMA)
OLDEST = 15

# Roles that hosting services make for browsers to log in with; EventOS gives them nothing.
_OUTSIDERS = ("anon", "authenticated")
_SEARCH_PATH = "public, extensions"
_SETTINGS: dict[str, dict[str, str]] = {
    APP: {"lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"},
}
_LOCK = 0x45564F53  # any number, the same for all who bootstrap this database

_log = logging.getLogger(__name__)


def bootstrap(admin_url: str, *, passwords: Mapping[str, str] | None = None) -> Urls:
    """Make or repair roles, schemas, extensions and grants in the database that `admin_url` names.

    `passwords` maps `app`, `migrator`, `backup` to passwords to set; a login that is not in it gets a new random
    one, also when the role existed. Idempotent, and all or nothing. Returns the logins' URLs, which differ from
    `admin_url` in user and password only. Raises SetupError, changing nothing, when the server is older than 15,
    the administrator lacks rights, an extension is missing or lies in another schema, a schema belongs to
    somebody else, or a role of our name has rights that would open the fence.
    """
    if unknown := set(passwords or {}) - set(LOGINS):
        raise SetupError(f"There is no login named {', '.join(sorted(unknown))}.", hint=f"Use {', '.join(LOGINS)}.")
    chosen = {role: (passwords or {}).get(role) or secrets.token_urlsafe(32) for role in LOGINS}
    with _connection(admin_url) as db:
        try:
            _apply(db, chosen)
        except psycopg.Error as error:
            # Only the server's own sentence: the statement may hold a password's verifier.
            said = (error.diag.message_primary or type(error).__name__).rstrip(".")
            raise SetupError(
                f"The roles of EventOS could not be set up: {said}.",
                hint=(
                    "Nothing was changed. Run bootstrap as a superuser, or as a role with CREATEROLE that owns the "
                    "database and made the eventos_* roles (or has ADMIN on them)."
                ),
            ) from None
    return Urls(**{role: _url_for(admin_url, LOGIN_ROLES[role], chosen[role]) for role in LOGINS})


def _connection(admin_url: str) -> Database:
    address = libpq(admin_url)
    try:
        # Poolers in front of hosted servers do not carry prepared statements over.
        return psycopg.connect(address, connect_timeout=30, prepare_threshold=None)
    except psycopg.Error as error:
        said = str(error).strip()
    password = str(parse(admin_url).password or "")
    said = said.replace(password, "***") if password else said
    raise SetupError(f"The administrator's login failed: {said}", hint="Check the URL given as --admin-url.")


def _apply(db: Database, passwords: Mapping[Login, str]) -> None:
    superuser = _check_administrator(db)
    # Two at once would fail on each other's new rows in the catalogues.
    db.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    _check_extensions(db)
    _check_roles(db)
    _make_roles(db, passwords)
    _join_roles(db)
    with _owner_lent(db, superuser):
        _make_schemas(db)
        _make_extensions(db)
        _grant_as_administrator(db)
        _shut_out(db)
        db.execute(_format("set local role {}", OWNER))
        _grant_as_owner(db)
        _shut_out(db)
        db.execute("reset role")
    _set_defaults(db)
    _verify(db)


def _check_administrator(db: Database) -> bool:
    """Whether we are superuser; refuses servers that are too old and logins that may not do it."""
    version = db.info.server_version
    if version // 10000 < OLDEST:
        raise SetupError(
            f"EventOS needs PostgreSQL {OLDEST} or newer; this server is {version // 10000}.",
            hint="Upgrade the server, or leave EVENTOS_DATABASE_URL unset to use the built-in one.",
        )
    superuser, may_make_roles, may_create = _row(
        db,
        "select rolsuper, rolcreaterole, has_database_privilege(current_database(), 'CREATE')"
        " from pg_roles where rolname = current_user",
    )
    if superuser:
        return True
    user, database = db.info.user, db.info.dbname
    if not may_make_roles:
        raise SetupError(
            f"{user} may not create roles.", hint=f'Use a superuser, or let one run: alter role "{user}" createrole'
        )
    if not may_create:
        raise SetupError(
            f"{user} may not create schemas in the database {database}.",
            hint=f'Use its owner, or let it run: grant create on database "{database}" to "{user}"',
        )
    return False


def _check_extensions(db: Database) -> None:
    installed: dict[str, str] = dict(
        db.execute(
            "select extname, nspname from pg_extension join pg_namespace n on n.oid = extnamespace"
            " where extname = any(%s)",
            [list(EXTENSIONS)],
        ).fetchall()
    )
    available = {
        name
        for (name,) in db.execute(
            "select name from pg_available_extensions where name = any(%s)", [list(EXTENSIONS)]
        ).fetchall()
    }
    for name in EXTENSIONS:
        if name in installed and installed[name] != EXTENSION_SCHEMA:
            raise SetupError(
                f"The extension {name} is installed in the schema {installed[name]}, not in {EXTENSION_SCHEMA}.",
                hint=(
                    f"As its owner run: create schema if not exists {EXTENSION_SCHEMA}; "
                    f"alter extension {name} set schema {EXTENSION_SCHEMA}"
                ),
            )
        if name not in installed and name not in available:
            raise SetupError(
                f"The server does not have the extension {name}.",
                hint="Install PostgreSQL's contrib package on it (postgresql-contrib), or ask the provider for it.",
            )


def _check_roles(db: Database) -> None:
    """Refuse roles of our names that could pass by row security, by attribute or by membership."""
    found = db.execute(
        "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication and rolname <> %s,"
        " (select string_agg(roleid::regrole::text, ', ') from pg_auth_members where member = r.oid)"
        " from pg_roles r where rolname = any(%s)",
        [BACKUP, list(_EVERY)],
    ).fetchall()
    names = ("superuser", "bypassrls", "createrole", "createdb", "replication")
    for role, *attributes, memberships in found:
        if held := [name for name, has in zip(names, attributes, strict=True) if has]:
            undo = " ".join(f"no{name}" for name in held)
            raise SetupError(
                f"The role {role} exists and has {', '.join(held).upper()}, which no role of EventOS may have.",
                hint=f"If it is ours, let a superuser run: alter role {role} {undo}; otherwise rename it.",
            )
        if memberships and role in (APP, OWNER, DEFINER):
            raise SetupError(
                f"The role {role} is a member of {memberships}, which would lend it more rights than it may have.",
                hint=f"Run: revoke {memberships} from {role}",
            )


def _make_roles(db: Database, passwords: Mapping[Login, str]) -> None:
    existing = {name for (name,) in db.execute("select rolname from pg_roles").fetchall()}
    for role in (OWNER, DEFINER):
        db.execute(_format("alter role {} nologin" if role in existing else "create role {} nologin", role))
    for login, role in LOGIN_ROLES.items():
        # The server gets the verifier only, so the password can be in no log and no error.
        encoding = db.info.encoding
        secret = db.pgconn.encrypt_password(passwords[login].encode(encoding), role.encode(encoding), b"scram-sha-256")
        verb = "alter" if role in existing else "create"
        db.execute(
            sql.SQL("{} role {} login inherit password {} valid until 'infinity'").format(
                sql.SQL(verb), sql.Identifier(role), sql.Literal(secret.decode(encoding))
            )
        )
    if not _row(db, "select rolreplication from pg_roles where rolname = %s", BACKUP)[0]:
        try:
            with db.transaction():
                db.execute(_format("alter role {} replication", BACKUP))
        except psycopg.errors.InsufficientPrivilege:
            _log.info("%s gets no REPLICATION: base backups are left to the server's provider.", BACKUP)


def _join_roles(db: Database) -> None:
    """The migrator acts as owner and definer, with their rights and by SET ROLE."""
    recent = db.info.server_version >= 160000
    for role in (OWNER, DEFINER):
        needed = ("USAGE", "SET") if recent else ("USAGE",)
        if not all(_row(db, "select pg_has_role(%s, %s, %s)", MIGRATOR, role, right)[0] for right in needed):
            options = " with inherit true, set true" if recent else ""
            db.execute(_format("grant {} to {}" + options, role, MIGRATOR))


@contextmanager
def _owner_lent(db: Database, superuser: bool) -> Iterator[None]:
    """Let an administrator who is no superuser act as the owner, and take that back afterwards.

    What it had before stays. On an error the transaction, and the loan with it, is rolled back.
    """
    recent = db.info.server_version >= 160000
    lent = not superuser and not _row(db, "select pg_has_role(%s, %s)", OWNER, "SET" if recent else "MEMBER")[0]
    if lent:
        db.execute(_format("grant {} to current_user" + (" with inherit false, set true" if recent else ""), OWNER))
    yield
    if lent:
        db.execute(_format("revoke {} from current_user", OWNER))


def _make_schemas(db: Database) -> None:
    owners: dict[str, str] = dict(db.execute("select nspname, nspowner::regrole::text from pg_namespace").fetchall())
    if EXTENSION_SCHEMA not in owners:
        db.execute(_format("create schema {}", EXTENSION_SCHEMA))
    for schema in OWNED_SCHEMAS:
        if schema not in owners:
            db.execute(_format("create schema {} authorization {}", schema, OWNER))
        elif owners[schema] != OWNER:
            in_use = _row(
                db,
                "select exists (select from pg_class where relnamespace = to_regnamespace(%s))"
                " or exists (select from pg_proc where pronamespace = to_regnamespace(%s))",
                *(schema, schema),
            )[0]
            if in_use:
                raise SetupError(
                    f"The schema {schema} exists, is in use and belongs to {owners[schema]}.",
                    hint="Give EventOS a database of its own, or rename that schema.",
                )
            db.execute(_format("alter schema {} owner to {}", schema, OWNER))


def _make_extensions(db: Database) -> None:
    for name in EXTENSIONS:
        # Asked first: "if not exists" would still demand the right to create.
        if not _row(db, "select exists (select from pg_extension where extname = %s)", name)[0]:
            db.execute(_format("create extension {} schema {}", name, EXTENSION_SCHEMA))
    there = "select exists (select from pg_available_extensions where name = %s and installed_version is null)"
    if _row(db, there, WATCHING)[0]:
        try:
            with db.transaction():
                db.execute(_format("create extension {} schema {}", WATCHING, EXTENSION_SCHEMA))
        except psycopg.errors.InsufficientPrivilege:
            _log.info("%s is left to the server's administrator: doctor --slow has nothing to read.", WATCHING)


def _grant_as_administrator(db: Database) -> None:
    database = db.info.dbname
    db.execute(_format("revoke create, temporary on database {} from public", database))
    db.execute(_format("grant connect on database {} to {}, {}, {}", database, APP, MIGRATOR, BACKUP))
    db.execute(_format("grant temporary on database {} to {}, {}", database, MIGRATOR, OWNER))
    db.execute("revoke create on schema public from public")
    db.execute(_format("grant usage, create on schema public to {}", OWNER))
    for schema in ("public", EXTENSION_SCHEMA):
        db.execute(_format("grant usage on schema {} to {}, {}, {}, {}, {}", schema, *_EVERY))


def _grant_as_owner(db: Database) -> None:
    # A function can be handed only to a role that may create in its schema.
    db.execute(_format("grant create on schema app to {}", DEFINER))
    for schema in OWNED_SCHEMAS:
        db.execute(_format("grant usage on schema {} to {}, {}, {}, {}", schema, DEFINER, *LOGIN_ROLES.values()))
    for schema in ("public", *OWNED_SCHEMAS):
        for kind in ("tables", "sequences"):
            statement = "alter default privileges in schema {} grant select on " + kind + " to {}"
            db.execute(_format(statement, schema, BACKUP))


def _shut_out(db: Database) -> None:
    """Take everything that the current role could have given to a hosting service's browser roles."""
    schemas = ("public", *OWNED_SCHEMAS)
    outsiders = db.execute("select rolname from pg_roles where rolname = any(%s)", [list(_OUTSIDERS)]).fetchall()
    for (outsider,) in outsiders:
        for schema in schemas:
            for kind in ("tables", "sequences", "functions"):
                statement = "alter default privileges in schema {} revoke all on " + kind + " from {}"
                db.execute(_format(statement, schema, outsider))
        owned = db.execute(
            "select format('schema %%I', nspname) from pg_namespace"
            " where nspname = any(%(schemas)s) and pg_has_role(nspowner, 'USAGE')"
            " union all select format('table %%s', c.oid::regclass) from pg_class c"
            " join pg_namespace n on n.oid = relnamespace where nspname = any(%(schemas)s)"
            " and relkind = any('{r,p,v,m,f,S}') and pg_has_role(relowner, 'USAGE')"
            " union all select format('routine %%s', p.oid::regprocedure) from pg_proc p"
            " join pg_namespace n on n.oid = pronamespace where nspname = any(%(schemas)s)"
            " and pg_has_role(proowner, 'USAGE')",
            {"schemas": list(schemas)},
        ).fetchall()
        for (thing,) in owned:
            db.execute(sql.SQL("revoke all on {} from {}").format(_trusted(thing), sql.Identifier(outsider)))


def _set_defaults(db: Database) -> None:
    for role in LOGIN_ROLES.values():
        statement = "alter role {} in database {} set search_path = " + _SEARCH_PATH
        db.execute(_format(statement, role, db.info.dbname))
        for name, value in _SETTINGS.get(role, {}).items():
            db.execute(
                sql.SQL("alter role {} in database {} set {} = {}").format(
                    *(sql.Identifier(part) for part in (role, db.info.dbname, name)), sql.Literal(value)
                )
            )


def _verify(db: Database) -> None:
    """Refuse when a grant or revoke had no effect, which PostgreSQL tells by a mere warning."""
    database = db.info.dbname
    wanted = [
        *(("database", role, database, "CONNECT", True) for role in LOGIN_ROLES.values()),
        *(("database", APP, database, right, False) for right in ("CREATE", "TEMPORARY")),
        *(("schema", role, schema, "USAGE", True) for role in _EVERY for schema in SCHEMAS),
        *(("schema", role, schema, "CREATE", True) for role, schema in ((OWNER, "public"), (DEFINER, "app"))),
    ]
    schemas = db.execute(
        "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'"
    ).fetchall()
    wanted += [("schema", APP, schema, "CREATE", False) for (schema,) in schemas]
    for kind, role, thing, right, expected in wanted:
        name = sql.Identifier(thing).as_string(db)
        argument = thing if kind == "database" else name
        check = f"select has_{kind}_privilege(%s, {'%s' if kind == 'database' else 'to_regnamespace(%s)'}, %s)"
        if _row(db, check, role, argument, right)[0] is not expected:
            undo = f"revoke {right.lower()} on {kind} {name} from public, {role}"
            give = f"grant {right.lower()} on {kind} {name} to {role}"
            raise SetupError(
                f"{role} {'lacks' if expected else 'has'} {right} on the {kind} {thing}, and {db.info.user} may not "
                "change that.",
                hint=f"Let the owner of the {kind} run: {give if expected else undo}; then bootstrap again.",
            )


def _format(statement: str, *names: str) -> sql.Composed:
    """A statement with quoted names in place of {}; `statement` is always a literal of this module."""
    return _trusted(statement).format(*(sql.Identifier(name) for name in names))


def _trusted(text: str) -> sql.SQL:
    """`text` as SQL: our own literals and what the server has quoted itself."""
    return sql.SQL(text)


def _row(db: Database, query: str, *values: object) -> TupleRow:
    row = db.execute(_trusted(query), values).fetchone()
    if row is None:
        raise SetupError(f"The server knows nothing of its own login {db.info.user}.")
    return row


def _url_for(admin_url: str, role: str, password: str) -> str:
    admin = parse(admin_url)
    # Supabase's pooler finds the project by a suffix of the user's name.
    suffix = re.search(r"\.[a-z0-9]+$", admin.username or "") if "pooler." in (admin.host or "") else None
    login = role + (suffix[0] if suffix else "")
    return admin.set(username=login, password=password).render_as_string(hide_password=False)
