"""Home: what it reads, in one transaction, and its cards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.enums.events import EventStatus
from eventos_core.events.queries import EventFilter, events
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import audit, metrics, naming
from eventos_core.operations.audit import Happening
from eventos_core.operations.metrics import Figure, Scope
from eventos_core.operations.needs import Need, Step, Urgency, first_steps, needs
from eventos_core.ui import formats, navigation, page, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.sales import selling
from eventos_core.ui.tables import Column, Meaning

AHEAD = 6
"""Events listed on Home."""
COMPARED_DAYS = 30
# (metric, whether the same count a month ago means something)
_TILES = (
    ("contacts", True),
    ("organizations", True),
    ("events_ahead", False),
    ("sessions_planned", False),
    ("venues_in_use", False),
)
_URGENCIES: dict[Urgency, str] = {
    Urgency.LATE: ":red[:material/error: {}]",
    Urgency.TODAY: ":orange[:material/today: {}]",
    Urgency.SOON: ":orange[{}]",
    Urgency.WHENEVER: ":gray[{}]",
}
_STATUS: dict[str, Meaning] = {
    EventStatus.LIVE.value: "green",
    EventStatus.ON_SALE.value: "green",
    EventStatus.CANCELLED.value: "red",
}
# Where a row of a table is opened: page, parameter, and whether by slug instead of id.
_PLACES = {
    "contacts": ("sales_contacts", "contact", False),
    "organizations": ("sales_organizations", "organization", False),
    "venues": ("plan_venues", "venue", False),
    "events": ("plan_event", "event", True),
    "account_users": ("admin_team", "member", False),
}


@dataclass(frozen=True)
class HomeView:
    """Everything Home shows, read in one transaction; `ahead` is None for who may not see events."""

    now: dt.datetime
    sales: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    waiting: tuple[Need, ...]
    happened: tuple[Happening, ...]
    steps: tuple[Step, ...]
    ahead: pd.DataFrame | None


def read(ctx: PageContext) -> HomeView:
    """Read Home: one query a figure (two where it is compared), one each for steps, changes and events.

    The seller's figures cost five: what stands open and was won, both as it was before, quota, activities.
    """
    now = clock.now()
    with page.reading(ctx) as db:
        ahead = None
        if ctx.can(Permission.EVENTS_READ):
            ahead = events(db, EventFilter(when="upcoming"), size=AHEAD).frame
        known = metrics.registered()
        figures = tuple(
            metrics.figure(
                db,
                key,
                Scope(as_of=now),
                compare=Scope(as_of=now - dt.timedelta(days=COMPARED_DAYS)) if compared else None,
                compared_with=f"in {COMPARED_DAYS} days" if compared else "",
            )
            for key, compared in _TILES
            if key in known and ctx.can(known[key].requires)
        )
        return HomeView(
            now,
            selling.read(db, now),
            figures,
            tuple(needs(db)),
            tuple(audit.recent_changes(db, limit=6)),
            first_steps(db),
            ahead,
        )
    raise AssertionError("unreachable")


def greeting(ctx: PageContext, now: dt.datetime) -> str:
    """“Good evening, Claire”, by the house's clock."""
    hour = now.astimezone(ctx.house.zone).hour
    part = "morning" if 5 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    name = ctx.house.display_name.split()[0] if ctx.house.display_name.strip() else ""
    return f"Good {part}, {escaped(name)}" if name else f"Good {part}"


def caption(ctx: PageContext, now: dt.datetime) -> str:
    """House, day and time in the house's zone, named, and as of when the figures are."""
    zone = ctx.house.zone
    shown = formats.instant(now, zone, ctx.locale)
    return f"{escaped(ctx.house.account_name)} · {escaped(shown)} · figures as of {formats.clock(now, zone)}"


def tiles(ctx: PageContext, figures: Sequence[Figure]) -> None:
    """All figures in one row; two abreast on a phone."""
    with st.grid(max(len(figures), 1), min_column_width=150):
        for figure in figures:
            page.tile(ctx, figure)


