"""Closing a deal: won on a day, or lost for a reason of the managed list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import streamlit as st

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import Ending, LoseDeal, MoveDeal, WinDeal
from eventos_core.crm.queries import DealDetail, LostReasonShown
from eventos_core.kernel import clock
from eventos_core.ui import page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Form, PageContext


def win(ctx: PageContext, found: DealDetail, forget: Callable[[], None]) -> None:
    """The second step after “Won”: the day, today unless said otherwise."""
    st.markdown(f"**{escaped(found.fields.name)} is won**")
    with page.form(f"win_deal_{found.id}") as form:
        day = form.field("closed_on", st.date_input, "Won on", value=_today(ctx), max_value=_today(ctx))
        if found.fields.amount_minor is None:
            st.caption(":material/info: The deal has no amount; it counts as won without value until it gets one.")
        version = form.version(found.version)
        if form.submit("Mark as won", icon="check_circle"):
            given = WinDeal(found.id, version, day)
            if page.act(ctx, commands.win_deal, given, form=form, done="Won.", refresh=False) is not None:
                forget()
                page.refresh()


def lose(ctx: PageContext, found: DealDetail, forget: Callable[[], None]) -> None:
    """The second step after “Lost”: why, and the day."""
    st.markdown(f"**{escaped(found.fields.name)} is lost**")
    with page.form(f"lose_deal_{found.id}") as form:
        reason, note = _reason(ctx, form)
        day = form.field("closed_on", st.date_input, "Lost on", value=_today(ctx), max_value=_today(ctx))
        version = form.version(found.version)
        if form.submit("Mark as lost", icon="cancel"):
            given = LoseDeal(found.id, reason, note, version, day)
            if page.act(ctx, commands.lose_deal, given, form=form, done="Marked as lost.", refresh=False) is not None:
                forget()
                page.refresh()


def lose_from_board(ctx: PageContext, raw: str) -> None:
    """The drawer after a drop on a lost column; `raw` is `deal-stage-from`."""
    parts = raw.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        page.nothing_yet("There is no such deal.", hint="Go back to the board.", icon="search_off")
        return
    deal_id, stage_id, from_id = (int(part) for part in parts)
    found = page.read(ctx, queries.deal, deal_id)
    st.markdown(f"**{escaped(found.fields.name)} is lost**")
    with page.form(f"lose_on_board_{deal_id}") as form:
        reason, note = _reason(ctx, form)
        if form.submit("Mark as lost", icon="cancel"):
            given = MoveDeal(deal_id, stage_id, from_id, Ending(reason, note))
            if page.act(ctx, commands.move_deal, given, form=form, done="Marked as lost.", refresh=False) is not None:
                page.close_drawer("lose")


def _reason(ctx: PageContext, form: Form) -> tuple[int | None, str]:
    reasons = {one.id: one for one in page.read(ctx, queries.lost_reasons)}
    reason = form.field(
        "lost_reason_id", st.selectbox, "Why", list(reasons), index=None, placeholder="Choose a reason",
        format_func=lambda reason_id: _told(reasons[reason_id]),
    )  # fmt: skip
    note = form.area("lost_note", "Note", help="What the next try should know.", height=90)
    return reason, note


def _told(reason: LostReasonShown) -> str:
    return f"{reason.name} (with a note)" if reason.requires_note else reason.name


def _today(ctx: PageContext) -> dt.date:
    return clock.now().astimezone(ctx.house.zone).date()
