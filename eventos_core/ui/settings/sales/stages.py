"""The stages of a pipeline as a list to put in order, each with its form in place."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence

import streamlit as st

from eventos_core.crm.commands import stages as commands
from eventos_core.crm.commands.stages import (
    AddSalesStage,
    ArchiveSalesStage,
    EditSalesStage,
    MoveSalesStage,
    RestoreSalesStage,
)
from eventos_core.crm.queries.settings import PipelineShown, StageShown, StageUse
from eventos_core.crm.rules.stages import StageFields, labels_of
from eventos_core.enums.crm import ForecastCategory, StageKind
from eventos_core.ui import formats, page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Form, PageContext
from eventos_core.ui.settings.sales import lines
from eventos_core.ui.settings.sales.lines import Line

PERCENT_PPM = 10_000
_CATEGORIES = [one for one in ForecastCategory if one is not ForecastCategory.CLOSED]
_BADGES = {
    StageKind.OPEN: ":gray-badge[:material/radio_button_unchecked: Open]",
    StageKind.WON: ":green-badge[:material/check_circle: Won]",
    StageKind.LOST: ":red-badge[:material/cancel: Lost]",
}
_NONE = StageUse(0, 0, 0)


def draw(
    ctx: PageContext, pipeline: PipelineShown, in_use: Sequence[PipelineShown], rows: Sequence[StageShown],
    uses: Mapping[int, StageUse], labels: Mapping[str, str], *, may_write: bool,
) -> None:  # fmt: skip
    """The stages in use as the board shows them, a form for one more, and the archived ones."""
    st.markdown("##### Stages")
    st.caption("Reports go by what a stage means, so it can be renamed freely. Open stages stand before won and lost.")
    current = [row for row in rows if not row.archived]
    for place, one in enumerate(current):
        alike = [at for at, other in enumerate(current) if other.kind is one.kind]
        row = Line(f"stage_{one.id}", one.name, _told(one, uses.get(one.id, _NONE), labels), _BADGES[one.kind])
        move = functools.partial(_move, ctx, one.id)
        with lines.line(row, may_write=may_write, place=place, first=alike[0], last=alike[-1], move=move) as open_:
            if open_:
                _edit(ctx, one, in_use, uses.get(one.id, _NONE), labels)
    if may_write:
        with st.expander("Add a stage", icon=":material/add:"):
            _add(ctx, pipeline, labels)
    gone = [row for row in rows if row.archived]
    if gone:
        with st.expander(f"Archived stages ({len(gone)})", icon=":material/inventory_2:"):
            for one in gone:
                _archived(ctx, one, may_write=may_write)


def _add(ctx: PageContext, pipeline: PipelineShown, labels: Mapping[str, str]) -> None:
    # Outside the form: what a stage means decides which other inputs it needs.
    kinds: list[StageKind] = list(StageKind)
    kind = st.selectbox("It means", kinds, format_func=lambda member: member.label, key=f"new_stage_kind_{pipeline.id}")
    with page.form(f"add_stage_{pipeline.id}_{kind.value}") as form:
        given = _inputs(form, None, kind, labels)
        if form.submit("Add stage", icon="add"):
            cmd = AddSalesStage(pipeline.id, given)
            page.act(ctx, commands.add_sales_stage, cmd, form=form, done=f"{given.name} added.")


def _told(one: StageShown, use: StageUse, labels: Mapping[str, str]) -> str:
    is_open = one.kind is StageKind.OPEN
    asks = ", ".join(labels_of(one.required_fields, labels))
    parts = [
        f"{one.default_probability_ppm / PERCENT_PPM:g}{formats.THIN}%" if is_open else "",
        f"forecast: {one.forecast_category.label.lower()}" if is_open else "",
        formats.plural(use.deals, "deal") if use.deals else "no deals",
        f"rots after {formats.plural(one.rotting_days, 'day')}" if one.rotting_days else "",
        f"limit {one.wip_limit}" if one.wip_limit else "",
        f"asks for {escaped(asks)}" if asks else "",
    ]
    return " · ".join(part for part in parts if part)


def _move(ctx: PageContext, stage_id: int, to: int, key: str) -> None:
    page.act(ctx, commands.move_sales_stage, MoveSalesStage(stage_id, to), key=key)


def _inputs(form: Form, now: StageShown | None, kind: StageKind, labels: Mapping[str, str]) -> StageFields:
    """The fields of a stage; those of open stages alone are left out for a stage that means something else."""
    name = form.text("name", "Name", now.name if now else "", required=True, max_chars=200)
    ppm, category, rotting = 0, ForecastCategory.PIPELINE, 0
    if kind is StageKind.OPEN:
        percent = form.field(
            "default_probability_ppm", st.number_input, "Probability (%)", min_value=0.0, max_value=100.0, step=5.0,
            value=now.default_probability_ppm / PERCENT_PPM if now else 10.0, format="%g",
        )  # fmt: skip
        ppm = round((percent or 0) * PERCENT_PPM)
        current = now.forecast_category if now and now.forecast_category in _CATEGORIES else ForecastCategory.PIPELINE
        category = form.choice("forecast_category", "Counts in the forecast as", _CATEGORIES, current)
        rotting = int(
            form.field(
                "rotting_days", st.number_input, "Rots after (days)", min_value=0, max_value=3650, step=1,
                value=now.rotting_days if now else 14,
                help="Days without a touch after which a deal is marked; 0 = never. They shrink as the event nears.",
            )
            or 0
        )  # fmt: skip
    chosen = list(now.required_fields) if now else []
    offered = [*labels, *(key for key in chosen if key not in labels)]
    required = form.field(
        "required_fields", st.multiselect, "A deal must have, before it enters", offered, default=chosen,
        format_func=lambda key: labels.get(key, key), placeholder="Nothing in particular",
    )  # fmt: skip
    limit = form.field(
        "wip_limit", st.number_input, "Most deals before the board warns", min_value=1, step=1,
        value=now.wip_limit if now else None, placeholder="No limit",
    )  # fmt: skip
    about = form.text("description", "When a deal belongs here", now.description if now else "", max_chars=300)
    return StageFields(
        name, kind, about or None, category, ppm, rotting, tuple(required), int(limit) if limit else None
    )


def _edit(
    ctx: PageContext, one: StageShown, in_use: Sequence[PipelineShown], use: StageUse, labels: Mapping[str, str]
) -> None:
    with page.form(f"edit_stage_{one.id}") as form:
        version = form.version(one.version)
        kind = one.kind
        if not use.deals:
            kind = form.choice(
                "kind", "It means", StageKind, one.kind, help="Stays as it is once a deal was in the stage."
            )
        given = _inputs(form, one, one.kind, labels)
        if one.kind is StageKind.OPEN and use.open:
            st.caption(f":material/info: {_follows(use)}")
        if form.submit("Save stage", icon="check"):
            cmd = EditSalesStage(one.id, version, dataclasses.replace(given, kind=kind))
            saved = page.act(ctx, commands.edit_sales_stage, cmd, form=form, done=f"{given.name} saved.", refresh=False)
            if saved is not None:
                lines.close(f"stage_{one.id}")
    _archive(ctx, one, in_use, use)


def _follows(use: StageUse) -> str:
    keep = "keeps an own estimate" if use.own_estimate == 1 else "keep own estimates"
    own = f", of which {use.own_estimate} {keep}" if use.own_estimate else ""
    follow = "follows" if use.open == 1 else "follow"
    return (
        f"Another probability changes the forecast at once: {formats.plural(use.open, 'open deal')} {follow} it{own}."
    )


def _archive(ctx: PageContext, one: StageShown, in_use: Sequence[PipelineShown], use: StageUse) -> None:
    key = f"stage_{one.id}_archive"
    version = page.seen_version(key, one.version)
    to = None
    if use.deals:
        own = [pipeline for pipeline in in_use if pipeline.id == one.pipeline_id]
        names = {
            stage.id: stage.name if pipeline.id == one.pipeline_id else f"{pipeline.name}: {stage.name}"
            for pipeline in [*own, *(other for other in in_use if other.id != one.pipeline_id)]
            for stage in pipeline.stages
            if stage.kind is one.kind and stage.id != one.id
        }
        to = st.selectbox(
            f"Its {formats.plural(use.deals, 'deal')} {'goes' if use.deals == 1 else 'go'} to", list(names),
            index=None, format_func=lambda member: names[member], placeholder="Choose a stage", key=f"{key}_to",
        )  # fmt: skip
    off = bool(use.deals) and to is None
    if page.pressed(f"Archive {escaped(one.name)}", name=key, icon="inventory_2", disabled=off):
        cmd = ArchiveSalesStage(one.id, version, to)
        page.act(ctx, commands.archive_sales_stage, cmd, key=key, done=f"{one.name} archived.")


def _archived(ctx: PageContext, one: StageShown, *, may_write: bool) -> None:
    name = f"stage_{one.id}_restore"
    with st.container(horizontal=True, vertical_alignment="center", key=f"gone_{name}"):
        st.markdown(f"**{escaped(one.name)}** {_BADGES[one.kind]}", width="stretch")
        version = page.seen_version(name, one.version)
        if may_write and page.pressed("Bring back", name=name, icon="unarchive"):
            cmd = RestoreSalesStage(one.id, version)
            page.act(ctx, commands.restore_sales_stage, cmd, key=name, done=f"{one.name} is back.")
