"""My day: what is overdue, what is today, what comes next. Made for a phone: call with one tap, done with two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import CompleteActivity, RescheduleActivity
from eventos_core.crm.queries import MyDay
from eventos_core.crm.rules.activities import OUTCOMES, DueState, Links, Move, needed
from eventos_core.enums.crm import ActivityKind, ActivityOutcome, Priority
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import acting, formats, forms, page, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.sales import doing_words as words

SHOWN = 40
"""Rows of one part; the rest is in the list."""
IN_DRAWERS = 3
"""Planned activities that a record's drawer shows."""
_OWN: Mapping[str, tuple[str, ...]] = {
    "contacts": ("contact",), "organizations": ("organization",), "opportunities": ("deal",)
}  # fmt: skip
"""What a row need not say in the drawer of a record, by the record's table."""
PLANNED = ("planned",)
"""Parts of the 360° view that `planned` stands for."""


def read(ctx: PageContext) -> MyDay:
    """The day of whoever looks, on their own clock."""
    return page.read(ctx, queries.my_day, zone=ctx.person.timezone or None)


def caption(ctx: PageContext, day: MyDay) -> str:
    """`Wed 2 Dec · 3 overdue · 2 today · 4 done`."""
    parts = [formats.date(day.today, ctx.locale, year=False)]
    parts += [f"{formats.count(len(day.overdue))} overdue"] if len(day.overdue) else []
    parts += [f"{formats.count(len(day.due_today))} today", f"{formats.count(day.done_today)} done"]
    return " · ".join(parts)


def draw(ctx: PageContext, day: MyDay) -> bool:
    """The parts of the day, each with its rows; True where the person asked to plan something."""
    parts = (
        ("Overdue", DueState.OVERDUE, day.overdue),
        ("Today", DueState.TODAY, day.due_today),
        ("Next 7 days", DueState.SOON, day.soon),
        ("No date", DueState.UNDATED, day.undated),
    )
    if all(frame.empty for _, _, frame in parts):
        may = ctx.can(Permission.CONTACTS_WRITE)
        return page.nothing_yet(
            "Nothing is waiting for you." if day.done_today else "Nothing planned yet.",
            hint=f"{'Plan the next call, meeting or task; w' if may else 'W'}hat is due shows here.",
            action="Plan an activity" if may else None, icon="task_alt",
        )  # fmt: skip
    for title, state, frame in parts:
        if not frame.empty:
            _part(ctx, title, state, frame)
    if day.more:
        st.caption("There is more than fits here; the list has all of it.")
    return False


def planned(ctx: PageContext, entity: str, row_id: int) -> None:
    """What is planned about one record (its table and id), to be done or moved from its drawer; nothing for nothing.

    The rows open on the page of activities.
    """
    frame = page.read(ctx, queries.open_activities_of, entity, row_id, limit=IN_DRAWERS + 1)
    for row in tables.records(frame.head(IN_DRAWERS)):
        # The drawer's own name stands at its head.
        _row(ctx, {**row, **dict.fromkeys(_OWN.get(entity, ()))}, DueState(row["state"]), here=False)
    if len(frame) > IN_DRAWERS:
        st.caption("More is planned: the timeline has all of it.")


def _part(ctx: PageContext, title: str, state: DueState, frame: pd.DataFrame) -> None:
    colour = words.STATES[state]
    mark = f":{colour}[:material/error:] " if state is DueState.OVERDUE else ""
    st.subheader(f"{mark}{title} :gray[:small[{formats.count(len(frame))}]]", anchor=False)
    with st.container(gap="small", key=f"day_{state}"):
        for row in tables.records(frame.head(SHOWN)):
            _row(ctx, row, state)
    if len(frame) > SHOWN:
        st.caption(f"{formats.count(len(frame) - SHOWN)} more are in the list.")


def _row(ctx: PageContext, row: Mapping[str, Any], state: DueState, *, here: bool = True) -> None:
    kind = ActivityKind(row["kind"])
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"do_{row['id']}"):
        with st.container(gap=None, width="stretch", key=f"do_text_{row['id']}"):
            urgent = ":red[:material/priority_high:]" if row["priority"] == Priority.HIGH else ""
            label = f":material/{words.ICONS[kind]}: {urgent}{escaped(row['subject'])}"
            if st.button(label, type="tertiary", key=f"open_{row['id']}", help="Open the activity"):
                if not here:
                    page.go("sales_activities", activity=row["id"])
                page.open_drawer(activity=row["id"])
            said = [part for part in (_when(ctx, row, state), escaped(words.about(row))) if part]
            if said:
                st.markdown(f":small[{' · '.join(said)}]")
        with st.container(horizontal=True, gap="xsmall", width="content", key=f"do_actions_{row['id']}"):
            if row["phone"]:
                st.link_button("Call", words.dial(row["phone"]), icon=":material/call:", key=f"dial_{row['id']}",
                               disabled=bool(row["do_not_contact"]),
                               help="Asked not to be contacted" if row["do_not_contact"] else None)  # fmt: skip
            if may_write(ctx, row):
                done(ctx, row, kind)
                later(ctx, row)


def _when(ctx: PageContext, row: Mapping[str, Any], state: DueState) -> str:
    if row["due_at"] is None:
        return ""
    if state is DueState.TODAY:
        said = "Any time" if row["all_day"] else formats.clock(row["due_at"], ctx.house.zone)
    else:
        said = words.due(ctx, row["due_at"], row["all_day"])
    return f":{words.STATES[state]}[{escaped(said)}]"


def may_write(ctx: PageContext, row: Mapping[str, Any]) -> bool:
    """Whether this person may change that activity."""
    links = Links(opportunity_id=row["opportunity_id"], sponsor_id=row["sponsor_id"])
    return ctx.can(Permission.CONTACTS_WRITE) and ctx.can(needed(links.given()))


def done(ctx: PageContext, row: Mapping[str, Any], kind: ActivityKind) -> None:
    """“Done” with the outcomes of its kind: two taps."""
    name = f"done_{row['id']}"
    version = page.seen_version(name, row["version"])
    chosen = _menu("Done", OUTCOMES[kind], name, icon="check")
    if chosen is not None:
        outcome = ActivityOutcome(chosen)
        given = CompleteActivity(row["id"], version, outcome)
        said = f"{row['subject']}: {outcome.label.lower()}."
        page.act(ctx, commands.complete_activity, given, key=name, done=said)


def later(ctx: PageContext, row: Mapping[str, Any]) -> None:
    """“Later”: tomorrow or next week. A booked meeting is moved with its guest, so not here."""
    if row["meeting_booking_id"] is not None:
        return
    name = f"later_{row['id']}"
    version = page.seen_version(name, row["version"])
    chosen = _menu("Later", tuple(Move), name, icon="schedule")
    if chosen is not None:
        move = Move(chosen)
        given = RescheduleActivity(row["id"], version, move)
        page.act(ctx, commands.reschedule_activity, given, key=name, done=f"{row['subject']}: {move.label.lower()}.")


def _menu(label: str, options: Sequence[Any], name: str, *, icon: str) -> Any:
    acting.conflict_panel(name)
    return st.menu_button(
        label, list(options), key=forms.render_key(name), icon=f":material/{icon}:", format_func=lambda one: one.label
    )
