"""How long a board of 60 000 deals takes in Chromium beside one of 60: until its cards show, and for a drag.

Run as `python -m benchmarks.board [--json] [--runs N] [--deals N]`. One house of the demo has few deals, its
look-alike many; both boards show the same number of cards. The two take turns, so that what the machine does besides
falls on both; the ratio is taken turn by turn. Measured from the address to the first card, and from the drop to the
page at rest with the card in its new column in the database's own words (the column's count).
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.measuring import ROOT, Figure, command, figure, held, installation, report, serving


def _option(name: str, default: int) -> int:
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else default


RUNS, DEALS, FEW = _option("--runs", 15), _option("--deals", 60_000), 60
HOUSES = {"maison-aurore": FEW, "maison-aurora": DEALS}
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'
PREPARE = """
import sys
from sqlalchemy import text
from eventos_core.cli.common import operator
from eventos_core.db.session import unit_of_work
from eventos_core.operations import start
from eventos_core.tenancy import identity

start.load()
for house, number in zip(sys.argv[1::2], map(int, sys.argv[2::2])):
    with unit_of_work(operator(house, None)) as db:
        account = db.context.account_id
        # Activities of the demo point to its deals: they are taken off the board, not deleted.
        db.execute(text("update opportunities set archived_at = now() where account_id = :a"), {"a": account})
        db.execute(text('''
            insert into opportunities (account_id, name, stage_id, amount_minor, currency, opened_on, expected_close_on)
            select :a, 'Deal ' || n, s.ids[1 + n % array_length(s.ids, 1)], 10000 + n * 100,
                   'EUR', current_date - 30, current_date + n % 200
            from generate_series(1, :n) n,
                 (select array_agg(id order by position) as ids from sales_stages
                   where account_id = :a and kind = 'open') s
        '''), {"a": account, "n": number})
row = identity.sign_in_row("owner@maison-aurore.example")
print(identity.redeem_ticket(identity.issue_session_ticket(row.user_id), None, "benchmark"))
"""
ANALYZE = "import psycopg, sys; psycopg.connect(sys.argv[1], autocommit=True).execute('vacuum analyze opportunities')"


def _painted(page: Page, url: str) -> float:
    page.goto("about:blank")
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(".card", state="visible")
    return time.perf_counter() - began


def _at_rest(page: Page) -> None:
    page.wait_for_selector(SETTLED)
    page.wait_for_function("() => !document.querySelector('[data-testid=\"stSkeleton\"]')", polling=50)


def _count(page: Page, column: int) -> str:
    return page.locator(".column").nth(column).locator(".count").first.inner_text()


def _dragged(page: Page, there: bool) -> float:
    """Seconds from dropping the first card of one column on another until the counts say so and the page rests."""
    start, target = (0, 1) if there else (1, 0)
    card, column = page.locator(".column").nth(start).locator(".card").first, page.locator(".column").nth(target)
    card.scroll_into_view_if_needed()
    a, b = card.bounding_box(), column.bounding_box()
    assert a is not None and b is not None
    before = _count(page, target)
    page.mouse.move(a["x"] + 40, a["y"] + 12)
    page.mouse.down()
    page.mouse.move(a["x"] + 60, a["y"] + 40)
    page.mouse.move(b["x"] + b["width"] / 2, b["y"] + 150, steps=4)
    began = time.perf_counter()
    page.mouse.up()
    page.wait_for_function(
        "([n, before]) => document.querySelectorAll('.column')[n]?.querySelector('.count')?.innerText !== before",
        arg=[target, before], polling=20,
    )  # fmt: skip
    _at_rest(page)
    return time.perf_counter() - began


def measure(url: str, token: str) -> list[Figure]:
    """First paints and drags of both houses in turns; the first of each warms up and does not count."""
    painted: dict[str, list[float]] = {house: [] for house in HOUSES}
    dragged: dict[str, list[float]] = {house: [] for house in HOUSES}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium-headless-shell", args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        cookie: Any = {"name": "eventos_session", "value": token, "url": url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(60_000)
        for run in range(RUNS + 1):
            for house in HOUSES:
                painted[house].append(_painted(page, f"{url}/sales_pipeline?house={house}"))
                _at_rest(page)
                dragged[house].append(_dragged(page, run % 2 == 0))
        browser.close()
    return [one for what, taken in (("First card", painted), ("Drag", dragged)) for one in _figures(what, taken)]


def _figures(what: str, taken: dict[str, list[float]]) -> list[Figure]:
    """Both houses in milliseconds, and the one with many by the one with few, turn by turn."""
    few, many = (taken[house][1:] for house in HOUSES)
    return [
        figure(f"{what}, few deals", [seconds * 1000 for seconds in few], "ms"),
        figure(f"{what}, many deals", [seconds * 1000 for seconds in many], "ms"),
        figure(f"{what}, many by few, turn by turn", [b / a for a, b in zip(few, many, strict=True)], "×"),
    ]


def main() -> None:
    """Seed, sign in, measure and report."""
    with installation() as environment, held(environment):
        command(environment, "migrate")
        command(environment, "demo")
        words = [sys.executable, "-c", PREPARE, *(str(part) for item in HOUSES.items() for part in item)]
        signed_in = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if signed_in.returncode:
            raise SystemExit(signed_in.stderr)
        url = command(environment, "url", "--role", "migrator").strip()
        subprocess.run([sys.executable, "-c", ANALYZE, url], cwd=ROOT, env=environment, check=True)
        with serving(environment) as app:
            report(measure(f"http://localhost:{app.port}", signed_in.stdout.strip()))


if __name__ == "__main__":
    main()
