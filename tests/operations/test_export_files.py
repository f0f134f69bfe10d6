"""What the file of a list is called."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest

from eventos_core.crm.queries import FiguresFilter
from eventos_core.db.registry import read
from eventos_core.enums.operations import ExportFormat
from eventos_core.kernel import clock
from eventos_core.operations import export_history, exports
from tests.operations.test_exports import ended, request
from tests.support import TestHouse

pytestmark = pytest.mark.database


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
