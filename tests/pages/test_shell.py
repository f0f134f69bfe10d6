"""The frame around every page, with an invented person and pages written for the test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.kernel.errors import SetupError, TemporarilyUnavailable
from eventos_core.kernel.permissions import ROLE_PERMISSIONS, Permission, Role
from eventos_core.operations import readiness
from eventos_core.tenancy import identity
from eventos_core.ui import frame, visit
from tests.pages.page_helpers import AURORE, BOREAL, SHELL, SHOW, links, turn_to, words

HOME = """
import streamlit as st
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import page
ctx = page.start("Home", requires=Permission.HOUSE_READ)
page.head(ctx, "Home of " + ctx.house.account_name)
st.caption(ctx.event.name if ctx.event else "no event")
"""
TEAM = """
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import page
ctx = page.start("Team", requires=Permission.TEAM_MANAGE)
page.head(ctx, "The team")
"""
RUN_OF_SHOW = """
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import page
ctx = page.start("Run of show", requires=Permission.EVENTS_READ, needs_event=True)
page.head(ctx, "Run of show of " + ctx.event.name)
"""


@pytest.fixture(autouse=True)
def _pages(scratch_pages: Path) -> None:
    (scratch_pages / "overview_home.py").write_text(HOME)
    (scratch_pages / "admin_team.py").write_text(TEAM)
    (scratch_pages / "plan_programme.py").write_text(RUN_OF_SHOW)


def shell(**query: str) -> AppTest:
    at = AppTest.from_file(str(SHELL), default_timeout=20)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def test_nobody_sees_the_sign_in_form_and_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "visitor", lambda: None)
    monkeypatch.setattr(identity, "is_new_installation", lambda: False)
    at = shell(house="aurore")
    assert [title.value for title in at.title] == ["Sign in"]
    assert [field.label for field in at.text_input] == ["E-mail address", "Password"]
    assert not at.get("page_link")


def test_a_new_installation_says_where_the_set_up_link_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "visitor", lambda: None)
    monkeypatch.setattr(identity, "is_new_installation", lambda: True)
    at = shell()
    assert "set-up link" in words(at)
    assert [field.label for field in at.text_input] == ["Set-up code or link"]


def test_a_pasted_set_up_code_opens_the_set_up_page_and_a_wrong_one_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "visitor", lambda: None)
    monkeypatch.setattr(identity, "is_new_installation", lambda: True)
    monkeypatch.setattr(identity, "set_up_open", lambda code: code == "right")
    at = shell()
    at.text_input[0].input("http://localhost:8501/?setup=wrong")
    at.button[0].click().run()
    assert "not the code" in words(at)
    at.text_input[0].input(" http://localhost:8501/?setup=right ")
    at.button[0].click().run()
    assert at.title[0].value == "Set up EventOS"
    assert at.query_params["setup"] == "right"


def test_a_person_of_one_house_goes_straight_on(as_person) -> None:
    as_person(AURORE)
    at = shell()
    assert at.title[0].value == "Home of Maison Aurore"
    assert at.query_params["house"] == "aurore"


def test_a_person_of_several_houses_is_asked(as_person) -> None:
    as_person(AURORE, BOREAL)
    at = shell()
    assert at.title[0].value == "Choose a house"
    assert [button.label for button in at.button] == ["**Maison Aurore** · Owner", "**Studio Boréal** · Member"]
    at.button(key="choose_boreal").click().run()
    assert at.title[0].value == "Home of Studio Boréal"


def test_an_unknown_house_is_said_and_nothing_of_it_shown(as_person) -> None:
    as_person(AURORE, BOREAL)
    at = shell(house="elsewhere")
    assert "There is no house “elsewhere” for you." in words(at)
    assert "Home of" not in words(at)


def test_an_unknown_address_says_so_and_leads_on(as_person, monkeypatch: pytest.MonkeyPatch) -> None:
    as_person(AURORE)
    monkeypatch.setattr(frame, "_unknown_address", lambda: "nowhere")
    monkeypatch.setattr(frame, "_asked", lambda page: "nowhere")
    at = shell(house="aurore")
    assert at.title[0].value == "There is no such page"
    assert "Nothing answers at “/nowhere”" in words(at)
    assert "Go to Home" in links(at)
    assert "Home of" not in words(at)


def test_a_page_comes_back_once_the_database_does(as_person, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    as_person(AURORE)
    monkeypatch.setattr(visit, "visitor", lambda: (_ for _ in ()).throw(TemporarilyUnavailable("It does not answer.")))
    monkeypatch.setattr(readiness, "check", lambda: readiness.Readiness(False, "It does not answer.", "Start it."))
    at = shell(house="aurore")
    told = words(at)
    assert "It does not answer." in told
    reference = re.search(r"\*\*([0-9A-F]{8})\*\*", told)
    assert reference is not None
    assert caplog.text.count(f"Not ready {reference[1]}") == 1
    as_person(AURORE)
    monkeypatch.setattr(readiness, "check", lambda: readiness.Readiness(True))
    at.button(key="error_again").click().run()
    assert at.title[0].value == "Home of Maison Aurore"


def test_what_a_server_said_is_for_the_log(as_person, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    as_person(AURORE)
    said = "The database server did not start: LOG: invalid record length at 0/49FF900"
    monkeypatch.setattr(visit, "visitor", lambda: (_ for _ in ()).throw(SetupError(said, hint="Look at the disk.")))
    for ready in (True, False):
        monkeypatch.setattr(readiness, "check", lambda ready=ready: readiness.Readiness(ready, said, "Look."))
        at = shell(house="aurore")
        assert "The database server did not start." in words(at)
        assert "invalid record" not in words(at)
        assert at.button(key="error_again").label == "Try again"
    assert caplog.text.count("invalid record length") >= 2


def test_a_defect_of_a_page_is_logged_once_under_the_number_it_shows(
    as_person, scratch_pages: Path, caplog: pytest.LogCaptureFixture
) -> None:
    as_person(AURORE)
    # What Streamlit does with whatever a page raises, and the hook that the launcher gives it.
    raised = 'handle_user_script_exception(ZeroDivisionError("secret detail"), errors.on_script_error)'
    (scratch_pages / "overview_home.py").write_text(
        "from streamlit.error_util import handle_user_script_exception\n"
        f"from eventos_core.ui import errors\n{HOME}\n{raised}\n"
    )
    at = shell(house="aurore")
    told = [record for record in caplog.records if record.exc_info]
    assert len(told) == 1
    reference = re.search(r"Defect ([0-9A-F]{8}) on a page", told[0].getMessage())
    assert reference is not None
    assert f"the reference **{reference[1]}**" in words(at)
    assert "secret detail" not in words(at)
    assert not at.exception


def test_the_sidebar_offers_only_what_exists_and_is_allowed(as_person) -> None:
    as_person(AURORE)
    assert links(shell(house="aurore")) == ["Home", "Team and roles"]
    assert links(shell(house="aurore", event="ss27-show")) == ["Home", "Programme", "Team and roles"]
    as_person(AURORE, permissions=frozenset({Permission.HOUSE_READ, Permission.EVENTS_READ}))
    assert links(shell(house="aurore")) == ["Home"]


def test_links_carry_house_and_event(as_person) -> None:
    as_person(AURORE)
    at = shell(house="aurore", event="ss27-show")
    queries = {element.proto.query_string for element in at.get("page_link")}
    assert queries == {"house=aurore&event=ss27-show"}
    assert "SS27 Show" in words(at)


def test_an_event_that_the_house_lacks_is_said(as_person) -> None:
    as_person(AURORE)
    at = shell(house="aurore", event="ghost")
    assert "“ghost”" in words(at)
    assert "no event" in words(at)


def test_a_page_without_permission_names_whom_to_ask(as_person) -> None:
    as_person(AURORE, permissions=ROLE_PERMISSIONS[Role.VIEWER])
    at = shell(house="aurore")
    at = turn_to(at, "admin_team", house="aurore")
    assert "not open to you" in words(at)
    assert "owner or admin" in words(at)
    assert "The team" not in words(at)


def test_a_page_that_needs_an_event_offers_the_events(as_person) -> None:
    as_person(AURORE)
    at = turn_to(shell(house="aurore"), "plan_programme", house="aurore")
    next(button for button in at.button if SHOW.name in button.label).click().run()
    assert at.query_params["event"] == "ss27-show"
    at = turn_to(shell(house="aurore"), "plan_programme", house="aurore", event="ss27-show")
    assert at.title[0].value == "Run of show of SS27 Show"


def test_a_page_that_the_shell_did_not_start_guards_itself(
    scratch_pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit, "visitor", lambda: None)
    at = AppTest.from_file(str(scratch_pages / "overview_home.py"), default_timeout=20).run()
    assert "You are not signed in here" in words(at)
    assert "Home of" not in words(at)


def test_a_page_and_its_drawer_can_both_be_empty() -> None:
    def drawn() -> None:
        import streamlit as st

        from eventos_core.ui import page

        asked = page.nothing_yet("No deal matches.", action="Add a deal", icon="search_off")
        page.nothing_yet("There is no such deal.", icon="search_off")
        page.nothing_yet("There is no such stage.", action="Add a stage", icon="search_off")
        st.markdown(f"asked: {asked}")

    at = AppTest.from_function(drawn).run()
    assert not at.exception
    at = next(button for button in at.button if button.label == "Add a deal").click().run()
    assert "asked: True" in [said.value for said in at.markdown]
