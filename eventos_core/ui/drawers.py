"""Drawers: a URL parameter opens a record at the right edge, dismissing it clears the parameter.

Streamlit forbids a dialog in a dialog and more than one at a time, so each page has one dispatcher.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn

import streamlit as st

from eventos_core.ui import errors


@dataclass(frozen=True)
class Drawer:
    """What opens for one URL parameter; `body` gets the parameter's value and draws inside the drawer.

    Where the person is not `allowed` what it offers, a link to it says so instead.
    """

    title: str
    body: Callable[[str], None]
    width: Literal["small", "medium", "large"] | int = 560
    position: Literal["right", "center"] = "right"
    icon: str | None = None
    allowed: bool = True


def drawers(by_parameter: Mapping[str, Drawer]) -> None:
    """Open the drawer whose parameter stands in the URL, if any; call it once, at the end of the page."""
    for parameter, drawer in by_parameter.items():
        value = st.query_params.get(parameter)
        if value:
            opened = st.dialog(
                drawer.title,
                width=drawer.width,
                position=drawer.position,
                icon=f":material/{drawer.icon}:" if drawer.icon else None,
                on_dismiss=lambda: _clear(by_parameter),
            )(drawer.body if drawer.allowed else _refuse)
            opened(value)
            return


def open_drawer(**parameter: str | int) -> NoReturn:
    """Open a drawer by its parameter, as `open_drawer(contact=12)`; another open one closes."""
    for name, value in parameter.items():
        st.query_params[name] = str(value)
    st.rerun()


def close_drawer(*parameters: str) -> NoReturn:
    """Close the drawers of these parameters, from inside or outside."""
    for name in parameters:
        st.query_params.pop(name, None)
    st.rerun()


def _refuse(_: str) -> None:
    errors.panel(
        "This is not open to you.",
        "You may look at this page, not change it. Ask an owner or admin of the house.",
        icon="lock",
    )


def _clear(by_parameter: Mapping[str, Drawer]) -> None:
    for parameter in by_parameter:
        st.query_params.pop(parameter, None)
