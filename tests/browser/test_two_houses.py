"""Two tabs of one person in two look-alike houses: each stays in its own, whatever is clicked."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from eventos_core.db.registry import execute, read
from eventos_core.events import commands, queries
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.tenancy import identity
from tests import support
from tests.browser.browsing import RunningApp, enter, press, settled, visit
from tests.support import TestHouse

pytestmark = [pytest.mark.browser, pytest.mark.database]
AURORE, AURORA = "aurore-tabs", "aurora-tabs"


@pytest.fixture(scope="module")
def founded(database: support.Database) -> TestHouse:
    """Claire owns both houses; each has one event of its own."""
    first = support.found_house("Maison Aurore", AURORE)
    identity.found_house(
        first.operator.token_hash,
        identity.NewHouse("Maison Aurora", AURORA, "EUR", "Europe/Rome"),
        identity.NewOwner("Claire Aurore", first.owner_email, None),
    )
    start = dt.datetime.now(dt.UTC) + dt.timedelta(days=30)
    for slug, name in ((AURORE, "Paris show"), (AURORA, "Milano show")):
        execute(
            MemberCredential(first.owner.token_hash, slug),
            commands.create_event,
            commands.CreateEvent(name, start, start + dt.timedelta(hours=3), "Europe/Paris"),
        )
    return first


def _events(founded: TestHouse, slug: str) -> list[str]:
    return sorted(read(MemberCredential(founded.owner.token_hash, slug), queries.events).frame["name"])


def _shows(page: Page, mine: str, other: str, house: str) -> None:
    expect(page.get_by_test_id("stMain")).to_contain_text(mine)
    expect(page.get_by_test_id("stMain")).not_to_contain_text(other)
    assert f"house={house}" in page.url


def _fill_new(page: Page, name: str) -> None:
    page.get_by_test_id("stMain").get_by_role("button", name="New event").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name", exact=True).fill(name)


def _create(page: Page, name: str) -> None:
    press(page.get_by_role("dialog"), "Create event")
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def _follow(page: Page, link: str) -> Page:
    """Ctrl+click on a link of the sidebar; the new tab."""
    with page.context.expect_page() as opened:
        page.get_by_test_id("stSidebar").get_by_role("link", name=link).click(modifiers=["ControlOrMeta"])
    expect(opened.value.get_by_test_id("stSidebar")).to_be_attached()
    return settled(opened.value)


def test_a_url_without_a_house_asks_a_person_of_two(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    enter(tab, app, founded.owner_email)
    main = tab.get_by_test_id("stMain")
    expect(main).to_contain_text("Maison Aurore")
    expect(main).to_contain_text("Maison Aurora")
    assert "house=" not in tab.url


def test_tabs_stay_apart_through_links_back_reload_new_tabs_and_writes(
    tab: Page, founded: TestHouse, app: RunningApp
) -> None:
    enter(tab, app, founded.owner_email, f"/plan_events?house={AURORE}")
    other = visit(tab.context.new_page(), app, f"/plan_events?house={AURORA}")
    app.watch(other)
    paris, milano = (tab, "Paris show", "Milano show", AURORE), (other, "Milano show", "Paris show", AURORA)
    for page, mine, theirs, house in (paris, milano):
        _shows(page, mine, theirs, house)

    for page, _, _, house in (paris, milano):  # each step in one tab, then in the other
        page.get_by_test_id("stSidebar").get_by_role("link", name="Venues").click()
        page.wait_for_url(f"**/plan_venues?*house={house}*")
        settled(page)
    for page, mine, theirs, house in (paris, milano):
        page.go_back()
        page.wait_for_url(f"**/plan_events?*house={house}*")
        _shows(settled(page), mine, theirs, house)
    for page, mine, theirs, house in (paris, milano):
        page.reload()
        _shows(settled(page), mine, theirs, house)
    for page, mine, theirs, house in (paris, milano):
        fresh = _follow(page, "Events")
        _shows(fresh, mine, theirs, house)
        fresh.close()

    _fill_new(tab, "Written in Paris")
    _fill_new(other, "Written in Milano")
    _create(tab, "Written in Paris")
    _create(other, "Written in Milano")
    assert f"house={AURORE}" in tab.url
    assert f"house={AURORA}" in other.url
    assert _events(founded, AURORE) == ["Paris show", "Written in Paris"]
    assert _events(founded, AURORA) == ["Milano show", "Written in Milano"]


def test_another_house_in_the_url_opens_nothing(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    support.found_house("Maison Autre", "maison-autre")
    enter(tab, app, founded.owner_email, f"/plan_events?house={AURORE}")
    for slug in ("maison-autre", "no-such-house", "../aurora-tabs"):
        visit(tab, app, f"/plan_events?house={slug}")
        expect(tab.get_by_role("heading", name="Choose a house")).to_be_visible()
        expect(tab.get_by_test_id("stMain")).not_to_contain_text("Maison Autre")
        expect(tab.get_by_role("button", name="New event")).to_have_count(0)
