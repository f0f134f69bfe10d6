"""Cursor paging against a plain sort: every row once and in order, there and back, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Literal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, create_engine, delete, insert, select

from eventos_core.operations.lists import Cursor, PageOf, keyset, paged
from tests.support import Database

pytestmark = pytest.mark.database
ROWS = Table(
    "paged_rows", MetaData(), Column("id", Integer, primary_key=True), Column("n", Integer, nullable=False),
    Column("t", Text(collation="C"), nullable=False), prefixes=["TEMPORARY"],
)  # fmt: skip
Direction = Literal["asc", "desc"]
Row = tuple[int, str]
Order = tuple[Direction, Direction, Direction]

values = st.tuples(st.integers(0, 2), st.sampled_from(["", "a", "A", "é", "b"]))  # few values: ties are the rule
orders = st.tuples(*[st.sampled_from(["asc", "desc"])] * 3)
sizes = st.integers(1, 4)
# What happens between two pages: rows that come (id → values) and ids that go.
changes = st.lists(
    st.tuples(st.dictionaries(st.integers(0, 40), values, max_size=3), st.sets(st.integers(0, 40), max_size=3)),
    max_size=12,
)
several = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the table is emptied for each example


@pytest.fixture
def db(database: Database) -> Iterator[Connection]:
    """A connection with an empty table of its own."""
    engine = create_engine(database.urls.migrator)
    with engine.connect() as connection:
        ROWS.create(connection)
        yield connection
    engine.dispose()


def fill(db: Connection, rows: dict[int, Row]) -> None:
    db.execute(delete(ROWS))
    if rows:
        db.execute(insert(ROWS), [{"id": row_id, "n": n, "t": t} for row_id, (n, t) in rows.items()])


def page(db: Connection, order: Order, cursor: str | None, size: int) -> PageOf:
    place = Cursor.decode(cursor)
    columns: list[tuple[Any, Direction]] = [(ROWS.c.n, order[0]), (ROWS.c.t, order[1]), (ROWS.c.id, order[2])]
    found = db.execute(keyset(select(ROWS), columns, place, size=size)).all()
    return paged(pd.DataFrame(found, columns=["id", "n", "t"]), ("n", "t", "id"), place, size=size)


def ids(found: PageOf) -> list[int]:
    return [int(value) for value in found.frame["id"]]


def in_order(rows: dict[int, Row], order: Order) -> list[int]:
    """Plain Python's idea of the same order."""
    found = sorted(rows, reverse=order[2] == "desc")
    found.sort(key=lambda i: rows[i][1].encode(), reverse=order[1] == "desc")
    found.sort(key=lambda i: rows[i][0], reverse=order[0] == "desc")
    return found


@several
@given(rows=st.dictionaries(st.integers(0, 40), values, max_size=14), order=orders, size=sizes)
def test_pages_are_the_sorted_list_there_and_back(
    db: Connection, rows: dict[int, Row], order: Order, size: int
) -> None:
    fill(db, rows)
    wanted = in_order(rows, order)
    there = [page(db, order, None, size)]
    while there[-1].next is not None:
        there.append(page(db, order, there[-1].next, size))
        assert ids(there[-1]), "the way on led to nothing"
    assert [row for one in there for row in ids(one)] == wanted
    assert there[0].previous is None
    for before, after in pairwise(there):
        back = page(db, order, after.previous, size)
        assert ids(back) == ids(before)
        assert back.next is not None
        assert ids(page(db, order, back.next, size)) == ids(after)


@several
@given(
    rows=st.dictionaries(st.integers(0, 40), values, min_size=1, max_size=14), order=orders, size=sizes, then=changes
)
def test_rows_that_stay_are_seen_once_whatever_comes_and_goes(
    db: Connection, rows: dict[int, Row], order: Order, size: int, then: list[tuple[dict[int, Row], set[int]]]
) -> None:
    fill(db, rows)
    now, used, stayed, seen = dict(rows), set(rows), set(rows), []
    cursor: str | None = None
    changing = iter(then)
    while True:
        found = page(db, order, cursor, size)
        seen += [(row_id, now[row_id]) for row_id in ids(found)]
        if found.next is None:
            break
        cursor = found.next
        come, gone = next(changing, ({}, set()))
        for row_id in gone & now.keys():
            db.execute(delete(ROWS).where(ROWS.c.id == row_id))
            del now[row_id]
        stayed -= gone
        come = {row_id: row for row_id, row in come.items() if row_id not in used}
        if come:
            db.execute(insert(ROWS), [{"id": row_id, "n": n, "t": t} for row_id, (n, t) in come.items()])
            now |= come
            used |= come.keys()
    # No number comes twice, so numbers tell rows apart.
    shown = [row_id for row_id, _ in seen]
    assert len(shown) == len(set(shown))
    assert stayed <= set(shown)
    assert shown == in_order(dict(seen), order)
