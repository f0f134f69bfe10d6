"""Reading import files: what is accepted, what is refused whole, what is refused row by row. No database."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.kernel.errors import FileRefused
from eventos_core.operations.imports import limits
from eventos_core.operations.imports.reading import ReadOptions, read_file
from eventos_core.operations.imports.table import SourceTable

DATA = Path(__file__).parents[1] / "data"


def read(content: bytes | str, name: str = "file.csv", **options: str) -> SourceTable:
    """Read content as a file of that name."""
    raw = content.encode() if isinstance(content, str) else content
    return read_file(name, raw, ReadOptions(**options))


def cells(table: SourceTable) -> list[tuple[str, ...]]:
    """The cells of all rows."""
    return [row.cells for row in table.rows]


def workbook(rows: list[list[object]]) -> bytes:
    """An xlsx file with one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


ACCENTS = "Name;Ort\nJosé Ñandú;München\nZoë;Orléans\nFrançois Lefèvre;Besançon\n"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
def test_encodings_keep_accents(encoding: str, expected: str) -> None:
    table = read(ACCENTS.encode(encoding))
    assert table.encoding == expected
    assert table.headers == ("Name", "Ort")
    assert cells(table) == [("José Ñandú", "München"), ("Zoë", "Orléans"), ("François Lefèvre", "Besançon")]


def test_windows_quotes_and_euro_signs_are_read() -> None:
    assert cells(read("a,b\n“Café” – 5 €,Œuvre\n".encode("cp1252"))) == [("“Café” – 5 €", "Œuvre")]


def test_an_alphabet_of_its_own_is_recognised() -> None:
    text = "Имя;Город\nАлександр Пушкин;Москва и Санкт-Петербург, очень красивый город\n"
    assert cells(read(text.encode("cp1251"))) == [
        ("Александр Пушкин", "Москва и Санкт-Петербург, очень красивый город")
    ]


