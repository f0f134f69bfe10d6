"""Kinds of meeting: how long, with whom, when they can be booked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from eventos_core.crm.commands import meeting_types as commands
from eventos_core.crm.commands.meeting_types import AddMeetingType, EditMeetingType, OneMeetingType
from eventos_core.crm.queries import meeting_types as queries
from eventos_core.crm.queries.meeting_types import MeetingTypeShown
from eventos_core.crm.rules.meeting_types import (
    WEEKDAYS,
    BookableHours,
    MeetingQuestion,
    MeetingTypeFields,
    parse_spans,
    told_hours,
    written_spans,
)
from eventos_core.enums.crm import MeetingMode
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.tenancy import queries as team
from eventos_core.ui import formats, page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Form, PageContext
from eventos_core.ui.settings.sales import lines
from eventos_core.ui.settings.sales.lines import Line

_OFFICE = "9:00–18:00"
REQUIRED = "*"
"""At the end of a question's line: it must be answered."""


@dataclass(frozen=True)
class _Choices:
    hosts: Mapping[int, str]
    events: Mapping[int, str]


def draw(ctx: PageContext, may_write: bool) -> None:
    """The kinds in use by name, a form for one more, and the archived ones."""
    with page.reading(ctx) as db:
        found = queries.meeting_types(db, archived=True)
        hosts = team.member_choices(db) if ctx.can(Permission.TEAM_READ) else {}
    choices = _Choices(hosts, page.event_names(ctx))
    in_use = [one for one in found if not one.archived]
    gone = [one for one in found if one.archived]
    if not in_use:
        st.caption("No kind of meeting yet. One says how long it is, who hosts it and when it can be booked.")
    for one in in_use:
        with lines.line(Line(f"meeting_{one.id}", one.name, _told(one)), may_write=may_write) as open_:
            if open_:
                _edit(ctx, one, choices)
    if may_write:
        with st.expander("Add a kind of meeting", icon=":material/add:"), page.form("add_meeting_type") as form:
            given = _inputs(ctx, form, None, choices)
            if form.submit("Add kind of meeting", icon="add"):
                cmd = AddMeetingType(given)
                page.act(ctx, commands.add_meeting_type, cmd, form=form, done=f"{given.name} added.")
    if gone:
        with st.expander(f"Archived ({len(gone)})", icon=":material/inventory_2:"):
            for one in gone:
                _archived(ctx, one, may_write=may_write)


def _told(one: MeetingTypeShown) -> str:
    hours = told_hours(one.hours)
    parts = [
        formats.duration(one.duration_minutes),
        one.mode.label,
        escaped(one.host) if one.host else "host chosen when booking",
        f"{hours} {escaped(one.timezone)}" if hours else ":material/event_busy: no hours, so nobody can book it",
        "public link" if one.public else "for the house",
    ]
    return " · ".join(parts)


def _edit(ctx: PageContext, one: MeetingTypeShown, choices: _Choices) -> None:
    with page.form(f"edit_meeting_{one.id}") as form:
        version = form.version(one.version)
        given = _inputs(ctx, form, one, choices)
        if form.submit("Save kind of meeting", icon="check"):
            cmd = EditMeetingType(one.id, version, given)
            done = f"{given.name} saved."
            if page.act(ctx, commands.edit_meeting_type, cmd, form=form, done=done, refresh=False) is not None:
                lines.close(f"meeting_{one.id}")
    st.caption("Archived, nobody can book it any more; meetings that are booked stay.")
    key = f"meeting_{one.id}_archive"
    version = page.seen_version(key, one.version)
    if page.pressed(f"Archive {escaped(one.name)}", name=key, icon="inventory_2"):
        given_now = OneMeetingType(one.id, version)
        page.act(ctx, commands.archive_meeting_type, given_now, key=key, done=f"{one.name} archived.")


