"""Meetings: the list, booking one into a free time, and the drawer of one that is booked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import AnswerMeeting, CancelMeeting, CloseMeeting
from eventos_core.crm.queries import MeetingDetail, MeetingFile, MeetingFilter
from eventos_core.crm.rules.activities import Links
from eventos_core.enums.crm import MeetingStatus
from eventos_core.enums.operations import ExportFormat
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.documents.making import RequestDocument
from eventos_core.ui import exporting, formats, forms, page, tables, views
from eventos_core.ui.directory.contact_drawer import facts
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Head, PageContext
from eventos_core.ui.sales import booking
from eventos_core.ui.sales import doing_words as words
from eventos_core.ui.tables import Column

PREFIX = "meetings"
S = MeetingStatus
_STEP = "_meeting_step"
COLUMNS = (
    Column("subject", "Meeting", width=180),
    Column("when", "When", width=178, help="On the house's clock"),
    Column("status", "Status", "status", enum=MeetingStatus, meanings=words.MEETINGS, width=100),
    Column("guest", "Guest", width=120),
    Column("organization", "Organisation", width=135),
    Column("host", "Host", width=120),
    Column("deal", "Deal", width=105),
    # Last, and not among the first: as a rule a meeting is called by its kind.
    Column("kind", "Kind", extra=True),
    Column("event", "Event", extra=True),
    Column("place", "Where", extra=True),
    Column("guest_email", "E-mail", extra=True),
)


def draw_list(ctx: PageContext, head: Head) -> None:
    """The list with its filter row, views and export."""
    kinds = page.read(ctx, queries.meeting_kinds)
    bar = views.bar(ctx, PREFIX, "All meetings", columns=COLUMNS)
    wanted = page.filters(
        MeetingFilter,
        prefix=PREFIX,
        labels={"q": "Search meetings", "meeting_type": "Kind"},
        options={
            "host": page.read(ctx, queries.host_choices),
            "meeting_type": {kind.id: kind.name for kind in kinds},
            "event": page.event_names(ctx),
        },
        bar=bar,
    )
    exporting.answer(ctx, head, "meetings", wanted, bar.picked)
    found = page.read(ctx, queries.meetings, wanted, cursor=page.cursor(PREFIX))
    if not found.frame.empty:
        when = [words.span(ctx, row["starts_at"], row["ends_at"]) for row in tables.records(found.frame)]
        tables.table(
            found.frame.assign(when=when), bar.columns, key="meetings_table", alt=f"Meetings with {bar.told}",
            zone=ctx.house.zone, lang=ctx.locale, opens="meeting",
        )  # fmt: skip
        page.pager(found, prefix=PREFIX)
    elif wanted != MeetingFilter() or page.cursor(PREFIX):
        page.nothing_yet("No meeting matches.", hint="Change the search or the filters.", icon="filter_alt")
    else:
        _none_yet(ctx, bookable=bool(kinds))


def _none_yet(ctx: PageContext, *, bookable: bool) -> None:
    may = ctx.can(Permission.SALES_WRITE)
    if bookable:
        if page.nothing_yet(
            "No meetings yet.", hint="Book the first one into a free time of its host.",
            action="Book a meeting" if may else None, icon="event",
        ):  # fmt: skip
            page.open_drawer(book="new")
    else:
        booking.no_kinds(ctx, "No kinds of meetings yet.")


def forget() -> None:
    """Start the next drawer with the meeting, not with a form left open."""
    st.session_state.pop(_STEP, None)


def show(ctx: PageContext, raw: str) -> None:
    """The drawer's body; `raw` is the id from the URL."""
    if not raw.isdigit():
        page.nothing_yet("There is no such meeting.", hint="Go back to the list.", icon="search_off")
        return
    found = page.read(ctx, queries.meeting, int(raw))
    step: str | None = st.session_state.get(_STEP) if ctx.can(Permission.SALES_WRITE) else None
    if step is None:
        _overview(ctx, found)
        return
    st.button("Back", icon=":material/arrow_back:", type="tertiary", on_click=forget, key="meeting_back")
    st.title(escaped(found.subject), anchor=False)
    bodies: Mapping[str, Callable[[], bool]] = {
        "move": lambda: booking.move(ctx, found),
        "cancel": lambda: _cancel(ctx, found),
        "held": lambda: _close(ctx, found, S.HELD),
        "no_show": lambda: _close(ctx, found, S.NO_SHOW),
    }
    if bodies[step]():
        forget()
        page.refresh()


