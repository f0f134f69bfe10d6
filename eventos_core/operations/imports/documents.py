"""JSON: a list of objects, alone or under one key, laid flat so that nested values become columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from eventos_core.kernel.errors import FileRefused
from eventos_core.operations.imports.encoding import decode
from eventos_core.operations.imports.rows import collect
from eventos_core.operations.imports.table import SourceTable

_DEPTH = 4


def read_json(content: bytes) -> SourceTable:
    """The table in a JSON file: `host: {"name": …}` becomes column `host.name`, items are numbered from 1.

    Lists of plain values are joined by `;`, anything deeper stays JSON text; null and missing are empty cells.
    Plain values beside the list (such as the version of a format) are not read. Raises
    FileRefused for what is no JSON or holds no list of objects.
    """
    document = _document(content)
    items = _items(document)
    flat = [dict(_flatten(item)) if isinstance(item, dict) else "This item is not an object." for item in items]
    headers: dict[str, None] = {}
    for row in flat:
        if isinstance(row, dict):
            headers.update(dict.fromkeys(row))
    if not headers:
        raise FileRefused("The file is empty.", hint="Upload a JSON file with a list of objects.")
    records: list[tuple[int, list[str] | str]] = [(0, list(headers))]
    for number, row in enumerate(flat, start=1):
        records.append((number, row if isinstance(row, str) else [row.get(name, "") for name in headers]))
    return SourceTable("json", *collect(records), encoding="utf-8")


def is_json(content: bytes) -> bool:
    """Whether content without a telling file name begins like JSON and parses."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return False
    try:
        _document(content)
    except FileRefused:
        return False
    return True


def _document(content: bytes) -> Any:
    text, _ = decode(content)
    try:
        return json.loads(text.removeprefix("\ufeff"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FileRefused("The file is not valid JSON.", hint=f"Reading stopped: {error}.") from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _items(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        if len(lists) == 1:
            return lists[0]
    raise FileRefused(
        "The file holds no list of objects.",
        hint='Write [{…}, {…}] or an object with one list, such as {"sessions": […]}.',
    )


def _flatten(value: dict[str, Any], prefix: str = "", depth: int = 1) -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        name = f"{prefix}{key}"
        if isinstance(inner, dict) and inner and depth < _DEPTH:
            yield from _flatten(inner, f"{name}.", depth + 1)
        else:
            yield name, _text(inner)


def _text(value: Any) -> str:
    if value is None or value == {} or value == []:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(part, str | int | float) for part in value):
        return ";".join(_text(part) for part in value)
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
