"""The page of that app. Its address says how many cards a stage has, who looks, and how the server answers."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

import streamlit as st

from eventos_core.ui.sales.deal_board import Add, Card, Column, Move, Open, Texts, board

STAGES = {1: "Lead", 2: "Qualified", 3: "Proposal", 4: "Negotiation", 5: "Won", 6: "Lost"}
KINDS = {5: "won", 6: "lost"}
EVIL = "<img src=x onerror='window.hit=1'><b>Bold & co</b>"
STATES = ("overdue", "today", "planned", "none")
SAID = {"overdue": "Call, 3 d late", "today": "Meeting at 14:00", "planned": "Mail on Thu 3 Dec", "none": ""}


def card(deal: int, stage: int, rank: int) -> Card:
    state: Any = STATES[rank % 4]
    return {
        "id": deal,
        "version": 1,
        "name": EVIL if rank == 1 else f"Deal {deal}",
        "amount_text": f"€ {deal} 400",
        "organization": "Doré Parfums",
        "event": "SS27 Show",
        "owner": "Claire Martin",
        "owner_initials": "CM",
        "age_text": "12 d in stage",
        "next": {"state": state, "text": SAID[state]},
        "rotting": rank % 5 == 0,
        "rotting_text": "rotting, no touch for 21 d",
        "probability_text": "40 %",
        "override": rank % 3 == 0,
        "tags": [EVIL, "beauty"] if rank == 1 else [],
    }


def stage_of(stage: int) -> Column:
    cards = [kept["card"] for kept in deals.values() if kept["stage"] == stage]
    more = 1200 if stage == 1 else 0
    kind: Any = KINDS.get(stage, "open")
    return {
        "id": stage,
        "name": STAGES[stage],
        "kind": kind,
        "count": len(cards) + more,
        "total_text": "€ 124 000",
        "weighted_text": "€ 24 800",
        "limit": 2 if stage == 2 else None,
        "over_limit": stage == 2,
        "more": more,
        "cards": cards,
    }


wish = st.query_params
per_stage = int(wish.get("cards", "4"))
deals: dict[int, dict[str, Any]] = st.session_state.setdefault(
    "deals",
    {
        stage * 100 + rank: {"stage": stage, "card": card(stage * 100 + rank, stage, rank)}
        for stage in STAGES
        for rank in range(per_stage)
        if stage != 4
    },
)
asked: list[dict[str, Any]] = st.session_state.setdefault("asked", [])
action = board(
    [stage_of(stage) for stage in STAGES], may_move="viewer" not in wish, key="board", texts=Texts("Deals by stage")
)
if st.button("Somebody else edits deal 102"):
    deals[102]["card"] = {**deals[102]["card"], "version": 2, "name": "Deal 102, edited"}
    st.rerun()
if action is not None:
    asked.append({"name": type(action).__name__, **asdict(action)})
if isinstance(action, Move):
    time.sleep(float(wish.get("takes", "0")))
    if "refuses" in wish:
        st.error("Somebody else has moved it.")
    else:
        moved = deals.pop(action.id)
        deals[action.id] = {"stage": action.to_stage, "card": {**moved["card"], "version": action.version + 1}}
        st.rerun()
if isinstance(action, Open | Add):
    st.write("Opened.")
with st.container(key="asked"):
    st.code(json.dumps(asked), language=None, wrap_lines=True)