def _overview(ctx: PageContext, found: MeetingDetail) -> None:
    zone = ctx.house.zone
    st.title(escaped(found.subject), anchor=False)
    st.markdown(f"**{escaped(formats.span(found.starts_at, found.ends_at, zone, ctx.locale))}**")
    if found.timezone != zone.key:
        there = formats.span(found.starts_at, found.ends_at, clock.zone(found.timezone), ctx.locale)
        st.caption(f"For the guest: {escaped(there)}")
    with st.container(horizontal=True, gap="xsmall", key="meeting_badges"):
        st.badge(found.status.label, color=words.MEETINGS[found.status])
        st.badge(escaped(found.kind), color="gray")
        st.badge(found.mode.label, color="gray")
    with st.container(horizontal=True, gap="small", key="meeting_about"):
        given = Links(**{name: row_id for name, (row_id, _) in found.links.items()})
        words.links(ctx, given, {name: label for name, (_, label) in found.links.items()})
    if ctx.can(Permission.SALES_WRITE):
        _actions(ctx, found)
    _file(ctx, found)
    pairs = [
        ("Host", found.host),
        ("Guest", " · ".join(part for part in (found.guest, found.guest_email) if part)),
        ("Where", found.place),
        ("Note", found.note),
        ("Called off because", found.cancel_reason),
        ("Booked", formats.date(found.created_at.astimezone(zone).date(), ctx.locale)),
    ]
    facts([(label, value) for label, value in pairs if value])


def _actions(ctx: PageContext, found: MeetingDetail) -> None:
    over = found.starts_at <= clock.now()
    with st.container(horizontal=True, gap="small", key="meeting_actions"):
        if found.status is S.REQUESTED:
            _answer(ctx, found, confirm=True)
            _answer(ctx, found, confirm=False)
        if found.status is S.CONFIRMED and over:
            _button("Held", "held", found.id, icon="check", primary=True)
            _button("No-show", "no_show", found.id, icon="person_off")
        if found.status in (S.REQUESTED, S.CONFIRMED):
            _button("Move", "move", found.id, icon="schedule")
            _button("Cancel meeting", "cancel", found.id, icon="event_busy", quiet=True)
        if found.status in (S.HELD, S.NO_SHOW):
            name = f"confirm_meeting_{found.id}"
            version = page.seen_version(name, found.version)
            if page.pressed("Take that back", name=name, icon="undo", quiet=True):
                given = CloseMeeting(found.id, version, S.CONFIRMED)
                page.act(ctx, commands.close_meeting, given, key=name, done="It is confirmed again.")


def _answer(ctx: PageContext, found: MeetingDetail, *, confirm: bool) -> None:
    name = f"{'confirm' if confirm else 'decline'}_meeting_{found.id}"
    version = page.seen_version(name, found.version)
    label, icon = ("Confirm", "check") if confirm else ("Decline", "close")
    if page.pressed(label, name=name, icon=icon, primary=confirm):
        given = AnswerMeeting(found.id, version, confirm)
        done = "Confirmed; the guest is told." if confirm else "Declined; the guest is told."
        page.act(ctx, commands.answer_meeting, given, key=name, done=done)


def _file(ctx: PageContext, found: MeetingDetail) -> None:
    if not ctx.can(Permission.EXPORTS_RUN):
        return
    asked = st.button("Calendar file (.ics)", icon=":material/calendar_add_on:", key="meeting_file", type="tertiary")
    wanted = RequestDocument("paper.meeting", MeetingFile(found.id), ExportFormat.ICS)
    exporting.paper(ctx, "file" if asked else None, {"file": wanted})


def _cancel(ctx: PageContext, found: MeetingDetail) -> bool:
    with page.form(f"cancel_meeting_{found.id}") as form:
        seen = form.version(found.version)
        reason = form.text("reason", "Reason", placeholder="May stay empty; the guest reads it")
        tell = booking.tell(form, found)
        if not form.submit("Cancel meeting", icon="event_busy"):
            return False
        cmd = CancelMeeting(found.id, seen, reason, tell)
        return page.act(ctx, commands.cancel_meeting, cmd, form=form, done="Cancelled.", refresh=False) is not None


def _close(ctx: PageContext, found: MeetingDetail, status: MeetingStatus) -> bool:
    with page.form(f"close_meeting_{found.id}_{status}") as form:
        seen = form.version(found.version)
        note = form.area("note", "What came of it", height=90, placeholder="May stay empty")
        if not form.submit(f"Mark as {status.label.lower()}", icon="check"):
            return False
        cmd = CloseMeeting(found.id, seen, status, note)
        return page.act(ctx, commands.close_meeting, cmd, form=form, done="Noted.", refresh=False) is not None


def _button(label: str, step: str, booking_id: int, *, icon: str, primary: bool = False, quiet: bool = False) -> None:
    st.button(
        label, icon=f":material/{icon}:", type="primary" if primary else "tertiary" if quiet else "secondary",
        key=f"meeting_{step}", on_click=_go, args=(step, booking_id),
    )  # fmt: skip


def _go(step: str, booking_id: int) -> None:
    # A form left half filled long ago begins anew, with the meeting as it is now.
    for name in (f"cancel_meeting_{booking_id}", f"move_meeting_{booking_id}"):
        forms.next_render(name)
    st.session_state[_STEP] = step
