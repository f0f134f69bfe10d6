"""Opening pages without a browser: the real shell in AppTest, with a person who is signed in or invented."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.search import EventRef
from eventos_core.tenancy import identity
from eventos_core.tenancy.identity import House
from eventos_core.ui import components, navigation, visit
from eventos_core.ui.visit import Visit, Visitor
from tests.pages.page_helpers import SHELL, SHOW, begin, context_of, person, turn_to

OpenPage = Callable[..., AppTest]
Choose = Callable[[str | None], list[str]]


@pytest.fixture(scope="session", autouse=True)
def components_are_looked_for_once() -> Iterator[None]:
    """AppTest searches every installed package for components each time it opens a page: most of a test's time."""
    found = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield


@pytest.fixture(scope="session", autouse=True)
def runs_are_waited_for() -> Iterator[None]:
    """AppTest asks a thousand times a second whether a run has ended, and takes the interpreter from it each time."""
    asked = local_script_runner.require_widgets_deltas

    def joined(runner: LocalScriptRunner, timeout: float) -> None:
        assert runner._script_thread is not None
        runner._script_thread.join(timeout)
        asked(runner, timeout)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "require_widgets_deltas", joined)
        yield


@pytest.fixture
def as_person(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`as_person(House, …, events=[…], permissions=…)`: who the shell finds; nobody without houses."""

    def pretend(
        *houses: House, events: tuple[EventRef, ...] = (SHOW,), permissions: frozenset[Permission] | None = None
    ) -> None:
        who = Visitor(person(*houses), b"x" * 32)

        def enter(visitor: Visitor, house: House) -> Visit:
            wanted = st.query_params.get("event") or None
            event = next((e for e in events if e.slug == wanted), None)
            return Visit(visitor, house, context_of(house, permissions), event, wanted, events)

        monkeypatch.setattr(visit, "visitor", lambda: who)
        monkeypatch.setattr(visit, "enter", enter)

    return pretend


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """`open_page("contacts_list", credential, **query)`: a page of the running database, for a real session.

    `credential` is a MemberCredential whose session row exists; the query gets its house. Pass `event="slug"` and
    filters as further keywords. Leave `credential` out after `as_person`.
    """

    def opened(key: str, credential: MemberCredential | None = None, **query: str) -> AppTest:
        if credential is not None:
            monkeypatch.setattr(visit, "visitor", lambda: _visitor(credential))
            query.setdefault("house", credential.house)
        at = AppTest.from_file(str(SHELL), default_timeout=20)
        # Under its own name the first page only sends people on to "/", where a session begins.
        return begin(at, **query) if navigation.spec_of(key) == navigation.home() else turn_to(at, key, **query)

    return opened


def _visitor(credential: MemberCredential) -> Visitor | None:
    found = identity.session(credential.token_hash, credential.house)
    return Visitor(found, credential.token_hash) if found else None


@pytest.fixture
def scratch_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty pages folder in place of the real one; write `<key>.py` into it, then open the shell."""
    navigation.existing.cache_clear()
    monkeypatch.setattr(navigation, "PAGES_DIR", tmp_path)
    yield tmp_path
    navigation.existing.cache_clear()


@pytest.fixture
def menu(monkeypatch: pytest.MonkeyPatch) -> Choose:
    """`menu("Export as CSV")` chooses that entry in the runs that follow; returns what the menu offers by then."""
    chosen: list[str | None] = [None]
    offered: list[str] = []

    def drawn(_: str, options: Sequence[str], **__: Any) -> str | None:
        offered[:] = options
        return chosen[0] if chosen[0] in options else None

    def choose(entry: str | None) -> list[str]:
        chosen[0] = entry
        return offered

    monkeypatch.setattr(st, "menu_button", drawn)
    return choose


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that the browser was told to fetch."""
    found: list[str] = []
    monkeypatch.setattr(components, "download", lambda url, **_: found.append(url))
    return found
