"""From an invitation to a colleague in the house, in two browsers; and what a viewer sees of the team."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from eventos_core.db.registry import read
from eventos_core.kernel.permissions import Role
from eventos_core.tenancy import queries
from tests import support
from tests.browser.browsing import SETTLED, RunningApp, enter, press, settled, visit
from tests.support import TestHouse

pytestmark = [pytest.mark.browser, pytest.mark.database]
NEW_PASSWORD = "velvet lantern orchard"


@pytest.fixture(scope="module")
def founded(database: support.Database) -> TestHouse:
    return support.found_house("Maison Aurore", "aurore-team")


def _invite(tab: Page, app: RunningApp, founded: TestHouse, name: str, email: str) -> str:
    enter(tab, app, founded.owner_email, "/admin_team?house=aurore-team")
    press(tab, "Invite")
    drawer = tab.get_by_role("dialog")
    drawer.get_by_role("textbox", name="Name").fill(name)
    drawer.get_by_role("textbox", name="E-mail address").fill(email)
    press(drawer, "Make the invitation link")
    link = drawer.get_by_test_id("stCode")
    expect(link).to_contain_text("?invitation=")
    return link.inner_text().strip()


def test_invited_person_opens_the_link_sets_a_password_and_is_in_the_house(
    tab: Page, founded: TestHouse, app: RunningApp, new_context: Callable[..., BrowserContext]
) -> None:
    link = _invite(tab, app, founded, "Ana Keller", "ana@example.org")
    assert link.startswith(app.url)
    ana = new_context().new_page()
    ana.goto(link)
    settled(ana)
    expect(ana.get_by_role("heading", name="Join Maison Aurore")).to_be_visible()
    ana.get_by_role("textbox", name="Password", exact=True).fill(NEW_PASSWORD)
    ana.get_by_role("textbox", name="Password again").fill(NEW_PASSWORD)
    press(ana, "Join the house")
    expect(ana.get_by_role("heading", name="Ana")).to_be_visible()
    expect(ana.get_by_text("Maison Aurore").first).to_be_visible()
    again = new_context().new_page()
    again.goto(link)
    settled(again)
    expect(again.get_by_text("This invitation is no longer valid.")).to_be_visible()


def test_link_is_shown_only_until_its_drawer_is_left(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    link = _invite(tab, app, founded, "Ben Adler", "ben@example.org")
    press(tab.get_by_role("dialog"), "Done")
    settled(tab)
    press(tab, "Invite")
    expect(tab.get_by_role("dialog").get_by_role("button", name="Make the invitation link")).to_be_visible()
    assert link.partition("invitation=")[2] not in tab.content()


def test_viewer_sees_the_team_and_nothing_to_press(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    founded.member(Role.VIEWER, name="Vera Lindt")
    enter(tab, app, _email(founded, "Vera Lindt"), "/admin_team?house=aurore-team")
    expect(tab.get_by_role("heading", name="Team and roles")).to_be_visible()
    expect(tab.get_by_role("button", name="Invite", exact=True)).to_have_count(0)
    visit(tab, app, "/admin_audit?house=aurore-team")
    expect(tab.get_by_text("This page is not open to you.")).to_be_visible()


def test_disabling_asks_once_and_ends_the_colleagues_visit(
    tab: Page, founded: TestHouse, app: RunningApp, new_context: Callable[..., BrowserContext]
) -> None:
    founded.member(Role.MANAGER, name="Mara Roth")
    mara = new_context().new_page()
    enter(mara, app, _email(founded, "Mara Roth"), "/plan_venues?house=aurore-team")
    member = _member_id(founded, "Mara Roth")
    enter(tab, app, founded.owner_email, f"/admin_team?house=aurore-team&member={member}")
    drawer = tab.get_by_role("dialog")
    drawer.get_by_role("tab", name="Details").click()
    press(drawer, "Disable")
    expect(drawer.get_by_text("Disable Mara Roth from their next click on?")).to_be_visible()
    assert _status(founded, "Mara Roth") == "active"
    # The question is drawn, the rest of the page is slow: the answer counts all the same.
    settled(tab).locator(SETTLED).evaluate("app => app.dataset.testScriptState = 'running'")
    tab.wait_for_timeout(600)  # longer than a double click
    drawer.get_by_role("button", name="Disable Mara Roth").click()
    expect(tab.get_by_text("Mara Roth is disabled.")).to_be_visible()
    assert _status(founded, "Mara Roth") == "disabled"

    mara.get_by_test_id("stSidebar").get_by_role("link", name="Events").click()
    expect(mara.get_by_role("heading", name="No house is open to you")).to_be_visible()
    expect(mara.get_by_role("button", name="New event")).to_have_count(0)
    expect(mara.get_by_test_id("stSidebar").get_by_role("link", name="Events")).to_have_count(0)


def test_the_last_owner_stays(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    member = founded.owner_member_id
    enter(tab, app, founded.owner_email, f"/admin_team?house=aurore-team&member={member}")
    drawer = tab.get_by_role("dialog")
    drawer.get_by_role("tab", name="Details").click()
    press(drawer, "Disable")
    press(drawer, "Disable yourself")
    refused = drawer.get_by_text("This is the last owner of the house.")
    expect(refused).to_be_visible()
    expect(refused).to_be_in_viewport()
    expect(drawer.get_by_text("Make somebody else an owner first.")).to_be_visible()
    assert _status(founded, "Claire Aurore") == "active"


def _status(house: TestHouse, name: str) -> str:
    return str(_team(house).set_index("name").loc[name, "status"])


def _member_id(house: TestHouse, name: str) -> int:
    return int(_team(house).set_index("name").loc[name, "id"])


def _email(house: TestHouse, name: str) -> str:
    return str(_team(house).set_index("name").loc[name, "email"])


def _team(house: TestHouse) -> pd.DataFrame:
    return read(house.owner, queries.team, include_disabled=True)
