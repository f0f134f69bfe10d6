"""Team commands on a real database, as the app's own login: invitations, rights, disabling, the last owner."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from eventos_core.db import facts
from eventos_core.db.registry import execute, read
from eventos_core.db.session import TenantSession
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel.credentials import MemberCredential, hash_token, new_token
from eventos_core.kernel.errors import (
    AlreadyExists,
    EditConflict,
    EventOSError,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    NotSignedIn,
    PermissionDenied,
)
from eventos_core.kernel.facts import HouseFounded, MemberJoined
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.operations import audit
from eventos_core.operations.audit import AuditFilter
from eventos_core.tenancy import commands, identity, queries
from eventos_core.tenancy.commands import ChangeRights, DescribeMember, DisableMember, InviteMember, RestoreMember
from tests import support
from tests.support import PASSWORD, Database, TestHouse

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]


def invite(who: MemberCredential, email: str = "ana@example.org", **more: Any) -> tuple[int, str]:
    token = new_token()
    given = {"email": email, "display_name": "Ana Keller", "role": Role.MEMBER, "token_hash": hash_token(token), **more}
    return execute(who, commands.invite_member, InviteMember(**given)).member_id, token


def member_of(house: TestHouse, member_id: int) -> queries.Member:
    return read(house.owner, queries.member, member_id)


def id_of(house: TestHouse, credential: MemberCredential) -> int:
    person = identity.session(credential.token_hash, house.slug)
    assert person is not None
    return next(h.member_id for h in person.houses if h.slug == house.slug)


def test_invited_person_joins_with_the_rights_given(house: TestHouse) -> None:
    member_id, token = invite(house.owner, "join@example.org", preset="sales", role=Role.MEMBER,
                              grants=("sales.write", "contacts.merge", "imports.run", "contacts.export"))  # fmt: skip
    assert member_of(house, member_id).status is MemberStatus.INVITED
    identity.accept_invitation(token, "Ana Keller", PASSWORD)
    joined = member_of(house, member_id)
    assert joined.status is MemberStatus.ACTIVE
    assert joined.preset == "sales"
    assert Permission.SALES_WRITE in joined.rights.permissions


def test_invitation_is_seen_by_its_own_house_only(two_houses: TwoHouses) -> None:
    first, second = two_houses
    member_id, _ = invite(first.owner, f"only@{first.slug}.example")
    assert member_id in set(read(first.owner, queries.team)["id"])
    assert len(read(second.owner, queries.team)) == 1
    with pytest.raises(NotFound):
        read(second.owner, queries.member, member_id)
    for command, given in (
        (commands.disable_member, DisableMember(member_id, 1)),
        (commands.change_rights, ChangeRights(member_id, 1, Role.VIEWER)),
        (commands.revoke_invitation, commands.RevokeInvitation(member_id)),
        (commands.renew_invitation, commands.RenewInvitation(member_id, hash_token(new_token()))),
    ):
        with pytest.raises(NotFound):
            execute(second.owner, command, given)


def test_same_address_may_be_invited_to_both_houses(two_houses: TwoHouses) -> None:
    email = f"both@{two_houses[0].slug}.example"
    tokens = [invite(house.owner, email)[1] for house in two_houses]
    user = identity.accept_invitation(tokens[0], "Ana", PASSWORD)
    with pytest.raises(NotSignedIn):
        identity.accept_invitation(tokens[1], "Ana", "another long password")
    session = hash_token(identity.redeem_ticket(identity.issue_session_ticket(user), None, None))
    assert identity.accept_invitation(tokens[1], "", None, session) == user


def test_one_invitation_an_address(house: TestHouse) -> None:
    invite(house.owner, "twice@example.org")
    with pytest.raises(AlreadyExists):
        invite(house.owner, " TWICE@example.org ")
    with pytest.raises(AlreadyExists):
        invite(house.owner, house.owner_email)


def test_link_used_twice_at_once_lets_one_in(house: TestHouse) -> None:
    member_id, token = invite(house.owner, "race@example.org")
    outcomes = at_once(
        lambda: identity.accept_invitation(token, "First", PASSWORD),
        lambda: identity.accept_invitation(token, "Second", PASSWORD),
    )
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, EventOSError) for outcome in outcomes) == 1
    assert member_of(house, member_id).status is MemberStatus.ACTIVE


def test_renewed_link_ends_the_older_one(house: TestHouse) -> None:
    member_id, old = invite(house.owner, "renew@example.org")
    new = new_token()
    execute(house.owner, commands.renew_invitation, commands.RenewInvitation(member_id, hash_token(new)))
    assert identity.invitation(old) is None
    assert identity.invitation(new) is not None


def test_withdrawn_link_opens_nothing_and_leaves_a_placeholder(house: TestHouse) -> None:
    member_id, token = invite(house.owner, "withdrawn@example.org")
    execute(house.owner, commands.revoke_invitation, commands.RevokeInvitation(member_id))
    assert identity.invitation(token) is None
    assert member_of(house, member_id).status is MemberStatus.PLACEHOLDER
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.revoke_invitation, commands.RevokeInvitation(member_id))
    fresh = new_token()
    execute(house.owner, commands.renew_invitation, commands.RenewInvitation(member_id, hash_token(fresh)))
    identity.accept_invitation(fresh, "Ana", PASSWORD)


def test_renewing_with_a_colleagues_address_is_refused(house: TestHouse) -> None:
    member_id, _ = invite(house.owner, "address@example.org")
    with pytest.raises(AlreadyExists):
        given = commands.RenewInvitation(member_id, hash_token(new_token()), house.owner_email)
        execute(house.owner, commands.renew_invitation, given)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.MANAGER])
def test_below_admin_nobody_manages_the_team(house: TestHouse, role: Role) -> None:
    who = house.member(role)
    for command, given in (
        (commands.invite_member, InviteMember("x@example.org", "X", Role.VIEWER, hash_token(new_token()))),
        (commands.change_rights, ChangeRights(house.owner_member_id, 1, Role.VIEWER)),
        (commands.describe_member, DescribeMember(house.owner_member_id, 1, "Other")),
        (commands.disable_member, DisableMember(house.owner_member_id, 1)),
        (commands.restore_member, RestoreMember(house.owner_member_id, 1)),
        (commands.revoke_invitation, commands.RevokeInvitation(house.owner_member_id)),
    ):
        with pytest.raises(PermissionDenied):
            execute(who, command, given)
    with pytest.raises(PermissionDenied):
        read(who, queries.failed_sign_ins)
    assert not read(who, queries.team).empty


def test_granted_manager_cannot_give_what_they_lack(house: TestHouse) -> None:
    manager = house.member(Role.MANAGER, grants=("team.manage",))
    invite(manager, "below@example.org", role=Role.MEMBER)
    with pytest.raises(PermissionDenied):
        invite(manager, "above@example.org", role=Role.ADMIN)
    with pytest.raises(PermissionDenied, match=r"pay\.read"):
        invite(manager, "pay@example.org", role=Role.VIEWER, grants=("pay.read",))


def test_admin_cannot_touch_an_owner(house: TestHouse) -> None:
    admin = house.member(Role.ADMIN)
    owner = member_of(house, house.owner_member_id)
    for command, given in (
        (commands.change_rights, ChangeRights(owner.id, owner.version, Role.ADMIN)),
        (commands.disable_member, DisableMember(owner.id, owner.version)),
        (commands.describe_member, DescribeMember(owner.id, owner.version, "Nobody")),
    ):
        with pytest.raises(PermissionDenied):
            execute(admin, command, given)


def test_refusals_and_changes_of_rights_are_audited(house: TestHouse) -> None:
    admin = house.member(Role.ADMIN)
    with pytest.raises(PermissionDenied):
        invite(admin, "owner2@example.org", role=Role.OWNER)
    denied = read(house.owner, audit.entries, AuditFilter(action="denied")).frame
    assert list(denied["row_id"]) == ["invite_member"]
    target = member_of(house, id_of(house, house.member(Role.VIEWER)))
    execute(house.owner, commands.change_rights, ChangeRights(target.id, target.version, Role.MANAGER))
    changed = read(house.owner, audit.entries, AuditFilter(action="role_change")).frame
    assert list(changed["row_id"]) == [str(target.id)]


def test_a_refusal_while_joining_is_audited_and_the_link_stays_open(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler of a higher domain may ask for a permission that the new member lacks."""

    def refuse(db: TenantSession, fact: MemberJoined) -> None:
        raise PermissionDenied("Not you.", permission="events.write", action="greet_member")

    member_id, token = invite(house.owner, "new@example.org")
    with monkeypatch.context() as patch:
        patch.setitem(facts._handlers, MemberJoined, [refuse])
        with pytest.raises(PermissionDenied):
            identity.accept_invitation(token, "New Person", PASSWORD)
    denied = read(house.owner, audit.entries, AuditFilter(action="denied")).frame
    assert list(denied["row_id"]) == ["greet_member"]
    assert member_of(house, member_id).status is MemberStatus.INVITED
    assert identity.accept_invitation(token, "New Person", PASSWORD)


