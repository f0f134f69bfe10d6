"""Uploading a file, and the imports so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from eventos_core.enums.operations import ImportKind, ImportStatus
from eventos_core.operations.imports import commands, limits, queries
from eventos_core.operations.imports.queries import ImportFilter, KindShown
from eventos_core.operations.lists import PageOf
from eventos_core.ui import address, page, tables, views
from eventos_core.ui.acting import say
from eventos_core.ui.errors import escaped
from eventos_core.ui.forms import next_render, render_key
from eventos_core.ui.imports import words
from eventos_core.ui.page import PageContext
from eventos_core.ui.tables import Column
from eventos_core.ui.views import Bar

_TYPES = ("csv", "tsv", "txt", "xlsx", "xls", "ods", "json")
_NAME = "import_upload"


def panel(ctx: PageContext, kinds: Sequence[KindShown]) -> None:
    """What the file holds, where it goes, and the file itself."""
    with st.container(border=True, key="import_upload_panel"):
        st.subheader("Upload a file", anchor=False)
        labels = {kind.key: kind for kind in kinds}
        with st.container(horizontal=True, vertical_alignment="bottom"):
            wanted = st.query_params.get("import_kind", "")
            kind = labels.get(wanted, kinds[0])
            st.selectbox(
                "What is in it", list(labels), format_func=lambda k: labels[k].label,
                **address.widget("import_kind", kind.key, default=kinds[0].key),
            )  # fmt: skip
            event = _event(ctx, kind)
            mapping_id = _saved(ctx, kind)
        known = ", ".join(label for _, label in kind.formats)
        if known:
            st.caption(f"Recognised by their headers: {escaped(known)}. Any other file is mapped by hand.")
        uploaded = st.file_uploader(
            f"CSV, Excel, OpenDocument or JSON: at most {limits.MAX_BYTES // (1024 * 1024)} MB, "
            f"{limits.MAX_ROWS:,} rows and {limits.MAX_COLUMNS} columns".replace(",000", "\u202f000"),
            type=_TYPES,
            key=render_key(_NAME),
        )
        with st.expander("Encoding, separator, sheet"):
            st.caption("Left empty, they are found out.")
            with st.container(horizontal=True):
                encoding = st.text_input("Encoding", key="import_encoding", placeholder="utf-8")
                delimiter = st.text_input("Separator", key="import_delimiter", placeholder=";", max_chars=1)
                sheet = st.text_input("Sheet", key="import_sheet", placeholder="the first one with data")
        if uploaded is None:
            return
        if kind.needs_event and event is None:
            st.info("Choose the event that the rows belong to.", icon=":material/event:")
            return
        if st.button("Read the file", type="primary", icon=":material/upload_file:", key=f"{render_key(_NAME)}-go"):
            given = commands.UploadImport(
                kind=kind.key,
                file_name=uploaded.name,
                content=uploaded.getvalue(),
                event=event,
                mapping_id=mapping_id,
                encoding=encoding.strip(),
                delimiter=delimiter,
                sheet=sheet.strip(),
            )
            _read(ctx, given)


def _read(ctx: PageContext, given: commands.UploadImport) -> None:
    with st.spinner("Reading the file …"):
        made = page.act(ctx, commands.upload_import, given, key=_NAME, refresh=False)
    if made is None:
        return
    next_render(_NAME)
    if made.same_as is not None:
        say("The very same file was imported before; rows without anything new will be left out.", icon="info")
    if len(made.sheets) > 1:
        say(f"The file has {len(made.sheets)} sheets: {', '.join(made.sheets)}.", icon="info")
    page.go("admin_imports", batch=made.batch_id)


def _event(ctx: PageContext, kind: KindShown) -> str | None:
    if not (kind.needs_event or kind.takes_event):
        return None
    names = {event.slug: event.name for event in ctx.visit.events}
    slugs = list(names)
    here = ctx.event.slug if kind.needs_event and ctx.event and ctx.event.slug in names else None
    chosen: str | None = st.selectbox(
        "For which event" if kind.needs_event else "Event of rows that name none", slugs,
        index=None if here is None else slugs.index(here), format_func=lambda slug: names[slug],
        placeholder="Choose an event" if kind.needs_event else "None in particular", key=f"import_event_{kind.key}",
    )  # fmt: skip
    return chosen


def _saved(ctx: PageContext, kind: KindShown) -> int | None:
    saved = page.read(ctx, queries.import_mappings, kind.key)
    if not saved:
        return None
    names = {mapping.id: mapping.name for mapping in saved}
    chosen: int | None = st.selectbox(
        "Mapping", list(names), index=None, format_func=lambda mapping_id: names[mapping_id],
        placeholder="Recognise or propose one", key=f"import_mapping_{kind.key}",
    )  # fmt: skip
    if chosen is not None:
        name = f"forget_mapping_{chosen}"
        if page.pressed("Forget this mapping", name=name, icon="delete"):
            gone = f"The mapping “{names[chosen]}” is forgotten."
            page.act(ctx, commands.delete_mapping, commands.DeleteMapping(chosen), key=name, done=gone)
    return chosen


COLUMNS = (
    Column("file_name", "File"),
    Column("kind", "What", width="small"),
    Column("state", "Status", "status", meanings=dict(words.STATES.values()), width="small"),
    Column("rows", "Rows", "count", width="small"),
    Column("created", "New", "count", width="small"),
    Column("updated", "Changed", "count", width="small"),
    Column("rejected", "Refused", "count", width="small"),
    Column("created_at", "Uploaded", "instant"),
    Column("by", "By"),
    Column("skipped", "Left out", "count", width="small", extra=True),
    Column("conflicts", "Conflicts", "count", width="small", extra=True),
    Column("finished_at", "Finished", "instant", extra=True),
    Column("undo_until", "Can be undone until", "instant", extra=True),
    Column("error", "Error", extra=True),
)


@dataclass(frozen=True)
class Wish:
    """The filter row as the URL says it."""

    kind: ImportKind | None = None
    status: ImportStatus | None = None


def filter_row(ctx: PageContext) -> tuple[ImportFilter, Bar]:
    """What to list of the imports so far."""
    st.subheader("Imports so far", anchor=False)
    bar = views.bar(ctx, "imports", "All imports", columns=COLUMNS)
    wish = page.filters(Wish, prefix="imports", labels={"kind": "What", "status": "Status"}, bar=bar)
    return ImportFilter(wish.kind, wish.status), bar


def history(ctx: PageContext, found: PageOf, bar: Bar, *, narrowed: bool) -> None:
    """Imports so far, newest first; a row opens the import."""
    if found.frame.empty and narrowed:
        st.caption("No import matches. Change the filters.")
        return
    if found.frame.empty:
        st.caption("None yet. Upload a file above; nothing is written before you have seen what would happen.")
        return
    frame = found.frame.assign(
        state=[words.STATES[ImportStatus(status)][0] for status in found.frame["status"]],
        kind=[kind.replace("_", " ").capitalize() for kind in found.frame["kind"]],
    )
    tables.table(
        frame, bar.columns,
        key="imports", alt="Imports, newest first; choose one to open it", zone=ctx.house.zone, lang=ctx.locale,
        opens="batch", rows=12,
    )  # fmt: skip
    page.pager(found, prefix="imports")
