"""Fixtures of the browser tests: one app and database a worker, a Chromium a module, a page a test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import support
from tests.browser.browsing import ARGUMENTS, CHROMIUM, RunningApp, logins, start_app
from tests.support import Database

expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try a journey that fails once more: a real browser can lose a race with its test. The summary says so."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def shared(server: support.Server, template: str) -> Iterator[Database]:
    """One migrated database for all browser tests of this worker: starting the app takes longer than most of them."""
    made = support.clone(server, template, f"{template}_browser_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}")
    yield made
    server.drop(made.name)


@pytest.fixture(scope="module")
def database(shared: Database) -> Iterator[Database]:
    """The shared database; `EVENTOS_*_URL` name its logins meanwhile. Each module founds houses of its own in it."""
    with support.logins_in_environment(shared):
        yield shared


@pytest.fixture(scope="session")
def app(shared: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """The real app, started from another directory, on the shared database. No page of it may ask another host."""
    running = start_app(tmp_path_factory.mktemp("app"), logins(shared))
    yield running
    running.stop()
    assert running.foreign == set()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser process a module: while it runs, its event loop holds the thread, and nothing else may run one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_context(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """`new_context(width=390, dark=True)`: a browser profile of its own, closed after the test."""
    opened: list[BrowserContext] = []

    def make(*, width: int = 1440, height: int = 900, dark: bool = False) -> BrowserContext:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            timezone_id="Europe/Paris",
        )
        context.set_default_timeout(30_000)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def tab(app: RunningApp, new_context: Callable[..., BrowserContext]) -> Page:
    """A page in a fresh profile at 1440 px, light; its requests are watched."""
    page = new_context().new_page()
    app.watch(page)
    return page


@pytest.fixture(scope="session", autouse=True)
def _chromium_is_there() -> None:
    assert Path(CHROMIUM).exists(), f"{CHROMIUM} is missing; set EVENTOS_CHROMIUM or install Debian's chromium"