def test_a_refusal_while_founding_leaves_no_house_and_a_line_in_the_log(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(db: TenantSession, fact: HouseFounded) -> None:
        raise PermissionDenied("Not you.", permission="events.write", action="furnish")

    monkeypatch.setitem(facts._handlers, HouseFounded, [refuse])
    with pytest.raises(PermissionDenied):
        support.found_house("Maison Refusée", "maison-refusee")
    assert "Denied furnish, which needs events.write" in caplog.text
    assert "maison-refusee" not in {house["slug"] for house in identity.houses(identity.open_operator_session())}


def test_changed_rights_hold_from_the_next_action(house: TestHouse) -> None:
    who = house.member(Role.ADMIN, name="For a while")
    target = member_of(house, id_of(house, who))
    read(who, queries.failed_sign_ins)
    execute(house.owner, commands.change_rights, ChangeRights(target.id, target.version, Role.VIEWER))
    with pytest.raises(PermissionDenied):
        read(who, queries.failed_sign_ins)


def test_disabled_member_is_out_at_once_and_back_when_restored(house: TestHouse) -> None:
    who = house.member(Role.MEMBER, name="In and out")
    member_id = id_of(house, who)
    execute(house.owner, commands.disable_member, DisableMember(member_id, member_of(house, member_id).version))
    with pytest.raises(NotFound):
        read(who, queries.team)
    assert member_id not in set(read(house.owner, queries.team)["id"])
    assert member_id in set(read(house.owner, queries.team, include_disabled=True)["id"])
    execute(house.owner, commands.restore_member, RestoreMember(member_id, member_of(house, member_id).version))
    assert not read(who, queries.team).empty


def test_disabling_withdraws_an_open_invitation(house: TestHouse) -> None:
    member_id, token = invite(house.owner, "disabled@example.org")
    execute(house.owner, commands.disable_member, DisableMember(member_id, 1))
    assert identity.invitation(token) is None
    version = member_of(house, member_id).version
    execute(house.owner, commands.restore_member, RestoreMember(member_id, version))
    assert member_of(house, member_id).status is MemberStatus.PLACEHOLDER


def test_last_owner_stays(house: TestHouse) -> None:
    owner = member_of(house, house.owner_member_id)
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.change_rights, ChangeRights(owner.id, owner.version, Role.ADMIN))
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.disable_member, DisableMember(owner.id, owner.version))


