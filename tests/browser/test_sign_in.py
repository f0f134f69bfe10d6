"""Signing in and out in a real browser: the cookie, the gate on a fresh process, what a stolen cookie is worth."""

from __future__ import annotations

import email.policy
import re
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage

import oidc_provider_mock
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from eventos_core.db.registry import execute
from eventos_core.kernel.credentials import hash_token, new_token
from eventos_core.kernel.permissions import Role
from eventos_core.tenancy import codes, identity
from eventos_core.tenancy.commands import InviteMember, invite_member
from tests import support
from tests.browser.browsing import RunningApp, fill_sign_in, logins, settled, sign_in, start_app, visit, write
from tests.operations.jobs_for_tests import wait_until
from tests.support import PASSWORD, TestHouse

pytestmark = [pytest.mark.browser, pytest.mark.database]
COOKIE = "eventos_session"
NEW_PASSWORD = "velvet lantern orchard"
NewContext = Callable[..., BrowserContext]
SECRETS = """
[auth]
redirect_uri = "http://localhost:{{port}}/oauth2callback"
cookie_secret = "a secret for tests that is long enough"
[auth.maison]
label = "Maison ID"
client_id = "eventos"
client_secret = "known to both"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
PEOPLE = [
    oidc_provider_mock.User(sub="ida", claims={"email": "ida@aurore-sign-in.example", "email_verified": True}),
    oidc_provider_mock.User(sub="stranger", claims={"email": "stranger@example.org", "email_verified": True}),
    oidc_provider_mock.User(sub="unverified", claims={"email": "ida@aurore-sign-in.example", "email_verified": False}),
]


@pytest.fixture(scope="module")
def database(server: support.Server, template: str) -> Iterator[support.Database]:
    """A database of its own: another app's worker would take the mails into its own mailbox."""
    made = support.clone(server, template, f"{template}_sign_in")
    with support.logins_in_environment(made):
        yield made
    server.drop(made.name)


