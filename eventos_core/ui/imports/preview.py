"""What an import would do, row by row, before anything is written; then the button that does it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from eventos_core.db.registry import read
from eventos_core.enums.operations import ImportVerdict
from eventos_core.kernel.errors import EventOSError
from eventos_core.operations.imports import commands, queries
from eventos_core.operations.imports.batches import ImportResult
from eventos_core.operations.imports.made import Remark
from eventos_core.operations.imports.queries import BatchShown, KindShown, Preview
from eventos_core.ui import cache, errors, formats, page
from eventos_core.ui.errors import escaped
from eventos_core.ui.imports import told, words
from eventos_core.ui.page import PageContext

AT_ONCE = 5_000
"""Rows that are checked without asking; larger files wait for a press, since checking reads all of them."""


def checked(batch: BatchShown) -> bool:
    """Whether all rows may be read now; where they are many, a button asks for it."""
    asked = f"_import_check_{batch.id}"
    if batch.rows <= AT_ONCE or st.session_state.get(asked):
        return True
    st.caption(f"Checking reads all {formats.count(batch.rows)} rows and takes a moment; nothing is written.")
    if st.button("Check all rows", icon=":material/fact_check:", key=f"check_{batch.id}"):
        st.session_state[asked] = True
        st.rerun()
    return False


def section(ctx: PageContext, kind: KindShown, batch: BatchShown, *, ready: bool) -> None:
    """Counts, rows by verdict, errors, and the start; without `ready` the start alone."""
    if not ready:
        start(ctx, kind, batch, None)
        return
    try:
        with st.spinner("Checking every row …"):
            found = cache.kept(
                ctx,
                "import_preview",
                (batch.status, batch.error, repr(batch.mapping)),
                lambda: read(ctx.credential, queries.import_preview, batch.id),
                batch.id,
            )
    except EventOSError as error:
        errors.show(error)
        return
    counts(found.totals)
    start(ctx, kind, batch, found)
    _rows(ctx, kind, found)
    remarks(found.remarks)
    problems(found.totals)


def counts(totals: ImportResult) -> None:
    """The row of counts, in words and numbers."""
    figures = (
        ("Rows", totals.rows, "Rows of the file below its header."),
        ("New", totals.created, "Rows that make a new record."),
        ("Change", totals.updated, "Rows that change a record."),
        ("Nothing new", totals.skipped, "Rows that say nothing new, and duplicates within the file."),
        ("Conflicts", totals.conflicts, "Changed here and in the file since the last import: ours is kept."),
        ("Refused", totals.rejected, "Rows with an error; the reasons stand below."),
    )
    with st.grid(len(figures), min_column_width=110):
        for label, value, help_text in figures:
            st.metric(label, formats.count(value), help=help_text, border=True)


def start(ctx: PageContext, kind: KindShown, batch: BatchShown, found: Preview | None) -> None:
    """Run it in the background; how many rows that means stands on the button."""
    name = f"start_import_{batch.id}"
    writes = found.totals.created + found.totals.updated + found.totals.conflicts if found else batch.rows
    with st.container(horizontal=True, vertical_alignment="center"):
        if writes == 0:
            st.info("No row would change anything.", icon=":material/info:")
            return
        rows = f"{formats.count(writes)} row{'' if writes == 1 else 's'}"
        if page.pressed(f"Import {rows}", name=name, icon="play_arrow", primary=True):
            begun = page.act(ctx, commands.start_import, commands.BatchNamed(batch.id), key=name, refresh=False)
            if begun is not None:
                st.query_params["watch"] = "1"
                st.rerun()
        st.caption("Runs in the background, all or nothing; it can be undone afterwards.", width="content")


def _rows(ctx: PageContext, kind: KindShown, found: Preview) -> None:
    present = [v for v in ImportVerdict if any(row.verdict is v for row in found.rows)]
    if not present:
        return
    chosen = st.segmented_control(
        "Rows", present, default=present[0], required=True, format_func=lambda v: words.VERDICTS[v],
        key="preview_verdict", label_visibility="collapsed",
    )  # fmt: skip
    rows = [row for row in found.rows if row.verdict is chosen]
    frame = pd.DataFrame(
        {
            "Row": [row.row for row in rows],
            "Record": [row.record or formats.DASH for row in rows],
            "What": [
                told.changes(ctx, kind, row.changes, row.values.get("currency"))
                if row.changes
                else told.values(ctx, kind, row.values)
                for row in rows
            ],
            "Remarks": [" ".join(row.problems) or formats.DASH for row in rows],
        }
    )
    if all(row.verdict is not ImportVerdict.UPDATE and not row.record for row in rows):
        frame = frame.drop(columns="Record")
    if not any(row.problems for row in rows):
        frame = frame.drop(columns="Remarks")
    st.dataframe(
        frame, hide_index=True, height=36 * (min(len(frame), 10) + 1) + 3, row_height=36,
        column_config={"Row": st.column_config.NumberColumn(width="small", pinned=True)},
        alt=f"Rows with the verdict {words.VERDICTS[chosen] if chosen else ''}",
    )  # fmt: skip
    if len(rows) == 50:
        st.caption("The first 50 rows of this verdict.")


def remarks(found: Sequence[Remark]) -> None:
    """What was said of the rows, value by value, with the number of rows."""
    if not found:
        return
    st.markdown("**Why rows were remarked on**")
    frame = pd.DataFrame(
        {
            "Rows": [one.rows for one in found],
            "Column": [one.column or formats.DASH for one in found],
            "Value": [one.value or formats.DASH for one in found],
            "Reason": [one.reason for one in found],
        }
    )
    st.dataframe(
        frame, hide_index=True, height=36 * (min(len(frame), 10) + 1) + 3, row_height=36,
        column_config={
            "Rows": st.column_config.NumberColumn(width="small", pinned=True),
            "Reason": st.column_config.TextColumn(width="large"),
        },
        alt="Remarks by column, value and reason, with how many rows have each",
    )  # fmt: skip


def problems(totals: ImportResult) -> None:
    """Errors and remarks by row, column, value and reason."""
    if not totals.errors:
        return
    st.markdown(f"**Errors and remarks** · {formats.count(len(totals.errors))}")
    shown = totals.errors[:1000]
    frame = pd.DataFrame(shown, columns=["Row", "Column", "Value", "Reason"])
    st.dataframe(
        frame, hide_index=True, height=36 * (min(len(frame), 10) + 1) + 3, row_height=36,
        column_config={
            "Row": st.column_config.NumberColumn(width="small", pinned=True),
            "Reason": st.column_config.TextColumn(width="large"),
        },
        alt="Errors and remarks by row, column, value and reason",
    )  # fmt: skip
    if len(totals.errors) > len(shown):
        st.caption(f"The first {formats.count(len(shown))}.")


def failure(batch: BatchShown) -> None:
    """Why the last run failed whole."""
    if batch.error:
        st.error(f"The run failed and left nothing behind: {escaped(batch.error)}", icon=":material/error:")
