"""The drawer of a session: what it is, its form, calling it off, removing it; and the form of a new one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from eventos_core.directory import queries as directory
from eventos_core.directory.queries import ContactFilter
from eventos_core.enums.events import AttendanceMode, SessionKind
from eventos_core.events import commands, queries, rules
from eventos_core.events.commands import AddSession, CancelSession, EditSession
from eventos_core.events.queries import EventDetail, SessionDetail
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import formats, page, tables, written
from eventos_core.ui.errors import escaped
from eventos_core.ui.events import words
from eventos_core.ui.events.forms import count, pick_id, tags_field
from eventos_core.ui.page import Form, PageContext

_MODE = "_session_mode"
_OFFERED_HOSTS = 300


@dataclass(frozen=True)
class Values:
    """What a session's form starts with."""

    title: str = ""
    kind: SessionKind = SessionKind.TALK
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    mode: AttendanceMode = AttendanceMode.ONSITE
    space_id: int | None = None
    location_text: str | None = None
    track: str | None = None
    capacity: int | None = None
    language: str | None = None
    summary: str | None = None
    description: str | None = None
    url: str | None = None
    internal_notes: str | None = None
    tags: tuple[str, ...] = ()
    hosts: Mapping[str, str] | None = None
    """Key (`c12` a person, `o5` an organisation) → name."""


def forget() -> None:
    """Start the next drawer with what the session is, not with a form left open."""
    st.session_state.pop(_MODE, None)


def new(
    ctx: PageContext, event: EventDetail, day: dt.date | None, ends: Sequence[dt.datetime], tracks: Sequence[str]
) -> None:
    """The drawer's form for a new session on `day`; it proposes to start where the last of the day's sessions ends."""
    starts_at = rules.next_session_start(event.starts_at, event.timezone, day, ends)
    proposed = Values(starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1))
    name = f"new_session_{event.id}"
    hosts = _host_choices(ctx, name, {})
    with page.form(name) as form:
        given = _fields(ctx, form, event, proposed, tracks, hosts)
        if not form.submit("Add session", icon="add"):
            return
        made = page.act(ctx, commands.add_session, given, form=form, done=f"{given.title} added.", refresh=False)
    if made is not None:
        page.close_drawer("add")


def show(ctx: PageContext, event: EventDetail, session_id: int, tracks: Sequence[str]) -> None:
    """The drawer of one session."""
    found = page.read(ctx, queries.session, session_id)
    if found.event_id != event.id:
        st.markdown("This session belongs to another event.")
        return
    may_edit = ctx.can(Permission.PROGRAMME_WRITE) and event.archived_at is None
    mode = st.session_state.get(_MODE) if may_edit else None
    if mode == "edit":
        _edit(ctx, event, found, tracks)
    elif mode in ("cancel", "remove"):
        _confirm(ctx, found, mode)
    else:
        _facts(ctx, found)
        if may_edit:
            _actions(ctx, found)


def _facts(ctx: PageContext, found: SessionDetail) -> None:
    day = formats.date(found.starts_at.astimezone(ctx.zone).date(), ctx.locale)
    times = words.clock_span(found.starts_at, found.ends_at, ctx.zone, ctx.locale)
    st.markdown(f"## {escaped(found.title)}")
    with st.container(horizontal=True, gap="xsmall"):
        if found.cancelled_at is not None:
            st.badge("Cancelled", icon=":material/event_busy:", color="red")
        st.badge(found.kind.label, color="gray")
        if found.mode is not AttendanceMode.ONSITE:
            st.badge(found.mode.label, icon=":material/videocam:", color="blue")
        if found.track:
            st.badge(escaped(found.track), color="gray")
    if found.cancel_reason:
        st.markdown(f":red[{escaped(found.cancel_reason)}]")
    lines = [
        ("schedule", f"{day}, {times} {formats.zone_label(ctx.zone)}" + ("" if found.ends_at else " (end unknown)")),
        ("location_on", _where(found)),
        ("group", ", ".join(host.name for host in found.hosts) or "No host yet"),
    ]
    if found.capacity:
        lines.append(("chair", formats.plural(found.capacity, "place")))
    for icon, text in lines:
        st.markdown(f":gray[:material/{icon}:] {escaped(text)}")
    if found.summary:
        st.markdown(escaped(found.summary))
    if found.description and found.description != found.summary:
        with st.expander("Description", icon=":material/notes:"):
            written.draw(found.description)
    if found.url and found.url.startswith(("http://", "https://")):
        st.link_button("Open the link", found.url, icon=":material/open_in_new:", type="tertiary")
    if found.internal_notes:
        with st.expander("Internal notes", icon=":material/sticky_note_2:"):
            written.draw(found.internal_notes)


