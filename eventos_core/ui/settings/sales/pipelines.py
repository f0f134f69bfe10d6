"""Pipelines: the one to look at, its own settings, and its stages."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from eventos_core.crm.commands import pipelines as commands
from eventos_core.crm.commands.pipelines import AddPipeline, ArchivePipeline, EditPipeline, MovePipeline, OnePipeline
from eventos_core.crm.queries import settings as queries
from eventos_core.crm.queries.settings import PipelineShown, StageUse
from eventos_core.enums.crm import OpportunityKind, StageKind
from eventos_core.ui import formats, page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Form, PageContext
from eventos_core.ui.segments import segments
from eventos_core.ui.settings.sales import lines, stages
from eventos_core.ui.settings.sales.lines import Line

PARAMETER = "pipeline"
MANY = 4
"""Pipelines that stand side by side; more are a select box."""


def draw(ctx: PageContext, may_write: bool) -> None:
    """The pipelines to choose from, the chosen one with its stages, and forms for another one."""
    found = page.read(ctx, queries.pipelines, archived=True)
    in_use = [one for one in found if not one.archived]
    by_key = {str(one.id): one for one in in_use}
    default = next((str(one.id) for one in in_use if one.is_default), next(iter(by_key), ""))
    if in_use:
        chosen = default
        if len(in_use) > 1:
            chosen = segments(
                "Pipeline", PARAMETER, list(by_key), default, format_func=lambda key: escaped(by_key[key].name),
                as_list=len(in_use) > MANY,
            )  # fmt: skip
        _pipeline(ctx, by_key[chosen], in_use, may_write=may_write)
    if may_write:
        with st.expander("Add a pipeline", icon=":material/add:", expanded=not in_use):
            _add(ctx, in_use)
    gone = [one for one in found if one.archived]
    if gone:
        with st.expander(f"Archived pipelines ({len(gone)})", icon=":material/inventory_2:"):
            for one in gone:
                _archived(ctx, one, may_write=may_write)


def _pipeline(ctx: PageContext, one: PipelineShown, in_use: Sequence[PipelineShown], *, may_write: bool) -> None:
    with page.reading(ctx) as db:
        rows = queries.stages(db, one.id, archived=True)
        uses = queries.stage_uses(db, one.id)
        labels = queries.requirable_fields(db)
    row = Line(f"pipeline_{one.id}", one.name, _told(one, uses), ":blue-badge[Default]" if one.is_default else "")
    with lines.line(row, may_write=may_write) as open_:
        if open_:
            _edit(ctx, one, in_use, uses)
    stages.draw(ctx, one, in_use, rows, uses, labels, may_write=may_write)


def _told(one: PipelineShown, uses: dict[int, StageUse]) -> str:
    live = formats.plural(sum(use.open for use in uses.values()), "open deal")
    kind = f"new deals are of the kind {one.opportunity_kind.label.lower()}" if one.opportunity_kind else ""
    parts = [live, kind, escaped(one.description or "")]
    return " · ".join(part for part in parts if part)


def _inputs(form: Form, now: PipelineShown | None) -> tuple[str, str | None, OpportunityKind | None]:
    name = form.text("name", "Name", now.name if now else "", required=True, max_chars=200)
    kind = form.pick(
        "opportunity_kind", "Kind of its new deals", [None, *OpportunityKind], now.opportunity_kind if now else None,
        format_func=lambda member: member.label if member else "Asked each time",
    )  # fmt: skip
    about = form.text("description", "What belongs in it", now.description if now else "", max_chars=300)
    return name, about or None, kind


def _add(ctx: PageContext, in_use: Sequence[PipelineShown]) -> None:
    with page.form("add_pipeline") as form:
        name, about, kind = _inputs(form, None)
        names = {one.id: one.name for one in in_use}
        copied = form.pick(
            "copy_stages_of_id", "Begins with the stages", [None, *names],
            format_func=lambda member: f"of {names[member]}" if member else "New, Won and Lost",
        )  # fmt: skip
        if form.submit("Add pipeline", icon="add"):
            given = AddPipeline(name, about, kind, copied)
            made = page.act(ctx, commands.add_pipeline, given, form=form, done=f"{name} added.", refresh=False)
            if made is not None:
                st.query_params[PARAMETER] = str(made.pipeline_id)
                st.rerun()


def _edit(ctx: PageContext, one: PipelineShown, in_use: Sequence[PipelineShown], uses: dict[int, StageUse]) -> None:
    with page.form(f"edit_pipeline_{one.id}") as form:
        version = form.version(one.version)
        name, about, kind = _inputs(form, one)
        if form.submit("Save pipeline", icon="check"):
            given = EditPipeline(one.id, version, name, about, kind)
            done = f"{name} saved."
            if page.act(ctx, commands.edit_pipeline, given, form=form, done=done, refresh=False) is not None:
                lines.close(f"pipeline_{one.id}")
    place = [other.id for other in in_use].index(one.id)
    with st.container(horizontal=True, gap="small", key=f"pipeline_{one.id}_actions"):
        for icon, label, to in (("arrow_back", "earlier", place - 1), ("arrow_forward", "later", place + 1)):
            key = f"pipeline_{one.id}_{label}"
            off = not 0 <= to < len(in_use)
            if len(in_use) > 1 and page.pressed(f"List {label}", name=key, icon=icon, disabled=off):
                page.act(ctx, commands.move_pipeline, MovePipeline(one.id, to), key=key)
        key = f"pipeline_{one.id}_default"
        version = page.seen_version(key, one.version)
        if not one.is_default and page.pressed("Make it the default", name=key, icon="star"):
            done = f"New deals go to {one.name} where nothing says otherwise."
            page.act(ctx, commands.make_default_pipeline, OnePipeline(one.id, version), key=key, done=done)
    if one.is_default:
        st.caption("The default pipeline cannot be archived: make another one the default first.")
    else:
        _archive(ctx, one, in_use, sum(use.open for use in uses.values()))


def _archive(ctx: PageContext, one: PipelineShown, in_use: Sequence[PipelineShown], deals: int) -> None:
    key = f"pipeline_{one.id}_archive"
    version = page.seen_version(key, one.version)
    to = None
    if deals:
        names = {
            stage.id: f"{other.name}: {stage.name}"
            for other in in_use
            if other.id != one.id
            for stage in other.stages
            if stage.kind is StageKind.OPEN
        }
        to = st.selectbox(
            f"Its {formats.plural(deals, 'open deal')} {'goes' if deals == 1 else 'go'} to", list(names), index=None,
            format_func=lambda member: names[member], placeholder="Choose a stage", key=f"{key}_to",
        )  # fmt: skip
    off = bool(deals) and to is None
    if page.pressed(f"Archive {escaped(one.name)}", name=key, icon="inventory_2", disabled=off):
        given = ArchivePipeline(one.id, version, to)
        page.act(ctx, commands.archive_pipeline, given, key=key, done=f"{one.name} archived.")


def _archived(ctx: PageContext, one: PipelineShown, *, may_write: bool) -> None:
    name = f"pipeline_{one.id}_restore"
    with st.container(horizontal=True, vertical_alignment="center", key=f"gone_{name}"):
        told = formats.plural(len(one.stages), "stage")
        st.markdown(f"**{escaped(one.name)}**  \n:gray[:small[{told}]]", width="stretch")
        version = page.seen_version(name, one.version)
        if may_write and page.pressed("Bring back", name=name, icon="unarchive"):
            given = OnePipeline(one.id, version)
            page.act(ctx, commands.restore_pipeline, given, key=name, done=f"{one.name} is back at the end.")
