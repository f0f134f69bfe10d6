"""Links for a new password: who may make them for whom, what they open, that they work once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.kernel.credentials import MemberCredential, OperatorCredential, hash_token, new_token
from eventos_core.kernel.errors import (
    EventOSError,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    NotSignedIn,
    PermissionDenied,
)
from eventos_core.kernel.permissions import Role
from eventos_core.operations import audit
from eventos_core.operations.audit import AuditFilter
from eventos_core.tenancy import commands, identity, password_links, passwords, queries
from eventos_core.tenancy.commands import InviteMember, MakePasswordLink
from tests import support
from tests.support import PASSWORD, Database, TestHouse

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]
NEW = "another horse battery"


def person_of(credential: MemberCredential) -> identity.Person:
    found = identity.session(credential.token_hash, credential.house)
    assert found is not None
    return found


def member_id(credential: MemberCredential) -> int:
    return next(h.member_id for h in person_of(credential).houses if h.slug == credential.house)


def link(who: MemberCredential | OperatorCredential, for_member: int) -> str:
    token = new_token()
    execute(who, commands.make_password_link, MakePasswordLink(for_member, hash_token(token)))
    return token


def opens(email: str, password: str) -> bool:
    row = identity.sign_in_row(email)
    return row is not None and row.password_hash is not None and passwords.verify_password(password, row.password_hash)


def join_too(house: TestHouse, who: MemberCredential) -> None:
    """The person comes to belong to `house` as well, with the login they have."""
    person, token = person_of(who), new_token()
    given = InviteMember(person.email, person.name, Role.MEMBER, hash_token(token))
    execute(house.owner, commands.invite_member, given)
    identity.accept_invitation(token, person.name, None, who.token_hash)


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    """`work` in that many threads that start together; results and exceptions."""
    barrier, found = threading.Barrier(count), []

    def run() -> None:
        barrier.wait()
        try:
            found.append(work())
        except EventOSError as error:
            found.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_link_of_an_admin_sets_the_password_and_ends_every_sign_in(house: TestHouse) -> None:
    ana = house.member(name="Ana Keller")
    person = person_of(ana)
    other = support.sign_in(person.user_id)
    token = link(house.member(Role.ADMIN), member_id(ana))
    found = password_links.opened(token)
    assert found is not None
    assert (found.email, found.name) == (person.email, person.name)
    password_links.set_password(token, NEW)
    assert opens(person.email, NEW)
    assert not opens(person.email, PASSWORD)
    assert identity.session(ana.token_hash) is None
    assert identity.session(hash_token(other)) is None
    assert identity.session(house.owner.token_hash) is not None


def test_link_works_once_and_a_newer_one_ends_it(house: TestHouse) -> None:
    member = member_id(house.member(name="Ben Adler"))
    first = link(house.owner, member)
    second = link(house.owner, member)
    assert password_links.opened(first) is None
    password_links.set_password(second, NEW)
    assert password_links.opened(second) is None
    with pytest.raises(NotFound):
        password_links.set_password(second, PASSWORD)


def test_two_uses_at_once_set_one_password(house: TestHouse) -> None:
    ana = house.member(name="Ana Keller")
    email = person_of(ana).email
    token = link(house.owner, member_id(ana))
    wanted = iter([f"password number {number}" for number in range(4)])
    lock = threading.Lock()

    def use() -> str:
        with lock:
            mine = next(wanted)
        password_links.set_password(token, mine)
        return mine

    found = at_once(4, use)
    won = [each for each in found if isinstance(each, str)]
    assert len(won) == 1
    assert opens(email, won[0])
    assert all(isinstance(each, NotFound | NotSignedIn) for each in found if not isinstance(each, str))


def test_weak_password_leaves_the_link_open(house: TestHouse) -> None:
    token = link(house.owner, member_id(house.member(name="Cleo Marchand")))
    with pytest.raises(InvalidInput):
        password_links.set_password(token, "short")
    assert password_links.opened(token) is not None


def test_ended_link_opens_nothing(house: TestHouse, database: Database) -> None:
    token = link(house.owner, member_id(house.member(name="Dora Lang")))
    with database.as_login("migrator") as connection:
        connection.execute(
            "update one_time_tokens set created_at = now() - interval '2 days',"
            " expires_at = now() - interval '1 second' where token_hash = %s",
            [hash_token(token)],
        )
    assert password_links.opened(token) is None
    with pytest.raises(NotFound):
        password_links.set_password(token, NEW)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.VIEWER])
def test_who_does_not_manage_the_team_makes_no_link(house: TestHouse, role: Role) -> None:
    target = member_id(house.member(name="Eva Stein"))
    with pytest.raises(PermissionDenied):
        link(house.member(role), target)


def test_nobody_makes_a_link_for_who_may_do_more(house: TestHouse) -> None:
    """The link opens the other's rights to whoever holds it."""
    admin = house.member(Role.ADMIN)
    with pytest.raises(PermissionDenied):
        link(admin, house.owner_member_id)
    stronger = house.member(Role.ADMIN, grants=("account.manage",), name="Strong Admin")
    with pytest.raises(PermissionDenied):
        link(admin, member_id(stronger))
    token = link(house.owner, member_id(stronger))
    assert password_links.opened(token) is not None


