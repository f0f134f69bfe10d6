"""A stage that asks for what a deal lacks: the form that fills it in and brings the deal there, in one act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import ChangeDeals, DealChange, MoveDeal, Verdict
from eventos_core.crm.queries import DealDetail, PipelineShown, StageShown
from eventos_core.crm.rules.deals import missing
from eventos_core.crm.rules.stages import REQUIRABLE
from eventos_core.enums.crm import StageKind
from eventos_core.kernel.errors import InvalidInput
from eventos_core.ui import page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Form, PageContext
from eventos_core.ui.sales import deal_form


def lacking(found: DealDetail, stage: StageShown) -> tuple[str, ...]:
    """The columns that `stage` asks for and the deal lacks; none where it lacks one of the house's own fields too.

    Those stand in the deal's own form alone, and so does then what else is missing.
    """
    values = {name: getattr(found.fields, name) for name in REQUIRABLE}
    names = missing(stage.required_fields, values, found.custom)
    return names if set(names) <= set(REQUIRABLE) else ()


def asked_on_drop(ctx: PageContext, deal_id: int, stage: StageShown) -> bool:
    """Whether a deal dropped on an open or won stage must be completed first."""
    if stage.kind is StageKind.LOST or not stage.required_fields:
        return False
    return bool(lacking(page.read(ctx, queries.deal, deal_id), stage))


def draw(ctx: PageContext, raw: str) -> None:
    """The drawer's body; `raw` is `deal-stage`."""
    parts = raw.split("-")
    stage = _stage(ctx, parts[1]) if len(parts) == 2 else None
    if stage is None or not (parts[0].isascii() and parts[0].isdigit() and len(parts[0]) < 19):
        page.nothing_yet("There is no such deal or stage.", hint="Go back to the board.", icon="search_off")
        return
    found = page.read(ctx, queries.deal, int(parts[0]))
    if complete(ctx, found, stage):
        page.close_drawer("enter")


def complete(ctx: PageContext, found: DealDetail, stage: StageShown) -> bool:
    """The form with what `stage` still asks for; True once the deal stands there."""
    names = lacking(found, stage)
    st.markdown(f"**{escaped(found.fields.name)}** goes to **{escaped(stage.name)}**")
    if names:
        st.caption("That stage asks for a little more.")
    with page.form(f"enter_{found.id}_{stage.id}") as form:
        values = deal_form.some(ctx, form, found.fields, names)
        version = form.version(found.version)
        if not form.submit(f"Move to {escaped(stage.name)}", icon="check"):
            return False
        whole = replace(found.fields, **values)
        if left := lacking(replace(found, fields=whole), stage):
            form.fail(InvalidInput("Something is still missing.", fields=dict.fromkeys(left, "The stage needs this")))
            return False
        return _moved(ctx, form, found, stage, version, values)


def _moved(
    ctx: PageContext, form: Form, found: DealDetail, stage: StageShown, version: int, values: Mapping[str, Any]
) -> bool:
    given = ChangeDeals((DealChange(found.id, {**values, "stage_id": stage.id}, version),))
    judged = page.act(ctx, commands.change_deals, given, form=form, refresh=False)
    if judged is None:
        return False
    verdict = judged.verdicts[0]
    if verdict.verdict is Verdict.REFUSED:
        form.fail(InvalidInput(verdict.reason))
        return False
    page.say(f"Moved to {stage.name}.")
    return True


def elsewhere(ctx: PageContext, found: DealDetail, ask: Callable[[int], None]) -> bool:
    """The form that takes a deal to another pipeline; True once it is there. `ask` takes a stage that asks for more."""
    others = {one.id: one for one in page.read(ctx, queries.pipelines) if one.id != found.pipeline_id}
    stages = {stage.id: (one, stage) for one in others.values() for stage in _open(one)}
    st.markdown(f"**{escaped(found.fields.name)}** leaves **{escaped(found.pipeline)}**")
    with page.form(f"pipeline_of_{found.id}") as form:
        chosen = form.pick(
            "stage_id", "Goes to", list(stages),
            format_func=lambda stage_id: f"{stages[stage_id][0].name}: {stages[stage_id][1].name}",
        )  # fmt: skip
        if not form.submit("Move deal", icon="check"):
            return False
        line, stage = stages[chosen]
        if lacking(found, stage):
            ask(stage.id)
        given = MoveDeal(found.id, stage.id, found.stage_id)
        done = f"Moved to {line.name}."
        return page.act(ctx, commands.move_deal, given, form=form, done=done, refresh=False) is not None


def _open(pipeline: PipelineShown) -> list[StageShown]:
    return [stage for stage in pipeline.stages if stage.kind is StageKind.OPEN]


def _stage(ctx: PageContext, raw: str) -> StageShown | None:
    stages = {str(stage.id): stage for one in page.read(ctx, queries.pipelines) for stage in one.stages}
    return stages.get(raw)
