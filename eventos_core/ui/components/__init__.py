"""Small browser components of our own, each with its JavaScript (and CSS) file beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent


@lru_cache(maxsize=32)
def registered(name: str, *parts: str) -> Any:
    """The component `<name>.js` (and `<name>.css`, where there is one), registered once with the running server.

    The files `<part>.js` belong to the same module: a component's script is one text, and cannot import another.
    """
    css = _FOLDER / f"{name}.css"
    return st.components.v2.component(
        f"eventos_{name}",
        js="\n".join((_FOLDER / f"{one}.js").read_text(encoding="utf-8") for one in (name, *parts)),
        css=css.read_text(encoding="utf-8") if css.is_file() else None,
    )


def post(url: str, body: Mapping[str, Any], *, once: str, key: str, go: str = "", back: bool = False) -> int | None:
    """Let the browser POST `body` as JSON to `url` of this site, once per `once`, then load `go` (or this page again).

    With `back` it loads what `remember` noted in this tab, if anything. Returns the HTTP status when the server
    refused (0: not reached), else None.
    """
    result = registered("post")(
        key=key,
        data={"url": url, "body": dict(body), "once": once, "go": go, "back": back},
        on_refused_change=lambda: None,
        height=1,
    )
    refused: int | None = result.refused
    return refused


def download(url: str, *, key: str) -> None:
    """Let the browser fetch the file at `url` of this site, once."""
    registered("download")(key=key, data={"url": url}, height=1)


def remember() -> None:
    """Note the address of this page in the tab, for a `post(…, back=True)` after the browser was somewhere else."""
    registered("remember")(key="eventos_remember", data={}, height=1)


def habits() -> None:
    """Ctrl+K (⌘K) searches, Ctrl+click opens a link in a tab, an impatient hand presses a button once."""
    registered("habits")(key="eventos_habits", data={"target": ".st-key-global_search input"}, height=1)
