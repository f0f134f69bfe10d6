"""The Trash page, without a browser: what it lists, restoring chosen rows, and archived records elsewhere."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import read
from eventos_core.events import queries
from eventos_core.events.queries import EventFilter
from eventos_core.kernel.permissions import Role
from eventos_core.operations import trash
from tests.directory.conftest import add_contact
from tests.events import rows
from tests.operations.test_trash import archive
from tests.pages.conftest import OpenPage
from tests.pages.page_helpers import links, words
from tests.support import TestHouse

pytestmark = pytest.mark.database


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Row numbers that the grid of the page says are chosen."""
    numbers: list[int] = []
    drawn = st.dataframe

    def grid(*given: Any, **more: Any) -> Any:
        drawn(*given, **more)
        return SimpleNamespace(selection=SimpleNamespace(rows=numbers))

    monkeypatch.setattr(st, "dataframe", grid)
    return numbers


def listed(at: AppTest) -> list[str]:
    assert not at.exception
    return list(at.dataframe[0].value["Name"]) if at.dataframe else []


def restore(at: AppTest) -> AppTest:
    return next(button for button in at.button if button.label.startswith("Restore")).click().run()


def test_an_empty_trash_says_what_comes_here(house: TestHouse, open_page: OpenPage) -> None:
    assert "The trash is empty." in words(open_page("admin_trash", house.member(Role.VIEWER)))
    assert "Nothing archived matches." in words(open_page("admin_trash", house.owner, trash_q="nothing"))


def test_chosen_rows_come_back_and_what_stays_says_why(
    house: TestHouse, open_page: OpenPage, chosen: list[int]
) -> None:
    venue = rows.add_venue(house.owner, "Halle")
    space = rows.add_space(house.owner, venue.venue_id, "Nef")
    contact = add_contact(house.owner, "Ann", "One")
    for table, row_id in (("venues", venue.venue_id), ("contacts", contact), ("venue_spaces", space.space_id)):
        archive(house, table, row_id)
    at = open_page("admin_trash", house.owner)
    assert listed(at) == ["Nef", "Ann One", "Halle"]
    assert at.dataframe[0].value["Open"][1] == f"/sales_contacts?house={house.slug}&contact={contact}"
    chosen[:] = [0, 1]
    restore(at.run())
    assert "1 record restored, 1 not." in words(at)
    assert "The venue “Halle” is archived. Restore it first." in words(at)
    assert set(read(house.owner, trash.trash).frame["name"]) == {"Nef", "Halle"}


def test_what_one_may_not_restore_is_not_offered(house: TestHouse, open_page: OpenPage, chosen: list[int]) -> None:
    archive(house, "contacts", add_contact(house.owner, "Ann", "One"))
    chosen[:] = [0]
    at = open_page("admin_trash", house.member(Role.VIEWER))
    assert listed(at) == ["Ann One"]
    assert not [button for button in at.button if button.label.startswith("Restore")]
    assert "You can look and open." in words(at)


def test_an_archived_event_offers_nothing_to_build(house: TestHouse, open_page: OpenPage) -> None:
    event = rows.add_event(house.owner)
    archive(house, "events", event.event_id)
    at = open_page("plan_event", house.owner, event=event.slug)
    assert "Build the programme" not in links(at)
    assert "Open the programme" in links(at)
    at = open_page("plan_programme", house.owner, event=event.slug)
    assert "The event is archived; restore it to build its programme." in words(at)
    assert not {"Add session", "Add the first session"} & {button.label for button in at.button}


@pytest.mark.parametrize("latest_first", [False, True])
def test_a_list_of_events_is_entered_at_a_day(house: TestHouse, latest_first: bool) -> None:
    for number in range(4):
        start = rows.at(0, days=number)
        rows.add_event(house.owner, f"Day {number}", starts_at=start, ends_at=start + dt.timedelta(hours=2))
    wanted = EventFilter(latest_first=latest_first)
    at = queries.at_day(rows.DAY + dt.timedelta(days=2), rows.PARIS, latest_first=latest_first)
    found = read(house.owner, queries.events, wanted, cursor=at)
    assert list(found.frame["name"]) == (["Day 2", "Day 1", "Day 0"] if latest_first else ["Day 2", "Day 3"])
    assert found.previous is not None
