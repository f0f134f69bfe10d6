"""Cursor paging: a page of rows with the way on and the way back; no page numbers, no offsets."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import Select, SQLColumnExpression, and_, func, literal, or_, select

from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import InvalidInput

PAGE_SIZE = 50


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: just after (`next`) or before (`previous`) a row with these sort values."""

    values: tuple[Any, ...]
    direction: Literal["next", "previous"] = "next"

    def encode(self) -> str:
        """As text for a URL."""
        plain = [_packed(value) for value in self.values]
        raw = json.dumps([self.direction, plain], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @staticmethod
    def decode(text: str | None) -> Cursor | None:
        """The cursor of that text; None for none. Raises InvalidInput for a mangled one."""
        if not text:
            return None
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            direction, values = json.loads(raw)
            if direction not in ("next", "previous") or not isinstance(values, list):
                raise ValueError(direction)
            return Cursor(tuple(_unpacked(value) for value in values), direction)
        except (ValueError, binascii.Error, KeyError, TypeError, UnicodeDecodeError) as error:
            raise InvalidInput("This link into the list is damaged.", hint="Start from the first page.") from error


@dataclass(frozen=True)
class PageOf:
    """One page: `frame` in display order, cursors where there is more in that direction."""

    frame: pd.DataFrame
    next: str | None
    previous: str | None


def keyset(
    statement: Select[*tuple[Any, ...]],
    order: Sequence[tuple[SQLColumnExpression[Any], Literal["asc", "desc"]]],
    cursor: Cursor | None,
    *,
    size: int = PAGE_SIZE,
) -> Select[*tuple[Any, ...]]:
    """`statement` ordered and cut to the page after (or before) `cursor`, with one row more to see whether it goes on.

    `order` must end in a unique column. With a `previous` cursor the rows come in reverse order: `paged` turns them.
    """
    backwards = cursor is not None and cursor.direction == "previous"
    if cursor is not None:
        if len(cursor.values) != len(order):
            raise InvalidInput("This link into the list is damaged.", hint="Start from the first page.")
        alternatives = []
        for position, (column, direction) in enumerate(order):
            same = [order[i][0] == cursor.values[i] for i in range(position)]
            ascending = (direction == "asc") is not backwards
            value = cursor.values[position]
            alternatives.append(and_(*same, column > value if ascending else column < value))
        statement = statement.where(or_(*alternatives))
    ordered = [column.asc() if (direction == "asc") is not backwards else column.desc() for column, direction in order]
    return statement.order_by(*ordered).limit(size + 1)


def paged(frame: pd.DataFrame, keys: Sequence[str], cursor: Cursor | None, *, size: int = PAGE_SIZE) -> PageOf:
    """Cut the extra row, restore display order and make the cursors; `keys` are the frame's sort columns."""
    backwards = cursor is not None and cursor.direction == "previous"
    more = len(frame) > size
    frame = frame.head(size)
    if backwards:
        frame = frame.iloc[::-1]
    frame = frame.reset_index(drop=True)
    if frame.empty:
        return PageOf(frame, None, None)

    def at(row: int, direction: Literal["next", "previous"]) -> str:
        return Cursor(tuple(_plain(frame[key].iloc[row]) for key in keys), direction).encode()

    has_next = backwards or more
    has_previous = (cursor is not None and not backwards) or (backwards and more)
    return PageOf(frame, at(-1, "next") if has_next else None, at(0, "previous") if has_previous else None)


def counted(db: TenantSession, statement: Select[*tuple[Any, ...]], limit: int) -> int:
    """How many rows `statement` has, counted up to `limit`, so that a huge list costs no more than a large one."""
    rows = statement.with_only_columns(literal(1)).order_by(None).limit(limit).subquery()
    return db.scalar(select(func.count()).select_from(rows)) or 0


def _packed(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return {"t": value.isoformat()}
    return {"d": value.isoformat()} if isinstance(value, dt.date) else value


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return dt.date.fromisoformat(value["d"]) if "d" in value else dt.datetime.fromisoformat(value["t"])


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value
