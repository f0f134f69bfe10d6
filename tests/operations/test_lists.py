"""Cursors: what a link into a list carries."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.kernel.errors import InvalidInput
from eventos_core.operations.lists import Cursor, paged


@given(
    st.tuples(st.text(max_size=50), st.integers(0, 2**62), st.datetimes(timezones=st.just(dt.UTC))),
    st.sampled_from(["next", "previous"]),
)
def test_a_cursor_survives_the_url(values: tuple[object, ...], direction: str) -> None:
    cursor = Cursor(values, direction)  # type: ignore[arg-type]
    assert Cursor.decode(cursor.encode()) == cursor


@given(st.text(min_size=1, max_size=80))
def test_a_mangled_cursor_is_refused_not_run(text: str) -> None:
    try:
        decoded = Cursor.decode(text)
    except InvalidInput:
        return
    assert decoded is not None


@pytest.mark.parametrize("text", ["%%%", "W10", "eyJhIjoxfQ", "WyJzaWRld2F5cyIsWzFdXQ"])
def test_examples_of_mangled_cursors(text: str) -> None:
    with pytest.raises(InvalidInput, match="damaged"):
        Cursor.decode(text)


def test_pages_say_in_which_directions_there_is_more() -> None:
    frame = pd.DataFrame({"id": range(4)})
    first = paged(frame, ["id"], None, size=3)
    assert list(first.frame["id"]) == [0, 1, 2]
    assert first.next is not None
    assert first.previous is None
    last = paged(frame.head(2), ["id"], Cursor((9,)), size=3)
    assert last.next is None
    assert last.previous is not None
    back = paged(frame.iloc[::-1], ["id"], Cursor((9,), "previous"), size=3)
    assert list(back.frame["id"]) == [1, 2, 3]
    assert back.next is not None
    assert back.previous is not None
