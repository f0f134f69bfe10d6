"""Roles, schemas, extensions and grants, on the oldest supported server and on the built-in one."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from eventos_core.db import bootstrap as bootstrapping
from eventos_core.db.bootstrap import bootstrap
from eventos_core.db.names import ROLES
from eventos_core.kernel.errors import SetupError
from tests.db.embedded_helpers import Server, ask, plain_server

_numbers = itertools.count()


@dataclass(frozen=True)
class Ground:
    """A fresh database on a server without our roles; `admin` may make roles and owns it, but is no superuser."""

    server: Server
    database: str

    @property
    def superuser(self) -> str:
        return self.server.url(database=self.database)

    @property
    def admin(self) -> str:
        return self.server.url("landlord", "landlord-secret", self.database)

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement as superuser in the database."""
        return self.server.run(statement, self.database)


@pytest.fixture(scope="module", params=[15, 18])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with plain_server(request.param) as running:
        running.run("create role landlord login createrole password 'landlord-secret'")
        running.run("create role bystander login password 'bystander-secret'")
        yield running


@pytest.fixture
def ground(server: Server) -> Iterator[Ground]:
    database = f"db{next(_numbers)}"
    server.run(f"create database {database} owner landlord")
    yield Ground(server, database)
    server.run(f"drop database {database} with (force)")
    for role in (*ROLES.values(), "anon"):
        server.run(f"drop role if exists {role}")


@pytest.fixture(params=["superuser", "admin"])
def admin_url(ground: Ground, request: pytest.FixtureRequest) -> str:
    return ground.superuser if request.param == "superuser" else ground.admin


def snapshot(ground: Ground) -> list[list[tuple[object, ...]]]:
    """Everything that a bootstrap makes, except passwords."""
    return [
        ground.run(query)
        for query in (
            "select rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication"
            " from pg_roles where rolname like 'eventos%' order by 1",
            "select nspname, nspowner::regrole::text, array(select a::text from unnest(nspacl) a order by 1)"
            " from pg_namespace order by 1",
            "select extname, extnamespace::regnamespace::text from pg_extension order by 1",
            "select array(select a::text from unnest(datacl) a order by 1) from pg_database"
            " where datname = current_database()",
            "select setrole::regrole::text, setconfig::text from pg_db_role_setting order by 1",
            "select roleid::regrole::text, member::regrole::text, admin_option from pg_auth_members order by 1, 2, 3",
            "select defaclrole::regrole::text, defaclnamespace::regnamespace::text, defaclobjtype, defaclacl::text"
            " from pg_default_acl order by 1, 2, 3",
        )
    ]


def test_repeating_a_bootstrap_changes_nothing_but_passwords(ground: Ground, admin_url: str) -> None:
    first = bootstrap(admin_url)
    before = snapshot(ground)
    second = bootstrap(admin_url, passwords={"migrator": "same", "backup": "same"})
    assert snapshot(ground) == before
    assert bootstrap(admin_url, passwords={"migrator": "same"}).migrator == second.migrator
    assert ask(second.migrator, "select current_user::text") == [("eventos_migrator",)]
    with pytest.raises(psycopg.OperationalError):
        ask(first.app, "select 1")


