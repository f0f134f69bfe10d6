"""Filters in the address, in a real browser: by hand, through a reload, copied, Back and Forward, in closed menus."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from eventos_core.operations import views
from eventos_core.operations.views import SaveView
from tests import support
from tests.browser.browsing import RunningApp, choose, enter, settled, visit
from tests.crm.deals import put_deal
from tests.directory.conftest import add_contact
from tests.support import TestHouse

pytestmark = [pytest.mark.browser, pytest.mark.database]
HERE = "house=aurore-addresses"


@pytest.fixture(scope="module")
def founded(database: support.Database) -> TestHouse:
    house = support.found_house("Maison Aurore", "aurore-addresses")
    put_deal(house.owner, "Lounge", stage="Won", amount_minor=100, owner_id=house.owner_member_id)
    put_deal(house.owner, "Gift bags", stage="Won", amount_minor=100, owner_id=None)
    put_deal(house.owner, "Front row", owner_id=house.owner_member_id)
    add_contact(house.owner, "Ann", "One", owner_id=house.owner_member_id)
    add_contact(house.owner, "Ann", "Two")
    return house


def said(page: Page) -> dict[str, list[str]]:
    """The address without the house."""
    found = parse_qs(urlsplit(page.url).query)
    found.pop("house")
    return found


def says(page: Page, **wanted: str) -> None:
    """Wait until the address says exactly this."""
    given = {name: [value] for name, value in wanted.items()}
    page.wait_for_function(
        """wanted => {
            const found = {}
            for (const [name, value] of new URLSearchParams(location.search))
                if (name !== "house") (found[name] ??= []).push(value)
            const ordered = one => JSON.stringify(Object.entries(one).sort())
            return ordered(found) === ordered(wanted)
        }""",
        arg=given,
    )
    settled(page)
    assert said(page) == given


def main(page: Page) -> Locator:
    return page.get_by_test_id("stMain")


def menu(page: Page, count: int = 0) -> Locator:
    """The menu of filters, opened."""
    label = f"Filters · {count}" if count else "Filters"
    main(page).get_by_role("button", name=label).click()
    return page.get_by_test_id("stPopoverBody")


def closed(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)


def test_filters_of_deals_survive_reload_copy_and_back(
    tab: Page, founded: TestHouse, app: RunningApp, new_context: Callable[..., BrowserContext]
) -> None:
    owner = str(founded.owner_member_id)
    enter(tab, app, founded.owner_email, f"/sales_pipeline?{HERE}&deals_layout=table")
    main(tab).get_by_role("radio", name="Won").click()
    says(tab, deals_layout="table", deals_show="won")
    expect(main(tab).get_by_text("2 deals")).to_be_visible()
    choose(menu(tab), "Owner", "Mine")
    won = {"deals_layout": "table", "deals_show": "won", "deals_owner": owner}
    says(tab, **won)
    expect(main(tab).get_by_text("1 deal ·")).to_be_visible()
    closed(tab)

    tab.reload()
    settled(tab)
    says(tab, **won)
    expect(main(tab).get_by_text("1 deal ·")).to_be_visible()
    other = new_context().new_page()
    enter(other, app, founded.owner_email, urlsplit(tab.url)._replace(scheme="", netloc="").geturl())
    says(other, **won)
    expect(main(other).get_by_text("1 deal ·")).to_be_visible()
    # A menu that is opened late shows what the address has said all along, and it can be emptied.
    other.get_by_role("radio", name="All", exact=True).click()
    says(other, **won | {"deals_show": "every"})
    expect(menu(other, 1).get_by_role("combobox", name="Owner")).to_have_value("Mine")
    other.get_by_role("button", name="Clear value").click()
    says(other, deals_layout="table", deals_show="every")
    closed(other)

    other.go_back()
    says(other, **won | {"deals_show": "every"})
    other.go_back()
    says(other, **won)
    expect(main(other).get_by_text("1 deal ·")).to_be_visible()
    other.go_forward()
    says(other, **won | {"deals_show": "every"})


def test_what_is_typed_and_clicked_at_once_is_kept_and_a_closed_menu_sends_nothing_old(
    tab: Page, founded: TestHouse, app: RunningApp
) -> None:
    enter(tab, app, founded.owner_email, f"/sales_contacts?{HERE}")
    search = main(tab).get_by_role("searchbox")
    search.click()
    search.press_sequentially("ann")
    # As long as a hand does: meanwhile the run for what was typed begins.
    main(tab).get_by_role("radio", name="Mine").click(delay=40)
    says(tab, contacts_q="ann", contacts_show="mine")
    expect(search).to_have_value("ann")

    choose(menu(tab), "Sort", "Newest")
    says(tab, contacts_q="ann", contacts_show="mine", contacts_sort="newest")
    closed(tab)
    tab.go_back()
    says(tab, contacts_q="ann", contacts_show="mine")
    search.fill("one")
    search.press("Enter")
    says(tab, contacts_q="one", contacts_show="mine")


def test_a_view_stands_in_the_address_and_back_leaves_it(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    made = views.save_view(founded.owner, SaveView("contacts", "My Anns", {"q": "ann", "show": "mine"}))
    whole = {"contacts_view": str(made.view_id), "contacts_q": "ann", "contacts_show": "mine"}
    enter(tab, app, founded.owner_email, f"/sales_contacts?{HERE}")
    main(tab).get_by_role("button", name="All contacts").click()
    tab.get_by_role("button", name="My Anns").click()
    says(tab, **whole)
    closed(tab)
    main(tab).get_by_role("radio", name="All", exact=True).click()
    says(tab, contacts_view=f"{made.view_id}~", contacts_q="ann")
    tab.go_back()
    says(tab, **whole)
    tab.go_back()
    says(tab)
    visit(tab, app, f"/sales_contacts?{HERE}&contacts_view={made.view_id}")
    says(tab, **whole)
