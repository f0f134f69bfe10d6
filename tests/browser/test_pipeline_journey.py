"""A seller's day in a real browser, at a desk and on a phone; and two people who drag one card."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import PlanActivity
from eventos_core.crm.queries import DealDetail
from eventos_core.crm.rules.activities import ActivityFields, Links
from eventos_core.db.registry import execute, read
from eventos_core.directory import queries as directory
from eventos_core.directory.queries import ContactFilter
from eventos_core.enums.crm import ActivityKind, StageKind
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Role
from tests import support
from tests.browser.browsing import RunningApp, enter, keep, press, settled, visit
from tests.browser.test_deal_board import card, column, drag
from tests.crm.deals import put_deal, stages
from tests.directory.conftest import add_contact, add_organization
from tests.support import TestHouse

pytestmark = [pytest.mark.browser, pytest.mark.database]
HERE = "house=aurore-sales"


@pytest.fixture(scope="module")
def founded(database: support.Database) -> TestHouse:
    return support.found_house("Maison Aurore", "aurore-sales")


def _deal(house: TestHouse, deal_id: int) -> DealDetail:
    return read(house.owner, queries.deal, deal_id)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_seller_s_morning(
    founded: TestHouse, app: RunningApp, new_context: Callable[..., BrowserContext], width: int, dark: bool
) -> None:
    """My day → call → log → move → won; kept as pictures where `EVENTOS_PICTURES` names a folder."""
    mode = "dark" if dark else "light"

    def picture(number: int, what: str) -> None:
        keep(page, f"morning-{width}-{mode}-{number}-{what}")

    one = f"{width} {mode}"
    company = add_organization(founded.owner, f"Lumen {one}")
    person = add_contact(founded.owner, "Ida", f"Berg {one}", phone="+33612345678", organization_id=company)
    deal = put_deal(founded.owner, f"Front row {one}", organization_id=company, contact_id=person)
    due = clock.now() - dt.timedelta(hours=20)
    fields = ActivityFields(
        Links(person, company, deal), ActivityKind.CALL, f"Call Ida {one}", owner_id=founded.owner_member_id,
        due_at=due,
    )  # fmt: skip
    planned = execute(founded.owner, commands.plan_activity, PlanActivity(fields)).activity_id
    page = new_context(width=width, dark=dark).new_page()
    app.watch(page)
    enter(page, app, founded.owner_email, f"/sales_activities?{HERE}")

    main = page.get_by_test_id("stMain")
    row = main.locator(f".st-key-do_{planned}")
    expect(row.get_by_role("link", name="Call")).to_have_attribute("href", "tel:+33612345678")
    picture(1, "day")
    press(row, "Done")
    picture(2, "call")
    page.get_by_role("menuitem", name="Connected").click()
    expect(row).to_have_count(0)
    picture(3, "done")

    visit(page, app, f"/sales_pipeline?{HERE}&deal={deal}")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text(f"Call: Call Ida {one} · Connected")).to_be_visible()
    drawer.get_by_role("radio", name="Note").click()
    drawer.get_by_role("textbox", name="Note").fill("Wants the first row")
    picture(4, "log")
    press(drawer, "Save note")
    expect(drawer.get_by_text("Wants the first row")).to_be_visible()

    drawer.get_by_role("radio", name="Proposal").click()
    expect(drawer.get_by_text("New → Proposal")).to_be_visible()
    picture(5, "moved")
    assert _deal(founded, deal).stage == "Proposal"
    press(drawer, "Won")
    picture(6, "winning")
    press(drawer, "Mark as won")
    expect(drawer.get_by_text("Proposal → Won")).to_be_visible()
    picture(7, "won")
    assert _deal(founded, deal).outcome is StageKind.WON
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0


def test_two_people_drag_one_card_and_the_second_hears_who_was_faster(
    founded: TestHouse, app: RunningApp, new_context: Callable[..., BrowserContext]
) -> None:
    deal = put_deal(founded.owner, "Lounge", amount_minor=5)
    ids = stages(founded.owner)
    paul = founded.member(Role.MANAGER, name="Paul Petit")
    email = str(read(paul, directory.contacts, ContactFilter(q="paul petit")).frame["email"].iloc[0])
    pages = []
    for address in (founded.owner_email, email):
        page = new_context().new_page()
        enter(page, app, address, f"/sales_pipeline?{HERE}&deals_q=lounge")
        expect(card(page, deal)).to_be_visible()
        pages.append(page)
    first, second = pages
    drag(second, deal, ids["Qualified"])
    expect(card(column(second, ids["Qualified"]), deal)).to_be_visible()
    settled(second)
    drag(first, deal, ids["Proposal"])
    expect(first.get_by_text("Paul Petit has moved “Lounge” to Qualified meanwhile.")).to_be_visible()
    assert _deal(founded, deal).stage == "Qualified"
