"""What board, forecast and funnel export is what they show, under any filter, period and day, and `report` says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from eventos_core.crm import queries
from eventos_core.crm.queries import DealFilter
from eventos_core.db.registry import read
from eventos_core.db.session import reading
from eventos_core.kernel.permissions import Role
from eventos_core.models.operations import Export
from eventos_core.operations import exports, formats
from eventos_core.ui.sales import deal_board
from tests.cli.conftest import Run, run
from tests.crm.deals import put_deal
from tests.crm.varied import Varied, put_varied
from tests.pages.conftest import Choose, OpenPage
from tests.support import Database, TestHouse

__all__ = ["run"]
pytestmark = pytest.mark.database
Rows = list[dict[str, Any]]

NARROWED: dict[str, dict[str, str]] = {
    "all": {},
    "kind": {"deals_kind": "sponsorship"},
    "owner": {"deals_owner": "{member_id}"},
    "nobody": {"deals_owner": "0"},
    "event": {"deals_event": "{event_id}"},
    "source": {"deals_source": "Fair"},
    "pipeline": {"deals_pipeline": "{other_pipeline_id}"},
}
"""Filters of the page, as its address says them."""
FORECASTS = [
    ("month", "year", False, "all"), ("month", "year", False, "kind"), ("event", "all_time", False, "nobody"),
    ("owner", "all_time", False, "all"), ("owner", "month", False, "owner"), ("month", "all_time", False, "pipeline"),
    ("event", "six_months", True, "all"),
]  # fmt: skip
FUNNELS = [
    ("owner", "last_365_days", False, "all"), ("source", "all_time", False, "event"),
    ("kind", "quarter", False, "pipeline"), ("event", "all_time", True, "kind"),
]  # fmt: skip
"""Breakdown, period, whether of a past day, filters."""


@pytest.fixture
def varied(two_houses: tuple[TestHouse, TestHouse], database: Database) -> tuple[TestHouse, Varied]:
    """A house with deals of every sort, beside another one that must not be counted."""
    ours, theirs = two_houses
    put_deal(theirs.owner, stage="Proposal", amount_minor=10**8)
    return ours, put_varied(ours, database)


def address(of: Varied, narrowed: str, **more: str) -> dict[str, str]:
    """The page's address with those filters."""
    return {**{name: value.format(**vars(of)) for name, value in NARROWED[narrowed].items()}, **more}


def assert_formatted(house: TestHouse) -> None:
    """Whether amounts, shares and days of the workbook that was asked for last show the digits that they have."""
    book = openpyxl.load_workbook(io.BytesIO(last_file(house)))
    for header, *rows in (list(sheet.iter_rows()) for sheet in book):
        for place, name in enumerate(str(one.value) for one in header):
            expected = "#,##0.00" if re.search(r"\((EUR|%)\)$", name) else DAYS.get(name, "General")
            assert {row[place].number_format for row in rows if type(row[place].value) in (int, float)} <= (
                {"#,##0.00", "#,##0.0", "#,##0"} if name in MIXED else {expected}
            ), name


MIXED = {"Value", "Before", "Target"}
"""Columns of the sheet of figures: amounts, shares, days."""
DAYS = {"Median days": "#,##0.0", "Mean days": "#,##0.0", "Cycle, days": "#,##0.0"}


def taken(house: TestHouse, *, sheet: str = "") -> Rows:
    """The rows of the export that was asked for last, by header; of that sheet of a workbook."""
    raw = last_file(house)
    if not sheet:
        return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    header, *rows = openpyxl.load_workbook(io.BytesIO(raw))[sheet].iter_rows(values_only=True)
    return [dict(zip([str(name) for name in header], row, strict=True)) for row in rows]


def last_file(house: TestHouse) -> bytes:
    """The export that was asked for last."""
    with reading(house.owner) as db:
        public_id = str(db.scalars(select(Export.public_id).order_by(Export.id.desc()).limit(1)).one())
    return b"".join(exports.fetch(house.owner, public_id).pieces)


def asked(at: AppTest, menu: Choose, entry: str) -> None:
    """Choose an entry of the head's menu."""
    menu(entry)
    at.run()
    assert not at.exception
    menu(None)


def same(shown: Any, written: Any) -> bool:
    """Whether a cell of the file is the cell of the grid: numbers to what the file rounds to, texts as they are."""
    if formats.missing(shown):
        return written in ("", None)
    if isinstance(shown, str):
        return bool(str(written) in (shown, f"'{shown}"))
    return abs(float(shown) - float(written)) <= 0.0051


def assert_same(grid: Any, rows: Rows) -> None:
    """Whether file and grid have the same columns and cells in the same order."""
    frame = grid.value
    headers = [re.sub(r" \(%\)$", "", header) for header in (rows[0] if rows else {})]
    if rows:
        assert headers == list(frame.columns)
    assert len(frame) == len(rows)
    for cells, row in zip(frame.astype(object).itertuples(index=False), rows, strict=True):
        assert all(same(shown, written) for shown, written in zip(cells, row.values(), strict=True)), (cells, row)


