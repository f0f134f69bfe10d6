"""The drawer of a deal: where it stands, what comes next, what happened, who takes part, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

import streamlit as st

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import ArchiveDeals, MoveDeal, ReopenDeal, RestoreDeals
from eventos_core.crm.queries import DealDetail
from eventos_core.crm.rules.activities import Links
from eventos_core.enums.crm import StageKind
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import formats, forms, page
from eventos_core.ui.directory import custom_fields, timeline
from eventos_core.ui.directory.contact_drawer import facts
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.sales import closing, deal_form, deal_parts, entering, logging, my_day, words

_STEP = "_deal_step"
_INTO = "_deal_into"
"""The stage that asks for more, while the step is `enter`."""


def forget() -> None:
    """Start the next drawer with the deal, not with a form left open."""
    st.session_state.pop(_STEP, None)


def show(ctx: PageContext, raw: str) -> None:
    """The drawer's body; `raw` is the id from the URL."""
    if not raw.isdigit():
        page.nothing_yet("There is no such deal.", hint="Go back to the list.", icon="search_off")
        return
    found = page.read(ctx, queries.deal, int(raw))
    step: str | None = st.session_state.get(_STEP) if ctx.can(Permission.SALES_WRITE) else None
    if step is None:
        _overview(ctx, found)
        return
    st.button("Back", icon=":material/arrow_back:", type="tertiary", on_click=forget, key="deal_back")
    bodies: Mapping[str, Callable[[], None]] = {
        "edit": lambda: _edit(ctx, found),
        "lose": lambda: closing.lose(ctx, found, forget),
        "win": lambda: closing.win(ctx, found, forget),
        "archive": lambda: _archive(ctx, found),
        "pipeline": lambda: _elsewhere(ctx, found),
        "enter": lambda: _enter(ctx, found),
    }
    bodies[step]()


def _edit(ctx: PageContext, found: DealDetail) -> None:
    st.title(escaped(found.fields.name), anchor=False)
    if deal_form.edit(ctx, found):
        forget()
        page.refresh()


def _elsewhere(ctx: PageContext, found: DealDetail) -> None:
    if entering.elsewhere(ctx, found, _ask):
        forget()
        page.refresh()


def _enter(ctx: PageContext, found: DealDetail) -> None:
    wanted: int | None = st.session_state.get(_INTO)
    pipelines = page.read(ctx, queries.pipelines)
    stage = next((one for line in pipelines for one in line.stages if one.id == wanted), None)
    if stage is None:
        page.nothing_yet("That stage is out of use.", hint="Go back and choose another one.", icon="search_off")
    elif entering.complete(ctx, found, stage):
        forget()
        page.refresh()


def _ask(stage_id: int) -> NoReturn:
    """Turn to the form with what that stage still asks for."""
    st.session_state[_STEP], st.session_state[_INTO] = "enter", stage_id
    page.refresh()


def _overview(ctx: PageContext, found: DealDetail) -> None:
    st.title(escaped(found.fields.name), anchor=False)
    line = " · ".join(escaped(part) for part in (found.organization, found.event) if part)
    if line:
        st.markdown(f":gray[{line}]")
    _badges(ctx, found)
    _figures(ctx, found)
    if ctx.can(Permission.SALES_WRITE):
        _actions(ctx, found)
    _next_step(ctx, found)
    if found.archived_at is None:
        links = Links(found.fields.contact_id, found.fields.organization_id, found.id, found.fields.event_id)
        logging.draw(ctx, links, name=f"deal_{found.id}", reader=found.contact)
        if ctx.can(Permission.CONTACTS_READ):
            my_day.planned(ctx, "opportunities", found.id)
    # With a state of its own the tab stays when a person or a file was added in it.
    happened, details, people, files = st.tabs(
        ["Timeline", "Details", "People", "Files"], on_change="rerun", key=f"deal_tabs_{found.id}"
    )
    if happened.open:
        with happened:
            timeline.draw(ctx, "opportunities", found.id, queries.deal_timeline, currency=found.fields.currency)
    if details.open:
        with details:
            _details(ctx, found)
    if people.open:
        with people:
            deal_parts.people(ctx, found)
    if files.open:
        with files:
            deal_parts.files(ctx, found)