def _title(title: str, label: str = "", target: str = "") -> None:
    """A card's title, with a link to the whole at its right."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(title, anchor=False, width="stretch")
        if target and navigation.exists(target):
            page.link(label, page=target)


def waiting_card(needs_now: Sequence[Need]) -> None:
    """“Needs you today”: what, why, and where to do it."""
    with st.container(border=True, height="stretch", key="home_needs"):
        _title("Needs you today")
        if not needs_now:
            st.caption("Nothing waits for you. What is late, due or undecided shows here.")
        for number, need in enumerate(needs_now):
            with st.container(horizontal=True, vertical_alignment="center", key=f"need_{number}"):
                with st.container(gap=None, width="stretch"):
                    st.markdown(escaped(need.title))
                    # Not a caption: those are drawn at 60 %, which colours do not survive.
                    st.markdown(f":small[{_URGENCIES[need.urgency].format(escaped(need.context))}]")
                if navigation.exists(need.page):
                    page.link("Open", page=need.page, help=need.title, **need.parameters)


def steps_card(steps: Sequence[Step]) -> None:
    """The first steps of a new house; a card that goes away once all are done."""
    with st.container(border=True, height="stretch", key="home_steps"):
        done = sum(step.done for step in steps)
        _title("First steps")
        st.caption(f"{done} of {len(steps)} done; this list goes away with the last one.")
        for number, step in enumerate(steps):
            icon = ":green[:material/check_circle:]" if step.done else ":gray[:material/radio_button_unchecked:]"
            with st.container(horizontal=True, vertical_alignment="center", key=f"step_{number}"):
                with st.container(gap=None, width="stretch"):
                    st.markdown(f"{icon} {escaped(step.title)}" + (" · done" if step.done else ""))
                    if not step.done:
                        st.caption(escaped(step.about))
                if not step.done and navigation.exists(step.page):
                    page.link("Start", page=step.page, help=step.title, **step.parameters)


def ahead_card(ctx: PageContext, ahead: pd.DataFrame) -> None:
    """The next events; a row opens the event's workspace."""
    with st.container(border=True, key="home_ahead"):
        _title("Events ahead", "All events", "plan_events")
        if ahead.empty:
            st.caption("No events ahead. The next one shows here as soon as it has a date.")
            return
        tables.table(
            ahead,
            [
                Column("name", "Event"),
                Column("starts_at", "Starts", "instant"),
                Column("status", "Status", "status", enum=EventStatus, meanings=_STATUS),
                Column("venue", "Venue"),
                Column("owner", "Owner"),
                Column("sessions", "Sessions", "count", width="small"),
                Column("capacity", "Capacity", "count", width="small"),
            ],
            key="home_ahead_table", alt="The next events; choose one to open it", zone=ctx.house.zone, lang=ctx.locale,
            opens="ahead", rows=AHEAD,
        )  # fmt: skip


def open_chosen_event(ahead: pd.DataFrame | None) -> None:
    """Go to the workspace of the event whose row was chosen (URL parameter `ahead`)."""
    chosen = st.query_params.get("ahead")
    if chosen is None:
        return
    del st.query_params["ahead"]
    if ahead is not None and chosen.isdigit() and navigation.exists("plan_event"):
        found = ahead.loc[ahead["id"] == int(chosen), "slug"]
        if not found.empty:
            page.go("plan_event", event=str(found.iloc[0]))


def changes_card(ctx: PageContext, happened: Sequence[Happening], now: dt.datetime) -> None:
    """“What changed”: who did what to which record, a request at a time."""
    everything = ctx.can(Permission.AUDIT_READ)
    with st.container(border=True, height="stretch", key="home_changes"):
        if everything:
            _title("What changed", "Audit", "admin_audit")
        else:
            _title("What you changed")
        if not happened:
            st.caption("Nothing yet. Whatever is added, changed or removed shows here.")
        for number, one in enumerate(happened):
            with st.container(horizontal=True, vertical_alignment="center", key=f"change_{number}"):
                with st.container(gap=None, width="stretch"):
                    st.markdown(sentence(one))
                    st.caption(escaped(formats.ago(one.at, now, ctx.locale)) + _more(one))
                _open(ctx, one)


_VERBS = {
    "insert": "added", "update": "changed", "delete": "removed", "role_change": "changed the rights of",
    "merge": "merged", "restore": "restored", "erase": "erased",
}  # fmt: skip
_OF_FILES = {"export": "exported", "download": "downloaded", "import": "imported"}
"""What was done to a file or a list, which its own name tells."""


_DEEDS = {
    "password_changed": "changed the password", "password_set": "set a new password",
    "second_factor_on": "switched on the second factor", "second_factor_off": "switched off the second factor",
    "recovery_code_used": "signed in with a recovery code", "recovery_codes_replaced": "made new recovery codes",
    "identity_linked": "linked single sign-on", "identity_unlinked": "unlinked single sign-on",
}  # fmt: skip
"""What a person did to their own login: all is said with it."""


def sentence(one: Happening) -> str:
    """“**Claire** changed contact Ada Lovelace”, as Markdown."""
    who = "You" if one.own else escaped(one.actor)
    if one.action in _DEEDS:
        return f"**{who}** {_DEEDS[one.action]}"
    verb = {**_VERBS, **_OF_FILES}.get(one.action, one.action.replace("_", " ") + ":")
    what = naming.noun(one.table_name) if one.table_name and one.action not in _OF_FILES else ""
    return " ".join(part for part in (f"**{who}**", verb, what, escaped(one.subject or "")) if part)


def _more(one: Happening) -> str:
    others = one.entries - 1
    if others <= 0:
        return ""
    return f" · and {formats.count(others)}{'+' if one.more else ''} more change{'' if others == 1 else 's'}"


def _open(ctx: PageContext, one: Happening) -> None:
    place = _PLACES.get(one.table_name) if one.action != "delete" else None
    if place is not None and navigation.exists(place[0]) and (one.slug if place[2] else one.row_id):
        parameters: dict[str, Any] = {place[1]: one.slug if place[2] else one.row_id}
        page.link("Open", page=place[0], **parameters)
    elif ctx.can(Permission.AUDIT_READ):
        page.link("Details", page="admin_audit", entry=one.entry_id)
