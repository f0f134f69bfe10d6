"""An event's workspace: summary, figures, editing, the steps of its life."""

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.ui import exporting, page
from eventos_core.ui.events import forms, papers, sharing, workspace

ctx = page.start("Event workspace", requires=Permission.EVENTS_READ, icon="event", needs_event=True)
if ctx.event is None:
    st.stop()
found = workspace.read(ctx, ctx.event.slug)
detail = found.detail
may_edit = ctx.can(Permission.EVENTS_WRITE) and detail.archived_at is None
editing = may_edit and "edit" in st.query_params

head = workspace.head(ctx, detail)
workspace.answer(ctx, head, detail)
exporting.paper(ctx, head.menu, papers.programme(detail.id))
workspace.status_line(detail, ctx.locale)
if detail.archived_at is not None:
    forms.restore(ctx, detail)

if editing:
    forms.edit_page(ctx, detail)
else:
    workspace.parts(ctx)
    page.tiles(ctx, found.figures, columns=max(1, len(found.figures)))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        workspace.facts(ctx, detail)
    with right:
        workspace.programme(ctx, found)


def step(wanted: str) -> None:
    """The body of the dialog that confirms a step."""
    forms.step(ctx, detail, wanted)


def archive(_: str) -> None:
    """The body of the dialog that confirms archiving."""
    forms.archive(ctx, detail)


if "share" not in st.query_params:
    sharing.forget()
drawers = {"share": page.Drawer("Share the programme", lambda _: sharing.draw(ctx, detail), width=560, icon="share")}
if may_edit:
    drawers["step"] = page.Drawer("Next step", step, position="center", width="small")
    drawers["archive"] = page.Drawer("Archive event", archive, position="center", width="small")
page.drawers(drawers)
