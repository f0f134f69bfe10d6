"""Filter rows: what a view keeps comes back as it was, and what a link says is what the list gets."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from eventos_core.ui import address
from eventos_core.ui.address import texts
from eventos_core.ui.filters import FIRST_DAY, LAST_DAY, fields_of


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
    nothing: tuple[str, ...] = ()


OFFERED: dict[str, dict[Any, str]] = {
    "one": {1: "Ana", 2: "Ana"}, "tags": {"vip": "vip", "press": "press"}, "nothing": {},
}  # fmt: skip
FIELDS = {f.name: f for f in fields_of(Wish, None, OFFERED)}
written = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20).map(str.strip)
stored = st.fixed_dictionaries(
    {},
    optional={
        "main": st.sampled_from(["red", "blue"]),
        "q": written.filter(bool),
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


def test_a_field_for_which_nothing_is_offered_is_none() -> None:
    assert set(FIELDS) == {"main", "q", "many", "one", "tags", "number", "since", "quiet", "loud"}


@given(stored)
def test_what_a_view_keeps_comes_back_as_it_was(kept: dict[str, Any]) -> None:
    for name, f in FIELDS.items():
        assert name not in kept or f.whole(kept[name])
        assert f.kept(f.read(texts(kept.get(name)))) == kept.get(name)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, anything)))
def test_whatever_stands_in_a_view_or_a_link_gives_values_that_widgets_take(kept: dict[str, Any]) -> None:
    shown = {name: f.read(texts(kept.get(name))) for name, f in FIELDS.items()}
    assert shown["main"] in (None, "red", "blue")
    assert isinstance(shown["q"], str) and "\0" not in shown["q"]
    assert set(shown["many"]) <= {"red", "blue"}
    assert shown["one"] in (None, "1", "2")
    assert isinstance(shown["quiet"], bool) and isinstance(shown["loud"], bool)
    assert shown["number"] is None or abs(shown["number"]) < 2**53
    assert shown["since"] is None or FIRST_DAY <= shown["since"] <= LAST_DAY
    for name, f in FIELDS.items():
        f.meant(shown[name])


def test_values_that_are_offered_no_more_are_named() -> None:
    kept = {"one": "3", "tags": ["vip", "gone"], "main": "green", "q": "a", "since": "soon", "number": "many"}
    assert {name for name in kept if not FIELDS[name].whole(kept[name])} == set(kept) - {"q"}
    shown = {name: FIELDS[name].read(texts(value)) for name, value in kept.items()}
    assert shown == {"one": None, "tags": ["vip"], "main": None, "q": "a", "since": None, "number": None}


def _page() -> None:
    import streamlit as st

    from eventos_core.ui import address
    from eventos_core.ui.filters import filters
    from tests.pages.test_filters_property import OFFERED, Wish

    with address.caught_up():
        st.session_state["found"] = filters(Wish, prefix="list", options=OFFERED)


def opened(**query: Any) -> AppTest:
    at = AppTest.from_function(_page)
    for name, value in query.items():
        at.query_params[f"list_{name}"] = value
    at.run()
    assert not at.exception
    return at


def count(at: AppTest) -> str:
    return next(one.proto.popover.label for one in at.get("popover"))


@settings(max_examples=25)
@given(stored)
def test_a_link_gives_the_list_what_it_says(kept: dict[str, Any]) -> None:
    at = opened(**{name: texts(value) for name, value in kept.items()})
    found: Wish = at.session_state["found"]
    told = {name: getattr(found, name) for name, f in FIELDS.items() if getattr(found, name) != f.default}
    plain = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in told.items()}
    wanted = {name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()}
    if "one" in wanted:
        wanted["one"] = int(wanted["one"])
    assert plain == wanted
    many = len(set(kept) - {"main", "q"})
    assert count(at) == (f"Filters · {many}" if many else "Filters")


def test_what_means_nothing_narrows_nothing_and_counts_for_nothing() -> None:
    junk = {
        "main": "Red",
        "many": ["Red", "green"],
        "one": "Ana",
        "tags": "gone",
        "number": "9" * 30,
        "since": "2300-01-01",
    }
    at = opened(**junk, quiet="perhaps", loud="")
    assert (at.session_state["found"], count(at)) == (Wish(), "Filters")
    assert set(at.query_params) == {f"list_{name}" for name in (*junk, "quiet", "loud")}


def test_a_change_by_hand_stands_in_the_address_as_a_value_and_its_default_as_nothing() -> None:
    at = opened(at="cursor", tags=["gone", "vip"])
    at.selectbox(key="list_one").select("2").run()
    assert (at.query_params["list_one"], at.session_state["found"].one) == ("2", 2)
    assert "list_at" not in at.query_params
    at.toggle(key="list_loud").set_value(False).run()
    at.toggle(key="list_quiet").set_value(True).run()
    at.date_input(key="list_since").set_value(dt.date(2026, 5, 1)).run()
    at.number_input(key="list_number").set_value(0).run()
    at.text_input(key="list_q").set_value(" a ").run()
    at.multiselect(key="list_many").set_value(["red", "blue"]).run()
    at.segmented_control(key="list_main").set_value("red").run()
    assert at.session_state["found"] == Wish(
        Colour.RED, "a", (Colour.RED, Colour.BLUE), 2, ("vip",), 0, dt.date(2026, 5, 1), True, False
    )
    assert (at.query_params["list_quiet"], at.query_params["list_loud"]) == ("true", "false")
    assert at.query_params["list_many"] == ["red", "blue"]
    at.toggle(key="list_loud").set_value(True).run()
    at.segmented_control(key="list_main").set_value("all").run()
    at.multiselect(key="list_tags").set_value([]).run()
    at.date_input(key="list_since").set_value(None).run()
    assert not {"list_loud", "list_main", "list_tags", "list_since"} & set(at.query_params)
    assert at.session_state["found"] == Wish(None, "a", (Colour.RED, Colour.BLUE), 2, (), 0, None, True, True)


def test_a_run_that_was_asked_for_before_the_address_was_heard_of_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(address, "HEARD_SECONDS", 3600.0)
    at = opened(q="old")
    before = dict(at.query_params)
    at.text_input(key="list_q").set_value("new").run()
    at.query_params.clear()
    at.query_params.update(before)
    at.segmented_control(key="list_main").set_value("red").run()
    assert (at.session_state["found"].q, at.session_state["found"].main) == ("new", Colour.RED)
    assert (at.query_params["list_q"], at.query_params["list_main"]) == ("new", "red")

    # A link to the same page with nothing in it says the same as a run that was asked for too early; time tells them.
    monkeypatch.setattr(address, "HEARD_SECONDS", -1.0)
    at.query_params.clear()
    at.run()
    assert at.session_state["found"] == Wish()
    assert not at.query_params
