"""The drawers of an activity and of a note: what it is, whom it is about, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import CompleteActivity, EditNote, OneActivity, OneNote, PinNote, RescheduleActivity
from eventos_core.crm.queries import ActivityDetail, NoteText
from eventos_core.crm.rules.activities import OUTCOMES, Links, Move, needed
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import formats, forms, page, written
from eventos_core.ui.directory.contact_drawer import facts
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.sales import activity_form
from eventos_core.ui.sales import doing_words as words
from eventos_core.ui.sales.logging import next_step

_STEP = "_activity_step"


def forget() -> None:
    """Start the next drawer with the activity, not with a form left open."""
    st.session_state.pop(_STEP, None)


def show(ctx: PageContext, raw: str) -> None:
    """The drawer's body; `raw` is the id from the URL."""
    if not raw.isdigit():
        page.nothing_yet("There is no such activity.", hint="Go back to the list.", icon="search_off")
        return
    found = page.read(ctx, queries.activity, int(raw))
    step: str | None = st.session_state.get(_STEP) if may_write(ctx, found.fields.links) else None
    if step is None:
        _overview(ctx, found)
        return
    st.button("Back", icon=":material/arrow_back:", type="tertiary", on_click=forget, key="activity_back")
    st.title(escaped(found.fields.subject), anchor=False)
    bodies: Mapping[str, Callable[[], bool]] = {
        "edit": lambda: activity_form.edit(ctx, found),
        "done": lambda: _complete(ctx, found),
        "archive": lambda: _archive(ctx, found),
    }
    if bodies[step]():
        forget()
        page.refresh()


def may_write(ctx: PageContext, links: Links) -> bool:
    """Whether this person may write something about these records."""
    return ctx.can(Permission.CONTACTS_WRITE) and ctx.can(needed(links.given()))


def _overview(ctx: PageContext, found: ActivityDetail) -> None:
    f = found.fields
    st.title(escaped(f.subject), anchor=False)
    with st.container(horizontal=True, gap="xsmall", key="activity_badges"):
        st.badge(f.kind.label, icon=f":material/{words.ICONS[f.kind]}:", color="gray")
        if found.state is not None:
            st.badge(found.state.label, color=words.STATES[found.state])
        else:
            st.badge(found.outcome.label if found.outcome else "Done", icon=":material/check:", color="green")
        if f.priority != "normal":
            st.badge(f"{f.priority.label} priority", color=words.PRIORITIES[f.priority])
        if found.archived_at is not None:
            st.badge("Archived", icon=":material/inventory_2:", color="gray")
    with st.container(horizontal=True, gap="small", key="activity_about"):
        if found.phone:
            st.link_button("Call", words.dial(found.phone), icon=":material/call:", disabled=found.do_not_contact)
        words.links(ctx, f.links, found.names)
    if may_write(ctx, f.links):
        _actions(ctx, found)
    if found.outcome_note:
        st.markdown(escaped(found.outcome_note))
    if f.body:
        st.markdown(escaped(f.body).replace("\n", "  \n"))
    facts([(label, value) for label, value in _facts(ctx, found) if value])


def _facts(ctx: PageContext, found: ActivityDetail) -> list[tuple[str, str | None]]:
    f = found.fields
    zone = ctx.house.zone
    due = words.due(ctx, f.due_at, f.all_day) if f.due_at else None
    done_by = f" by {found.done_by}" if found.done_by else ""
    by = f" by {found.created_by}" if found.created_by else ""
    return [
        ("Due" if found.done_at is None else "Was due", f"{due} {formats.zone_label(zone)}" if due else None),
        ("Done", formats.instant(found.done_at, zone, ctx.locale) + done_by if found.done_at else None),
        ("Who does it", found.owner),
        ("Lasts", formats.duration(f.duration_minutes) if f.duration_minutes else None),
        ("Where", f.location),
        ("Added", formats.date(found.created_at.astimezone(zone).date(), ctx.locale) + by),
    ]


def _actions(ctx: PageContext, found: ActivityDetail) -> None:
    with st.container(horizontal=True, gap="small", key="activity_actions"):
        if found.archived_at is not None:
            if found.meeting_booking_id is None:
                _once(ctx, found, "restore", "Restore activity", "unarchive", "Activity restored.")
        elif found.done_at is not None:
            _once(ctx, found, "reopen", "Open again", "undo", "It is open again.")
            _button("Edit", "edit", found.id, icon="edit")
        else:
            _button("Done", "done", found.id, icon="check", primary=True)
            if found.meeting_booking_id is None:
                for move in Move:
                    _move(ctx, found, move)
            _button("Edit", "edit", found.id, icon="edit")
        if found.meeting_booking_id is not None:
            page.link("Open the meeting", page="sales_activities", icon="event", activity_layout="meetings",
                      meeting=found.meeting_booking_id)  # fmt: skip
        elif found.archived_at is None:
            _button("Archive", "archive", found.id, icon="inventory_2", quiet=True)