def _badges(ctx: PageContext, found: DealDetail) -> None:
    with st.container(horizontal=True, gap="xsmall", key="deal_badges"):
        if found.outcome is StageKind.OPEN:
            st.badge(escaped(found.stage), color="blue")
            st.badge(words.age(found.stage_entered_at), color="gray")
        else:
            colour = words.OUTCOME[found.outcome]
            icon = "check_circle" if found.outcome is StageKind.WON else "cancel"
            why = f": {escaped(found.lost_reason)}" if found.lost_reason else ""
            st.badge(f"{found.outcome.label}{why}", icon=f":material/{icon}:", color=colour)
        if found.rotting:
            st.badge(words.untouched_briefly(found.untouched_days, found.allowed_days),
                     icon=":material/hourglass_bottom:", color="orange",
                     help=words.untouched(found.untouched_days, found.allowed_days, found.stage_days))  # fmt: skip
        if found.too_late:
            st.badge("Closes after the event's asset date", icon=":material/event_busy:", color="red",
                     help="It counts zero in the usable forecast of that event.")  # fmt: skip
        if found.archived_at is not None:
            st.badge("Archived", icon=":material/inventory_2:", color="gray")
        for tag in found.fields.tags:
            st.badge(escaped(tag), color="gray")
    if found.lost_note:
        st.markdown(escaped(found.lost_note))


def _figures(ctx: PageContext, found: DealDetail) -> None:
    f = found.fields
    day = found.closed_on or f.expected_close_on
    with st.grid(3, min_column_width=150):
        st.metric("Amount", words.amount(ctx, f.amount_minor, f.currency), help=_in_base(ctx, found))
        if found.outcome is StageKind.OPEN:
            own = f.probability_override_ppm is not None
            st.metric(
                "Likely ✎" if own else "Likely", words.likelihood(found.effective_probability_ppm, ctx.locale),
                help=f"A person's estimate; the stage says {words.likelihood(found.probability_ppm, ctx.locale)}."
                if own else "Follows the stage.",
            )  # fmt: skip
        else:
            st.metric("Outcome", found.outcome.label)
        label = "Expected close" if found.closed_on is None else "Closed"
        # Three figures side by side on a phone: the year only where it is not this one.
        this_year = day is not None and day.year == clock.now().astimezone(ctx.house.zone).year
        st.metric(label, formats.date(day, ctx.locale, weekday=False, year=not this_year) if day else formats.DASH)


def _in_base(ctx: PageContext, found: DealDetail) -> str:
    if found.value_minor is None:
        return "No amount" if found.fields.amount_minor is None else "No exchange rate is known for this currency."
    value = formats.money(found.value_minor, ctx.house.currency, ctx.locale)
    weighted = formats.money(found.weighted_minor, ctx.house.currency, ctx.locale)
    frozen = " at the rate of the day it closed" if found.closed_on is not None else ""
    return f"{value}{frozen}; weighted {weighted}"


def _actions(ctx: PageContext, found: DealDetail) -> None:
    with st.container(key="deal_act"):
        if found.archived_at is not None:
            name = f"restore_deal_{found.id}"
            version = page.seen_version(name, found.version)
            if page.pressed("Restore deal", name=name, icon="unarchive", primary=True):
                given = RestoreDeals((found.id,), version)
                page.act(ctx, commands.restore_deals, given, key=name, done="Deal restored.")
            return
        if found.outcome is not StageKind.OPEN:
            _reopen(ctx, found)
            return
        several = _stages(ctx, found)
        with st.container(horizontal=True, gap="small", key="deal_actions"):
            st.button("Won", icon=":material/check_circle:", type="primary", key="deal_win", on_click=_go,
                      args=("win", found.id))  # fmt: skip
            st.button("Lost", icon=":material/cancel:", key="deal_lose", on_click=_go, args=("lose", found.id))
            st.button("Edit", icon=":material/edit:", key="deal_edit", on_click=_go, args=("edit", found.id))
            if several:
                st.button("Change pipeline", icon=":material/move_down:", type="tertiary", key="deal_pipeline",
                          on_click=_go, args=("pipeline", found.id))  # fmt: skip
            st.button("Archive", icon=":material/inventory_2:", type="tertiary", key="deal_archive", on_click=_go,
                      args=("archive", found.id))  # fmt: skip


