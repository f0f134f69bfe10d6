"""Archive and restore act on what the person saw: a change in between is shown, not overwritten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from eventos_core.db.session import reading, unit_of_work
from tests.directory.conftest import add_contact, add_organization
from tests.events import rows
from tests.pages.conftest import OpenPage
from tests.pages.page_helpers import words
from tests.support import TestHouse

pytestmark = pytest.mark.database


@dataclass(frozen=True)
class Case:
    """A record, where its buttons are, and how they are called."""

    table: str
    page: str
    add: Callable[[TestHouse], int]
    query: Callable[[TestHouse, int], dict[str, str]]
    ask: str
    archive: str
    restore: str
    noun: str


def slug_of(house: TestHouse, event_id: int) -> str:
    with reading(house.owner) as db:
        return str(db.scalar(text("select slug from events where id = :i"), {"i": event_id}))


CASES = [
    Case(
        "contacts", "sales_contacts", lambda h: add_contact(h.owner, "Ann", "One"),
        lambda _, i: {"contact": str(i)}, "Archive", "Archive Ann One", "Restore contact", "contact",
    ),
    Case(
        "organizations", "sales_organizations", lambda h: add_organization(h.owner, "Éclat"),
        lambda _, i: {"organization": str(i)}, "Archive", "Archive Éclat", "Restore organisation", "organisation",
    ),
    Case(
        "venues", "plan_venues", lambda h: rows.add_venue(h.owner).venue_id,
        lambda _, i: {"venue": str(i)}, "Archive", "Archive venue", "Restore venue", "venue",
    ),
    Case(
        "events", "plan_event", lambda h: rows.add_event(h.owner).event_id,
        lambda h, i: {"event": slug_of(h, i)}, "", "Archive event", "Restore event", "event",
    ),
]  # fmt: skip
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.table)


def is_archived(house: TestHouse, case: Case, row_id: int) -> bool:
    with reading(house.owner) as db:
        return bool(db.scalar(text(f"select archived_at is not null from {case.table} where id = :i"), {"i": row_id}))


def change(house: TestHouse, case: Case, row_id: int, **values: Any) -> None:
    """Somebody else writes the row meanwhile."""
    assigned = ", ".join(f"{name} = {value}" for name, value in values.items())
    with unit_of_work(house.owner) as db:
        db.execute(text(f"update {case.table} set {assigned} where id = :i"), {"i": row_id})


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def opened(open_page: OpenPage, house: TestHouse, case: Case, row_id: int, *, to_archive: bool) -> AppTest:
    query = case.query(house, row_id)
    if to_archive and not case.ask:
        query["archive"] = "event"
    at = open_page(case.page, house.owner, **query)
    if to_archive and case.ask:
        press(at, case.ask)
    assert not at.exception
    return at


@each
def test_archiving_shows_what_somebody_changed_meanwhile(house: TestHouse, open_page: OpenPage, case: Case) -> None:
    row_id = case.add(house)
    at = opened(open_page, house, case, row_id, to_archive=True)
    change(house, case, row_id, tags="'{new}'")
    press(at, case.archive)
    assert not is_archived(house, case, row_id)
    assert f"changed this {case.noun} meanwhile" in words(at)
    press(at, "Save mine over it")
    assert is_archived(house, case, row_id)


@each
def test_restoring_shows_what_somebody_changed_meanwhile(house: TestHouse, open_page: OpenPage, case: Case) -> None:
    row_id = case.add(house)
    change(house, case, row_id, archived_at="now()")
    at = opened(open_page, house, case, row_id, to_archive=False)
    change(house, case, row_id, archived_at="now()", tags="'{new}'")
    press(at, case.restore)
    assert is_archived(house, case, row_id)
    assert f"changed this {case.noun} meanwhile" in words(at)
    press(at, "Keep theirs")
    assert is_archived(house, case, row_id)
    press(at, case.restore)
    assert not is_archived(house, case, row_id)


def test_a_drawer_opened_again_shows_the_record_as_it_is_now(house: TestHouse, open_page: OpenPage) -> None:
    case = CASES[0]
    row_id = case.add(house)
    at = opened(open_page, house, case, row_id, to_archive=True)
    press(at, "Back")
    change(house, case, row_id, tags="'{new}'")
    press(at, case.ask)
    press(at, case.archive)
    assert is_archived(house, case, row_id)