@pytest.fixture(scope="module")
def app(database: support.Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """The app with a mailbox of files and an identity provider that runs on loopback meanwhile."""
    folder = tmp_path_factory.mktemp("app")
    (folder / ".streamlit").mkdir()
    with oidc_provider_mock.run_server_in_thread(user_claims=PEOPLE) as provider:
        secrets = SECRETS.format(provider=f"http://localhost:{provider.server_port}")
        (folder / ".streamlit" / "secrets.toml").write_text(secrets)
        running = start_app(folder, {**logins(database), "EVENTOS_MAIL_DIR": str(folder / "mail")})
        yield running
        running.stop()
        assert running.foreign == set()


@pytest.fixture
def mail(app: RunningApp) -> Callable[[str, str], str]:
    """`mail(address, subject)`: the text of the latest such mail, waited for."""

    def received(address: str, subject: str) -> str:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            for file in sorted((app.log.parent / "mail").glob("*.eml"), reverse=True):
                letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                assert isinstance(letter, EmailMessage)
                if address in letter["To"] and letter["Subject"] == subject:
                    part = letter.get_body(("plain",))
                    return str(part.get_content()) if part else ""
            time.sleep(0.1)
        raise AssertionError(f"No mail “{subject}” to {address}:\n{app.log.read_text()}")

    return received


@pytest.fixture(scope="module")
def founded(database: support.Database) -> TestHouse:
    return support.found_house("Maison Aurore", "aurore-sign-in")


def test_a_deep_link_on_a_fresh_process_shows_the_form_then_the_page(
    tab: Page, founded: TestHouse, app: RunningApp
) -> None:
    """The first request that this process ever serves is a page of the pages folder."""
    tab.goto(app.url + "/account_profile?house=aurore-sign-in&event=none")
    settled(tab)
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(tab.get_by_text("Current password")).to_have_count(0)
    expect(tab.get_by_test_id("stSidebarNav")).to_have_count(0)
    fill_sign_in(tab, founded.owner_email, PASSWORD)
    expect(tab.get_by_role("heading", name="Your account")).to_be_visible()
    assert "house=aurore-sign-in" in tab.url
    assert "event=none" in tab.url


def test_the_cookie_is_closed_to_scripts_opens_other_tabs_and_nothing_after_sign_out(
    tab: Page, founded: TestHouse, app: RunningApp, new_context: NewContext
) -> None:
    sign_in(tab, app, founded.owner_email, PASSWORD)
    cookie = next(c for c in tab.context.cookies() if c["name"] == COOKIE)
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert cookie["value"] not in tab.evaluate("document.cookie")
    stored = tab.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert cookie["value"] not in stored
    other = visit(tab.context.new_page(), app, "/account_profile")
    expect(other.get_by_role("heading", name="Your account")).to_be_visible()
    _sign_out(tab, "Claire")
    assert not [c for c in tab.context.cookies() if c["name"] == COOKIE]
    thief = new_context()
    thief.add_cookies([cookie])
    stolen = visit(thief.new_page(), app, "/account_profile")
    expect(stolen.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_tampered_cookie_shows_the_form(founded: TestHouse, app: RunningApp, new_context: NewContext) -> None:
    context = new_context()
    page = context.new_page()
    for value in ("garbage", "eyJhbGciOiJIUzI1NiJ9.e30.x", "A" * 43, ""):
        context.add_cookies([{"name": COOKIE, "value": value, "url": app.url}])
        visit(page, app, "/account_profile")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    fill_sign_in(page, founded.owner_email, PASSWORD)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_forgotten_password_comes_back_by_mail_and_a_strange_browser_is_told_and_ended(
    tab: Page, founded: TestHouse, app: RunningApp, mail: Callable[[str, str], str], new_context: NewContext
) -> None:
    """Forgotten on the phone; the new password throws the laptop out, which later throws the phone out."""
    address = _newcomer(founded, "Ana Keller")
    sign_in(tab, app, address, PASSWORD, "/plan_venues")
    phone = new_context(width=390, height=844).new_page()
    visit(phone, app, "/account_profile?house=aurore-sign-in")
    phone.get_by_role("button", name="Forgotten password?").click()
    expect(phone.get_by_role("heading", name="Forgotten password")).to_be_visible()
    settled(phone)
    write(phone, "E-mail address", address)
    phone.get_by_role("button", name="Send me a link").click()
    expect(phone.get_by_role("heading", name="Look in your mail")).to_be_visible()
    link = _link_in(mail(address, "A new password for EventOS"))
    assert link.startswith(f"{app.url}/?reset=")
    phone.goto(link)
    write(phone, "Password", NEW_PASSWORD)
    write(phone, "Password again", NEW_PASSWORD)
    phone.get_by_role("button", name="Set the password").click()
    expect(phone.get_by_role("heading", name="Your password is set")).to_be_visible()
    assert f"{app.url}/?forgotten=1" in mail(address, "Your password was changed")

    tab.get_by_test_id("stSidebar").get_by_role("link", name="Events").click()
    expect(tab.get_by_text("Your session has ended")).to_be_visible()
    fill_sign_in(tab, address, PASSWORD)
    expect(tab.get_by_text("do not match")).to_be_visible()
    fill_sign_in(tab, address, NEW_PASSWORD)
    expect(tab.get_by_test_id("stSidebar")).to_be_visible()

    phone.get_by_role("button", name="Sign in").click()
    sign_in(phone, app, address, NEW_PASSWORD, "/account_profile?house=aurore-sign-in", sidebar=False)
    expect(phone.get_by_role("heading", name="Your account")).to_be_visible()
    assert f"{app.url}/account_profile" in mail(address, "Sign-in from a new device")

    visit(tab, app, "/account_notices?house=aurore-sign-in")
    notice = tab.locator(".stVerticalBlock").filter(has_text="Sign-in from a new device").last
    expect(notice).to_be_visible()
    tab.get_by_role("button", name="Open", exact=True).first.click()
    expect(tab.get_by_role("heading", name="Your account")).to_be_visible()
    tab.get_by_role("button", name="End", exact=True).first.click()
    expect(tab.get_by_text("That sign-in has ended.")).to_be_visible()
    phone.get_by_role("button", name="Change password").click()
    expect(phone.get_by_text("Your session has ended")).to_be_visible()

    log = app.log.read_text()
    for secret in (link.partition("reset=")[2], PASSWORD, NEW_PASSWORD):
        assert secret not in log


def test_second_factor_and_recovery_code_let_in_once(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    address = _newcomer(founded, "Ben Adler")
    sign_in(tab, app, address, PASSWORD, "/account_profile")
    tab.get_by_role("button", name="Set up").click()
    key = tab.get_by_test_id("stCode").inner_text().replace(" ", "").strip()
    step = int(time.time()) // codes.STEP_SECONDS
    write(tab, "Code that the app shows", codes.code_at(key, step))
    tab.get_by_role("textbox", name="Current password").nth(1).fill(PASSWORD)
    tab.get_by_role("button", name="Switch on").click()
    expect(tab.get_by_text("Keep these recovery codes")).to_be_visible()
    recovery = tab.get_by_test_id("stCode").inner_text().split()
    assert len(recovery) == 10
    tab.get_by_role("button", name="I have kept them").click()
    expect(tab.get_by_text("10 recovery codes left")).to_be_visible()

    for given, lets_in in (("", True), (recovery[0], True), (recovery[0], False)):
        _sign_out(tab, "Ben")
        fill_sign_in(tab, address, PASSWORD)
        expect(tab.get_by_role("heading", name="Second factor")).to_be_visible()
        # Not the time step that setting up has used.
        write(tab, "Code", given or codes.code_at(key, max(step + 1, int(time.time()) // codes.STEP_SECONDS)))
        tab.get_by_role("button", name="Continue").click()
        expect(tab.get_by_role("heading", name="Ben") if lets_in else tab.get_by_text("is not right")).to_be_visible()
    assert key not in app.log.read_text()


def test_single_sign_on_leads_to_the_page_asked_for_and_out_again(
    founded: TestHouse, app: RunningApp, new_context: NewContext
) -> None:
    _newcomer(founded, "Ida Moser")
    context = new_context()
    page = context.new_page()
    visit(page, app, "/account_profile?house=aurore-sign-in&event=none")
    page.wait_for_function("() => sessionStorage.getItem('eventos_back')")
    _through_provider(page, "ida")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert "event=none" in page.url
    expect(page.get_by_text("Linked").first).to_be_visible()
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert cookies[COOKIE]["httpOnly"]
    # The provider's own cookie opens nothing, in another browser or in this one once our session has ended.
    replayed = new_context()
    replayed.add_cookies([cookie for name, cookie in cookies.items() if name != COOKIE])
    thief = replayed.new_page()
    visit(thief, app, "/account_profile?house=aurore-sign-in")
    expect(thief.get_by_role("heading", name="Sign in")).to_be_visible()
    identity.end_session(hash_token(cookies[COOKIE]["value"]))
    visit(page, app, "/account_profile?house=aurore-sign-in")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    _through_provider(page, "ida")
    token = hash_token(next(c["value"] for c in context.cookies() if c["name"] == COOKIE))
    _sign_out(page, "Ida", at_provider=True)
    assert identity.session(token) is None
    assert {c["name"] for c in context.cookies()} & {COOKIE, "_streamlit_user", "_streamlit_user_tokens"} == set()


def test_single_sign_on_refuses_in_words(founded: TestHouse, app: RunningApp, new_context: NewContext) -> None:
    page = new_context().new_page()
    visit(page, app, "/")
    for subject, reason in (("stranger", "Nobody here signs in with"), ("unverified", "does not vouch for")):
        _through_provider(page, subject)
        expect(page.get_by_text(reason)).to_be_visible()
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        assert COOKIE not in {cookie["name"] for cookie in page.context.cookies()}
        page.get_by_role("button", name="Use another identity").click()
        page.get_by_role("button", name="End session").click()
        expect(page.get_by_text(reason)).to_have_count(0)
        settled(page)
    page.get_by_role("button", name="Continue with Maison ID").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_wrong_password_says_so_and_five_close_the_door(
    tab: Page, app: RunningApp, founded: TestHouse, database: support.Database
) -> None:
    address = "nobody@aurore-sign-in.example"

    def refused() -> int:
        with database.as_login("migrator") as connection:
            row = connection.execute("select count(*) from login_attempts where email_norm = %s", [address]).fetchone()
        return row[0] if row else 0

    tab.goto(app.url)
    settled(tab)
    for number in range(1, 5):
        fill_sign_in(tab, address, "not the password")
        # The words are there from the try before; a press before its own answer would count as the same one.
        wait_until(lambda number=number: refused() == number)
        expect(settled(tab).get_by_text("do not match")).to_be_visible()
    fill_sign_in(tab, address, "not the password")
    expect(tab.get_by_text("Too many attempts")).to_be_visible()


def _newcomer(house: TestHouse, name: str) -> str:
    """The address of a new member who has never signed in anywhere."""
    address, token = f"{name.partition(' ')[0].lower()}@{house.slug}.example", new_token()
    execute(house.owner, invite_member, InviteMember(address, name, Role.MEMBER, hash_token(token)))
    identity.accept_invitation(token, name, PASSWORD)
    return address


def _link_in(text: str) -> str:
    found = re.search(r"http://\S+\?reset=[\w-]+", text)
    assert found, text
    return found[0]


def _sign_out(page: Page, first_name: str, *, at_provider: bool = False) -> None:
    settled(page)
    page.get_by_role("button", name=first_name).first.click()
    page.get_by_role("menuitem", name="Sign out").click()
    if at_provider:
        page.get_by_role("button", name="End session").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    settled(page)


def _through_provider(page: Page, subject: str) -> None:
    page.get_by_role("button", name="Continue with Maison ID").click()
    page.get_by_role("button", name=subject, exact=True).first.click()
    settled(page)
