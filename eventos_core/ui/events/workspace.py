"""The event's workspace: head, figures, facts, what comes next in its programme."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from eventos_core.enums.events import AdmissionMode, AttendanceMode, EventStatus
from eventos_core.events import queries, rules
from eventos_core.events.queries import EventDetail
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import metrics
from eventos_core.operations.metrics import Figure, Scope
from eventos_core.ui import exporting, formats, navigation, page, tables, written
from eventos_core.ui.directory import custom_fields
from eventos_core.ui.errors import escaped
from eventos_core.ui.events import papers, words
from eventos_core.ui.page import Head, PageContext

FIGURES = ("days_to_event", "sessions_planned", "sessions_incomplete", "hosts_engaged")
"""Shown in this order; a metric that a person may not see is left out."""
_NEXT = 6
_PARTS = ("plan_programme",)
SHARE = "Share the programme"
"""The menu's entry that opens the links to the programme."""


@dataclass(frozen=True)
class Workspace:
    """All that the page shows, read in one snapshot."""

    detail: EventDetail
    figures: Sequence[Figure]
    coming: pd.DataFrame
    """The next sessions as `queries.PROGRAMME`."""
    odd: int
    """How many things in the programme are worth a look."""


def read(ctx: PageContext, slug: str) -> Workspace:
    """One event with its figures and next sessions; what stops it is shown in the page's place."""
    with page.reading(ctx) as db:
        detail = queries.event(db, slug)
        scope = Scope(event_id=detail.id)
        figures = [metrics.figure(db, key, scope) for key in FIGURES if ctx.can(metrics.definition(key).requires)]
        coming = queries.programme(db, detail.id, from_=_from(detail), cancelled=False, limit=_NEXT)
        odd = len(queries.worth_a_look(db, detail.id))
    return Workspace(detail, figures, coming, odd)


def head(ctx: PageContext, detail: EventDetail) -> Head:
    """Name, day and place; the next step as the one primary action, the rest in the menu."""
    steps = open_steps(ctx, detail)
    forward = [step for step in steps if step is not EventStatus.CANCELLED]
    may_edit = detail.archived_at is None and ctx.can(Permission.EVENTS_WRITE)
    primary = ("Edit event", "edit") if may_edit else None
    menu = []
    if forward:
        primary = (words.STEPS[forward[0]][0], words.ICONS[forward[0]])
        menu.append("Edit event")
    if detail.archived_at is None:
        menu += [words.STEPS[step][0] for step in steps if step not in forward[:1]]
        archivable = detail.status not in (EventStatus.LIVE, EventStatus.ON_SALE)
        if archivable and ctx.can(Permission.EVENTS_ARCHIVE):
            menu.append("Archive")
    if ctx.can(Permission.EVENTS_READ):
        menu.append(SHARE)
    menu += exporting.menu(ctx, Permission.EVENTS_READ, *papers.PROGRAMME, lists=False)
    where = detail.venue or detail.location_text
    when = words.when(detail.starts_at, detail.ends_at, detail.timezone, ctx.locale)
    caption = " · ".join(escaped(part) for part in (when, where, detail.season) if part)
    return page.head(ctx, detail.name, caption=caption, primary=primary, menu=menu)


def answer(ctx: PageContext, pressed: Head, detail: EventDetail) -> None:
    """Do what was pressed in the head."""
    steps = open_steps(ctx, detail)
    forward = next((step for step in steps if step is not EventStatus.CANCELLED), None)
    if pressed.primary and forward is not None:
        page.open_drawer(step=forward.value)
    if pressed.primary or pressed.menu == "Edit event":
        page.open_drawer(edit="event")
    if pressed.menu == "Archive":
        page.open_drawer(archive="event")
    if pressed.menu == SHARE:
        page.open_drawer(share="programme")
    for step in steps:
        if pressed.menu == words.STEPS[step][0]:
            page.open_drawer(step=step.value)


def open_steps(ctx: PageContext, detail: EventDetail) -> list[EventStatus]:
    """The steps that are open now and that this person may take."""
    if detail.archived_at is not None or not ctx.can(Permission.EVENTS_WRITE):
        return []
    steps = rules.next_steps(detail.status, starts_at=detail.starts_at, now=clock.now())
    return [step for step in steps if ctx.can(rules.required_permission(step))]


