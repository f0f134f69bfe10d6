"""The file behind a link, written while it is read, and how its download ended."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from eventos_core.db.engine import app_engine
from eventos_core.db.registry import execute, restored
from eventos_core.db.session import TenantSession, reading
from eventos_core.enums.operations import ExportFormat, RunStatus
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import KeyCredential, MemberCredential
from eventos_core.kernel.errors import (
    Conflict,
    EventOSError,
)
from eventos_core.kernel.ids import slugify
from eventos_core.operations import writers
from eventos_core.operations.documents.registry import DOCUMENTS, MEDIA_TYPES, Document
from eventos_core.operations.exports.commands import FetchedExport, FetchExport, check, fetch_export
from eventos_core.operations.exports.registry import (
    EXCEL_ROWS,
    EXPORTABLES,
    LIST_TYPES,
    PACKAGES,
    ROWS,
    Column,
    Exportable,
    Package,
    chosen,
)
from eventos_core.operations.files import stores

log = logging.getLogger(__name__)
Taker = MemberCredential | KeyCredential
"""Who fetches what they asked for."""

BATCH = 1_000
_IN_MEMORY = 8 * 1024 * 1024


class Outgoing:
    """The bytes of one download; how it ends, complete, failed or given up, is written on its row once.

    The row of a document that a job made says how the making ended, and keeps that.

    Reading runs queries. `close` when nobody reads on; afterwards it is at its end.
    """

    def __init__(self, found: FetchedExport) -> None:
        self.rows = 0
        self._found = found
        self._pieces: Iterator[bytes] = iter(())
        self._digest = hashlib.sha256()
        self._size = 0
        self._ended = False

    def begin(self, pieces: Iterator[bytes]) -> Outgoing:
        """Give it what to read."""
        self._pieces = pieces
        return self

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._ended:
            raise StopIteration
        try:
            piece = next(self._pieces)
        except StopIteration:
            self._end(RunStatus.DONE)
            raise
        except Exception as error:
            self.fail(error)
            raise
        self._digest.update(piece)
        self._size += len(piece)
        return piece

    def fail(self, error: Exception) -> None:
        """Note that it cannot go on."""
        self._end(
            RunStatus.FAILED, str(error) if isinstance(error, EventOSError) else "It failed for a technical reason."
        )

    def close(self) -> None:
        """Note that it was given up, unless it had ended."""
        when = f"after {self._size:,} bytes" if self._size else "before it began"
        self._end(RunStatus.CANCELLED, f"The download was broken off {when}.")

    def _end(self, status: RunStatus, error: str | None = None) -> None:
        if self._ended:
            return
        self._ended = True
        if close := getattr(self._pieces, "close", None):
            close()
        try:
            with app_engine().begin() as connection:
                connection.execute(
                    text("select app.end_export(:a, :i, :n, :s, :r, :b, :d, :e)"),
                    {
                        "a": self._found.account_id, "i": uuid.UUID(self._found.public_id), "n": self._found.download,
                        "s": status.value, "r": self.rows, "b": self._size, "d": self._digest.digest(), "e": error,
                    },
                )  # fmt: skip
        except DBAPIError:
            log.exception("How export %s ended could not be noted", self._found.public_id)


@dataclass(frozen=True)
class ExportFile:
    """A file on its way out; close `pieces` whatever happens."""

    name: str
    media_type: str
    pieces: Outgoing
    size: int | None
    """Bytes, where they are known beforehand."""


def fetch(credential: Taker, public_id: str, *, request_id: str | None = None) -> ExportFile:
    """The file behind a link, with its first rows read. Raises what `fetch_export` raises.

    The pieces of a CSV read on as they are taken, and raise where the permission is lost meanwhile, so that the
    download fails rather than ends early; an Excel file is written whole to a temporary file first.
    """
    found = execute(credential, fetch_export, FetchExport(public_id), request_id=request_id)
    pieces = Outgoing(found)
    try:
        if found.kind in DOCUMENTS:
            return _document(credential, DOCUMENTS[found.kind], found, pieces)
        if found.kind in PACKAGES:
            return _packed(credential, PACKAGES[found.kind], found, pieces)
        return _opened(credential, found, pieces)
    except Exception as error:
        pieces.fail(error)
        raise


def _opened(credential: Taker, found: FetchedExport, pieces: Outgoing) -> ExportFile:
    kind = EXPORTABLES[found.kind]
    wanted = restored(found.filters, kind.filter_type)
    with reading(credential) as db:
        zone, house = db.context.zone, db.context.account_slug
        main = _sheet(db, credential, kind, wanted, found)
        # What else the workbook holds has a permission of its own, asked now and for each of its pages.
        others = [EXPORTABLES[key] for key in kind.sheets] if found.format is ExportFormat.XLSX else []
        further = [_sheet(db, credential, other, wanted, found) for other in others]
    name = _file_name(house, found, zone)
    rows = _counting(main.rows, pieces)
    media_type = LIST_TYPES[found.format]
    if found.format is ExportFormat.XLSX:
        out = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 `pieces` closes it
        writers.excel_file(out, [replace(main, rows=rows), *further], zone)
        return ExportFile(name, media_type, pieces.begin(writers.pieces(out)), out.seek(0, os.SEEK_END))
    lines = writers.csv_lines(main.headers, rows, zone)
    first = next(lines)  # what is wrong with the list shows before the answer has begun
    return ExportFile(name, media_type, pieces.begin(chain([first], lines)), None)


def _sheet(db: TenantSession, credential: Taker, kind: Exportable, wanted: Any, found: FetchedExport) -> writers.Sheet:
    """A list's name, headers and rows, which are read when they are taken; columns are chosen of the main list."""
    check(db, kind)
    main = kind.key == found.kind
    columns = chosen(kind.columns(db, wanted), found.columns if main else ())
    headers = [f"{c.header} ({db.context.zone.key})" if c.in_house_zone else c.header for c in columns]
    limit = EXCEL_ROWS if found.format is ExportFormat.XLSX else ROWS
    # Not the export's title: of a sheet's name Excel would cut the day.
    decimals = {place for place, one in enumerate(columns) if one.decimals}
    rows = _walk(credential, kind, wanted, columns, limit)
    return writers.Sheet(kind.called(db, wanted), headers, rows, decimals)


