"""What leaves the house as a file: lists that can be taken out, the link to it, and the walk that writes the file.

A domain joins with one `exportable(…)` in its `joins`: key, permission, filter, columns, and the query that lists a
page. A page of the app, or a program with its key, registers what is wanted (`request_export`); the export routes
fetch it (`fetch`), ask for the permission again and walk the list a thousand rows at a time, each in a short
transaction of its own: memory stays constant, and a slow reader holds no connection and no snapshot. A row changed
meanwhile is written as it was when its page was read. Documents (`operations.documents`) are fetched by the same links.
"""

from eventos_core.operations.exports.commands import (
    LASTS,
    TAKERS,
    ExportLink,
    FetchedExport,
    FetchExport,
    RequestExport,
    check,
    fetch_export,
    note,
    offer_package,
    own,
    request_export,
)
from eventos_core.operations.exports.fetching import BATCH, ExportFile, Outgoing, Taker, fetch
from eventos_core.operations.exports.registry import (
    EXCEL_ROWS,
    EXPORTABLES,
    PACKAGES,
    ROWS,
    Column,
    Exportable,
    Package,
    Row,
    amount,
    chosen,
    column,
    entry,
    exportable,
    instant,
    label,
    local,
    package,
    words,
)

__all__ = [
    "BATCH", "EXCEL_ROWS", "EXPORTABLES", "LASTS", "PACKAGES", "ROWS", "TAKERS", "Column", "ExportFile",
    "ExportLink", "Exportable", "FetchExport", "FetchedExport", "Outgoing", "Package", "RequestExport", "Row", "Taker",
    "amount", "check", "chosen", "column", "entry", "exportable", "fetch", "fetch_export", "instant", "label",
    "local", "note", "offer_package", "own", "package", "request_export", "words",
]  # fmt: skip
