"""Media assets: pictures, films and documents of the house, with rights and versions."""

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.operations.files import queries
from eventos_core.operations.files.queries import MediaFilter
from eventos_core.ui import exporting, page, views
from eventos_core.ui.media import drawer, forms, library

ctx = page.start("Media assets", requires=Permission.PROMOTE_READ, icon="perm_media")
may_add = ctx.can(Permission.PROMOTE_WRITE)
head = page.head(
    ctx, "Media assets",
    caption=library.caption(page.read(ctx, queries.media_room)),
    primary=("Add files", "upload"), primary_requires=Permission.PROMOTE_WRITE,
    menu=exporting.menu(ctx, Permission.PROMOTE_READ),
)  # fmt: skip
if head.primary:
    forms.begin()

wanted = library.filter_row(ctx, views.bar(ctx, "media", "All files"))
exporting.answer(ctx, head, "media", wanted)
found = page.read(ctx, queries.media, wanted, cursor=page.cursor(library.PREFIX), size=library.SIZE)
if not found.frame.empty:
    library.grid(ctx, found)
elif wanted != MediaFilter():
    page.nothing_yet("No file matches.", hint="Change the search or the filters.", icon="filter_alt")
elif page.nothing_yet(
    "No files yet.",
    hint="Add pictures of your shows, logos and documents; say what they may be used for, and until when.",
    action="Add the first files" if may_add else None,
    icon="perm_media",
):
    forms.begin()

if "media" not in st.query_params:
    drawer.forget()


def add(_: str) -> None:
    """The drawer's body for new files."""
    forms.add(ctx)


def show(asset_id: str) -> None:
    """The drawer's body for one file."""
    drawer.show(ctx, asset_id)


page.drawers(
    {
        "new": page.Drawer("Add files", add, width=520, icon="upload", allowed=may_add),
        "media": page.Drawer("File", show, width=560, icon="perm_media"),
    }
)
