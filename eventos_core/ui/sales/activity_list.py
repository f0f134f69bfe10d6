"""The page of activities: its layouts, the list with filters and saved views, the month."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eventos_core.crm import queries
from eventos_core.crm.queries import ActivityFilter
from eventos_core.crm.rules.activities import DueState
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.crm import ActivityKind, ActivityOutcome, Priority
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.tenancy import queries as team
from eventos_core.ui import cache, exporting, formats, page, tables, views
from eventos_core.ui.events import calendar
from eventos_core.ui.page import Head, PageContext
from eventos_core.ui.sales import doing_words as words
from eventos_core.ui.segments import segments
from eventos_core.ui.tables import Column
from eventos_core.ui.views import Bar

PREFIX = "activities"
_MONTH = "activity_month"
COLUMNS = (
    Column("subject", "Activity", width=205),
    Column("when", "When", width=135, help="When it is due, or was done; on the house's clock"),
    Column("kind", "Kind", "status", enum=ActivityKind, width=80),
    Column("state", "State", "status", meanings={
        "Overdue": "red", "Today": "orange", "Next 7 days": "blue", "Later": "gray", "No date": "gray",
        **{outcome.label: "green" for outcome in ActivityOutcome},
    }, width=105),
    Column("contact", "Contact", width=120),
    Column("organization", "Organisation", width=125),
    Column("deal", "Deal", width=115),
    Column("owner", "Owner", width=120),
    Column("event", "Event", extra=True),
    Column("priority", "Priority", "status", enum=Priority, meanings=words.PRIORITIES, extra=True),
    Column("outcome_note", "How it ended", extra=True),
    Column("location", "Where", extra=True),
)  # fmt: skip


class Layout(LabelledEnum):
    """What the page shows."""

    DAY = "day"
    LIST = "list"
    CALENDAR = "calendar"
    MEETINGS = "meetings"

    @property
    def label(self) -> str:
        """As the control says it."""
        return "My day" if self is Layout.DAY else super().label

    @property
    def about(self) -> str:
        """The page's caption."""
        return {
            Layout.LIST: "Calls, e-mails, meetings, tasks and visits of the house.",
            Layout.CALENDAR: "What is planned, and what was done.",
            Layout.MEETINGS: "Booked into their hosts' free time; nobody is in two places.",
        }.get(self, "")

    @property
    def primary(self) -> tuple[str, str]:
        """The head's one action, with its icon."""
        return ("Book a meeting", "event_available") if self is Layout.MEETINGS else ("Plan", "add_task")

    @property
    def needs(self) -> Permission:
        """What that action takes."""
        return Permission.SALES_WRITE if self is Layout.MEETINGS else Permission.CONTACTS_WRITE

    @property
    def opens(self) -> dict[str, str]:
        """The drawer that it opens."""
        return {"book": "new"} if self is Layout.MEETINGS else {"new": "activity"}


_LAYOUT = "activity_layout"


def chosen(ctx: PageContext) -> Layout:
    """Which layout the URL asks for: my day, unless it says otherwise."""
    wanted = st.query_params.get(_LAYOUT, "")
    return Layout(wanted) if wanted in _offered(ctx) else Layout.DAY


def switch(ctx: PageContext) -> None:
    """The control that changes the layout."""
    segments(
        "Layout", _LAYOUT, _offered(ctx), Layout.DAY.value,
        format_func=lambda value: Layout(value).label,
    )  # fmt: skip


def menu(ctx: PageContext, layout: Layout) -> list[str]:
    """Entries of the head's menu: the export of the list that is shown."""
    if layout is Layout.LIST:
        return exporting.menu(ctx, Permission.CONTACTS_READ)
    return exporting.menu(ctx, Permission.SALES_READ) if layout is Layout.MEETINGS else []


def _offered(ctx: PageContext) -> list[str]:
    return [str(one) for one in Layout if one is not Layout.MEETINGS or ctx.can(Permission.SALES_READ)]


