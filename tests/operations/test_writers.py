"""CSV and Excel: nothing that a spreadsheet would run, and every character as it was."""

import csv
import datetime as dt
import io
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
    assert shown in {text, "'" + text}


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