def assert_tiles(at: AppTest, figures: Rows) -> None:
    """Whether the tiles are the figures of the file, rounded as a tile rounds."""
    assert [tile.label for tile in at.metric] == [row["Figure"] for row in figures]
    for tile, row in zip(at.metric, figures, strict=True):
        number = re.sub(r"[^\d.,−-]", "", tile.value).replace(",", "").replace("−", "-")
        if tile.value == formats.DASH:
            assert row["Value"] in ("", None)
            continue
        exact, step = Decimal(str(row["Value"])), Decimal(number)
        assert abs(exact - step) <= Decimal("0.5"), (tile.label, tile.value, row)


@pytest.mark.usefixtures("fetched")
def test_a_forecast_is_exported_as_it_stands_there(
    varied: tuple[TestHouse, Varied], open_page: OpenPage, menu: Choose
) -> None:
    house, of = varied
    for by, period, past, narrowed in FORECASTS:
        forecast_is_exported(house, of, open_page, menu, by, period, past, narrowed)


def forecast_is_exported(
    house: TestHouse, of: Varied, open_page: OpenPage, menu: Choose, by: str, period: str, past: bool, narrowed: str
) -> None:
    """Whether the files of the forecast under that address are what it draws."""
    query = address(of, narrowed, deals_layout="forecast", forecast_by=by, forecast_period=period)
    at = open_page("sales_pipeline", house.owner, **query, **({"forecast_as_of": of.past.isoformat()} if past else {}))
    assert not at.exception and len(at.dataframe) == 1
    assert {"Export as CSV", "Export as Excel", "Export figures as CSV"} <= set(menu(None))
    asked(at, menu, "Export as CSV")
    rows = taken(house)
    assert rows
    assert_same(at.dataframe[0], rows)
    asked(at, menu, "Export figures as CSV")
    assert_tiles(at, taken(house))
    asked(at, menu, "Export as Excel")
    assert_same(at.dataframe[0], taken(house, sheet=f"Forecast, by {by}"))
    assert_tiles(at, taken(house, sheet="Forecast figures"))
    assert_formatted(house)


@pytest.mark.usefixtures("fetched")
def test_a_funnel_is_exported_as_it_stands_there(
    varied: tuple[TestHouse, Varied], open_page: OpenPage, menu: Choose
) -> None:
    house, of = varied
    for by, period, past, narrowed in FUNNELS:
        funnel_is_exported(house, of, open_page, menu, by, period, past, narrowed)


def funnel_is_exported(
    house: TestHouse, of: Varied, open_page: OpenPage, menu: Choose, by: str, period: str, past: bool, narrowed: str
) -> None:
    """Whether the files of the funnel under that address are what it draws."""
    query = address(of, narrowed, deals_layout="funnel", funnel_by=by, funnel_period=period)
    at = open_page("sales_pipeline", house.owner, **query, **({"funnel_as_of": of.past.isoformat()} if past else {}))
    assert not at.exception and len(at.dataframe) == 2
    asked(at, menu, "Export as CSV")
    assert_same(at.dataframe[0], taken(house))
    asked(at, menu, "Export win rates as CSV")
    assert_same(at.dataframe[1], taken(house))
    asked(at, menu, "Export figures as CSV")
    assert_tiles(at, taken(house))
    asked(at, menu, "Export as Excel")
    pipeline = "Partners" if narrowed == "pipeline" else "Sales"
    assert_same(at.dataframe[0], taken(house, sheet=f"Funnel, {pipeline}"))
    assert_same(at.dataframe[1], taken(house, sheet=f"Win rates, by {by}"))
    assert_tiles(at, taken(house, sheet="Funnel figures"))
    assert_formatted(house)


