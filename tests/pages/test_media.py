"""The media library's page: grid, drawer, forms, and who sees which of them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import execute, read
from eventos_core.enums.operations import UsageRights
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Role
from eventos_core.operations.files import commands, queries
from eventos_core.operations.files.commands import FileSaved, MediaFields, StoreFile
from eventos_core.operations.files.queries import MediaFilter
from tests.operations.files_support import PDF, PROGRAM, picture
from tests.pages.conftest import OpenPage
from tests.pages.page_helpers import links, words
from tests.pages.test_directory import field, press
from tests.support import TestHouse

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTOS_FILES_DIR", str(tmp_path / "files"))


def store(house: TestHouse, name: str = "look.png", content: bytes | None = None, **fields: Any) -> FileSaved:
    given = StoreFile(name, picture() if content is None else content, MediaFields(**fields))
    return execute(house.owner, commands.store_file, given)


def tiles(at: AppTest) -> list[dict[str, Any]]:
    """What the grid was given to draw."""
    for element in at.main:
        found = _grid(element)
        if found is not None:
            return found
    return []


def _grid(element: Any) -> list[dict[str, Any]] | None:
    proto = getattr(element, "proto", None)
    text = getattr(proto, "json", "") if proto is not None else ""
    if isinstance(text, str) and '"items"' in text:
        items: list[dict[str, Any]] = json.loads(text)["items"]
        return items
    for child in getattr(element, "children", {}).values():
        found = _grid(child)
        if found is not None:
            return found
    return None


def test_an_empty_library_says_what_belongs_there(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("promote_media", house.owner)
    assert not at.exception
    assert "No files yet." in words(at)
    assert "0 bytes of 20.0 GB taken" in words(at)
    press(at, "Add the first files")
    assert "50.0 MB" in at.get("file_uploader")[0].label


def test_the_grid_shows_this_house_only(two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage) -> None:
    ours, other = two_houses
    today = clock.now().date()
    store(ours, title="Look 1", rights_until=today + dt.timedelta(days=5), usage_rights=UsageRights.PRESS)
    plan = store(ours, "plan.pdf", PDF, title="Plan", usage_rights=UsageRights.UNLIMITED)
    store(other, title="Secret")
    shown = tiles(open_page("promote_media", ours.owner))
    assert [one["title"] for one in shown] == ["Plan", "Look 1"]
    assert shown[0] | {"label": ""} == {
        "id": plan.asset_id, "title": "Plan", "detail": f"{len(PDF)} bytes", "mark": "", "tone": "", "ending": "PDF",
        "picture": None, "label": "",
    }  # fmt: skip
    assert shown[1]["picture"].startswith(f"/h/{ours.slug}/files/")
    assert shown[1]["picture"].endswith("/thumb?version=1")
    assert (shown[1]["mark"][:11], shown[1]["tone"]) == ("Rights end ", "orange")
    assert [one["title"] for one in tiles(open_page("promote_media", ours.owner, media_q="loo"))] == ["Look 1"]
    assert "No file matches" in words(open_page("promote_media", ours.owner, media_q="nothing like it"))


def test_who_may_only_look_is_offered_nothing_else(house: TestHouse, open_page: OpenPage) -> None:
    saved = store(house, title="Look 1")
    viewer = house.member(Role.VIEWER)
    at = open_page("promote_media", viewer, media=str(saved.asset_id))
    assert "Look 1" in words(at)
    assert {"Edit", "New version", "Archive", "Add files"} & {button.label for button in at.button} == set()
    door = house.member(Role.VIEWER, denials=("promote.read",))
    closed = open_page("promote_media", door)
    assert "This page is not open to you" in words(closed)
    assert "Media assets" not in links(closed)


def test_rights_are_edited_in_the_drawer(house: TestHouse, open_page: OpenPage) -> None:
    saved = store(house, title="Look 1")
    at = open_page("promote_media", house.owner, media=str(saved.asset_id))
    assert "Rights unclear" in str(at.get("badge")) or "Unclear" in words(at)
    press(at, "Edit")
    field(at, "text_input", "Credit line").input("© Ana Ruiz")
    field(at, "text_input", "Tags").input("Runway, press,")
    field(at, "selectbox", "May be used for").select(UsageRights.PRESS)
    field(at, "date_input", "Last day of the rights").set_value(dt.date(2030, 5, 1))
    press(at, "Save")
    found = read(house.owner, queries.media_asset, saved.asset_id).fields
    assert (found.credit, found.tags, found.usage_rights) == ("© Ana Ruiz", ("press", "runway"), UsageRights.PRESS)
    assert found.rights_until == dt.date(2030, 5, 1)
    assert "1 May 2030" in words(at)


def test_what_is_wrong_stands_at_its_field(house: TestHouse, open_page: OpenPage) -> None:
    saved = store(house)
    at = open_page("promote_media", house.owner, media=str(saved.asset_id))
    press(at, "Edit")
    field(at, "date_input", "Rights from").set_value(dt.date(2030, 5, 2))
    field(at, "date_input", "Last day of the rights").set_value(dt.date(2030, 5, 1))
    press(at, "Save")
    assert "The last day lies before the first" in words(at)


def test_files_are_archived_and_come_back(house: TestHouse, open_page: OpenPage) -> None:
    saved = store(house, title="Look 1")
    at = open_page("promote_media", house.owner, media=str(saved.asset_id))
    press(at, "Archive")
    press(at, "Archive look.png")
    assert tiles(open_page("promote_media", house.owner)) == []
    at = open_page("promote_media", house.owner, media=str(saved.asset_id), media_archived="true")
    press(at, "Restore file")
    assert [one["title"] for one in tiles(open_page("promote_media", house.owner))] == ["Look 1"]


def test_a_link_to_no_file_says_so(two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage) -> None:
    ours, other = two_houses
    saved = store(other)
    assert "There is no such file" in words(open_page("promote_media", ours.owner, media="x"))
    assert "does not exist" in words(open_page("promote_media", ours.owner, media=str(saved.asset_id)))


def test_files_are_added_and_one_that_is_refused_does_not_stop_the_others(
    house: TestHouse, open_page: OpenPage
) -> None:
    at = open_page("promote_media", house.owner, new="file")
    uploader = at.get("file_uploader")[0]
    uploader.set_value([("one.png", picture(), "image/png"), ("two.png", PROGRAM, "image/png")])
    field(at, "text_input", "Tags").input("show")
    press(at, "Store files")
    assert "is not a PNG picture" in words(at)
    assert "1 of 2 files are stored" in words(at)
    frame = read(house.owner, queries.media, MediaFilter(tag=("show",))).frame
    assert list(frame["file_name"]) == ["one.png"]