def test_a_chosen_encoding_is_used() -> None:
    assert cells(read("a\nčeský\n".encode("cp1250"), encoding="cp1250")) == [("český",)]
    with pytest.raises(FileRefused, match="not readable as UTF-8"):
        read("a\né\n".encode("cp1252"), encoding="utf-8")
    with pytest.raises(FileRefused, match="not an encoding"):
        read("a\n1\n", encoding="klingon")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter: str) -> None:
    lines = [["name", "note", "n"], ["A, B; C", "x|y", "1"], ["D\tE", "", "2"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(lines)
    table = read(out.getvalue())
    assert table.delimiter == delimiter
    assert [list(row) for row in cells(table)] == lines[1:]


def test_the_delimiter_is_not_guessed_from_commas_in_text() -> None:
    table = read("name;note\nAda;one, two, three, four\nBob;five, six, seven, eight\n")
    assert table.delimiter == ";"


def test_one_column_needs_no_delimiter() -> None:
    assert cells(read((DATA / "malformed_utf_8_bom_csv.csv").read_bytes())) == [("Afghanistan",), ("Albania",)]


def test_excels_separator_line_is_obeyed() -> None:
    table = read("sep=;\na;b\n1,5;2\n")
    assert (table.headers, cells(table)) == (("a", "b"), [("1,5", "2")])
    assert table.rows[0].number == 3


def test_headers_are_trimmed_and_may_repeat() -> None:
    table = read((DATA / "malformed_badcsv.csv").read_bytes())
    assert table.headers == ("xname", "fake")
    assert read(" Email , Email \na,b\n").headers == ("Email", "Email")


def test_quoted_newlines_belong_to_their_cell() -> None:
    table = read('a,b\r\n1,"two\r\nlines"\r\n3,4')
    assert cells(table) == [("1", "two\r\nlines"), ("3", "4")]
    assert [row.number for row in table.rows] == [2, 3]


def test_blank_lines_and_a_missing_final_newline_do_no_harm() -> None:
    table = read("\n\na,b\n1,2\n\n , \n3,4\n\n\n")
    assert cells(table) == [("1", "2"), ("3", "4")]
    assert [row.number for row in table.rows] == [4, 7]


def test_short_rows_are_padded_and_empty_extra_cells_dropped() -> None:
    assert cells(read("a,b,c\n1\n1,2,3,,\n")) == [("1", "", ""), ("1", "2", "3")]


def test_formulas_stay_text() -> None:
    assert cells(read("a,b\n=1+1,@x\n")) == [("=1+1", "@x")]
    assert cells(read(workbook([["a"], ["'=1+1"]]), "x.xlsx")) == [("'=1+1",)]


def test_rows_that_cannot_be_taken_are_named_and_the_rest_lands() -> None:
    long = "x" * (limits.MAX_CELL + 1)
    table = read(f"a,b\n1,2\nx\x00y,3\n4,5,6\n{long},7\n8,9\n")
    assert cells(table) == [("1", "2"), ("8", "9")]
    assert [(p.row, p.column) for p in table.refused] == [(3, "a"), (4, ""), (5, "a")]
    reasons = [p.reason for p in table.refused]
    assert reasons == [
        "The cell holds a NUL byte.",
        "The row has 3 cells under 2 headers.",
        "The cell has 32,768 characters; 32,767 are possible.",
    ]
    assert table.refused[0].value == "x␀y"
    assert table.total == 5


def test_more_cells_than_headers_in_a_real_file() -> None:
    table = read((DATA / "malformed_badcsv_too_many_columns.csv").read_bytes())
    assert [p.row for p in table.refused] == [2, 3, 4, 5]
    assert table.rows == ()


def test_damaged_utf8_refuses_only_its_rows() -> None:
    table = read("a,b\nJosé,1\nZoë,2\n".encode() + b"\xff\xfe,3\nok,4\n")
    assert cells(table) == [("José", "1"), ("Zoë", "2"), ("ok", "4")]
    assert [(p.row, p.reason) for p in table.refused] == [(4, "The cell holds bytes that are not valid text.")]


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    table = read('a,b\n1,2\n"never closed,3\n4,5\n6,7\n')
    assert cells(table) == [("1", "2"), ("4", "5"), ("6", "7")]
    assert [(p.row, p.reason) for p in table.refused] == [(3, "A quotation mark in this row is never closed.")]


def png() -> bytes:
    """The beginning of a picture."""
    return b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\n\n", "empty"),
        (b"a,b\n", "no rows"),
        (b"a,b\n\n ,\n", "no rows"),
        (png(), "PNG picture"),
        (random.Random(1).randbytes(4096), "not a text file"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b",".join(b"c%d" % i for i in range(300)) + b"\n1\n", "300 columns"),
        (b"a\n" * 200_002, "more than 200,000 rows"),
        (b"x" * (limits.MAX_BYTES + 1), "larger than 25.0 MB"),
        (b'"a\nb,c\n1,2\n', "header cannot be read"),
    ],
)
def test_files_refused_whole(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        read(content)


def test_the_limits_themselves_are_allowed() -> None:
    wide = ",".join(f"c{i}" for i in range(200))
    assert len(read(f"{wide}\n1\n").headers) == 200
    assert len(read("a\n" + "1\n" * 200_000).rows) == 200_000
    assert len(read("a\n" + "x" * limits.MAX_CELL).rows) == 1


def test_workbooks_are_read_whatever_they_are_called() -> None:
    content = workbook(
        [
            ["name", "n", "when", "yes"],
            ["José", 5, dt.datetime(2024, 3, 1, 9, 30), True],
            ["=x", 1.5, dt.date(2024, 1, 2), ""],
        ]
    )
    for name in ("people.xlsx", "people.csv"):
        table = read(content, name)
        assert table.kind == "xlsx"
        assert cells(table)[0] == ("José", "5", "2024-03-01 09:30:00", "true")
        assert cells(table)[1][1:] == ("1.5", "2024-01-02", "")


def test_a_sheet_is_chosen_by_name() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Second").append(["b"])
    book["Second"].append([2])
    book["Sheet"].append(["a"])
    book["Sheet"].append([1])
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue(), "x.xlsx").headers == ("a",)
    table = read(out.getvalue(), "x.xlsx", sheet="Second")
    assert (table.headers, table.sheets) == (("b",), ("Sheet", "Second"))
    with pytest.raises(FileRefused, match="no sheet"):
        read(out.getvalue(), "x.xlsx", sheet="Third")


