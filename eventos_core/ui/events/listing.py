"""The events page's filter row, table and calendar."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.events import EventKind, EventStatus
from eventos_core.events import queries, rules
from eventos_core.events.queries import EventFilter
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.lists import PageOf
from eventos_core.tenancy import queries as team
from eventos_core.ui import formats, page, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.events import calendar, words
from eventos_core.ui.page import PageContext
from eventos_core.ui.segments import FILTERS_WIDTH, segments
from eventos_core.ui.tables import Column
from eventos_core.ui.views import Bar

PREFIX = "events"
EXTRAS = ("layout", "state")
COLUMNS = (
    Column("name", "Event", width=205),
    Column("when", "When", width=215, help="On the wall clock of the event's own zone"),
    Column("status", "Status", "status", enum=EventStatus, meanings=words.TONES, width=92),
    Column("season", "Season", width=80),
    Column("venue", "Venue", width=165),
    Column("owner", "Owner", width=103),
    Column("sessions", "Sessions", "count", width=72),
    Column("capacity", "Capacity", "count", width=72),
    Column("kind", "Kind", "status", enum=EventKind, extra=True),
    Column("stage", "Stage", extra=True),
)


class Shown(LabelledEnum):
    """The main state of the list."""

    OPEN = "open"
    PLANNING = "planning"
    ON_SALE = "on_sale"
    LIVE = "live"
    DONE = "done"
    ALL = "all"

    @property
    def statuses(self) -> tuple[EventStatus, ...]:
        """The statuses it stands for; empty for all."""
        if self is Shown.ALL:
            return ()
        groups = {
            Shown.OPEN: rules.OPEN,
            Shown.PLANNING: (EventStatus.DRAFT, EventStatus.PLANNED),
            Shown.DONE: rules.OVER,
        }
        return groups.get(self) or (EventStatus(self.value),)


class View(LabelledEnum):
    """How the events are laid out."""

    TABLE = "table"
    CALENDAR = "calendar"


@dataclass(frozen=True)
class Choices:
    """What the filters offer, and how many events stand in each status."""

    counts: Mapping[str, int]
    seasons: tuple[str, ...]
    owners: Mapping[int, str]
    venues: Mapping[int, str]

    @property
    def total(self) -> int:
        """Events in use, whatever their status."""
        return sum(self.counts.values())


def choices(ctx: PageContext) -> Choices:
    """Read what the filters offer."""
    with page.reading(ctx) as db:
        return Choices(
            queries.event_counts(db),
            tuple(queries.season_names(db)),
            team.member_choices(db) if ctx.can(Permission.TEAM_READ) else {},
            queries.venue_choices(db) if ctx.can(Permission.VENUES_READ) else {},
        )


def caption(ctx: PageContext, offered: Choices) -> str:
    """How many events are open, and which comes next."""
    total = offered.total
    if not total:
        return escaped(ctx.house.account_name)
    number = sum(offered.counts.get(status.value, 0) for status in rules.OPEN)
    parts = [f"{formats.count(number)} open of {formats.plural(total, 'event')}"]
    now = clock.now()
    coming = next((one for one in ctx.visit.events if one.starts_at > now and one.status not in rules.OVER), None)
    if coming is not None:
        date = formats.date(coming.starts_at.astimezone(ZoneInfo(coming.timezone)).date(), ctx.locale, year=False)
        parts.append(f"next: {escaped(coming.name)}, {date}")
    return " · ".join(parts)


def filter_row(offered: Choices, bar: Bar) -> tuple[View, EventFilter]:
    """Layout, search, the rest, and the status of a list; everything stands in the URL."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="events_row"):
        view = View(
            segments(
                "Layout", "events_layout", [str(one) for one in View], View.TABLE.value, format_func=_view_label,
                also=bar.left(),
            )
        )  # fmt: skip
        with st.container(width=FILTERS_WIDTH):
            wanted = page.filters(
                EventFilter,
                prefix=PREFIX,
                labels={"q": "Search events", "owner_id": "Owner", "venue_id": "Venue", "archived": "Archived events"},
                options={
                    "season": {season: season for season in offered.seasons},
                    "owner_id": offered.owners,
                    "venue_id": offered.venues,
                },
                skip=("status", "when", "latest_first"),
                bar=bar,
            )
    if view is View.CALENDAR or wanted.archived:
        return view, dataclasses.replace(wanted, latest_first=wanted.archived)
    shown = Shown(
        segments(
            "Status", "events_state", [str(one) for one in Shown], Shown.OPEN.value, clears=(f"{PREFIX}_at",),
            format_func=lambda value: _state_label(Shown(value), offered.counts), also=bar.left(),
        )
    )  # fmt: skip
    latest_first = shown in (Shown.DONE, Shown.ALL)
    return view, dataclasses.replace(wanted, status=shown.statuses, latest_first=latest_first)


