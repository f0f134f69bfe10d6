"""Every figure that leads to a list opens the list of exactly what it counts."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import PlanActivity
from eventos_core.crm.metrics import screens
from eventos_core.crm.queries import ActivityFilter
from eventos_core.crm.queries.activities import Shown
from eventos_core.crm.rules import forecast as rules
from eventos_core.crm.rules.activities import ActivityFields, Links
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading
from eventos_core.enums.crm import ActivityKind
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.permissions import Role
from eventos_core.models.events import Event
from eventos_core.operations.metrics import Figure, Scope
from eventos_core.ui.sales import drills, selling
from tests.crm.deals import change_deal, put_deal
from tests.crm.varied import Varied, put_varied
from tests.directory.conftest import add_contact
from tests.pages.conftest import OpenPage
from tests.pages.page_helpers import words
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
ZONE = clock.zone("Europe/Paris")


@pytest.fixture
def varied(two_houses: tuple[TestHouse, TestHouse], database: Database) -> tuple[TestHouse, Varied]:
    """A house with deals of every sort, beside another one that must not be counted."""
    ours, theirs = two_houses
    put_deal(theirs.owner, stage="Won", closed_on=dt.date(2026, 6, 1))
    return ours, put_varied(ours, database)


def listed(at: AppTest) -> int:
    """How many deals the table says it lists."""
    said = re.search(r"([\d\u202f]+) deals? · ", words(at))
    return int(said[1].replace("\u202f", "")) if said else 0


def test_forecast_and_funnel_lead_to_what_they_count_under_any_scope(varied: tuple[TestHouse, Varied]) -> None:
    house, of = varied
    today = clock.now().astimezone(ZONE).date()
    windows = [rules.period(name, today) for name in ("month", "year", "last_90_days", "all_time")]
    narrowings = itertools.product(
        (None, 0, of.event_id), (None, 0, of.member_id), ((), ("sponsorship", "venue_hire")), (None, "Fair"),
        (None, of.other_pipeline_id),
    )  # fmt: skip
    counted = 0
    with reading(house.owner) as db:
        for (first, end), (event, owner, kinds, source, pipeline) in itertools.product(windows, narrowings):
            scope = Scope(
                clock.now(), first and clock.day_bounds(first, "Europe/Paris")[0],
                end and clock.day_bounds(end, "Europe/Paris")[0], event, owner, kinds, source, pipeline,
            )  # fmt: skip
            found = queries.forecast(db, scope)
            ways = [*drills.of_forecast(found, scope, ZONE)]
            ways += drills.of_funnel(screens.funnel_head(db, scope), scope, ZONE)
            assert len(ways) == 3
            for way in ways:
                assert queries.deal_totals(db, way.wanted).count == way.count, (way, scope)
                counted += way.count
    assert counted > 500


@pytest.mark.parametrize("layout", ["forecast", "funnel"])
def test_a_button_opens_the_table_of_as_many_deals_as_it_says(
    varied: tuple[TestHouse, Varied], open_page: OpenPage, layout: str
) -> None:
    house, of = varied
    other = {"deals_pipeline": str(of.other_pipeline_id), "deals_owner": "0"}
    for narrowed in ({}, {"deals_kind": "sponsorship", "deals_source": "Fair"}, other):
        query = {**narrowed, "deals_layout": layout, f"{layout}_period": "year"}
        at = open_page("sales_pipeline", house.owner, **query)
        buttons = [button.key for button in at.button if str(button.key).startswith("drill_")]
        assert buttons
        for key in buttons:
            at = open_page("sales_pipeline", house.owner, **query)
            button = next(one for one in at.button if one.key == key)
            said = re.search(r"Show ([\d\u202f]+) ", button.label)
            at = button.click().run()
            assert not at.exception
            assert said is not None and listed(at) == int(said[1]), (button.label, narrowed)
            assert listed(at.run()) == int(said[1]), "and stays"


def test_nothing_leads_from_a_past_day_to_the_deals_of_today(
    varied: tuple[TestHouse, Varied], open_page: OpenPage
) -> None:
    house, of = varied
    for layout in ("forecast", "funnel"):
        query = {"deals_layout": layout, f"{layout}_as_of": of.past.isoformat()}
        at = open_page("sales_pipeline", house.owner, **query)
        assert at.metric and not [one for one in at.button if str(one.key).startswith("drill_")]


@pytest.mark.parametrize("leads", [True, False])
def test_home_leads_to_the_deals_and_activities_that_its_tiles_count(
    varied: tuple[TestHouse, Varied], open_page: OpenPage, leads: bool
) -> None:
    house, of = varied
    who = house.owner if leads else house.member(Role.MANAGER, denials=("sales.settings",), name="Ana Keller")
    owner = read(who, lambda db: db.context.member_id)
    for stage in ("Won", "Proposal", "Proposal"):
        put_deal(house.owner, "Hers", stage, owner_id=owner, event_id=of.event_id)
    change_deal(house.owner, put_deal(house.owner, owner_id=owner, amount_minor=None), stage="Won")
    plan(house.owner, owner, add_contact(house.owner, "Ida", "Berg"))
    figures = read(who, lambda db: selling.read(db, clock.now()))
    by_key = {figure.metric.key: figure for figure in figures}
    deals, won, activities = [(page, query) for _, page, query in ways(who, figures)]
    event = read(house.owner, lambda db: db.scalars(event_slug(of)).one())
    for (page, query), key in ((deals, "open_value_minor"), (won, "won_value_minor")):
        assert query["event"] == "", "the figures are of all events"
        at = open_page(page, who, **{"event": event, **{name: str(value) for name, value in query.items()}})
        assert not at.exception
        assert listed(at) == by_key[key].rows > 0
    at = open_page(activities[0], who, **{name: str(value) for name, value in activities[1].items()})
    assert not at.exception
    assert len(at.dataframe[0].value) == by_key["activities_due"].rows == (3 if leads else 2)
    wanted = ActivityFilter(show=Shown.DUE, owner=None if leads else owner)
    assert read(who, queries.activities_counted, wanted, 100) == by_key["activities_due"].rows


def event_slug(of: Varied) -> Any:
    """The event's name in addresses."""
    return select(Event.slug).where(Event.id == of.event_id)


def plan(who: MemberCredential, owner: int | None, contact_id: int) -> None:
    """Something overdue and something for today of that member, somebody else's, one for later, and one undated."""
    now = clock.now()
    today = clock.day_bounds(now.astimezone(ZONE).date(), "Europe/Paris")[0]
    for due, all_day, whose in (
        (now - dt.timedelta(days=2), False, owner), (today, True, owner), (now - dt.timedelta(days=1), False, None),
        (now + dt.timedelta(days=3), False, owner), (None, False, owner),
    ):  # fmt: skip
        fields = ActivityFields(
            Links(contact_id), ActivityKind.TASK, "Call", owner_id=whose, due_at=due, all_day=all_day
        )
        execute(who, commands.plan_activity, PlanActivity(fields))


def ways(who: MemberCredential, figures: tuple[Figure, ...]) -> list[tuple[str, str, dict[str, Any]]]:
    """Where Home leads from its figures."""
    return read(who, lambda db: selling.ways(db.context, figures))
