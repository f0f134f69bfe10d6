"""The programme page: day, layout and filters; the timeline and the list; what is worth a look."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.events import SessionKind
from eventos_core.events import commands, queries
from eventos_core.events.commands import MoveSession
from eventos_core.events.queries import EventDetail, ProgrammeSlice
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import formats, page, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.events import timeline, words
from eventos_core.ui.page import PageContext
from eventos_core.ui.segments import FILTERS_WIDTH, segments
from eventos_core.ui.tables import Column, Meaning
from eventos_core.ui.views import Bar

PREFIX = "programme"
STATE_TONES: dict[str, Meaning] = {"Cancelled": "red", "Open end": "orange", "No place": "orange"}
EXTRAS = ("layout",)
COLUMNS = (
    Column("when", "Time"),
    Column("title", "Session", width=270),
    Column("place", "Place"),
    Column("hosts", "Hosts", width=190),
    Column("track", "Track"),
    Column("kind", "Kind", width="small"),
    Column("capacity", "Capacity", "count", width=72),
    Column("state", "State", "status", meanings=STATE_TONES, width=96),
)
_MANY_DAYS = 9
_LANES = 12


class Layout(LabelledEnum):
    """How a day is laid out."""

    TIMELINE = "timeline"
    LIST = "list"


@dataclass(frozen=True)
class ProgrammeFilter:
    """What narrows the programme, besides the day."""

    q: str = ""
    track: str | None = None
    hide_cancelled: bool = False


def caption(ctx: PageContext, event: EventDetail, days: pd.DataFrame) -> str:
    """Event, time with zone, number of sessions."""
    when = words.when(event.starts_at, event.ends_at, event.timezone, ctx.locale)
    return f"{escaped(event.name)} · {when} · {formats.plural(int(days['sessions'].sum()), 'session')}"


def first_hint(event: EventDetail) -> str:
    """What an empty programme says to do."""
    if event.archived_at is not None:
        return "The event is archived; restore it to build its programme."
    return "Add the first one: a title and a start are enough; space and hosts can follow."


def controls(
    ctx: PageContext, days: pd.DataFrame, tracks: list[str], bar: Bar
) -> tuple[dt.date | None, Layout, ProgrammeFilter]:
    """Days, layout, search and filters; all in the URL."""
    day = _day(ctx, days)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="programme_row"):
        layout = Layout(
            segments(
                "Layout", "programme_layout", [str(one) for one in Layout], Layout.TIMELINE.value,
                format_func=_layout_label, also=bar.left(),
            )
        )  # fmt: skip
        with st.container(width=FILTERS_WIDTH):
            wanted = page.filters(
                ProgrammeFilter,
                prefix=PREFIX,
                labels={"q": "Search all days", "track": "Track", "hide_cancelled": "Hide cancelled sessions"},
                options={"track": {track: track for track in tracks}},
                bar=bar,
            )
    return day, layout, wanted


def read(ctx: PageContext, event: EventDetail, day: dt.date | None, wanted: ProgrammeFilter) -> pd.DataFrame:
    """The day's sessions, or those of all days that a search finds, as `queries.PROGRAMME`."""
    from_ = to = None
    if day is not None and not wanted.q:
        from_, to = clock.day_bounds(day, event.timezone)
    return page.read(
        ctx, queries.programme, event.id, from_=from_, to=to, track=wanted.track, q=wanted.q,
        cancelled=not wanted.hide_cancelled,
    )  # fmt: skip


def all_days(event: EventDetail, wanted: ProgrammeFilter) -> ProgrammeSlice:
    """What the search and the filters leave of the whole programme, whichever day is shown; for the export."""
    return ProgrammeSlice(event.id, track=wanted.track, q=wanted.q, cancelled=not wanted.hide_cancelled)


def ends_of(sessions: pd.DataFrame) -> list[dt.datetime]:
    """When the sessions shown end, as far as that is known."""
    return [row["ends_at"].to_pydatetime() for row in tables.records(sessions) if row["ends_at"] is not None]


def lanes(ctx: PageContext, event: EventDetail, day: dt.date, sessions: pd.DataFrame, tracks: list[str]) -> None:
    """The day by space; a session opens its drawer, a dragged one is moved."""
    may_move = ctx.can(Permission.PROGRAMME_WRITE) and event.archived_at is None
    data = timeline.as_data(
        sessions,
        day,
        ctx.zone,
        ctx.locale,
        tracks=tracks,
        spaces=_own_spaces(ctx, event) if may_move else {},
        may_move=may_move,
    )
    asked = timeline.draw(data, key=f"timeline_{event.id}_{day}")
    if tracks:
        legend = " · ".join(f":{_TRACK_COLOURS[n % 6]}[●] {escaped(t)}" for n, t in enumerate(tracks))
        st.caption(f"Tracks: {legend}")
    if asked.move is not None and may_move:
        move(ctx, asked.move, sessions)
    if asked.session_id is not None:
        page.open_drawer(session=asked.session_id)