def _inputs(ctx: PageContext, form: Form, now: MeetingTypeShown | None, choices: _Choices) -> MeetingTypeFields:
    name = form.text("name", "Name", now.name if now else "", required=True, max_chars=200)
    duration = _minutes(form, "duration_minutes", "Length (minutes)", now.duration_minutes if now else 30, least=5)
    mode = form.choice("mode", "How people meet", MeetingMode, now.mode if now else None)
    place = form.text("place", "Address, number or link", now.place if now else "", max_chars=500)
    host = _one_of(form, "host_id", "Host", choices.hosts, now.host_id if now else None, "Chosen when booking")
    about = form.area("description", "Shown to who books", now.description if now else "", height=80, max_chars=2000)
    hours, zone = _hours(ctx, form, now)
    with st.container(horizontal=True):
        before = _minutes(form, "buffer_before_minutes", "Free before (min)", now.buffer_before_minutes if now else 0)
        after = _minutes(form, "buffer_after_minutes", "Free after (min)", now.buffer_after_minutes if now else 0)
    with st.container(horizontal=True):
        notice = _number(
            form, "min_notice_hours", "Notice (hours)", (now.min_notice_minutes if now else 240) / 60, 1344
        )
        ahead = int(_number(form, "days_ahead", "Days ahead", now.days_ahead if now else 60, 730, least=1))
    most = form.field(
        "max_per_day", st.number_input, "Most a day for one host", min_value=1, max_value=100, step=1,
        value=now.max_per_day if now else None, placeholder="No limit",
    )  # fmt: skip
    event = _one_of(form, "event_id", "For the event", choices.events, now.event_id if now else None, "Any time")
    with st.container(horizontal=True):
        first = form.field("bookable_from_on", st.date_input, "First day", value=now.bookable_from_on if now else None)
        last = form.field("bookable_until_on", st.date_input, "Last day", value=now.bookable_until_on if now else None)
    questions = _questions(form, now)
    confirm = form.field(
        "needs_confirmation", st.checkbox, "The host confirms each booking",
        value=now.needs_confirmation if now else False,
    )  # fmt: skip
    public = form.field(
        "public", st.checkbox, "People outside the house can book it by a link", value=now.public if now else False
    )
    slug = form.text(
        "slug", "Part of its link", now.slug if now else "", max_chars=63, help="Made of the name where it is empty."
    )
    return MeetingTypeFields(
        name, duration, slug, about or None, event, host, now.venue_space_id if now else None, mode, place or None,
        before, after, hours, zone, first, last, round(notice * 60), ahead, int(most) if most else None,
        bool(confirm), bool(public), questions,
    )  # fmt: skip


def _hours(ctx: PageContext, form: Form, now: MeetingTypeShown | None) -> tuple[tuple[BookableHours, ...], str]:
    """The spans of each weekday, and whose clock they are on."""
    st.markdown("**When it can be booked**")
    found: list[BookableHours] = []
    for weekday, day in enumerate(WEEKDAYS, start=1):
        shown = written_spans(now.hours, weekday) if now else _OFFICE if weekday <= 5 else ""
        raw = form.text(f"hours_{weekday}", day, shown, placeholder="Not at all", max_chars=100)
        try:
            found += parse_spans(raw, weekday)
        except InvalidInput as error:
            form.reject(error)
    zones = clock.zone_names()
    zone = now.timezone if now else ctx.house.timezone
    return tuple(found), form.pick("timezone", "On the clock of", zones if zone in zones else (zone, *zones), zone)


def _questions(form: Form, now: MeetingTypeShown | None) -> tuple[MeetingQuestion, ...]:
    shown = [f"{one.label} {REQUIRED}" if one.required else one.label for one in now.questions] if now else []
    raw = form.area(
        "questions", "Questions to who books, one a line", "\n".join(shown), height=80,
        help=f"A line that ends with {REQUIRED} must be answered.",
    )  # fmt: skip
    given = [line.strip() for line in raw.splitlines() if line.strip(f" {REQUIRED}")]
    return tuple(MeetingQuestion(line.rstrip(f" {REQUIRED}"), line.endswith(REQUIRED)) for line in given)


def _minutes(form: Form, name: str, label: str, value: int, *, least: int = 0) -> int:
    return int(_number(form, name, label, value, 1440, least=least, step=5))


def _number(form: Form, name: str, label: str, value: float, most: int, *, least: int = 0, step: int = 1) -> float:
    # All of one type, as Streamlit wants it: hours of an imported type may not be whole.
    kind: type[int] | type[float] = int if float(value).is_integer() else float
    given: int | float | None = form.field(
        name, st.number_input, label, min_value=kind(least), max_value=kind(most), value=kind(value), step=kind(step)
    )
    return least if given is None else given


def _one_of(form: Form, name: str, label: str, offered: Mapping[int, str], now: int | None, nobody: str) -> int | None:
    members = [None, *offered]
    if now is not None and now not in offered:
        members.append(now)
    return form.pick(
        name, label, members, now,
        format_func=lambda member: nobody if member is None else offered.get(member, f"Number {member}"),
    )  # fmt: skip


def _archived(ctx: PageContext, one: MeetingTypeShown, *, may_write: bool) -> None:
    name = f"meeting_{one.id}_restore"
    with st.container(horizontal=True, vertical_alignment="center", key=f"gone_{name}"):
        st.markdown(f"**{escaped(one.name)}**  \n:gray[:small[{_told(one)}]]", width="stretch")
        version = page.seen_version(name, one.version)
        if may_write and page.pressed("Bring back", name=name, icon="unarchive"):
            given = OneMeetingType(one.id, version)
            page.act(ctx, commands.restore_meeting_type, given, key=name, done=f"{one.name} can be booked again.")
