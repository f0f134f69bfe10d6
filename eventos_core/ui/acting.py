"""Running one command from a page, and saying what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

import streamlit as st

from eventos_core.db.registry import execute
from eventos_core.db.session import TenantSession
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.errors import EditConflict, InvalidInput, NotSignedIn
from eventos_core.operations import naming, told
from eventos_core.ui import errors
from eventos_core.ui.forms import Form, next_render, own_edit, render_key

I = TypeVar("I")  # noqa: E741 input
R = TypeVar("R")

_DONE = "_eventos_done"
_WIDEST = 3840
"""Pixels; the page gives less."""


class Acting(Protocol):
    """What `act` needs of a page's context."""

    @property
    def credential(self) -> MemberCredential:
        """Who acts, and in which house."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """On whose clock the page tells times."""
        ...

    @property
    def locale(self) -> str:
        """How the person reads dates and numbers."""
        ...


@dataclasses.dataclass(frozen=True)
class PendingConflict:
    """An edit that met somebody else's, waiting for the person to decide.

    `labels` and `shows` are the form's: what its fields are called, and how those with choices name them.
    """

    who: Acting
    command: Callable[[TenantSession, Any], Any]
    given: Any
    error: EditConflict
    done: str
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    shows: Mapping[str, Callable[[Any], str]] = dataclasses.field(default_factory=dict)

    def label(self, field: str) -> str:
        """What the field is called."""
        return self.labels.get(field) or naming.field(field)

    def cell(self, field: str, value: Any) -> str:
        """One of the two values, as the form itself would name it."""
        show = self.shows.get(field)
        if show is not None and value is not None and not isinstance(value, (list, tuple)):
            try:
                return errors.escaped(str(show(value)))
            except (KeyError, AttributeError, TypeError):
                pass  # not among the choices of this render
        return errors.escaped(told.value(self.who, "", field, value))


def act(
    ctx: Acting,
    command: Callable[[TenantSession, I], R],
    given: I,
    *,
    done: str = "",
    form: Form | None = None,
    key: str | None = None,
    refresh: bool = True,
) -> R | None:
    """Run one command in one transaction; `form`, or `key` of a `page.pressed` button, makes a double click safe.

    On success says `done` and runs the page again with fresh data; with `refresh=False` returns the result instead, so
    that the page can go on (to the new record, say). On failure returns None: field errors stand at their fields, an
    edit conflict shows both versions, everything else says what happened and what to do. Never raises EventOSError.
    """
    name = form.name if form is not None else key
    try:
        result = execute(ctx.credential, command, given, idempotency_key=_once(name, command))
    except NotSignedIn:
        st.rerun()  # the shell finds no session and shows the sign-in form
    except InvalidInput as error:
        if form is not None:
            form.fail(error)
        else:
            errors.show(error)
        return None
    except EditConflict as error:
        names = (form.labels, form.shows) if form is not None else ({}, {})
        pending = PendingConflict(ctx, command, given, error, done, *names)
        if name is None or not _with_version(given, error.version):
            _tell(error, form)
            return None
        st.session_state[_conflict_key(name)] = pending
        st.rerun()
    except Exception as error:
        _tell(error, form)
        return None
    _saved(name, given)
    say(done)
    if refresh:
        st.rerun()
    return result


def _saved(name: str | None, given: Any) -> None:
    """The render that saved is spent; what else the page shows of that record is not somebody else's edit."""
    if name is not None:
        next_render(name)
    first = dataclasses.fields(given)[0].name if dataclasses.is_dataclass(given) and dataclasses.fields(given) else ""
    record = getattr(given, first, None)
    if isinstance(record, int) and isinstance(version := getattr(given, "version", None), int):
        own_edit(record, version)


def _tell(error: Exception, form: Form | None) -> None:
    if form is not None:
        form.show(error)
    else:
        errors.show(error)


def say(message: str, *, icon: str = "check_circle") -> None:
    """Show `message` for a moment on whatever page comes next."""
    if message:
        st.session_state.setdefault(_DONE, []).append((message, icon))


def show_done() -> None:
    """Show what `say` collected."""
    for message, icon in st.session_state.pop(_DONE, []):
        st.toast(errors.escaped(message), icon=f":material/{icon}:")


def conflict_panel(name: str) -> None:
    """If an edit in the form `name` met somebody else's: both versions side by side, and what to do."""
    pending: PendingConflict | None = st.session_state.get(_conflict_key(name))
    if pending is None:
        return
    error = pending.error
    # As wide as it may be: in a row of buttons it takes a line of its own.
    with st.container(border=True, width=_WIDEST, key=f"conflict_{name}"):
        st.markdown(f":material/call_split: **{errors.escaped(error.message)}**")
        rows = ["| Field | Yours | Theirs |", "|---|---|---|"]
        rows += [
            f"| {errors.escaped(pending.label(field))} | {pending.cell(field, mine)} "
            f"| {pending.cell(field, error.theirs.get(field))} |"
            for field, mine in error.mine.items()
        ]
        st.markdown("\n".join(rows))
        with st.container(horizontal=True):
            if st.button("Save mine over it", type="primary", key=f"conflict_mine_{name}"):
                _save_mine(name, pending)
            if st.button("Keep theirs", key=f"conflict_theirs_{name}"):
                _settle(name)
                st.rerun()


def _save_mine(name: str, pending: PendingConflict) -> None:
    version = pending.error.version
    mine = _with_version(pending.given, version)
    try:
        execute(
            pending.who.credential, pending.command, mine, idempotency_key=f"{_once(name, pending.command)}.{version}"
        )
    except EditConflict as error:  # somebody was quicker again
        st.session_state[_conflict_key(name)] = dataclasses.replace(pending, error=error)
        st.rerun()
    except Exception as error:
        errors.show(error)
        return
    _settle(name)
    say(pending.done)
    st.rerun()


def _settle(name: str) -> None:
    st.session_state.pop(_conflict_key(name), None)
    next_render(name)


def _with_version(given: Any, version: int) -> Any:
    """`given` for the version that now stands; None where the input has no version."""
    if dataclasses.is_dataclass(given) and not isinstance(given, type) and hasattr(given, "version"):
        return dataclasses.replace(given, version=version)
    return None


def _once(name: str | None, command: Callable[..., Any]) -> str | None:
    return None if name is None else f"{render_key(name)}.{getattr(command, '__name__', 'command')}"[:200]


def _conflict_key(name: str) -> str:
    return f"_conflict_{name}"
