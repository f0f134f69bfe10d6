"""The second factor on a real database: enrolment, codes that work once, recovery, limits, the house's demand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential, hash_token
from eventos_core.kernel.errors import (
    InvalidInput,
    NotAllowedNow,
    NotFound,
    NotSignedIn,
    PermissionDenied,
    RateLimited,
    SecondFactorDemanded,
    SetupError,
)
from eventos_core.kernel.permissions import Role
from eventos_core.operations import audit, encryption
from eventos_core.operations.audit import AuditFilter
from eventos_core.operations.encryption import Place
from eventos_core.tenancy import codes, commands, identity, queries, second_factor
from eventos_core.tenancy.commands import DemandSecondFactor, ResetSecondFactor
from tests import support
from tests.support import PASSWORD, Database, TestHouse
from tests.tenancy.test_password_links import at_once, join_too, member_id, person_of

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]


@dataclass
class Enrolled:
    """A member with a second factor; `next_code` is one that was not used yet."""

    credential: MemberCredential
    user_id: int
    secret: str
    recovery: tuple[str, ...]
    step: int

    def next_code(self) -> str:
        self.step += 1
        return codes.code_at(self.secret, self.step)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> dt.datetime:
    """A clock that stands still, so that no code ends while a test looks at it."""
    moment = clock.now()
    monkeypatch.setattr(second_factor.clock, "now", lambda: moment)
    return moment


@pytest.fixture
def ana(house: TestHouse, now: dt.datetime) -> Enrolled:
    return enrolled(house.member(name="Ana Keller"), now)


def enrolled(credential: MemberCredential, now: dt.datetime) -> Enrolled:
    """Enrols with the oldest code that still counts; two newer ones are left for signing in."""
    secret = codes.new_secret()
    step = int(now.timestamp()) // codes.STEP_SECONDS - codes.DRIFT
    recovery = second_factor.enrol(credential.token_hash, PASSWORD, secret, codes.code_at(secret, step))
    return Enrolled(credential, person_of(credential).user_id, secret, recovery, step)


def signed_in(house: TestHouse, ticket: str) -> MemberCredential:
    return MemberCredential(hash_token(identity.redeem_ticket(ticket, "127.0.0.1", "tests")), house.slug)


def actions(house: TestHouse, action: str) -> int:
    return len(read(house.owner, audit.entries, AuditFilter(action=action)).frame)


def test_enrolment_ends_the_other_sign_ins_and_is_audited(house: TestHouse, now: dt.datetime) -> None:
    credential = house.member(name="Ben Adler")
    other = support.sign_in(person_of(credential).user_id)
    made = enrolled(credential, now)
    assert len(made.recovery) == 10
    assert identity.session(credential.token_hash) is not None
    assert identity.session(hash_token(other)) is None
    factor = second_factor.own(credential.token_hash)
    assert factor.since is not None
    assert factor.recovery_codes == 10
    assert actions(house, "second_factor_on") == 1


def test_enrolment_needs_password_and_code(house: TestHouse, now: dt.datetime) -> None:
    credential, secret = house.member(name="Cleo Marchand"), codes.new_secret()
    code = codes.code_at(secret, int(now.timestamp()) // 30)
    with pytest.raises(InvalidInput) as wrong:
        second_factor.enrol(credential.token_hash, "not the password", secret, code)
    assert set(wrong.value.fields) == {"old"}
    with pytest.raises(InvalidInput) as wrong:
        second_factor.enrol(credential.token_hash, PASSWORD, secret, "000000" if code != "000000" else "000001")
    assert set(wrong.value.fields) == {"code"}
    assert second_factor.own(credential.token_hash).since is None


def test_second_enrolment_changes_nothing(ana: Enrolled, now: dt.datetime) -> None:
    with pytest.raises(NotAllowedNow):
        enrolled(ana.credential, now)
    assert second_factor.ticket(ana.user_id, ana.next_code()) is not None


def test_password_alone_opens_nothing(ana: Enrolled) -> None:
    assert second_factor.demanded_of(ana.user_id)
    with pytest.raises(NotSignedIn):
        identity.redeem_ticket(identity.issue_session_ticket(ana.user_id), "127.0.0.1", "tests")


def test_code_signs_in_once(house: TestHouse, ana: Enrolled) -> None:
    code = ana.next_code()
    ticket = second_factor.ticket(ana.user_id, code)
    assert ticket is not None
    assert person_of(signed_in(house, ticket)).user_id == ana.user_id
    assert second_factor.ticket(ana.user_id, code) is None


def test_code_of_an_earlier_step_is_spent_with_the_later_one(ana: Enrolled) -> None:
    earlier, later = ana.next_code(), ana.next_code()
    assert second_factor.ticket(ana.user_id, later) is not None
    assert second_factor.ticket(ana.user_id, earlier) is None


def test_code_of_the_enrolment_signs_nobody_in(ana: Enrolled) -> None:
    assert second_factor.ticket(ana.user_id, codes.code_at(ana.secret, ana.step)) is None


def test_same_code_at_once_signs_in_once(ana: Enrolled) -> None:
    code = ana.next_code()
    found = at_once(4, lambda: second_factor.ticket(ana.user_id, code))
    assert len([ticket for ticket in found if isinstance(ticket, str)]) == 1
    assert found.count(None) == 3


def test_same_recovery_code_at_once_signs_in_once(ana: Enrolled) -> None:
    found = at_once(4, lambda: second_factor.ticket(ana.user_id, ana.recovery[0]))
    assert len([ticket for ticket in found if isinstance(ticket, str)]) == 1
    assert second_factor.own(ana.credential.token_hash).recovery_codes == 9


def test_recovery_code_signs_in_once_and_is_audited(house: TestHouse, ana: Enrolled) -> None:
    ticket = second_factor.ticket(ana.user_id, ana.recovery[3].lower())
    assert ticket is not None
    signed_in(house, ticket)
    assert second_factor.ticket(ana.user_id, ana.recovery[3]) is None
    assert second_factor.ticket(ana.user_id, ana.recovery[4]) is not None
    assert actions(house, "recovery_code_used") == 2


def test_codes_of_somebody_else_are_wrong(house: TestHouse, ana: Enrolled, now: dt.datetime) -> None:
    other = enrolled(house.member(name="Other Person"), now)
    assert second_factor.ticket(ana.user_id, other.next_code()) is None
    assert second_factor.ticket(ana.user_id, other.recovery[0]) is None
    assert second_factor.own(other.credential.token_hash).recovery_codes == 10


def test_five_wrong_codes_close_the_door_and_a_good_one_before_forgives(ana: Enrolled) -> None:
    for _ in range(4):
        assert second_factor.ticket(ana.user_id, "AAAA-AAAA-AAAA-AAAA") is None
    assert second_factor.ticket(ana.user_id, ana.next_code()) is not None
    for _ in range(5):
        assert second_factor.ticket(ana.user_id, "AAAA-AAAA-AAAA-AAAA") is None
    with pytest.raises(RateLimited):
        second_factor.ticket(ana.user_id, ana.next_code())


def test_guesses_at_once_are_counted_before_they_are_looked_at(ana: Enrolled) -> None:
    found = at_once(12, lambda: second_factor.ticket(ana.user_id, "AAAA-AAAA-AAAA-AAAA"))
    assert found.count(None) == 5
    assert len([each for each in found if isinstance(each, RateLimited)]) == 7


def test_limit_ends_with_its_window(ana: Enrolled, database: Database) -> None:
    for _ in range(5):
        second_factor.ticket(ana.user_id, "AAAA-AAAA-AAAA-AAAA")
    with pytest.raises(RateLimited):
        second_factor.ticket(ana.user_id, ana.recovery[0])
    with database.as_login("migrator") as connection:
        connection.execute("update rate_limits set window_start = window_start - interval '15 minutes'")
    assert second_factor.ticket(ana.user_id, ana.recovery[0]) is not None


def test_new_recovery_codes_end_the_old_ones(ana: Enrolled) -> None:
    with pytest.raises(InvalidInput):
        second_factor.renew_recovery_codes(ana.credential.token_hash, "not the password")
    fresh = second_factor.renew_recovery_codes(ana.credential.token_hash, PASSWORD)
    assert not set(fresh) & set(ana.recovery)
    assert second_factor.ticket(ana.user_id, ana.recovery[0]) is None
    assert second_factor.ticket(ana.user_id, fresh[0]) is not None


def test_switching_off_needs_the_password(house: TestHouse, ana: Enrolled) -> None:
    with pytest.raises(InvalidInput):
        second_factor.switch_off(ana.credential.token_hash, "not the password")
    second_factor.switch_off(ana.credential.token_hash, PASSWORD)
    assert not second_factor.demanded_of(ana.user_id)
    assert identity.redeem_ticket(identity.issue_session_ticket(ana.user_id), None, None)
    assert second_factor.ticket(ana.user_id, ana.next_code()) is None
    assert actions(house, "second_factor_off") == 1
    with pytest.raises(NotAllowedNow):
        second_factor.renew_recovery_codes(ana.credential.token_hash, PASSWORD)


def test_own_password_is_guessed_ten_times_at_most(house: TestHouse) -> None:
    credential = house.member(name="Guessed At")
    for _ in range(10):
        with pytest.raises(InvalidInput):
            identity.confirm_password(credential.token_hash, "not the password")
    with pytest.raises(RateLimited):
        identity.confirm_password(credential.token_hash, PASSWORD)


def test_secret_is_sealed_for_its_person(ana: Enrolled, database: Database) -> None:
    with database.as_login("migrator") as connection:
        row = connection.execute(
            "select totp_secret, recovery_code_hashes from user_credentials where user_id = %s", [ana.user_id]
        ).fetchone()
    assert row is not None
    sealed = bytes(row[0])
    assert ana.secret.encode() not in sealed
    assert encryption.keyring().decrypt(Place(0, "user_credentials", "totp_secret", ana.user_id), sealed) == ana.secret
    with pytest.raises(SetupError):
        encryption.keyring().decrypt(Place(0, "user_credentials", "totp_secret", ana.user_id + 1), sealed)
    assert [bytes(stored) for stored in row[1]] == [codes.recovery_hash(code) for code in ana.recovery]


def test_rotation_seals_the_secret_under_the_newest_key(ana: Enrolled, database: Database) -> None:
    encryption.add_key()
    assert second_factor.rotate() >= 1
    assert second_factor.rotate() == 0
    assert second_factor.ticket(ana.user_id, ana.next_code()) is not None


def test_house_that_demands_a_second_factor_admits_nobody_without(two_houses: TwoHouses, now: dt.datetime) -> None:
    house, other = two_houses
    ben = house.member(name="Ben Adler")
    join_too(other, ben)
    enrolled(house.owner, now)
    execute(house.owner, commands.demand_second_factor, DemandSecondFactor(True))
    with pytest.raises(SecondFactorDemanded):
        read(ben, queries.team)
    assert len(read(MemberCredential(ben.token_hash, other.slug), queries.team)) == 2
    assert second_factor.own(ben.token_hash).demanded_by == ("Maison Aurore",)
    assert read(house.owner, queries.house_settings).demands_second_factor
    made = enrolled(ben, now)
    assert len(read(ben, queries.team)) == 2
    second_factor.switch_off(ben.token_hash, PASSWORD)
    with pytest.raises(SecondFactorDemanded):
        read(ben, queries.team)
    assert made.recovery
    execute(house.owner, commands.demand_second_factor, DemandSecondFactor(False))
    assert len(read(ben, queries.team)) == 2


def test_sign_in_with_the_code_enters_a_house_that_demands_it(
    house: TestHouse, ana: Enrolled, now: dt.datetime
) -> None:
    enrolled(house.owner, now)
    execute(house.owner, commands.demand_second_factor, DemandSecondFactor(True))
    ticket = second_factor.ticket(ana.user_id, ana.next_code())
    assert ticket is not None
    assert len(read(signed_in(house, ticket), queries.team)) == 2


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.MEMBER, Role.VIEWER])
def test_only_owners_demand_a_second_factor(house: TestHouse, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        execute(house.member(role), commands.demand_second_factor, DemandSecondFactor(True))
    assert not read(house.owner, queries.house_settings).demands_second_factor


def test_admin_resets_a_lost_second_factor_and_its_sign_ins_end(house: TestHouse, ana: Enrolled) -> None:
    member = member_id(ana.credential)
    logins = read(house.owner, queries.member_logins)
    assert logins[member].has_second_factor
    assert logins[member].ours_alone
    for _ in range(5):
        second_factor.ticket(ana.user_id, "AAAA-AAAA-AAAA-AAAA")
    execute(house.member(Role.ADMIN), commands.reset_second_factor, ResetSecondFactor(member))
    assert identity.session(ana.credential.token_hash) is None
    assert not second_factor.demanded_of(ana.user_id)
    assert not read(house.owner, queries.member_logins)[member].has_second_factor
    assert actions(house, "second_factor_reset") == 1
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.reset_second_factor, ResetSecondFactor(member))


def test_reset_is_refused_as_a_password_link_is(two_houses: TwoHouses, ana: Enrolled, now: dt.datetime) -> None:
    house, other = two_houses
    member = member_id(ana.credential)
    for role in (Role.MANAGER, Role.MEMBER, Role.VIEWER):
        with pytest.raises(PermissionDenied):
            execute(house.member(role), commands.reset_second_factor, ResetSecondFactor(member))
    with pytest.raises(NotFound):
        execute(other.owner, commands.reset_second_factor, ResetSecondFactor(member))
    enrolled(house.owner, now)
    with pytest.raises(PermissionDenied):
        execute(house.member(Role.ADMIN), commands.reset_second_factor, ResetSecondFactor(house.owner_member_id))
    join_too(other, ana.credential)
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.reset_second_factor, ResetSecondFactor(member))
    assert not read(house.owner, queries.member_logins)[member].ours_alone
    assert second_factor.demanded_of(ana.user_id)


def test_logins_of_members_are_told_to_who_manages_the_team_only(two_houses: TwoHouses) -> None:
    house, other = two_houses
    house.member(name="Only Here")
    assert set(read(other.owner, queries.member_logins)) == {other.owner_member_id}
    with pytest.raises(PermissionDenied):
        read(house.member(Role.MANAGER), queries.member_logins)


def test_all_other_sign_ins_end_at_once(house: TestHouse) -> None:
    credential = house.member(name="Many Browsers")
    user_id = person_of(credential).user_id
    others = [hash_token(support.sign_in(user_id)) for _ in range(3)]
    assert identity.end_other_sessions(credential.token_hash) == 3
    assert [identity.session(other) for other in others] == [None, None, None]
    assert identity.session(credential.token_hash) is not None
    assert identity.session(house.owner.token_hash) is not None
    assert identity.end_other_sessions(others[0]) == 0
