"""Doctor: a whole installation passes; each thing broken makes the one check fail that is about it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from eventos_core.db import urls
from eventos_core.db.doctor import NAMES, Check, run
from eventos_core.db.urls import LOGINS, Urls
from tests import support
from tests.db.rows import Rows


def failing(urls: Urls) -> dict[str, Check]:
    """The checks that do not hold, by name."""
    return {check.name: check for check in run(urls) if not check.ok}


@pytest.fixture(scope="module")
def seeded(database: support.Database) -> support.Database:
    """A database with a row in every table and a true audit trail."""
    with database.as_login("migrator") as connection:
        rows = Rows(connection)
        rows.seed(rows.house("Maison Aurore"), audit=False)
        connection.commit()
    return database


@pytest.fixture
def clone(server: support.Server, seeded: support.Database) -> Iterator[support.Database]:
    """A copy of it that the test may ruin."""
    name = f"{seeded.name}_ruined"
    server.create(name, seeded.name)
    at = [make_url(seeded.urls.of(login)).set(database=name).render_as_string(hide_password=False) for login in LOGINS]
    yield support.Database(name, server.superuser_of(name), Urls(*at))
    server.drop(name)


def ruin(database: support.Database, *statements: str) -> None:
    """Run statements as superuser."""
    with database.as_login("admin", autocommit=True) as connection:
        connection.execute("set search_path = public, extensions")
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def test_doctor_passes_every_check_of_a_new_installation(seeded: support.Database) -> None:
    report = run(seeded.urls)
    assert [check.name for check in report] == list(NAMES)
    assert [f"{check.name}: {check.detail}" for check in report if not check.ok] == []


@pytest.mark.parametrize(
    ("statement", "check", "named"),
    [
        ("drop policy app_tenant on contacts", "policies", "contacts.app_tenant is missing"),
        ("alter policy app_tenant on contacts using (true)", "policies", "contacts.app_tenant was altered"),
        ("create policy helpful on contacts to eventos_app using (true)", "policies", "contacts.helpful is not ours"),
        ("alter policy app_all on contacts to public", "policies", "contacts.app_all was altered"),
        ("alter table contacts disable row level security", "row_security", "contacts has row security switched off"),
        ("alter table contacts no force row level security", "row_security", "contacts has row security not forced"),
        ("alter table audit_log_default disable row level security", "row_security", "audit_log_default"),
        ("create table stray (id bigint)", "row_security", "stray"),
        ("create materialized view peek as select * from contacts", "row_security", "peek is a materialized view"),
        ("grant truncate on contacts to eventos_app", "app_role", "may truncate"),
        ("grant create on schema public to eventos_app", "app_role", "may create in schema public"),
        ("grant insert on bookings to eventos_app", "grants", "eventos_app has insert on public.bookings"),
        ("revoke select on contacts from eventos_backup", "grants", "eventos_backup lacks select on public.contacts"),
        ("grant select on user_credentials to public", "grants", "public has select on public.user_credentials"),
        ("grant select on audit_log_default to eventos_app", "grants", "audit_log_default"),
        ("grant update (name) on accounts to eventos_app", "grants", "accounts.name"),
        ("drop function app.can(text) cascade", "functions", "app.can(text) is missing"),
        ("alter function app.audit_event(text, text, text, jsonb, text) reset all", "functions", "any search_path"),
        (
            "alter function app.search_key(text) owner to eventos_definer",
            "functions",
            "app.search_key(text) was altered",
        ),
        ("grant execute on function app.close_era() to public", "functions", "app.close_era() was altered"),
        ("create function app.extra() returns int language sql as 'select 1'", "functions", "app.extra() is not ours"),
        ("drop trigger eos_90_audit_update on contacts", "triggers", "contacts.eos_90_audit_update is missing"),
        (
            "alter table contacts disable trigger eos_90_audit_insert",
            "triggers",
            "contacts.eos_90_audit_insert was altered",
        ),
        ("drop index ix_contacts_name", "indexes", "ix_contacts_name is missing"),
        (
            "alter table contacts drop constraint fk_contacts_owner_id",
            "foreign_keys",
            "fk_contacts_owner_id is missing",
        ),
        ("alter extension pg_trgm set schema public", "extensions", "pg_trgm is in public"),
        ("update app.installation set sync_hash = 'old'", "sync", "another version"),
        ("update app.alembic_version set version_num = '20261121_11_operations'", "migrations", "_links"),
        (
            "create trigger procrastinate_jobs_notify_queue_job_inserted_v1"
            " after insert on procrastinate.procrastinate_jobs for each row"
            " execute function procrastinate.procrastinate_notify_queue_job_inserted_v1()",
            "job_engine",
            "insert trigger is back",
        ),
        ("drop function procrastinate.procrastinate_fetch_job_v2(varchar[], bigint)", "job_engine", "is missing"),
    ],
)
def test_doctor_names_what_is_broken(clone: support.Database, statement: str, check: str, named: str) -> None:
    ruin(clone, statement)
    found = failing(clone.urls)
    # What hangs on a dropped function goes with it.
    assert set(found) - ({"policies"} if "cascade" in statement else set()) <= {check, *_also(statement)}
    assert named in found[check].detail
    assert found[check].hint


def _also(statement: str) -> set[str]:
    """Checks that rightly fail besides: what one login may is a matter of several."""
    for word, checks in {
        "truncate": {"grants"},
        "pg_trgm": {"indexes"},
        "from eventos_backup": {"backup_sees_all"},
    }.items():
        if word in statement:
            return checks
    return set()


def test_doctor_names_a_partition_that_is_missing(clone: support.Database) -> None:
    with clone.as_login("admin") as connection:
        (name,) = connection.execute(
            "select relname from pg_class where relname like 'audit_log_y%' and relkind = 'r'"
            " order by 1 offset 2 limit 1"
        ).fetchone()  # type: ignore[misc]
        connection.execute(sql.SQL("drop table {}").format(sql.Identifier("public", name)))
        connection.commit()
    found = failing(clone.urls)
    assert set(found) == {"partitions"}
    assert f"{name} is missing" in found["partitions"].detail


@pytest.mark.parametrize("login", ["migrator", "backup"])
def test_doctor_proves_that_migrator_and_backup_see_every_row(clone: support.Database, login: str) -> None:
    command = "all" if login == "migrator" else "select"
    ruin(clone, f"drop policy {login}_{command} on venues")
    found = failing(clone.urls)
    # The migrator has the definer's policies besides, so a table that no function reads shows it.
    assert f"{login}_sees_all" in found or login == "migrator"
    assert f"venues.{login}_{command} is missing" in found["policies"].detail


def test_doctor_proves_that_the_migrator_sees_a_table_no_function_reads(clone: support.Database) -> None:
    ruin(clone, "drop policy migrator_all on staff_needs")
    found = failing(clone.urls)
    assert set(found) == {"policies", "migrator_sees_all"}
    assert "0 of 1 rows of staff_needs" in found["migrator_sees_all"].detail


def test_doctor_refuses_an_app_login_that_is_superuser(server: support.Server, clone: support.Database) -> None:
    """A role of the test's own: the real one serves other tests on the same server."""
    role = f"{clone.name}_app"
    with psycopg.connect(urls.libpq(server.superuser_of()), autocommit=True) as db:
        db.execute(sql.SQL("create role {} login superuser password 'x'").format(sql.Identifier(role)))
        try:
            app = make_url(clone.urls.app).set(username=role, password="x").render_as_string(hide_password=False)
            found = failing(Urls(app, clone.urls.migrator, clone.urls.backup))
            assert set(found) == {"app_role"}
            assert "superuser" in found["app_role"].detail
        finally:
            with contextlib.suppress(psycopg.Error):
                db.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


def test_doctor_reports_only_the_connection_when_there_is_none(database: support.Database) -> None:
    nowhere = make_url(database.urls.backup).set(database="no_such_database").render_as_string(hide_password=False)
    report = run(Urls(database.urls.app, database.urls.migrator, nowhere))
    assert [check.name for check in report] == ["connection"]
    assert "backup" in report[0].detail
    assert not report[0].ok


def test_doctor_sees_a_broken_audit_chain(clone: support.Database) -> None:
    with clone.as_login("migrator") as connection:
        support.seal(connection)
        connection.execute("update audit_log set actor_id = 'nobody' where id = (select min(id) from audit_log)")
        connection.commit()
    found = failing(clone.urls)
    assert set(found) == {"audit_chain"}
    assert "altered" in found["audit_chain"].detail
