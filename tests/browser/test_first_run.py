"""The first run on an empty machine: the set-up link, a house, two restarts; and the other way in, the demo."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.browsing import RunningApp, fill_sign_in, press, settled, start_app, visit, write
from tests.db.embedded_helpers import directory

pytestmark = [pytest.mark.browser, pytest.mark.database]
EMAIL, PASSWORD = "ines@aurore.example", "velvet lantern orchard"
Machine = Callable[[str], RunningApp]


@pytest.fixture
def machine() -> Iterator[Machine]:
    """`machine("here")` starts the app in that working directory; all on one data directory, empty at first."""
    running: list[RunningApp] = []
    with directory() as place:
        environment = {
            "EVENTOS_DATA_DIR": str(place / "data"), "EVENTOS_KEY_FILE": str(place / "key"),
            "EVENTOS_DATABASE_URL": "", "EVENTOS_MIGRATOR_URL": "", "EVENTOS_BACKUP_URL": "",
        }  # fmt: skip

        def start(name: str) -> RunningApp:
            (place / name).mkdir()
            running.append(start_app(place / name, environment))
            return running[-1]

        yield start
        for app in running:
            app.stop()


def _printed_link(app: RunningApp) -> str:
    """The path of the set-up link in the log; empty where none was printed."""
    found = re.search(r"http://\S+?(/\?setup=\S+)", app.log.read_text())
    return found.group(1) if found else ""


def test_a_house_is_founded_and_survives_restarts(machine: Machine, new_context: Callable[..., BrowserContext]) -> None:
    app = machine("first")
    link = _printed_link(app)
    page = new_context().new_page()
    visit(page, app, "/")
    expect(page.get_by_role("heading", name="Welcome to EventOS")).to_be_visible()
    visit(page, app, link)
    write(page, "Name of your house", "Maison Fontaine")
    write(page, "Your name", "Inès Fontaine")
    write(page, "Your e-mail address", EMAIL)
    write(page, "Password", PASSWORD)
    write(page, "Password again", PASSWORD)
    press(page, "Create the house")
    expect(page.get_by_role("heading", name="Inès")).to_be_visible()
    expect(page.get_by_test_id("stMain")).to_contain_text("First steps")
    assert "house=maison-fontaine" in page.url
    press(page, "New event")
    write(page.get_by_role("dialog"), "Name", "First night")
    press(page, "Create event")
    expect(page.get_by_role("heading", name="First night")).to_be_visible()

    app.stop()
    app = machine("second")
    assert _printed_link(app) == ""
    _event_is_there(page, app)  # the same browser: its session stands in the database

    app.process.kill()
    app.process.wait()
    app = machine("third")
    fresh = new_context().new_page()
    visit(fresh, app, link)
    expect(fresh.get_by_text("This set-up link is no longer valid.")).to_be_visible()
    press(fresh, "Go to EventOS")
    fill_sign_in(fresh, EMAIL, PASSWORD)
    expect(fresh.get_by_role("heading", name="Inès")).to_be_visible()
    _event_is_there(fresh, app)


def _event_is_there(page: Page, app: RunningApp) -> None:
    visit(page, app, "/plan_event?house=maison-fontaine&event=first-night")
    expect(page.get_by_role("heading", name="First night")).to_be_visible()


def test_a_new_installation_is_explored_with_demo_data(
    machine: Machine, new_context: Callable[..., BrowserContext]
) -> None:
    app = machine("demo")
    link = _printed_link(app)
    page = new_context().new_page()
    app.watch(page)
    visit(page, app, link)
    press(page, "Explore with demo data")
    expect(page.get_by_role("heading", name="The demo is ready")).to_be_visible(timeout=90_000)
    password = page.get_by_test_id("stCode").inner_text().strip()
    press(page, "Go in as Camille Fontaine")
    expect(page.get_by_role("heading", name="Camille")).to_be_visible()
    figures = {house: _figures(page, app, house) for house in ("maison-aurore", "maison-aurora")}
    for shown in figures.values():
        assert int(shown["Contacts"]) > 0
        assert int(shown["Venues"]) > 0
    assert figures["maison-aurore"] != figures["maison-aurora"]

    other = new_context().new_page()
    visit(other, app, link)
    expect(other.get_by_text("This set-up link is no longer valid.")).to_be_visible()
    visit(other, app, "/?house=maison-aurora")
    fill_sign_in(other, "sales@maison-aurora.example", password)
    expect(other.get_by_role("heading", name="Niccolò")).to_be_visible()
    assert app.foreign == set()


def _figures(page: Page, app: RunningApp, house: str) -> dict[str, str]:
    visit(page, app, f"/?house={house}")
    expect(page.get_by_test_id("stMetric").first).to_be_visible()
    tiles = settled(page).get_by_test_id("stMetric").all()
    return {
        tile.get_by_test_id("stMetricLabel").inner_text().strip(): (
            tile.get_by_test_id("stMetricValue").inner_text().strip()
        )
        for tile in tiles
    }
