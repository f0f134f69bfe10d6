"""CSV and Excel: nothing that a spreadsheet would run, and every character as it was."""

import csv
import datetime as dt
import io
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.operations.writers import Sheet, cell, csv_lines, excel_file, harmless, pieces, verbatim

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|'/c calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "  =1", "\r=1", "+A1", "\u00a0=1", "＝1"]
)
def test_a_formula_is_made_harmless(text: str) -> None:
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("text", ["+33 1 23 45 67 89", "-5", "-5.20", "Anna", "", "a=b", "+1 (408) 505-1578"])
def test_plain_values_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


@given(st.text())
def test_no_cell_begins_like_a_formula(text: str) -> None:
    shown = harmless(text)
    if shown.lstrip()[:1] in {"=", "@"} or shown[:1] in {"\t", "\r", "\n"}:
        pytest.fail(f"{shown!r} would be run")
    assert bare(shown) == bare(text)


def bare(text: str) -> str:
    """Without the apostrophes before a cell."""
    return re.sub(r"(;\s*)'", r"\1", text).removeprefix("'")


@pytest.mark.parametrize("text", ["=1+1", "@anna", "a; =1", "it's; 'so'", "'quoted", "+33 1 23", "a;'b", ""])
def test_a_harmless_cell_reads_as_it_was(text: str) -> None:
    assert verbatim(harmless(text)) == text


@pytest.mark.parametrize("text", ["a;=1", "a; @x", "a;-x", "a;+cmd|'/c calc'!A0"])
def test_a_formula_behind_a_semicolon_is_made_harmless(text: str) -> None:
    """Where a semicolon parts cells it would begin one."""
    assert all(not part.lstrip().startswith(("=", "+", "-", "@")) for part in harmless(text).split(";"))
    assert harmless(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("text", ["a;-5", "x; +33 1 23", "a;b=c", "fine; (1)"])
def test_a_semicolon_alone_changes_nothing(text: str) -> None:
    assert harmless(text) == text


def test_a_csv_reads_back_with_accents_quotes_and_line_breaks() -> None:
    noon = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    raw = b"".join(csv_lines(["Name", "When"], [["Zoë “Zed”, Müller", noon], ["a\nb", None]], PARIS))
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert rows == [["Name", "When"], ["Zoë “Zed”, Müller", "2026-01-01 13:00"], ["a\nb", ""]]


def test_a_long_csv_comes_in_pieces_and_whole() -> None:
    parts = list(csv_lines(["n"], ([i] for i in range(1234)), PARIS))
    assert len(parts) > 2
    assert b"".join(parts).decode("utf-8-sig").split() == ["n", *map(str, range(1234))]


def test_missing_values_and_lists() -> None:
    assert [cell(value, PARIS) for value in (None, pd.NA, pd.NaT, float("nan"))] == [""] * 4
    assert cell(["a", "b"], PARIS) == "a;b"
    assert cell(True, PARIS) == "yes"
    assert cell(["=1"], PARIS) == "'=1"


def test_excel_keeps_numbers_and_times_and_neutralises_text() -> None:
    noon, day = dt.datetime(2026, 1, 1, 12, 0, 0, 5, tzinfo=dt.UTC), dt.date(2026, 1, 2)
    out = io.BytesIO()
    rows = [["=1+1", 1.5, noon, day, True], ["bell\x07", Decimal("12.50"), None, dt.date(1789, 7, 14), False]]
    excel_file(out, [Sheet("Guests: [SS27]", ["=h", "n", "at", "on", "?"], rows), Sheet("Sums", ["n"], [[2]])], PARIS)
    sheet, second = openpyxl.load_workbook(io.BytesIO(b"".join(pieces(out)))).worksheets
    assert (sheet.title, second.title) == ("Guests   SS27 ", "Sums")
    assert [[c.value for c in row] for row in second] == [["n"], [2]]
    assert [c.value for c in sheet[1]] == ["'=h", "n", "at", "on", "?"]
    assert [c.value for c in sheet[2]] == ["'=1+1", 1.5, dt.datetime(2026, 1, 1, 13), dt.datetime(2026, 1, 2), "yes"]
    assert [c.value for c in sheet[3]] == ["bell", 12.5, None, "1789-07-14", "no"]
    assert sheet["A2"].data_type == "s"
    assert out.closed


def test_excel_shows_the_decimals_of_amounts_and_shares_and_times_to_the_minute() -> None:
    noon, day = dt.datetime(2026, 1, 1, 12, 0, 7, tzinfo=dt.UTC), dt.date(2026, 1, 2)
    amounts = ["1500.00", "900000", "1.250", "-0.50", "12.5", "12345678.90"]
    rows = [["=1", Decimal(amount), Decimal("0.913400000000"), noon, day, 3] for amount in amounts]
    out = io.BytesIO()
    excel_file(out, [Sheet("Deals", ["Deal", "Amount", "Rate", "At", "On", "n"], [*rows, ["None", None]], {1})], PARIS)
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(pieces(out)))).worksheets[0]
    assert [row[1].number_format for row in sheet.iter_rows(min_row=2, max_row=7)] == [
        "#,##0.00", "#,##0", "#,##0.000", "#,##0.00", "#,##0.0", "#,##0.00",
    ]  # fmt: skip
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == [*map(float, amounts), None]
    assert {row[1].data_type for row in sheet.iter_rows(min_row=2)} == {"n"}
    first = sheet[2]
    assert [one.number_format for one in first if one.column != 2] == [
        "General", "General", "yyyy-mm-dd hh:mm", "yyyy-mm-dd", "General",
    ]  # fmt: skip
    assert (first[0].value, first[3].value) == ("'=1", dt.datetime(2026, 1, 1, 13, 0, 7))


def test_excel_columns_are_wide_enough_for_times_and_amounts() -> None:
    out = io.BytesIO()
    headers = ["n", "A header of twenty-five c", "x" * 90]
    excel_file(out, [Sheet("Wide", headers, [[1, 2, 3]])], PARIS)
    widths = openpyxl.load_workbook(io.BytesIO(b"".join(pieces(out)))).worksheets[0].column_dimensions
    assert [widths[letter].width for letter in "ABC"] == [18, 27, 40]
