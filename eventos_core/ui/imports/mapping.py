"""Which column goes to which field, with samples; values replaced on the way; a mapping kept by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.db.registry import read
from eventos_core.operations.imports import commands
from eventos_core.operations.imports.fields import CUSTOM, IGNORED
from eventos_core.operations.imports.queries import BatchShown, KindShown
from eventos_core.operations.imports.samples import ColumnSample, import_samples
from eventos_core.ui import cache, formats, page
from eventos_core.ui.errors import escaped
from eventos_core.ui.imports import words
from eventos_core.ui.page import PageContext

_KEEP = CUSTOM.rstrip(".")


def section(ctx: PageContext, kind: KindShown, batch: BatchShown) -> None:
    """The mapping of an import that has not run yet."""
    samples = cache.kept(
        ctx, "import_samples", batch.id, lambda: read(ctx.credential, import_samples, batch.id), batch.id
    )
    recognised = next((label for key, label in kind.formats if key == batch.mapping.format), None)
    mapped = sum(1 for c in batch.mapping.columns if not c.target.startswith(CUSTOM) and c.target != IGNORED)
    columns = len(batch.mapping.columns)
    st.caption(
        (f"Recognised as {escaped(recognised)}. " if recognised else "")
        + (
            f"All {columns} columns go to a field."
            if mapped == columns
            else f"{mapped} of {columns} columns go to a field, the others are kept as extra fields or left out."
        )
    )
    with page.form(f"mapping_{batch.id}") as form:
        targets = _editor(form.key, kind, batch, samples)
        # What is made for unknown values is asked beside those values, where the kind has such a step.
        allowed = None if kind.explained or not kind.creatable else _allowed(form, kind, batch)
        with st.expander("Replace values while reading"):
            replaced = _replacements(form.key, kind, batch)
        if form.submit("Save mapping and check again"):
            given = commands.MapImport(batch.id, targets=targets, value_maps=replaced, create_missing=allowed)
            page.act(ctx, commands.map_import, given, form=form, done="Mapping saved.")


def keep_by_name(ctx: PageContext, batch: BatchShown) -> None:
    """Keep the mapping for the next file of this kind."""
    with page.form(f"keep_mapping_{batch.id}") as form:
        name = form.text("name", "Name of the mapping", placeholder="Old CRM, monthly export", max_chars=200)
        if form.submit("Keep this mapping"):
            given = commands.SaveMapping(batch.id, name)
            page.act(ctx, commands.save_mapping, given, form=form, done=f"Mapping “{name}” kept.")


def _editor(key: str, kind: KindShown, batch: BatchShown, samples: Sequence[ColumnSample]) -> tuple[str, ...]:
    labels = {_KEEP: "Keep as an extra field", IGNORED: "Leave out"} | {f.key: f.label for f in kind.fields}
    frame = pd.DataFrame(
        {
            "Column": [sample.label for sample in samples],
            "Goes to": [_shown_target(batch.mapping.columns[sample.position].target) for sample in samples],
            "Filled": [100 * sample.filled // max(sample.looked_at, 1) for sample in samples],
            "Examples": [" · ".join(sample.values) or formats.DASH for sample in samples],
        }
    )
    edited = st.data_editor(
        frame,
        key=f"{key}-editor",
        num_rows="fixed",
        hide_index=True,
        disabled=["Column", "Filled", "Examples"],
        height=36 * (min(len(frame), 14) + 1) + 3,
        row_height=36,
        column_config={
            "Column": st.column_config.TextColumn(pinned=True),
            "Goes to": st.column_config.SelectboxColumn(
                options=list(labels), format_func=lambda target: labels.get(str(target), str(target)), required=True
            ),
            "Filled": st.column_config.ProgressColumn(format="%d%%", min_value=0, max_value=100, width="small"),
            "Examples": st.column_config.TextColumn(width="large"),
        },
        alt="Columns of the file with the field each goes to",
    )
    return tuple(str(target) for target in edited["Goes to"])


def _shown_target(target: str) -> str:
    return _KEEP if target.startswith(CUSTOM) else target


def _allowed(form: Any, kind: KindShown, batch: BatchShown) -> tuple[str, ...]:
    chosen = form.field(
        "create_missing",
        st.multiselect,
        "Create what the file names and the house lacks",
        list(kind.creatable),
        default=[what for what in batch.mapping.create_missing if what in kind.creatable],
        format_func=lambda what: words.CREATABLE[str(what)],
        placeholder="Nothing: refuse such rows",
    )
    return tuple(chosen)


def _replacements(key: str, kind: KindShown, batch: BatchShown) -> Mapping[str, Mapping[str, str]]:
    labels = {f.key: f.label for f in kind.fields}
    rows = [(field, old, new) for field, replaced in batch.mapping.value_maps.items() for old, new in replaced.items()]
    frame = pd.DataFrame(rows, columns=["Field", "In the file", "Read as"], dtype="string")
    edited = st.data_editor(
        frame,
        key=f"{key}-values",
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "Field": st.column_config.SelectboxColumn(
                options=list(labels), format_func=lambda f: labels.get(str(f), str(f))
            ),
        },
        alt="Values of the file and what to read instead",
    )
    found: dict[str, dict[str, str]] = {}
    for field, old, new in edited.itertuples(index=False, name=None):
        if not (formats.missing(field) or formats.missing(old) or formats.missing(new)) and str(old).strip():
            found.setdefault(str(field), {})[str(old).strip()] = str(new).strip()
    return found