def _counting(rows: Iterable[Sequence[Any]], pieces: Outgoing) -> Iterator[Sequence[Any]]:
    for row in rows:
        yield row
        pieces.rows += 1


def _document(credential: Taker, kind: Document, found: FetchedExport, pieces: Outgoing) -> ExportFile:
    with reading(credential) as db:
        check(db, kind)
        name = _file_name(db.context.account_slug, found, db.context.zone)
        read = kind.read(db, restored(found.filters, kind.given_type)) if found.storage_key is None else None
    if found.storage_key is not None:
        content = b"".join(stores.holding(found.storage_key).read(found.storage_key))
    else:
        content = kind.write[found.format](read)
    pieces.rows = found.rows or 0
    return ExportFile(name, MEDIA_TYPES[found.format], pieces.begin(iter([content])), len(content))


def _packed(credential: Taker, kind: Package, found: FetchedExport, pieces: Outgoing) -> ExportFile:
    with reading(credential) as db:
        check(db, kind)
        name = _file_name(db.context.account_slug, found, db.context.zone)
        content = kind.build(db, restored(found.filters, kind.filter_type))
    pieces.rows = found.rows or 0
    return ExportFile(name, "application/zip", pieces.begin(iter([content])), len(content))


def _file_name(house: str, found: FetchedExport, zone: ZoneInfo) -> str:
    day = clock.now().astimezone(zone).date().isoformat()
    return f"{house}-{slugify(found.title, limit=80) or found.kind}-{day}.{found.format.value}"


def _walk(
    credential: Taker, kind: Exportable, wanted: Any, columns: Sequence[Column], limit: int
) -> Iterator[list[Any]]:
    cursor: str | None = None
    written = 0
    while True:
        with reading(credential) as db:
            check(db, kind)
            found = kind.rows(db, wanted, cursor, BATCH)
        written += len(found.frame)
        if written > limit:
            raise Conflict(f"The list grew beyond {limit:,} rows.", hint="Narrow the list and export it again.")
        for record in found.frame.to_dict("records"):
            row = {str(name): value for name, value in record.items()}
            yield [one.value(row) for one in columns]
        cursor = found.next
        if cursor is None:
            return
