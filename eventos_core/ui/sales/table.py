"""The table of deals: reading, and editing many at once with a verdict for each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import ArchiveDeals, ChangeDeals, DealChange, DealsJudged, Ending, Verdict
from eventos_core.crm.queries import DealFilter
from eventos_core.enums.crm import StageKind
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.money import exponent
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.lists import PageOf
from eventos_core.ui import formats, forms, page, tables
from eventos_core.ui.directory.choices import pick_id, pick_tags
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Form, PageContext
from eventos_core.ui.sales import listing, words
from eventos_core.ui.sales.listing import PREFIX, Offered
from eventos_core.ui.views import Bar

_EDITING = f"{PREFIX}_edit"
_TOLD = "_deals_verdicts"
_CHOOSE, _STAGE, _OWNER, _AMOUNT, _CLOSE, _STEP, _STEP_ON = (
    "Choose", "Stage", "Owner", "Amount", "Expected close", "Next step", "Next step by",
)  # fmt: skip


def editing() -> bool:
    """Whether the table is in editing mode, by URL."""
    return st.query_params.get(_EDITING) == "1"


def turn() -> None:
    """Switch editing mode."""
    if editing():
        st.query_params.pop(_EDITING, None)
    else:
        st.query_params[_EDITING] = "1"


def draw(ctx: PageContext, offered: Offered, wanted: DealFilter, bar: Bar) -> None:
    """One page of deals; a name opens the drawer, in editing mode the cells can be written."""
    found = page.read(ctx, queries.deals, wanted, cursor=page.cursor(PREFIX))
    if found.frame.empty:
        _verdicts()
    if found.frame.empty and wanted == DealFilter(pipeline=wanted.pipeline) and not page.cursor(PREFIX):
        action = "Create the first deal" if ctx.can(Permission.SALES_WRITE) else None
        hint = "Add one, or bring a list in under Imports and exports." if action else ""
        if page.nothing_yet("No open deals yet.", hint=hint, action=action, icon="handshake"):
            page.open_drawer(new="deal")
        return
    if found.frame.empty:
        page.nothing_yet("No deal matches.", hint="Change the state, the search or the filters.", icon="filter_alt")
        return
    totals = page.read(ctx, queries.deal_totals, wanted)
    if editing() and ctx.can(Permission.SALES_WRITE):
        _editor(ctx, offered, found)
    else:
        _table(ctx, found, bar)
    with st.container(horizontal=True, vertical_alignment="center", key="deals_below"):
        st.caption(listing.caption(ctx, totals), width="stretch")
        page.pager(found, prefix=PREFIX)


def _table(ctx: PageContext, found: PageOf, bar: Bar) -> None:
    rows = tables.records(found.frame)
    days = (row["closed_on"] or row["expected_close_on"] for row in rows)
    frame = found.frame.assign(
        effective_probability_ppm=[_likely(ctx, row) for row in rows],
        day=[formats.date(day, ctx.locale, weekday=False) if day else formats.DASH for day in days],
        next=[_next(ctx, row) for row in rows],
    )
    tables.table(
        frame, bar.columns, key="deals_table", zone=ctx.zone, lang=ctx.locale, opens="deal",
        alt=f"Deals with {bar.told}",
    )  # fmt: skip


def _likely(ctx: PageContext, row: Mapping[str, Any]) -> str:
    own = row["outcome"] == StageKind.OPEN and row["probability_override_ppm"] is not None
    return words.likelihood(row["effective_probability_ppm"], ctx.locale) + (" ✎" if own else "")


def _next(ctx: PageContext, row: Mapping[str, Any]) -> str:
    """What comes next, and in words where the deal needs a look."""
    said = f"Untouched {formats.plural(row['untouched_days'], 'day')} · " if row["rotting"] else ""
    if row["next_step"]:
        by = f" ({formats.date(row['next_step_on'], ctx.locale, year=False)})" if row["next_step_on"] else ""
        return f"{said}{row['next_step']}{by}"
    if row["next_due_at"] is not None:
        day = row["next_due_at"].astimezone(ctx.house.zone).date()
        return f"{said}Planned {formats.date(day, ctx.locale, year=False)}"
    return said.removesuffix(" · ") or formats.DASH


def _editor(ctx: PageContext, offered: Offered, found: PageOf) -> None:
    """The grid with cells to write and boxes to choose; nothing is saved before “Save”."""
    rows = tables.records(found.frame)
    # A deal that stands alone in its pipeline's table moves within it; where several are shown, each stage says whose.
    places = offered.pipeline_of()
    stages = offered.stage_names(of={places[row["stage_id"]] for row in rows if row["stage_id"] in places})
    owners = _unique(offered.owners)
    bar = st.container(horizontal=True, vertical_alignment="center", key="deals_bulk")
    _verdicts()
    key = tables.key_of("deals_editor", found.frame, "id", "version")
    shown = pd.DataFrame([_cells(row, stages, owners) for row in rows])
    edited = st.data_editor(
        shown, key=f"{key}_{forms.render_key('deals_inline')}", hide_index=True, width="stretch",
        disabled=["Deal", "Organisation", "Currency"],
        column_config={
            _CHOOSE: st.column_config.CheckboxColumn("✓", width=40, help="Choose for what stands above the table"),
            "Deal": st.column_config.TextColumn(width=200, pinned=True),
            _STAGE: st.column_config.SelectboxColumn(options=list(stages.values()), required=True),
            _OWNER: st.column_config.SelectboxColumn(options=list(owners.values())),
            _AMOUNT: st.column_config.NumberColumn(min_value=0, step=0.01, format="localized"),
            _CLOSE: st.column_config.DateColumn(),
            _STEP_ON: st.column_config.DateColumn(),
        },
    )  # fmt: skip
    changes = [
        change
        for row, before, after in zip(rows, shown.to_dict("records"), edited.to_dict("records"), strict=True)
        if (change := _change(row, before, after, stages, owners)) is not None
    ]
    chosen = tuple(row["id"] for row, picked in zip(rows, edited[_CHOOSE], strict=True) if picked)
    with bar:
        _save(ctx, changes, stages, offered)
        if changes:
            _leaving(places, rows, changes)
            # Any of these would draw the grid anew, without what was typed.
            st.caption("Save or undo what you typed before you change several at once.")
        else:
            _bulk(ctx, offered, chosen)
        st.button("Done", key="deals_edit_done", type="tertiary", on_click=turn)


def _leaving(places: Mapping[int, int], rows: Sequence[Mapping[str, Any]], changes: Sequence[DealChange]) -> None:
    """Say before it is saved how many deals would change their pipeline with their stage."""
    now = {row["id"]: places.get(row["stage_id"]) for row in rows}
    gone = sum("stage_id" in one.set and places[one.set["stage_id"]] != now[one.opportunity_id] for one in changes)
    if gone:
        told = formats.plural(gone, "deal changes its pipeline", "deals change their pipeline")
        st.caption(f":material/alt_route: {told}.")


def _unique(names: Mapping[int, str]) -> dict[int, str]:
    """Names by id, told apart: the grid knows a choice by its label."""
    seen = list(names.values())
    return {key: f"{name} ({key})" if seen.count(name) > 1 else name for key, name in names.items()}


def _cells(row: Mapping[str, Any], stages: Mapping[int, str], owners: Mapping[int, str]) -> dict[str, Any]:
    amount = row["amount_minor"]
    return {
        _CHOOSE: False,
        "Deal": row["name"],
        "Organisation": row["organization"],
        _STAGE: stages.get(row["stage_id"], row["stage"]),
        _AMOUNT: None if amount is None else float(Decimal(amount).scaleb(-exponent(row["currency"]))),
        "Currency": row["currency"],
        _CLOSE: row["expected_close_on"],
        _OWNER: owners.get(row["owner_id"] or 0, row["owner"]),
        _STEP: row["next_step"],
        _STEP_ON: row["next_step_on"],
    }


def _change(
    row: Mapping[str, Any],
    before: Mapping[Any, Any],
    after: Mapping[Any, Any],
    stages: Mapping[int, str],
    owners: Mapping[int, str],
) -> DealChange | None:
    """What was written in the row, as a change against the version that was seen."""
    values: dict[str, Any] = {}
    ids = {name: key for key, name in stages.items()}
    members = {name: key for key, name in owners.items()}
    for label, field in (
        (_STAGE, "stage_id"), (_OWNER, "owner_id"), (_AMOUNT, "amount_minor"), (_CLOSE, "expected_close_on"),
        (_STEP, "next_step"), (_STEP_ON, "next_step_on"),
    ):  # fmt: skip
        old, new = _plain(before[label]), _plain(after[label])
        if old == new:
            continue
        if field == "stage_id":
            values[field] = ids[new]
        elif field == "owner_id":
            values[field] = None if new is None else members[new]
        elif field == "amount_minor":
            places = exponent(row["currency"])
            values[field] = None if new is None else int(Decimal(str(new)).scaleb(places).to_integral_value())
        else:
            values[field] = new
    return DealChange(row["id"], values, row["version"]) if values else None


def _plain(value: Any) -> Any:
    if formats.missing(value) or value == "":
        return None
    return value.date() if isinstance(value, (pd.Timestamp, dt.datetime)) else value


def _save(ctx: PageContext, changes: Sequence[DealChange], stages: Mapping[int, str], offered: Offered) -> None:
    lost = _lost_stages(offered)
    asks = [change for change in changes if change.set.get("stage_id") in lost]
    label = f"Save {formats.plural(len(changes), 'change')}" if changes else "Save"
    if asks:
        with page.popover(label, name="deals_inline", icon="check"), page.form("deals_inline") as form:
            ending = _ending(ctx, form)
            if form.submit(label, icon="check"):
                _judge(ctx, ChangeDeals(tuple(changes), ending), form=form)
        return
    if page.pressed(label, name="deals_inline", icon="check", primary=True, disabled=not changes):
        _judge(ctx, ChangeDeals(tuple(changes)), key="deals_inline")


def _judge(ctx: PageContext, given: ChangeDeals, **how: Any) -> None:
    judged = page.act(ctx, commands.change_deals, given, refresh=False, **how)
    if judged is not None:
        st.session_state[_TOLD] = judged
        page.refresh()


def _verdicts() -> None:
    """What came of the last change, once: how many changed, and each that was refused with its reason."""
    judged: DealsJudged | str | None = st.session_state.pop(_TOLD, None)
    if judged is None:
        return
    if isinstance(judged, str):
        st.success(judged, icon=":material/check:")
        return
    refused = [one for one in judged.verdicts if one.verdict == Verdict.REFUSED]
    said = f"{formats.plural(judged.count(Verdict.CHANGED), 'deal')} changed"
    if judged.count(Verdict.UNCHANGED):
        said += f", {formats.plural(judged.count(Verdict.UNCHANGED), 'was so', 'were so')} already"
    if not refused:
        st.success(f"{said}.", icon=":material/check:")
        return
    lines = [f"- **{escaped(one.name or 'A deal')}**: {escaped(one.reason)}" for one in refused[:20]]
    if len(refused) > 20:
        lines.append(f"- … and {formats.count(len(refused) - 20)} more")
    st.warning(
        "\n".join([f"{said}; {formats.count(len(refused))} refused and left as they were:", "", *lines]),
        icon=":material/warning:",
    )


def _bulk(ctx: PageContext, offered: Offered, ids: tuple[int, ...]) -> None:
    """What can be done to the chosen deals; each is one transaction with a verdict per deal."""
    st.markdown(f"**{formats.plural(len(ids), 'chosen', 'chosen')}**", width="content")
    with _popover("Stage", "view_kanban", "deals_bulk_stage", ids) as form:
        stage = pick_id(form, "stage_id", "Move to", offered.stage_names(), None)
        ending = _ending(ctx, form, only_lost=True)
        if form.submit(f"Move {formats.plural(len(ids), 'deal')}", icon="check"):
            if stage is None:
                form.fail(InvalidInput("Choose a stage.", fields={"stage_id": "Required"}))
                return
            _judge(ctx, _all(ids, {"stage_id": stage}, ending), form=form)
    with _popover("Owner", "person", "deals_bulk_owner", ids) as form:
        owner = pick_id(form, "owner_id", "New owner", offered.owners, ctx.house.member_id)
        if form.submit("Hand over", icon="check"):
            _judge(ctx, _all(ids, {"owner_id": owner}), form=form)
    with _popover("Close date", "event", "deals_bulk_close", ids) as form:
        day: dt.date | None = form.field("expected_close_on", st.date_input, "Expected close", value=None)
        if form.submit("Set close date", icon="check"):
            if day is None:
                form.fail(InvalidInput("Choose a day.", fields={"expected_close_on": "Required"}))
                return
            _judge(ctx, _all(ids, {"expected_close_on": day}), form=form)
    with _popover("Tags", "label", "deals_bulk_tags", ids) as form:
        add = pick_tags(form, "add", "Add", offered.tags, ())
        remove = pick_tags(form, "remove", "Remove", offered.tags, ())
        if form.submit("Change tags", icon="check"):
            changes = tuple(DealChange(deal, add_tags=add, remove_tags=remove) for deal in ids)
            _judge(ctx, ChangeDeals(changes, bulk=True), form=form)
    name = "deals_bulk_archive"
    with page.popover("Archive", name=name, icon="inventory_2", disabled=not ids):
        st.markdown("They leave board, lists and forecast; each can be restored.")
        if page.pressed(f"Archive {formats.plural(len(ids), 'deal')}", name=name, primary=True):
            gone = page.act(ctx, commands.archive_deals, ArchiveDeals(ids), key=name, refresh=False)
            if gone is not None:
                st.session_state[_TOLD] = f"{formats.plural(len(ids), 'deal')} archived."
                page.refresh()


@contextmanager
def _popover(label: str, icon: str, name: str, ids: Sequence[int]) -> Iterator[Form]:
    with page.popover(label, name=name, icon=icon, disabled=not ids), page.form(name) as form:
        yield form


def _all(ids: Sequence[int], values: Mapping[str, Any], ending: Ending | None = None) -> ChangeDeals:
    return ChangeDeals(tuple(DealChange(deal, values) for deal in ids), ending, bulk=True)


def _ending(ctx: PageContext, form: Form, *, only_lost: bool = False) -> Ending:
    reasons = {one.id: one.name for one in page.read(ctx, queries.lost_reasons)}
    label = "Why, if they are lost" if only_lost else "Why they are lost"
    reason = pick_id(form, "lost_reason_id", label, reasons, None)
    return Ending(reason, form.text("lost_note", "Note"))


def _lost_stages(offered: Offered) -> set[int]:
    return {stage.id for one in offered.pipelines for stage in one.stages if stage.kind is StageKind.LOST}
