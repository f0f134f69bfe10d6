"""The page of activities and the logger of drawers, without a browser."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.crm import commands, queries
from eventos_core.crm.queries import ActivityFilter
from eventos_core.crm.rules.activities import Links, Move, next_working_day
from eventos_core.db.registry import execute, read
from eventos_core.enums.crm import ActivityKind, ActivityOutcome
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Role
from eventos_core.ui import formats
from eventos_core.ui.sales import doing_words as words
from eventos_core.ui.sales.logging import What
from tests.crm.deals import put_deal
from tests.crm.doing import activity_row, book, coming, log, meeting_kind, meeting_row, plan
from tests.directory.conftest import add_contact, counted
from tests.pages.conftest import OpenPage
from tests.pages.test_directory import field, press, said
from tests.support import TestHouse

pytestmark = pytest.mark.database
PAGE = "sales_activities"


def _ago(**delta: float) -> dt.datetime:
    return clock.now() - dt.timedelta(**delta)


def _menu(at: AppTest, label: str) -> Any:
    return next(item for item in at.menu_button if item.label == label)


def _links(at: AppTest) -> list[str]:
    return [str(item.url) for item in at.link_button]


def test_a_quiet_day_says_what_to_do(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page(PAGE, house.owner)
    assert not at.exception
    assert "Nothing planned yet" in said(at)
    press(at, "Plan an activity")
    assert field(at, "text_input", "What").value == ""
    looking = open_page(PAGE, house.member(Role.VIEWER))
    assert "Plan the next call" in said(at) and "Plan the next call" not in said(looking)
    assert "Plan an activity" not in said(looking)
    assert not [button for button in looking.button if button.label == "Plan"]


def test_my_day_calls_with_one_tap_and_is_done_with_two(
    two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage
) -> None:
    ours, theirs = two_houses
    links = Links(add_contact(ours.owner, "Ann", "One", phone="+33612345678"))
    made = plan(ours.owner, links, "Ring Ann", kind=ActivityKind.CALL, due_at=_ago(days=1))
    plan(theirs.owner, Links(add_contact(theirs.owner, "Secret", "Other")), "Theirs", due_at=_ago(days=1))
    at = open_page(PAGE, ours.owner)
    assert "Overdue" in at.subheader[0].value
    assert "Theirs" not in said(at)
    assert _links(at) == ["tel:+33612345678"]
    _menu(at, "Done").click(ActivityOutcome.INTERESTED).run()
    assert activity_row(ours.owner, made.activity_id).outcome is ActivityOutcome.INTERESTED
    assert "1 done" in said(at)


def test_later_moves_it_and_a_stale_page_meets_the_other_s_change(house: TestHouse, open_page: OpenPage) -> None:
    links = Links(add_contact(house.owner, "Ann", "One"))
    made = plan(house.owner, links, "Ring Ann", due_at=_ago(days=1))
    at = open_page(PAGE, house.owner)
    other = open_page(PAGE, house.owner)
    _menu(at, "Later").click(Move.TOMORROW).run()
    row = activity_row(house.owner, made.activity_id)
    assert row.due_at is not None
    assert row.due_at > clock.now()
    _menu(other, "Later").click(Move.NEXT_WEEK).run()
    assert "Keep theirs" in said(other)
    assert activity_row(house.owner, made.activity_id).due_at == row.due_at


def test_who_may_not_write_about_deals_has_no_buttons_there(house: TestHouse, open_page: OpenPage) -> None:
    member = house.member(Role.MEMBER)
    contact = add_contact(house.owner, "Ann", "One")
    plan(member, Links(contact), "Mine")
    at = open_page(PAGE, member)
    assert [item.label for item in at.menu_button][:2] == ["Done", "Later"]
    deal = plan(house.owner, Links(contact, opportunity_id=put_deal(house.owner)), "About the deal")
    at = open_page(PAGE, member, activity=str(deal.activity_id))
    labels = {button.label for button in at.button}
    assert "About the deal" in said(at)
    assert not labels & {"Edit", "Archive", "Tomorrow"}


def test_my_day_costs_two_queries_however_much_there_is(house: TestHouse, open_page: OpenPage) -> None:
    links = Links(add_contact(house.owner, "Ann", "One"))

    def statements() -> int:
        with counted() as sent:
            assert not open_page(PAGE, house.owner).exception
        return len(sent)

    plan(house.owner, links, "First", due_at=_ago(days=1))
    few = statements()
    for number in range(8):
        plan(house.owner, links, f"More {number}", due_at=_ago(days=number + 1))
    assert statements() == few


@pytest.mark.parametrize("layout", ["list", "calendar", "meetings"])
def test_every_layout_opens_and_shows_this_house_only(
    two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage, layout: str
) -> None:
    ours, theirs = two_houses
    for house, name in ((ours, "Ours"), (theirs, "Theirs")):
        guest = add_contact(house.owner, "Ann", "One", "ann@one.example")
        plan(house.owner, Links(guest), name, due_at=clock.now())
        book(house.owner, meeting_kind(house.owner), coming(), contact_id=guest, subject=name, tell_guest=False)
    at = open_page(PAGE, ours.owner, activity_layout=layout)
    assert not at.exception
    if layout == "calendar":
        return
    shown = at.dataframe[0].value.astype(str)
    assert shown.apply(lambda column: column.str.contains("Ours")).any().any()
    assert not shown.apply(lambda column: column.str.contains("Theirs")).any().any()


def test_meetings_are_not_offered_to_who_may_not_read_sales(house: TestHouse, open_page: OpenPage) -> None:
    blind = house.member(Role.MEMBER, denials=("sales.read",))
    at = open_page(PAGE, blind, activity_layout="meetings")
    assert not at.exception
    assert at.button_group[0].options == ["My day", "List", "Calendar"]
    none = open_page(PAGE, house.member(Role.VIEWER, denials=("contacts.read",)))
    assert "Ask" in said(none) or "may not" in said(none)


def test_the_drawer_completes_with_a_next_step(house: TestHouse, open_page: OpenPage) -> None:
    made = plan(house.owner, Links(add_contact(house.owner, "Ann", "One")), "Ring Ann", kind=ActivityKind.CALL)
    at = open_page(PAGE, house.owner, activity=str(made.activity_id))
    press(at, "Done")
    field(at, "text_area", "What came of it").set_value("Wants the deck")
    field(at, "text_input", "Next step").set_value("Send the deck")
    press(at, "Mark as done")
    row = activity_row(house.owner, made.activity_id)
    assert (row.outcome, row.outcome_note) == (ActivityOutcome.CONNECTED, "Wants the deck")
    then = read(house.owner, queries.activities, ActivityFilter(q="deck")).frame
    assert list(then["subject"]) == ["Send the deck"]


def test_without_a_kind_the_booking_form_leads_to_where_one_is_added(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page(PAGE, house.owner, activity_layout="calendar", book="new")
    assert not at.exception
    assert "No kind of meeting can be booked yet" in said(at)
    at = press(at, "Open the settings")
    assert not at.exception
    assert "Add a kind of meeting" in {one.label for one in at.expander}
    seller = house.member(Role.MEMBER, grants=("sales.write",))
    at = open_page(PAGE, seller, activity_layout="calendar", book="new")
    assert "No kind of meeting can be booked yet" in said(at)
    assert "Open the settings" not in {button.label for button in at.button}


def test_a_meeting_is_booked_into_the_first_free_time(house: TestHouse, open_page: OpenPage) -> None:
    meeting_kind(house.owner)
    guest = add_contact(house.owner, "Ann", "One", "ann@one.example")
    at = open_page(PAGE, house.owner, activity_layout="meetings", book="new")
    assert not at.exception
    field(at, "selectbox", "Guest").set_value(guest)
    press(at, "Book meeting")
    found = read(house.owner, queries.meetings).frame
    assert list(found["guest"]) == ["Ann One"]
    at = open_page(PAGE, house.owner, activity_layout="meetings", meeting=str(found["id"].iloc[0]))
    press(at, "Cancel meeting")
    press(at, "Cancel meeting")
    assert meeting_row(house.owner, int(found["id"].iloc[0])).status == "cancelled"


def test_a_changed_meeting_is_announced_by_what_changed(house: TestHouse, open_page: OpenPage) -> None:
    guest = add_contact(house.owner, "Ann", "One", "ann@one.example")
    made = book(house.owner, meeting_kind(house.owner), coming(), contact_id=guest, tell_guest=False)
    at = open_page(PAGE, house.owner, activity_layout="meetings", meeting=str(made.booking_id))
    press(at, "Move")
    time = next(box for box in at.selectbox if box.label.startswith("Time ("))
    before = meeting_row(house.owner, made.booking_id)
    assert dt.datetime.fromisoformat(str(time.value)) == before.starts_at
    field(at, "text_input", "Where").set_value("Atelier")
    press(at, "Move meeting")
    after = meeting_row(house.owner, made.booking_id)
    assert (after.place, after.starts_at) == ("Atelier", before.starts_at)
    assert [toast.value for toast in at.toast] == ["Place changed."]


@pytest.mark.parametrize(
    ("parts", "said_so"),
    [
        (("time",), "Moved to Thu 3 Dec, 10:00."),
        (("time", "host"), "Moved to Thu 3 Dec, 10:00. Host changed."),
        (("place", "host"), "Place and host changed."),
        ((), ""),
    ],
)
def test_what_changed_of_a_meeting_in_words(parts: tuple[str, ...], said_so: str) -> None:
    reader: Any = SimpleNamespace(house=SimpleNamespace(zone=ZoneInfo("Europe/Paris")), locale="en-GB")
    assert words.changed(reader, parts, dt.datetime(2026, 12, 3, 9, tzinfo=dt.UTC)) == said_so


def test_a_time_that_went_meanwhile_is_refused_and_not_replaced(house: TestHouse, open_page: OpenPage) -> None:
    kind = meeting_kind(house.owner)
    guest = add_contact(house.owner, "Ann", "One", "ann@one.example")
    at = open_page(PAGE, house.owner, activity_layout="meetings", book="new")
    field(at, "selectbox", "Guest").set_value(guest)
    time = next(box for box in at.selectbox if box.label.startswith("Time ("))
    chosen = dt.datetime.fromisoformat(str(time.value))
    at.run()
    book(house.owner, kind, chosen, contact_id=guest, tell_guest=False)
    press(at, "Book meeting")
    assert len(read(house.owner, queries.meetings).frame) == 1
    assert ":material/error:" in said(at)


def test_without_kinds_of_meetings_the_page_says_where_they_are_made(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page(PAGE, house.owner, activity_layout="meetings")
    assert "No kinds of meetings yet" in said(at)
    assert not at.exception


LOGGER = """
from eventos_core.crm.rules.activities import Links
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import page
from eventos_core.ui.sales import logging, my_day

