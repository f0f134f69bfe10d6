"""Contacts in a real browser: two people editing one, a merge and its undo, a double click."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from eventos_core.db.registry import read
from eventos_core.directory import queries
from eventos_core.directory.queries import ContactFilter
from eventos_core.kernel.permissions import Role
from tests import support
from tests.browser.browsing import RunningApp, enter, press, settled, visit, write
from tests.directory.conftest import add_contact
from tests.support import TestHouse

pytestmark = [pytest.mark.browser, pytest.mark.database]
HERE = "house=aurore-contacts"


@pytest.fixture(scope="module")
def founded(database: support.Database) -> TestHouse:
    return support.found_house("Maison Aurore", "aurore-contacts")


@pytest.fixture(scope="module")
def colleague(founded: TestHouse) -> str:
    """The address of a second person of the house, Paul Petit."""
    paul = founded.member(Role.MANAGER, name="Paul Petit")
    found = read(paul, queries.contacts, ContactFilter(q="paul petit")).frame
    return str(found["email"].iloc[0])


def test_two_people_editing_one_contact_see_both_versions(
    tab: Page, founded: TestHouse, colleague: str, app: RunningApp, new_context: Callable[..., BrowserContext]
) -> None:
    contact = add_contact(founded.owner, "Anaïs", "Abiola", "anais@x.example")
    path = f"/sales_contacts?{HERE}&contact={contact}"
    enter(tab, app, founded.owner_email, path)
    other = new_context().new_page()
    app.watch(other)
    enter(other, app, colleague, path)
    for person in (tab, other):
        press(person, "Edit")
        expect(person.get_by_role("textbox", name="Title", exact=True)).to_be_visible()
    write(other, "Title", "Fashion editor")
    press(other, "Save contact")
    other.get_by_role("tab", name="Timeline").click()
    expect(other.get_by_text("Job title: – → Fashion editor")).to_be_visible()

    write(tab, "Title", "Buyer")
    press(tab, "Save contact")
    expect(tab.get_by_text("Paul Petit changed this contact while you were editing.")).to_be_visible()
    expect(tab.get_by_role("cell", name="Fashion editor")).to_be_visible()
    expect(tab.get_by_role("cell", name="Buyer")).to_be_visible()
    assert read(founded.owner, queries.contact, contact).fields.job_title == "Fashion editor"
    press(tab, "Save mine over it")
    expect(tab.get_by_text("Paul Petit changed this contact")).to_have_count(0)
    assert read(founded.owner, queries.contact, contact).fields.job_title == "Buyer"


def test_edits_of_different_fields_are_both_kept(
    tab: Page, founded: TestHouse, colleague: str, app: RunningApp, new_context: Callable[..., BrowserContext]
) -> None:
    contact = add_contact(founded.owner, "Björn", "Costa", "bjorn@x.example")
    path = f"/sales_contacts?{HERE}&contact={contact}"
    enter(tab, app, founded.owner_email, path)
    other = new_context().new_page()
    enter(other, app, colleague, path)
    for person in (tab, other):
        press(person, "Edit")
        expect(person.get_by_role("textbox", name="Title", exact=True)).to_be_visible()
    write(other, "Title", "Stylist")
    press(other, "Save contact")
    other.get_by_role("tab", name="Timeline").click()
    expect(other.get_by_text("Job title: – → Stylist")).to_be_visible()
    write(tab, "First name", "Bjorn")
    press(tab, "Save contact")
    expect(tab.get_by_text("Contact saved.")).to_be_visible()
    now = read(founded.owner, queries.contact, contact)
    assert (now.name, now.fields.job_title) == ("Bjorn Costa", "Stylist")


def test_a_double_click_creates_one_contact(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    enter(tab, app, founded.owner_email, f"/sales_contacts?{HERE}")
    press(tab, "New contact")
    drawer = tab.get_by_role("dialog")
    write(drawer, "Last name", "Doubleclick")
    drawer.get_by_role("button", name="Create contact").dblclick()
    expect(drawer.get_by_role("heading", name="Doubleclick")).to_be_visible()
    assert len(read(founded.owner, queries.contacts, ContactFilter(q="doubleclick")).frame) == 1


def test_a_merge_of_two_contacts_is_taken_back(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    kept = add_contact(founded.owner, "Léa", "Fournier", "lea@x.example", job_title="Buyer")
    double = add_contact(founded.owner, "Lea", "Fournier", "l.fournier@x.example", phone="+33 1 99 00 30 18")
    enter(tab, app, founded.owner_email, f"/sales_contacts?{HERE}&contact={kept}")
    drawer = tab.get_by_role("dialog")
    press(drawer, "Merge")
    drawer.get_by_role("searchbox", name="Find it").fill("fournier")
    drawer.get_by_role("searchbox", name="Find it").press("Enter")
    press(drawer, "Compare")
    expect(drawer).to_contain_text("Is merged into it: Lea Fournier")
    press(drawer, "Merge into Léa Fournier")
    expect(drawer.get_by_role("link", name="+33 1 99 00 30 18")).to_be_visible()
    tab.wait_for_url(f"**contact={kept}**")
    assert _addresses(founded, kept) == {"lea@x.example", "l.fournier@x.example"}
    assert read(founded.owner, queries.contact, double).merged_into_id == kept

    drawer.get_by_role("tab", name="Merges").click()
    press(drawer, "Take back")
    expect(drawer.get_by_role("button", name="Take back")).to_have_count(0)
    expect(drawer.get_by_role("link", name="+33 1 99 00 30 18")).to_have_count(0)
    assert _addresses(founded, kept) == {"lea@x.example"}
    assert read(founded.owner, queries.contact, double).merged_into_id is None
    assert _addresses(founded, double) == {"l.fournier@x.example"}


def test_a_contact_is_looked_up_and_called_with_a_thumb(
    founded: TestHouse, app: RunningApp, new_context: Callable[..., BrowserContext]
) -> None:
    add_contact(founded.owner, "Ngozi", "Balógun", "ngozi.balogun@north-star-management.example", phone="+447700900714")
    phone = new_context(width=390, height=844, dark=True).new_page()
    app.watch(phone)
    enter(phone, app, founded.owner_email, f"/sales_contacts?{HERE}")
    search = phone.get_by_role("searchbox", name="Name, e-mail, phone or organisation")
    search.fill("alogun")
    search.press("Enter")
    phone.wait_for_url("**contacts_q=alogun**")
    settled(phone)
    _fits(phone, "stMain")
    table = phone.get_by_test_id("stDataFrame")
    expect(table.locator("[role=row]")).to_have_count(2)  # the header and the one found
    expect(table.locator("[role=gridcell]").first).to_contain_text("Ngozi")
    table.click(position={"x": 60, "y": 55})
    drawer = phone.get_by_role("dialog")
    expect(drawer.get_by_role("heading", name="Ngozi Balógun")).to_be_visible()
    for name, address in (
        ("+44 7700 900714", "tel:+447700900714"),
        ("ngozi.balogun", "mailto:ngozi.balogun@north-star-management.example"),
    ):
        link = drawer.get_by_role("link", name=name).first
        expect(link).to_have_attribute("href", address)
        link.click(trial=True)  # nothing lies over it
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 36
        assert box["x"] + box["width"] <= 390
    _fits(phone, "stDialog")


def _fits(page: Page, test_id: str) -> None:
    """Nothing on the page, or in that part of it, reaches past its right edge."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    assert page.get_by_test_id(test_id).evaluate("element => element.scrollWidth - element.clientWidth") <= 0


def _addresses(house: TestHouse, contact: int) -> set[str]:
    return {entry.email for entry in read(house.owner, queries.contact, contact).fields.emails}


def test_the_search_stays_in_the_link(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    add_contact(founded.owner, "Keiko", "Ito", "keiko@x.example")
    enter(tab, app, founded.owner_email, f"/sales_contacts?{HERE}")
    tab.get_by_role("searchbox", name="Name, e-mail, phone or organisation").fill("keiko")
    tab.get_by_role("searchbox", name="Name, e-mail, phone or organisation").press("Enter")
    settled(tab)
    tab.wait_for_url("**contacts_q=keiko**")
    link = tab.url
    visit(tab, app, f"/?{HERE}")
    visit(tab, app, link.removeprefix(app.url))
    expect(tab.get_by_role("searchbox", name="Name, e-mail, phone or organisation")).to_have_value("keiko")
