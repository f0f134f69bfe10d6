"""What the file of a list is called, and how a workbook shows its numbers."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest

from eventos_core.crm.queries import FiguresFilter
from eventos_core.db.registry import execute, read
from eventos_core.enums.operations import ExportFormat
from eventos_core.events.queries import VenueFilter
from eventos_core.kernel import clock
from eventos_core.operations import export_history, exports
from eventos_core.operations.exports import RequestExport
from tests.events import rows
from tests.operations.test_exports import ended, request
from tests.support import TestHouse

pytestmark = pytest.mark.database


def test_an_excel_file_shows_amounts_with_their_currency_s_decimals(house: TestHouse) -> None:
    for name, daily_rate_minor, currency in (("Budokan", 900_000, "JPY"), ("Dome", 12_500, "KWD"), ("Loft", 5, "EUR")):
        rows.add_venue(house.owner, name, daily_rate_minor=daily_rate_minor, currency=currency, capacity=600)
    for columns in ((), ("capacity", "daily_rate_minor")):
        given = RequestExport("venues", VenueFilter(), ExportFormat.XLSX, columns)
        file = exports.fetch(house.owner, execute(house.owner, exports.request_export, given).public_id)
        sheet = openpyxl.load_workbook(io.BytesIO(b"".join(file.pieces))).worksheets[0]
        headers = [one.value for one in sheet[1]]
        rate, capacity = headers.index("Daily rate"), headers.index("Capacity")
        found = [(row[rate].value, row[rate].number_format, row[capacity].number_format) for row in sheet["A2:Z4"]]
        assert found == [
            (900_000, "#,##0", "General"), (12.5, "#,##0.000", "General"), (0.05, "#,##0.00", "General"),
        ]  # fmt: skip


def test_a_past_day_stands_in_title_file_name_and_history(house: TestHouse) -> None:
    today = clock.now().astimezone(clock.zone("Europe/Paris")).date()
    past = clock.day_bounds(dt.date(2026, 9, 30), "Europe/Paris")[1]  # the end of that day, as the page asks for it
    live, now = "forecast-by-month", clock.now()
    for as_of, title, name in (
        (past, "Forecast, by month, as of 30 Sep 2026", f"{live}-as-of-30-sep-2026"), (now, "Forecast, by month", live),
    ):  # fmt: skip
        link = request(house.owner, "forecast", FiguresFilter(as_of, by="month"), ExportFormat.XLSX)
        file = exports.fetch(house.owner, link.public_id)
        assert (link.title, file.name) == (title, f"{house.slug}-{name}-{today}.xlsx")
        assert ended(house.owner, link).title == title
        # Of a sheet's name Excel shows 31 characters: the day is in the sheet of the figures.
        sheets = openpyxl.load_workbook(io.BytesIO(b"".join(file.pieces))).sheetnames
        assert sheets == ["Forecast, by month", "Forecast figures"]
    for kind, title in (
        ("forecast_figures", "Forecast figures"), ("funnel_figures", "Funnel figures"), ("funnel", "Funnel, Sales"),
        ("funnel_parts", "Win rates, by owner"),
    ):  # fmt: skip
        assert request(house.owner, kind, FiguresFilter(past)).title == f"{title}, as of 30 Sep 2026"
        assert request(house.owner, kind, FiguresFilter(clock.now())).title == title
    listed = read(house.owner, export_history.exports_so_far).frame["title"]
    assert list(listed)[-2:] == ["Forecast, by month", "Forecast, by month, as of 30 Sep 2026"]
