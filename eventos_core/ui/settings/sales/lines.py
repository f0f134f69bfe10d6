"""A line of a list that is kept by hand: what it says, buttons to move it, and a switch to its form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from eventos_core.ui import page
from eventos_core.ui.errors import escaped


@dataclass(frozen=True)
class Line:
    """One row: `key` is unique on the page and holds the record's id, `name` is what people call it."""

    key: str
    name: str
    told: str
    """Small print below the name, as Markdown."""
    badge: str = ""
    """Markdown after the name."""


@contextmanager
def line(one: Line, *, may_write: bool, place: int | None = None, first: int = 0, last: int = 0,
         move: Callable[[int, str], None] | None = None) -> Iterator[bool]:  # fmt: skip
    """Draw the row; gives whether its form is open, to be drawn in the body.

    With `move` there are buttons up and down between the places `first` and `last`; it gets the new place and the key.
    """
    with st.container(border=True, gap="small", key=f"row_{one.key}"):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small", key=f"line_{one.key}"):
            badge = f" {one.badge}" if one.badge else ""
            st.markdown(f"**{escaped(one.name)}**{badge}  \n:gray[:small[{one.told}]]", width="stretch")
            if may_write and move is not None and place is not None:
                for icon, label, to in (("arrow_upward", "up", place - 1), ("arrow_downward", "down", place + 1)):
                    key = f"{one.key}_{label}"
                    off = not first <= to <= last
                    if page.pressed(f"Move {escaped(one.name)} {label}", name=key, icon=icon, bare=True, disabled=off):
                        move(to, key)
            if may_write:
                _switch(one)
        yield may_write and bool(st.session_state.get(f"edit_{one.key}", False))


def close(key: str) -> None:
    """Close a row's form after it was saved, and draw the page anew."""
    st.session_state.pop(f"edit_{key}", None)
    st.rerun()


def _switch(one: Line) -> None:
    open_ = st.session_state.get(f"edit_{one.key}", False)
    if page.icon_button(
        f"{'Close' if open_ else 'Change'} {escaped(one.name)}", icon="close" if open_ else "edit",
        key=f"edit_button_{one.key}",
    ):  # fmt: skip
        st.session_state[f"edit_{one.key}"] = not open_
        st.rerun()
