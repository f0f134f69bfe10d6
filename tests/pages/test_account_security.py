"""Second factor, links for a new password, single sign-on: the pages outside and the account page's parts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import execute, read
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential, hash_token, new_token
from eventos_core.kernel.permissions import Role
from eventos_core.tenancy import codes, commands, identity, password_links, queries, second_factor, single_sign_on
from eventos_core.tenancy.commands import DemandSecondFactor, MakePasswordLink
from eventos_core.ui import auth, errors, visit
from tests.pages.page_helpers import SHELL, words
from tests.support import PASSWORD, TestHouse

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]
NEW = "another horse battery"


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> int:
    """A clock that stands still; the number of its time step."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    return int(now.timestamp()) // codes.STEP_SECONDS


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the app as nobody, with that query."""

    def opened(**query: str) -> AppTest:
        monkeypatch.setattr(visit, "visitor", lambda: None)
        monkeypatch.setattr(auth, "client_ip", lambda: "192.0.2.7")
        at = AppTest.from_file(str(SHELL), default_timeout=20)
        for name, value in query.items():
            at.query_params[name] = value
        return at.run()

    return opened


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def field(at: AppTest, label: str, nth: int = 0) -> Any:
    return [element for element in at.text_input if element.label == label][nth]


def labels(at: AppTest) -> set[str]:
    return {button.label for button in at.button}


def enrolled(credential: MemberCredential, step: int) -> tuple[str, tuple[str, ...]]:
    secret = codes.new_secret()
    return secret, second_factor.enrol(credential.token_hash, PASSWORD, secret, codes.code_at(secret, step))


def email_of(credential: MemberCredential) -> str:
    person = identity.session(credential.token_hash)
    assert person is not None
    return person.email


def give_password(at: AppTest, email: str, password: str = PASSWORD) -> AppTest:
    field(at, "E-mail address").set_value(email)
    field(at, "Password").set_value(password)
    return press(at, "Sign in")


def begun(at: AppTest) -> bool:
    """Whether the browser now holds a ticket to change into a session."""
    return auth._TICKET in at.session_state


def test_password_leads_to_the_code_and_the_code_in(
    house: TestHouse, outside: Callable[..., AppTest], moment: int
) -> None:
    ana = house.member(name="Ana Keller")
    secret, _ = enrolled(ana, moment - 1)
    at = give_password(outside(), email_of(ana))
    assert [title.value for title in at.title] == ["Second factor"]
    assert not begun(at)
    field(at, "Code").set_value("000000")
    press(at, "Continue")
    assert "not right" in words(at)
    field(at, "Code").set_value(codes.code_at(secret, moment))
    press(at, "Continue")
    assert not at.exception
    assert begun(at)


def test_recovery_code_does_instead(house: TestHouse, outside: Callable[..., AppTest], moment: int) -> None:
    ana = house.member(name="Ana Keller")
    _, recovery = enrolled(ana, moment)
    at = give_password(outside(), email_of(ana))
    field(at, "Code").set_value(recovery[0].lower())
    press(at, "Continue")
    assert begun(at)


def test_right_password_does_not_forgive_wrong_codes(
    house: TestHouse, outside: Callable[..., AppTest], moment: int
) -> None:
    ana = house.member(name="Ana Keller")
    email = email_of(ana)
    enrolled(ana, moment)
    for _ in range(5):
        at = give_password(outside(), email)
        field(at, "Code").set_value("AAAA-AAAA-AAAA-AAAA")
        press(at, "Continue")
    assert identity.lockout(email, None) is not None
    assert "Too many attempts" in words(give_password(outside(), email))


def test_without_a_second_factor_the_password_is_enough(house: TestHouse, outside: Callable[..., AppTest]) -> None:
    assert begun(give_password(outside(), email_of(house.member(name="Plain Person"))))


def test_setting_up_shows_the_codes_once(house: TestHouse, open_page: OpenPage, moment: int) -> None:
    ana = house.member(name="Ana Keller")
    at = open_page("account_profile", ana)
    press(at, "Set up")
    secret = next(code.value for code in at.code).replace(" ", "")
    assert 'alt="QR code' in "".join(str(element.proto.body) for element in at.get("html"))
    field(at, "Code that the app shows").set_value(codes.code_at(secret, moment))
    field(at, "Current password", 1).set_value(PASSWORD)
    press(at, "Switch on")
    assert not at.exception
    shown = next(code.value for code in at.code)
    assert len(re.findall(r"^[A-Z2-7-]{19}$", shown, re.MULTILINE)) == 10
    assert "_eventos_factor_secret" not in at.session_state
    press(at, "I have kept them")
    assert all(shown != code.value for code in at.code)
    assert "10 recovery codes left" in words(at)


def test_setting_up_can_be_left(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("account_profile", house.member(name="Ana Keller"))
    press(at, "Set up")
    first = next(code.value for code in at.code)
    press(at, "Not now")
    assert not at.code
    press(at, "Set up")
    assert first != next(code.value for code in at.code)


def test_wrong_code_or_password_is_told_at_its_field(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("account_profile", house.member(name="Ana Keller"))
    press(at, "Set up")
    field(at, "Code that the app shows").set_value("12")
    field(at, "Current password", 1).set_value(PASSWORD)
    press(at, "Switch on")
    assert "Not right. A code holds for 30 seconds" in words(at)
    field(at, "Current password", 1).set_value("not the password")
    press(at, "Switch on")
    assert ":red[:small[:material/error: Not right]]" in words(at)


def test_house_that_demands_it_leads_to_setting_it_up(house: TestHouse, open_page: OpenPage, moment: int) -> None:
    enrolled(house.owner, moment)
    execute(house.owner, commands.demand_second_factor, DemandSecondFactor(True))
    ana = house.member(name="Ana Keller")
    at = open_page("overview_home", ana)
    assert [title.value for title in at.title] == ["One more step"]
    secret = next(code.value for code in at.code).replace(" ", "")
    field(at, "Code that the app shows").set_value(codes.code_at(secret, moment))
    field(at, "Current password").set_value(PASSWORD)
    press(at, "Switch on")
    assert [title.value for title in at.title] == ["Your second factor is on"]
    press(at, "I have kept them")
    assert not at.exception
    assert "One more step" not in [title.value for title in at.title]


def test_own_account_stays_open_where_the_house_demands_it(house: TestHouse, open_page: OpenPage, moment: int) -> None:
    enrolled(house.owner, moment)
    execute(house.owner, commands.demand_second_factor, DemandSecondFactor(True))
    at = open_page("account_profile", house.member(name="Ana Keller"))
    assert "Demanded by Maison Aurore" in words(at)
    assert "Set up" in labels(at)


def test_owner_demands_it_and_admin_only_reads_that(house: TestHouse, open_page: OpenPage, moment: int) -> None:
    at = open_page("admin_settings", house.member(Role.ADMIN), section="sign_in")
    assert "0 of 2 members have set one up" in words(at)
    assert "Demand it of everybody" not in labels(at)
    enrolled(house.owner, moment)
    at = open_page("admin_settings", house.owner, section="sign_in")
    press(at, "Demand it of everybody")
    assert read(house.owner, queries.house_settings).demands_second_factor


def test_link_for_a_new_password_sets_it_once(house: TestHouse, outside: Callable[..., AppTest]) -> None:
    ana = house.member(name="Ana Keller")
    email, token = email_of(ana), new_token()
    member = next(h.member_id for h in identity.session(ana.token_hash).houses)  # type: ignore[union-attr]
    execute(house.owner, commands.make_password_link, MakePasswordLink(member, hash_token(token)))
    at = outside(reset=token)
    field(at, "Password").set_value(NEW)
    field(at, "Password again").set_value("something else entirely")
    press(at, "Set the password")
    assert "Not the same" in words(at)
    field(at, "Password again").set_value(NEW)
    press(at, "Set the password")
    assert [title.value for title in at.title] == ["Your password is set"]
    assert "no longer valid" in words(outside(reset=token))
    assert begun(give_password(outside(), email, NEW))


def test_unknown_link_says_so(outside: Callable[..., AppTest], house: TestHouse) -> None:
    at = outside(reset="A" * 43)
    assert not at.exception
    assert "no longer valid" in words(at)


def test_admin_makes_the_link_on_the_team_page(house: TestHouse, open_page: OpenPage) -> None:
    ana = house.member(name="Ana Keller")
    member = next(h.member_id for h in identity.session(ana.token_hash).houses)  # type: ignore[union-attr]
    at = open_page("admin_team", house.owner, member=str(member))
    at.session_state[f"member_tabs_{member}"] = "Details"
    at.run()
    press(at, "Make a link for a new password")
    assert not at.exception
    link = next(code.value for code in at.code if "reset=" in code.value)
    opened = password_links.opened(link.partition("reset=")[2])
    assert opened is not None
    assert opened.name == "Ana Keller"


def test_admin_resets_a_second_factor_after_a_second_look(house: TestHouse, open_page: OpenPage, moment: int) -> None:
    ana = house.member(name="Ana Keller")
    enrolled(ana, moment)
    person = identity.session(ana.token_hash)
    assert person is not None
    member = person.houses[0].member_id
    at = open_page("admin_team", house.owner, member=str(member))
    at.session_state[f"member_tabs_{member}"] = "Details"
    at.run()
    press(at, "Reset the second factor")
    assert second_factor.demanded_of(person.user_id)
    press(at, "Reset it")
    assert not second_factor.demanded_of(person.user_id)


def test_other_sign_ins_end_from_the_account_page(house: TestHouse, open_page: OpenPage) -> None:
    ana = house.member(name="Ana Keller")
    person = identity.session(ana.token_hash)
    assert person is not None
    other = hash_token(identity.redeem_ticket(identity.issue_session_ticket(person.user_id), None, "elsewhere"))
    at = open_page("account_profile", ana)
    press(at, "End all others")
    assert identity.session(other) is None
    assert "End all others" not in labels(at)


def test_forgotten_password_is_answered_alike_for_anybody(house: TestHouse, outside: Callable[..., AppTest]) -> None:
    answers = []
    for address in (house.owner_email, "nobody@maison-aurore.example"):
        at = press(outside(), "Forgotten password?")
        field(at, "E-mail address").set_value(address)
        press(at, "Send me a link")
        assert [title.value for title in at.title] == ["Look in your mail"]
        answers.append(words(at).replace(errors.escaped(address), "…"))
        press(at, "Back to signing in")
        assert [title.value for title in at.title] == ["Sign in"]
    assert answers[0] == answers[1]


def test_forgotten_password_says_what_is_no_address(house: TestHouse, outside: Callable[..., AppTest]) -> None:
    at = outside(forgotten="1")
    press(at, "Send me a link")
    assert ":red[:small[:material/error: Required]]" in words(at)


def test_without_a_mail_server_an_admin_makes_the_link(
    house: TestHouse, outside: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTOS_ENV", "prod")
    at = press(outside(), "Forgotten password?")
    assert "owner or admin of your house can make you a link" in words(at)
    assert labels(at) == {"Back to signing in"}


def test_without_a_provider_there_is_no_single_sign_on(
    house: TestHouse, outside: Callable[..., AppTest], open_page: OpenPage
) -> None:
    assert labels(outside()) == {"Sign in", "Forgotten password?"}
    assert "Single sign-on" not in words(open_page("account_profile", house.owner))


def test_linked_identity_is_shown_and_unlinked_with_the_password(house: TestHouse, open_page: OpenPage) -> None:
    ana = house.member(name="Ana Keller")
    claims = {
        "iss": "https://id.example", "sub": "ana", "email": email_of(ana), "email_verified": True, "nonce": "n",
        "iat": clock.now().timestamp(),
    }  # fmt: skip
    assert single_sign_on.recognise(claims, None) is not None
    at = open_page("account_profile", ana)
    assert "Linked" in words(at)
    press(at, "Unlink")
    assert ":red[:small[:material/error: Not right]]" in words(at)
    field(at, "Current password", 1).set_value(PASSWORD)
    press(at, "Unlink")
    assert single_sign_on.linked_with(ana.token_hash) is None
    assert "Linked" not in words(at)
