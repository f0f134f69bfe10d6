"""The deal board's Python side: what the browser is given, and what is taken from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.ui.sales import deal_board
from eventos_core.ui.sales.deal_board import Add, BoardAction, More, Move, Open, Texts

PAGE = Path(__file__).parents[1] / "browser" / "deal_board" / "page.py"
NONCE = "0123456789abcdef0123456789abcdef"
MOVE = {"id": 7, "version": 3, "from_stage": 1, "to_stage": 2, "key": NONCE}


def taken(name: str, value: object, *, may_move: bool = True) -> BoardAction | None:
    return deal_board.action_of(name, value, stages={1, 2}, may_move=may_move)


@pytest.mark.parametrize(
    ("name", "value", "action"),
    [
        ("move", MOVE, Move(7, 3, 1, 2, NONCE)),
        ("open", {"id": 7}, Open(7)),
        ("more", {"stage_id": 2}, More(2)),
        ("add", {"stage_id": 1}, Add(1)),
    ],
)
def test_a_request_is_read(name: str, value: object, action: BoardAction) -> None:
    assert taken(name, value) == action


@pytest.mark.parametrize(
    "wrong",
    [
        *({"id": bad} for bad in ("7", 7.0, True, None, 0, -7, 2**63, [7])),
        *({"version": bad} for bad in ("3", 2.5, False, -1)),
        *({"from_stage": bad} for bad in (3, "1", None)),
        *({"to_stage": bad} for bad in (3, "2", None, 1)),
        *({"key": bad} for bad in ("", "x" * 32, "a" * 65, "a" * 100_000, f"{NONCE}\n", 5, None, NONCE.upper())),
    ],
)
def test_a_malformed_move_is_refused(wrong: dict[str, Any]) -> None:
    assert taken("move", MOVE | wrong) is None


@pytest.mark.parametrize("missing", MOVE)
def test_a_move_needs_all_its_parts(missing: str) -> None:
    assert taken("move", {name: value for name, value in MOVE.items() if name != missing}) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("open", {"id": "7"}),
        ("open", {}),
        ("open", 7),
        ("open", [7]),
        ("open", None),
        ("more", {"stage_id": 3}),
        ("more", {"stage_id": "1"}),
        ("add", {"stage_id": 3}),
        ("add", {"stage_id": True}),
        ("delete", {"id": 7}),
    ],
)
def test_other_malformed_requests_are_refused(name: str, value: object) -> None:
    assert taken(name, value) is None


def test_who_may_not_move_asks_for_no_move_and_no_new_deal() -> None:
    assert taken("move", MOVE, may_move=False) is None
    assert taken("add", {"stage_id": 1}, may_move=False) is None
    assert taken("open", {"id": 7}, may_move=False) == Open(7)
    assert taken("more", {"stage_id": 1}, may_move=False) == More(1)


def test_the_browser_is_given_the_columns_as_they_are() -> None:
    page = AppTest.from_file(PAGE).run()
    (shown,) = page.get("bidi_component")
    data = json.loads(shown.proto.json)
    assert {name: value for name, value in data.items() if name != "columns"} == {
        "label": "Deals by stage",
        "empty": "No deals in this stage.",
        "add": "Add a deal",
        "step": 25,
        "may_move": True,
    }
    assert [column["id"] for column in data["columns"]] == [1, 2, 3, 4, 5, 6]
    assert data["columns"][1] | {"cards": 4} == {
        "id": 2,
        "name": "Qualified",
        "kind": "open",
        "count": 4,
        "total_text": "€ 124 000",
        "weighted_text": "€ 24 800",
        "limit": 2,
        "over_limit": True,
        "more": 0,
        "cards": 4,
    }
    assert set(data["columns"][1]["cards"][0]) == set(deal_board.Card.__annotations__)


def asked_of(page: AppTest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page.code[-1].value)
    return found


def test_requests_kept_by_an_interrupted_run_come_one_a_run_and_each_once() -> None:
    page = AppTest.from_file(PAGE).run()
    move = MOVE | {"id": 102, "version": 1}
    page.session_state["_board_asked"] = [("open", {"id": "x"}), ("open", {"id": 101}), ("move", move), ("move", move)]
    page.run()
    assert asked_of(page) == [{"name": "Open", "id": 101}]
    page.run()
    # The move runs the page again; its repeat is none.
    assert asked_of(page)[1:] == [{"name": "Move"} | move]
    assert page.session_state["deals"][102]["stage"] == 2
    page.run()
    assert len(asked_of(page)) == 2


def test_words_can_be_given() -> None:
    texts = Texts("Deals", empty="Nothing yet.", add="Add a sponsor deal")
    assert deal_board.as_data([], may_move=False, texts=texts) == {
        "label": "Deals",
        "empty": "Nothing yet.",
        "add": "Add a sponsor deal",
        "step": 25,
        "may_move": False,
        "columns": [],
    }
