"""What `page.act` makes of a command's outcome, on a real house: done, field errors, conflicts, refusals, defects."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import execute, read
from eventos_core.kernel.errors import TemporarilyUnavailable
from eventos_core.kernel.permissions import Role
from eventos_core.tenancy import commands, queries
from eventos_core.tenancy.commands import ChangeHouse
from eventos_core.ui import acting
from tests.pages.conftest import OpenPage
from tests.pages.page_helpers import words
from tests.support import TestHouse

pytestmark = pytest.mark.database

SETTINGS = """
import streamlit as st
from eventos_core.kernel.permissions import Permission
from eventos_core.tenancy import commands, queries
from eventos_core.tenancy.commands import ChangeHouse
from eventos_core.ui import page

ctx = page.start("Settings", requires=Permission.HOUSE_READ)
house = page.read(ctx, queries.house_settings)
page.head(ctx, house.name)
with page.form("house") as form:
    version = form.version(house.version)
    name = form.text("name", "Name", house.name)
    week = form.field("week_start", st.number_input, "Week starts on", value=house.week_start)
    if form.submit("Save"):
        page.act(
            ctx, commands.change_house,
            ChangeHouse(version, name, house.base_currency, house.timezone, house.locale, week_start=int(week)),
            form=form, done="Saved.",
        )
page.drawers({"record": page.Drawer("Record", st.write)})
"""


@pytest.fixture(autouse=True)
def _pages(scratch_pages: Path) -> None:
    (scratch_pages / "overview_home.py").write_text(SETTINGS)


def save(at: AppTest) -> AppTest:
    return next(button for button in at.button if button.label == "Save").click().run()


def beside(at: AppTest) -> list[str]:
    """What the page draws outside its own flow, in order."""
    return [one.type for one in at._tree.children[2].children.values()]


def stored(house: TestHouse) -> queries.HouseSettings:
    return read(house.owner, queries.house_settings)


def rename(house: TestHouse, name: str) -> None:
    now = stored(house)
    execute(
        house.owner,
        commands.change_house,
        ChangeHouse(now.version, name, now.base_currency, now.timezone, now.locale, week_start=now.week_start),
    )


def test_done_is_said_and_the_page_shows_fresh_data(open_page: OpenPage, house: TestHouse) -> None:
    at = open_page("overview_home", house.owner)
    at.text_input[0].set_value("Maison Nouvelle")
    save(at)
    assert at.title[0].value == "Maison Nouvelle"
    assert [toast.value for toast in at.toast] == ["Saved."]
    assert stored(house).name == "Maison Nouvelle"


def test_a_drawer_keeps_its_place_whatever_is_said(open_page: OpenPage, house: TestHouse) -> None:
    """Streamlit knows it by that: what is pressed in it while the page is drawn anew would come to nothing."""
    at = open_page("overview_home", house.owner, record="7")
    before = beside(at)
    assert before[-1] == "dialog"
    at.text_input[0].set_value("Maison Nouvelle")
    save(at)
    assert beside(at) == [*before, "toast"]


def test_field_errors_stand_below_their_fields_and_nothing_is_lost(open_page: OpenPage, house: TestHouse) -> None:
    at = open_page("overview_home", house.owner)
    at.text_input[0].set_value("Maison Neuve")
    at.number_input[0].set_value(9)
    save(at)
    assert "1 \\(Monday\\) to 7" in words(at) or "1 (Monday) to 7" in words(at)
    assert at.text_input[0].value == "Maison Neuve"
    assert stored(house).name == "Maison Aurore"


def test_a_conflict_shows_both_and_saves_mine_only_when_asked(open_page: OpenPage, house: TestHouse) -> None:
    at = open_page("overview_home", house.owner)
    rename(house, "Theirs")
    at.text_input[0].set_value("Mine")
    save(at)
    assert stored(house).name == "Theirs"
    assert "| Name | Mine | Theirs |" in words(at)
    next(button for button in at.button if button.label == "Save mine over it").click().run()
    assert stored(house).name == "Mine"
    assert "| Name |" not in words(at)


def test_a_conflict_can_be_settled_for_theirs(open_page: OpenPage, house: TestHouse) -> None:
    at = open_page("overview_home", house.owner)
    rename(house, "Theirs")
    at.text_input[0].set_value("Mine")
    save(at)
    next(button for button in at.button if button.label == "Keep theirs").click().run()
    assert stored(house).name == "Theirs"
    assert at.text_input[0].value == "Theirs"


def test_a_command_without_permission_says_whom_to_ask(open_page: OpenPage, house: TestHouse) -> None:
    at = open_page("overview_home", house.member(Role.VIEWER))
    at.text_input[0].set_value("Not mine to name")
    save(at)
    assert "Ask an owner or admin" in words(at)
    assert stored(house).name == "Maison Aurore"


def test_an_error_in_a_form_keeps_what_was_written_and_its_one_button(
    open_page: OpenPage, house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise TemporarilyUnavailable("The database is restarting.", hint="Try again in a moment.")

    at = open_page("overview_home", house.owner)
    with monkeypatch.context() as patch:
        patch.setattr(acting, "execute", away)
        at.text_input[0].set_value("Maison Nouvelle")
        save(at)
    assert "The database is restarting." in words(at)
    assert not at.exception
    assert at.text_input[0].value == "Maison Nouvelle"
    save(at)
    assert stored(house).name == "Maison Nouvelle"


def test_a_defect_shows_a_reference_and_the_log_has_the_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        from eventos_core.ui import errors

        errors.on_script_error(ZeroDivisionError("secret detail"))

    with caplog.at_level(logging.ERROR):
        at = AppTest.from_function(broken).run()
    reference = re.search(r"reference \*\*([0-9A-F]{8})\*\*", words(at))
    assert reference is not None
    assert "secret detail" not in words(at)
    assert reference.group(1) in caplog.text
    assert "ZeroDivisionError: secret detail" in caplog.text


def test_another_house_is_closed(open_page: OpenPage, two_houses: tuple[TestHouse, TestHouse]) -> None:
    first, second = two_houses
    at = open_page("overview_home", first.owner, house=second.slug)
    assert f"“{second.slug}”" in words(at)
    assert "Maison Aurora" not in words(at)
