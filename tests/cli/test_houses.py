"""Commands about houses, people and events."""

from __future__ import annotations

import pytest

from eventos_core.db.session import reading
from eventos_core.kernel.credentials import KeyCredential, MemberCredential, hash_token
from eventos_core.kernel.errors import NotSignedIn
from eventos_core.kernel.permissions import Role
from eventos_core.tenancy import identity, password_links, passwords
from tests import support
from tests.cli.conftest import Run


def password_of(email: str) -> str:
    row = identity.sign_in_row(email)
    assert row is not None
    return row.password_hash or ""


def test_account_create_founds_a_house_with_its_owner(
    database: support.Database, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTOS_OWNER_PASSWORD", support.PASSWORD)
    words = ("account", "create", "--name", "Maison Nouvelle", "--slug", "maison-nouvelle", "--currency", "CHF")
    made = run(*words, "--timezone", "Europe/Zurich", "--owner", "claire@nouvelle.example", "--owner-name", "Claire")
    assert (made.code, made.err) == (0, "")
    assert passwords.verify_password(support.PASSWORD, password_of("claire@nouvelle.example"))
    found = next(a for a in run("account", "list", "--json").json["accounts"] if a["slug"] == "maison-nouvelle")
    assert (found["base_currency"], found["timezone"], found["members"]) == ("CHF", "Europe/Zurich", 1)
    assert "maison-nouvelle  Maison Nouvelle" in run("account", "list").out

    again = run(*words, "--owner", "claire@nouvelle.example")
    assert again.code == 1
    assert "There is a house with the short name “maison-nouvelle” already" in again.err


def test_account_create_asks_for_the_password_of_a_new_owner_only(database: support.Database, run: Run) -> None:
    words = ("account", "create", "--name", "Asked", "--slug", "asked", "--owner", "asked@example.org")
    weak = run(*words, given="short\nshort\n")
    assert weak.code == 1
    assert "Use at least 12 characters" in weak.err
    asked = run(*words, given=f"{support.PASSWORD}\n{support.PASSWORD}\n")
    assert asked.code == 0
    stored = password_of("asked@example.org")
    second = run("account", "create", "--name", "Second", "--slug", "second", "--owner", "asked@example.org")
    assert second.code == 0
    assert password_of("asked@example.org") == stored


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--slug", "No Slug!", "--currency", "EUR", "--timezone", "Europe/Paris"), "cannot be part of a link"),
        (("--slug", "fine", "--currency", "XYZ", "--timezone", "Europe/Paris"), "currency"),
        (("--slug", "fine", "--currency", "EUR", "--timezone", "Mars/Base"), "is not a time zone"),
    ],
)
def test_account_create_refuses_what_cannot_be(
    database: support.Database, run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.setenv("EVENTOS_OWNER_PASSWORD", support.PASSWORD)
    made = run("account", "create", "--name", "X", *words, "--owner", "x@example.org")
    assert made.code == 1
    assert said in made.err
    assert identity.sign_in_row("x@example.org") is None


def test_user_add_gives_an_existing_login_the_membership_and_leaves_its_password(
    two_houses: tuple[support.TestHouse, support.TestHouse], run: Run
) -> None:
    first, second = two_houses
    stored = password_of(first.owner_email)
    added = run("user", "add", "--account", second.slug, "--email", first.owner_email, "--preset", "sales")
    assert (added.code, added.out) == (0, f"{first.owner_email} now belongs to {second.slug}.\n")
    assert password_of(first.owner_email) == stored
    with reading(MemberCredential(hash_token(first.owner_token), second.slug)) as db:
        assert db.context.role is Role.MEMBER
        assert "sales.write" in db.context.permissions


def test_user_add_prints_a_link_for_somebody_new(
    house: support.TestHouse, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTOS_BASE_URL", "https://events.example.com")
    email = f"new@{house.slug}.example"
    added = run("user", "add", "--account", house.slug, "--email", email, "--role", "viewer", "--name", "Nora")
    assert added.code == 0
    link = added.out.strip()
    assert link.startswith("https://events.example.com/?invitation=")
    assert "Opens until" in added.err
    found = identity.invitation(link.partition("=")[2])
    assert found is not None
    assert (found.email, found.display_name, found.role) == (email, "Nora", "viewer")


def test_user_add_acts_as_the_member_it_is_told(house: support.TestHouse, run: Run) -> None:
    words = ("user", "add", "--account", house.slug, "--email", f"n@{house.slug}.example", "--role", "viewer", "--as")
    assert run(*words, house.owner_email).code == 0
    unknown = run(*words, "nobody@example.org")
    assert (unknown.code, unknown.out) == (1, "")
    assert "Nobody signs in as nobody@example.org" in unknown.err


def test_user_add_needs_a_role_or_a_preset_that_exists(house: support.TestHouse, run: Run) -> None:
    words = ("user", "add", "--account", house.slug, "--email", "a@example.org")
    assert run(*words).code == 2
    assert run(*words, "--role", "emperor").code == 2
    unknown = run(*words, "--preset", "emperor")
    assert unknown.code in (1, 2)
    assert "emperor" in unknown.err


def test_event_create_reads_times_in_the_event_s_zone(house: support.TestHouse, run: Run) -> None:
    words = ("event", "create", "--account", house.slug, "--name", "Défilé d'hiver", "--timezone", "Asia/Tokyo")
    made = run(*words, "--starts", "2031-12-12T19:30", "--ends", "2031-12-12T23:00", "--capacity", "120", "--json")
    assert made.code == 0
    assert made.json.keys() == {"event_id", "slug", "version"}
    assert made.json["slug"] == "defile-d-hiver"
    again = run(*words, "--slug", "defile-d-hiver", "--starts", "2031-12-12T19:30", "--ends", "2031-12-12T23:00")
    assert again.code == 1
    assert "defile-d-hiver" in again.err


def test_event_create_names_what_is_wrong(house: support.TestHouse, run: Run) -> None:
    words = ("event", "create", "--account", house.slug, "--name", "X", "--timezone", "Europe/Paris")
    backwards = run(*words, "--starts", "2031-12-12T19:30", "--ends", "2031-12-12T18:00")
    assert backwards.code == 1
    assert "The end must be after the start." in backwards.err
    unreadable = run(*words, "--starts", "tomorrow", "--ends", "2031-12-12T18:00")
    assert unreadable.code == 2
    assert "is not a time" in unreadable.err
    missing = run(*words, "--starts", "2031-12-12T19:30")
    assert missing.code == 2
    assert "--ends" in missing.err


def test_commands_in_a_house_that_does_not_exist_fail(database: support.Database, run: Run) -> None:
    made = run("report", "overview", "--account", "no-such-house", "--json")
    assert (made.code, made.out) == (1, "")
    assert "There is no such house" in made.err


def test_viewer_may_not_create_events(house: support.TestHouse, run: Run) -> None:
    house.member(Role.VIEWER)
    row = next(
        email for email in (f"viewer{n}@{house.slug}.example" for n in range(1, 20_000)) if identity.sign_in_row(email)
    )
    made = run("event", "create", "--account", house.slug, "--name", "X", "--timezone", "Europe/Paris", "--starts",
               "2031-12-12T19:30", "--ends", "2031-12-12T23:00", "--as", row)  # fmt: skip
    assert (made.code, made.out) == (1, "")
    assert made.err.strip()


def test_password_link_sets_a_new_password_once(database: support.Database, run: Run) -> None:
    house = support.found_house("Maison Perdue", "maison-perdue")
    house.member(name="Ana Keller")
    email = house.owner_email
    made = run("user", "password", "--account", house.slug, "--email", email.upper())
    assert made.code == 0
    assert "once" in made.err
    token = made.out.strip().partition("reset=")[2]
    password_links.set_password(token, "another horse battery")
    assert passwords.verify_password("another horse battery", password_of(email))
    assert password_links.opened(token) is None
    nobody = run("user", "password", "--account", house.slug, "--email", "nobody@example.org")
    assert (nobody.code, nobody.out) == (1, "")
    assert "is not in maison-perdue" in nobody.err


def test_api_key_is_printed_once_and_withdrawn(database: support.Database, run: Run) -> None:
    house = support.found_house("Maison Clef", "maison-clef")
    words = ("apikey", "create", "--account", house.slug, "--name", "Shop")
    made = run(*words, "--scope", "events.read", "team.read")
    assert made.code == 0
    key = made.out.strip()
    with reading(KeyCredential(hash_token(key))) as db:
        assert {p.value for p in db.context.permissions} == {"events.read", "team.read"}
    assert key not in run("apikey", "create", "--help").out
    refused = run(*words, "--scope", "account.manage")
    assert (refused.code, refused.out) == (1, "")
    assert "No key carries account.manage" in refused.err
    again = run(*words, "--scope", "events.read")
    assert (again.code, again.out) == (1, "")
    assert "A key in force is called “Shop” already." in again.err
    member = run(*words, "--scope", "events.read", "--as", "nobody@example.org")
    assert member.code == 1
    assert run("apikey", "revoke", "--account", house.slug, "--name", "Shop").code == 0
    with pytest.raises(NotSignedIn), reading(KeyCredential(hash_token(key))) as db:
        assert db.context
    assert run("apikey", "revoke", "--account", house.slug, "--name", "Shop").code == 1
