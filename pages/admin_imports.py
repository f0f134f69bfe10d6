"""Imports: upload, map, check, run, undo. Exports: what was taken, and how each download ended."""

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.operations import export_history
from eventos_core.operations.imports import queries
from eventos_core.ui import exporting, page
from eventos_core.ui.errors import escaped, panel
from eventos_core.ui.imports import batch, upload

ctx = page.start(
    "Imports and exports", requires=Permission.IMPORTS_RUN, or_requires=Permission.EXPORTS_RUN, icon="swap_vert"
)
imports = ctx.can(Permission.IMPORTS_RUN)
chosen = st.query_params.get("batch", "")

if imports and chosen.isdigit():
    kinds = page.read(ctx, queries.import_kinds)
    shown = page.read(ctx, queries.import_batch, int(chosen))
    page.link("All imports", page="admin_imports", icon="arrow_back")
    page.head(ctx, escaped(shown.file_name), caption=batch.caption(ctx, shown))
    batch.draw(ctx, kinds, shown)
    st.stop()

head = page.head(
    ctx,
    "Imports and exports",
    caption="Nothing is written before you have seen what would happen; a run can be undone."
    if imports
    else "What you took out of the house. Importing takes a permission that you do not have.",
    menu=exporting.menu(ctx, Permission.IMPORTS_RUN),
)
if imports:
    kinds = page.read(ctx, queries.import_kinds)
    if kinds:
        upload.panel(ctx, kinds)
    else:
        panel(
            "There is nothing you may import.",
            "Importing needs the permission to edit what is imported. Ask an owner or admin of the house.",
            icon="lock",
        )
    wanted, bar = upload.filter_row(ctx)
    exporting.answer(ctx, head, "imports", wanted, bar.picked)
    found = page.read(ctx, queries.import_batches, wanted, cursor=page.cursor("imports"), size=20)
    upload.history(ctx, found, bar, narrowed=wanted != queries.ImportFilter())
if ctx.can(Permission.EXPORTS_RUN):
    exporting.history(ctx, page.read(ctx, export_history.exports_so_far, cursor=page.cursor("exports"), size=20))
page.drawers({"export": page.Drawer("Export", lambda raw: exporting.drawer(ctx, raw), width=480, icon="download")})
