"""Tables: a typed frame and its columns in, a grid with formats, statuses as words, and a row to open out."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from eventos_core.enums.base import LabelledEnum
from eventos_core.kernel.money import exponent
from eventos_core.ui import formats

Kind = Literal[
    "text", "count", "number", "money", "share", "progress", "date", "instant", "clock", "list", "status", "yes"
]
Meaning = Literal["green", "orange", "red", "gray", "blue", "violet", "primary"]
ROW = 36


@dataclass(frozen=True)
class Column:
    """One column of a table.

    money: minor units; name `currency`, or a column `<name>_currency`/`currency` of the frame decides per row ·
    share: a fraction as text · progress: a fraction as a bar · instant: on the wall clock of the page's zone, which the
    header names · status: values of `enum`, as labels, coloured by `meanings` (value → colour; grey where not said).
    """

    name: str
    label: str
    kind: Kind = "text"
    currency: str | None = None
    enum: type[LabelledEnum] | None = None
    meanings: Mapping[str, Meaning] | None = None
    help: str | None = None
    width: Literal["small", "medium", "large"] | int | None = None
    pinned: bool = False
    extra: bool = False
    """Offered where columns are chosen, not shown unless asked for."""


def table(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    *,
    key: str,
    alt: str,
    zone: ZoneInfo,
    lang: str = formats.DEFAULT_LOCALE,
    opens: str | None = None,
    id_column: str = "id",
    rows: int = 14,
) -> int | None:
    """Draw `frame`; only the named columns travel to the browser, the first one stays in sight.

    With `opens` (a URL parameter) the first column's cells are buttons that open that parameter's drawer with the row's
    `id_column`; the id clicked in this very run is returned besides. `alt` says what the table lists. Paged lists put
    `page.pager` below.
    """
    ids = [str(value) for value in frame[id_column]] if opens is not None else []
    config: dict[str, Any] = {}
    cells: dict[str, Any] = {}
    for column in columns:
        header = _header(column, zone)
        first = column is columns[0]
        if first and opens is not None:
            cells[header] = [text(value, column, row, zone, lang) for value, row in _rows(frame, column)]
            config[header] = st.column_config.ButtonColumn(
                width=column.width or "medium", help=column.help, pinned=True, alignment="left", type="tertiary",
                key=f"{key}_open", on_click=_open, args=(f"{key}_open", ids, opens),
            )  # fmt: skip
        else:
            cells[header] = _cells(frame, column, zone, lang)
            config[header] = _config(column, pinned=column.pinned or first)
    st.dataframe(
        _printed(pd.DataFrame(cells), {_header(column, zone): column for column in columns}, lang),
        column_config=config, hide_index=True, row_height=ROW, alt=alt, key=key,
        height="content" if len(frame) <= rows else ROW * (rows + 1), placeholder=formats.DASH,
    )  # fmt: skip
    clicked = _clicked(f"{key}_open", ids)
    return int(clicked) if clicked is not None and clicked.isdigit() else None


def plain(
    frame: pd.DataFrame, columns: Sequence[Column], *, zone: ZoneInfo, lang: str = formats.DEFAULT_LOCALE
) -> None:
    """A small table as real table markup: read by screen readers and printed whole. For at most some 20 rows."""
    shown = pd.DataFrame(
        {_header(c, zone): [text(v, c, row, zone, lang) for v, row in _rows(frame, c)] for c in columns}
    )
    st.table(shown.set_index(shown.columns[0]) if len(shown.columns) else shown)


def key_of(name: str, frame: pd.DataFrame, *columns: str) -> str:
    """A key for a grid in which rows are chosen: another one as soon as other rows stand there.

    A choice is kept by position, and would fall to whatever moves up.
    """
    rows = repr(frame[list(columns)].to_numpy().tolist())
    return f"{name}_{zlib.crc32(rows.encode()):08x}"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a typed frame, with None where a cell holds nothing."""
    return [
        {str(name): None if formats.missing(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def text(value: Any, column: Column, row: Mapping[str, Any], zone: ZoneInfo, lang: str) -> str:
    """One cell as text."""
    if formats.missing(value):
        return formats.DASH
    if column.kind == "money":
        return formats.money(int(value), _currency(column, row), lang)
    if column.kind in ("share", "progress"):
        return formats.share(float(value), lang=lang)
    if column.kind == "count":
        return formats.count(int(value))
    if column.kind == "number":
        return formats.number(float(value), lang=lang)
    if column.kind == "date":
        return formats.date(value, lang)
    if column.kind == "instant":
        return formats.instant(value, zone, lang, named=False)
    if column.kind == "clock":
        return formats.clock(value, zone)
    if column.kind == "status":
        return _status(value, column)
    if column.kind == "list":
        return ", ".join(str(item) for item in value)
    if column.kind == "yes":
        return "Yes" if value else "No"
    return str(value)


def _rows(frame: pd.DataFrame, column: Column) -> list[tuple[Any, Mapping[str, Any]]]:
    records: list[Mapping[str, Any]] = [{str(k): v for k, v in record.items()} for record in frame.to_dict("records")]
    return [(record[column.name], record) for record in records]


def _cells(frame: pd.DataFrame, column: Column, zone: ZoneInfo, lang: str) -> Any:
    """The column as the grid sorts it: numbers stay numbers, instants stay instants."""
    values = frame[column.name]
    if column.kind == "money" and column.currency is not None:
        return values.astype("Float64") / 10 ** exponent(column.currency)
    if column.kind == "money":
        return [text(value, column, row, zone, lang) for value, row in _rows(frame, column)]
    if column.kind in ("share", "progress"):
        return values.astype("Float64") * 100
    if column.kind == "instant":
        return values.dt.tz_convert(zone.key).dt.tz_localize(None)
    if column.kind == "clock":
        return [formats.clock(value, zone) for value in values]
    if column.kind == "status":
        return [None if formats.missing(value) else [_status(value, column)] for value in values]
    return values


def _printed(cells: pd.DataFrame, columns: Mapping[str, Column], lang: str) -> Any:
    """Numbers as people write them; the grid's own formats follow the browser's language, not the house's."""
    printers: dict[str, Callable[[Any], str]] = {
        "count": formats.count,
        "number": lambda value: formats.number(value, lang=lang),
    }
    chosen: dict[Any, str | Callable[[object], str] | None] = {
        header: printers[column.kind] for header, column in columns.items() if column.kind in printers
    }
    return cells.style.format(chosen, na_rep=formats.DASH) if chosen else cells


def _config(column: Column, *, pinned: bool) -> Any:
    base: dict[str, Any] = {"help": column.help, "width": column.width, "pinned": pinned}
    config = st.column_config
    if column.kind in ("count", "number"):
        return config.NumberColumn(**base)
    if column.kind == "money":
        if column.currency is None:
            return config.TextColumn(alignment="right", **base)
        return config.NumberColumn(format="localized", step=1 if exponent(column.currency) == 0 else 0.01, **base)
    if column.kind == "share":
        return config.NumberColumn(format="%.0f%%", **base)
    if column.kind == "progress":
        return config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100, **base)
    if column.kind == "date":
        return config.DateColumn(format="ddd D MMM YYYY", **base)
    if column.kind == "instant":
        return config.DatetimeColumn(format="ddd D MMM YYYY, HH:mm", **base)
    if column.kind == "clock":
        return config.TextColumn(alignment="right", **base)
    if column.kind == "list":
        return config.ListColumn(**base)
    if column.kind == "status":
        labels, colours = _meanings(column)
        return config.MultiselectColumn(options=labels, color=colours, **base)
    if column.kind == "yes":
        return config.CheckboxColumn(**base)
    return config.TextColumn(**base)


def _meanings(column: Column) -> tuple[list[str], list[str]]:
    meanings = column.meanings or {}
    if column.enum is None:
        return list(meanings), [str(colour) for colour in meanings.values()]
    return (
        [member.label for member in column.enum],
        [meanings.get(member.value, "gray") for member in column.enum],
    )


def _status(value: Any, column: Column) -> str:
    if column.enum is not None:
        return column.enum(value).label
    return str(value)


def _currency(column: Column, row: Mapping[str, Any]) -> str:
    found = column.currency or row.get(f"{column.name}_currency") or row.get("currency")
    if found is None or formats.missing(found):
        raise KeyError(f"The column {column.name} has no currency.")
    return str(found)


def _header(column: Column, zone: ZoneInfo) -> str:
    if column.kind == "money" and column.currency is not None:
        return f"{column.label} ({column.currency})"
    if column.kind in ("instant", "clock"):
        return f"{column.label} ({formats.zone_label(zone)})"
    return column.label


def _clicked(trigger: str, ids: Sequence[str]) -> str | None:
    click = st.session_state.get(trigger)
    return ids[click.row] if click is not None and click.row < len(ids) else None


def _open(trigger: str, ids: Sequence[str], parameter: str) -> None:
    clicked = _clicked(trigger, ids)
    if clicked is not None:
        st.query_params[parameter] = clicked
