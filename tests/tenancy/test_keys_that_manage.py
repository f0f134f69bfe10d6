"""Keys that manage keys and the team: they give no more than they have, and touch nobody above their rank."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.events import queries as event_queries
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import KeyCredential, hash_token
from eventos_core.kernel.errors import NotSignedIn, PermissionDenied
from eventos_core.kernel.permissions import ROLE_PERMISSIONS, Permission, Role
from eventos_core.tenancy import commands, queries, rules
from eventos_core.tenancy.commands import ChangeHouse, ChangeRights, CreateKey, DisableMember, InviteMember, RotateKey
from tests.support import TestHouse
from tests.tenancy.test_api_keys import entering, make, rotate

pytestmark = pytest.mark.database
KEYS = ("integrations.manage", "team.manage")
ADMIN = tuple(permission.value for permission in ROLE_PERMISSIONS[Role.ADMIN])
SOON = clock.now() + dt.timedelta(days=10)


def by_key(house: TestHouse, *scopes: str, **limits: Any) -> KeyCredential:
    return entering(make(house.owner, *scopes, name="Manager", **limits)[1])


def invite(who: KeyCredential, role: Role, *grants: str) -> int:
    given = InviteMember(f"{role}@example.org", "Ana New", role, hash_token(f"{role}{grants}"), grants=grants)
    return execute(who, commands.invite_member, given).member_id


def the_member(house: TestHouse, name: str) -> tuple[int, int]:
    team = read(house.owner, queries.team)
    member_id = int(team.loc[team["name"] == name, "id"].iloc[0])
    return member_id, read(house.owner, queries.member, member_id).version


def test_a_key_makes_a_weaker_one_and_renews_and_withdraws_it(house: TestHouse) -> None:
    manager = by_key(house, *KEYS, "events.read")
    key_id, key = make(manager)
    read(entering(key), event_queries.events)
    fresh = rotate(manager, key_id, 1)
    read(entering(fresh), event_queries.events)
    assert set(read(manager, queries.api_keys)["name"]) == {"Manager", "Shop"}
    execute(manager, commands.revoke_key, commands.RevokeKey(key_id))
    with pytest.raises(NotSignedIn):
        read(entering(fresh), event_queries.events)


def test_a_key_makes_none_with_a_scope_that_it_lacks(house: TestHouse) -> None:
    manager = by_key(house, *KEYS, "events.read")
    for scopes in (("events.write",), ("events.read", "contacts.read")):
        with pytest.raises(PermissionDenied) as refused:
            make(manager, *scopes)
        assert refused.value.permission == scopes[-1]
    stronger, _ = make(house.owner, "contacts.read", name="Stronger")
    with pytest.raises(PermissionDenied):
        execute(manager, commands.rotate_key, RotateKey(stronger, 1, "eos_abcdefgh", b"h" * 32))


@pytest.mark.parametrize("lacking", KEYS)
def test_keys_are_made_by_keys_that_carry_both_scopes(house: TestHouse, lacking: str) -> None:
    key_id, _ = make(house.owner, "events.read")
    half = by_key(house, *(scope for scope in KEYS if scope != lacking), "events.read")
    given = CreateKey("More", ("events.read",), "eos_12345678", b"h" * 32)
    for command, what in (
        (commands.create_key, given),
        (commands.rotate_key, RotateKey(key_id, 1, "eos_12345678", b"h" * 32)),
        (commands.revoke_key, commands.RevokeKey(key_id)),
    ):
        with pytest.raises(PermissionDenied):
            execute(half, command, what)  # type: ignore[arg-type]


@pytest.mark.parametrize("wider", [
    {"expires_at": None, "requests_per_minute": 60, "allowed_networks": ("192.0.2.0/25",)},
    {"expires_at": SOON + dt.timedelta(days=1), "requests_per_minute": 60, "allowed_networks": ("192.0.2.0/25",)},
    {"expires_at": SOON, "requests_per_minute": 61, "allowed_networks": ("192.0.2.0/25",)},
    {"expires_at": SOON, "requests_per_minute": 60},
    {"expires_at": SOON, "requests_per_minute": 60, "allowed_networks": ("192.0.2.0/25", "198.51.100.0/24")},
    {"expires_at": SOON, "requests_per_minute": 60, "allowed_networks": ("192.0.0.0/16",)},
    {"expires_at": SOON, "requests_per_minute": 60, "allowed_networks": ("2001:db8::/32",)},
])  # fmt: skip
def test_a_key_stays_within_its_own_limits(house: TestHouse, wider: dict[str, Any]) -> None:
    own: dict[str, Any] = {"expires_at": SOON, "requests_per_minute": 60, "allowed_networks": ("192.0.2.0/24",)}
    manager = by_key(house, *KEYS, "events.read", **own)
    with pytest.raises(PermissionDenied):
        make(manager, name="Wider", **wider)
    there, _ = make(house.owner, name="There", **wider)
    with pytest.raises(PermissionDenied):
        rotate(manager, there, 1)
    narrower, _ = make(manager, name="Narrower", **{**own, "allowed_networks": ("192.0.2.128/25",)})
    assert rotate(manager, narrower, 1)


def test_a_key_invites_nobody_with_more_than_it_has(house: TestHouse) -> None:
    viewer = tuple(permission.value for permission in ROLE_PERMISSIONS[Role.VIEWER])
    manager = by_key(house, "team.manage", *viewer)
    assert invite(manager, Role.VIEWER)
    for role, grants in ((Role.VIEWER, ("sales.write",)), (Role.MEMBER, ()), (Role.ADMIN, ()), (Role.OWNER, ())):
        with pytest.raises(PermissionDenied):
            invite(manager, role, *grants)
    with pytest.raises(PermissionDenied):
        invite(by_key_named(house, "team.manage"), Role.VIEWER)


def by_key_named(house: TestHouse, *scopes: str) -> KeyCredential:
    return entering(make(house.owner, *scopes, name="Another")[1])


def test_a_key_changes_nobody_above_its_rank(house: TestHouse) -> None:
    house.member(Role.MANAGER, name="Mia Manager")
    member_id, version = the_member(house, "Mia Manager")
    viewer = tuple(permission.value for permission in ROLE_PERMISSIONS[Role.VIEWER])
    weak = by_key(house, "team.manage", *viewer)
    for command, given in (
        (commands.disable_member, DisableMember(member_id, version)),
        (commands.change_rights, ChangeRights(member_id, version, Role.VIEWER)),
    ):
        with pytest.raises(PermissionDenied):
            execute(weak, command, given)  # type: ignore[arg-type]
    strong = by_key_named(house, *ADMIN)
    execute(strong, commands.change_rights, ChangeRights(member_id, version, Role.VIEWER))
    done = execute(strong, commands.disable_member, DisableMember(*the_member(house, "Mia Manager")))
    assert read(house.owner, queries.member, done.member_id).status is MemberStatus.DISABLED
    owner = read(house.owner, queries.member, house.owner_member_id)
    with pytest.raises(PermissionDenied):
        execute(strong, commands.disable_member, DisableMember(owner.id, owner.version))


def test_a_key_changes_the_house_only_with_both_scopes(house: TestHouse) -> None:
    now = read(house.owner, queries.house_settings)
    given = ChangeHouse(now.version, "Maison Neuve", now.base_currency, now.timezone, now.locale)
    with pytest.raises(PermissionDenied) as refused:
        execute(by_key(house, "house.write"), commands.change_house, given)
    assert refused.value.permission == "team.manage"
    execute(by_key_named(house, "house.write", "team.manage"), commands.change_house, given)
    assert read(house.owner, queries.house_settings).name == "Maison Neuve"


@pytest.mark.parametrize(("scopes", "role"), [
    (frozenset({Permission.TEAM_MANAGE}), Role.VIEWER),
    (ROLE_PERMISSIONS[Role.MEMBER], Role.MEMBER),
    (ROLE_PERMISSIONS[Role.MANAGER] - {Permission.CONTACTS_READ}, Role.VIEWER),
    (frozenset(Permission), Role.ADMIN),
])  # fmt: skip
def test_a_key_s_rights_are_its_scopes(scopes: frozenset[Permission], role: Role) -> None:
    rights = rules.rights_of_key(scopes)
    assert (rights.permissions, rights.role) == (scopes, role)


def test_a_rotated_key_keeps_what_it_made(house: TestHouse) -> None:
    """Its secret changes, not who it is."""
    key_id, _ = make(house.owner, *KEYS, "events.read", name="Manager")
    fresh = rotate(house.owner, key_id, 1)
    read(entering(make(entering(fresh))[1]), event_queries.events)
