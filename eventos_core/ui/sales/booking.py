"""Booking a meeting, and moving one: choose the kind and the host, then one of the times that are free."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import BookMeeting, MoveMeeting
from eventos_core.crm.queries import FreeTimes, MeetingDetail, MeetingKind
from eventos_core.crm.rules import meetings as rules
from eventos_core.crm.rules.activities import Links
from eventos_core.crm.rules.meetings import Arrangement, Slot
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import formats, page
from eventos_core.ui.directory.choices import pick_id
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Form, PageContext
from eventos_core.ui.sales import doing_words as words
from eventos_core.ui.sales.activity_form import choices

_DAYS = 14
_NO_TIME = InvalidInput("Choose a time.", fields={"own_time": "Required where none is offered"})


def new(ctx: PageContext, raw: str = "") -> None:
    """The drawer's body; `raw` may be `deal-4` or `contact-12` to begin with."""
    kinds = page.read(ctx, queries.meeting_kinds)
    if not kinds:
        no_kinds(ctx, "No kind of meeting can be booked yet.")
        return
    kind, times = _where(ctx, kinds, None)
    word, _, number = raw.partition("-")
    given = int(number) if number.isdigit() else None
    start = Links(
        contact_id=given if word == "contact" else None, opportunity_id=given if word == "deal" else None,
        event_id=kind.event_id or (ctx.event.id if ctx.event else None),
    )  # fmt: skip
    with page.form("book_meeting") as form:
        starts_at, anyway = _time(ctx, form, times)
        found = choices(ctx, start)
        contact = pick_id(form, "contact_id", "Guest", found.people, start.contact_id)
        with st.expander("Somebody new", icon=":material/person_add:", expanded=contact is None and not found.people):
            name = form.text("guest_name", "Name")
            email = form.text("guest_email", "E-mail address")
        deal = pick_id(form, "opportunity_id", "Deal", found.deals, start.opportunity_id)
        with st.expander("More", icon=":material/more_horiz:"):
            subject = form.text("subject", "Title in the calendar", placeholder=f"{kind.name} with the guest")
            place = form.text("place", "Where", kind.place)
            event = pick_id(form, "event_id", "Event", page.event_names(ctx), start.event_id)
            zones = clock.zone_names()
            zone = form.pick("timezone", "The guest's time zone", zones, ctx.house.timezone)
            note = form.area("note", "Note, for the house only", height=80)
        tell = bool(form.field("tell", st.checkbox, "Send the guest a calendar file by e-mail", value=True))
        if not form.submit("Book meeting", icon="event_available"):
            return
        if starts_at is None:
            form.fail(_NO_TIME)
            return
        cmd = BookMeeting(
            kind.id, starts_at, contact, "" if contact else name, "" if contact else email,
            times.host_id, None, deal, event, subject, place, note, zone, anyway, tell,
        )  # fmt: skip
        made = page.act(ctx, commands.book_meeting, cmd, form=form, done="Meeting booked.", refresh=False)
    if made is not None:
        st.query_params.pop("book", None)
        page.open_drawer(meeting=made.booking_id)


def no_kinds(ctx: PageContext, message: str) -> None:
    """The empty state of a house without kinds of meetings, with the way to the settings for whoever may write them."""
    if page.nothing_yet(
        message, hint="A kind says how long a meeting is and when its host can be booked.",
        action="Open the settings" if ctx.can(Permission.SALES_SETTINGS) else None, icon="event",
    ):  # fmt: skip
        page.go("admin_settings", section="sales", sales="meetings")


def move(ctx: PageContext, found: MeetingDetail) -> bool:
    """The form for another time or host; True once it was saved."""
    kinds = tuple(kind for kind in page.read(ctx, queries.meeting_kinds) if kind.id == found.kind_id)
    if not kinds:
        st.markdown("This kind of meeting is out of use: cancel the meeting and book another one.")
        return False
    now = formats.span(found.starts_at, found.ends_at, ctx.house.zone, ctx.locale)
    st.markdown(f":gray[It is now {escaped(now)}.]")
    _, times = _where(ctx, kinds, found)
    with page.form(f"move_meeting_{found.id}") as form:
        seen = form.version(found.version)
        starts_at, anyway = _time(ctx, form, times, found.starts_at)
        place = form.text("place", "Where", found.place)
        told = tell(form, found)
        if not form.submit("Move meeting", icon="schedule"):
            return False
        if starts_at is None:
            form.fail(_NO_TIME)
            return False
        cmd = MoveMeeting(found.id, seen, starts_at, times.host_id, place, anyway, told)
        after = Arrangement(clock.local_to_utc(starts_at, times.zone), place.strip() or None, times.host_id)
        changed = rules.changed(Arrangement(found.starts_at, found.place, found.host_id), after)
        done = words.changed(ctx, changed, after.starts_at)
        return page.act(ctx, commands.move_meeting, cmd, form=form, done=done, refresh=False) is not None


