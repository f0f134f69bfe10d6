"""The timeline of a record in its drawer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from eventos_core.operations import told
from eventos_core.operations.timeline import PAGE, Moment, Timeline
from eventos_core.ui import formats, page, written
from eventos_core.ui.directory import words
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext

_ICONS = {
    "change": "edit",
    "note": "sticky_note_2",
    "call": "call",
    "email": "mail",
    "meeting": "event",
    "task": "task",
    "visit": "storefront",
    "message": "sms",
}


def draw(
    ctx: PageContext, entity: str, row_id: int, query: Callable[..., Timeline], *, currency: str | None = None
) -> None:
    """Moments newest first under their days; older ones on request. `currency` is that of the record's amounts."""
    slot = f"_timeline_{entity}_{row_id}"
    wanted = int(st.session_state.get(slot, PAGE))
    found = page.read(ctx, query, row_id, limit=wanted)
    if not found.moments:
        st.markdown(":gray[Nothing happened yet.]")
    day = None
    for moment in found.moments:
        local = moment.at.astimezone(ctx.house.zone)
        if local.date() != day:
            day = local.date()
            st.markdown(f"**{formats.date(day, ctx.locale)}**")
        _moment(ctx, entity, moment, "" if moment.whole_day else f"{local:%H:%M} ", currency)
    if found.before is not None:
        st.button("Show older", icon=":material/expand_more:", type="tertiary", key=f"older_{slot}",
                  on_click=_more, args=(slot, wanted + PAGE))  # fmt: skip
    if found.moments:
        st.caption(f"Times in {formats.zone_label(ctx.house.zone)}.")


def _moment(ctx: PageContext, entity: str, moment: Moment, clock: str, currency: str | None) -> None:
    icon = _ICONS.get(moment.kind, "history")
    by = f" :gray[by {escaped(moment.actor)}]" if moment.actor else ""
    lines = [f":gray[{clock}:material/{icon}:] {escaped(moment.title)}{by}"]
    lines += [
        f":gray[:small[{line}]]" for line in (_change(ctx, entity, one, currency) for one in moment.changes) if line
    ]
    if moment.body and not moment.written:
        lines.append(escaped(moment.body).replace("\n", "  \n"))
    st.markdown("  \n".join(lines))
    if moment.written:
        written.draw(moment.body)
    if moment.page:
        page.link("Open", page=moment.page, **moment.parameters)


def _change(ctx: PageContext, entity: str, change: Any, currency: str | None) -> str:
    label = words.field_label(change.column)
    if change.column.endswith("_id") or change.column in ("archived_at", "changed_secrets", "custom"):
        return escaped(label)
    before, after = (told.value(ctx, entity, change.column, one, currency) for one in (change.before, change.after))
    return escaped(f"{label}: {before} → {after}")


def _more(slot: str, limit: int) -> None:
    st.session_state[slot] = limit
