"""What Home and Audit read: changes, first steps, the chain, and nothing of the other house."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.enums.operations import ImportKind, ImportStatus
from eventos_core.kernel.credentials import hash_token, new_token
from eventos_core.kernel.errors import EditConflict, InvalidInput, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.operations import audit, needs
from eventos_core.operations.audit import AuditFilter
from eventos_core.tenancy import commands, queries
from eventos_core.tenancy.commands import ChangeHouse, DescribeMember, InviteMember
from tests import support
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]


def rename(house: TestHouse, name: str) -> None:
    version = read(house.owner, queries.member, house.owner_member_id).version
    execute(house.owner, commands.describe_member, DescribeMember(house.owner_member_id, version, name))


def invite(house: TestHouse, name: str) -> int:
    email = f"{name.lower().replace(' ', '.')}@{house.slug}.example"
    given = InviteMember(email, name, Role.VIEWER, hash_token(new_token()))
    return execute(house.owner, commands.invite_member, given).member_id


def test_changes_are_told_newest_first_and_repeated_ones_once(house: TestHouse) -> None:
    invite(house, "Ana Keller")
    rename(house, "Claire One")
    rename(house, "Claire Two")
    told = read(house.owner, audit.recent_changes)
    assert [(one.action, one.table_name, one.subject, one.entries) for one in told[:2]] == [
        ("update", "account_users", "Claire Two", 2),
        ("insert", "account_users", "Ana Keller", 1),
    ]
    assert all(one.own for one in told[:2])


def test_without_audit_permission_one_sees_only_ones_own_changes(house: TestHouse) -> None:
    invite(house, "Ben Adler")
    viewer = house.member(Role.VIEWER)
    told = read(viewer, audit.recent_changes)
    assert told
    assert all(one.own for one in told)
    assert all(one.subject != "Ben Adler" for one in told)


def test_sign_ins_and_denials_are_no_changes(house: TestHouse) -> None:
    with pytest.raises(PermissionDenied):
        read(house.member(Role.VIEWER), audit.entries)
    assert {one.action for one in read(house.owner, audit.recent_changes, limit=50)} <= {
        "insert", "update", "delete", "role_change",
    }  # fmt: skip
    assert "denied" in read(house.owner, audit.vocabulary).actions


def test_nothing_of_the_other_house_is_told(two_houses: TwoHouses) -> None:
    first, second = two_houses
    invite(first, "Only Here")
    assert all(one.subject != "Only Here" for one in read(second.owner, audit.recent_changes, limit=50))
    entry = int(read(first.owner, audit.entries).frame["id"].iloc[0])
    with pytest.raises(NotFound):
        read(second.owner, audit.entry, entry)
    assert first.owner_member_id not in read(second.owner, audit.people)


@pytest.mark.parametrize(
    "query", [audit.entries, audit.vocabulary, audit.people, audit.chain_state], ids=lambda query: query.__name__
)
def test_audit_needs_its_permission(house: TestHouse, query: Callable[..., Any]) -> None:
    read(house.member(Role.ADMIN), query)
    for role in (Role.VIEWER, Role.MEMBER, Role.MANAGER):
        with pytest.raises(PermissionDenied):
            read(house.member(role), query)


def test_entries_are_paged_by_cursor_without_gaps(house: TestHouse) -> None:
    for number in range(7):
        rename(house, f"Claire {number}")
    wanted = AuditFilter(table_name="account_users", action="update")
    whole = list(read(house.owner, audit.entries, wanted, size=100).frame["id"])
    pages, cursor = [], None
    while True:
        found = read(house.owner, audit.entries, wanted, cursor=cursor, size=3)
        pages += list(found.frame["id"])
        if found.next is None:
            break
        cursor = found.next
    assert pages == whole
    assert len(whole) >= 7


def test_entry_tells_only_the_fields_that_changed(house: TestHouse) -> None:
    rename(house, "Claire Renamed")
    newest = int(read(house.owner, audit.entries, AuditFilter(table_name="account_users")).frame["id"].iloc[0])
    entry = read(house.owner, audit.entry, newest)
    assert [(change.column, change.after) for change in entry.changes] == [("display_name", "Claire Renamed")]
    found = read(house.owner, audit.entries, AuditFilter(request_id=entry.request_id)).frame
    assert list(found["id"]) == [newest]


def test_chain_is_whole_until_somebody_alters_an_entry(house: TestHouse, database: Database) -> None:
    rename(house, "Claire Sealed")
    with database.as_login("migrator") as connection:
        support.seal(connection)
    state = read(house.owner, audit.chain_state)
    assert state.whole
    assert state.sealed > 0
    with database.as_login("admin") as connection:
        connection.execute("alter table audit_log disable row level security")
        connection.execute(
            'update audit_log set after = after || \'{"display_name": "Somebody else"}\' where id ='
            " (select max(id) from audit_log where account_id = %s and table_name = 'account_users')",
            [house.account_id],
        )
        connection.execute("alter table audit_log enable row level security")
    broken = read(house.owner, audit.chain_state)
    assert not broken.whole
    assert broken.problem


def test_changes_cost_two_queries(house: TestHouse, count_queries: Callable[[Callable[[], Any]], int]) -> None:
    assert count_queries(lambda: read(house.owner, audit.recent_changes)) == 2  # entering the house, and the entries
    assert count_queries(lambda: read(house.owner, needs.first_steps)) == 2


def test_first_steps_go_away_one_by_one(house: TestHouse, database: Database) -> None:
    def open_steps() -> list[str]:
        return [step.title for step in read(house.owner, needs.first_steps) if not step.done]

    assert len(open_steps()) == 5
    invite(house, "First Colleague")
    assert "Invite somebody" not in open_steps()
    with database.as_login("admin") as connection:
        connection.execute(
            "update my_organization_metadata set street = 'Rue A', city = 'Paris', country = 'FR'"
            " where account_id = %s",
            [house.account_id],
        )
        connection.execute("insert into venues (account_id, name) values (%s, 'Halle')", [house.account_id])
        connection.execute(
            "insert into events (account_id, slug, name, starts_at, ends_at, timezone, currency) values"
            " (%s, 'first', 'First', now(), now() + interval '1 hour', 'Europe/Paris', 'EUR')",
            [house.account_id],
        )
    assert open_steps() == ["Import your contacts"]
    with database.as_login("migrator") as connection:
        connection.execute(
            "insert into import_batches (account_id, kind, status, file_name, size_bytes, sha256, finished_at)"
            " values (%s, %s, %s, 'a.csv', 1, sha256('a'), now())",
            [house.account_id, ImportKind.CONTACTS.value, ImportStatus.DONE.value],
        )
    assert read(house.owner, needs.first_steps) == ()


def test_first_steps_are_offered_to_who_may_take_them(house: TestHouse) -> None:
    assert read(house.member(Role.VIEWER), needs.first_steps) == ()
    member = {step.title for step in read(house.member(Role.MEMBER), needs.first_steps)}
    assert member == {"Add a venue", "Create the first event"}


def test_ended_invitations_wait_for_who_manages_the_team(house: TestHouse, database: Database) -> None:
    member_id = invite(house, "Late Guest")
    assert not [need for need in read(house.owner, needs.needs) if need.page == "admin_team"]
    with database.as_login("migrator") as connection:
        connection.execute(
            "update account_users set invited_at = now() - interval '8 days' where account_id = %s and id = %s",
            [house.account_id, member_id],
        )
    waiting = [need for need in read(house.owner, needs.needs) if need.page == "admin_team"]
    assert [(need.title, need.urgency, need.parameters) for need in waiting] == [
        ("Invite Late Guest again", needs.Urgency.LATE, {"member": str(member_id)})
    ]
    assert not [need for need in read(house.member(Role.MANAGER), needs.needs) if need.page == "admin_team"]


def settings(house: TestHouse, **changes: Any) -> ChangeHouse:
    stored = read(house.owner, queries.house_settings)
    given = {"version": stored.version, "name": stored.name, "base_currency": stored.base_currency,
             "timezone": stored.timezone, "locale": stored.locale, **changes}  # fmt: skip
    return ChangeHouse(**given)


def test_house_settings_change_under_a_version(house: TestHouse) -> None:
    stale = settings(house, name="Maison Neuve")
    execute(house.owner, commands.change_house, stale)
    assert read(house.owner, queries.house_settings).name == "Maison Neuve"
    with pytest.raises(EditConflict) as conflict:
        execute(house.owner, commands.change_house, ChangeHouse(**{**stale.__dict__, "name": "Maison Autre"}))
    assert conflict.value.theirs == {"name": "Maison Neuve"}


@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("fiscal_year_start_month", 13), ("week_start", 0), ("contact_email", "nobody")]
)
def test_wrong_house_settings_are_told(house: TestHouse, field: str, value: Any) -> None:
    with pytest.raises(InvalidInput):
        execute(house.owner, commands.change_house, settings(house, **{field: value}))


def test_house_settings_need_both_permissions(house: TestHouse) -> None:
    given = settings(house, name="Mine")
    for who in (house.member(Role.MANAGER), house.member(Role.MANAGER, grants=("house.write",))):
        with pytest.raises(PermissionDenied):
            execute(who, commands.change_house, given)
    execute(house.member(Role.ADMIN), commands.change_house, given)
