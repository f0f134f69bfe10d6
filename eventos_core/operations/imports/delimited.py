"""Delimited text: the delimiter is the one under which the first lines agree; rows that cannot be taken are named."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice

from eventos_core.kernel.errors import FileRefused
from eventos_core.operations.imports.encoding import decode
from eventos_core.operations.imports.limits import MAX_BYTES
from eventos_core.operations.imports.rows import collect
from eventos_core.operations.imports.table import SourceTable

DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_RECORDS = 100
_UNCLOSED_QUOTES = 10
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_WEB_PAGE = re.compile(r"\s*<(!doctype\s+html|html)\b", re.IGNORECASE)

# The module's own limit (131,072) would end the whole file on one long cell; ours refuses the row.
csv.field_size_limit(MAX_BYTES)


def read_delimited(content: bytes, *, encoding: str = "", delimiter: str = "") -> SourceTable:
    """The table in a CSV file. Raises FileRefused for what is no text, a web page or has no rows."""
    text, found = decode(content, encoding)
    refuse_binary(text)
    lines = list(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    named = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    separator = delimiter or (named.group(1) if named else sniff_delimiter(lines))
    skipped = 1 if named else 0
    found_rows = collect(_records(lines[skipped:], separator, first=1 + skipped))
    return SourceTable("csv", *found_rows, encoding=found, delimiter=separator)


def refuse_binary(text: str) -> None:
    """Raise FileRefused when decoded text is that of a picture, a program or a web page."""
    sample = text[: 64 * 1024]
    if _WEB_PAGE.match(sample):
        raise FileRefused("This is a web page, not a table.", hint="Export the data as CSV or Excel.")
    controls = len(_CONTROLS.findall(sample))
    if controls > max(2, 0.02 * len(sample)) or sample.count("\x00") > max(8, 0.3 * len(sample)):
        raise FileRefused("This is not a text file.", hint="Upload a CSV, Excel or JSON file.")


def sniff_delimiter(lines: list[str]) -> str:
    """The candidate under which most of the first records have as many cells as the header; `,` if none splits.

    The standard Sniffer guesses from letter frequencies and quotes, and is wrong on short files and on text
    cells full of commas; agreement with the header is what matters here.
    """

    def score(delimiter: str) -> tuple[float, int]:
        records = [r for r in islice(csv.reader(iter(lines), delimiter=delimiter), _SNIFFED_RECORDS) if any(r)]
        if not records or len(records[0]) < 2:
            return (0.0, 0)
        width = len(records[0])
        agreeing = sum(len(record) == width for record in records) / len(records)
        return (agreeing if agreeing > 0.5 else agreeing / 2, width)

    best = max(DELIMITERS, key=lambda d: (*score(d), -DELIMITERS.index(d)))
    return best if score(best)[1] else ","


def _records(lines: list[str], delimiter: str, *, first: int) -> Iterator[tuple[int, list[str] | str]]:
    """`(row number, cells)` of each record, or the reason why the record could not be read.

    A quotation mark that is never closed swallows the rest of the file; then only its first line is refused and
    reading goes on below it.
    """
    number, at = first, 0
    for _attempt in range(_UNCLOSED_QUOTES):
        last = at
        held: tuple[int, list[str]] | None = None
        reader = csv.reader(iter(lines[at:]), delimiter=delimiter)
        for record in reader:
            if held is not None:
                yield held
            held = (number, record)
            number += 1
            start, last = last, at + reader.line_num
        if held is None:
            return
        if not _unclosed(lines[start:last], delimiter):
            yield held
            return
        yield held[0], "A quotation mark in this row is never closed."
        at = start + 1
    raise FileRefused(
        "The quotation marks in this file do not match.", hint="Export it again with text in double quotes."
    )


def _unclosed(record_lines: list[str], delimiter: str) -> bool:
    try:
        list(csv.reader(iter(record_lines), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False
