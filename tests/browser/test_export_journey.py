"""A list leaves the house in a real browser: one choice in the menu, one file."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests import support
from tests.browser.browsing import RunningApp, press, sign_in
from tests.directory.conftest import add_contact
from tests.support import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_a_list_downloads_from_the_menu(tab: Page, app: RunningApp, database: support.Database, tmp_path: Path) -> None:
    house = support.found_house("Maison Aurore", "aurore-export")
    add_contact(house.owner, "=1+1", "Abiola")
    add_contact(house.owner, "Ben", "Bauer")
    sign_in(tab, app, house.owner_email, PASSWORD, "/sales_contacts?house=aurore-export&contacts_q=abiola")
    with tab.expect_download() as one:
        press(tab, "More")
        tab.get_by_text("Export as CSV").click()
    assert one.value.suggested_filename.startswith("aurore-export-contacts-")
    one.value.save_as(tmp_path / "list.csv")
    text = (tmp_path / "list.csv").read_text(encoding="utf-8-sig")
    assert "'=1+1 Abiola" in text
    assert "Bauer" not in text
    expect(tab.get_by_text("The download has started")).to_be_visible()

    with tab.expect_download() as two:
        press(tab, "More")
        tab.get_by_text("Export as Excel").click()
    two.value.save_as(tmp_path / "list.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").active
    assert sheet is not None
    assert [row[1].value for row in sheet.iter_rows()] == ["Full name", "'=1+1 Abiola"]