def status_line(detail: EventDetail, lang: str) -> None:
    """Status, kind, stage and tags as words."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="event_status"):
        st.badge(detail.status.label, icon=f":material/{words.ICONS[detail.status]}:", color=words.TONES[detail.status])
        st.badge(detail.kind.label, color="gray")
        if detail.stage:
            st.badge(f"Stage: {escaped(detail.stage)}", color="gray")
        for tag in detail.tags[:8]:
            st.badge(escaped(tag), icon=":material/label:", color="gray")
    opens = rules.live_from(detail.starts_at)
    if detail.status in (EventStatus.PLANNED, EventStatus.ON_SALE) and opens > clock.now():
        day = formats.date(opens.astimezone(ZoneInfo(detail.timezone)).date(), lang, year=False)
        st.caption(f"It can go live from {day} on, 14 days before it starts.")
    if detail.status is EventStatus.CANCELLED and detail.cancel_reason:
        st.markdown(f":red[:material/event_busy: Cancelled: {escaped(detail.cancel_reason)}]")


def parts(ctx: PageContext) -> None:
    """Links to the other pages of this event, those that this person may open."""
    specs = [navigation.by_key()[key] for key in _PARTS if key in navigation.by_key() and navigation.exists(key)]
    shown = [spec for spec in specs if spec.permission is None or ctx.can(spec.permission)]
    with st.container(horizontal=True, gap="small", key="event_parts"):
        for spec in shown:
            page.link(spec.title, page=spec.key, icon=spec.icon)


def facts(ctx: PageContext, detail: EventDetail) -> None:
    """What is known of the event, two columns of label and value."""
    lang = ctx.locale
    zone = ZoneInfo(detail.timezone)
    currency = detail.currency
    pairs = [
        ("Doors open", formats.instant(detail.doors_at, zone, lang) if detail.doors_at else None),
        ("Place", detail.venue or detail.location_text or "Not chosen yet"),
        ("Guests take part", AttendanceMode(detail.attendance).label),
        ("Guests come by", AdmissionMode(detail.admission).label),
        ("Capacity", formats.count(detail.capacity)),
        ("Guests wanted", formats.count(detail.target_attendance) if detail.target_attendance else None),
        ("Owner", detail.owner or "Nobody yet"),
        ("Host", detail.host or ctx.house.account_name),
        ("Series", detail.series),
        ("Budget", formats.money(detail.budget_minor, currency, lang) if detail.budget_minor else None),
        ("Revenue wanted", _money(detail.target_revenue_minor, currency, lang)),
        ("Of it from sponsors", _money(detail.target_sponsorship_minor, currency, lang)),
        ("Sponsor material due", formats.instant(detail.assets_due_at, zone, lang) if detail.assets_due_at else None),
        ("Dress code", detail.dress_code),
        ("Website", detail.website),
        *((escaped(label), value) for label, value in custom_fields.facts(ctx, "events", detail.custom)),
    ]
    with st.container(border=True, key="event_facts", gap="small"):
        st.markdown("#### About")
        if detail.tagline:
            st.markdown(f"*{escaped(detail.tagline)}*")
        with st.grid(2, min_column_width=190, gap="small"):
            for label, value in pairs:
                if value:
                    st.markdown(f":gray[:small[{label}]]  \n{escaped(value)}")
        written.draw(detail.description)
        if detail.internal_notes:
            with st.expander("Internal notes", icon=":material/sticky_note_2:"):
                written.draw(detail.internal_notes)


def programme(ctx: PageContext, found: Workspace) -> None:
    """The next sessions, and how many things in the programme are worth a look."""
    detail, zone = found.detail, ZoneInfo(found.detail.timezone)
    with st.container(border=True, key="event_programme", gap="small"):
        st.markdown("#### Next in the programme")
        if found.coming.empty:
            st.markdown(":gray[No sessions ahead.]")
        for row in tables.records(found.coming):
            day = formats.date(row["starts_at"].astimezone(zone).date(), ctx.locale, year=False)
            times = words.clock_span(row["starts_at"], row["ends_at"], zone, ctx.locale)
            said = " · ".join(escaped(part) for part in (f"{day}, {times}", row["place"]) if part)
            st.markdown(f"{escaped(row['title'])}  \n:gray[:small[{said}]]")
        if found.odd:
            st.markdown(f":orange[:material/visibility: {formats.plural(found.odd, 'thing')} worth a look]")
        page.link(
            "Open the programme" if len(found.coming) or detail.archived_at else "Build the programme",
            page="plan_programme", icon="view_agenda", event=detail.slug,
        )  # fmt: skip


def _from(detail: EventDetail) -> dt.datetime | None:
    now = clock.now()
    return now if now < detail.ends_at else None


def _money(minor: int | None, currency: str, lang: str) -> str | None:
    return formats.money(minor, currency, lang) if minor else None
