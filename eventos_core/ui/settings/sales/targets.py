"""Quotas of people and targets of house and events, one span at a time, and what they add up to over the year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from eventos_core.crm.commands import quotas as commands
from eventos_core.crm.commands.quotas import CopyTargets, SetTargets, TargetRow
from eventos_core.crm.queries import targets as queries
from eventos_core.crm.queries.targets import SpanTotal, TargetLine, TargetSheet
from eventos_core.crm.rules import targets as rules
from eventos_core.enums.analytics import TargetPeriod
from eventos_core.kernel import clock
from eventos_core.ui import formats, page, tables
from eventos_core.ui.directory.choices import seen
from eventos_core.ui.errors import escaped
from eventos_core.ui.forms import next_render
from eventos_core.ui.page import Form, PageContext
from eventos_core.ui.segments import segments
from eventos_core.ui.tables import Column

PERIOD, DAY = "target_period", "target_day"


def draw(ctx: PageContext, may_write: bool) -> None:
    """The span to look at, its targets as one form, and the year's totals."""
    by_value = {period.value: period for period in rules.PERIODS}
    period = by_value[
        segments(
            "Period", PERIOD, list(by_value), TargetPeriod.MONTH.value, format_func=lambda key: by_value[key].label,
            clears=(DAY,),
        )
    ]  # fmt: skip
    with page.reading(ctx) as db:
        now = queries.target_sheet(db, period, _day(ctx))
        totals = queries.target_totals(db, period, now.starts_on)
    _turn(ctx, now)
    st.caption("What deals won in the period shall be worth, in the base currency.")
    _summed(ctx, now)
    _sheet(ctx, now, may_write=may_write)
    if may_write:
        _copy(ctx, now)
    _totals(ctx, totals, now.currency)


def _day(ctx: PageContext) -> dt.date:
    try:
        return dt.date.fromisoformat(st.query_params.get(DAY, ""))
    except ValueError:
        return clock.now().astimezone(ctx.house.zone).date()


def _turn(ctx: PageContext, now: TargetSheet) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="targets_turn"):
        for icon, label, by in (("chevron_left", "before", -1), ("chevron_right", "after", 1)):
            if by > 0:
                st.markdown(f"##### {now.label}", width="content")
            page.icon_button(
                f"The {now.period.label.lower()} {label}", icon=icon, key=f"targets_{label}", on_click=_go,
                args=(rules.shifted(now.period, now.starts_on, by),),
            )  # fmt: skip


def _go(day: dt.date) -> None:
    st.query_params[DAY] = day.isoformat()


def _summed(ctx: PageContext, now: TargetSheet) -> None:
    quotas = sum(one.value_minor is not None for one in now.people)
    if not quotas and now.house.value_minor is None:
        return
    people = f"**{_money(ctx, now.people_minor, now)}** in quotas of {formats.plural(quotas, 'person', 'people')}"
    if now.house.value_minor:
        share = formats.share(now.people_minor / now.house.value_minor, lang=ctx.locale)
        st.markdown(f"{people}: {share} of the house's target of **{_money(ctx, now.house.value_minor, now)}**.")
    else:
        st.markdown(f"{people}; the house has no target of its own.")


def _sheet(ctx: PageContext, now: TargetSheet, *, may_write: bool) -> None:
    name = _form_of(now)
    with page.form(name, border=True) as form:
        before = seen(form, now)
        rows = [(before.house, _amount(ctx, form, before.house, before, may_write, "The house"))]
        if before.people:
            st.markdown("**Quotas**")
        rows += [(one, _amount(ctx, form, one, before, may_write, one.name)) for one in before.people]
        if before.events or ctx.visit.events:
            st.markdown("**Events**")
        rows += [(one, _amount(ctx, form, one, before, may_write, one.name)) for one in before.events]
        added = _another(ctx, form, before, may_write) if ctx.visit.events else None
        if form.submit("Save targets", icon="check", disabled=not may_write):
            changed = [
                TargetRow(one.member_id, one.event_id, value, one.version)
                for one, value in rows
                if value != one.value_minor
            ]
            given = SetTargets(now.period, now.starts_on, (*changed, *([added] if added else [])))
            if given.rows:
                page.act(ctx, commands.set_targets, given, form=form, done=f"Targets of {now.label} saved.")
            else:
                st.caption("Nothing was changed.")
    if _stood(before) != _stood(now):
        # Saved over, theirs would be lost; the form keeps what was typed until this is pressed.
        st.warning("Somebody changed these targets meanwhile.", icon=":material/sync_problem:")
        st.button(
            "Show what they entered", icon=":material/refresh:", key=f"{name}_anew", on_click=next_render, args=(name,)
        )


