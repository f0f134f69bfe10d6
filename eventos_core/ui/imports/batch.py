"""One import from upload to undo, by where it stands."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from eventos_core.enums.operations import ImportStatus
from eventos_core.operations.imports import commands
from eventos_core.operations.imports.queries import BatchShown, KindShown
from eventos_core.ui import formats, page
from eventos_core.ui.errors import panel
from eventos_core.ui.imports import mapping, meanings, preview, run, words
from eventos_core.ui.page import PageContext

_OPEN = (ImportStatus.UPLOADED, ImportStatus.MAPPED, ImportStatus.PREVIEWED, ImportStatus.FAILED)


def caption(ctx: PageContext, batch: BatchShown) -> str:
    """“Contacts · 200 rows · To check”."""
    state, _ = words.STATES[batch.status]
    parts = [batch.kind.replace("_", " ").capitalize(), f"{formats.count(batch.rows)} rows", state]
    if batch.finished_at:
        parts.append(formats.instant(batch.finished_at, ctx.house.zone, ctx.locale))
    details = [part for part in (batch.encoding, f"sheet {batch.sheet}" if batch.sheet else "") if part]
    return " · ".join([*parts, *details])


def draw(ctx: PageContext, kinds: Sequence[KindShown], batch: BatchShown) -> None:
    """What there is to do or to see now."""
    kind = next((kind for kind in kinds if kind.key == batch.kind), None)
    if run.waits(batch):
        run.progress(ctx, batch)
        return
    if batch.status in _OPEN:
        if kind is None:
            panel(
                "You may see this import, not run it.",
                "It writes records that need a permission of their own. Ask an owner or admin of the house.",
                icon="lock",
            )
            return
        _open(ctx, kind, batch)
        return
    if batch.status is ImportStatus.CANCELLED:
        panel(
            "This import was stopped.", "Nothing of it was written. Upload the file again to start over.", icon="cancel"
        )
        return
    run.result(ctx, kind, batch)
    with st.expander("Keep the mapping for the next file", icon=":material/bookmark:"):
        mapping.keep_by_name(ctx, batch)


def _open(ctx: PageContext, kind: KindShown, batch: BatchShown) -> None:
    preview.failure(batch)
    st.subheader("1 · Where each column goes", anchor=False)
    mapping.section(ctx, kind, batch)
    if batch.status is not ImportStatus.UPLOADED:
        if kind.explained:
            st.subheader("2 · What each value means", anchor=False)
        else:
            st.subheader("2 · What would happen", anchor=False)
        ready = preview.checked(batch)
        if kind.explained:
            if ready:
                meanings.section(ctx, batch)
            st.subheader("3 · What would happen", anchor=False)
        preview.section(ctx, kind, batch, ready=ready)
        with st.expander("Keep the mapping for the next file", icon=":material/bookmark:"):
            mapping.keep_by_name(ctx, batch)
    name = f"drop_import_{batch.id}"
    if page.pressed("Do not import this file", name=name, icon="delete"):
        dropped = "The file is put aside; nothing was written."
        page.act(ctx, commands.cancel_import, commands.BatchNamed(batch.id), key=name, done=dropped)
