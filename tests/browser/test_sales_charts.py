"""Charts in a real browser: what Vega would warn of in the console is a fault of ours."""

from __future__ import annotations

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from eventos_core.crm.rules import forecast as rules
from eventos_core.kernel import clock
from tests import support
from tests.browser.browsing import RunningApp, enter, visit
from tests.crm.deals import put_deal
from tests.crm.test_forecast import put_target

pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_no_chart_of_sales_warns_with_targets_or_without(
    tab: Page, app: RunningApp, database: support.Database
) -> None:
    house = support.found_house("Maison Aurore", "aurore-charts")
    today = clock.now().astimezone(clock.zone("Europe/Paris")).date()
    put_deal(house.owner, stage="Verbal yes", amount_minor=50_000, expected_close_on=today)
    put_deal(house.owner, stage="Won", amount_minor=None, opened_on=today, closed_on=today)
    said: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # Of other things the browser complains in words of its own, such as a missing favicon.
        if message.type == "warning":
            said.append(message.text)

    tab.on("console", heard)
    enter(tab, app, house.owner_email, "/sales_pipeline?house=aurore-charts&deals_layout=forecast")
    for targets in (False, True):
        if targets:
            month = today.replace(day=1)
            put_target(house.owner, 90_000, month, rules.next_month(month), member_id=house.owner_member_id)
        for query in ("layout=forecast", "layout=forecast&forecast_by=owner", "layout=funnel"):
            visit(tab, app, f"/sales_pipeline?house=aurore-charts&deals_{query}")
            expect(tab.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()
    assert said == []
