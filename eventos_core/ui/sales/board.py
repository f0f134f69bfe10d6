"""The board of deals: what the component is given, and what happens when a card is dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import MoveDeal
from eventos_core.crm.queries import Board, BoardColumn, DealFilter, PipelineShown
from eventos_core.enums.crm import StageKind
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import exporting, formats, page, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Head, PageContext
from eventos_core.ui.sales import deal_board, entering, words
from eventos_core.ui.sales.deal_board import Add, Card, Column, More, Move, Open, Texts

PARTS = ("columns",)
"""What can be exported besides the deals."""
_SHOWN = "_deals_board_shown"


def draw(ctx: PageContext, pipeline: PipelineShown, wanted: DealFilter, head: Head | None = None) -> None:
    """The pipeline as a board; a dropped card moves at once, one that is lost asks for the reason first.

    What the head's menu asks for is exported: all deals of the board, those not loaded yet too, and its columns.
    """
    if head is not None:
        exporting.answer(ctx, head, "board", wanted)
        exporting.answer(ctx, head, "board_columns", wanted, also="columns")
    shown: dict[int, int] = st.session_state.setdefault(_SHOWN, {})
    found = page.read(ctx, queries.board, pipeline.id, wanted, shown=shown)
    said = st.container(key="board_said")
    asked = deal_board.board(
        as_columns(ctx, found),
        may_move=ctx.can(Permission.SALES_WRITE),
        key="deal_board",
        texts=Texts(f"Deals in {pipeline.name} by stage", empty="No deals here."),
    )
    st.caption(_below(ctx, found))
    if isinstance(asked, Open):
        page.open_drawer(deal=asked.id)
    elif isinstance(asked, Add):
        page.open_drawer(new=f"in-{asked.stage_id}")
    elif isinstance(asked, More):
        shown[asked.stage_id] = shown.get(asked.stage_id, queries.BOARD_STEP) + deal_board.STEP
        page.refresh()
    elif isinstance(asked, Move):
        with said:
            _move(ctx, pipeline, found, asked)


def _move(ctx: PageContext, pipeline: PipelineShown, found: Board, asked: Move) -> None:
    target = next(column for column in found.columns if column.stage_id == asked.to_stage)
    if target.kind is StageKind.LOST:
        page.open_drawer(lose=f"{asked.id}-{asked.to_stage}-{asked.from_stage}")
    stage = next((one for one in pipeline.stages if one.id == asked.to_stage), None)
    if stage is not None and entering.asked_on_drop(ctx, asked.id, stage):
        page.open_drawer(enter=f"{asked.id}-{asked.to_stage}")
    given = MoveDeal(asked.id, asked.to_stage, asked.from_stage)
    moved = page.act(ctx, commands.move_deal, given, key=f"move_{asked.key}", refresh=False)
    if moved is not None:
        if moved.moved and moved.outcome is StageKind.WON:
            page.say("Won. It counts from today.", icon="celebration")
        page.refresh()
    # What went wrong stands above the board; the deal is one press away.
    st.button("Open the deal", icon=":material/open_in_new:", key=f"open_refused_{asked.key}",
              on_click=_open, args=(asked.id,))  # fmt: skip


def _open(deal_id: int) -> None:
    st.query_params["deal"] = str(deal_id)


def as_columns(ctx: PageContext, found: Board) -> list[Column]:
    """The board as the component takes it."""
    by_stage: dict[int, list[Mapping[str, Any]]] = {column.stage_id: [] for column in found.columns}
    for row in tables.records(found.cards):
        by_stage[row["stage_id"]].append(row)
    return [_column(ctx, column, by_stage[column.stage_id], found.currency) for column in found.columns]


def _column(ctx: PageContext, column: BoardColumn, rows: Sequence[Mapping[str, Any]], currency: str) -> Column:
    return Column(
        id=column.stage_id,
        name=column.name,
        kind=column.kind.value,
        count=column.count,
        total_text=formats.money_short(column.value_minor, currency, ctx.locale),
        weighted_text=formats.money_short(column.weighted_minor, currency, ctx.locale)
        if column.kind is StageKind.OPEN else "",
        limit=column.wip_limit,
        over_limit=column.wip_limit is not None and column.count > column.wip_limit,
        more=max(0, column.count - len(rows)),
        cards=[_card(ctx, row, column.kind) for row in rows],
    )  # fmt: skip


def _card(ctx: PageContext, row: Mapping[str, Any], kind: StageKind) -> Card:
    state = words.next_state(row["next_due_at"], bool(row["next_all_day"]), ctx.house.zone)
    is_open = kind is StageKind.OPEN
    closed = "" if is_open else f"{kind.label} {formats.date(row['closed_on'], ctx.locale, weekday=False, year=False)}"
    return Card(
        id=row["id"],
        version=row["version"],
        name=row["name"],
        amount_text=words.amount(ctx, row["amount_minor"], row["currency"]),
        organization=row["organization"] or "",
        event=row["event"] or "",
        owner=row["owner"] or "",
        owner_initials=words.initials(row["owner"]),
        age_text=words.age(row["stage_entered_at"]) if is_open else closed,
        next={"state": state, "text": words.next_text(ctx, row)} if is_open else {"state": "closed", "text": ""},
        rotting=bool(row["rotting"]),
        rotting_text=words.untouched_briefly(row["untouched_days"], row["allowed_days"]) if row["rotting"] else "",
        probability_text=words.likelihood(row["effective_probability_ppm"], ctx.locale) if is_open else "",
        override=is_open and row["probability_override_ppm"] is not None,
        tags=list(row["tags"] or ()),
    )


def _below(ctx: PageContext, found: Board) -> str:
    """What the sums leave out, and how far back closed deals reach."""
    parts = [f"Sums in {found.currency}."]
    without = sum(column.without_value for column in found.columns)
    if without:
        parts.append(f"{formats.plural(without, 'deal')} without value.")
    unknown = sum(column.without_rate for column in found.columns)
    if unknown:
        parts.append(f"{formats.plural(unknown, 'deal')} in a currency without exchange rate: not in the sums.")
    parts.append(f"Won and lost deals since {formats.date(found.closed_since, ctx.locale, weekday=False)}.")
    return escaped(" ".join(parts))
