"""“Export” in a page's menu: registers a list or a document, and lets the browser fetch the file.

The page of imports and exports shows what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.enums.operations import ExportFormat, RunStatus
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import export_history, exports
from eventos_core.operations.documents import making
from eventos_core.operations.documents.making import RequestDocument
from eventos_core.operations.exports import RequestExport
from eventos_core.operations.files import limits
from eventos_core.operations.lists import PageOf
from eventos_core.ui import components, formats, page, tables
from eventos_core.ui.errors import escaped, panel
from eventos_core.ui.page import Head, PageContext
from eventos_core.ui.tables import Column, Meaning

_STATES: dict[str, Meaning] = {
    "Not fetched": "gray", "Never fetched": "gray", "Downloading": "blue", "Done": "green", "Failed": "red",
    "Broken off": "orange",
}  # fmt: skip
_SAID = {
    RunStatus.RUNNING: "Downloading", RunStatus.DONE: "Done", RunStatus.FAILED: "Failed",
    RunStatus.CANCELLED: "Broken off",
}  # fmt: skip
_CSV = "Export as CSV"
_FORMATS = {_CSV: ExportFormat.CSV, "Export as Excel": ExportFormat.XLSX}


def menu(
    ctx: PageContext,
    requires: Permission,
    *papers: str,
    lists: bool = True,
    also: Sequence[str] = (),
    parts: Sequence[str] = (),
) -> list[str]:
    """The menu's entries for documents and a list that take `requires` to export, and for the page's other lists.

    None for who may not; `also` names the other lists, `parts` the view's further tables: the Excel file holds them
    as sheets (`Exportable.sheets`), as CSV each is a file of its own.
    """
    if not (ctx.can(requires) and ctx.can(Permission.EXPORTS_RUN)):
        return []
    offered = [*papers, *(_entry(label, what) for what in ("", *also) for label in _FORMATS if lists)]
    return [*offered, *(_entry(_CSV, what) for what in parts)]


def answer(
    ctx: PageContext, head: Head, kind: str, filters: Any, columns: tuple[str, ...] = (), *, also: str = ""
) -> None:
    """If an entry was chosen: register the list `kind` under the filters in force and start the download.

    `columns` are those that the person chose; the file then holds these, else all there are. `also` names one of the
    page's other lists or tables, as in `menu`.
    """
    chosen = {_entry(label, also): made for label, made in _FORMATS.items()}.get(head.menu or "")
    if chosen is not None:
        start(ctx, kind, filters, chosen, columns)


def _entry(label: str, what: str) -> str:
    """“Export as CSV”, “Export spaces as CSV”."""
    return label.replace("Export ", f"Export {what} ") if what else label


def paper(ctx: PageContext, chosen: str | None, papers: Mapping[str, RequestDocument]) -> None:
    """If the entry of a document was chosen: have it made and fetched, or say that it comes."""
    asked = papers.get(chosen or "")
    if asked is None:
        return
    link = page.act(ctx, making.request_document, asked, refresh=False)
    if link is None:
        return
    if link.waiting:
        st.info(
            f"**{escaped(link.title)}** is being made. You are told under Notifications when it is there.",
            icon=":material/hourglass_top:",
        )
        return
    _ready(ctx, link.public_id, f"**{escaped(link.title)}** as {link.format.label}")


def start(ctx: PageContext, kind: str, filters: Any, chosen: ExportFormat, columns: tuple[str, ...] = ()) -> None:
    """Register the list and have the browser fetch it; draws the link to do it again."""
    link = page.act(ctx, exports.request_export, RequestExport(kind, filters, chosen, columns), refresh=False)
    if link is not None:
        said = f"**{escaped(link.title)}** · {formats.plural(link.rows, 'row')} as {chosen.label}"
        _ready(ctx, link.public_id, said)


def _ready(ctx: PageContext, public_id: str, said: str) -> None:
    url = f"/h/{ctx.house.account_slug}/exports/{public_id}"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="export_ready"):
        st.markdown(
            f":material/download: {said}. "
            ":gray[The download has started; the link holds for 24 hours and for you alone.]",
            width="stretch",
        )
        st.link_button("Download again", url, type="tertiary")
    components.download(url, key="export_download")


def history(ctx: PageContext, found: PageOf) -> None:
    """What was taken so far, newest first; a row opens the export."""
    st.subheader("Exports so far", anchor=False)
    if found.frame.empty:
        st.caption("None yet. “Export as CSV” and “Export as Excel” stand in the menu of each list.")
        return
    all_of_house = ctx.can(Permission.AUDIT_READ)
    frame = found.frame.assign(
        state=[
            _state(RunStatus(status), expires_at)
            for status, expires_at in zip(found.frame["status"], found.frame["expires_at"], strict=True)
        ],
        format=[ExportFormat(one).label for one in found.frame["format"]],
        size=pd.Series(
            [None if formats.missing(one) else limits.size(int(one)) for one in found.frame["size_bytes"]],
            dtype="string",
        ),
    )
    tables.table(
        frame,
        [
            Column("title", "List"),
            Column("state", "Status", "status", meanings=_STATES, width=120),
            Column("format", "Format", width="small"),
            Column("rows", "Rows", "count", width="small"),
            Column("size", "Size", width="small"),
            Column("downloads", "Downloads", "count", width="small"),
            Column("created_at", "Asked for", "instant"),
            *([Column("by", "By")] if all_of_house else []),
        ],
        key="exports", alt="Exports, newest first; choose one to see how it ended", zone=ctx.house.zone,
        lang=ctx.locale, opens="export", rows=12,
    )  # fmt: skip
    page.pager(found, prefix="exports")


def drawer(ctx: PageContext, raw_id: str) -> None:
    """One export: how its latest download ended, what it was narrowed by, and the file again while the link holds."""
    if not raw_id.isdigit():
        panel("This link names no export.", "Go back to the list.", icon="search_off")
        return
    one = page.read(ctx, export_history.export, int(raw_id))
    st.title(escaped(one.title), anchor=False)
    state = _state(one.status, one.expires_at)
    st.markdown(f":{_STATES[state]}-badge[{state}]")
    rows = formats.plural(one.rows, "row")
    size = f", {limits.size(one.size_bytes)}" if one.size_bytes is not None else ""
    asked = formats.instant(one.created_at, ctx.house.zone, ctx.locale)
    by = f" by {escaped(one.by)}" if one.by else ""
    st.caption(f"{one.format.label}, {rows}{size} · asked for {escaped(asked)}{by}")
    if one.finished_at is not None:
        ended = formats.instant(one.finished_at, ctx.house.zone, ctx.locale)
        which = "Download" if one.downloads == 1 else f"Latest of {formats.plural(one.downloads, 'download')}"
        st.caption(f"{which} ended {escaped(ended)}")
    if one.error and one.status in (RunStatus.FAILED, RunStatus.CANCELLED):
        st.warning(escaped(one.error), icon=":material/error:")
    for name, value in one.filters.items():
        told = ", ".join(map(str, value)) if isinstance(value, list) else value
        st.markdown(f"{escaped(name.strip('_').replace('_', ' ').capitalize())}: **{escaped(str(told))}**")
    if one.sha256:
        st.caption("SHA-256 of the file, to prove that a copy is this one:")
        st.code(one.sha256, language=None, wrap_lines=True)
    if one.link_open:
        st.link_button(
            "Download again", f"/h/{ctx.house.account_slug}/exports/{one.public_id}", icon=":material/download:"
        )
    else:
        st.caption("Its link has expired or is somebody else’s: open the list and export it again.")


def _state(status: RunStatus, expires_at: Any) -> str:
    if status is RunStatus.QUEUED:
        return "Never fetched" if expires_at <= clock.now() else "Not fetched"
    return _SAID[status]
