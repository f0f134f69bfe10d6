"""Any import file to a `SourceTable`: the kind is told by content first, by name only where content is silent."""

from __future__ import annotations

from dataclasses import dataclass

from eventos_core.kernel.errors import FileRefused
from eventos_core.operations.imports.delimited import read_delimited
from eventos_core.operations.imports.documents import is_json, read_json
from eventos_core.operations.imports.limits import MAX_BYTES, megabytes
from eventos_core.operations.imports.table import SourceTable
from eventos_core.operations.imports.workbook import read_workbook, zip_kind

_NOT_TABLES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "a rich text document"),
    (b"\x1f\x8b", "a compressed file"),
    (b"Rar!\x1a\x07", "a compressed file"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"SQLite format 3\x00", "a database"),
)
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class ReadOptions:
    """What a person may say instead of letting the reader find out; empty means: find out."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


def read_file(name: str, content: bytes, options: ReadOptions | None = None) -> SourceTable:
    """The rows of a CSV, Excel, OpenDocument or JSON file. Pure: nothing is stored.

    Raises FileRefused, with the reason and what to do, for a file that is refused whole: empty, too large, no
    table at all, too many rows or columns, damaged. Single rows that cannot be taken are in `refused`.
    """
    chosen = options or ReadOptions()
    if not content.strip(b"\x00\xef\xbb\xbf \t\r\n"):
        raise FileRefused("The file is empty.", hint="Upload a file with a header row and data below it.")
    if len(content) > MAX_BYTES:
        raise FileRefused(
            f"The file is larger than {megabytes(MAX_BYTES)}.",
            hint="Split it and import the parts one by one.",
        )
    for magic, what in _NOT_TABLES:
        if content.startswith(magic):
            raise FileRefused(f"“{name}” is {what}, not a table.", hint="Upload a CSV, Excel or JSON file.")
    if content.startswith(_OLE):
        return read_workbook(content, "xls", sheet=chosen.sheet)
    if content.startswith(_ZIP):
        kind = zip_kind(content)
        if kind is None:
            raise FileRefused(f"“{name}” is an archive, not a table.", hint="Unpack it and upload the file inside.")
        return read_workbook(content, kind, sheet=chosen.sheet)
    if name.casefold().endswith(".json") or is_json(content):
        return read_json(content)
    return read_delimited(content, encoding=chosen.encoding, delimiter=chosen.delimiter)
