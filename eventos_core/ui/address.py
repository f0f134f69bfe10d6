"""What controls say stands in the address: it survives a reload, opens the same for a colleague, Back takes it back.

    day = …  # what the address says, as the widget takes it
    st.date_input("Day", None, **address.widget("forecast_as_of", day))

The address decides, widgets show. A parameter holds values (ids, enum values, ISO dates, text), several as the
parameter repeated; what stands at its default is left out. Streamlit's own binding keeps labels instead, which change,
and only of what was chosen by hand.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_TURNS = "_eventos_widget_turns"
_WRITTEN = "_eventos_address_written"
_RESTS = "_eventos_address_rests"
HEARD_SECONDS = 1.0
"""After a run the browser has heard of the address within this time, also on a slow line."""


def texts(value: Any, default: Any = None) -> list[str]:
    """How a value stands in the address: one text for each of several, none for the default and for nothing."""
    if value is None or value == default:
        return []
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in texts(one)]
    if isinstance(value, bool):
        return [str(value).lower()]
    text = value.isoformat() if isinstance(value, dt.date) else str(value).strip()
    return [text] if text else []


def widget(
    parameter: str, value: Any, *, default: Any = None, also: Mapping[str, str | None] | None = None
) -> dict[str, Any]:
    """What makes a widget show `value`, which the address gives the parameter: keywords for it. It needs no start.

    A change by hand goes into the address, unless it is to `default`, with `also`, where None takes a parameter out.
    A widget that holds something else (after Back, or where a view was chosen) is replaced by another: the browser
    keeps what it knows of a widget in a closed popover, and would send it again.
    """
    turns: dict[str, int] = st.session_state.setdefault(_TURNS, {})
    key = _key(parameter, turns.setdefault(parameter, 0))
    if key in st.session_state and texts(st.session_state[key], default) != texts(value, default):
        del st.session_state[key]
        turns[parameter] += 1
        key = _key(parameter, turns[parameter])
    if key not in st.session_state:
        st.session_state[key] = value
    # Kept for the session, a value is told to the browser until that has it: in a popover, not before it is opened.
    return {
        "key": key, "persist_state": "session", "on_change": _changed, "args": (key, parameter, default, also or {}),
    }  # fmt: skip


def put(changes: Mapping[str, Any]) -> None:
    """Write values into the address, as one step that Back takes back; nothing takes a parameter out."""
    written = _said_again()
    now = _now()
    wanted = now | {name: texts(value) for name, value in changes.items()}
    for name in changes:
        before, after = now.get(name, []), wanted[name]
        if before != after:
            known = written[name][0] if name in written else []
            written[name] = ([*known, before], after)
    run = get_script_run_ctx()
    st.session_state[_WRITTEN] = (run.page_script_hash if run is not None else "", written)
    if run is None or not run.fragment_ids_this_run:
        st.session_state[_RESTS] = None
    _send(now, wanted)


@contextmanager
def caught_up() -> Iterator[None]:
    """Around a full run: say again what was written, where the browser had not heard of it when it asked.

    Whoever types into the search and then clicks elsewhere asks for two runs at once, the second with the address from
    before the first. Only what Streamlit notes of a run tells that from going back, and only time from a link to the
    same page.
    """
    _said_again()
    try:
        yield
    finally:
        st.session_state[_RESTS] = time.monotonic()


def _said_again() -> dict[str, tuple[list[list[str]], list[str]]]:
    """What was written, sent once more where the browser had not heard of it."""
    written, now = _written(), _now()
    _send(now, now | {name: after for name, (known, after) in written.items() if now.get(name, []) in known})
    return written


def _written() -> dict[str, tuple[list[list[str]], list[str]]]:
    """Parameter → what the browser may still know, what was written.

    For this page, until somebody goes back, and until the page has rested long enough for everything to have arrived.
    """
    run = get_script_run_ctx()
    page: str
    written: dict[str, tuple[list[list[str]], list[str]]]
    page, written = st.session_state.get(_WRITTEN, ("", {}))
    rests = st.session_state.get(_RESTS)
    heard = rests is not None and time.monotonic() - rests > HEARD_SECONDS
    if run is not None and (heard or run.is_history_navigation or run.page_script_hash != page):
        st.session_state.pop(_WRITTEN, None)
        return {}
    return written


def _send(now: Mapping[str, list[str]], wanted: Mapping[str, list[str]]) -> None:
    kept = {name: found for name, found in wanted.items() if found}
    if kept != now:
        st.query_params.from_dict({name: found[0] if len(found) == 1 else found for name, found in kept.items()})


def _now() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _changed(key: str, parameter: str, default: Any, also: Mapping[str, str | None]) -> None:
    put({**also, parameter: texts(st.session_state.get(key), default)})


def _key(parameter: str, turn: int) -> str:
    return f"{parameter}~{turn}" if turn else parameter
