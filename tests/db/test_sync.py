"""Sync: headers of function files, permissions in SQL as in Python, nothing done twice, strays removed."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from eventos_core.db.sync import is_current, plan, sync, sync_hash
from eventos_core.db.sync.functions import Function, parse
from eventos_core.kernel.errors import SetupError
from eventos_core.kernel.permissions import Permission, Role, effective
from tests import support

BLOCK = """-- function: app.peek(bigint,  text)
-- security: definer
-- reads: contacts,
--        procrastinate.procrastinate_jobs
-- writes: contacts (insert, update), notes
-- grants: app, backup
-- about: One line
--        and another.
create or replace function app.peek(p bigint, q text) returns void language sql security definer
set search_path = pg_catalog, public, extensions, pg_temp as $$ select $$;
"""


def test_header_says_who_does_what() -> None:
    (found,) = parse(BLOCK, "peek.sql")
    assert isinstance(found, Function)
    assert (found.name, found.owner, found.grants) == ("app.peek(bigint, text)", "definer", ("app", "backup"))
    assert found.about == "One line and another."
    assert found.access == {
        "public.contacts": {"select", "insert", "update"},
        "procrastinate.procrastinate_jobs": {"select"},
        "public.notes": {"select", "insert", "update", "delete"},
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("set search_path = pg_catalog, public, extensions, pg_temp ", "", "must pin"),
        ("-- security: definer", "-- security: invoker", "disagree"),
        ("-- grants: app, backup", "-- grants: everybody", "unknown roles"),
        ("(insert, update)", "(truncate)", "unknown command"),
        ("create or replace function app.peek", "create or replace function app.other", "must begin"),
        ("app.peek(bigint,  text)", "peek(bigint)", "write the name"),
        ("$$;", "$$", "semicolon"),
    ],
)
def test_header_that_breaks_a_rule_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(SetupError, match=said):
        list(parse(BLOCK.replace(old, new), "peek.sql"))


def test_whole_plan_leaves_nothing_out() -> None:
    assert plan().skipped == []


def test_sync_does_nothing_twice_and_drops_strays(database: support.Database) -> None:
    engine = create_engine(database.urls.migrator)
    with engine.begin() as connection:
        assert is_current(connection)
        report = sync(connection)
        assert (report.applied, report.dropped, report.skipped) == ([], [], [])
        connection.exec_driver_sql("create policy stray on contacts to eventos_app using (true)")
        connection.exec_driver_sql("drop trigger eos_90_audit_insert on contacts")
        connection.exec_driver_sql("update app.installation set sync_hash = 'old'")
        assert not is_current(connection)
        report = sync(connection)
        assert report.dropped == ["policy contacts.stray"]
        assert report.applied == ["trigger contacts.eos_90_audit_insert"]
        assert connection.exec_driver_sql("select sync_hash from app.installation").scalar() == sync_hash()
        connection.rollback()
    engine.dispose()


NAMES = st.lists(st.sampled_from([*(p.value for p in Permission), "no.such", ""]), max_size=6)


def test_permissions_in_sql_are_those_of_the_kernel(database: support.Database) -> None:
    with database.as_login("app") as connection:

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(role=st.sampled_from(Role), grant=NAMES, deny=NAMES)
        def same(role: Role, grant: list[str], deny: list[str]) -> None:
            overrides = {"grant": grant, "deny": deny}
            row = connection.execute(
                "select app.effective_permissions(%s, %s::jsonb)", [role.value, json.dumps(overrides)]
            ).fetchone()
            assert row is not None
            assert set(row[0]) == {permission.value for permission in effective(role, overrides)}

        same()