def _reopen(ctx: PageContext, found: DealDetail) -> None:
    name = f"reopen_deal_{found.id}"
    version = page.seen_version(name, found.version)
    with st.container(horizontal=True, gap="small", key="deal_actions"):
        st.button("Edit", icon=":material/edit:", key="deal_edit", on_click=_go, args=("edit", found.id))
        asked = page.pressed("Open again", name=name, icon="undo",
                             help="Back to the stage it was last open in; its closing is forgotten.")  # fmt: skip
    if asked:
        page.act(ctx, commands.reopen_deal, ReopenDeal(found.id, version=version), key=name, done="The deal is open.")


def _stages(ctx: PageContext, found: DealDetail) -> bool:
    """The open stages side by side: one press moves the deal. Returns whether there are other pipelines."""
    pipelines = page.read(ctx, queries.pipelines)
    stages = {stage.id: stage for one in pipelines if one.id == found.pipeline_id for stage in one.stages}
    names = {stage.id: stage.name for stage in stages.values() if stage.kind is StageKind.OPEN}
    if found.stage_id not in names:
        names = {found.stage_id: found.stage, **names}
    name = f"stage_of_{found.id}"
    key = f"{forms.render_key(name)}_{found.stage_id}"
    chosen = st.segmented_control(
        "Stage", list(names), default=found.stage_id, required=True, key=key,
        format_func=lambda stage_id: escaped(names[stage_id]),
    )  # fmt: skip
    if chosen is not None and chosen != found.stage_id:
        if entering.lacking(found, stages[chosen]):
            forms.next_render(name)
            _ask(chosen)
        given = MoveDeal(found.id, chosen, found.stage_id)
        page.act(ctx, commands.move_deal, given, key=name, done=f"Moved to {names[chosen]}.")
        # It was refused: the next run begins from where the deal stands, instead of trying again.
        forms.next_render(name)
    return any(one.id != found.pipeline_id for one in pipelines)


def _next_step(ctx: PageContext, found: DealDetail) -> None:
    f = found.fields
    if not f.next_step:
        return
    by = f" :gray[by {formats.date(f.next_step_on, ctx.locale, year=False)}]" if f.next_step_on else ""
    today = clock.now().astimezone(ctx.house.zone).date()
    late = f.next_step_on is not None and f.next_step_on < today and found.outcome is StageKind.OPEN
    said = " :red[:material/schedule: overdue]" if late else ""
    st.markdown(f":material/arrow_forward: **{escaped(f.next_step)}**{by}{said}")


def _archive(ctx: PageContext, found: DealDetail) -> None:
    st.markdown(f"**Archive {escaped(found.fields.name)}?**")
    st.markdown("The deal leaves board, lists and forecast. Its history stays, and it can be restored.")
    name = f"archive_deal_{found.id}"
    version = page.seen_version(name, found.version)
    if page.pressed("Archive deal", name=name, icon="inventory_2", primary=True):
        given = ArchiveDeals((found.id,), version)
        if page.act(ctx, commands.archive_deals, given, key=name, done="Deal archived.", refresh=False) is not None:
            forget()
            page.close_drawer("deal")


def _details(ctx: PageContext, found: DealDetail) -> None:
    f = found.fields
    pairs = [
        ("Owner", found.owner),
        ("Kind", f.kind.label),
        ("Main contact", found.contact),
        ("Pipeline", found.pipeline),
        ("Product", f.product),
        ("Source", f.source),
        ("Began on", formats.date(f.opened_on, ctx.locale, weekday=False) if f.opened_on else None),
        ("Description", f.description),
        *custom_fields.facts(ctx, "opportunities", found.custom),
    ]
    facts([(label, value) for label, value in pairs if value])
    if f.organization_id is not None:
        page.link(f"Open {escaped(found.organization or 'the organisation')}", page="sales_organizations",
                  icon="domain", organization=f.organization_id)  # fmt: skip
    if f.contact_id is not None:
        page.link(f"Open {escaped(found.contact or 'the contact')}", page="sales_contacts", icon="person",
                  contact=f.contact_id)  # fmt: skip
    made = formats.date(found.created_at.astimezone(ctx.house.zone), ctx.locale)
    by = f" by {found.created_by}" if found.created_by else ""
    st.caption(escaped(f"Added {made}{by}"))


def _go(step: str, deal_id: int) -> None:
    # A form left half filled long ago begins anew, with the deal as it is now.
    steps = ("win_deal", "lose_deal", "pipeline_of")
    for name in (deal_form.form_name(deal_id), *(f"{one}_{deal_id}" for one in steps)):
        forms.next_render(name)
    st.session_state[_STEP] = step
