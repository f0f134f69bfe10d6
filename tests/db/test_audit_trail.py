"""The audit trail: what it holds, what it leaves out, and how seals show that it was touched."""

from __future__ import annotations

import psycopg
import pytest

from tests import support
from tests.db.conftest import Connection
from tests.db.rows import House, Rows
from tests.db.test_sync_triggers import one


def test_change_is_told_with_before_and_after(migrator: Connection, houses: tuple[House, House]) -> None:
    contact = Rows(migrator).make("contacts", houses[0], full_name="Anna").key["id"]
    migrator.execute("update contacts set full_name = 'Anne' where id = %s", [contact])
    migrator.execute("delete from contacts where id = %s", [contact])
    told = migrator.execute(
        "select action, before ->> 'full_name', after ->> 'full_name', actor_kind from audit_log"
        " where table_name = 'contacts' and row_id = %s order by id",
        [str(contact)],
    ).fetchall()
    assert told == [
        ("insert", None, "Anna", "system"),
        ("update", "Anna", "Anne", "system"),
        ("delete", "Anne", None, "system"),
    ]


def test_secret_is_left_out_but_its_change_is_told(migrator: Connection, houses: tuple[House, House]) -> None:
    key = Rows(migrator).make("api_keys", houses[0]).key["id"]
    migrator.execute("update api_keys set key_hash = sha256('new') where id = %s", [key])
    found = one(
        migrator,
        "select before ? 'key_hash', after ? 'key_hash', after -> 'changed_secrets' from audit_log"
        " where table_name = 'api_keys' and row_id = %s and action = 'update'",
        str(key),
    )
    assert found == (False, False, ["key_hash"])


def test_change_of_nothing_is_not_told(migrator: Connection, houses: tuple[House, House]) -> None:
    contact = Rows(migrator).make("contacts", houses[0]).key["id"]
    migrator.execute("update contacts set full_name = full_name where id = %s", [contact])
    assert one(
        migrator, "select count(*) from audit_log where table_name = 'contacts' and row_id = %s", str(contact)
    ) == (1,)


def test_statement_over_many_rows_tells_each_that_changed(migrator: Connection, houses: tuple[House, House]) -> None:
    rows = Rows(migrator)
    contacts = [rows.make("contacts", house, full_name=f"Anna {n}").key["id"] for n in range(4) for house in houses]
    changed = contacts[:6]
    migrator.execute(
        "update contacts set job_title = case when id = any (%s) then full_name else job_title end where id = any (%s)",
        [changed, contacts],
    )
    told = migrator.execute(
        "select row_id::bigint, account_id = (after ->> 'account_id')::bigint, before ->> 'job_title',"
        " after ->> 'job_title' = after ->> 'full_name', salt is not null,"
        " payload_hash = app.audit_payload_hash(salt, before, after, reason)"
        " from audit_log where table_name = 'contacts' and action = 'update' and row_id::bigint = any (%s)",
        [contacts],
    ).fetchall()
    assert sorted(told) == [(contact, True, None, True, True, True) for contact in changed]
    salts = "select count(distinct salt) from audit_log where table_name = 'contacts' and row_id::bigint = any (%s)"
    assert one(migrator, salts, contacts) == (len(contacts) + len(changed),)


def test_upsert_tells_inserts_and_updates_apart(migrator: Connection, houses: tuple[House, House]) -> None:
    contact = Rows(migrator).make("contacts", houses[0]).key["id"]
    add = (
        "insert into contact_emails (account_id, contact_id, email) select %s, %s, unnest(%s::text[])"
        " on conflict (account_id, contact_id, email_norm) do update set email = excluded.email"
    )
    migrator.execute(add, [houses[0].account_id, contact, ["anna@one.example"]])
    migrator.execute(add, [houses[0].account_id, contact, ["Anna@One.example", "anna@two.example"]])
    told = migrator.execute(
        "select action, before ->> 'email', after ->> 'email' from audit_log"
        " where table_name = 'contact_emails' and coalesce(after, before) ->> 'contact_id' = %s",
        [str(contact)],
    ).fetchall()
    assert sorted(told, key=str) == [
        ("insert", None, "anna@one.example"),
        ("insert", None, "anna@two.example"),
        ("update", "anna@one.example", "Anna@One.example"),
    ]


def test_rows_deleted_by_cascade_are_told(migrator: Connection, houses: tuple[House, House]) -> None:
    rows, people = Rows(migrator), []
    for _ in range(3):
        people.append(rows.make("contacts", houses[0]).key["id"])
        rows.make("contact_emails", houses[0], contact_id=people[-1])
    migrator.execute("delete from contacts where id = any (%s)", [people])
    told = migrator.execute(
        "select table_name, (before ->> case table_name when 'contacts' then 'id' else 'contact_id' end)::bigint"
        " from audit_log where action = 'delete' and after is null"
    ).fetchall()
    assert sorted(told) == [(table, person) for table in ("contact_emails", "contacts") for person in people]


@pytest.fixture
def sealed(database: support.Database) -> int:
    """A house of its own whose entries are committed and sealed."""
    with database.as_login("migrator") as connection:
        connection.execute("delete from audit_seals")
        connection.execute("delete from audit_log")
        house = Rows(connection).house("Maison Scellee")
        connection.commit()
        support.seal(connection)
        assert connection.execute("select * from app.verify_audit()").fetchall() == []
        connection.commit()
    return house.account_id


