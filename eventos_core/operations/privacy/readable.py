"""A person's rows as one page to read: in words, with the house's clock, and without what only programs need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from eventos_core.kernel.context import Context
from eventos_core.operations import formats, naming, told

_FOR_PROGRAMS = ("id", "public_id", "updated_at", "e164", "digits", "ics_uid", "ics_sequence", "idempotency_key")
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#222;max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.15rem;margin:2.5rem 0 .5rem}
table{width:100%;border-collapse:collapse;margin:0 0 1rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #ddd;overflow-wrap:anywhere}
th{width:13rem;font-weight:500;color:#555}td{white-space:pre-wrap}
@media(max-width:30rem){th{width:8rem}}
"""


def page(context: Context, kinds: Sequence[tuple[str, str, Sequence[Mapping[str, Any]]]], files: Sequence[str]) -> str:
    """HTML of `kinds`: table, what its rows are called, the rows as in the copy; `files` are names in `files/`."""
    house = escape(context.account_name)
    parts = [
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>What {house} keeps of you</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>\n<h1>What {house} keeps of you</h1>\n"
        f"<p>Times are those of {escape(formats.zone_label(context.zone))}.</p>\n"
    ]
    for table, label, rows in kinds:
        parts.append(f"<h2>{escape(label)}: {formats.count(len(rows))}</h2>\n")
        parts += [_row(context, table, row) for row in rows]
    if files:
        parts.append("<h2>Files that show you</h2>\n<ul>\n")
        parts += [f"<li>{escape(name)}</li>\n" for name in files]
        parts.append("</ul>\n")
    return "".join([*parts, "</body></html>\n"])


def _row(context: Context, table: str, row: Mapping[str, Any]) -> str:
    lines = [
        f'<tr><th scope="row">{escape(naming.field(column))}</th>'
        f"<td>{escape(told.value(context, table, column, value, row.get('currency'), whole=True))}</td></tr>\n"
        for column, value in row.items()
        if column not in _FOR_PROGRAMS and not column.endswith(("_id", "_norm"))
    ]
    return f"<table>\n{''.join(lines)}</table>\n" if lines else ""