def _where(found: SessionDetail) -> str:
    if found.place:
        return found.place
    return "Online" if found.mode is AttendanceMode.ONLINE else "No place yet"


def _actions(ctx: PageContext, found: SessionDetail) -> None:
    with st.container(horizontal=True, gap="small", key="session_actions"):
        st.button("Edit", icon=":material/edit:", type="primary", on_click=_go, args=("edit",), key="session_edit")
        if found.cancelled_at is None:
            st.button("Cancel session", icon=":material/event_busy:", on_click=_go, args=("cancel",), key="session_off")
        else:
            name = f"reopen_{found.id}"
            version = page.seen_version(name, found.version)
            if page.pressed("Reopen", name=name, icon="undo"):
                given = CancelSession(found.id, version)
                page.act(ctx, commands.reopen_session, given, key=name, done=f"{found.title} stands again.")
        st.button(
            "Remove", icon=":material/delete:", type="tertiary", on_click=_go, args=("remove",), key="session_del"
        )


def _confirm(ctx: PageContext, found: SessionDetail, mode: str) -> None:
    title = f"**{escaped(found.title)}**"
    if mode == "cancel":
        st.markdown(f"{title} stays in the programme as cancelled; its space and hosts are free again.")
    else:
        st.markdown(f"{title} is deleted with its hosts. Cancel it instead if guests have seen it.")
    with page.form(f"{mode}_session_{found.id}") as form:
        reason = form.text("reason", "Reason, as told to guests") if mode == "cancel" else None
        given = CancelSession(found.id, form.version(found.version), reason)
        if mode == "cancel" and form.submit("Cancel session", icon="event_busy"):
            done = f"{found.title} cancelled."
            if page.act(ctx, commands.cancel_session, given, form=form, done=done, refresh=False):
                _back()
        if mode == "remove" and form.submit("Remove session", icon="delete"):
            done = f"{found.title} removed."
            if page.act(ctx, commands.remove_session, given, form=form, done=done, refresh=False):
                forget()
                page.close_drawer("session")
    st.button("Keep it", type="tertiary", on_click=forget, key="session_keep")


def _edit(ctx: PageContext, event: EventDetail, found: SessionDetail, tracks: Sequence[str]) -> None:
    own = {name: getattr(found, name) for name in Values.__dataclass_fields__ if name != "hosts"}
    present = {
        f"c{host.contact_id}" if host.contact_id is not None else f"o{host.organization_id}": host.name
        for host in found.hosts
    }
    name = f"edit_session_{found.id}"
    st.button("Back", icon=":material/arrow_back:", type="tertiary", on_click=forget, key="session_back")
    hosts = _host_choices(ctx, name, present)
    with page.form(name) as form:
        seen = form.version(found.version)
        given = _fields(ctx, form, event, Values(**own, hosts=present), tracks, hosts)
        if not form.submit("Save session", icon="check"):
            return
        edit = EditSession(found.id, seen, given)
        saved = page.act(ctx, commands.edit_session, edit, form=form, done=f"{given.title} saved.", refresh=False)
    if saved is not None:
        _back()


