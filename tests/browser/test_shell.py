"""The frame in a real browser: search, events, houses, drawers by URL, double clicks, phone, dark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from eventos_core.db.registry import execute, read
from eventos_core.events.commands import CreateEvent, create_event
from eventos_core.operations import search
from tests import support
from tests.browser.browsing import RunningApp, enter, settled, visit
from tests.support import TestHouse

pytestmark = [pytest.mark.browser, pytest.mark.database]
EVENINGS = ("Clairière", "Press day", "Showroom Paris")


@pytest.fixture(scope="module")
def founded(database: support.Database) -> TestHouse:
    house = support.found_house("Maison Aurore", "aurore-shell")
    start = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=20)
    for number, name in enumerate(EVENINGS):
        begins = start + dt.timedelta(days=number)
        execute(house.owner, create_event, CreateEvent(name, begins, begins + dt.timedelta(hours=3), "Europe/Paris"))
    return house


def count_events(house: TestHouse) -> int:
    return len(read(house.owner, search.event_choices))


def test_ctrl_k_searches_and_a_result_opens_its_page(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    enter(tab, app, founded.owner_email, "/plan_events?house=aurore-shell")
    tab.keyboard.press("Control+k")
    expect(tab.get_by_label("Search the house")).to_be_focused()
    tab.keyboard.type("clairie")
    main = tab.get_by_test_id("stMain")
    expect(main.get_by_text("1 found in Maison Aurore")).to_be_visible()
    main.get_by_role("link", name="Clairière").click()
    expect(main.get_by_role("heading", name="Clairière")).to_be_visible()
    assert "house=aurore-shell" in tab.url
    assert "event=clairiere" in tab.url
    expect(tab.get_by_label("Search the house")).to_have_value("")


def test_the_event_picker_changes_the_url_and_links_carry_it(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    enter(tab, app, founded.owner_email, "/plan_events?house=aurore-shell")
    sidebar = tab.get_by_test_id("stSidebar")
    expect(sidebar.get_by_role("link", name="Programme")).to_have_count(0)
    sidebar.get_by_label("Event", exact=True).click()
    tab.get_by_role("option", name="Press day").click()
    expect(sidebar.get_by_role("link", name="Programme")).to_be_visible()
    assert "event=press-day" in tab.url
    settled(tab)  # two links came in above it
    sidebar.get_by_role("link", name="Venues").click()
    tab.wait_for_url("**/plan_venues?**")
    assert "event=press-day" in tab.url
    tab.go_back()
    settled(tab)
    assert "/plan_events" in tab.url


def test_a_drawer_opens_by_url_and_escape_clears_it(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    enter(tab, app, founded.owner_email, "/plan_events?house=aurore-shell&new=event")
    expect(tab.get_by_role("dialog")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog")).to_have_count(0)
    tab.wait_for_function("() => !location.search.includes('new=')")
    tab.reload()
    settled(tab)
    expect(tab.get_by_role("dialog")).to_have_count(0)


def test_home_answers_at_both_of_its_addresses(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    enter(tab, app, founded.owner_email, "/overview_home?house=aurore-shell&event=press-day")
    tab.wait_for_url(f"{app.url}/?house=aurore-shell&event=press-day")
    expect(tab.get_by_role("heading", name="Claire")).to_be_visible()
    expect(tab.get_by_text("Page not found")).to_have_count(0)
    visit(tab, app, "/?house=aurore-shell")
    expect(tab.get_by_role("heading", name="Claire")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/plan_events", "/account_profile", "/admin_team"])
def test_a_phone_scrolls_down_not_sideways(
    path: str, founded: TestHouse, app: RunningApp, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(width=390, height=844, dark=True).new_page()
    app.watch(page)
    enter(page, app, founded.owner_email, path + "?house=aurore-shell")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth - element.clientWidth") <= 0


def test_letters_on_the_primary_button_read_in_both_modes(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    tab.goto(app.url)
    button = settled(tab).get_by_role("button", name="Sign in")
    for mode, wanted in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 18, 17)")):
        tab.emulate_media(color_scheme=mode)  # type: ignore[arg-type]
        expect(button).to_have_css("color", wanted)
