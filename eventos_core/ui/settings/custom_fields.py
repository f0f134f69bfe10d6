"""The editor of custom fields: for each kind of record its fields in the order of the form."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eventos_core.enums.events import FieldType
from eventos_core.operations.custom import commands, entities, queries
from eventos_core.operations.custom.commands import AddCustomField, EditCustomField, MoveCustomField, OneCustomField
from eventos_core.operations.custom.rules import CHOICES, KINDS, CustomField
from eventos_core.ui import page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Form, PageContext
from eventos_core.ui.segments import segments

_LIMITED = (FieldType.TEXT, FieldType.LONG_TEXT, FieldType.INTEGER, FieldType.DECIMAL, FieldType.MULTI_CHOICE)


def draw(ctx: PageContext, may_write: bool) -> None:
    """The kinds of records to choose from, and the fields of the chosen one."""
    offered = entities()
    entity = segments(
        "Records", "fields_of", list(offered), next(iter(offered)), format_func=lambda key: offered[key].title
    )
    found = page.read(ctx, queries.custom_fields, entity, retired=True)
    current = [one for one in found if not one.retired]
    retired = [one for one in found if one.retired]
    if not current:
        st.caption(f"No fields of your own on {offered[entity].title.lower()} yet.")
    for place, one in enumerate(current):
        _row(ctx, one, place, len(current), may_write=may_write)
    if may_write:
        with st.expander("Add a field", icon=":material/add:", expanded=not current):
            _add(ctx, entity)
    if retired:
        with st.expander(f"Off the forms ({len(retired)})", icon=":material/visibility_off:"):
            for one in retired:
                _retired(ctx, one, may_write=may_write)


def _row(ctx: PageContext, one: CustomField, place: int, count: int, *, may_write: bool) -> None:
    name = f"field_{one.id}"
    with st.container(border=True, gap="small", key=f"row_{name}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"line_{name}"):
            st.markdown(_told(one), width="stretch")
            if not may_write:
                return
            for icon, label, to in (("arrow_upward", "up", place - 1), ("arrow_downward", "down", place + 1)):
                key = f"{name}_{label}"
                off = not 0 <= to < count
                if page.pressed(f"Move {escaped(one.label)} {label}", name=key, icon=icon, bare=True, disabled=off):
                    page.act(ctx, commands.move_custom_field, MoveCustomField(one.id, to), key=key)
            open_ = st.session_state.get(f"edit_{name}", False)
            if page.icon_button(
                f"{'Close' if open_ else 'Change'} {escaped(one.label)}", icon="close" if open_ else "edit",
                key=f"edit_button_{name}",
            ):  # fmt: skip
                st.session_state[f"edit_{name}"] = not open_
                st.rerun()
        if st.session_state.get(f"edit_{name}"):
            _edit(ctx, one)


def _told(one: CustomField) -> str:
    parts = [
        one.data_type.label,
        f"{len(one.options)} options" if one.options else "",
        "required" if one.required else "",
    ]
    small = " · ".join([part for part in parts if part] + [one.key])
    return f"**{escaped(one.label)}**  \n:gray[:small[{escaped(small)}]]"


def _add(ctx: PageContext, entity: str) -> None:
    # Outside the form: what a field holds decides which other inputs it needs.
    data_type = st.selectbox(
        "It holds", list(KINDS), format_func=lambda member: member.label, key=f"new_field_type_{entity}"
    )
    with page.form(f"new_field_{entity}_{data_type.value}") as form:
        values = _inputs(form, data_type, None)
        key = form.text("key", "Key", help="In exports, imports and the API; made of the label where it is empty.")
        if form.submit("Add field", icon="add"):
            cmd = AddCustomField(entity, data_type=data_type, key=key, **values)
            page.act(ctx, commands.add_custom_field, cmd, form=form, done=f"{values['label']} added.")


def _edit(ctx: PageContext, one: CustomField) -> None:
    used = page.read(ctx, queries.custom_field_uses, one.entity, one.key)
    with page.form(f"edit_field_{one.entity}_{one.key}") as form:
        seen = form.version(one.revision)
        values = _inputs(form, one.data_type, one)
        data_type = one.data_type
        if not used:
            data_type = form.pick(
                "data_type", "It holds", list(KINDS), one.data_type, format_func=lambda member: member.label
            )
        if form.submit("Save field", icon="check"):
            cmd = EditCustomField(one.id, seen, data_type=data_type, **values)
            saved = page.act(
                ctx, commands.edit_custom_field, cmd, form=form, done=f"{values['label']} saved.", refresh=False
            )
            if saved is not None:
                st.session_state.pop(f"edit_field_{one.id}", None)
                st.rerun()
    many = used >= queries.MOST_COUNTED
    kept = "A thousand records or more have" if many else f"{used} {'record has' if used == 1 else 'records have'}"
    st.caption(
        f"{kept} a value in it; taken off the forms, they keep it." if used else "No record has a value in it yet."
    )
    key = f"retire_field_{one.id}"
    version = page.seen_version(key, one.version)
    if page.pressed(f"Take {escaped(one.label)} off the forms", name=key, icon="visibility_off"):
        given = OneCustomField(one.id, version)
        page.act(ctx, commands.retire_custom_field, given, key=key, done=f"{one.label} is off the forms.")


def _inputs(form: Form, data_type: FieldType, now: CustomField | None) -> dict[str, Any]:
    values: dict[str, Any] = {
        "label": form.text("label", "Label", now.label if now else "", required=True, max_chars=80),
        "help_text": form.text("help_text", "Help under the field", now.help_text if now else "", max_chars=300)
        or None,
    }
    if data_type in CHOICES:
        lines = "\n".join(label for _, label in now.options) if now else ""
        given = form.area("options", "Options, one a line", lines, height=130)
        values["options"] = tuple(line.strip() for line in given.splitlines() if line.strip())
    if data_type in _LIMITED:
        what = {FieldType.INTEGER: "", FieldType.DECIMAL: "", FieldType.MULTI_CHOICE: " chosen"}.get(
            data_type, " characters"
        )
        with st.container(horizontal=True):
            values["least"] = form.field(
                "least", st.number_input, f"At least{what}", value=now.least if now else None, step=1
            )
            values["most"] = form.field(
                "most", st.number_input, f"At most{what}", value=now.most if now else None, step=1
            )
    values["required"] = bool(
        form.field("required", st.checkbox, "Required", value=now.required if now else False,
                   help="A form is not saved without it; imports are not held up.")
    )  # fmt: skip
    return values


def _retired(ctx: PageContext, one: CustomField, *, may_write: bool) -> None:
    name = f"field_{one.id}_restore"
    with st.container(horizontal=True, vertical_alignment="center", key=f"gone_{name}"):
        st.markdown(_told(one), width="stretch")
        version = page.seen_version(name, one.version)
        if may_write and page.pressed("Bring back", name=name, icon="undo"):
            given = OneCustomField(one.id, version)
            page.act(ctx, commands.restore_custom_field, given, key=name, done=f"{one.label} is back at the end.")
