"""What a person sees when something does not work: one mapping for all pages.

An `EventOSError` says what happened and what to do. Anything else is a defect: the person gets a reference number,
the log gets the traceback under it.
"""

from __future__ import annotations

import logging
import secrets

import streamlit as st
from sqlalchemy.exc import DBAPIError

from eventos_core.db.registry import translate
from eventos_core.kernel.errors import (
    Conflict,
    EventOSError,
    NotFound,
    NotSignedIn,
    PermissionDenied,
    SetupError,
    TemporarilyUnavailable,
)
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import readiness
from eventos_core.ui import navigation
from eventos_core.ui.team import words

log = logging.getLogger(__name__)
# Streamlit would log the traceback once more, without the number that the person was shown.
logging.getLogger("streamlit.error_util").addFilter(lambda record: record.msg != "Uncaught app execution")
RETRY_SECONDS = 5
"""How often a page that could not be drawn asks whether it can be now."""

_ICONS: tuple[tuple[type[EventOSError], str], ...] = (
    (NotSignedIn, "lock"),
    (PermissionDenied, "lock"),
    (NotFound, "search_off"),
    (TemporarilyUnavailable, "cloud_off"),
    (SetupError, "cloud_off"),
    (Conflict, "info"),
)


def as_ours(error: Exception) -> EventOSError | None:
    """`error` as one that a person may be shown; None for a defect."""
    if isinstance(error, DBAPIError):
        error = translate(error)
    return error if isinstance(error, EventOSError) else None


def sentence(error: EventOSError) -> str:
    """Message and hint as Markdown; what came from people is shown as they wrote it."""
    return escaped(f"{error.message} {error.hint}".strip())


def escaped(text: str) -> str:
    """`text` so that Streamlit's Markdown shows it literally."""
    for character in "\\`*_{}[]<>#$~|:":
        text = text.replace(character, "\\" + character)
    return text


def panel(title: str, body: str, *, icon: str) -> None:
    """A quiet full-width state: icon, what happened, what to do."""
    with st.container(border=True), st.container(horizontal=True, gap="small"):
        st.markdown(f":material/{icon}:", width="content")
        with st.container(gap="xxsmall"):
            st.markdown(f"**{escaped(title)}**")
            if body:
                st.markdown(body)


def show(error: Exception, *, in_form: bool = False) -> None:
    """Show any error where it happened; defects are logged with their reference.

    A form's own button is the way to try again; Streamlit permits no other in it.
    """
    ours = as_ours(error)
    if ours is None:
        defect(error)
        return
    icon = next((name for kind, name in _ICONS if isinstance(ours, kind)), "error")
    message = ours.message
    if isinstance(ours, SetupError):
        log.error("Not ready: %s", ours, exc_info=error)
        message = readiness.own_words(message)
    panel(message, escaped(ours.hint), icon=icon)
    if isinstance(ours, (NotSignedIn, TemporarilyUnavailable, SetupError)) and not in_form:
        st.button("Sign in again" if isinstance(ours, NotSignedIn) else "Try again", key="error_again")


def defect(error: Exception) -> str:
    """Log `error` under a new reference number, show that number, return it."""
    reference = secrets.token_hex(4).upper()
    log.error("Defect %s on a page", reference, exc_info=error)
    panel(
        "Something went wrong here.",
        f"Nothing was half saved. Try again; if it stays, tell your operator the reference **{reference}**.",
        icon="error",
    )
    return reference


def no_permission(permission: Permission | None, *, house: str) -> None:
    """Say that this is not for this person, and whom to ask."""
    panel(
        "This page is not open to you.",
        f"It needs the right “{escaped(words.label(permission) if permission else 'of a member')}” in "
        f"{escaped(house)}. "
        "Ask an owner or admin of the house; **Team and roles** lists them.",
        icon="lock",
    )


def nowhere(address: str) -> None:
    """In place of a page: the address leads nowhere; the sidebar and a link lead on."""
    st.title("There is no such page", anchor=False)
    panel(
        f"Nothing answers at “/{address}”.",
        "The address may be mistyped, or the page has another name now. The sidebar lists every page that is open to "
        "you.",
        icon="explore_off",
    )
    first = navigation.home()
    if first is not None:
        house = {name: st.query_params[name] for name in ("house", "event") if st.query_params.get(name)}
        st.page_link(first.file, label=f"Go to {first.title}", icon=first.material, query_params=house)


def not_ready(error: Exception) -> None:
    """Before any house is entered: say what the installation lacks rather than what one query said."""
    found = readiness.check()
    if found.ready:
        show(error)
        return
    reference = secrets.token_hex(4).upper()
    log.error("Not ready %s: %s %s", reference, found.reason, found.hint, exc_info=error)
    panel(
        found.told,
        f"{escaped(found.hint)} This page comes back by itself as soon as it can; nothing was half saved. The log has "
        f"the reason under the reference **{reference}**.",
        icon="cloud_off",
    )
    st.button("Try again", key="error_again")
    _come_back()


@st.fragment(run_every=RETRY_SECONDS)
def _come_back() -> None:
    """Run the page again once the installation can serve; the browser asks every few seconds."""
    if readiness.check().ready:
        st.rerun()


def on_script_error(error: Exception) -> bool:
    """Streamlit's hook for whatever no page caught; True, since we have shown our own message."""
    show(error)
    return True
