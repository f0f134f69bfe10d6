"""The board of deals by stage: what the component is given, and what was asked for in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypedDict

import streamlit as st

from eventos_core.ui.components import registered

STEP = 25
"""Cards that “Show more” asks for."""
_LAST_ID = 2**63 - 1
_NONCE = re.compile(r"[0-9a-f]{8,64}", re.ASCII)
_REMEMBERED = 50


class NextStep(TypedDict):
    """The next activity of a deal; `text` says it (“Call on Thu 3 Dec”), the board adds the state as a word.

    A closed deal has none, and nobody misses it.
    """

    state: Literal["overdue", "today", "planned", "none", "closed"]
    text: str


class Card(TypedDict):
    """A deal as its card shows it; empty texts are left out. `rotting_text` says how long (“no touch for 21 d”)."""

    id: int
    version: int
    name: str
    amount_text: str
    organization: str
    event: str
    owner: str
    owner_initials: str
    age_text: str
    next: NextStep
    rotting: bool
    rotting_text: str
    probability_text: str
    override: bool
    tags: list[str]


class Column(TypedDict):
    """A stage: `count` and sums are those of all its deals, `more` is how many of them are not among `cards`.

    The sums are amounts only (“€ 12 400”): the board says which is the weighted one. `limit` deals are its most, None:
    no limit.
    """

    id: int
    name: str
    kind: Literal["open", "won", "lost"]
    count: int
    total_text: str
    weighted_text: str
    limit: int | None
    over_limit: bool
    more: int
    cards: list[Card]


@dataclass(frozen=True)
class Texts:
    """Words of the board: what it is called, what an empty stage says, and the verb of its “+” (“… in Lead”)."""

    label: str
    empty: str = "No deals in this stage."
    add: str = "Add a deal"


@dataclass(frozen=True)
class Move:
    """A card was put into another stage; `key` is new with every drop and the same however often that is sent."""

    id: int
    version: int
    from_stage: int
    to_stage: int
    key: str


@dataclass(frozen=True)
class Open:
    """A deal is to be shown."""

    id: int


@dataclass(frozen=True)
class More:
    """The next `STEP` cards of a stage are wanted."""

    stage_id: int


@dataclass(frozen=True)
class Add:
    """A new deal in a stage is wanted."""

    stage_id: int


BoardAction = Move | Open | More | Add


def board(columns: Sequence[Column], *, may_move: bool, key: str, texts: Texts) -> BoardAction | None:
    """Draw the board; returns what was asked for in it, each request in one run only.

    Whoever may not move gets no handles, no menus and no “+”. A moved card stands in its new stage at once; it goes
    back when the page, come to rest, still shows it in the old one. So a move that was done needs fresh data (a rerun),
    one that was refused needs nothing. What the browser sent is checked for its shape: ids may be of deals that have
    left the board, or of another house.
    """
    asked: list[tuple[str, object]] = st.session_state.setdefault(f"_{key}_asked", [])
    done: list[str] = st.session_state.setdefault(f"_{key}_moved", [])
    heard = {f"on_{name}_change": partial(_hear, key, name) for name in _READ}
    registered("deal_board", "deal_board_parts", "deal_board_hands")(
        key=key, data=as_data(columns, may_move=may_move, texts=texts), **heard
    )
    stages = {column["id"] for column in columns}
    while asked:
        action = action_of(*asked.pop(0), stages=stages, may_move=may_move)
        if isinstance(action, Move):
            if action.key in done:
                continue
            done[:] = [*done[1 - _REMEMBERED :], action.key]
        if action is not None:
            return action
    return None


def as_data(columns: Sequence[Column], *, may_move: bool, texts: Texts) -> dict[str, Any]:
    """What the component draws."""
    return {
        "label": texts.label,
        "empty": texts.empty,
        "add": texts.add,
        "step": STEP,
        "may_move": may_move,
        "columns": list(columns),
    }


def action_of(name: str, value: object, *, stages: set[int], may_move: bool) -> BoardAction | None:
    """The request that the browser sent as `name` with `value`; None for one that the board cannot have made.

    `stages` are those of the board. Without `may_move` nothing can be moved or added.
    """
    if not isinstance(value, Mapping) or name not in _READ:
        return None
    action = _READ[name](value)
    if isinstance(action, Move | Add) and not may_move:
        return None
    if isinstance(action, Move) and (not {action.from_stage, action.to_stage} <= stages):
        return None
    if isinstance(action, More | Add) and action.stage_id not in stages:
        return None
    return action


def _hear(key: str, name: str) -> None:
    """Keep a request from its run's very beginning: a run that another one ends would lose it."""
    value = st.session_state[key].get(name)
    if value is not None:
        st.session_state.setdefault(f"_{key}_asked", []).append((name, value))


def _id(value: Mapping[str, Any], name: str) -> int | None:
    found = value.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        return None
    return found if 0 < found <= _LAST_ID else None


def _move(value: Mapping[str, Any]) -> Move | None:
    ids = [_id(value, name) for name in ("id", "version", "from_stage", "to_stage")]
    nonce = value.get("key")
    if None in ids or not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
        return None
    deal, version, from_stage, to_stage = (one for one in ids if one is not None)
    return Move(deal, version, from_stage, to_stage, nonce) if from_stage != to_stage else None


def _one(kind: Callable[[int], BoardAction], name: str, value: Mapping[str, Any]) -> BoardAction | None:
    found = _id(value, name)
    return None if found is None else kind(found)


_READ: dict[str, Callable[[Mapping[str, Any]], BoardAction | None]] = {
    "move": _move,
    "open": partial(_one, Open, "id"),
    "more": partial(_one, More, "stage_id"),
    "add": partial(_one, Add, "stage_id"),
}