def test_invited_owner_is_no_owner_yet(house: TestHouse) -> None:
    invite(house.owner, "second-owner@example.org", role=Role.OWNER)
    owner = member_of(house, house.owner_member_id)
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.disable_member, DisableMember(owner.id, owner.version))


@pytest.mark.parametrize("how", ["demote", "disable"])
def test_two_owners_removing_each_other_at_once_leave_one(house: TestHouse, how: str) -> None:
    other = house.member(Role.OWNER, name="Other owner")
    first, second = member_of(house, house.owner_member_id), member_of(house, id_of(house, other))

    def remove(who: MemberCredential, whom: queries.Member) -> Any:
        if how == "demote":
            return execute(who, commands.change_rights, ChangeRights(whom.id, whom.version, Role.ADMIN))
        return execute(who, commands.disable_member, DisableMember(whom.id, whom.version))

    outcomes = at_once(lambda: remove(house.owner, second), lambda: remove(other, first))
    done = [outcome for outcome in outcomes if isinstance(outcome, commands.MemberChanged)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, EventOSError)]
    assert (len(done), len(refused)) == (1, 1)
    survivor = house.owner if done[0].member_id == second.id else other
    team = read(survivor, queries.team)
    assert list(team.loc[team["role"] == "owner", "status"]) == ["active"]