def listed(ctx: PageContext, sessions: pd.DataFrame, bar: Bar, *, all_days: bool) -> None:
    """Sessions as a table in programme order; a row opens its drawer."""
    rows = tables.records(sessions)
    day = [formats.date(r["starts_at"].astimezone(ctx.zone).date(), ctx.locale, year=False) for r in rows]
    times = [words.clock_span(r["starts_at"], r["ends_at"], ctx.zone, ctx.locale) for r in rows]
    frame = sessions.assign(
        when=[f"{d}, {t}" for d, t in zip(day, times, strict=True)] if all_days else times,
        kind=[SessionKind(r["kind"]).label for r in rows],
        place=pd.Series([r["place"] or ("Online" if r["mode"] == "online" else None) for r in rows], dtype="object"),
        state=pd.Series([_state(r) for r in rows], dtype="object"),
    )
    time = Column("when", f"Time ({formats.zone_label(ctx.zone)})", width=190 if all_days else 130)
    empty = {"track"} if sessions["track"].isna().all() and not bar.picked else set()
    columns = [time, *(one for one in bar.columns[1:] if one.name not in empty)]
    tables.table(
        frame, columns, key="programme_table", zone=ctx.zone, lang=ctx.locale, opens="session", rows=18,
        alt="Sessions with time, place, hosts, track, kind, capacity and state",
    )  # fmt: skip


def worth_a_look(ctx: PageContext, odd: pd.DataFrame) -> None:
    """What the database does not refuse, each as a sentence with the way to the session."""
    if odd.empty:
        return
    with st.expander(f"Worth a look · {len(odd)}", icon=":material/visibility:", key="programme_odd"):
        for position, row in enumerate(tables.records(odd)):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(_sentence(ctx, row), width="stretch")
                if st.button("Open", key=f"odd_{position}_{row['first_id']}", type="tertiary"):
                    page.open_drawer(session=int(row["first_id"]))


def move(ctx: PageContext, asked: timeline.Move, sessions: pd.DataFrame) -> None:
    """Move a dragged session; what is in the way is said, and everything stays as it was."""
    row = next((r for r in tables.records(sessions) if r["id"] == asked.session_id), None)
    if row is None:
        return
    by = dt.timedelta(minutes=asked.minutes)
    given = MoveSession(
        asked.session_id,
        asked.version,
        row["starts_at"].to_pydatetime() + by,
        row["ends_at"].to_pydatetime() + by if row["ends_at"] is not None else None,
        asked.space_id if asked.space_id is not None else row["space_id"],
    )
    page.act(ctx, commands.move_session, given, done=f"{row['title']} moved.")


def _day(ctx: PageContext, days: pd.DataFrame) -> dt.date | None:
    """The day chosen; today where the event has sessions today, else its first day."""
    found = {row["day"].isoformat(): row for row in tables.records(days)}
    if not found:
        return None
    today = clock.now().astimezone(ctx.zone).date().isoformat()
    start = today if today in found else next(iter(found))

    def label(value: str) -> str:
        row = found[value]
        return f"{formats.date(row['day'], ctx.locale, year=False)} :gray[{row['sessions']}]"

    if len(found) == 1:
        return dt.date.fromisoformat(start)
    many = len(found) > _MANY_DAYS
    chosen = segments("Day", "programme_day", list(found), start, format_func=label, as_list=many)
    return dt.date.fromisoformat(chosen)


def _own_spaces(ctx: PageContext, event: EventDetail) -> dict[int, str]:
    """The spaces of the event's venue, so that sessions can be dragged into empty ones; none for large venues."""
    if event.venue_id is None or not ctx.can(Permission.VENUES_READ):
        return {}
    found = page.read(ctx, queries.spaces, event.venue_id)
    if len(found) > _LANES:
        return {}
    return {int(row["id"]): f"{row['name']} · {event.venue}" for row in tables.records(found)}


def _state(row: dict[str, Any]) -> str | None:
    if row["cancelled_at"] is not None:
        return "Cancelled"
    if row["ends_at"] is None:
        return "Open end"
    return None if row["place"] or row["mode"] == "online" else "No place"


def _sentence(ctx: PageContext, row: dict[str, Any]) -> str:
    first, second, resource = (escaped(str(row[name])) for name in ("first", "second", "resource"))
    day = formats.date(row["starts_at"].astimezone(ctx.zone).date(), ctx.locale, year=False)
    times = words.clock_span(row["starts_at"], row["ends_at"], ctx.zone, ctx.locale)
    when = f":gray[{day}, {times}]"
    said = {
        "place": f"**{first}** and **{second}** are both at {resource}",
        "host": f"{resource} hosts **{first}** and **{second}** at once",
        "held": f"**{first}** is in {resource}, which {second} keeps then",
        "capacity": f"**{first}** admits more than {resource} holds ({second})",
        "outside": f"**{first}** lies outside the event's time",
    }
    return f"{said[str(row['kind'])]} · {when}"


def _layout_label(value: str) -> str:
    icon = {Layout.TIMELINE: "view_timeline", Layout.LIST: "list"}[Layout(value)]
    return f":material/{icon}: {Layout(value).label}"


_TRACK_COLOURS = ("primary", "blue", "green", "orange", "violet", "yellow")
"""In the order of the component's tones."""