def test_the_app_is_restricted(ground: Ground, admin_url: str) -> None:
    urls = bootstrap(admin_url)
    attributes = "rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication, rolcanlogin"
    assert ask(urls.app, f"select {attributes} from pg_roles where rolname = current_user") == [
        (False, False, False, False, False, True)
    ]
    settings = ["search_path", "lock_timeout", "idle_in_transaction_session_timeout"]
    assert [ask(urls.app, f"show {name}")[0][0] for name in settings] == ["public, extensions", "5s", "1min"]
    for schema in ("public", "app", "extensions", "procrastinate"):
        assert ask(urls.app, f"select has_schema_privilege('{schema}', 'usage')") == [(True,)]
        for thing in ("table {}.t (n int)", "function {}.f() returns int return 1", "type {}.k as (n int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ask(urls.app, "create " + thing.format(schema))
    for statement in (
        "create temporary table t (n int)",
        "create schema s",
        "create role r",
        "create extension citext",
        "set role eventos_owner",
        "set role eventos_definer",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(urls.app, statement)


def test_the_migrator_makes_what_the_others_use(ground: Ground, admin_url: str) -> None:
    urls = bootstrap(admin_url)
    with psycopg.connect(urls.migrator.replace("+psycopg", "")) as db:
        db.execute("set local role eventos_owner")
        db.execute("create table public.things (id bigint generated always as identity primary key, name text)")
        db.execute("create index on public.things using gin (name extensions.gin_trgm_ops)")
        db.execute("insert into public.things (name) values ('Élan')")
        db.execute("create temporary table scratch (n int)")
        db.execute(
            "create function app.names() returns setof text language sql security definer"
            " set search_path = pg_catalog, public, extensions, pg_temp as 'select unaccent(name) from things'"
        )
        db.execute("grant select on public.things to eventos_definer")
        db.execute("reset role")
        db.execute("alter function app.names() owner to eventos_definer")
        db.execute("create or replace function app.one() returns int return 1")
        db.execute("alter function app.one() owner to eventos_definer")
        db.execute("set local role eventos_owner")
        db.execute("create table procrastinate.jobs (id int)")
    assert ask(urls.app, "select app.names()") == [("Elan",)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(urls.app, "select from public.things")
    assert ask(urls.backup, "select name from public.things") == [("Élan",)]
    assert ask(urls.backup, "select last_value from public.things_id_seq") == [(1,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(urls.backup, "delete from public.things")
    assert ground.run("select tableowner from pg_tables where tablename = 'things'") == [("eventos_owner",)]


def test_an_administrator_keeps_no_rights_that_it_lent_itself(ground: Ground) -> None:
    bootstrap(ground.admin)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(ground.admin, "set role eventos_owner")
    ground.run("grant eventos_owner to landlord")
    bootstrap(ground.admin)
    assert ask(ground.admin, "select pg_has_role('eventos_owner', 'member')") == [(True,)]


def test_replication_is_granted_where_it_can_be(ground: Ground) -> None:
    bootstrap(ground.admin)
    query = "select rolreplication from pg_roles where rolname = 'eventos_backup'"
    assert ground.run(query) == [(False,)]
    bootstrap(ground.superuser)
    assert ground.run(query) == [(True,)]


def test_what_was_damaged_is_repaired(ground: Ground, admin_url: str) -> None:
    bootstrap(admin_url)
    before = snapshot(ground)
    for statement in (
        "grant create on schema public to public",
        f"grant temporary on database {ground.database} to public",
        "revoke usage on schema app from eventos_app",
        "revoke eventos_owner from eventos_migrator cascade",
        "alter role eventos_owner login",
        f"alter role eventos_app in database {ground.database} reset all",
        "drop extension unaccent",
        "alter role eventos_app nologin valid until 'yesterday'",
    ):
        ground.run(statement)
    assert ask(bootstrap(admin_url).app, "select 1") == [(1,)]
    assert snapshot(ground) == before
    assert ask(ground.admin, "select has_schema_privilege('bystander', 'public', 'create')") == [(False,)]


def test_roles_with_dangerous_rights_are_refused(ground: Ground, admin_url: str) -> None:
    for attribute in ("superuser", "bypassrls", "createrole", "createdb", "replication"):
        ground.run(f"create role eventos_app {attribute}")
        with pytest.raises(SetupError, match=rf"eventos_app exists and has {attribute.upper()}.*no{attribute}"):
            bootstrap(admin_url)
        ground.run("drop role eventos_app")
    ground.run("create role eventos_app in role pg_read_all_data")
    with pytest.raises(SetupError, match="member of pg_read_all_data"):
        bootstrap(admin_url)
    assert ground.run("select count(*) from pg_roles where rolname like 'eventos%'") == [(1,)]


def test_an_extension_elsewhere_is_refused_with_the_remedy(ground: Ground, admin_url: str) -> None:
    ground.run("create extension pg_trgm schema public")
    with pytest.raises(SetupError, match="alter extension pg_trgm set schema extensions"):
        bootstrap(admin_url)
    ground.run("create schema extensions")
    ground.run("grant usage, create on schema extensions to landlord with grant option")
    ground.run("alter extension pg_trgm set schema extensions")
    bootstrap(admin_url)


def test_a_missing_extension_is_named(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrapping, "EXTENSIONS", ("pg_trgm", "no_such_extension"))
    with pytest.raises(SetupError, match="does not have the extension no_such_extension"):
        bootstrap(ground.admin)


def test_an_old_server_is_refused(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrapping, "OLDEST", 99)
    with pytest.raises(SetupError, match="needs PostgreSQL 99 or newer; this server is 1"):
        bootstrap(ground.admin)


def test_administrators_without_the_rights_are_told_which(ground: Ground) -> None:
    bystander = ground.server.url("bystander", "bystander-secret", ground.database)
    with pytest.raises(SetupError, match="bystander may not create roles"):
        bootstrap(bystander)
    ground.run("alter role bystander createrole")
    try:
        with pytest.raises(SetupError, match=r"grant create on database .* to .bystander"):
            bootstrap(bystander)
        ground.run(f"grant create on database {ground.database} to bystander")
        with pytest.raises(SetupError, match="Let the owner of the database run: revoke temporary"):
            bootstrap(bystander)
        assert ground.run("select count(*) from pg_roles where rolname like 'eventos%'") == [(0,)]
        ground.run(f"revoke temporary on database {ground.database} from public")
        with pytest.raises(SetupError, match='Let the owner of the schema run: grant create on schema "public" to'):
            bootstrap(bystander)
        ground.run("grant usage, create on schema public to bystander with grant option")
        assert ask(bootstrap(bystander).app, "select 1") == [(1,)]
    finally:
        ground.run("drop owned by bystander cascade")
        ground.run("alter role bystander nocreaterole")


def test_a_schema_of_somebody_else_is_refused(ground: Ground, admin_url: str) -> None:
    ground.run("create schema app authorization bystander")
    ground.run("create table app.theirs (n int)")
    with pytest.raises(SetupError, match="schema app exists, is in use and belongs to bystander"):
        bootstrap(admin_url)
    ground.run("drop schema app cascade")


def test_roles_of_a_hosting_service_get_nothing(ground: Ground, admin_url: str) -> None:
    ground.run("create role anon")
    with psycopg.connect(admin_url) as db:
        db.execute("grant usage on schema public to anon")
        db.execute("alter default privileges in schema public grant all on tables to anon")
        db.execute("create table public.before (n int)")
        db.execute("create function public.call() returns int return 1")
        db.execute("grant execute on function public.call() to anon")
    urls = bootstrap(admin_url)
    ask(urls.migrator, "set role eventos_owner; create table public.behind (n int)")
    with psycopg.connect(admin_url) as db:
        db.execute("create table public.later (n int)")
    assert ground.run("select count(*) from pg_class where relacl::text like '%anon=%'") == [(0,)]
    assert ground.run("select count(*) from pg_namespace where nspacl::text like '%anon=%'") == [(0,)]
    assert ground.run("select count(*) from pg_proc where proacl::text like '%anon=%'") == [(0,)]
    assert ground.run("select count(*) from pg_default_acl where defaclacl::text like '%anon=%'") == [(0,)]


def test_no_password_shows(ground: Ground, admin_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ground.run("alter system set log_statement = 'all'")
    ground.run("select pg_reload_conf()")
    try:
        urls = bootstrap(admin_url, passwords={"app": "geheim-1", "migrator": "geheim-2", "backup": "geheim-3"})
        wrong = admin_url.replace("-secret", "-geheim")
        with pytest.raises(SetupError) as refused:
            bootstrap(wrong)
        logs = "".join(path.read_text() for path in (ground.server.cluster.home / "log").iterdir())
        assert "eventos_app" in logs
        assert "geheim" not in logs + caplog.text + str(refused.value) + repr(urls)
    finally:
        ground.run("alter system reset log_statement")
        ground.run("select pg_reload_conf()")


def test_urls_differ_from_the_administrators_in_login_only() -> None:
    make = bootstrapping._url_for
    url = make("postgres://admin:x@db.example:6543/shop?sslmode=require", "eventos_app", "a/b@c")
    assert url == "postgresql+psycopg://eventos_app:a%2Fb%40c@db.example:6543/shop?sslmode=require"
    pooled = make("postgres://postgres.abcd:x@aws-0.pooler.supabase.com/postgres", "eventos_app", "y")
    assert pooled.startswith("postgresql+psycopg://eventos_app.abcd:y@")


def test_unknown_logins_are_refused() -> None:
    with pytest.raises(SetupError, match="no login named owner"):
        bootstrap("postgresql:///x", passwords={"owner": "x"})
