"""Lists that the house keeps in order: rename, move, archive, bring back; every control is a button of its own."""

from __future__ import annotations

import streamlit as st

from eventos_core.operations import fields as declared
from eventos_core.operations.settings import ManagedList, commands, queries
from eventos_core.operations.settings.commands import AddListRow, EditListRow, MoveListRow, OneListRow
from eventos_core.operations.settings.queries import ListRow
from eventos_core.ui import fields, formats, page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext


def draw(ctx: PageContext, kept: ManagedList, *, may_write: bool) -> None:
    """The rows in use in order, the archived ones in a fold, and a form for one more."""
    rows = page.read(ctx, queries.list_rows, kept.key)
    in_use = [row for row in rows if not row.archived]
    gone = [row for row in rows if row.archived]
    st.markdown(f"##### {kept.title}")
    if kept.about:
        st.caption(kept.about)
    if not in_use:
        st.caption(f"No {kept.noun} yet.")
    for place, row in enumerate(in_use):
        _row(ctx, kept, row, place, len(in_use), may_write=may_write)
    if may_write:
        with st.expander(f"Add a {kept.noun}", icon=":material/add:"):
            _add(ctx, kept)
    if gone:
        with st.expander(f"Archived ({len(gone)})", icon=":material/inventory_2:"):
            for row in gone:
                _archived(ctx, kept, row, may_write=may_write)


def _row(ctx: PageContext, kept: ManagedList, row: ListRow, place: int, count: int, *, may_write: bool) -> None:
    name = f"{kept.key}_{row.id}"
    with st.container(border=True, gap="small", key=f"row_{name}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"line_{name}"):
            st.markdown(_told(kept, row), width="stretch")
            if not may_write:
                return
            for icon, label, to in (("arrow_upward", "up", place - 1), ("arrow_downward", "down", place + 1)):
                key = f"{name}_{label}"
                if page.pressed(
                    f"Move {escaped(str(row.values['name']))} {label}", name=key, icon=icon, bare=True,
                    disabled=not 0 <= to < count,
                ):  # fmt: skip
                    page.act(ctx, commands.move_list_row, MoveListRow(kept.key, row.id, to), key=key)
            open_ = st.session_state.get(f"edit_{name}", False)
            if page.icon_button(
                f"{'Close' if open_ else 'Change'} {escaped(str(row.values['name']))}",
                icon="close" if open_ else "edit", key=f"edit_button_{name}",
            ):  # fmt: skip
                st.session_state[f"edit_{name}"] = not open_
                st.rerun()
        if st.session_state.get(f"edit_{name}"):
            _edit(ctx, kept, row)


def _told(kept: ManagedList, row: ListRow) -> str:
    others = [declared.shown(field, row.values[field.key]) for field in kept.fields if field.key != "name"]
    uses = f"used {formats.plural(row.uses, 'time', 'times')}" if row.uses else "not used yet"
    small = " · ".join(part for part in (*others, uses) if part)
    return f"**{escaped(str(row.values['name']))}**  \n:gray[:small[{escaped(small)}]]"


def _edit(ctx: PageContext, kept: ManagedList, row: ListRow) -> None:
    name = f"{kept.key}_{row.id}"
    with page.form(f"list_{name}") as form:
        version = form.version(row.version)
        given = {
            field.key: fields.draw(
                form, field, row.values[field.key], disabled=field.key in kept.fixed and row.uses > 0
            )
            for field in kept.fields
        }
        if form.submit(f"Save {kept.noun}", icon="check"):
            cmd = EditListRow(kept.key, row.id, version, given)
            saved = page.act(ctx, commands.edit_list_row, cmd, form=form, done=f"{given['name']} saved.", refresh=False)
            if saved is not None:
                st.session_state.pop(f"edit_{name}", None)
                st.rerun()
    key = f"{name}_archive"
    version = page.seen_version(key, row.version)
    label = "Archive" if row.uses else "Remove"
    does = commands.archive_list_row if row.uses else commands.remove_list_row
    st.caption(
        "Archived, it stays where it is used and can no longer be chosen."
        if row.uses
        else "Nothing uses it, so it can be removed."
    )
    if page.pressed(
        f"{label} {escaped(str(row.values['name']))}", name=key, icon="inventory_2" if row.uses else "delete"
    ):
        done = f"{row.values['name']} {'archived' if row.uses else 'removed'}."
        page.act(ctx, does, OneListRow(kept.key, row.id, version), key=key, done=done)


def _archived(ctx: PageContext, kept: ManagedList, row: ListRow, *, may_write: bool) -> None:
    name = f"{kept.key}_{row.id}_restore"
    with st.container(horizontal=True, vertical_alignment="center", key=f"gone_{name}"):
        st.markdown(_told(kept, row), width="stretch")
        version = page.seen_version(name, row.version)
        if may_write and page.pressed("Bring back", name=name, icon="unarchive"):
            given = OneListRow(kept.key, row.id, version)
            done = f"{row.values['name']} is back at the end."
            page.act(ctx, commands.restore_list_row, given, key=name, done=done)


def _add(ctx: PageContext, kept: ManagedList) -> None:
    with page.form(f"add_{kept.key}") as form:
        given = fields.draw_all(form, kept.fields, {})
        if form.submit(f"Add {kept.noun}", icon="add"):
            cmd = AddListRow(kept.key, given)
            page.act(ctx, commands.add_list_row, cmd, form=form, done=f"{given.get('name')} added.")
