"""What values of the file mean that name nothing of the house's: read as one of ours, made, or their rows refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.db.registry import read
from eventos_core.kernel.errors import EventOSError
from eventos_core.operations.imports import commands
from eventos_core.operations.imports.meanings import FieldMeanings, import_meanings
from eventos_core.operations.imports.queries import BatchShown
from eventos_core.operations.imports.records import NewRecord
from eventos_core.operations.imports.values import squash
from eventos_core.ui import cache, errors, formats, page
from eventos_core.ui.imports import words
from eventos_core.ui.page import PageContext

_AS_IT_IS = "As it stands"
_HELP = {
    "owners": "As placeholders: they open nothing until you invite them on the Team page.",
    "pipelines": "Each with the stages that the file names for it, and Won and Lost. Deals without a stage stand in "
    "the first; where the file names none it is called New.",
}
ValueMaps = dict[str, dict[str, str]]


def section(ctx: PageContext, batch: BatchShown) -> None:
    """The values that need a meaning, one table per field, and what may be made for those left."""
    try:
        with st.spinner("Reading every value …"):
            found = cache.kept(
                ctx,
                "import_meanings",
                (batch.status, repr(batch.mapping)),
                lambda: read(ctx.credential, import_meanings, batch.id),
                batch.id,
            )
    except EventOSError as error:
        errors.show(error)
        return
    if not found:
        st.caption("Every value of the file is known here.")
        return
    st.caption(
        "These values name nothing of yours, or are spelt in several ways. Read them as what they mean, have them "
        "made, or leave them: rows whose value stays unknown are refused with the reason."
    )
    _suggested(ctx, batch, found)
    with page.form(f"meanings_{batch.id}") as form:
        maps: ValueMaps = {key: dict(values) for key, values in batch.mapping.value_maps.items()}
        create = list(batch.mapping.create_missing)
        made_as = {what: dict(named) for what, named in batch.mapping.made_as.items()}
        for meanings in found:
            st.markdown(_title(meanings, made=meanings.may_create and meanings.creatable in create))
            _replace(maps, meanings, _editor(form.key, meanings))
            _asked(form, meanings, create)
            if meanings.new and meanings.may_create:
                named = made_as.setdefault(meanings.creatable, {})
                for name, settings in _new(form.key, meanings).items():
                    named[name] = {**named.get(name, {}), **settings}
        if form.submit("Save meanings and check again"):
            given = commands.MapImport(batch.id, value_maps=maps, create_missing=tuple(create), made_as=made_as)
            page.act(ctx, commands.map_import, given, form=form, done="Meanings saved.")


def _suggested(ctx: PageContext, batch: BatchShown, found: Sequence[FieldMeanings]) -> None:
    """One press that takes the nearest name for every value that has one and no meaning yet."""
    maps: ValueMaps = {key: dict(values) for key, values in batch.mapping.value_maps.items()}
    taken = [(f.field, m.value, m.nearest[0]) for f in found for m in f.values if m.nearest and not m.read_as]
    if not taken:
        return
    for key, value, meant in taken:
        maps.setdefault(key, {})[value] = meant
    name = f"suggested_{batch.id}"
    label = f"Take the {formats.count(len(taken))} suggestions" if len(taken) > 1 else "Take the suggestion"
    if page.pressed(label, name=name, icon="auto_fix_high"):
        given = commands.MapImport(batch.id, value_maps=maps)
        page.act(ctx, commands.map_import, given, key=name, done="Suggestions taken; change what is wrong.")


def _title(meanings: FieldMeanings, *, made: bool) -> str:
    unknown, along = meanings.unknown_rows, meanings.along_rows
    if unknown and (made or along == unknown):
        told = f"made for {_rows(unknown)}"
    elif along:
        told = f"made for {_rows(along)}, unknown in {_rows(unknown - along)}"
    elif unknown:
        told = f"unknown in {_rows(unknown)}"
    elif all(meaning.read_as for meaning in meanings.values):
        told = "read as you said"
    else:
        told = "spelt in several ways"
    return f"**{meanings.label}** · {told}"


def _rows(number: int) -> str:
    return f"{formats.count(number)} row{'' if number == 1 else 's'}"


def _editor(key: str, meanings: FieldMeanings) -> dict[str, str]:
    """The table of one field; value → what to read instead, for those with a meaning."""
    offered = [_AS_IT_IS, *dict.fromkeys([*(m.read_as for m in meanings.values if m.read_as), *meanings.choices])]
    frame = pd.DataFrame(
        {
            "In the file": [meaning.value for meaning in meanings.values],
            "Rows": [meaning.rows for meaning in meanings.values],
            "Read as": [meaning.read_as or _AS_IT_IS for meaning in meanings.values],
            "Suggestion": [" · ".join(meaning.nearest) or formats.DASH for meaning in meanings.values],
        }
    )
    edited = st.data_editor(
        frame,
        key=f"{key}-{meanings.field}",
        num_rows="fixed",
        hide_index=True,
        disabled=["In the file", "Rows", "Suggestion"],
        height=36 * (min(len(frame), 8) + 1) + 3,
        row_height=36,
        column_config={
            "In the file": st.column_config.TextColumn(pinned=True, width="medium"),
            "Rows": st.column_config.NumberColumn(width="small"),
            "Read as": st.column_config.SelectboxColumn(options=offered, required=True)
            if meanings.choices
            else st.column_config.TextColumn(),
        },
        alt=f"{meanings.label}: values of the file with their rows and what to read instead",
    )
    if meanings.left_out:
        st.caption(f"{formats.count(meanings.left_out)} rarer values are not listed.")
    pairs = edited[["In the file", "Read as"]].itertuples(index=False, name=None)
    chosen = {str(old): "" if formats.missing(new) else str(new).strip() for old, new in pairs}
    return {old: new for old, new in chosen.items() if new not in ("", _AS_IT_IS)}


def _new(key: str, meanings: FieldMeanings) -> dict[str, dict[str, str]]:
    """The table of what would be made; name → what was changed of it."""
    what = words.CREATABLE[meanings.creatable].lower()
    st.caption(words.DRAFTED[meanings.creatable])
    settings = list(dict.fromkeys(setting for new in meanings.new for setting in new.settings))
    labels = {setting: words.SETTINGS[setting] for setting in settings}

    def shown(new: NewRecord, setting: str) -> str | None:
        value = new.settings.get(setting)
        return value if value is None else new.choices.get(setting, {}).get(value, value)

    frame = pd.DataFrame(
        {
            "Made as": [new.name for new in meanings.new],
            **{labels[setting]: [shown(new, setting) for new in meanings.new] for setting in settings},
        }
    )
    offered = {s: list(dict.fromkeys(t for n in meanings.new for t in n.choices.get(s, {}).values())) for s in settings}
    edited = st.data_editor(
        frame,
        key=f"{key}-{meanings.field}-new",
        num_rows="fixed",
        hide_index=True,
        disabled=["Made as", *(labels[setting] for setting in settings if len(offered[setting]) == 1)],
        height=36 * (min(len(frame), 8) + 1) + 3,
        row_height=36,
        column_config={
            "Made as": st.column_config.TextColumn(pinned=True, width="medium"),
            **{
                labels[s]: st.column_config.SelectboxColumn(options=offered[s]) if offered[s]
                else st.column_config.TextColumn(width="small")
                for s in settings
            },
        },
        alt=f"New {what} with what can be chosen of them",
    )  # fmt: skip
    chosen: dict[str, dict[str, str]] = {}
    for new, row in zip(meanings.new, edited.to_dict("records"), strict=True):
        for setting in settings:
            text, before = row[labels[setting]], shown(new, setting)
            if formats.missing(text) or text == before:
                continue
            meant = {label: value for value, label in new.choices.get(setting, {}).items()}
            chosen.setdefault(new.name, {})[setting] = meant.get(str(text), str(text))
    return chosen


def _replace(maps: ValueMaps, meanings: FieldMeanings, chosen: Mapping[str, str]) -> None:
    shown = {squash(meaning.value) for meaning in meanings.values}
    kept = {old: new for old, new in maps.get(meanings.field, {}).items() if squash(old) not in shown}
    if kept or chosen:
        maps[meanings.field] = {**kept, **chosen}
    else:
        maps.pop(meanings.field, None)


def _asked(form: Any, meanings: FieldMeanings, create: list[str]) -> None:
    what = meanings.creatable
    if not what:
        return
    label = f"Make the {words.CREATABLE[what].lower()} that are left"
    if not meanings.may_create:
        st.caption(f"{words.CREATABLE[what]} are made by who may manage them: ask an owner or admin of the house.")
        return
    wanted = form.field(f"create_{what}", st.checkbox, label, value=what in create, help=_HELP.get(what))
    if wanted and what not in create:
        create.append(what)
    elif not wanted and what in create:
        create.remove(what)