def _fields(
    ctx: PageContext, form: Form, event: EventDetail, start: Values, tracks: Sequence[str], hosts: Mapping[str, str]
) -> AddSession:
    """The form's fields, most used first."""
    title = form.text("title", "Title", start.title, max_chars=200)
    first = form.instant("starts_at", "Starts", ctx.zone, start.starts_at, step=300)
    last = form.instant("ends_at", "Ends", ctx.zone, start.ends_at, step=300, help="Empty while it is not known.")
    mode = form.choice("mode", "Guests take part", AttendanceMode, start.mode)
    spaces = page.read(ctx, queries.space_choices, event.venue_id) if ctx.can(Permission.VENUES_READ) else {}
    if start.space_id is not None and start.space_id not in spaces:
        spaces = {**spaces, start.space_id: "The space as it is"}
    space_id = pick_id(form, "space_id", "Space", spaces, start.space_id, none="None of the house's spaces")
    where = form.text("location_text", "Place in words", start.location_text, help="When it is none of the spaces.")
    chosen: list[str] = form.field(
        "hosts", st.multiselect, "Hosts", list(hosts), default=list(start.hosts or {}),
        format_func=lambda key: hosts.get(key, key), placeholder="People and companies", disabled=not hosts,
    )  # fmt: skip
    kind = form.choice("kind", "Kind", SessionKind, start.kind)
    track: str | None = form.field(
        "track", st.selectbox, "Track", sorted({*tracks, *([start.track] if start.track else [])}),
        index=_index(tracks, start.track), accept_new_options=True, placeholder="Choose or type one",
    )  # fmt: skip
    with st.expander("More", icon=":material/more_horiz:"):
        more: dict[str, Any] = {
            "capacity": count(form, "capacity", "Places", start.capacity, help="Empty: as many as the space holds."),
            "summary": form.area("summary", "Summary for lists", start.summary, height=80),
            "description": form.area("description", "Description (Markdown)", start.description, height=140),
            "language": form.text("language", "Language", start.language, max_chars=12, placeholder="en"),
            "url": form.text("url", "Link", start.url),
            "internal_notes": form.area("internal_notes", "Internal notes", start.internal_notes, height=80),
            "tags": tags_field(form, start.tags, ()),
        }
    return AddSession(
        event_id=event.id, title=title, starts_at=first or event.starts_at, ends_at=last, kind=kind, track=track,
        mode=mode, space_id=space_id, location_text=where, **more,
        host_contact_ids=tuple(int(key[1:]) for key in chosen if key.startswith("c")),
        host_organization_ids=tuple(int(key[1:]) for key in chosen if key.startswith("o")),
    )  # fmt: skip


def _host_choices(ctx: PageContext, name: str, present: Mapping[str, str]) -> dict[str, str]:
    """People and companies to choose hosts from: those present, those chosen, those found; a search where many are."""
    if not ctx.can(Permission.CONTACTS_READ):
        return dict(present)
    wanted = str(st.session_state.get(f"{name}_find") or "")
    with page.reading(ctx) as db:
        people = directory.contacts(db, ContactFilter(q=wanted), size=_OFFERED_HOSTS)
        companies = directory.organization_choices(db, wanted)
    found = {f"c{row['id']}": _person(row) for row in tables.records(people.frame)}
    found |= {f"o{key}": f"{label} (company)" for key, label in companies.items()}
    if people.next or wanted:
        st.text_input(
            "Find hosts", key=f"{name}_find", type="search", icon=":material/search:",
            placeholder="More people than fit in the list below: find them by name", label_visibility="collapsed",
        )  # fmt: skip
    # What was chosen before a search stays on offer, else the widget would drop it.
    known: dict[str, str] = st.session_state.setdefault(f"_{name}_hosts", {})
    known.update(found)
    return {**present, **known}


def _person(row: Mapping[str, Any]) -> str:
    return f"{row['name']}, {row['organization']}" if row["organization"] else str(row["name"])


def _index(tracks: Sequence[str], value: str | None) -> int | None:
    options = sorted({*tracks, *([value] if value else [])})
    return options.index(value) if value in options else None


def _go(mode: str) -> None:
    st.session_state[_MODE] = mode


def _back() -> None:
    forget()
    page.refresh()