@pytest.mark.usefixtures("fetched")
def test_a_board_is_exported_in_its_order_with_its_sums(
    varied: tuple[TestHouse, Varied], open_page: OpenPage, menu: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, of = varied
    drawn: list[Sequence[deal_board.Column]] = []
    monkeypatch.setattr(deal_board, "board", lambda columns, **_: drawn.append(columns))
    for narrowed in ("all", "event", "pipeline"):
        board_is_exported(house, of, open_page, menu, drawn, narrowed)


def board_is_exported(
    house: TestHouse, of: Varied, open_page: OpenPage, menu: Choose, drawn: list[Sequence[deal_board.Column]],
    narrowed: str,
) -> None:  # fmt: skip
    """Whether the files of the board under that address are what it draws."""
    at = open_page("sales_pipeline", house.owner, **address(of, narrowed))
    asked(at, menu, "Export as CSV")
    cards = [(column["name"], card["id"], card["name"]) for column in drawn[-1] for card in column["cards"]]
    deals = taken(house)
    assert cards and [(row["Stage"], int(row["Id"]), row["Deal"]) for row in deals] == cards
    asked(at, menu, "Export columns as CSV")
    columns = taken(house)
    asked(at, menu, "Export as Excel")
    pipeline = "Partners" if narrowed == "pipeline" else "Sales"
    assert [row["Deal"] for row in taken(house, sheet=f"Board, {pipeline}")] == [name for _, _, name in cards]
    assert [row["Stage"] for row in taken(house, sheet=f"Board columns, {pipeline}")] == [
        column["name"] for column in drawn[-1]
    ]
    for column, row in zip(drawn[-1], columns, strict=True):
        assert (row["Stage"], int(row["Deals"])) == (column["name"], column["count"])
        assert money(row["Value (EUR)"]) == column["total_text"]
        assert money(row["Weighted (EUR)"]) == column["weighted_text"]


def money(written: str) -> str:
    """An amount of the file as the board says it; what is closed has no weighted one."""
    return formats.money_short(int(Decimal(written) * 100), "EUR", "en") if written else ""


def test_a_board_longer_than_a_page_is_exported_whole(
    varied: tuple[TestHouse, Varied], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, _ = varied
    whole = read(house.owner, queries.board_deals, DealFilter(), size=1000).frame
    found, cursor = [], None
    while True:
        page = read(house.owner, queries.board_deals, DealFilter(), cursor=cursor, size=3)
        found += list(page.frame["id"])
        cursor = page.next
        if cursor is None:
            break
    assert found == list(whole["id"]) and len(found) == len(set(found)) > 15
    assert read(house.owner, queries.board_counted, DealFilter(), 100) == len(found)


@pytest.mark.usefixtures("fetched")
def test_the_command_line_says_what_the_exports_say(
    varied: tuple[TestHouse, Varied], open_page: OpenPage, menu: Choose, run: Run
) -> None:
    house, of = varied
    for narrowed in ("all", "owner", "nobody", "pipeline"):
        report_says_the_same(house, of, open_page, menu, run, narrowed)


def report_says_the_same(
    house: TestHouse, of: Varied, open_page: OpenPage, menu: Choose, run: Run, narrowed: str
) -> None:
    """Whether the reports under those options say what the files of the pages do."""
    options: dict[str, tuple[str, ...]] = {
        "all": (), "kind": ("--kind", "sponsorship"), "owner": ("--owner", house.owner_email),
        "nobody": ("--owner", "-"), "event": ("--event", "defile"), "source": ("--source", "Fair"),
        "pipeline": ("--pipeline", "partners"),
    }  # fmt: skip
    args = ("--account", house.slug, "--json", *options[narrowed])
    for name, by, table, columns in (
        ("forecast", "owner", "owners", {"won_minor": "Won (EUR)", "usable_minor": "Usable (EUR)"}),
        ("funnel", "kind", "stages", {"entered": "Entered", "lost": "Lost here", "open_now": "Here now"}),
    ):
        query = address(of, narrowed, deals_layout=name, **{f"{name}_by": by, f"{name}_period": "all_time"})
        at = open_page("sales_pipeline", house.owner, **query)
        asked(at, menu, "Export as CSV")
        rows = taken(house)
        asked(at, menu, "Export figures as CSV")
        figures = {row["Figure"]: row["Value"] for row in taken(house)}
        report = run("report", name, *args).json
        assert report["currency"] == "EUR"
        for ours, theirs in columns.items():
            scale = 100 if "EUR" in theirs else 1
            assert [row[ours] for row in report[table]] == [Decimal(row[theirs]) * scale for row in rows]
        named = {"mean_won_value_minor": "Mean won value", "commit_minor": "Commit", "best_case_minor": "Best case"}
        for key, metric in report["metrics"].items():
            if key in named and named[key] in figures and metric["value"] is not None:
                assert metric["value"] / 100 == pytest.approx(float(figures[named[key]]), abs=0.0051)


@pytest.mark.usefixtures("fetched")
def test_a_board_adds_up_to_the_report_of_its_pipeline(
    varied: tuple[TestHouse, Varied], open_page: OpenPage, menu: Choose, run: Run
) -> None:
    house, of = varied
    for name, query in (("Sales", {}), ("Partners", {"deals_pipeline": str(of.other_pipeline_id)})):
        at = open_page("sales_pipeline", house.owner, deals_kind="sponsorship", **query)
        asked(at, menu, "Export columns as CSV")
        columns = [row for row in taken(house) if row["Outcome"] == "Open"]
        given = ("--account", house.slug, "--pipeline", name, "--kind", "sponsorship", "--json")
        report = run("report", "pipeline", *given).json["metrics"]
        for key, header, scale in (
            ("open_deals", "Deals", 1), ("open_value_minor", "Value (EUR)", 100),
            ("weighted_value_minor", "Weighted (EUR)", 100),
        ):  # fmt: skip
            assert report[key]["value"] == sum(Decimal(row[header]) for row in columns) * scale > 0


def test_who_may_not_export_is_offered_no_view(house: TestHouse, open_page: OpenPage, menu: Choose) -> None:
    put_deal(house.owner)
    for layout in ("board", "forecast", "funnel"):
        open_page("sales_pipeline", house.member(Role.VIEWER), deals_layout=layout)
        assert [entry for entry in menu(None) if entry.startswith("Export")] == []
