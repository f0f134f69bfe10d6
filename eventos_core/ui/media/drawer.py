"""The drawer of one file: picture, rights, versions, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.operations.files import commands, kinds, limits, pictures, queries
from eventos_core.operations.files.commands import ArchiveFile, EditMedia, ReplaceFile
from eventos_core.operations.files.queries import MediaDetail
from eventos_core.ui import formats, page, tables
from eventos_core.ui.components import registered
from eventos_core.ui.directory.contact_drawer import facts
from eventos_core.ui.errors import escaped
from eventos_core.ui.media import forms, library
from eventos_core.ui.page import PageContext

_STEP = "_media_step"


def forget() -> None:
    """Start the next drawer with the file, not with a form left open."""
    st.session_state.pop(_STEP, None)


def show(ctx: PageContext, raw: str) -> None:
    """The drawer's body; `raw` is the id from the URL."""
    if not (raw.isascii() and raw.isdigit()):
        page.nothing_yet("There is no such file.", hint="Go back to the library.", icon="search_off")
        return
    found = page.read(ctx, queries.media_asset, int(raw))
    step: str | None = st.session_state.get(_STEP) if ctx.can(Permission.PROMOTE_WRITE) else None
    if step is None:
        _overview(ctx, found)
        return
    st.button("Back", icon=":material/arrow_back:", type="tertiary", on_click=forget, key="media_back")
    bodies: Mapping[str, Callable[[PageContext, MediaDetail], None]] = {
        "edit": _edit,
        "replace": _replace,
        "archive": _archive,
    }
    bodies[step](ctx, found)


def _overview(ctx: PageContext, found: MediaDetail) -> None:
    title = found.fields.title or found.file_name
    if pictures.is_readable(found.content_type):
        item = {
            "picture": library.address(ctx, found.public_id, f"/thumb?version={found.version_no}"),
            "alt": found.fields.alt_text or title,
        }
        registered("media_picture")(key="media_picture", data=item)
    st.title(escaped(title), anchor=False)
    mark, tone = library.rights_told(found.fields.usage_rights, found.fields.rights_until, ctx)
    with st.container(horizontal=True, gap="xsmall", key="media_badges"):
        st.badge(kinds.family_of(found.content_type).label, color="gray")
        if mark:
            st.badge(mark, color="red" if tone == "red" else "orange" if tone == "orange" else "gray")
        if found.archived_at is not None:
            st.badge("Archived", icon=":material/inventory_2:", color="gray")
        for tag in found.fields.tags:
            st.badge(escaped(tag), color="gray")
    _actions(ctx, found)
    about, versions = st.tabs(["Details", "Versions"])
    with about:
        facts(_facts(ctx, found))
    with versions:
        _versions(ctx, found)


def _actions(ctx: PageContext, found: MediaDetail) -> None:
    with st.container(horizontal=True, gap="small", key="media_actions"):
        st.link_button("Download", library.address(ctx, found.public_id, "?download=1"), icon=":material/download:")
        if not ctx.can(Permission.PROMOTE_WRITE):
            return
        if found.archived_at is not None:
            name = f"restore_file_{found.id}"
            if page.pressed("Restore file", name=name, icon="unarchive", primary=True):
                given = ArchiveFile(found.id, page.seen_version(name, found.version))
                page.act(ctx, commands.restore_file, given, key=name, done=f"{found.file_name} restored.")
            return
        for label, step, icon in (
            ("Edit", "edit", "edit"),
            ("New version", "replace", "upload"),
            ("Archive", "archive", "inventory_2"),
        ):
            st.button(
                label, icon=f":material/{icon}:", type="primary" if step == "edit" else "tertiary",
                key=f"media_{step}", on_click=_go, args=(step,),
            )  # fmt: skip


