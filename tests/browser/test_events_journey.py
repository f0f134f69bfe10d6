"""Events and a programme in a real browser: one event however it is pressed, two tabs, archive, calendar, clash."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from eventos_core.db.registry import execute, read
from eventos_core.enums.events import EventStatus
from eventos_core.events import commands, queries
from eventos_core.events.commands import AddSession, AddSpace, AddVenue, ChangeEventStatus, CreateEvent, EventSaved
from eventos_core.events.queries import EventDetail, EventFilter
from tests import support
from tests.browser.browsing import RunningApp, choose, enter, press, settled, visit, write
from tests.support import TestHouse

pytestmark = [pytest.mark.browser, pytest.mark.database]
HERE = "house=aurore-events"
START = dt.datetime.now(dt.UTC).replace(hour=18, minute=0, second=0, microsecond=0) + dt.timedelta(days=40)
PRESSES_FOR_A_WHILE = """button => new Promise(done => {
    const until = performance.now() + 1500
    const again = () => performance.now() < until ? (button.click(), setTimeout(again, 15)) : done()
    again()
})"""


@pytest.fixture(scope="module")
def founded(database: support.Database) -> TestHouse:
    return support.found_house("Maison Aurore", "aurore-events")


def _event(house: TestHouse, name: str) -> EventSaved:
    return execute(
        house.owner, commands.create_event, CreateEvent(name, START, START + dt.timedelta(hours=3), "Europe/Paris")
    )


def _now(house: TestHouse, event: EventSaved) -> EventDetail:
    return read(house.owner, queries.event, event.slug)


def _double_click(button: Locator, name: Locator) -> None:
    button.dblclick()


def _triple_click(button: Locator, name: Locator) -> None:
    button.click(click_count=3)


def _enter_and_click(button: Locator, name: Locator) -> None:
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    name.press("Enter")
    button.page.mouse.click(box["x"] + 20, box["y"] + 10)


def _drumming(button: Locator, name: Locator) -> None:
    button.evaluate(PRESSES_FOR_A_WHILE)


@pytest.mark.parametrize("press", [_double_click, _triple_click, _enter_and_click, _drumming])
def test_an_impatient_hand_creates_one_event_and_sees_it(
    press: Callable[[Locator, Locator], None], tab: Page, founded: TestHouse, app: RunningApp
) -> None:
    name = f"Pressed {press.__name__.replace('_', ' ').strip()}"
    enter(tab, app, founded.owner_email, f"/plan_events?{HERE}&new=event")
    drawer = tab.get_by_role("dialog")
    write(drawer, "Name", name)
    press(drawer.get_by_role("button", name="Create event"), drawer.get_by_role("textbox", name="Name", exact=True))
    expect(drawer).to_have_count(0)
    settled(tab)
    expect(tab.get_by_role("heading", name=name)).to_be_visible()
    expect(tab.get_by_test_id("stSidebar").get_by_role("link", name="Event workspace")).to_be_visible()
    assert list(read(founded.owner, queries.events, EventFilter(q=name)).frame["name"]) == [name]


def test_an_event_edited_in_two_tabs_shows_both_versions(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    event = _event(founded, "Twice edited")
    path = f"/plan_event?{HERE}&event={event.slug}&edit=event"
    enter(tab, app, founded.owner_email, path)
    other = visit(tab.context.new_page(), app, path)
    write(other, "Season", "SS27")
    press(other, "Save event")
    expect(other.get_by_role("button", name="Save event")).to_have_count(0)
    write(tab, "Season", "AW27")
    press(tab, "Save event")
    conflict = tab.locator(f".st-key-conflict_edit_event_{event.event_id}")
    expect(conflict.get_by_role("cell", name="AW27")).to_be_visible()
    expect(conflict.get_by_role("cell", name="SS27")).to_be_visible()
    assert _now(founded, event).season == "SS27"
    press(conflict, "Keep theirs")
    expect(conflict).to_have_count(0)
    settled(tab)
    expect(tab.get_by_role("textbox", name="Season", exact=True)).to_have_value("SS27")
    assert _now(founded, event).season == "SS27"


def test_an_event_is_archived_and_restored(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    event = _event(founded, "Put away")
    enter(tab, app, founded.owner_email, f"/plan_event?{HERE}&event={event.slug}")
    press(tab, "More")
    tab.get_by_role("menuitem", name="Archive").click()
    press(tab.get_by_role("dialog"), "Archive event")
    expect(tab.get_by_text("This event is archived")).to_be_visible()
    assert _now(founded, event).archived_at is not None
    press(tab, "Restore event")
    expect(tab.get_by_text("This event is archived")).to_have_count(0)
    assert _now(founded, event).archived_at is None


def test_the_calendar_opens_an_event(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    event = _event(founded, "In the calendar")
    enter(tab, app, founded.owner_email, f"/plan_events?{HERE}&events_layout=calendar&events_month={START:%Y-%m}")
    tab.get_by_test_id("stMain").get_by_role("button", name="In the calendar").click()
    tab.wait_for_url(f"**/plan_event?*event={event.slug}*")
    expect(tab.get_by_role("heading", name="In the calendar")).to_be_visible()


def test_a_step_that_is_not_open_says_why(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    event = _event(founded, "Not yet")
    moved = execute(
        founded.owner,
        commands.change_event_status,
        ChangeEventStatus(event.event_id, event.version, EventStatus.PLANNED),
    )
    enter(tab, app, founded.owner_email, f"/plan_event?{HERE}&event={event.slug}&step=live")
    dialog = tab.get_by_role("dialog")
    expect(dialog).to_contain_text("goes live at most 14 days before it starts")
    expect(dialog.get_by_role("button", name="Go live")).to_have_count(0)

    visit(tab, app, f"/plan_event?{HERE}&event={event.slug}&step=cancelled")
    press(dialog, "Cancel event")
    expect(dialog.get_by_text("Required")).to_be_visible()
    assert _now(founded, event).status is EventStatus.PLANNED

    execute(
        founded.owner, commands.change_event_status,
        ChangeEventStatus(event.event_id, moved.version, EventStatus.CANCELLED, "Rain"),
    )  # fmt: skip
    dialog.get_by_role("textbox", name="Reason").fill("Storm")
    press(dialog, "Cancel event")
    expect(dialog).to_contain_text("Its status is final")
    assert _now(founded, event).cancel_reason == "Rain"


def test_a_clash_names_what_is_in_the_way_and_ends_with_another_space(
    tab: Page, founded: TestHouse, app: RunningApp
) -> None:
    event = _event(founded, "Two rooms")
    venue = execute(founded.owner, commands.add_venue, AddVenue("Atelier Nord")).venue_id
    salon, studio, hall = (
        execute(founded.owner, commands.add_space, AddSpace(venue, name)).space_id
        for name in ("Salon", "Studio", "Hall")
    )
    _session(founded, event, "Opening talk", salon)
    moved = _session(founded, event, "Press preview", studio)
    enter(tab, app, founded.owner_email, f"/plan_programme?{HERE}&event={event.slug}&session={moved}")
    drawer = tab.get_by_role("dialog")
    press(drawer, "Edit")
    choose(drawer, "Space", "Salon")
    press(drawer, "Save session")
    clash = drawer.get_by_text("Salon is taken by “Opening talk”")
    expect(clash).to_be_in_viewport()
    assert _space(founded, moved) == studio

    choose(drawer, "Space", "Hall")
    press(drawer, "Save session")
    expect(drawer.get_by_role("button", name="Edit")).to_be_visible()
    expect(clash).to_have_count(0)
    expect(drawer).to_contain_text("Hall")
    assert _space(founded, moved) == hall


def _session(house: TestHouse, event: EventSaved, title: str, space_id: int) -> int:
    given = AddSession(event.event_id, title, START, START + dt.timedelta(hours=1), space_id=space_id)
    return execute(house.owner, commands.add_session, given).session_id


def _space(house: TestHouse, session_id: int) -> int | None:
    return read(house.owner, queries.session, session_id).space_id
