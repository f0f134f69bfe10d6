"""Home: greeting, figures, what waits, what changed, first steps; for an owner, a viewer and a new house."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any

import pytest
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from eventos_core.db.engine import app_engine
from eventos_core.db.registry import execute
from eventos_core.kernel.credentials import hash_token, new_token
from eventos_core.kernel.permissions import Role
from eventos_core.operations import needs
from eventos_core.operations.audit import Happening
from eventos_core.tenancy import commands
from eventos_core.tenancy.commands import InviteMember
from eventos_core.ui import home, navigation
from eventos_core.ui.imports import words as import_words
from tests.pages.page_helpers import links, words
from tests.support import TestHouse

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that the app sends meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = app_engine()
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def invite(house: TestHouse, name: str) -> None:
    email = f"{name.lower().replace(' ', '.')}@{house.slug}.example"
    execute(house.owner, commands.invite_member, InviteMember(email, name, Role.VIEWER, hash_token(new_token())))


def test_what_people_do_to_their_login_is_told_in_a_sentence() -> None:
    folder = resources.files("eventos_core.db") / "functions"
    found: set[str] = set()
    for file in folder.iterdir():
        found |= set(re.findall(r"audit_of_person\([\w.]+, '(\w+)'", file.read_text()))
    assert {"second_factor_on", "recovery_code_used", "identity_linked"} <= found
    for action in found:
        told = home.sentence(_happening(action))
        assert re.fullmatch(r"\*\*You\*\* [a-z -]+", told), told
        assert action.replace("_", " ") not in told, told


def _happening(action: str) -> Happening:
    now = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)
    return Happening(1, now, "Ada", True, action, "account_users", "1", None, None, None, 1, False)


def test_new_house_is_greeted_with_its_first_steps(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("overview_home", house.owner)
    assert not at.exception
    said = words(at)
    assert at.title[0].value.endswith(", Claire")
    assert "Paris" in said
    assert "figures as of" in said
    assert "First steps" in said
    assert "Create the first event" in said
    assert "0 of 5 done" in said
    assert [metric.label for metric in at.metric] == [
        "Pipeline", "Weighted pipeline", "Won this month", "Activities due",
        "Contacts", "Organisations", "Events ahead", "Sessions planned", "Venues",
    ]  # fmt: skip


def test_what_colleagues_changed_shows_to_who_may_read_the_audit(house: TestHouse, open_page: OpenPage) -> None:
    invite(house, "Ana Keller")
    viewer = house.member(Role.VIEWER)
    assert "added member Ana Keller" in words(open_page("overview_home", house.owner))
    said = words(open_page("overview_home", viewer))
    assert "Ana Keller" not in said
    assert "What you changed" in said


def test_viewer_has_nothing_to_press(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("overview_home", house.member(Role.VIEWER))
    assert not at.exception
    assert "New event" not in [button.label for button in at.button]
    assert "First steps" not in words(at)
    assert "Audit" not in links(at)


def test_house_of_the_same_look_is_not_told_of(two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage) -> None:
    first, second = two_houses
    invite(first, "Only In The First")
    assert "Only In The First" not in words(open_page("overview_home", second.owner))


def test_home_costs_as_many_queries_as_it_shows_things(
    house: TestHouse, open_page: OpenPage, statements: list[str]
) -> None:
    """5 for sales, 7 for 5 figures of which 2 are compared, 1 each for changes, steps, events.

    And 1 for each thing that may wait. 1 enters the house. Before that the frame asks
    for session, house, the picker's two halves of events and unread notices.
    """
    open_page("overview_home", house.owner)
    statements.clear()
    open_page("overview_home", house.owner)
    once = len(statements)
    invite(house, "One More")
    statements.clear()
    open_page("overview_home", house.owner)
    assert len(statements) == once == QUERIES + len(needs._contributions)


QUERIES = 21


@pytest.mark.parametrize(("hour", "part"), [(4, "evening"), (5, "morning"), (11, "morning"), (12, "afternoon"),
                                            (17, "afternoon"), (18, "evening"), (23, "evening")])  # fmt: skip
def test_greeting_follows_the_clock_of_the_house(hour: int, part: str) -> None:
    from types import SimpleNamespace
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Asia/Tokyo")
    ctx: Any = SimpleNamespace(house=SimpleNamespace(zone=zone, display_name="Naoko Mori"))
    assert home.greeting(ctx, dt.datetime(2026, 3, 1, hour, 0, tzinfo=zone)) == f"Good {part}, Naoko"


def test_places_that_home_and_imports_name_are_registered_pages() -> None:
    named = {place[0] for place in home._PLACES.values()} | {key for key, _ in import_words.PAGES.values()}
    assert named | {step.page for step in needs._STEPS} <= set(navigation.by_key())
