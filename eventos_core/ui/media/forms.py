"""The fields that describe a file, for uploading and editing; and the upload itself."""

from __future__ import annotations

from typing import Any, NoReturn

import streamlit as st

from eventos_core.enums.operations import AssetPurpose, AssetVisibility, UsageRights
from eventos_core.operations.files import commands, kinds, limits
from eventos_core.operations.files.commands import MediaFields, StoreFile
from eventos_core.ui import page
from eventos_core.ui.acting import say
from eventos_core.ui.forms import Form, next_render
from eventos_core.ui.page import PageContext

_ADD = "media_add"
_DONE = "_media_stored"
_VISIBLE = {
    AssetVisibility.HOUSE: "Everybody in the house",
    AssetVisibility.RESTRICTED: "Only who works on the library, and on records it belongs to",
}
_CONSENT = {None: "Nobody is shown, or not asked", True: "They agreed", False: "They did not agree"}


def begin() -> NoReturn:
    """Open the drawer for new files, without those of an upload that was given up."""
    _forget()
    page.open_drawer(new="file")


def add(ctx: PageContext) -> None:
    """Upload files and say what they are; each is stored by itself, so one that is refused does not stop the others."""
    with page.form(_ADD) as form:
        files: list[Any] = form.field(
            "files",
            st.file_uploader,
            f"Pictures, film, sound, documents: at most {limits.size(limits.MAX_BYTES)} each",
            type=sorted(kinds.BY_ENDING),
            accept_multiple_files=True,
        )
        fields = described(ctx, form, MediaFields(event_id=ctx.event.id if ctx.event else None), many=True)
        if not form.submit("Store files", icon="upload"):
            return
    if not files:
        st.error("Choose at least one file.", icon=":material/error:")
        return
    _store(ctx, files, fields)


def described(ctx: PageContext, form: Form, now: MediaFields, *, many: bool = False) -> MediaFields:
    """Draw the fields; with `many` only those that several files can share."""
    title = alt = ""
    if not many:
        title = form.text("title", "Title", now.title, max_chars=200)
        alt = form.area("alt_text", "Description for people who do not see it", now.alt_text, height=80)
    events: dict[int | None, str] = {None: "The house"}
    events.update(page.event_names(ctx).items())
    if now.event_id not in events:
        events[now.event_id] = "The event it belongs to now"
    event = form.pick("event_id", "Belongs to", list(events), now.event_id, format_func=lambda key: events[key])
    purpose = form.choice("purpose", "What it is for", AssetPurpose, now.purpose)
    tags = form.text("tags", "Tags", ", ".join(now.tags), help="Separated by commas")
    usage = form.choice("usage_rights", "May be used for", UsageRights, now.usage_rights)
    credit = form.text("credit", "Credit line", now.credit, max_chars=300)
    with st.container(horizontal=True):
        first = form.field("rights_from", st.date_input, "Rights from", now.rights_from)
        last = form.field("rights_until", st.date_input, "Last day of the rights", now.rights_until)
    note = form.area("rights_note", "Limits in words", now.rights_note, height=80)
    consent = form.pick(
        "people_consent", "People shown", list(_CONSENT), now.people_consent, format_func=lambda key: _CONSENT[key]
    )
    choices = list(_VISIBLE) if now.visibility in _VISIBLE else [now.visibility, *_VISIBLE]
    visible = form.pick(
        "visibility", "Who may open it", choices, now.visibility,
        format_func=lambda one: _VISIBLE.get(one, one.label),
    )  # fmt: skip
    return MediaFields(
        title, alt, event, purpose, visible, tuple(tag for tag in tags.split(",") if tag.strip()), usage, note, first,
        last, credit, consent,
    )  # fmt: skip


def _store(ctx: PageContext, files: list[Any], fields: MediaFields) -> None:
    stored: set[str] = st.session_state.setdefault(_DONE, set())
    waiting = [file for file in files if file.file_id not in stored]
    with st.spinner(f"Storing {len(waiting)} of {len(files)} files …"):
        for file in waiting:
            given = StoreFile(file.name, file.getvalue(), fields)
            done = page.act(ctx, commands.store_file, given, key=f"store_{file.file_id}", refresh=False)
            if done is None:
                continue
            stored.add(file.file_id)
            if done.same_as is not None:
                say(f"{file.name} was in the library already; now it is there twice.", icon="info")
    count = len([file for file in files if file.file_id in stored])
    if count < len(files):
        st.info(f"{count} of {len(files)} files are stored. Take the others out and press again.")
        return
    _forget()
    say(f"{count} files added." if count > 1 else f"{files[0].name} added.")
    page.close_drawer("new")


def _forget() -> None:
    st.session_state.pop(_DONE, None)
    next_render(_ADD)
