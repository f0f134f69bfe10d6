"""Why deals are lost: the list that people choose from."""

from __future__ import annotations

import functools

import streamlit as st

from eventos_core.crm.commands import reasons as commands
from eventos_core.crm.commands.reasons import AddLostReason, EditLostReason, MoveLostReason, OneLostReason
from eventos_core.crm.queries import settings as queries
from eventos_core.crm.queries.settings import LostReasonShown
from eventos_core.ui import formats, page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Form, PageContext
from eventos_core.ui.settings.sales import lines
from eventos_core.ui.settings.sales.lines import Line


def draw(ctx: PageContext, may_write: bool) -> None:
    """The reasons in use in order, a form for one more, and those off the list."""
    with page.reading(ctx) as db:
        found = queries.lost_reasons(db, archived=True)
        uses = queries.lost_reason_uses(db)
    in_use = [one for one in found if not one.archived]
    gone = [one for one in found if one.archived]
    st.caption("Whoever marks a deal as lost chooses one. Renamed or archived, a reason stays with its deals.")
    for place, one in enumerate(in_use):
        row = Line(f"reason_{one.id}", one.name, _told(one, uses.get(one.id, 0)))
        move = functools.partial(_move, ctx, one.id)
        with lines.line(row, may_write=may_write, place=place, last=len(in_use) - 1, move=move) as open_:
            if open_:
                _edit(ctx, one)
    if may_write:
        with st.expander("Add a reason", icon=":material/add:"), page.form("add_reason") as form:
            name, note = _inputs(form, None)
            if form.submit("Add reason", icon="add"):
                page.act(ctx, commands.add_lost_reason, AddLostReason(name, note), form=form, done=f"{name} added.")
    if gone:
        with st.expander(f"Archived ({len(gone)})", icon=":material/inventory_2:"):
            for one in gone:
                _archived(ctx, one, uses.get(one.id, 0), may_write=may_write)


def _told(one: LostReasonShown, uses: int) -> str:
    used = formats.plural(uses, "lost deal") if uses else "no deal yet"
    return f"{used} · asks for a note" if one.requires_note else used


def _move(ctx: PageContext, reason_id: int, to: int, key: str) -> None:
    page.act(ctx, commands.move_lost_reason, MoveLostReason(reason_id, to), key=key)


def _inputs(form: Form, now: LostReasonShown | None) -> tuple[str, bool]:
    name = form.text("name", "Name", now.name if now else "", required=True, max_chars=200)
    note = form.field(
        "requires_note", st.checkbox, "Ask for a note", value=now.requires_note if now else False,
        help="The deal cannot be marked as lost for this reason without a few words on it.",
    )  # fmt: skip
    return name, bool(note)


def _edit(ctx: PageContext, one: LostReasonShown) -> None:
    with page.form(f"edit_reason_{one.id}") as form:
        version = form.version(one.version)
        name, note = _inputs(form, one)
        if form.submit("Save reason", icon="check"):
            given = EditLostReason(one.id, version, name, note)
            done = f"{name} saved."
            if page.act(ctx, commands.edit_lost_reason, given, form=form, done=done, refresh=False) is not None:
                lines.close(f"reason_{one.id}")
    key = f"reason_{one.id}_archive"
    version = page.seen_version(key, one.version)
    if page.pressed(f"Archive {escaped(one.name)}", name=key, icon="inventory_2"):
        given_now = OneLostReason(one.id, version)
        page.act(ctx, commands.archive_lost_reason, given_now, key=key, done=f"{one.name} archived.")


def _archived(ctx: PageContext, one: LostReasonShown, uses: int, *, may_write: bool) -> None:
    name = f"reason_{one.id}_restore"
    with st.container(horizontal=True, vertical_alignment="center", key=f"gone_{name}"):
        st.markdown(f"**{escaped(one.name)}**  \n:gray[:small[{_told(one, uses)}]]", width="stretch")
        version = page.seen_version(name, one.version)
        if may_write and page.pressed("Bring back", name=name, icon="unarchive"):
            given = OneLostReason(one.id, version)
            page.act(ctx, commands.restore_lost_reason, given, key=name, done=f"{one.name} is back at the end.")
