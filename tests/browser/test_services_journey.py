"""Links, feeds, views and privacy in a real browser: each made, used by somebody else, and ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from eventos_core.db.registry import execute, read
from eventos_core.directory import queries as contacts
from eventos_core.directory.queries import ContactFilter
from eventos_core.events import commands as events
from eventos_core.events.commands import AddSession, CreateEvent
from eventos_core.kernel.permissions import Role
from eventos_core.operations import views
from tests import support
from tests.browser.browsing import RunningApp, choose, enter, press, settled, visit, write
from tests.directory.conftest import add_contact
from tests.support import TestHouse

pytestmark = [pytest.mark.browser, pytest.mark.database]
HERE = "house=aurore-services"
START = dt.datetime.now(dt.UTC).replace(hour=18, minute=0, second=0, microsecond=0) + dt.timedelta(days=40)


@pytest.fixture(scope="module")
def founded(database: support.Database) -> TestHouse:
    return support.found_house("Maison Aurore", "aurore-services")


def test_a_programme_is_read_signed_out_until_its_link_is_withdrawn(
    tab: Page, founded: TestHouse, app: RunningApp, new_context: Callable[..., BrowserContext]
) -> None:
    made = CreateEvent("Winter gala", START, START + dt.timedelta(hours=3), "Europe/Paris")
    event = execute(founded.owner, events.create_event, made)
    talk = AddSession(event_id=event.event_id, title="Welcome", starts_at=START, ends_at=START + dt.timedelta(hours=1))
    execute(founded.owner, events.add_session, talk)
    enter(tab, app, founded.owner_email, f"/plan_event?{HERE}&event={event.slug}&share=1")
    drawer = tab.get_by_role("dialog")
    write(drawer, "For whom", "Press list")
    press(drawer, "Make the link")
    address = drawer.get_by_test_id("stCode").inner_text().strip()

    guest = new_context(width=390).new_page()
    app.watch(guest)
    guest.goto(address)
    expect(guest.get_by_role("heading", name="Winter gala")).to_be_visible()
    expect(guest.get_by_text("Welcome")).to_be_visible()

    press(drawer, "Done")
    press(drawer, "Withdraw")
    press(drawer, "Withdraw for good")
    expect(drawer.get_by_text("Withdrawn", exact=True)).to_be_visible()
    guest.reload()
    expect(guest.get_by_role("heading", name="This link has ended")).to_be_visible()


def test_a_calendar_feed_is_fetched_until_it_is_ended(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    enter(tab, app, founded.owner_email, f"/account_profile?{HERE}")
    tab.get_by_placeholder("Phone", exact=True).fill("Phone")
    press(tab, "Add the feed")
    address = tab.locator(".st-key-fresh_feed").get_by_test_id("stCode").inner_text().strip()
    calendar = tab.context.request.get(address)
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert calendar.text().startswith("BEGIN:VCALENDAR")
    press(tab, "I have taken it")
    press(tab.locator("[class*='st-key-feed_']").first, "End")
    expect(tab.get_by_text("That calendar feed has ended.")).to_be_visible()
    assert tab.context.request.get(address).status == 404


def test_a_view_is_kept_opened_by_its_link_and_deleted(
    tab: Page, founded: TestHouse, app: RunningApp, new_context: Callable[..., BrowserContext]
) -> None:
    colleague = founded.member(Role.MEMBER, name="Paul Petit")
    address = str(read(colleague, contacts.contacts, ContactFilter(q="paul petit")).frame["email"].iloc[0])
    add_contact(founded.owner, "Anaïs", "Abiola", "anais@x.example")
    add_contact(founded.owner, "Bruno", "Berg", "bruno@x.example")
    enter(tab, app, founded.owner_email, f"/sales_contacts?{HERE}&contacts_q=ana")
    press(tab, "All contacts")
    press(tab, "Save as a new view")
    write(tab, "Name of the view", "Anas")
    tab.get_by_text("Share with the house").click()
    press(tab, "Save view")
    expect(tab.get_by_role("button", name="Anas", exact=True).first).to_be_visible()
    settled(tab)
    (kept,) = read(colleague, views.saved_views, "contacts")
    assert (kept.name, kept.filters) == ("Anas", {"q": "ana"})
    assert f"contacts_view={kept.id}" in tab.url

    other = new_context().new_page()
    app.watch(other)
    enter(other, app, address, f"/sales_contacts?{HERE}&contacts_view={kept.id}")
    expect(other.locator("input[value='ana']")).to_be_visible()

    visit(tab, app, f"/sales_contacts?{HERE}&contacts_view={kept.id}")
    press(tab, "Anas")
    press(tab, "Delete")
    press(tab, "Delete view")
    # Not the toast, which is gone again on a slow machine.
    expect(tab.get_by_role("button", name="Delete view", exact=True)).to_have_count(0)
    assert read(colleague, views.saved_views, "contacts") == ()
    visit(other, app, f"/sales_contacts?{HERE}&contacts_view={kept.id}")
    expect(other.get_by_text("That view is gone, or not shared with you")).to_be_visible()


def test_a_person_is_found_handed_out_and_erased_with_evidence(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    person = add_contact(founded.owner, "Odile", "Oster", "odile@oster.example", phone="+33612345678")
    enter(tab, app, founded.owner_email, f"/admin_privacy?{HERE}&new=contact-{person}")
    drawer = tab.get_by_role("dialog")
    choose(drawer, "What is asked for", "A copy of their data")
    press(drawer, "Record the request")
    write(drawer, "How you know that it is them", "Answered from the known address")
    press(drawer, "Make the copy")
    expect(drawer.get_by_text("In the copy")).to_be_visible()
    copy = tab.context.request.get(app.url + (drawer.get_by_role("link").get_attribute("href") or ""))
    assert copy.body().startswith(b"PK")

    visit(tab, app, f"/admin_privacy?{HERE}&new=contact-{person}")
    press(drawer, "Record the request")
    press(drawer, "Search the house for them")
    expect(drawer.get_by_text("Made unrecognisable")).to_be_visible()
    write(drawer, "How you know that it is them", "Answered from the known address")
    write(drawer, "Name of the person", "Odile Oster")
    press(drawer, "Erase for good")
    expect(drawer.get_by_text("Erased, searched again, nothing found")).to_be_visible()
    visit(tab, app, f"/sales_contacts?{HERE}&contacts_q=oster")
    expect(tab.get_by_text("Odile Oster")).to_have_count(0)
