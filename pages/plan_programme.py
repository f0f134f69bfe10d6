"""The programme of an event: sessions by day and space, and as a list."""

import streamlit as st

from eventos_core.events import queries
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import exporting, page, views
from eventos_core.ui.events import papers, programme, sessions
from eventos_core.ui.events.programme import Layout

ctx = page.start("Programme", requires=Permission.EVENTS_READ, icon="view_agenda", needs_event=True)
if ctx.event is None:
    st.stop()
with page.reading(ctx) as db:
    event = queries.event(db, ctx.event.slug)
    days = queries.days_of(db, event.id, event.timezone)
    tracks = queries.tracks(db, event.id)
    odd = queries.worth_a_look(db, event.id)
may_edit = ctx.can(Permission.PROGRAMME_WRITE) and event.archived_at is None

head = page.head(
    ctx, "Programme",
    caption=programme.caption(ctx, event, days),
    primary=("Add session", "add") if may_edit else None,
    menu=exporting.menu(ctx, Permission.EVENTS_READ, *papers.PROGRAMME),
)  # fmt: skip
if head.primary:
    page.open_drawer(add="session")
exporting.paper(ctx, head.menu, papers.programme(event.id))

day, ends = None, []
if days.empty:
    if page.nothing_yet(
        "No sessions yet.",
        hint=programme.first_hint(event),
        action="Add the first session" if may_edit else None,
        icon="view_agenda",
    ):
        page.open_drawer(add="session")
else:
    bar = views.bar(ctx, "programme", "All sessions", columns=programme.COLUMNS, extras=programme.EXTRAS)
    day, layout, wanted = programme.controls(ctx, days, tracks, bar)
    exporting.answer(ctx, head, "programme", programme.all_days(event, wanted), bar.picked)
    shown = programme.read(ctx, event, day, wanted)
    ends = programme.ends_of(shown)
    if shown.empty:
        page.nothing_yet("No session matches.", hint="Change the search or the filters.", icon="filter_alt")
    elif wanted.q or layout is Layout.LIST or day is None:
        programme.listed(ctx, shown, bar, all_days=bool(wanted.q))
    else:
        programme.lanes(ctx, event, day, shown, tracks)
    programme.worth_a_look(ctx, odd)

if "session" not in st.query_params:
    sessions.forget()


def add(_: str) -> None:
    """The drawer's body for a new session."""
    sessions.new(ctx, event, day, ends, tracks)


def show(session_id: str) -> None:
    """The drawer's body for one session."""
    sessions.show(ctx, event, int(session_id), tracks)


page.drawers(
    {
        "add": page.Drawer("New session", add, width=520, icon="add", allowed=may_edit),
        "session": page.Drawer("Session", show, width=520, icon="view_agenda"),
    }
)