def test_demoted_meanwhile_an_owner_cannot_make_owners(house: TestHouse, database: Database) -> None:
    """Who waits for the team's lock while being demoted acts with the rights of afterwards."""
    other = house.member(Role.OWNER, name="Late owner")
    late = member_of(house, id_of(house, other))
    target = member_of(house, id_of(house, house.member(Role.VIEWER, name="Favourite")))
    with database.as_login("app") as connection:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('team:' || %s::text, 0))", [house.account_id])
        given = ChangeRights(target.id, target.version, Role.OWNER)
        waiting = Waiting(lambda: execute(other, commands.change_rights, given))
        wait_until_blocked(database)
        with database.as_login("migrator", autocommit=True) as raw:
            raw.execute("update account_users set role = 'viewer' where account_id = %s and id = %s",
                        [house.account_id, late.id])  # fmt: skip
    assert isinstance(waiting.outcome(), PermissionDenied)


def test_stale_version_is_a_conflict_with_both_sides(house: TestHouse) -> None:
    target = member_of(house, id_of(house, house.member(Role.MEMBER, name="Edited twice")))
    execute(house.owner, commands.describe_member, DescribeMember(target.id, target.version, "By one"))
    with pytest.raises(EditConflict) as conflict:
        execute(house.owner, commands.describe_member, DescribeMember(target.id, target.version, "By two"))
    assert conflict.value.theirs["display_name"] == "By one"
    assert conflict.value.mine["display_name"] == "By two"


@pytest.mark.parametrize(
    ("field", "given"),
    [("email", {"email": "nobody"}), ("display_name", {"display_name": "  "}), ("grants", {"grants": ("no.such",)}),
     ("preset", {"preset": "queen"})],
)  # fmt: skip
def test_wrong_input_is_told_at_its_field(house: TestHouse, field: str, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        invite(house.owner, **{"email": "fields@example.org", **given})
    assert field in refused.value.fields


def test_pressing_twice_invites_once(house: TestHouse) -> None:
    given = InviteMember("once@example.org", "Once", Role.VIEWER, hash_token(new_token()))
    first = execute(house.owner, commands.invite_member, given, idempotency_key="invite-once")
    assert execute(house.owner, commands.invite_member, given, idempotency_key="invite-once") == first
    assert list(read(house.owner, queries.team)["email"]).count("once@example.org") == 1


def test_team_list_costs_two_queries_whatever_its_size(
    house: TestHouse, count_queries: Callable[[Callable[[], Any]], int]
) -> None:
    alone = count_queries(lambda: read(house.owner, queries.team))
    for number in range(5):
        invite(house.owner, f"many{number}@example.org")
    assert alone == count_queries(lambda: read(house.owner, queries.team)) == 2  # entering the house, and the list


class Waiting:
    """Work that goes on in a thread of its own."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._outcome: Any = None
        self._thread = threading.Thread(target=self._run, args=(work,))
        self._thread.start()

    def _run(self, work: Callable[[], Any]) -> None:
        try:
            self._outcome = work()
        except Exception as error:
            self._outcome = error

    def outcome(self) -> Any:
        """What it returned or raised."""
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self._outcome


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment; what each returned or raised."""
    barrier = threading.Barrier(len(works))

    def started(work: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:
            barrier.wait(20)
            return work()

        return run

    return [waiting.outcome() for waiting in [Waiting(started(work)) for work in works]]


def wait_until_blocked(database: Database) -> None:
    """Until some session of this database waits for an advisory lock."""
    waiter = threading.Event()
    for _ in range(400):
        with database.as_login("admin", autocommit=True) as connection:
            row = connection.execute(
                "select count(*) from pg_locks l join pg_database d on d.oid = l.database"
                " where l.locktype = 'advisory' and not l.granted and d.datname = %s",
                [database.name],
            ).fetchone()
        if row and row[0]:
            return
        waiter.wait(0.05)
    raise AssertionError("Nobody waits for the lock.")
