"""The Imports page by where a file stands: nothing yet, mapped, done, undone; and who may not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import execute, read
from eventos_core.events.queries import VenueFilter
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.permissions import Role
from eventos_core.operations import export_history, exports
from eventos_core.operations.exports import RequestExport
from eventos_core.operations.imports import commands, queries
from eventos_core.operations.imports.commands import UploadImport
from eventos_core.operations.imports.running import run_import
from eventos_core.operations.imports.samples import import_samples
from eventos_core.ui import components
from tests.pages.page_helpers import words
from tests.support import TestHouse

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]
FILE = Path(__file__).parents[1] / "data" / "easy_spaces_contact_data.csv"
LINES = len(FILE.read_text(encoding="utf-8-sig").strip().splitlines()) - 1
BAD = b"First name,Email\nAna,ana@example.org\nBen,not an address\n"


def upload(who: MemberCredential, content: bytes | None = None, name: str = "contacts.csv") -> int:
    given = UploadImport("contacts", name, FILE.read_bytes() if content is None else content)
    return execute(who, commands.upload_import, given).batch_id


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def test_limits_stand_at_the_uploader(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_imports", house.owner)
    assert not at.exception
    uploader = at.get("file_uploader")[0]
    assert "25 MB" in uploader.label
    assert "200\u202f000 rows" in uploader.label
    assert "200 columns" in uploader.label
    assert "None yet." in words(at)


def test_mapped_file_shows_samples_and_what_would_happen(house: TestHouse, open_page: OpenPage) -> None:
    batch = upload(house.owner)
    at = open_page("admin_imports", house.owner, batch=str(batch))
    assert not at.exception
    assert "2 · What would happen" in words(at)
    counts = {metric.label: metric.value for metric in at.metric}
    assert (counts["Rows"], counts["New"], counts["Refused"]) == (str(LINES), str(LINES), "0")
    assert f"Import {LINES} rows" in labels(at)
    assert "phaidra.rayer@sw-global.com" in str(at.dataframe[0].value.to_dict() if at.dataframe else "") + str(
        [sample.values for sample in read(house.owner, import_samples, batch)]
    )


def test_refused_rows_are_told_by_row_column_value_and_reason(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_imports", house.owner, batch=str(upload(house.owner, BAD)))
    errors = at.dataframe[-1].value
    assert list(errors.columns) == ["Row", "Column", "Value", "Reason"]
    assert errors.iloc[0]["Row"] == 3
    assert errors.iloc[0]["Value"] == "not an address"


def test_started_import_waits_for_the_worker_and_can_be_stopped(house: TestHouse, open_page: OpenPage) -> None:
    batch = upload(house.owner)
    at = open_page("admin_imports", house.owner, batch=str(batch))
    press(at, f"Import {LINES} rows")
    assert not at.exception
    assert "You may leave this page" in words(at)
    press(at, "Stop the import")
    assert "This import was stopped." in words(at)


def test_done_import_shows_its_result_and_is_undone_after_one_question(house: TestHouse, open_page: OpenPage) -> None:
    batch = upload(house.owner)
    run_import(house.owner, batch)
    at = open_page("admin_imports", house.owner, batch=str(batch))
    assert not at.exception
    assert {metric.label: metric.value for metric in at.metric}["New"] == str(LINES)
    press(at, "Undo this import")
    press(at, "Undo the import")
    assert not at.exception
    assert "This import was taken back" in words(at)
    assert read(house.owner, queries.import_batch, batch).status.value == "undone"


def test_venues_made_for_their_spaces_are_named(house: TestHouse, open_page: OpenPage) -> None:
    given = UploadImport("venues", "spaces.csv", b"Venue,Space\nOld Mill,Attic\nOld Mill,Cellar\n")
    batch = execute(house.owner, commands.upload_import, given).batch_id
    run_import(house.owner, batch)
    at = open_page("admin_imports", house.owner, batch=str(batch))
    assert not at.exception
    assert "Made besides, venues:** Old Mill" in words(at)


def test_rejected_rows_are_offered_as_a_file(
    house: TestHouse, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    monkeypatch.setattr(components, "download", lambda url, **_: fetched.append(url))
    batch = upload(house.owner, BAD)
    run_import(house.owner, batch)
    at = press(open_page("admin_imports", house.owner, batch=str(batch)), "Rejected rows as CSV")
    assert not at.exception
    assert [url.rpartition("/")[0] for url in fetched] == [f"/h/{house.slug}/exports"]
    assert "Rejected rows, contacts.csv" in words(at)
    whole = upload(house.owner)
    run_import(house.owner, whole)
    assert "Rejected rows as CSV" not in labels(open_page("admin_imports", house.owner, batch=str(whole)))


def test_mapping_is_kept_by_name_and_offered_again(house: TestHouse, open_page: OpenPage) -> None:
    batch = upload(house.owner)
    at = open_page("admin_imports", house.owner, batch=str(batch))
    next(e for e in at.text_input if e.label == "Name of the mapping").set_value("Old CRM")
    press(at, "Keep this mapping")
    again = open_page("admin_imports", house.owner)
    assert "Old CRM" in next(box for box in again.selectbox if box.label == "Mapping").options


def test_history_lists_the_houses_own_imports(two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage) -> None:
    first, second = two_houses
    batch = upload(first.owner, name="only-here.csv")
    assert "only-here.csv" in str(open_page("admin_imports", first.owner).dataframe[0].value)
    assert not open_page("admin_imports", second.owner).dataframe
    other = open_page("admin_imports", second.owner, batch=str(batch))
    assert "There is no such import." in words(other)


def test_imports_are_closed_without_the_permission(house: TestHouse, open_page: OpenPage) -> None:
    assert "This page is not open to you" in words(open_page("admin_imports", house.member(Role.VIEWER)))
    at = open_page("admin_imports", house.member(Role.MEMBER), batch=str(upload(house.owner)))
    assert not at.exception
    assert not at.get("file_uploader")
    assert "Exports so far" in words(at)
    assert "Imports so far" not in words(at)


def test_exports_tell_how_they_ended_and_open(house: TestHouse, open_page: OpenPage) -> None:
    made = execute(house.owner, exports.request_export, RequestExport("venues", VenueFilter(q="palais")))
    assert "Not fetched" in str(open_page("admin_imports", house.owner).dataframe[-1].value.to_dict())
    list(exports.fetch(house.owner, made.public_id).pieces)
    at = open_page("admin_imports", house.owner)
    assert "Done" in str(at.dataframe[-1].value.to_dict())
    number = int(read(house.owner, export_history.exports_so_far).frame.iloc[0]["id"])
    drawer = open_page("admin_imports", house.owner, export=str(number))
    assert not drawer.exception
    assert "SHA-256" in words(drawer)
    assert "palais" in words(drawer)
    assert "There is no such export for you." in words(open_page("admin_imports", house.owner, export="987654"))


def test_a_row_says_a_name_once(house: TestHouse, open_page: OpenPage) -> None:
    batch = upload(house.owner, b"First name,Last name,Email\nAna,Keller,ana@example.org\n,,ben@example.org\n")
    run_import(house.owner, batch)
    at = open_page("admin_imports", house.owner, batch=str(batch))
    said = next(frame.value for frame in at.dataframe if "As understood" in frame.value)["As understood"].tolist()
    assert said[0].startswith("First name: Ana · Last name: Keller · ")
    assert "Full name" not in said[0]
    assert "ben@example.org" in said[1]
