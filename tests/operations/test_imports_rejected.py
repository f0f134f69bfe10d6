"""Rejected rows as a file: what it holds, that it can be mended and imported, and who gets it."""

from __future__ import annotations

import csv
import io

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.enums.operations import ExportFormat
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.errors import Conflict, NotFound
from eventos_core.operations import exports
from eventos_core.operations.exports import RequestExport
from eventos_core.operations.imports import queries
from eventos_core.operations.imports.rejected import RejectedRows
from eventos_core.operations.imports.running import run_import
from eventos_core.operations.jobs import upkeep
from tests.operations.imports_support import alter, counts, table, take, upload
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database

HEADER = "first name,last name,email,=Note,Tags"
FILE = f"""{HEADER}
Ada,Lovelace,ada@example.org,fine,press
Bad,One,not-an-address,=1+1,"press; @vip"
Too,Many,many@example.org,x,press,extra
Nul\x00,Byte,nul@example.org,-,press
Grace,Hopper,grace@example.org,fine,press
"""


def rejected(who: MemberCredential, batch: int) -> bytes:
    """The file, as the route gives it."""
    link = execute(who, exports.request_export, RequestExport("import_rejected", RejectedRows(batch), ExportFormat.CSV))
    return b"".join(exports.fetch(who, link.public_id).pieces)


def lines(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_every_rejected_row_is_there_with_its_cells_number_and_reason(house: TestHouse) -> None:
    batch = upload(house.owner, "contacts", FILE)
    assert counts(run_import(house.owner, batch)) == (2, 0, 0, 3, 0)
    header, *rows = lines(rejected(house.owner, batch))
    assert header == ["Rejected row", "Rejected because", "first name", "last name", "email", "'=Note", "Tags", ""]
    assert [row[0] for row in rows] == ["3", "4", "5"]
    assert rows[0][1].startswith("email: ")
    assert rows[0][2:] == ["Bad", "One", "not-an-address", "'=1+1", "press; '@vip", ""]
    assert rows[1][1:] == [
        "The row has 6 cells under 5 headers.",
        "Too",
        "Many",
        "many@example.org",
        "x",
        "press",
        "extra",
    ]
    assert rows[2][1:4] == ["first name: The cell holds a NUL byte.", "Nul␀", "Byte"]


def test_mended_file_brings_in_just_those_rows_as_they_were_meant(house: TestHouse, database: Database) -> None:
    batch = upload(house.owner, "contacts", FILE)
    run_import(house.owner, batch)
    mended = rejected(house.owner, batch).decode("utf-8-sig")
    mended = mended.replace("not-an-address", "bad@example.org").replace(",extra", ",").replace("␀", "")
    again = upload(house.owner, "contacts", mended, name="mended.csv")
    targets = {c.header: c.target for c in read(house.owner, queries.import_batch, again).mapping.columns}
    assert (targets["Rejected row"], targets["Rejected because"]) == ("-", "-")
    assert counts(run_import(house.owner, again)) == (3, 0, 0, 0, 0)
    found = table(
        database,
        "select full_name, custom ->> 'note', tags, custom ? 'rejected_row' from contacts where account_id = %s"
        " and exists (select from contact_emails e where e.contact_id = contacts.id and e.email like '%%@example.org')"
        " order by id",
        house.account_id,
    )
    assert found[2] == ("Bad One", "=1+1", ["@vip", "press"], False)
    assert [row[0] for row in found] == ["Ada Lovelace", "Grace Hopper", "Bad One", "Too Many", "Nul Byte"]


def test_rows_rejected_again_are_told_once(house: TestHouse) -> None:
    batch = upload(house.owner, "contacts", FILE)
    run_import(house.owner, batch)
    again = upload(house.owner, "contacts", rejected(house.owner, batch), name="same.csv")
    run_import(house.owner, again)
    header, *rows = lines(rejected(house.owner, again))
    assert header[:4] == ["Rejected row", "Rejected because", "first name", "last name"]
    assert header.count("Rejected row") == 1
    assert rows[0][2:] == ["Bad", "One", "not-an-address", "'=1+1", "press; '@vip", ""]


def test_another_house_s_rows_are_not_found(two_houses: tuple[TestHouse, TestHouse]) -> None:
    batch = upload(two_houses[0].owner, "contacts", FILE)
    run_import(two_houses[0].owner, batch)
    with pytest.raises(NotFound):
        rejected(two_houses[1].owner, batch)


def test_rows_that_have_expired_are_said_to_have(house: TestHouse, database: Database) -> None:
    batch = upload(house.owner, "contacts", FILE)
    run_import(house.owner, batch)
    alter(database, "update import_batches set before_expires_at = now() - interval '1 day' where id = %s", batch)
    upkeep.clean_up()
    with pytest.raises(Conflict, match="no longer kept"):
        rejected(house.owner, batch)


def test_import_without_rejects_gives_an_empty_list(house: TestHouse) -> None:
    result = take(house.owner, "contacts", f"{HEADER}\nAda,Lovelace,ada@example.org,fine,press\n")
    assert len(lines(rejected(house.owner, result.batch))) == 1