def _stood(sheet: TargetSheet) -> set[tuple[int | None, int | None, int, int | None]]:
    """What is set, without what other spans have."""
    every = (sheet.house, *sheet.people, *sheet.events)
    return {(one.member_id, one.event_id, one.version, one.value_minor) for one in every if one.version}


def _form_of(sheet: TargetSheet) -> str:
    return f"targets_{sheet.period.value}_{sheet.starts_on.isoformat()}"


def _amount(
    ctx: PageContext, form: Form, one: TargetLine, sheet: TargetSheet, may_write: bool, label: str
) -> int | None:
    help_ = f"Before: {_money(ctx, one.before_minor, sheet)}" if one.before_minor is not None else None
    return form.money(
        f"target_{one.member_id or 0}_{one.event_id or 0}", escaped(label), sheet.currency, one.value_minor,
        disabled=not may_write, placeholder="No target", help=help_,
    )  # fmt: skip


def _another(ctx: PageContext, form: Form, sheet: TargetSheet, may_write: bool) -> TargetRow | None:
    """A target for an event that has none yet."""
    there = {one.event_id for one in sheet.events}
    names = {event_id: name for event_id, name in page.event_names(ctx).items() if event_id not in there}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        event_id = form.pick(
            "event_id", "Another event", [None, *names], format_func=lambda member: names[member] if member else "–",
            disabled=not may_write,
        )  # fmt: skip
        value = form.money("target_new", "Its target", sheet.currency, disabled=not may_write)
    return TargetRow(None, event_id, value) if event_id and value is not None else None


def _copy(ctx: PageContext, now: TargetSheet) -> None:
    open_ = [one for one in now.people if one.before_minor is not None and one.value_minor is None]
    if not open_:
        return
    key = f"targets_copy_{now.period.value}_{now.starts_on.isoformat()}"
    before = rules.shifted(now.period, now.starts_on, -1)
    st.caption(
        f"{formats.plural(len(open_), 'person has', 'people have')} a quota in the {now.period.label.lower()} before "
        "and none in this one."
    )
    if page.pressed("Take over the quotas of the period before", name=key, icon="content_copy"):
        given = CopyTargets(now.period, now.starts_on)
        done = f"Quotas since {formats.date(before, ctx.locale)} taken over."
        if page.act(ctx, commands.copy_targets, given, key=key, done=done, refresh=False) is not None:
            next_render(_form_of(now))
            st.rerun()


def _totals(ctx: PageContext, totals: Sequence[SpanTotal], currency: str) -> None:
    if not any(one.people or one.house_minor is not None or one.events_minor for one in totals):
        return
    st.markdown("##### Over the year")
    frame = pd.DataFrame(
        {
            "id": range(len(totals)),
            "span": [one.label for one in totals],
            "house": pd.array([one.house_minor for one in totals], dtype="Int64"),
            "people": pd.array([one.people_minor if one.people else None for one in totals], dtype="Int64"),
            "persons": pd.array([one.people for one in totals], dtype="Int64"),
            "events": pd.array([one.events_minor or None for one in totals], dtype="Int64"),
        }
    )
    columns = [
        Column("span", "Period", width="small"), Column("house", "House", "money", currency=currency),
        Column("people", "Quotas", "money", currency=currency), Column("persons", "People", "count", width="small"),
        Column("events", "Events", "money", currency=currency),
    ]  # fmt: skip
    tables.table(
        frame, columns, key="targets_totals", alt="Targets of the house, quotas and events' targets by period",
        zone=ctx.house.zone, lang=ctx.locale,
    )  # fmt: skip


def _money(ctx: PageContext, minor: int | None, sheet: TargetSheet) -> str:
    return formats.money(minor, sheet.currency, ctx.locale)
