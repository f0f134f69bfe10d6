"""The pipeline page without a browser: board, table, drawer, closing, rights, cost."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import MoveDeal
from eventos_core.crm.commands.pipelines import AddPipeline, add_pipeline
from eventos_core.crm.queries import DealDetail
from eventos_core.db.registry import execute, read
from eventos_core.enums.events import FieldType
from eventos_core.kernel.permissions import Role
from eventos_core.operations.custom.commands import AddCustomField, add_custom_field
from eventos_core.ui.sales import words
from eventos_core.ui.sales.logging import What
from tests.crm.deals import change_deal, change_stage, lost_reason, put_deal, stages
from tests.directory.conftest import add_contact, add_organization, counted
from tests.pages.conftest import OpenPage
from tests.pages.test_directory import field, press, said
from tests.support import TestHouse

pytestmark = pytest.mark.database


def _deal(house: TestHouse, deal_id: int) -> DealDetail:
    return read(house.owner, queries.deal, deal_id)


def test_a_deal_is_created_by_the_form_with_a_new_company(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("sales_pipeline", house.owner, new="deal")
    assert not at.exception
    field(at, "text_input", "Name").input("Front row")
    field(at, "text_input", "Amount").input("12 000,50")
    at = press(at, "Create deal")
    assert not at.exception
    found = read(house.owner, queries.deals).frame
    assert found[["name", "amount_minor", "currency", "owner"]].values.tolist() == [
        ["Front row", 1_200_050, "EUR", "Claire Aurore"]
    ]
    assert at.query_params["deal"] == str(found["id"].iloc[0])


def test_an_empty_table_offers_the_first_deal(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("sales_pipeline", house.owner, deals_layout="table")
    assert "No open deals yet" in said(at)
    at = press(at, "Create the first deal")
    assert field(at, "text_input", "Name").value == ""
    at = open_page("sales_pipeline", house.member(Role.VIEWER), deals_layout="table")
    assert "Create the first deal" not in said(at)


def test_what_is_wrong_stands_at_its_field(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("sales_pipeline", house.owner, new="deal")
    field(at, "text_input", "Amount").input("a lot")
    at = press(at, "Create deal")
    assert "Write it like 8400" in said(at)
    field(at, "text_input", "Amount").input("1")
    at = press(at, "Create deal")
    assert "Required" in said(at) and read(house.owner, queries.deals).frame.empty


def test_the_drawer_moves_wins_loses_and_reopens(house: TestHouse, open_page: OpenPage) -> None:
    deal = put_deal(house.owner, "Lounge", amount_minor=None)
    at = open_page("sales_pipeline", house.owner, deal=str(deal))
    assert not at.exception
    assert "Lounge" in said(at) and "Began in New" in said(at)
    field(at, "segmented_control", "Stage").select(stages(house.owner)["Proposal"]).run()
    assert _deal(house, deal).stage == "Proposal"
    at = press(at, "Won")
    assert "has no amount" in said(at)
    at = press(at, "Mark as won")
    assert _deal(house, deal).outcome.value == "won"
    at = press(at, "Open again")
    assert _deal(house, deal).stage == "Proposal"
    at = press(at, "Lost")
    at = press(at, "Mark as lost")
    assert "Choose why it was lost" in said(at)
    field(at, "selectbox", "Why").select("Timing")
    at = press(at, "Mark as lost")
    assert not at.exception
    assert (_deal(house, deal).lost_reason, _deal(house, deal).outcome.value) == ("Timing", "lost")
    assert "Proposal → Lost" in said(at) and "Lost: Timing" in said(at)


def test_a_lost_deal_says_why_in_its_head_and_on_its_timeline(house: TestHouse, open_page: OpenPage) -> None:
    reason = lost_reason(house.owner, "Other")
    deal = put_deal(house.owner, "Lounge", "Lost", lost_reason_id=reason, lost_note="They merged")
    at = open_page("sales_pipeline", house.owner, deal=str(deal))
    assert not at.exception
    assert "Lost: Other" in said(at)
    assert said(at).count("They merged") == 2 and "Other · They merged" in said(at)


def test_winning_meets_somebody_else_s_edit(house: TestHouse, open_page: OpenPage) -> None:
    deal = put_deal(house.owner, "Lounge")
    at = open_page("sales_pipeline", house.owner, deal=str(deal))
    at = press(at, "Won")
    other = house.member(Role.MANAGER, name="Ana Rossi")
    execute(other, commands.move_deal, MoveDeal(deal, stages(house.owner)["Proposal"]))
    at = press(at, "Mark as won")
    assert "Ana Rossi" in said(at) and _deal(house, deal).stage == "Proposal"


def test_a_stage_that_demands_more_asks_for_it_in_the_drawer(house: TestHouse, open_page: OpenPage) -> None:
    change_stage(house.owner, "Proposal", required_fields=["amount_minor", "source", "expected_close_on"])
    deal = put_deal(house.owner, "Lounge", amount_minor=None)
    at = open_page("sales_pipeline", house.owner, deal=str(deal))
    field(at, "segmented_control", "Stage").select(stages(house.owner)["Proposal"]).run()
    assert _deal(house, deal).stage == "New"
    field(at, "text_input", "Amount (EUR)").input("1 200")
    at = press(at, "Move to Proposal")
    assert said(at).count("The stage needs this") == 2 and _deal(house, deal).stage == "New"
    field(at, "text_input", "Source").input("Fair")
    field(at, "date_input", "Expected close").set_value(dt.date(2027, 3, 1))
    at = press(at, "Move to Proposal")
    assert not at.exception
    found = _deal(house, deal)
    assert (found.stage, found.fields.amount_minor, found.fields.source) == ("Proposal", 120_000, "Fair")
    assert found.fields.expected_close_on == dt.date(2027, 3, 1)
    # The drawer is that of the deal again.
    assert field(at, "segmented_control", "Stage").value == stages(house.owner)["Proposal"]


def test_a_stage_that_demands_a_field_of_the_house_s_own_says_what(house: TestHouse, open_page: OpenPage) -> None:
    given = AddCustomField("opportunities", "Press angle", FieldType.TEXT)
    execute(house.owner, add_custom_field, given)
    change_stage(house.owner, "Proposal", required_fields=["source", "press_angle"])
    deal = put_deal(house.owner, "Lounge")
    at = open_page("sales_pipeline", house.owner, deal=str(deal))
    field(at, "segmented_control", "Stage").select(stages(house.owner)["Proposal"]).run()
    assert "needs\\: source, press angle" in said(at) and _deal(house, deal).stage == "New"
    # The refused wish is not tried again by whatever runs the page next.
    at.run()
    assert "needs\\: source" not in said(at)


def test_a_drop_on_a_stage_that_demands_more_asks_for_it(house: TestHouse, open_page: OpenPage) -> None:
    change_stage(house.owner, "Proposal", required_fields=["organization_id"])
    company = add_organization(house.owner, "Lumen")
    deal, to = put_deal(house.owner, "Lounge"), stages(house.owner)["Proposal"]
    at = open_page("sales_pipeline", house.owner, enter=f"{deal}-{to}")
    version = _deal(house, deal).version
    change_deal(house.owner, deal, source="Fair")
    field(at, "selectbox", "Organisation").set_value(company)
    at = press(at, "Move to Proposal")
    assert "Somebody changed it meanwhile" in said(at) and _deal(house, deal).stage == "New"
    at = open_page("sales_pipeline", house.owner, enter=f"{deal}-{to}")
    field(at, "selectbox", "Organisation").set_value(company)
    at = press(at, "Move to Proposal")
    found = _deal(house, deal)
    assert (found.stage, found.fields.organization_id) == ("Proposal", company) and found.version > version
    assert "enter" not in at.query_params
    viewer = open_page("sales_pipeline", house.member(Role.VIEWER), enter=f"{deal}-{to}")
    assert not [button for button in viewer.button if button.label.startswith("Move to")]
    assert "This is not open to you" in said(viewer)


@pytest.mark.parametrize("raw", ["x", "1", "1-2-3", "x-1", "9" * 30 + "-1", "999999-1"])
def test_a_mangled_drop_says_so(house: TestHouse, open_page: OpenPage, raw: str) -> None:
    to = stages(house.owner)["Proposal"]
    at = open_page("sales_pipeline", house.owner, enter=raw.removesuffix("-1") + f"-{to}" if "-1" in raw else raw)
    assert not at.exception
    assert "There is no such deal" in said(at) or "does not exist" in said(at)


def test_a_deal_changes_its_pipeline_in_the_drawer(house: TestHouse, open_page: OpenPage) -> None:
    deal = put_deal(house.owner, "Lounge")
    at = open_page("sales_pipeline", house.owner, deal=str(deal))
    assert "Change pipeline" not in {button.label for button in at.button}
    execute(house.owner, add_pipeline, AddPipeline("Venue hire"))
    change_stage(house.owner, "New", pipeline="Venue hire", required_fields=["source"])
    at = press(open_page("sales_pipeline", house.owner, deal=str(deal)), "Change pipeline")
    assert "leaves **Sales**" in said(at)
    field(at, "selectbox", "Goes to").select("Venue hire: New")
    at = press(at, "Move deal")
    assert _deal(house, deal).pipeline == "Sales"
    field(at, "text_input", "Source").input("Fair")
    at = press(at, "Move to New")
    assert (_deal(house, deal).pipeline, _deal(house, deal).fields.source) == ("Venue hire", "Fair")
    at = press(at, "Change pipeline")
    field(at, "selectbox", "Goes to").select("Sales: Qualified")
    at = press(at, "Move deal")
    assert (_deal(house, deal).pipeline, _deal(house, deal).stage) == ("Sales", "Qualified")
    assert "leaves" not in said(at)
    forecast = open_page("sales_pipeline", house.owner, deals_layout="forecast")
    assert field(forecast, "selectbox", "Pipeline").options[0] == "All pipelines"


def test_a_drop_on_lost_asks_for_the_reason(house: TestHouse, open_page: OpenPage) -> None:
    ids = stages(house.owner)
    deal = put_deal(house.owner, "Lounge")
    at = open_page("sales_pipeline", house.owner, lose=f"{deal}-{ids['Lost']}-{ids['New']}")
    field(at, "selectbox", "Why").select("Other (with a note)")
    at = press(at, "Mark as lost")
    assert "Say in a few words why" in said(at)
    field(at, "text_area", "Note").input("They merged")
    at = press(at, "Mark as lost")
    assert _deal(house, deal).lost_note == "They merged"
    assert "lose" not in at.query_params


@pytest.mark.parametrize("raw", ["x", "1-2", "1-2-x", "9" * 30 + "-1-1", "999999-1-1"])
def test_a_mangled_link_says_so(house: TestHouse, open_page: OpenPage, raw: str) -> None:
    for query in ({"lose": raw}, {"deal": raw}, {"new": raw}, {"deals_pipeline": raw}, {"deals_stage": raw}):
        at = open_page("sales_pipeline", house.owner, **query)
        assert not at.exception


def test_the_table_lists_totals_and_follows_the_url(house: TestHouse, open_page: OpenPage) -> None:
    company = add_organization(house.owner, "Lumen")
    put_deal(house.owner, "Lounge", amount_minor=100_000, organization_id=company)
    put_deal(house.owner, "Gift bags", stage="Lost", lost_reason_id=lost_reason(house.owner))
    at = open_page("sales_pipeline", house.owner, deals_layout="table")
    assert list(at.dataframe[0].value["Deal"]) == ["Lounge"]
    assert "1 deal · € 1 000 in all" in said(at).replace("\u202f", " ").replace("\u00a0", " ").replace("\u2009", " ")
    at = open_page("sales_pipeline", house.owner, deals_layout="table", deals_show="lost")
    assert list(at.dataframe[0].value["Deal"]) == ["Gift bags"]
    at = open_page("sales_pipeline", house.owner, deals_layout="table", deals_organization=str(company))
    assert list(at.dataframe[0].value["Deal"]) == ["Lounge"]
    at = open_page("sales_pipeline", house.owner, deals_layout="table", deals_q="nothing like that")
    assert "No deal matches" in said(at)


def test_a_person_added_to_a_deal_leaves_its_tab_open(house: TestHouse, open_page: OpenPage) -> None:
    ann = add_contact(house.owner, "Ann", "One")
    deal = put_deal(house.owner)
    at = open_page("sales_pipeline", house.owner, deal=str(deal))
    assert "Nobody yet" not in said(at)
    at.session_state[f"deal_tabs_{deal}"] = "People"
    at.run()
    assert "Nobody yet" in said(at)
    field(at, "selectbox", "Person").set_value(ann)
    at = press(at, "Add person")
    assert not at.exception
    assert "Decision maker" in said(at)
    assert at.session_state[f"deal_tabs_{deal}"] == "People"


def test_an_e_mail_written_in_a_deal_says_to_whom_it_goes(house: TestHouse, open_page: OpenPage) -> None:
    deal = put_deal(house.owner, contact_id=add_contact(house.owner, "Ann", "One", "ann@one.example"))
    at = open_page("sales_pipeline", house.owner, deal=str(deal))
    assert "To Ann One" not in said(at)
    at = next(one for one in at.button_group if str(one.key).startswith("log_deal_")).set_value(What.WRITE).run()
    assert not at.exception
    assert "To Ann One" in said(at)


def _editor(at: AppTest) -> Any:
    return next(one for one in at.data_editor if str(one.key).startswith("deals_editor"))


def _offered_stages(at: AppTest) -> list[str]:
    options = json.loads(_editor(at).proto.columns)["Stage"]["type_config"]["options"]
    return [option["value"] if isinstance(option, dict) else option for option in options]


def test_the_editor_offers_the_stages_of_the_pipelines_that_it_shows_and_says_whose_they_are(
    house: TestHouse, open_page: OpenPage
) -> None:
    put_deal(house.owner, "Lounge", expected_close_on=dt.date(2027, 1, 1))
    execute(house.owner, add_pipeline, AddPipeline("Venues"))
    other = put_deal(house.owner, "Hall", expected_close_on=dt.date(2027, 1, 2))
    move = MoveDeal(other, stages(house.owner, "Venues")["New"])
    execute(house.owner, commands.move_deal, move)
    open_ = {"deals_layout": "table", "deals_edit": "1"}
    at = open_page("sales_pipeline", house.owner, **open_)
    assert list(_editor(at).value["Stage"]) == ["New"]
    assert _offered_stages(at) == list(stages(house.owner))

    at = open_page("sales_pipeline", house.owner, **open_, deals_pipeline="all")
    assert list(_editor(at).value["Stage"]) == ["Sales · New", "Venues · New"]
    assert {option.split(" · ")[0] for option in _offered_stages(at)} == {"Sales", "Venues"}
    at.session_state[_editor(at).key] = {
        "edited_rows": {1: {"Stage": "Sales · New"}}, "added_rows": [], "deleted_rows": []
    }  # fmt: skip
    at.run()
    assert "1 deal changes its pipeline" in said(at)
    next(button for button in at.button if button.label == "Save 1 change").click().run()
    assert not at.exception
    assert (_deal(house, other).pipeline, _deal(house, other).stage) == ("Sales", "New")


def test_a_viewer_looks_and_changes_nothing(house: TestHouse, open_page: OpenPage) -> None:
    deal = put_deal(house.owner, "Lounge")
    viewer = house.member(Role.VIEWER)
    for query in (
        {"deal": str(deal)},
        {"deals_layout": "table", "deals_edit": "1"},
        {"new": "deal"},
        {"lose": str(deal)},
    ):
        at = open_page("sales_pipeline", viewer, **query)
        assert not at.exception
        assert ("This is not open to you" in said(at)) == bool(query.keys() & {"new", "lose"})
        labels = {button.label for button in at.button}
        assert not labels & {"Won", "Lost", "Edit", "New deal", "Create deal", "Save", "Archive"}
    at = open_page("sales_pipeline", house.member(Role.VIEWER, denials=("sales.read",)))
    assert "This page is not open to you" in said(at)


def test_another_house_s_deal_does_not_open(two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage) -> None:
    ours, theirs = two_houses
    foreign = put_deal(theirs.owner, "Secret")
    to = stages(ours.owner)["Proposal"]
    for query in ({"deal": str(foreign)}, {"enter": f"{foreign}-{to}"}):
        at = open_page("sales_pipeline", ours.owner, **query)
        assert "Secret" not in said(at) and "does not exist" in said(at)


def _statements(open_page: OpenPage, house: TestHouse, **query: str) -> int:
    at = open_page("sales_pipeline", house.owner, **query)
    with counted() as sent:
        at.run()
    return len(sent)


def test_the_page_s_cost_does_not_follow_what_the_house_holds(house: TestHouse, open_page: OpenPage) -> None:
    few = [_statements(open_page, house), _statements(open_page, house, deals_layout="table")]
    for number in range(40):
        put_deal(house.owner, f"Deal {number}", expected_close_on=dt.date(2027, 1, 1))
    many = [_statements(open_page, house), _statements(open_page, house, deals_layout="table")]
    assert many[0] - few[0] <= 1 and many[1] - few[1] <= 1
    assert max(many) <= 14


def test_likelihood_near_certainty_is_not_certainty() -> None:
    assert words.likelihood(999_950, "en") == "> 99.9%"
    assert words.likelihood(1_000_000, "en") == "100%"
    assert words.likelihood(125_000, "en") == "12.5%"


def test_an_activity_for_a_whole_day_is_overdue_only_when_the_day_is_over() -> None:
    zone = dt.UTC
    noon = dt.datetime(2026, 12, 1, 12, tzinfo=zone)
    paris = ZoneInfo("Europe/Paris")
    morning = noon.replace(hour=6)
    assert words.next_state(morning, False, paris, noon) == "overdue"
    assert words.next_state(morning, True, paris, noon) == "today"
    assert words.next_state(noon + dt.timedelta(hours=1), False, paris, noon) == "today"
    assert words.next_state(noon + dt.timedelta(days=1), False, paris, noon) == "planned"
    assert words.next_state(None, False, paris, noon) == "none"
