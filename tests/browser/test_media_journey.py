"""Pictures come in, show in the grid through the house's own route, and their rights are said."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from eventos_core.db.registry import read
from eventos_core.operations.files import queries
from tests import support
from tests.browser.browsing import RunningApp, enter, press
from tests.operations.files_support import HTML, picture
from tests.support import TestHouse

pytestmark = [pytest.mark.browser, pytest.mark.database]
DRAWN = """(wanted) => [...document.querySelectorAll('*')]
    .flatMap((e) => (e.shadowRoot ? [...e.shadowRoot.querySelectorAll('img')] : e.tagName === 'IMG' ? [e] : []))
    .filter((i) => i.src.includes('/files/') && i.complete && i.naturalWidth > 0).length === wanted"""
"""Whether so many pictures of the file route stand on the page, fetched and drawn."""


@pytest.fixture(scope="module")
def founded(database: support.Database) -> TestHouse:
    return support.found_house("Maison Aurore", "aurore-media")


def test_pictures_are_added_shown_and_kept(tab: Page, founded: TestHouse, app: RunningApp, tmp_path: Path) -> None:
    for name, content in (
        ("look.jpg", picture("JPEG", (900, 600))),
        ("plan.png", picture("PNG", (300, 300), "#2a6a55")),
        ("page.png", HTML),
    ):
        (tmp_path / name).write_bytes(content)
    enter(tab, app, founded.owner_email, "/promote_media?house=aurore-media")
    press(tab, "Add the first files")
    tab.locator('input[type="file"]').set_input_files([str(tmp_path / name) for name in ("look.jpg", "page.png")])
    tab.get_by_role("textbox", name="Credit line").fill("© Ana Ruiz")
    press(tab, "Store files")
    expect(tab.get_by_text("is not a PNG picture")).to_be_visible()
    assert list(read(founded.owner, queries.media).frame["file_name"]) == ["look.jpg"]
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog")).to_have_count(0)
    press(tab, "Add files")
    expect(tab.get_by_role("textbox", name="Credit line")).to_have_value("")
    tab.locator('input[type="file"]').set_input_files(str(tmp_path / "plan.png"))
    expect(tab.get_by_text("plan.png")).to_be_visible()
    press(tab, "Store files")
    expect(tab.get_by_role("list", name="Files").get_by_role("button")).to_have_count(2)
    tab.wait_for_function(DRAWN, arg=2)
    tab.get_by_role("button", name="look.jpg").click()
    expect(tab.get_by_role("heading", name="look.jpg")).to_be_visible()
    expect(tab.get_by_text("© Ana Ruiz")).to_be_visible()
    tab.wait_for_function(DRAWN, arg=3)
    with tab.expect_download() as kept:
        tab.get_by_role("link", name="Download").first.click()
    assert kept.value.suggested_filename == "look.jpg"
    assert Path(kept.value.path()).read_bytes() == (tmp_path / "look.jpg").read_bytes()