def test_a_zip_bomb_is_refused_without_being_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"<a>" + b" " * (limits.MAX_INFLATED + 10) + b"</a>")
    assert len(out.getvalue()) < 1_000_000
    with pytest.raises(FileRefused, match="unpacks to more than"):
        read(out.getvalue(), "bomb.xlsx")


def test_a_zip_bomb_that_lies_about_its_size_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"<a>" + b" " * (limits.MAX_INFLATED + 10) + b"</a>")
    raw = out.getvalue()
    truth = (limits.MAX_INFLATED + 17).to_bytes(4, "little")
    assert raw.count(truth) == 2
    with pytest.raises(FileRefused, match="unpacks to more than"):
        read(raw.replace(truth, (1000).to_bytes(4, "little")), "bomb.xlsx")


def test_two_cells_far_apart_do_not_fill_the_memory() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = "a", 1
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(FileRefused, match="reaches to"):
        read(out.getvalue(), "far.xlsx")


def test_other_archives_and_damaged_workbooks_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(FileRefused, match="archive"):
        read(out.getvalue(), "x.xlsx")
    with pytest.raises(FileRefused, match="cannot be opened"):
        read(workbook([["a"], [1]])[:-200], "x.xlsx")


def test_json_lies_flat() -> None:
    document = {
        "format": "0.5.0",
        "sessions": [
            {"id": 1, "host": {"name": "A", "links": {}}, "tags": ["x", "y"]},
            {"id": 2, "ok": True, "end": None},
        ],
    }
    table = read(json.dumps(document), "s.json")
    assert table.headers == ("id", "host.name", "host.links", "tags", "ok", "end")
    assert cells(table) == [("1", "A", "", "x;y", "", ""), ("2", "", "", "", "true", "")]
    assert [row.number for row in table.rows] == [1, 2]


def test_json_is_known_by_its_content_too() -> None:
    assert read('[{"a": 1}]', "upload").kind == "json"
    assert read("[a],b\n1,2\n").kind == "csv"


@pytest.mark.parametrize("content", ['{"a": 1}', "[", '[{"a": NaN}]', "[1, 2", "{}", "[" * 100_000])
def test_json_that_is_no_list_of_objects_is_refused(content: str) -> None:
    with pytest.raises(FileRefused):
        read(content, "x.json")


def test_json_items_and_text_that_cannot_be_stored_are_refused_by_number() -> None:
    table = read('[{"a": "1"}, 5, {"a": "\\ud800"}, {"a": "\\u0000"}]', "x.json")
    assert cells(table) == [("1",)]
    assert [p.row for p in table.refused] == [2, 3, 4]


cell = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=30)


@given(
    rows=st.lists(
        st.lists(cell, min_size=3, max_size=3).filter(lambda r: any(c.strip() for c in r)), min_size=1, max_size=8
    ),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]], delimiter: str, encoding: str, end: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["one", "two", "three"], *rows])
    table = read(out.getvalue().encode(encoding), delimiter=delimiter, encoding=encoding)
    assert cells(table) == [tuple(row) for row in rows]
    assert not table.refused


@given(content=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        table = read(content)
    except FileRefused:
        return
    for row in table.rows:
        assert len(row.cells) == len(table.headers)
        assert all("\x00" not in text for text in row.cells)
        "".join(row.cells).encode()


WORDS = ("José", "Müller", "Lefèvre", "Orléans", "Åse", "Çelik", "niño", "Straße", "Garçon", "plain", "Æsir")


@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=30))
def test_western_words_in_a_code_page_survive(words: list[str]) -> None:
    assert cells(read(("a\n" + "\n".join(words)).encode("cp1252"))) == [(word,) for word in words]
