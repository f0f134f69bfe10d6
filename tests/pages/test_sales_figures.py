"""The forecast and funnel screens, and the seller's tiles on Home."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.charts import sales, theme
from eventos_core.crm.queries import forecast, funnel
from eventos_core.crm.rules import forecast as rules
from eventos_core.db.registry import read
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Role
from eventos_core.operations.metrics import Scope
from tests.crm.deals import change_deal, put_deal
from tests.crm.test_forecast import member, put_event, put_target
from tests.pages.page_helpers import words
from tests.support import TestHouse

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]

SCREEN = """
import streamlit as st
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import page
from eventos_core.ui.sales import forecast, funnel
ctx = page.start("Pipeline", requires=Permission.SALES_READ)
if st.query_params.get("show") == "funnel":
    funnel.draw(ctx)
else:
    forecast.draw(ctx)
"""


@pytest.fixture
def screens(scratch_pages: Path) -> None:
    """A page with nothing but the two screens."""
    (scratch_pages / "overview_home.py").write_text(SCREEN)


def today() -> dt.date:
    return clock.now().astimezone(clock.zone("Europe/Paris")).date()


def metrics_of(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value.replace("\u2009", "").replace("\u202f", "").replace("\xa0", " ")
            for metric in at.metric}  # fmt: skip


def put_deals(house: TestHouse) -> None:
    put_deal(house.owner, stage="Won", amount_minor=1_234_556, opened_on=today(), closed_on=today())
    put_deal(house.owner, stage="Verbal yes", amount_minor=50_000, expected_close_on=today())
    put_deal(house.owner, stage="New", amount_minor=None, expected_close_on=today())


@pytest.mark.usefixtures("screens")
def test_forecast_shows_its_figures_target_and_what_it_leaves_out(house: TestHouse, open_page: OpenPage) -> None:
    put_deals(house)
    put_deal(house.owner, amount_minor=700)
    month = today().replace(day=1)
    put_target(house.owner, 2_469_112, month, rules.next_month(month))
    at = open_page("overview_home", house.owner, forecast_period="month")
    assert not at.exception
    shown = metrics_of(at)
    assert list(shown) == ["Won", "Commit", "Best case", "Weighted forecast", "Usable forecast", "Pipeline coverage"]
    # A tile has no room for cents from a thousand on; the text on hover has them.
    assert (shown["Won"], shown["Commit"]) == ("€ 12346", "€ 12846")
    assert "345.56." in next(metric.help for metric in at.metric if metric.label == "Won")
    said = words(at)
    assert "50% of the quota of" in said
    assert "1 open deal worth € 7 has no expected date." in said.replace("\xa0", " ")
    assert "1 deal without a value." in said.replace("\xa0", " ")


@pytest.mark.usefixtures("screens")
@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ([None], "1 deal without a value would close after the event's asset date and counts nothing"),
        ([40_000], "1 deal worth € 400 would close"),
        ([40_000, None], "1 deal worth € 400 and 1 without a value would close after the event's asset date and count"),
        ([None, None], "2 deals without a value would close after the event's asset date and count nothing"),
    ],
)
def test_deals_that_come_too_late_are_told_with_their_worth_where_it_is_known(
    house: TestHouse, open_page: OpenPage, amounts: list[int | None], said: str
) -> None:
    event = put_event(house, "Défilé", clock.now() - dt.timedelta(days=2))
    for amount_minor in amounts:
        put_deal(house.owner, amount_minor=amount_minor, expected_close_on=today(), event_id=event)
    at = open_page("overview_home", house.owner, forecast_period="month")
    assert said in words(at).replace("\xa0", " ")
    assert "€ 0 would" not in words(at).replace("\xa0", " ")


@pytest.mark.usefixtures("screens")
def test_deals_without_a_day_are_told_apart_by_what_is_known_of_their_worth(
    house: TestHouse, open_page: OpenPage
) -> None:
    put_deals(house)
    for amount_minor, currency in ((700, "EUR"), (None, "EUR"), (900, "CHF")):
        put_deal(house.owner, amount_minor=amount_minor, currency=currency)
    said = words(open_page("overview_home", house.owner)).replace("\xa0", " ")
    assert "1 open deal worth € 7, 1 without a value and 1 without an exchange rate have no expected date." in said


@pytest.mark.usefixtures("screens")
def test_a_seller_with_a_quota_and_no_deal_stands_in_the_table(house: TestHouse, open_page: OpenPage) -> None:
    month = today().replace(day=1)
    put_target(house.owner, 40_000, month, rules.next_month(month), member_id=member(house, "Ana Keller"))
    query = {"forecast_period": "month", "forecast_by": "owner"}
    at = open_page("overview_home", house.owner, **query)
    assert not at.exception and "No deal falls in this period." in words(at)
    assert list(at.dataframe[0].value.iloc[:, 0]) == ["Ana Keller"]
    put_deals(house)
    at = open_page("overview_home", house.owner, **query)
    assert not at.exception
    assert list(at.dataframe[0].value.iloc[:, 0]) == ["Nobody", "Ana Keller"]


@pytest.mark.usefixtures("screens")
def test_an_empty_forecast_and_an_empty_funnel_say_what_to_do(house: TestHouse, open_page: OpenPage) -> None:
    assert "No deal falls in this period." in words(open_page("overview_home", house.owner))
    assert "No deal moved in this period." in words(open_page("overview_home", house.owner, show="funnel"))


@pytest.mark.usefixtures("screens")
def test_a_past_day_in_the_address_shows_that_day(house: TestHouse, open_page: OpenPage) -> None:
    put_deals(house)
    yesterday = today() - dt.timedelta(days=1)
    at = open_page("overview_home", house.owner, forecast_as_of=yesterday.isoformat())
    assert not at.exception
    assert "as it stood at the end of" in words(at)
    assert not at.metric  # nothing was known of these deals yesterday


@pytest.mark.usefixtures("screens")
@pytest.mark.parametrize("by", ["owner", "source", "kind", "event"])
def test_funnel_shows_rates_with_their_variant_and_breaks_down(house: TestHouse, open_page: OpenPage, by: str) -> None:
    put_deals(house)
    at = open_page("overview_home", house.owner, show="funnel", funnel_by=by)
    assert not at.exception
    assert metrics_of(at)["Win rate"] == "100%"
    assert "Win rate is won / (won + lost) by close date." in words(at)
    assert len(at.dataframe) == 2


@pytest.mark.usefixtures("screens")
def test_the_screens_are_closed_to_who_may_not_see_sales(house: TestHouse, open_page: OpenPage) -> None:
    put_deals(house)
    blind = open_page("overview_home", house.member(Role.MANAGER, denials=("sales.read",)))
    assert not blind.metric and not blind.dataframe
    assert open_page("overview_home", house.member(Role.VIEWER)).metric


def test_home_shows_a_seller_their_own_and_a_leader_everybody_s(house: TestHouse, open_page: OpenPage) -> None:
    seller = house.member(Role.MANAGER, name="Ana Keller")
    with_id = read(seller, lambda db: db.context.member_id)
    mine = put_deal(house.owner, stage="Proposal", amount_minor=10_000, owner_id=with_id)
    put_deal(house.owner, stage="Proposal", amount_minor=70_000)
    month = today().replace(day=1)
    put_target(house.owner, 40_000, month, rules.next_month(month), member_id=with_id)
    assert metrics_of(open_page("overview_home", house.owner))["Pipeline"] == "€ 800"
    change_deal(house.owner, mine, stage="Won")
    at = open_page("overview_home", seller)
    shown = metrics_of(at)
    assert (shown["Your pipeline"], shown["Won this month"], shown["Your activities due"]) == ("€ 0", "€ 100", "0")
    assert "25% of the month's quota of € 400 is won" in words(at).replace("\xa0", " ")
    assert "Won this month" not in metrics_of(open_page("overview_home", house.member(denials=("sales.read",))))


def test_charts_draw_in_both_themes(house: TestHouse) -> None:
    put_deals(house)
    months = read(house.owner, lambda db: forecast(db, Scope(), "month")).rows
    owners = read(house.owner, lambda db: forecast(db, Scope(), "owner")).rows
    stages = read(house.owner, lambda db: funnel(db, Scope())).rows
    for mode in ("light", "dark"):
        colours = theme.palette(mode)  # type: ignore[arg-type]
        for rows in (months, owners):
            made = sales.forecast(rows, colours, "EUR", "en").to_dict()
            # Nobody set a target: a layer without rows would have Vega warn of an infinite extent.
            assert len(made["layer"]) == 2
            parts = made["layer"][0]["encoding"]["color"]["scale"]
            assert parts["range"] == [colours.good, *colours.series[:2]]
        made = sales.funnel(stages, colours, lang="en").to_dict()
        assert made["layer"][0]["encoding"]["color"]["scale"]["range"][1] == colours.good
