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


def draw(ctx: PageContext, row_id: int, query: Callable[..., tuple[Related, ...]], *, nothing: str) -> None:
    """All parts with rows; a quiet sentence where there is none."""
    found = page.read(ctx, query, row_id)
    if not found:
        st.markdown(f":gray[{nothing}]")
    for each in found:
        _part(ctx, each)


def _part(ctx: PageContext, found: Related) -> None:
    part = found.part
    with st.container(gap="xsmall", key=f"related_{part.key}"):
        line = f":material/{part.icon}: **{part.title}** :gray[{formats.count(found.total)}]"
        if found.figure_minor is not None:
            value = formats.money(found.figure_minor, ctx.house.currency, ctx.locale)
            line += f" :gray[· {part.figure} {escaped(value)}]"
        st.markdown(line)
        for row in tables.records(found.rows):
            _row(ctx, part, row)
        if found.total > len(found.rows):
            st.caption(f"The first {len(found.rows)} of {formats.count(found.total)}.")


def _row(ctx: PageContext, part: Part, row: dict[str, Any]) -> None:
    with st.container(
        horizontal=True, wrap=False, vertical_alignment="center", gap="small", key=f"related_{part.key}_{row['id']}"
    ):
        with st.container(gap=None, width="stretch"):
            opens = row["opens"] or row["id"]
            if (
                part.page
                and navigation.exists(part.page)
                and navigation.spec_of(part.page).open_to(ctx.house.permissions)
            ):
                page.link(escaped(row["title"]), page=part.page, **{part.parameter: opens})
            else:
                st.markdown(escaped(row["title"]))
            said = [row["about"], formats.date(row["on"], ctx.locale, weekday=False) if row["on"] else None]
            more = " · ".join(str(value) for value in said if value)
            if more:
                st.caption(escaped(more))
        if row["amount_minor"] is not None:
            value = formats.money(row["amount_minor"], row["currency"], ctx.locale)
            st.markdown(escaped(value), width="content")
        if part.states is not None and row["state"]:
            st.badge(part.states(row["state"]).label, color=_COLOURS.get(row["state"], "gray"))