ctx = page.start("Logger", requires=Permission.CONTACTS_READ)
links = Links(contact_id={contact}, opportunity_id={deal})
logging.draw(ctx, links, name="deal_1")
my_day.planned(ctx, "contacts", {contact})
"""


@pytest.fixture
def with_logger(scratch_pages: Path, house: TestHouse) -> Links:
    """A page that draws the logger as drawers do; what it logs is about these records."""
    links = Links(add_contact(house.owner, "Ann", "One", "ann@one.example"), opportunity_id=put_deal(house.owner))
    script = LOGGER.format(contact=links.contact_id, deal=links.opportunity_id)
    (scratch_pages / "sales_contacts.py").write_text(script)
    return links


def _press_pill(at: AppTest, what: What) -> AppTest:
    return at.button_group[0].set_value(what).run()


def test_a_call_is_logged_with_two_presses(house: TestHouse, open_page: OpenPage, with_logger: Links) -> None:
    at = open_page("sales_contacts", house.owner)
    assert not at.exception
    _press_pill(at, What.CALL)
    press(at, "Log call")
    frame = read(house.owner, queries.activities).frame
    assert list(frame["kind"]) == ["call"]
    assert (frame["deal"].iloc[0], frame["outcome"].iloc[0]) == ("Deal", "connected")
    assert "Log call" not in said(at)


def test_notes_plans_and_mails_are_written_from_the_logger(
    house: TestHouse, open_page: OpenPage, with_logger: Links
) -> None:
    at = open_page("sales_contacts", house.owner)
    _press_pill(at, What.NOTE)
    press(at, "Save note")
    assert "A note needs a text" in said(at) or "1 to 50000 characters" in said(at)
    field(at, "text_area", "Note").set_value("Front row")
    press(at, "Save note")
    assert [note.body for note in read(house.owner, queries.notes_of, "opportunities", with_logger.opportunity_id)] == [
        "Front row"
    ]
    _press_pill(at, What.PLAN)
    field(at, "text_input", "What").set_value("Ring Ann")
    press(at, "Plan it")
    assert "Ring Ann" in said(at)
    _press_pill(at, What.WRITE)
    field(at, "text_input", "Subject").set_value("The deck")
    field(at, "text_area", "Text").set_value("Here it is.")
    press(at, "Send e-mail")
    frame = read(house.owner, queries.activities).frame
    assert set(frame["subject"]) == {"Ring Ann", "The deck"}


def test_the_logger_is_for_who_may_write_here(house: TestHouse, open_page: OpenPage, with_logger: Links) -> None:
    for who in (house.member(Role.VIEWER), house.member(Role.MEMBER)):
        assert not open_page("sales_contacts", who).button_group


def test_a_note_is_edited_in_its_drawer(house: TestHouse, open_page: OpenPage) -> None:
    contact = add_contact(house.owner, "Ann", "One")
    made = execute(house.owner, commands.add_note, commands.AddNote(Links(contact), "Front row"))
    log(house.owner, Links(contact))
    at = open_page(PAGE, house.owner, note=str(made.note_id))
    field(at, "text_area", "Note").set_value("Second row")
    press(at, "Save note")
    assert read(house.owner, queries.note, made.note_id).body == "Second row"
    looking = open_page(PAGE, house.member(Role.VIEWER), note=str(made.note_id))
    assert [element.proto.body for element in looking.get("html") if "Second row" in element.proto.body]
    assert not looking.text_area


def test_a_plan_begins_on_the_next_working_day_and_needs_one(
    house: TestHouse, open_page: OpenPage, with_logger: Links
) -> None:
    at = open_page("sales_contacts", house.owner)
    _press_pill(at, What.PLAN)
    today = clock.now().astimezone(ZoneInfo("Europe/Paris")).date()
    assert field(at, "date_input", "Day").value == next_working_day(today)
    field(at, "date_input", "Day").set_value(None)
    press(at, "Plan it")
    assert "Required" in said(at)
    assert read(house.owner, queries.activities).frame.empty
    field(at, "date_input", "Day").set_value(today + dt.timedelta(days=9))
    press(at, "Plan it")
    (due,) = read(house.owner, queries.activities).frame["due_at"]
    assert due.astimezone(ZoneInfo("Europe/Paris")).date() == today + dt.timedelta(days=9)


def test_a_day_without_a_next_step_is_refused_at_its_field(
    house: TestHouse, open_page: OpenPage, with_logger: Links
) -> None:
    at = open_page("sales_contacts", house.owner)
    _press_pill(at, What.CALL)
    field(at, "date_input", "By").set_value(dt.date(2030, 1, 2))
    press(at, "Log call")
    assert "Required" in said(at)
    assert read(house.owner, queries.activities).frame.empty


def test_the_only_kind_of_meeting_is_named_with_length_and_place(house: TestHouse, open_page: OpenPage) -> None:
    meeting_kind(house.owner, "Showroom visit", mode="in_person", place="Rue de Rivoli 1")
    at = open_page(PAGE, house.owner, activity_layout="meetings", book="new")
    assert f"**Showroom visit** · {formats.duration(30)} · In person · Rue de Rivoli 1" in said(at)
    meeting_kind(house.owner, "Video call", mode="video")
    at = open_page(PAGE, house.owner, activity_layout="meetings", book="new")
    assert "In person · Rue de Rivoli 1" in said(at)
    assert "**Showroom visit**" not in said(at)
