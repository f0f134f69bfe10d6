"""Driving a real Chromium: waiting until a page has settled, signing in, starting the app as its own process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from eventos_core.tenancy import identity
from tests import support

ROOT = Path(__file__).resolve().parents[2]
# The headless shell is the same Chromium without a window's parts: half the work for the same page.
_PLACES = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
CHROMIUM = os.environ.get("EVENTOS_CHROMIUM") or next((p for p in _PLACES if Path(p).exists()), _PLACES[-1])
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT = 30_000
_DRAWN = """() => !document.querySelector('[data-testid="stSkeleton"]')
    && document.querySelector('[data-testid="stMain"]')?.innerText.trim()"""
COOKIE = "eventos_session"
_pressed: WeakKeyDictionary[Page, float] = WeakKeyDictionary()
"""When a button was pressed last."""
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@dataclass
class RunningApp:
    """The app as a process of its own on a free port."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    foreign: set[str] = field(default_factory=set)
    """Hosts other than this one that a page asked for."""

    def watch(self, page: Page) -> None:
        """Note every request of `page` that goes elsewhere."""
        own = urlsplit(self.url).netloc

        def seen(address: str) -> None:
            parts = urlsplit(address)
            if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != own:
                self.foreign.add(parts.netloc)

        page.on("request", lambda request: seen(request.url))
        page.on("websocket", lambda opened: seen(opened.url))

    def stop(self) -> None:
        """Ask it to stop and wait for it."""
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=10)


def logins(database: support.Database) -> dict[str, str]:
    """The environment that names the database's logins."""
    return {
        "EVENTOS_DATABASE_URL": database.urls.app,
        "EVENTOS_MIGRATOR_URL": database.urls.migrator,
        "EVENTOS_BACKUP_URL": database.urls.backup,
    }


def start_app(
    folder: Path, environment: Mapping[str, str], *, script: Path = ROOT / "app.py", cwd: Path | None = None
) -> RunningApp:
    """Start `streamlit run`, from another working directory unless `cwd` says, and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "app.log"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=cwd or folder, env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
    app = RunningApp(f"http://localhost:{port}", process, log)
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"The app ended with {process.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(app.url + "/readyz", timeout=2):
                return app
        except HTTPError as error:
            app.stop()
            raise AssertionError(f"Not ready: {error.read().decode()}\n{log.read_text()}") from error
        except (URLError, OSError):
            time.sleep(0.2)
    app.stop()
    raise AssertionError(f"The app did not answer in time:\n{log.read_text()}")


def settled(page: Page) -> Page:
    """Wait until the page's script has run to its end, and what it drew stands."""
    page.wait_for_selector(SETTLED, timeout=WAIT)
    try:
        page.wait_for_function(_DRAWN, timeout=WAIT, polling=100)
    except PlaywrightTimeout as error:
        state = page.get_attribute('[data-testid="stApp"]', "data-test-script-state")
        shown = page.get_by_test_id("stMain").inner_text()
        waiting = page.get_by_test_id("stSkeleton").count()
        raise AssertionError(f"{page.url} does not settle: {state}, {waiting} skeletons, {shown!r}") from error
    page.wait_for_selector(SETTLED, timeout=WAIT)
    return page


def keep(page: Page, name: str) -> None:
    """A picture of what is in sight, called `name`, in the folder that `EVENTOS_PICTURES` names; without it none."""
    folder = os.environ.get("EVENTOS_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        settled(page).wait_for_timeout(400)  # the drawer slides in, the toast comes
        page.screenshot(path=Path(folder) / f"{name}.png")


def visit(page: Page, app: RunningApp, path: str) -> Page:
    """Open `path` and wait for what it draws."""
    page.goto(app.url + path)
    return settled(page)


def enter(page: Page, app: RunningApp, email: str, path: str = "/") -> Page:
    """Open `path` as that person: with the cookie of a sign-in of its own, not through the form."""
    row = identity.sign_in_row(email)
    assert row is not None, email
    page.context.add_cookies([{"name": COOKIE, "value": support.sign_in(row.user_id), "url": app.url}])
    visit(page, app, path)
    expect(page.get_by_test_id("stSidebar")).to_be_attached(timeout=WAIT)
    return settled(page)


def sign_in(page: Page, app: RunningApp, email: str, password: str, path: str = "/", *, sidebar: bool = True) -> Page:
    """Open `path`, fill the sign-in form, and wait for the page behind it (on a phone its sidebar is closed)."""
    page.goto(app.url + path)
    settled(page)
    fill_sign_in(page, email, password)
    if sidebar:
        expect(page.get_by_test_id("stSidebar")).to_be_visible(timeout=WAIT)
    return settled(page)


def fill_sign_in(page: Page, email: str, password: str) -> None:
    """Fill the form on the present page and press its button."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def write(form: Page | Locator, label: str, text: str) -> None:
    """Fill one line of a form and leave it."""
    box = form.get_by_role("textbox", name=label, exact=True)
    box.fill(text)
    box.press("Tab")


def press(within: Page | Locator, name: str) -> None:
    """Press a button once it and all that was asked for before stand there: sooner it counts as the same press."""
    button = within.get_by_role("button", name=name, exact=True)
    expect(button).to_be_visible(timeout=WAIT)
    settled(button.page)
    # A person needs a moment to read what came; a second press within half a second counts as a double click.
    soon = _pressed.get(button.page, 0.0) + 0.6 - time.monotonic()
    if soon > 0:
        button.page.wait_for_timeout(soon * 1000)
    button.click()
    _pressed[button.page] = time.monotonic()


def choose(form: Locator, label: str, option: str) -> None:
    """Pick an option of a select box by its words."""
    form.get_by_role("combobox", name=label).click()
    form.page.get_by_role("option", name=option).click()