def draw_list(ctx: PageContext, head: Head) -> None:
    """The list with its filter row, views and export."""
    bar = views.bar(ctx, PREFIX, "All activities", columns=COLUMNS)
    wanted = _filters(ctx, bar)
    exporting.answer(ctx, head, "activities", wanted, bar.picked)
    found = page.read(ctx, queries.activities, wanted, cursor=page.cursor(PREFIX))
    if not found.frame.empty:
        frame = found.frame
        shown = frame.assign(
            when=[_when(ctx, row) for row in tables.records(frame)],
            state=[_state(row) for row in tables.records(frame)],
        )
        tables.table(
            shown, bar.columns, key="activities_table", alt=f"Activities with {bar.told}", zone=ctx.house.zone,
            lang=ctx.locale, opens="activity",
        )  # fmt: skip
        page.pager(found, prefix=PREFIX)
    elif wanted != ActivityFilter() or page.cursor(PREFIX):
        page.nothing_yet("No activity matches.", hint="Change the search or the filters.", icon="filter_alt")
    else:
        page.nothing_yet(
            "No activities yet.", hint="Calls, e-mails, meetings and tasks of the house show here.", icon="task_alt"
        )


def draw_month(ctx: PageContext) -> None:
    """The month of the URL; an entry opens its activity, an empty day plans one."""
    today = clock.now().astimezone(ctx.house.zone).date()
    shown = calendar.month_of(st.query_params.get(_MONTH), today)
    first, last = calendar.bounds(shown)
    mine = segments(
        "Whose", "activity_whose", ["mine", "all"], "mine",
        format_func=lambda value: {"mine": "Mine", "all": "Everybody's"}[value],
    )  # fmt: skip
    wanted = ActivityFilter(owner=ctx.house.member_id if mine == "mine" else None)
    found = page.read(ctx, queries.activity_calendar, first, last, wanted)
    calendar.steer(shown, ctx.locale, _MONTH)
    may_create = ctx.can(Permission.CONTACTS_WRITE)
    entries = [_entry(ctx, row) for row in tables.records(found)]
    asked = calendar.draw(
        calendar.month_of_entries(
            entries, shown, ctx.house.timezone, ctx.locale, may_create=may_create, noun=("activity", "activities")
        )
    )
    if asked.turn:
        calendar.turn_to(calendar.turned(shown, asked.turn), _MONTH)
        page.refresh()
    if asked.slug:
        page.open_drawer(activity=asked.slug)
    if asked.day and may_create:
        page.open_drawer(new=asked.day)
    st.caption(f"Times in {formats.zone_label(ctx.house.zone)}.")


def _filters(ctx: PageContext, bar: Bar) -> ActivityFilter:
    owners = cache.kept(ctx, "activity_owners", 0, lambda: _owners(ctx))
    return page.filters(
        ActivityFilter,
        prefix=PREFIX,
        labels={"q": "Search activities", "since": "From day", "until": "Until day", "archived": "Archived activities"},
        options={"owner": owners, "event": page.event_names(ctx)},
        bar=bar,
    )


def _owners(ctx: PageContext) -> dict[int, str]:
    return {0: "Nobody", **page.read(ctx, team.member_choices)} if ctx.can(Permission.TEAM_READ) else {}


def _when(ctx: PageContext, row: dict[str, Any]) -> str:
    at, all_day = (row["done_at"], False) if row["done_at"] is not None else (row["due_at"], row["all_day"])
    return words.due(ctx, at, all_day) if at is not None else formats.DASH


def _state(row: dict[str, Any]) -> str:
    if row["done_at"] is None:
        return DueState(row["state"]).label
    return ActivityOutcome(row["outcome"]).label if row["outcome"] else ActivityOutcome.DONE.label


def _entry(ctx: PageContext, row: dict[str, Any]) -> dict[str, Any]:
    """One activity as the month draws it."""
    at = row["done_at"] or row["due_at"]
    day = at.astimezone(ctx.house.zone).date().isoformat()
    whole = row["all_day"] and row["done_at"] is None
    state = _state(row)
    kind = ActivityKind(row["kind"]).label
    said = [row["subject"], kind, _when(ctx, row), state, words.about(row)]
    tones = {**words.STATES, DueState.OVERDUE.value: "late"}
    tone = "green" if row["done_at"] is not None else tones[row["state"]]
    return {
        "slug": str(row["id"]),
        "name": row["subject"],
        "first": day,
        "last": day,
        "time": "" if whole else formats.clock(at, ctx.house.zone),
        "status": state,
        "tone": tone,
        "where": words.about(row),
        "label": ", ".join(part for part in said if part),
    }
