"""The Settings page: which section is open, and drawing it by what it declares or by its own screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.operations.settings import commands, queries
from eventos_core.operations.settings.commands import ChangeSettings
from eventos_core.operations.settings.queries import SectionShown
from eventos_core.operations.settings.registry import Section, section_of
from eventos_core.ui import fields, page
from eventos_core.ui.directory.choices import seen
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.segments import segments
from eventos_core.ui.settings import custom_fields, lists, notes, sales, sign_in

PARAMETER = "section"
_OWN: Mapping[str, Callable[[PageContext, bool], None]] = {
    "custom_fields": custom_fields.draw,
    "sales": sales.draw,
    "sign_in": sign_in.draw,
}
"""Sections with a screen of their own: context, whether the person may change them."""


def draw(ctx: PageContext) -> None:
    """The sections to choose from, the chosen one kept in the URL, and what it holds."""
    found = page.read(ctx, queries.settings_sections)
    by_key = {one.key: one for one in found}
    if st.query_params.get(PARAMETER, found[0].key) not in by_key:
        st.warning("The link names a section that is not there, or not for you.", icon=":material/search_off:")
    chosen = segments(
        "Section", PARAMETER, list(by_key), found[0].key,
        format_func=lambda key: f":material/{by_key[key].icon}: {by_key[key].title}",
    )  # fmt: skip
    shown = by_key[chosen]
    with st.container(width=720, key=f"settings_{shown.key}"):
        _section(ctx, shown)


def _section(ctx: PageContext, shown: SectionShown) -> None:
    declared = section_of(shown.key)
    st.subheader(shown.title, anchor=False)
    st.caption(shown.about)
    if not shown.may_write:
        who = "Owners" if declared.writes is Permission.ACCOUNT_MANAGE else "Owners and admins"
        st.caption(f":material/lock: You can look. {who} of the house change this.")
    notes.above(ctx, shown.key)
    for kept in declared.lists:
        lists.draw(ctx, kept, may_write=shown.may_write)
    if declared.settings:
        _values(ctx, declared, may_write=shown.may_write)
    if declared.drawn:
        _OWN[shown.key](ctx, shown.may_write)


def _values(ctx: PageContext, declared: Section, *, may_write: bool) -> None:
    now = page.read(ctx, queries.section_values, declared.key)
    with page.form(f"settings_{declared.key}", border=True) as form:
        before = seen(form, now)
        given = fields.draw_all(form, [one.field for one in declared.settings], before.values, disabled=not may_write)
        if form.submit(f"Save {escaped(declared.title.lower())}", icon="check", disabled=not may_write):
            given = {key: None if value == "" else value for key, value in given.items()}
            cmd = ChangeSettings(declared.key, before.version, given, before.values)
            page.act(ctx, commands.change_settings, cmd, form=form, done="Settings saved.")