def _facts(ctx: PageContext, found: MediaDetail) -> list[tuple[str, str]]:
    f = found.fields
    days = " to ".join(formats.date(day, ctx.locale, weekday=False) for day in (f.rights_from, f.rights_until) if day)
    consent = {None: "", True: "They agreed", False: "They did not agree"}[f.people_consent]
    size = limits.size(found.size_bytes) + (f", {found.width} × {found.height} pixels" if found.width else "")
    stored = formats.instant(found.created_at, ctx.house.zone, ctx.locale)
    pairs = [
        ("May be used for", f.usage_rights.label),
        ("Rights", ("until " if f.rights_until and not f.rights_from else "") + days),
        ("Limits", f.rights_note),
        ("Credit", f.credit),
        ("People shown", consent),
        ("Belongs to", found.event or "The house"),
        ("What it is for", f.purpose.label),
        ("Description", f.alt_text),
        ("Who may open it", f.visibility.label),
        ("File", f"{found.file_name} · {size}"),
        ("Stored", stored + (f" by {found.uploaded_by}" if found.uploaded_by else "")),
        ("SHA-256", found.sha256),
    ]
    return [(label, value) for label, value in pairs if value]


def _versions(ctx: PageContext, found: MediaDetail) -> None:
    for row in tables.records(page.read(ctx, queries.media_versions, found.id)):
        number = int(row["version_no"])
        with st.container(horizontal=True, vertical_alignment="center", key=f"media_version_{number}"):
            when = formats.instant(row["created_at"], ctx.house.zone, ctx.locale)
            more = " · ".join(filter(None, (when, row["by"], limits.size(row["size_bytes"]), row["note"])))
            current = " (current)" if number == found.version_no else ""
            st.markdown(
                f"**{number}**{current} · {escaped(row['file_name'])}  \n:gray[:small[{escaped(more)}]]",
                width="stretch",
            )
            url = library.address(ctx, found.public_id, f"?version={number}&download=1")
            st.link_button("Download", url, type="tertiary")


def _edit(ctx: PageContext, found: MediaDetail) -> None:
    with page.form(f"media_edit_{found.id}") as form:
        fields = forms.described(ctx, form, found.fields)
        version = form.version(found.version)
        if form.submit("Save"):
            given = EditMedia(found.id, version, fields)
            if page.act(ctx, commands.edit_media, given, form=form, done="File saved.", refresh=False):
                forget()
                page.refresh()


def _replace(ctx: PageContext, found: MediaDetail) -> None:
    st.markdown(
        f"The new version of **{escaped(found.file_name)}** shows wherever the file is used. Earlier versions stay."
    )
    with page.form(f"media_replace_{found.id}") as form:
        family = kinds.family_of(found.content_type)
        endings = sorted(e for e, kind in kinds.BY_ENDING.items() if kinds.family_of(kind.content_type) is family)
        file: Any = form.field("file", st.file_uploader, f"At most {limits.size(limits.MAX_BYTES)}", type=endings)
        note = form.text("note", "What changed", max_chars=300)
        version = form.version(found.version)
        if form.submit("Store new version", icon="upload") and file is not None:
            given = ReplaceFile(found.id, version, file.name, file.getvalue(), note)
            if page.act(ctx, commands.replace_file, given, form=form, done="New version stored.", refresh=False):
                forget()
                page.refresh()


def _archive(ctx: PageContext, found: MediaDetail) -> None:
    name = f"archive_file_{found.id}"
    st.markdown(f"**Archive {escaped(found.file_name)}?**")
    st.markdown("It leaves the library. Where it is used it stays, and it can be restored.")
    version = page.seen_version(name, found.version)
    if page.pressed(f"Archive {found.file_name}", name=name, icon="inventory_2", primary=True):
        given = ArchiveFile(found.id, version)
        done = f"{found.file_name} archived."
        if page.act(ctx, commands.archive_file, given, key=name, done=done, refresh=False):
            forget()
            page.close_drawer("media")


def _go(step: str) -> None:
    st.session_state[_STEP] = step
