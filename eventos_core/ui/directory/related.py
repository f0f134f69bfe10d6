"""What belongs to a person or a company, part by part: deals, events attended, sponsorships, colleagues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from eventos_core.operations.related import Part, Related
from eventos_core.ui import formats, navigation, page, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.tables import Meaning

_COLOURS: dict[str, Meaning] = {
    "open": "blue", "won": "green", "lost": "gray", "came": "green", "coming": "blue", "not_seen": "gray",
    "declined": "gray", "cancelled": "gray", "paid": "green", "refunded": "gray", "expired": "gray",
    "contracted": "blue", "active": "green", "fulfilled": "green", "confirmed": "green", "signed": "green",
}  # fmt: skip


def draw(
    ctx: PageContext,
    row_id: int,
    query: Callable[..., tuple[Related, ...]],
    *,
    here: str,
    nothing: str,
    without: tuple[str, ...] = (),
) -> None:
    """All parts with rows; a quiet sentence where there is none.

    `here` is the key of the page that draws it, `without` are parts that it shows elsewhere.
    """
    found = page.read(ctx, query, row_id, without=without)
    if not found:
        st.markdown(f":gray[{nothing}]")
    for each in found:
        _part(ctx, each, here)


def _part(ctx: PageContext, found: Related, here: str) -> None:
    part = found.part
    with st.container(gap="xsmall", key=f"related_{part.key}"):
        line = f":material/{part.icon}: **{part.title}** :gray[{formats.count(found.total)}]"
        if found.figure_minor is not None:
            value = formats.money(found.figure_minor, ctx.house.currency, ctx.locale)
            line += f" :gray[· {part.figure} {escaped(value)}]"
        st.markdown(line)
        for row in tables.records(found.rows):
            _row(ctx, part, row, here)
        if found.total > len(found.rows):
            st.caption(f"The first {len(found.rows)} of {formats.count(found.total)}.")


def _row(ctx: PageContext, part: Part, row: dict[str, Any], here: str) -> None:
    with st.container(
        horizontal=True, wrap=False, vertical_alignment="center", gap="small", key=f"related_{part.key}_{row['id']}"
    ):
        with st.container(gap=None, width="stretch"):
            _title(ctx, part, row, here)
            said = [row["about"], formats.date(row["on"], ctx.locale, weekday=False) if row["on"] else None]
            more = " · ".join(str(value) for value in said if value)
            if more:
                st.caption(escaped(more))
        if row["amount_minor"] is not None:
            value = formats.money(row["amount_minor"], row["currency"], ctx.locale)
            st.markdown(escaped(value), width="content")
        if part.states is not None and row["state"]:
            st.badge(part.states(row["state"]).label, color=_COLOURS.get(row["state"], "gray"))


def _title(ctx: PageContext, part: Part, row: dict[str, Any], here: str) -> None:
    """The row's name, as a way to it where its page is there and open to the person."""
    title, opens = escaped(row["title"]), row["opens"] or row["id"]
    if not part.page or not navigation.exists(part.page):
        st.markdown(title)
    elif part.page == here:
        # No link: one that leads to its own page leaves the address of the browser as it is.
        if st.button(title, type="tertiary", key=f"related_open_{part.key}_{row['id']}"):
            page.open_drawer(**{part.parameter: opens})
    elif navigation.spec_of(part.page).open_to(ctx.house.permissions):
        page.link(title, page=part.page, **{part.parameter: opens})
    else:
        st.markdown(title)
