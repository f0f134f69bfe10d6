"""The real Easy Spaces contact file through the page: upload, check, run, look, undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from eventos_core.db.registry import read
from eventos_core.operations.imports import queries
from tests import support
from tests.browser.browsing import ROOT, RunningApp, enter, press, visit
from tests.support import TestHouse

pytestmark = [pytest.mark.browser, pytest.mark.database]
FILE = ROOT / "tests" / "data" / "easy_spaces_contact_data.csv"
LINES = len(FILE.read_text(encoding="utf-8-sig").strip().splitlines()) - 1


@pytest.fixture(scope="module")
def founded(database: support.Database) -> TestHouse:
    return support.found_house("Maison Aurore", "aurore-imports")


def test_contacts_are_uploaded_checked_imported_and_taken_back(tab: Page, founded: TestHouse, app: RunningApp) -> None:
    enter(tab, app, founded.owner_email, "/admin_imports?house=aurore-imports")
    _upload(tab, FILE)
    expect(tab.get_by_text("2 · What would happen")).to_be_visible()
    assert "batch=" in tab.url
    press(tab, f"Import {LINES} rows")
    expect(tab.get_by_role("button", name="Undo this import")).to_be_visible(timeout=60_000)
    batch = read(founded.owner, queries.import_batches).frame.iloc[0]
    assert (batch["status"], batch["created"], batch["rejected"]) == ("done", LINES, 0)
    press(tab, "Undo this import")
    press(tab, "Undo the import")
    expect(tab.get_by_text("This import was taken back")).to_be_visible()
    assert read(founded.owner, queries.import_batches).frame.iloc[0]["status"] == "undone"


def test_a_batch_link_shows_where_it_stands_to_whoever_comes_back(
    tab: Page, founded: TestHouse, app: RunningApp
) -> None:
    enter(tab, app, founded.owner_email, "/admin_imports?house=aurore-imports")
    _upload(tab, FILE)
    expect(tab.get_by_text("1 · Where each column goes")).to_be_visible()
    here = tab.url
    visit(tab, app, "/?house=aurore-imports")
    visit(tab, app, here.removeprefix(app.url))
    expect(tab.get_by_text("1 · Where each column goes")).to_be_visible()
    press(tab, "Do not import this file")
    expect(tab.get_by_text("This import was stopped.")).to_be_visible()


def test_a_file_that_is_no_table_is_refused_with_the_reason(
    tab: Page, founded: TestHouse, app: RunningApp, tmp_path: Path
) -> None:
    picture = tmp_path / "contacts.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 200)
    enter(tab, app, founded.owner_email, "/admin_imports?house=aurore-imports")
    _upload(tab, picture)
    expect(tab.get_by_text("is a PNG picture, not a table")).to_be_visible()
    expect(tab.get_by_role("heading", name="Upload a file")).to_be_visible()


def _upload(tab: Page, file: Path) -> None:
    tab.locator('input[type="file"]').set_input_files(str(file))
    press(tab, "Read the file")
