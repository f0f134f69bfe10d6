"""An import under way, what came of it, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from eventos_core.db.registry import read
from eventos_core.enums.operations import ExportFormat, ImportStatus, ImportVerdict, UndoVerdict
from eventos_core.kernel import clock
from eventos_core.kernel.errors import EventOSError
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.imports import commands, queries
from eventos_core.operations.imports.made import import_made, import_remarks
from eventos_core.operations.imports.queries import BatchShown, KindShown
from eventos_core.operations.imports.rejected import RejectedRows
from eventos_core.operations.imports.undoing import KEPT
from eventos_core.ui import errors, exporting, formats, navigation, page, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.imports import preview, told, words
from eventos_core.ui.page import PageContext
from eventos_core.ui.segments import segments
from eventos_core.ui.tables import Column

_TICK = "1s"
_NAMED = 12
"""Records named of each kind."""
_UNDER_WAY = (ImportStatus.RUNNING, ImportStatus.UNDOING)


def waits(batch: BatchShown) -> bool:
    """Whether the run is under way, or was started from this page and waits for the worker."""
    queued = st.query_params.get("watch") == "1" and batch.status in (ImportStatus.MAPPED, ImportStatus.PREVIEWED)
    return batch.status in _UNDER_WAY or queued


def progress(ctx: PageContext, batch: BatchShown) -> None:
    """How far it is, refreshed by itself; the page can be left and opened again."""

    @st.fragment(run_every=_TICK)
    def ticking() -> None:
        try:
            now = read(ctx.credential, queries.import_batch, batch.id)
        except EventOSError as error:
            errors.show(error)
            return
        if not waits(now):
            st.query_params.pop("watch", None)
            st.rerun(scope="app")
        share = now.progress / now.rows if now.rows else 0.0
        label = "Waiting for the worker …"
        if now.status is ImportStatus.UNDOING:
            label = "Taking it back …"
        elif now.status is ImportStatus.RUNNING:
            label = f"{formats.count(now.progress)} of {formats.count(now.rows)} rows"
        st.progress(min(1.0, share), text=label)

    with st.container(border=True, key="import_progress"):
        ticking()
        st.caption("You may leave this page; the import goes on, and this link shows how far it is.")
        name = f"cancel_import_{batch.id}"
        if batch.status is not ImportStatus.UNDOING and page.pressed("Stop the import", name=name, icon="cancel"):
            st.query_params.pop("watch", None)
            stopped = "The import is stopped; nothing of it was written."
            page.act(ctx, commands.cancel_import, commands.BatchNamed(batch.id), key=name, done=stopped)


def result(ctx: PageContext, kind: KindShown | None, batch: BatchShown) -> None:
    """What the run did, with links to the records, and the rows by verdict."""
    if batch.result is None:
        return
    preview.counts(batch.result)
    key, label = words.PAGES.get(batch.kind, ("", ""))
    if key and navigation.exists(key):
        page.link(label, page=key, icon="open_in_new")
    if batch.status is ImportStatus.UNDONE:
        told = [
            f"{formats.count(n)} {words.undo_label(verdict).lower()}" for verdict, n in batch.undo_counts.items() if n
        ]
        st.info(f"This import was taken back: {', '.join(told) or 'nothing was left to do'}.", icon=":material/undo:")
    _made(ctx, batch)
    _mend(ctx, batch)
    _undo(ctx, batch)
    _remarks(ctx, batch)
    _rows(ctx, kind, batch)


def _made(ctx: PageContext, batch: BatchShown) -> None:
    """What was made besides for the rows to name; after an undo, what of it went, and what stayed and why."""
    stands = "Still there" if batch.status is ImportStatus.UNDONE else "Made besides"
    for made in page.read(ctx, import_made, batch.id):
        what = words.CREATABLE[made.what].lower()
        there = [f"{escaped(one.name)} ({one.stays})" if one.stays else escaped(one.name) for one in made.records]
        _named(f"Removed besides, {what}", [escaped(name) for name in made.removed], made.removed_count)
        _named(f"{stands}, {what}", there, made.count)


def _named(said: str, names: Sequence[str], count: int) -> None:
    """“Made besides, stages: A, B and 3 more”; nothing where there are none."""
    shown = names[:_NAMED]
    more = f" and {formats.count(count - len(shown))} more" if count > len(shown) else ""
    if shown:
        st.markdown(f"**{said}:** {', '.join(shown)}{more}")


def _remarks(ctx: PageContext, batch: BatchShown) -> None:
    """Everything said of the rows, with how many it was said of."""
    if batch.result is None or not batch.result.errors:
        return
    preview.remarks(page.read(ctx, import_remarks, batch.id))


def _mend(ctx: PageContext, batch: BatchShown) -> None:
    """The rejected rows as a file, for as long as their cells are kept."""
    if batch.result is None or not batch.result.rejected or batch.undo_until is None:
        return
    if not ctx.can(Permission.EXPORTS_RUN):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="import_mend"):
        pressed = st.button("Rejected rows as CSV", icon=":material/download:", key=f"rejected_{batch.id}")
        st.caption("With the reason of each: mend them and import just that file.", width="content")
    if pressed:
        exporting.start(ctx, "import_rejected", RejectedRows(batch.id), ExportFormat.CSV)


def _rows(ctx: PageContext, kind: KindShown | None, batch: BatchShown) -> None:
    undone = batch.status is ImportStatus.UNDONE
    choices: dict[str, str] = {"all": "All rows"} | {
        v.value: words.VERDICTS[v]
        for v in (ImportVerdict.CREATE, ImportVerdict.UPDATE, ImportVerdict.CONFLICT, ImportVerdict.REJECT)
    }
    chosen = segments(
        "Rows", "rows_verdict", list(choices), "all", format_func=lambda v: choices[v], clears=("rows_at",)
    )
    verdict = ImportVerdict(chosen) if chosen != "all" else None
    found = page.read(ctx, queries.import_rows, batch.id, verdict=verdict, cursor=page.cursor("rows"))
    if found.frame.empty:
        st.caption("No such rows.")
        return
    frame = found.frame.assign(
        state=[words.VERDICTS[ImportVerdict(v)] for v in found.frame["verdict"]],
        remarks=pd.Series([_told(row) for row in found.frame["errors"]], dtype="string"),
        said=pd.Series([told.values(ctx, kind, row or {}) for row in found.frame["values"]], dtype="string"),
        taken_back=pd.Series(
            [_undo_told(v, r) for v, r in found.frame[["undo", "undo_reason"]].to_numpy()], dtype="string"
        ),
    )
    columns = [
        Column("row", "Row", "count", width="small"),
        Column("state", "Verdict", "status", meanings=words.VERDICT_COLOURS),
        Column("said", "As understood", width=560),
    ]
    if (frame["remarks"] != "").any():
        columns.append(Column("remarks", "Remarks", width="large"))
    if undone:
        columns.append(Column("taken_back", "Taken back"))
    tables.table(
        frame, columns, key="import_rows", alt="Rows of the import with their verdicts", zone=ctx.house.zone,
        lang=ctx.locale,
    )  # fmt: skip
    page.pager(found, prefix="rows")


def _undo(ctx: PageContext, batch: BatchShown) -> None:
    """Taking it back: asked once; rows that were kept may be forced one by one."""
    if batch.undo_until is None or batch.undo_until < clock.now():
        st.caption("Too long ago to be taken back.")
        return
    if batch.status is ImportStatus.UNDONE:
        _force(ctx, batch)
        return
    until = escaped(formats.instant(batch.undo_until, ctx.house.zone, ctx.locale))
    name, asked = f"undo_import_{batch.id}", f"_ask_undo_{batch.id}"
    with st.container(horizontal=True, vertical_alignment="center", key="import_undo"):
        if not st.session_state.get(asked):
            if st.button("Undo this import", icon=":material/undo:", key=f"ask_{name}"):
                st.session_state[asked] = True
                st.rerun()
            st.caption(f"Possible until {until}; what was edited since stays as it is.", width="content")
            return
        st.markdown(f"Take back **{escaped(batch.file_name)}**: remove what it made and put the old values back?")
        if page.pressed("Undo the import", name=name, icon="undo", primary=True):
            del st.session_state[asked]
            done = page.act(ctx, commands.undo_import, commands.UndoImport(batch.id), key=name, refresh=False)
            if done is not None:
                st.rerun()
        if st.button("Keep it", key=f"keep_{name}"):
            del st.session_state[asked]
            st.rerun()


def _force(ctx: PageContext, batch: BatchShown) -> None:
    if not any(batch.undo_counts.get(verdict.value) for verdict in KEPT):
        return
    kept = page.read(ctx, queries.import_rows, batch.id, size=500).frame
    kept = kept[kept["undo"].isin([verdict.value for verdict in KEPT])]
    if kept.empty:
        return
    with st.expander(f"{len(kept)} rows were kept as they are", icon=":material/front_hand:", expanded=True):
        st.caption("Forcing a row gives up what was edited since; a record that others must point to stays even then.")
        labels = {
            int(row): f"Row {row}: {reason}"
            for row, reason in kept[["row", "undo_reason"]].itertuples(index=False, name=None)
        }
        with page.form(f"force_{batch.id}") as form:
            chosen = form.field(
                "rows", st.multiselect, "Rows to take back all the same", list(labels),
                format_func=lambda number: labels[number], placeholder="None",
            )  # fmt: skip
            if form.submit("Take these rows back"):
                given = commands.UndoImport(batch.id, tuple(chosen))
                page.act(ctx, commands.undo_import, given, form=form, done="Rows taken back.")


def _told(problems: list[dict[str, str]]) -> str:
    return " ".join(
        f"{p['column']}: {p['reason']}" if p.get("column") else str(p.get("reason", "")) for p in problems or ()
    )


def _undo_told(verdict: object, reason: object) -> str:
    if formats.missing(verdict):
        return formats.DASH
    label = words.undo_label(UndoVerdict(str(verdict)).value)
    return label if formats.missing(reason) or not reason else f"{label}. {reason}"
