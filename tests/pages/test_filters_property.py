"""Filter rows: what a view keeps comes back as it was, and what a link says is what the list gets."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_type_hints

from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from eventos_core.ui.filters import ALL, FIRST_DAY, LAST_DAY, as_widget, current


class Colour(StrEnum):
    """An enum without labels."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Wish:
    """One field of each kind that a filter row has."""

    main: Colour | None = None
    q: str = ""
    many: tuple[Colour, ...] = ()
    one: int | None = None
    tags: tuple[str, ...] = ()
    number: int | None = None
    since: dt.date | None = None
    quiet: bool = False
    loud: bool = True


OFFERED: dict[str, dict[Any, str]] = {"one": {1: "Ana", 2: "Bo"}, "tags": {"vip": "vip", "press": "press"}}
FIELDS = dataclasses.fields(Wish)
HINTS = get_type_hints(Wish)
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20).map(str.strip)
stored = st.fixed_dictionaries(
    {},
    optional={
        "main": st.sampled_from(["red", "blue"]),
        "q": texts.filter(bool),
        "many": st.lists(st.sampled_from(["red", "blue"]), min_size=1, unique=True),
        "one": st.sampled_from(["1", "2"]),
        "tags": st.lists(st.sampled_from(["vip", "press"]), min_size=1, unique=True),
        "number": st.integers(-(10**9), 10**9),
        "since": st.dates(FIRST_DAY, LAST_DAY).map(dt.date.isoformat),
        "quiet": st.just(True),
        "loud": st.just(False),
    },
)
anything = st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.lists(st.text(max_size=5), max_size=3)


def widgets(kept: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """What the row's widgets are set to, and the fields of which something is offered no more."""
    state, lost = {}, set()
    for f in FIELDS:
        value, whole = as_widget(f, HINTS[f.name], kept.get(f.name), OFFERED.get(f.name), main=f.name == "main")
        state[f"list_{f.name}"] = value
        lost |= set() if whole else {f.name}
    return state, lost


@given(stored)
def test_what_a_view_keeps_comes_back_as_it_was(kept: dict[str, Any]) -> None:
    state, lost = widgets(kept)
    assert lost == set()
    assert current("list", FIELDS, state) == kept


@given(st.fixed_dictionaries({}, optional={f.name: anything for f in FIELDS}))
def test_whatever_stands_in_a_view_gives_values_that_widgets_take(kept: dict[str, Any]) -> None:
    state, _ = widgets(kept)
    assert state["list_main"] in (ALL, "red", "blue")
    assert isinstance(state["list_q"], str)
    assert set(state["list_many"]) <= {"red", "blue"}
    assert state["list_one"] in (None, "1", "2")
    assert isinstance(state["list_quiet"], bool)
    assert state["list_since"] is None or isinstance(state["list_since"], dt.date)


def test_values_that_are_offered_no_more_are_named() -> None:
    state, lost = widgets({"one": "3", "tags": ["vip", "gone"], "main": "green", "q": "a"})
    assert lost == {"one", "tags", "main"}
    assert (state["list_one"], state["list_tags"], state["list_main"], state["list_q"]) == (None, ["vip"], ALL, "a")


def _page() -> None:
    import streamlit as st

    from eventos_core.ui.filters import filters
    from tests.pages.test_filters_property import OFFERED, Wish

    st.session_state["found"] = filters(Wish, prefix="list", options=OFFERED)


@settings(max_examples=25)
@given(stored)
def test_a_link_gives_the_list_what_it_says(kept: dict[str, Any]) -> None:
    at = AppTest.from_function(_page)
    for name, value in kept.items():
        at.query_params[f"list_{name}"] = (
            str(value).lower()
            if isinstance(value, bool)
            else ([str(one) for one in value] if isinstance(value, list) else str(value))
        )
    at.run()
    assert not at.exception
    found: Wish = at.session_state["found"]
    told = {f.name: getattr(found, f.name) for f in FIELDS if getattr(found, f.name) != f.default}
    plain = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in told.items()}
    wanted = {name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()}
    if "one" in wanted:
        wanted["one"] = int(wanted["one"])
    assert plain == wanted
