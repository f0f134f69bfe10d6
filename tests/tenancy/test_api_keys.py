"""API keys: who makes them with which scopes, what they open, that rotation and withdrawal hold at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.events import commands as events
from eventos_core.events import queries as event_queries
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential, KeyCredential, hash_token, new_key
from eventos_core.kernel.errors import (
    AlreadyExists,
    Conflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    NotSignedIn,
    PermissionDenied,
)
from eventos_core.kernel.permissions import Role
from eventos_core.operations import audit
from eventos_core.operations.audit import AuditFilter
from eventos_core.tenancy import commands, queries
from eventos_core.tenancy.commands import CreateKey, RevokeKey, RotateKey
from tests.support import Database, TestHouse
from tests.tenancy.test_password_links import at_once

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]


def make(who: Credential, *scopes: str, name: str = "Shop", **more: Any) -> tuple[int, str]:
    key, prefix = new_key()
    given = CreateKey(name, scopes or ("events.read",), prefix, hash_token(key), **more)
    return execute(who, commands.create_key, given).key_id, key


def rotate(who: Credential, key_id: int, version: int) -> str:
    key, prefix = new_key()
    execute(who, commands.rotate_key, RotateKey(key_id, version, prefix, hash_token(key)))
    return key


def entering(key: str) -> KeyCredential:
    return KeyCredential(hash_token(key))


def new_event(key: str) -> None:
    start = dt.datetime(2027, 3, 1, 19, tzinfo=dt.UTC)
    given = events.CreateEvent(
        name="Défilé", starts_at=start, ends_at=start + dt.timedelta(hours=2), timezone="Europe/Paris"
    )
    execute(entering(key), events.create_event, given)


def test_key_does_what_its_scope_says_and_no_more(house: TestHouse) -> None:
    _, key = make(house.owner, "events.read")
    read(entering(key), event_queries.events)
    with pytest.raises(PermissionDenied):
        new_event(key)
    with pytest.raises(PermissionDenied):
        read(entering(key), queries.team)
    _, writing = make(house.owner, "events.write", "events.read", name="Writer")
    new_event(writing)


def test_key_enters_its_own_house_only(two_houses: TwoHouses) -> None:
    first, second = two_houses
    _, key = make(first.owner, "team.read")
    assert list(read(entering(key), queries.team)["id"]) == [first.owner_member_id]
    key_id, _ = make(second.owner, "team.read")
    with pytest.raises(NotFound):
        execute(first.owner, commands.revoke_key, RevokeKey(key_id))
    with pytest.raises(NotFound):
        rotate(first.owner, key_id, 1)
    assert len(read(first.owner, queries.api_keys)) == 1


def test_withdrawn_key_opens_nothing_from_then_on(house: TestHouse) -> None:
    key_id, key = make(house.owner)
    execute(house.owner, commands.revoke_key, RevokeKey(key_id))
    with pytest.raises(NotSignedIn):
        read(entering(key), event_queries.events)
    assert read(house.owner, queries.api_keys).empty
    ended = read(house.owner, queries.api_keys, include_ended=True)
    assert list(ended["status"]) == ["revoked"]
    execute(house.owner, commands.revoke_key, RevokeKey(key_id))
    with pytest.raises(NotAllowedNow):
        rotate(house.owner, key_id, int(ended["version"].iloc[0]))


def test_expired_key_opens_nothing(house: TestHouse, database: Database) -> None:
    key_id, key = make(house.owner, expires_at=clock.now() + dt.timedelta(days=1))
    read(entering(key), event_queries.events)
    with database.as_login("migrator") as connection:
        connection.execute(
            "update api_keys set created_at = now() - interval '2 days', expires_at = now()"
            " where account_id = %s and id = %s",
            [house.account_id, key_id],
        )
    with pytest.raises(NotSignedIn):
        read(entering(key), event_queries.events)
    found = read(house.owner, queries.api_keys, include_ended=True)
    assert list(found["status"]) == ["ended"]
    with pytest.raises(NotAllowedNow):
        rotate(house.owner, key_id, int(found["version"].iloc[0]))


def test_unknown_key_opens_nothing(house: TestHouse) -> None:
    with pytest.raises(NotSignedIn):
        read(entering(new_key()[0]), event_queries.events)


def test_rotation_ends_the_old_key_at_once(house: TestHouse) -> None:
    key_id, old = make(house.owner, "events.read")
    fresh = rotate(house.owner, key_id, 1)
    read(entering(fresh), event_queries.events)
    with pytest.raises(NotSignedIn):
        read(entering(old), event_queries.events)
    found = read(house.owner, queries.api_keys)
    assert list(found["prefix"]) == [fresh[:12]]
    assert list(found["scopes"].iloc[0]) == ["events.read"]


def test_two_rotations_at_once_make_one_key(house: TestHouse) -> None:
    key_id, _ = make(house.owner)
    found = at_once(4, lambda: rotate(house.owner, key_id, 1))
    made = [each for each in found if isinstance(each, str)]
    assert len(made) == 1
    assert all(isinstance(each, Conflict) for each in found if not isinstance(each, str))
    read(entering(made[0]), event_queries.events)


def test_nobody_makes_or_renews_a_key_beyond_their_own_rights(house: TestHouse) -> None:
    admin = house.member(Role.ADMIN, denials=("pay.read",))
    with pytest.raises(PermissionDenied):
        make(admin, "events.read", "pay.read")
    key_id, _ = make(house.owner, "pay.read")
    with pytest.raises(PermissionDenied):
        rotate(admin, key_id, 1)
    execute(admin, commands.revoke_key, RevokeKey(key_id))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.VIEWER])
def test_keys_are_for_who_manages_integrations_and_the_team(house: TestHouse, role: Role) -> None:
    key_id, _ = make(house.owner)
    for grants in ((), ("integrations.manage",), ("team.manage",)):
        who = house.member(role, grants=grants)
        with pytest.raises(PermissionDenied):
            make(who)
        with pytest.raises(PermissionDenied):
            rotate(who, key_id, 1)
        with pytest.raises(PermissionDenied):
            execute(who, commands.revoke_key, RevokeKey(key_id))
    with pytest.raises(PermissionDenied):
        read(house.member(role), queries.api_keys)
    make(house.member(Role.ADMIN), name="By an admin")


@pytest.mark.parametrize("scope", ["account.manage", "everything.really"])
def test_no_key_carries_how_people_sign_in(house: TestHouse, scope: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        make(house.owner, "events.read", scope)
    assert set(wrong.value.fields) == {"scopes"}


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("name", {"name": "  "}),
        ("expires_at", {"expires_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}),
        ("requests_per_minute", {"requests_per_minute": 0}),
        ("allowed_networks", {"allowed_networks": ("192.0.2.0/33",)}),
    ],
)
def test_wrong_values_are_told_at_their_field(house: TestHouse, field: str, more: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as wrong:
        make(house.owner, **more)
    assert set(wrong.value.fields) == {field}


def test_names_are_unique_among_keys_in_force(house: TestHouse) -> None:
    key_id, _ = make(house.owner)
    with pytest.raises(AlreadyExists):
        make(house.owner)
    execute(house.owner, commands.revoke_key, RevokeKey(key_id))
    make(house.owner)


def test_keys_and_hashes_stay_out_of_the_audit(house: TestHouse, database: Database) -> None:
    key_id, key = make(house.owner)
    fresh = rotate(house.owner, key_id, 1)
    entries = read(house.owner, audit.entries, AuditFilter(table_name="api_keys")).frame
    assert sorted(entries["action"]) == ["insert", "update"]
    with database.as_login("migrator") as connection:
        rows = connection.execute(
            "select before::text || after::text from audit_log where account_id = %s and table_name = 'api_keys'",
            [house.account_id],
        ).fetchall()
    told = str(rows)
    for secret in (key, fresh):
        assert secret not in told
        assert hash_token(secret).hex() not in told


def test_what_a_key_does_is_told_as_its_own(house: TestHouse) -> None:
    key_id, key = make(house.owner, "events.write", "events.read")
    new_event(key)
    found = read(house.owner, audit.entries, AuditFilter(table_name="events")).frame
    entry = read(house.owner, audit.entry, int(found["id"].iloc[0]))
    assert entry.actor_kind == "api_key"
    assert key_id


def test_who_left_leaves_their_key_to_the_house(house: TestHouse) -> None:
    admin = house.member(Role.ADMIN, name="Leaving Admin")
    _, key = make(admin)
    member = next(int(i) for i, n in zip(*[read(house.owner, queries.team)[c] for c in ("id", "name")], strict=True)
                  if n == "Leaving Admin")  # fmt: skip
    version = read(house.owner, queries.member, member).version
    execute(house.owner, commands.disable_member, commands.DisableMember(member, version))
    assert read(house.owner, queries.member, member).status is MemberStatus.DISABLED
    read(entering(key), event_queries.events)
    assert list(read(house.owner, queries.api_keys)["made_by"]) == ["Leaving Admin"]
