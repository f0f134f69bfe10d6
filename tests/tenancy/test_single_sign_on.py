"""Whom an identity provider's proof stands for: once, fresh, verified, and the same person each time."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.enums.tenancy import SignInMethod
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential, hash_token
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow, NotSignedIn, SecondFactorDemanded
from eventos_core.operations import audit
from eventos_core.operations.audit import AuditFilter
from eventos_core.tenancy import codes, commands, identity, queries, second_factor, single_sign_on
from eventos_core.tenancy.commands import DemandSecondFactor
from tests.support import PASSWORD, Database, TestHouse
from tests.tenancy.test_password_links import at_once, person_of

pytestmark = pytest.mark.database
ISSUER = "https://id.example"
_numbers = itertools.count(1)


def claims(address: str, /, **changed: Any) -> dict[str, Any]:
    """What a provider says of that address now, for the first time."""
    number = next(_numbers)
    said = {
        "iss": ISSUER, "sub": f"subject-{address}", "email": address, "email_verified": True,
        "iat": int(clock.now().timestamp()), "nonce": f"nonce-{number}",
    }  # fmt: skip
    return {name: value for name, value in (said | changed).items() if value is not ...}


def recognise(said: dict[str, Any]) -> single_sign_on.Recognised | None:
    return single_sign_on.recognise(said, "192.0.2.1")


def attempts(who: MemberCredential) -> list[str | None]:
    return [each.reason for each in identity.own_attempts(who.token_hash)]


def test_verified_address_signs_in_and_links_the_identity(house: TestHouse) -> None:
    ana = house.member(name="Ana Keller")
    person = person_of(ana)
    found = recognise(claims(person.email.upper()))
    assert found == single_sign_on.Recognised(person.user_id, person.email, takes_code=False)
    assert single_sign_on.linked_with(ana.token_hash) == ISSUER
    ticket = identity.issue_session_ticket(person.user_id, SignInMethod.SINGLE_SIGN_ON)
    token = hash_token(identity.redeem_ticket(ticket, "192.0.2.1", "tests"))
    current = next(each for each in identity.own_sessions(token) if each.current)
    assert current.method == "single_sign_on"
    assert identity.session(token, house.slug) is not None
    entered = read(house.owner, audit.entries, AuditFilter(action="sign_in")).frame
    newest = read(house.owner, audit.entry, int(entered["id"].iloc[0]))
    assert "single_sign_on" in str(newest)
    linked = read(house.owner, audit.entries, AuditFilter(action="identity_linked")).frame
    assert list(linked["actor"]) == ["Ana Keller"]


def test_proof_counts_once_also_of_two_at_the_same_time(house: TestHouse) -> None:
    said = claims(person_of(house.member(name="Ben Adler")).email)
    found = at_once(4, lambda: recognise(said))
    assert [type(each) for each in found if each is not None] == [single_sign_on.Recognised]
    assert recognise(said) is None
    assert recognise(said | {"nonce": "another sign-in"}) is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"iat": 0}, {"iat": ...}, {"iat": "soon"}, {"iat": 10**30}, {"iss": ...}, {"sub": ""},
        {"iat": int(clock.now().timestamp()) - 700}, {"iat": int(clock.now().timestamp()) + 4000},
    ],
)  # fmt: skip
def test_old_or_incomplete_proof_is_none(house: TestHouse, changed: dict[str, Any]) -> None:
    assert recognise(claims(house.owner_email, **changed)) is None
    assert single_sign_on.linked_with(house.owner.token_hash) is None


@pytest.mark.parametrize("verified", [False, ..., "false", None, 1, "yes"])
def test_unverified_address_is_refused_and_locks_nobody_out(house: TestHouse, verified: Any) -> None:
    """Anybody may claim an address at a provider that does not check it."""
    ana = house.member(name="Ana Keller")
    email = person_of(ana).email
    for _ in range(6):
        with pytest.raises(NotSignedIn, match="does not vouch"):
            recognise(claims(email, email_verified=verified))
    assert attempts(ana) == ["unverified_email"] * 6
    assert identity.lockout(email, None) is None
    assert single_sign_on.linked_with(ana.token_hash) is None


def test_unknown_address_is_refused(house: TestHouse) -> None:
    with pytest.raises(NotSignedIn, match="Nobody here"):
        recognise(claims("nobody@maison-aurore.example"))


@pytest.mark.parametrize("email", ["", ...])
def test_provider_that_names_no_address_is_refused(house: TestHouse, email: Any) -> None:
    with pytest.raises(NotSignedIn, match="does not vouch"):
        recognise(claims("stranger", email=email))


def test_disabled_login_is_refused(house: TestHouse, database: Database) -> None:
    person = person_of(house.member(name="Disabled Login"))
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute("update users set status = 'disabled', disabled_at = now() where id = %s", [person.user_id])
    with pytest.raises(NotAllowedNow, match="disabled"):
        recognise(claims(person.email))


def test_address_given_to_somebody_else_does_not_open_the_login(house: TestHouse) -> None:
    """The provider gave the address to a new person: another subject."""
    ana = house.member(name="Ana Keller")
    email = person_of(ana).email
    assert recognise(claims(email)) is not None
    for other in ({"sub": "somebody new"}, {"iss": "https://other.example"}):
        with pytest.raises(NotAllowedNow, match="another identity"):
            recognise(claims(email, **other))
    single_sign_on.unlink(ana.token_hash, PASSWORD)
    assert recognise(claims(email, sub="somebody new")) is not None


def test_linked_person_stays_the_same_under_another_address(house: TestHouse) -> None:
    person = person_of(house.member(name="Ana Keller"))
    recognise(claims(person.email))
    found = recognise(claims("married@elsewhere.example", sub=f"subject-{person.email}"))
    assert found is not None
    assert found.user_id == person.user_id


def test_own_second_factor_comes_next(house: TestHouse) -> None:
    ana = house.member(name="Ana Keller")
    person, secret = person_of(ana), codes.new_secret()
    step = int(clock.now().timestamp()) // codes.STEP_SECONDS
    second_factor.enrol(ana.token_hash, PASSWORD, secret, codes.code_at(secret, step))
    found = recognise(claims(person.email))
    assert found is not None
    assert found.takes_code
    with pytest.raises(NotSignedIn):
        ticket = identity.issue_session_ticket(person.user_id, SignInMethod.SINGLE_SIGN_ON)
        identity.redeem_ticket(ticket, None, None)
    ticket = second_factor.ticket(person.user_id, codes.code_at(secret, step + 1), SignInMethod.SINGLE_SIGN_ON)
    assert ticket is not None
    token = hash_token(identity.redeem_ticket(ticket, None, None))
    assert identity.own_sessions(token)[0].method == "single_sign_on"


def test_house_that_demands_a_second_factor_takes_no_providers_word_for_it(house: TestHouse) -> None:
    step, secret = int(clock.now().timestamp()) // codes.STEP_SECONDS, codes.new_secret()
    second_factor.enrol(house.owner.token_hash, PASSWORD, secret, codes.code_at(secret, step))
    execute(house.owner, commands.demand_second_factor, DemandSecondFactor(True))
    person = person_of(house.member(name="Ana Keller"))
    assert recognise(claims(person.email, amr=["mfa"])) is not None
    ticket = identity.issue_session_ticket(person.user_id, SignInMethod.SINGLE_SIGN_ON)
    inside = MemberCredential(hash_token(identity.redeem_ticket(ticket, None, None)), house.slug)
    with pytest.raises(SecondFactorDemanded):
        read(inside, queries.house_settings)


def test_unlinking_takes_the_password(house: TestHouse) -> None:
    ana = house.member(name="Ana Keller")
    recognise(claims(person_of(ana).email))
    with pytest.raises(InvalidInput):
        single_sign_on.unlink(ana.token_hash, "not the password")
    assert single_sign_on.linked_with(ana.token_hash) == ISSUER
    assert single_sign_on.unlink(ana.token_hash, PASSWORD)
    assert single_sign_on.linked_with(ana.token_hash) is None
    assert not single_sign_on.unlink(ana.token_hash, PASSWORD)
    assert identity.session(ana.token_hash) is not None
