"""Choosing several records of a list, and doing one thing to all of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.directory import commands
from eventos_core.directory.commands import (
    ArchiveContacts,
    ArchiveOrganizations,
    AssignContacts,
    AssignOrganizations,
    TagContacts,
    TagOrganizations,
)
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import formats, page, tables
from eventos_core.ui.directory.choices import Entity, for_filters, pick_id, pick_tags
from eventos_core.ui.page import PageContext

_TAG: dict[str, tuple[Any, Any]] = {
    "contacts": (commands.tag_contacts, TagContacts),
    "organizations": (commands.tag_organizations, TagOrganizations),
}
_ASSIGN: dict[str, tuple[Any, Any]] = {
    "contacts": (commands.assign_contacts, AssignContacts),
    "organizations": (commands.assign_organizations, AssignOrganizations),
}
_ARCHIVE: dict[str, tuple[Any, Any]] = {
    "contacts": (commands.archive_contacts, ArchiveContacts),
    "organizations": (commands.archive_organizations, ArchiveOrganizations),
}


MOST_MERGED = 10
"""Records that are merged in one sitting: each pair is looked at."""


def on(entity: Entity) -> bool:
    """Whether the list is in selection mode, by URL."""
    return st.query_params.get(f"{entity}_select") == "1"


def turn(entity: Entity) -> None:
    """Switch selection mode."""
    if on(entity):
        st.query_params.pop(f"{entity}_select", None)
    else:
        st.query_params[f"{entity}_select"] = "1"


def draw(ctx: PageContext, entity: Entity, frame: pd.DataFrame, columns: dict[str, str]) -> None:
    """The page of the list with a box before each row, and what can be done to the chosen ones."""
    shown = frame[list(columns)].rename(columns=columns)
    bar = st.container(horizontal=True, vertical_alignment="center", key=f"{entity}_bulk")
    state = st.dataframe(
        shown, hide_index=True, selection_mode="multi-row", on_select="rerun",
        key=tables.key_of(f"{entity}_choosing", frame, "id"),
        alt=f"Choose {entity}", placeholder="–", height="content",
    )  # fmt: skip
    ids = tuple(int(frame["id"].iloc[row]) for row in state.selection.rows if row < len(frame))
    with bar:
        st.markdown(f"**{formats.plural(len(ids), 'chosen', 'chosen')}**", width="content")
        with page.popover("Tag", name=f"{entity}_bulk_tags", icon="label", disabled=not ids):
            _tags(ctx, entity, ids)
        with page.popover("Owner", name=f"{entity}_bulk_owner", icon="person", disabled=not ids):
            _owner(ctx, entity, ids)
        if ctx.can(Permission.CONTACTS_MERGE):
            _merge(entity, ids)
        with page.popover("Archive", name=f"{entity}_bulk_archive", icon="inventory_2", disabled=not ids):
            _archive(ctx, entity, ids)
        st.button("Done", key=f"{entity}_select_done", type="tertiary", on_click=turn, args=(entity,))


def _merge(entity: Entity, ids: tuple[int, ...]) -> None:
    told = "The first one chosen stays; each of the others is compared with it in turn"
    fit = 2 <= len(ids) <= MOST_MERGED
    if st.button("Merge", icon=":material/call_merge:", disabled=not fit, key=f"{entity}_bulk_merge", help=told):
        page.open_drawer(merge="-".join(map(str, ids)))


def _tags(ctx: PageContext, entity: Entity, ids: tuple[int, ...]) -> None:
    command, shape = _TAG[entity]
    known = for_filters(ctx, entity).tags
    with page.form(f"{entity}_bulk_tags") as form:
        add = pick_tags(form, "add", "Add", known, ())
        remove = pick_tags(form, "remove", "Remove", known, ())
        if form.submit("Change tags"):
            page.act(ctx, command, shape(ids, add, remove), form=form, done="Tags changed.")


def _owner(ctx: PageContext, entity: Entity, ids: tuple[int, ...]) -> None:
    command, shape = _ASSIGN[entity]
    with page.form(f"{entity}_bulk_owner") as form:
        owner = pick_id(form, "owner_id", "New owner", for_filters(ctx, entity).owners, ctx.house.member_id)
        if form.submit("Hand over"):
            page.act(ctx, command, shape(ids, owner), form=form, done="Owner changed.")


def _archive(ctx: PageContext, entity: Entity, ids: tuple[int, ...]) -> None:
    command, shape = _ARCHIVE[entity]
    noun = {"contacts": ("contact", "contacts"), "organizations": ("organisation", "organisations")}[entity]
    st.markdown("They leave lists and pickers; each can be restored.")
    if page.pressed(f"Archive {formats.plural(len(ids), *noun)}", name=f"{entity}_bulk_archive", primary=True):
        page.act(ctx, command, shape(ids), key=f"{entity}_bulk_archive", done="Archived.")