def _move(ctx: PageContext, found: ActivityDetail, move: Move) -> None:
    name = f"{move}_activity_{found.id}"
    version = page.seen_version(name, found.version)
    if page.pressed(move.label, name=name, icon="schedule"):
        given = RescheduleActivity(found.id, version, move)
        page.act(ctx, commands.reschedule_activity, given, key=name, done=f"Moved to {move.label.lower()}.")


def _once(ctx: PageContext, found: ActivityDetail, what: str, label: str, icon: str, done: str) -> None:
    name = f"{what}_activity_{found.id}"
    version = page.seen_version(name, found.version)
    if page.pressed(label, name=name, icon=icon):
        run = {"restore": commands.restore_activity, "reopen": commands.reopen_activity}[what]
        page.act(ctx, run, OneActivity(found.id, version), key=name, done=done)


def _complete(ctx: PageContext, found: ActivityDetail) -> bool:
    outcomes = OUTCOMES[found.fields.kind]
    with page.form(f"done_activity_{found.id}") as form:
        seen = form.version(found.version)
        outcome = form.field(
            "outcome", st.pills, "How it ended", list(outcomes), default=outcomes[0], format_func=lambda one: one.label
        )
        note = form.area("note", "What came of it", height=90, placeholder="May stay empty")
        step = next_step(form)
        if not form.submit("Mark as done", icon="check"):
            return False
        cmd = CompleteActivity(found.id, seen, outcome, note, next_step=step)
        return page.act(ctx, commands.complete_activity, cmd, form=form, done="Done.", refresh=False) is not None


def _archive(ctx: PageContext, found: ActivityDetail) -> bool:
    st.markdown("It leaves lists and timelines, and can be restored from the trash.")
    name = f"archive_activity_{found.id}"
    version = page.seen_version(name, found.version)
    if not page.pressed("Archive activity", name=name, icon="inventory_2", primary=True):
        return False
    given = OneActivity(found.id, version)
    return page.act(ctx, commands.archive_activity, given, key=name, done="Archived.", refresh=False) is not None


def note(ctx: PageContext, raw: str) -> None:
    """The drawer of one note; `raw` is the id from the URL."""
    if not raw.isdigit():
        page.nothing_yet("There is no such note.", hint="Go back to the list.", icon="search_off")
        return
    found = page.read(ctx, queries.note, int(raw))
    made = formats.instant(found.created_at, ctx.house.zone, ctx.locale)
    by = f" by {found.author}" if found.author else ""
    if not may_write(ctx, found.links):
        written.draw(found.body)
    elif found.archived_at is not None:
        written.draw(found.body)
        _restore_note(ctx, found)
    else:
        _edit_note(ctx, found)
    st.caption(escaped(f"Written {made}{by}"))


def _edit_note(ctx: PageContext, found: NoteText) -> None:
    with page.form(f"note_{found.id}") as form:
        seen = form.version(found.version)
        body = form.area("body", "Note", found.body, height=180)
        if form.submit("Save note", icon="check"):
            page.act(ctx, commands.edit_note, EditNote(found.id, seen, body), form=form, done="Note saved.")
    with st.container(horizontal=True, gap="small", key="note_actions"):
        name = f"pin_note_{found.id}"
        version = page.seen_version(name, found.version)
        if page.pressed("Take it off the top" if found.pinned else "Keep it on top", name=name, icon="keep"):
            given = PinNote(found.id, version, not found.pinned)
            page.act(ctx, commands.pin_note, given, key=name, done="Noted.")
        name = f"archive_note_{found.id}"
        version = page.seen_version(name, found.version)
        if page.pressed("Archive note", name=name, icon="inventory_2", quiet=True):
            page.act(ctx, commands.archive_note, OneNote(found.id, version), key=name, done="Note archived.")


def _restore_note(ctx: PageContext, found: NoteText) -> None:
    name = f"restore_note_{found.id}"
    version = page.seen_version(name, found.version)
    if page.pressed("Restore note", name=name, icon="unarchive", primary=True):
        page.act(ctx, commands.restore_note, OneNote(found.id, version), key=name, done="Note restored.")


def _button(label: str, step: str, activity_id: int, *, icon: str, primary: bool = False, quiet: bool = False) -> None:
    st.button(
        label, icon=f":material/{icon}:", type="primary" if primary else "tertiary" if quiet else "secondary",
        key=f"activity_{step}", on_click=_go, args=(step, activity_id),
    )  # fmt: skip


def _go(step: str, activity_id: int) -> None:
    # A form left half filled long ago begins anew, with the activity as it is now.
    forms.next_render(activity_form.form_name(activity_id))
    forms.next_render(f"done_activity_{activity_id}")
    st.session_state[_STEP] = step