def table(ctx: PageContext, found: PageOf, wanted: EventFilter, bar: Bar) -> None:
    """One page of events; choosing a row opens its workspace."""
    rows = tables.records(found.frame)
    frame = found.frame.assign(
        when=[words.when_short(row["starts_at"], row["ends_at"], row["timezone"], ctx.locale) for row in rows]
    )
    chosen = tables.table(
        frame,
        bar.columns,
        key="events_table",
        alt=f"Events with {bar.told}",
        zone=ctx.zone,
        lang=ctx.locale,
        opens="events_row",
    )
    if chosen is not None:
        open_event(str(frame.loc[frame["id"] == chosen, "slug"].iloc[0]))
    _ways(ctx, found, wanted)


def _ways(ctx: PageContext, found: PageOf, wanted: EventFilter) -> None:
    """Under a list of several pages: jump to a day, previous and next."""
    if found.next is None and found.previous is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="events_ways"):
        st.date_input(
            "Jump to date", value=None, key="events_jump", width=150, label_visibility="collapsed",
            help="Begin the list at this day", on_change=_to_day, args=(ctx.house.timezone, wanted.latest_first),
        )  # fmt: skip
        page.pager(found, prefix=PREFIX)


def _to_day(timezone: str, latest_first: bool) -> None:
    day = st.session_state.get("events_jump")
    if day is not None:
        st.query_params[f"{PREFIX}_at"] = queries.at_day(day, timezone, latest_first=latest_first)


def month(ctx: PageContext, wanted: EventFilter) -> None:
    """The month of the URL; an event opens its workspace, an empty day starts a new event."""
    today = clock.now().astimezone(ctx.house.zone).date()
    shown = calendar.month_of(st.query_params.get("events_month"), today)
    first, last = calendar.bounds(shown)
    events: pd.DataFrame = page.read(ctx, queries.calendar, first, last, wanted)
    calendar.steer(shown, ctx.locale)
    may_create = ctx.can(Permission.EVENTS_WRITE)
    data = calendar.as_data(events, shown, ctx.house.timezone, ctx.locale, may_create=may_create)
    asked = calendar.draw(data)
    if asked.turn:
        calendar.turn_to(calendar.turned(shown, asked.turn))
        page.refresh()
    if asked.slug:
        open_event(asked.slug)
    if asked.day and may_create:
        page.open_drawer(new=asked.day)
    st.caption("Times are each event's own; the zone is named where it is not the house's.")


def open_event(slug: str) -> None:
    """Go to an event's workspace."""
    page.go("plan_event", event=slug)


def _view_label(value: str) -> str:
    icon = {View.TABLE: "table_rows", View.CALENDAR: "calendar_month"}[View(value)]
    return f":material/{icon}: {View(value).label}"


def _state_label(shown: Shown, counts: Mapping[str, int]) -> str:
    wanted = shown.statuses or tuple(EventStatus)
    count = sum(counts.get(status.value, 0) for status in wanted)
    return f"{shown.label} :gray[{count}]" if count else shown.label
