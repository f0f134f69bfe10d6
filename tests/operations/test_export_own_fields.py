"""Custom fields in the files of lists: under their labels, on every list, and known again when a file comes back."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest
from sqlalchemy import text

from eventos_core.db.registry import execute
from eventos_core.db.session import reading, unit_of_work
from eventos_core.directory.queries import ContactFilter
from eventos_core.enums.events import FieldType
from eventos_core.enums.operations import ExportFormat
from eventos_core.operations import exports
from eventos_core.operations.custom import commands as custom
from eventos_core.operations.imports import commands as imports
from eventos_core.operations.imports.running import run_import
from tests.directory.conftest import add_contact, add_organization
from tests.events import rows
from tests.operations.test_exports import request, taken
from tests.support import TestHouse

pytestmark = pytest.mark.database


def own(house: TestHouse, entity: str, label: str, key: str, *, retire: bool = False) -> None:
    """A custom field of the house."""
    made = execute(house.owner, custom.add_custom_field, custom.AddCustomField(entity, label, FieldType.TEXT, key))
    if retire:
        execute(house.owner, custom.retire_custom_field, custom.OneCustomField(made.field_id, made.version))


def give(house: TestHouse, table: str, row_id: int, **values: str) -> None:
    with unit_of_work(house.owner) as db:
        given = {"v": json.dumps(values), "i": row_id}
        db.execute(text(f"update {table} set custom = cast(:v as jsonb) where id = :i"), given)


@pytest.mark.parametrize("file_format", [ExportFormat.CSV, ExportFormat.XLSX])
def test_custom_fields_stand_under_their_labels_in_the_form_s_order(
    two_houses: tuple[TestHouse, TestHouse], file_format: ExportFormat
) -> None:
    house, other = two_houses
    own(other, "contacts", "Secret", "size")
    own(house, "contacts", "Shoe size", "size")
    own(house, "contacts", "City", "home")
    own(house, "contacts", "Diet", "diet_2024", retire=True)
    own(house, "contacts", "diet", "diet")
    own(house, "contacts", "Never filled", "never")
    ann = add_contact(house.owner, "Ann", "One")
    give(house, "contacts", ann, size="38", home="Lyon", diet_2024="none", diet="vegan", imported="x")
    file = exports.fetch(house.owner, request(house.owner, "contacts", ContactFilter(q="ann"), file_format).public_id)
    content = b"".join(file.pieces)
    if file_format is ExportFormat.CSV:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert sheet is not None
        lines = [[str(cell) for cell in line] for line in sheet.iter_rows(values_only=True)]
    headers = ["Shoe size", "City (home)", "diet", "Diet (diet_2024)", "imported"]
    assert lines[0][-5:] == headers
    assert lines[1][-5:] == ["38", "Lyon", "vegan", "none", "x"]


def test_every_list_of_records_with_custom_fields_carries_them(house: TestHouse) -> None:
    company, venue = add_organization(house.owner, "Nord"), rows.add_venue(house.owner, "Salon")
    made = {"organizations": company, "venues": venue.venue_id, "events": rows.add_event(house.owner).event_id}
    for key, row_id in made.items():
        own(house, key, "House code", "code")
        give(house, key, row_id, code="A-1")
        found = taken(house.owner, key, exports.EXPORTABLES[key].filter_type())
        assert [row["House code"] for row in found if row["Id"] == str(row_id)] == ["A-1"]


def test_a_file_that_comes_back_finds_its_custom_fields(house: TestHouse) -> None:
    own(house, "contacts", "Shoe size", "size")
    own(house, "contacts", "Diet", "diet")
    own(house, "contacts", "DIET", "diet_2")
    content = b"First name,Last name,Shoe size,Diet (diet_2),New\nAnn,One,38,vegan,x\n"
    batch = execute(house.owner, imports.upload_import, imports.UploadImport("contacts", "back.csv", content))
    run_import(house.owner, batch.batch_id)
    with reading(house.owner) as db:
        stored = db.scalar(text("select custom from contacts where full_name = 'Ann One'"))
    assert stored == {"size": "38", "diet_2": "vegan", "new": "x"}
