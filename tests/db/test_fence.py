"""The fence around a house, tried from every side on real rows, and shown to fall when a policy goes."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from eventos_core.db.doctor.fence import policy_problems
from eventos_core.db.names import APP
from eventos_core.db.sync.plan import plan
from eventos_core.db.sync.tables import metadata
from tests import support
from tests.db.conftest import Connection
from tests.db.doctoring import broken
from tests.db.matrix import failures, of, role
from tests.db.rows import House

TABLES = sorted(metadata().tables)


@pytest.mark.parametrize("table", TABLES)
def test_fence_of_every_table_holds_from_every_side(admin: Connection, houses: tuple[House, House], table: str) -> None:
    assert failures(admin, table, *houses) == []


APP_POLICIES = sorted(key for key, policy in plan().policies.items() if policy.role == APP)


@pytest.mark.parametrize("key", APP_POLICIES)
def test_every_app_policy_is_needed(admin: Connection, houses: tuple[House, House], key: str) -> None:
    table, _, name = key.partition(".")
    admin.execute(sql.SQL("drop policy {} on public.{}").format(sql.Identifier(name), sql.Identifier(table)))
    assert failures(admin, table, *houses) != []


def test_doctor_names_every_other_policy_that_is_gone(database: support.Database) -> None:
    others = {key for key, policy in plan().policies.items() if policy.role != APP}
    with broken(database) as (connection, place):
        others |= {
            row[0]
            for row in connection.execute(
                "select p.tablename || '.' || p.policyname from pg_policies p"
                " join pg_class c on c.oid = to_regclass(p.tablename) where c.relispartition"
            )
        }
        for key in others:
            table, _, name = key.partition(".")
            connection.execute(
                sql.SQL("drop policy {} on public.{}").format(sql.Identifier(name), sql.Identifier(table))
            )
        assert sorted(policy_problems(place)) == sorted(f"{key} is missing" for key in others)


def test_row_security_hides_everything_from_the_owner_too(admin: Connection, houses: tuple[House, House]) -> None:
    with role(admin, "eventos_owner", of(houses[0])):
        assert admin.execute("select count(*) from contacts").fetchone() == (0,)


def test_app_may_not_touch_a_partition_directly(admin: Connection, houses: tuple[House, House]) -> None:
    partitions = [row[0] for row in admin.execute("select oid::regclass::text from pg_class where relispartition")]
    assert len([name for name in partitions if not name.endswith(("_pkey", "_idx"))]) >= 12
    tables = [row[0] for row in admin.execute(
        "select oid::regclass::text from pg_class where relispartition and relkind = 'r'")]  # fmt: skip
    for name in tables:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), role(admin, "eventos_app", of(houses[0])):
            admin.execute(f"select 1 from {name}")


def test_nobody_sees_a_tenant_row_without_context_under_the_app_login(
    database: support.Database, houses: tuple[House, House]
) -> None:
    """The login itself, not a role taken on: with a context of each house and with none."""
    with database.as_login("app") as connection:
        for expected in (houses[0].account_id, houses[1].account_id):
            connection.execute("select set_config('app.account_id', %s, true)", [str(expected)])
            assert connection.execute("select array_agg(distinct account_id) from contacts").fetchone() == ([expected],)
            connection.commit()
            assert connection.execute("select count(*) from contacts").fetchone() == (0,)
            connection.commit()