@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        ("update audit_log set after = after || '{\"x\": 1}' where account_id = %s", "content of an entry was altered"),
        ("update audit_log set actor_id = 'nobody' where account_id = %s", "an entry was altered"),
        ("delete from audit_log where account_id = %s and action = 'insert' and table_name = 'accounts'", "are there"),
        ("delete from audit_seals where account_id = %s", "belong under seals"),
        ("update audit_seals set hash = sha256('x') where account_id = %s", "an entry was altered"),
    ],
)
def test_seal_shows_tampering(migrator: Connection, sealed: int, tampering: str, problem: str) -> None:
    migrator.execute(tampering, [sealed])  # type: ignore[call-overload]
    account, _, found = one(migrator, "select * from app.verify_audit()")
    assert account == sealed
    assert problem in found


def test_erased_entry_keeps_the_chain_whole(migrator: Connection, sealed: int) -> None:
    migrator.execute(
        "update audit_log set before = null, after = null, reason = null, salt = null, erased_at = now()"
        " where account_id = %s",
        [sealed],
    )
    assert migrator.execute("select * from app.verify_audit()").fetchall() == []


@pytest.fixture
def aged(database: support.Database) -> tuple[int, int]:
    """Two houses with sealed entries of January 2020, in a partition of their own, and of now."""
    with database.as_login("migrator") as connection:
        connection.execute("delete from audit_seals")
        connection.execute("delete from audit_log")
        connection.execute("set role eventos_owner")
        connection.execute(
            "create table if not exists audit_log_y2020m01 partition of audit_log"
            " for values from ('2020-01-01 00:00+00') to ('2020-02-01 00:00+00')"
        )
        connection.execute("reset role")
        houses = [Rows(connection).house(name) for name in ("Maison Agee", "Maison Agees")]
        connection.execute("update audit_log set occurred_at = '2020-01-31 23:59+00'")
        connection.commit()
        support.seal(connection)
        for house in houses:
            Rows(connection).make("contacts", house)
        connection.commit()
        support.seal(connection)
        assert connection.execute("select * from app.verify_audit()").fetchall() == []
        connection.commit()
    return houses[0].account_id, houses[1].account_id


def drop_the_old_month(connection: Connection) -> None:
    """As an operator does it."""
    connection.execute("set local role eventos_owner")
    connection.execute("drop table audit_log_y2020m01")
    connection.execute("reset role")


def test_months_given_up_are_no_break_and_later_ones_still_are(migrator: Connection, aged: tuple[int, int]) -> None:
    with migrator.transaction(force_rollback=True):
        drop_the_old_month(migrator)
        assert len(migrator.execute("select * from app.verify_audit()").fetchall()) == 2
    assert one(migrator, "select app.release_audit('2020-02-17')") == (2,)
    drop_the_old_month(migrator)
    assert migrator.execute("select * from app.verify_audit()").fetchall() == []
    assert one(migrator, "select app.release_audit('2020-02-17')") == (0,)
    told = migrator.execute(
        "select account_id, after from audit_log where action = 'audit_release' order by account_id"
    ).fetchall()
    assert told == [(house, {"before": "2020-02-01", "seals": 1}) for house in sorted(aged)]
    for tampering in (
        "delete from audit_log where account_id = %s and action = 'insert'",
        "delete from audit_seals where account_id = %s and released_at is not null",
        "update audit_seals set hash = sha256('x') where account_id = %s and released_at is not null",
    ):
        with migrator.transaction(force_rollback=True):
            migrator.execute(tampering, [aged[0]])  # type: ignore[call-overload]
            assert one(migrator, "select count(*), min(account_id) from app.verify_audit()") == (1, aged[0])


def test_only_sealed_months_that_are_over_are_given_up(migrator: Connection, aged: tuple[int, int]) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue), migrator.transaction():
        migrator.execute("select app.release_audit((now() + interval '1 month')::date)")
    migrator.execute("update app.installation set sealed_to = '0'")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState), migrator.transaction():
        migrator.execute("select app.release_audit('2020-02-01')")
    assert one(migrator, "select app.release_audit('2020-01-31')") == (0,)
    assert one(migrator, "select count(*) from audit_seals where released_at is not null") == (0,)


def test_running_transaction_holds_the_seal_back(database: support.Database, sealed: int) -> None:
    """An entry that is not committed yet can still be sealed later: no seal has passed it by."""
    with database.as_login("migrator") as slow, database.as_login("migrator") as sealer:
        house = Rows(slow).house("Maison Lente")
        sealer.execute("select app.seal_audit()")
        sealer.commit()
        slow.commit()
        support.seal(sealer)
        assert one(sealer, "select count(*) from audit_seals where account_id = %s", house.account_id) == (1,)
        assert sealer.execute("select * from app.verify_audit()").fetchall() == []


def test_app_cannot_write_the_trail(admin: Connection, houses: tuple[House, House]) -> None:
    admin.execute("set local role eventos_app")
    admin.execute("select set_config('app.account_id', %s, true)", [str(houses[0].account_id)])
    for statement in ("delete from audit_log", "update audit_log set action = 'x'", "select app.close_era()"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), admin.transaction():
            admin.execute(statement)  # type: ignore[call-overload]
    with pytest.raises(psycopg.errors.InsufficientPrivilege), admin.transaction():
        admin.execute("select app.audit_event('update', 'contacts', '1', null, null)")