def tell(form: Form, found: MeetingDetail) -> bool:
    """Whether the guest hears of the change; nobody is asked where there is no address."""
    if found.guest_email is None:
        return False
    # Not the address: it would be a link in the label, and a press on it would open a letter.
    return bool(form.field("tell", st.checkbox, f"Tell {escaped(found.guest or 'the guest')} by e-mail", value=True))


def _where(
    ctx: PageContext, kinds: tuple[MeetingKind, ...], moving: MeetingDetail | None
) -> tuple[MeetingKind, FreeTimes]:
    """Kind, host and first day, outside the form: the times offered depend on them."""
    names = {kind.id: f"{kind.name} · {formats.duration(kind.minutes)}" for kind in kinds}
    kind = kinds[0]
    key = f"book_{moving.id if moving else 'new'}"
    if len(kinds) > 1:
        chosen = st.selectbox("Kind of meeting", list(names), format_func=lambda one: names[one], key=f"{key}_kind")
        kind = next(one for one in kinds if one.id == chosen)
    _named(kind, alone=len(kinds) == 1)
    hosts = page.read(ctx, queries.host_choices)
    wanted = moving.host_id if moving else kind.host_id or ctx.house.member_id
    ids = list(hosts)
    with st.container(horizontal=True, gap="small"):
        host = st.selectbox(
            "Host", ids, index=ids.index(wanted) if wanted in ids else 0, format_func=lambda one: hosts[one],
            key=f"{key}_host_{kind.id}",
        )  # fmt: skip
        first = st.date_input("From day", value=None, key=f"{key}_first", width=150, help="Empty: as soon as possible.")
    times = page.read(
        ctx, queries.free_times, kind.id, host_id=host, first=first, days=_DAYS, besides=moving.id if moving else None
    )
    return kind, times


def _named(kind: MeetingKind, *, alone: bool) -> None:
    """What is booked: how people meet and where, and where there was nothing to choose also what it is and how long."""
    where = " · ".join(part for part in (kind.mode.label, kind.place) if part)
    if alone:
        st.markdown(f"**{escaped(kind.name)}** · {formats.duration(kind.minutes)} · {escaped(where)}")
    else:
        st.caption(escaped(where))


def _time(
    ctx: PageContext, form: Form, times: FreeTimes, now: dt.datetime | None = None
) -> tuple[dt.datetime | None, bool]:
    """One of the free times, or one of one's own, which wins; and whether it is one that is not offered.

    Begins with `now`, the time that the meeting has, where that is among them.
    """
    zone = clock.zone(times.zone)
    free = {slot.starts_at.isoformat(): slot for slot in times.slots}
    # A time that was chosen and has gone since stays chosen: another one must never be booked in its place.
    offered = f"_slots_{form.key}_{times.host_id}"
    held = str(st.session_state.get(f"{form.key}-starts_at"))
    before = st.session_state.get(offered, {})
    if held in before and held not in free:
        free = dict(sorted([*free.items(), (held, before[held])]))
    st.session_state[offered] = dict(free)
    chosen: str | None = None
    if free:
        chosen = form.pick(
            "starts_at", f"Time ({formats.zone_label(zone)})", list(free),
            next((key for key, slot in free.items() if slot.starts_at == now), None),
            format_func=lambda key: _slot(ctx, free[key], zone.key),
        )  # fmt: skip
    else:
        until = formats.date(times.last, ctx.locale, year=False)
        st.caption(
            f"{escaped(times.host)} has no free time until {until}: choose another day or host, or another time."
        )
    with st.expander("Another time", icon=":material/schedule:", expanded=not free):
        own = form.instant(
            "own_time", "A time that is not offered", zone, None,
            help="It wins over the time above. The host must be free all the same.",
        )  # fmt: skip
    if own is not None:
        return own, True
    return (free[chosen].starts_at if chosen is not None else None), False


def _slot(ctx: PageContext, slot: Slot, zone: str) -> str:
    there = clock.zone(zone)
    day = formats.date(slot.starts_at.astimezone(there).date(), ctx.locale, year=False)
    return f"{day}, {formats.clock(slot.starts_at, there)}–{formats.clock(slot.ends_at, there)}"