def test_nobody_makes_a_link_for_themselves_or_for_who_is_disabled(house: TestHouse) -> None:
    with pytest.raises(NotAllowedNow):
        link(house.owner, house.owner_member_id)
    gone = member_id(house.member(name="Gone Already"))
    version = read(house.owner, queries.member, gone).version
    execute(house.owner, commands.disable_member, commands.DisableMember(gone, version))
    with pytest.raises(NotAllowedNow):
        link(house.owner, gone)


def test_login_that_another_house_shares_is_nobodys_to_change(two_houses: TwoHouses) -> None:
    first, second = two_houses
    shared = first.member(name="Shared Person")
    join_too(second, shared)
    for house in two_houses:
        who = MemberCredential(shared.token_hash, house.slug)
        with pytest.raises(NotAllowedNow):
            link(house.owner, member_id(who))
    assert opens(person_of(shared).email, PASSWORD)


def test_link_ends_when_another_house_comes_to_share_the_login(two_houses: TwoHouses) -> None:
    first, second = two_houses
    shared = first.member(name="Later Shared")
    token = link(first.owner, member_id(shared))
    join_too(second, shared)
    assert password_links.opened(token) is None
    with pytest.raises(NotFound):
        password_links.set_password(token, NEW)


def test_member_of_the_other_house_is_not_found(two_houses: TwoHouses) -> None:
    first, second = two_houses
    with pytest.raises(NotFound):
        link(second.owner, member_id(first.member(name="Only Here")))


def test_operator_helps_a_shared_login_too(two_houses: TwoHouses) -> None:
    first, second = two_houses
    shared = first.member(name="Helped By Operator")
    email = person_of(shared).email
    join_too(second, shared)
    password_links.set_password(link(first.operator, member_id(shared)), NEW)
    assert opens(email, NEW)


def test_making_and_using_a_link_are_audited_without_secrets(house: TestHouse) -> None:
    ana = house.member(name="Ana Keller")
    member = member_id(ana)
    token = link(house.owner, member)
    password_links.set_password(token, NEW)
    for action, actor in (("password_link", "Claire Aurore"), ("password_set", "Ana Keller")):
        found = read(house.owner, audit.entries, AuditFilter(action=action)).frame
        assert len(found) == 1
        entry = read(house.owner, audit.entry, int(found["id"].iloc[0]))
        assert entry.row_id == str(member)
        assert entry.actor == actor
        told = str(entry)
        assert token not in told
        assert hash_token(token).hex() not in told
        assert "$2" not in told


def test_new_password_forgives_the_tries_before_it(house: TestHouse) -> None:
    email = person_of(ana := house.member(name="Tried Often")).email
    for _ in range(5):
        identity.record_attempt(email, "192.0.2.9", False, "wrong_password")
    assert identity.lockout(email, None) is not None
    password_links.set_password(link(house.owner, member_id(ana)), NEW)
    assert identity.lockout(email, None) is None
