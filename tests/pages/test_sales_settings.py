"""The sales section of the Settings page: every screen opens, changes take effect, who only looks is told so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.crm.commands import pipelines as pipeline_commands
from eventos_core.crm.commands import quotas, rates
from eventos_core.crm.commands import stages as stage_commands
from eventos_core.crm.queries import meeting_types, settings, targets
from eventos_core.crm.queries import rates as rate_queries
from eventos_core.crm.rules.stages import StageFields
from eventos_core.db.registry import execute, read
from eventos_core.enums.analytics import TargetPeriod
from eventos_core.enums.crm import StageKind
from eventos_core.kernel.permissions import Permission, Role
from tests.crm.deals import put_deal
from tests.directory.conftest import counted
from tests.pages.page_helpers import words
from tests.support import Database, TestHouse, look_alikes

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]
SCREENS = ("pipelines", "reasons", "meetings", "rates", "targets")


@pytest.fixture
def ours(two_houses: tuple[TestHouse, TestHouse]) -> TestHouse:
    return two_houses[0]


@pytest.fixture(scope="module")
def shared(database: Database) -> TestHouse:
    """For tests that only look."""
    return look_alikes()[0]


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception
    return at


def open_form(at: AppTest, key: str) -> AppTest:
    at.button(key=f"edit_button_{key}").click().run()
    assert not at.exception
    return at


def fill(at: AppTest, label: str, value: str) -> None:
    next(field for field in at.text_input if field.label == label).set_value(value)


def sales(open_page: OpenPage, house: TestHouse, screen: str, **query: str) -> AppTest:
    at = open_page("admin_settings", house.owner, section="sales", sales=screen, **query)
    assert not at.exception
    return at


def stage_of(house: TestHouse, name: str) -> settings.StageShown:
    pipeline = read(house.owner, settings.pipelines)[0]
    return next(one for one in pipeline.stages if one.name == name)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_opens_and_a_viewer_only_looks(shared: TestHouse, open_page: OpenPage, screen: str) -> None:
    assert "Something went wrong" not in words(sales(open_page, shared, screen))
    at = open_page("admin_settings", shared.member(Role.VIEWER), section="sales", sales=screen)
    assert not at.exception
    assert "of the house change this." in words(at)
    doing = ("Add", "Save", "Archive", "Bring", "Take over")
    assert not [one for one in at.button if one.label.startswith(doing) and not one.disabled]


def test_who_reads_no_sales_does_not_see_the_section(shared: TestHouse, open_page: OpenPage) -> None:
    blind = shared.member(Role.VIEWER, denials=(Permission.SALES_READ.value,))
    at = open_page("admin_settings", blind, section="sales")
    assert "not there, or not for you" in words(at)


def test_who_may_set_up_sales_alone_changes_it(shared: TestHouse, open_page: OpenPage) -> None:
    seller = shared.member(Role.MEMBER, grants=(Permission.SALES_SETTINGS.value,))
    at = open_page("admin_settings", seller, section="sales", sales="reasons")
    fill(at, "Name", "Price")
    press(at, "Add reason")
    assert read(shared.owner, settings.lost_reasons)[-1].name == "Price"


def test_a_stage_is_edited_in_place_and_says_whom_that_moves(ours: TestHouse, open_page: OpenPage) -> None:
    put_deal(ours.owner, stage="Proposal", probability_override_ppm=1)
    put_deal(ours.owner, stage="Proposal")
    one = stage_of(ours, "Proposal")
    at = open_form(sales(open_page, ours, "pipelines"), f"stage_{one.id}")
    assert "2 open deals follow it, of which 1 keeps an own estimate" in words(at)
    fill(at, "Name", "Offer")
    next(one for one in at.number_input if one.label == "Probability (%)").set_value(55.5)
    next(one for one in at.multiselect if one.label.startswith("A deal must have")).set_value(["Contact", "Amount"])
    press(at, "Save stage")
    offer = stage_of(ours, "Offer")
    assert (offer.id, offer.default_probability_ppm) == (one.id, 555_000)
    assert offer.required_fields == ("amount_minor", "contact_id")
    assert "asks for Amount, Contact" in words(at)


def test_a_stage_is_added_moved_and_archived_with_its_deals(ours: TestHouse, open_page: OpenPage) -> None:
    deal_stage, new = stage_of(ours, "Qualified"), stage_of(ours, "New")
    put_deal(ours.owner, stage="Qualified")
    at = sales(open_page, ours, "pipelines")
    next(box for box in at.selectbox if box.label == "It means").set_value(StageKind.LOST).run()
    fill(at, "Name", "Disqualified")
    press(at, "Add stage")
    assert stage_of(ours, "Disqualified").kind is StageKind.LOST
    next(button for button in at.button if button.key and button.key.startswith(f"stage_{new.id}_down")).click().run()
    assert [one.name for one in read(ours.owner, settings.pipelines)[0].stages][:2] == ["Qualified", "New"]
    open_form(at, f"stage_{deal_stage.id}")
    archive = next(button for button in at.button if button.label == "Archive Qualified")
    assert archive.disabled
    next(box for box in at.selectbox if box.label == "Its 1 deal goes to").set_value(new.id).run()
    press(at, "Archive Qualified")
    assert read(ours.owner, settings.stage_uses, new.pipeline_id)[new.id].open == 1
    assert "Archived stages (1)" in [one.label for one in at.expander]


def test_another_pipeline_is_added_shown_and_made_the_default(ours: TestHouse, open_page: OpenPage) -> None:
    at = sales(open_page, ours, "pipelines")
    [one for one in at.text_input if one.label == "Name"][-1].set_value("Venue hire")
    press(at, "Add pipeline")
    made = next(one for one in read(ours.owner, settings.pipelines) if one.name == "Venue hire")
    at = sales(open_page, ours, "pipelines", pipeline=str(made.id))
    assert "Venue hire" in words(at)
    open_form(at, f"pipeline_{made.id}")
    press(at, "Make it the default")
    assert [one.name for one in read(ours.owner, settings.pipelines) if one.is_default] == ["Venue hire"]


def test_an_edit_that_meets_another_one_shows_both(ours: TestHouse, open_page: OpenPage) -> None:
    one = stage_of(ours, "Proposal")
    at = open_form(sales(open_page, ours, "pipelines"), f"stage_{one.id}")
    fill(at, "Name", "Pitch")
    theirs = StageFields("Offer", default_probability_ppm=400_000, rotting_days=14)
    execute(ours.owner, stage_commands.edit_sales_stage, stage_commands.EditSalesStage(one.id, one.version, theirs))
    press(at, "Save stage")
    assert "| Name | Pitch | Offer |" in words(at)
    press(at, "Save mine over it")
    assert stage_of(ours, "Pitch").id == one.id


def test_a_kind_of_meeting_is_added_and_wrong_hours_are_told_at_their_day(ours: TestHouse, open_page: OpenPage) -> None:
    at = sales(open_page, ours, "meetings")
    fill(at, "Name", "Sponsor call")
    fill(at, "Friday", "late")
    press(at, "Add kind of meeting")
    assert r"Write it like 9\:00–12\:30" in words(at)
    assert read(ours.owner, meeting_types.meeting_types) == ()
    fill(at, "Friday", "9–12")
    next(area for area in at.text_area if area.label.startswith("Questions")).set_value("Your size? *\nA wish")
    press(at, "Add kind of meeting")
    made = read(ours.owner, meeting_types.meeting_types)[0]
    assert [(one.label, one.required) for one in made.questions] == [("Your size?", True), ("A wish", False)]
    assert "Mon–Thu 09:00–18:00 · Fri 09:00–12:00 Europe/Paris" in words(at)
    open_form(at, f"meeting_{made.id}")
    press(at, "Save kind of meeting")
    assert read(ours.owner, meeting_types.meeting_types)[0].questions == made.questions
    assert read(ours.owner, meeting_types.meeting_types)[0].version == made.version, "nothing differed"


def test_a_rate_is_entered_changed_and_removed(ours: TestHouse, open_page: OpenPage) -> None:
    put_deal(ours.owner, currency="USD")
    at = sales(open_page, ours, "rates")
    assert "No rate to EUR for USD (1 open deal)" in words(at)
    fill(at, "is worth", "1.25")
    press(at, "Add rate")
    one = read(ours.owner, rate_queries.rates_in_force)[0]
    assert (one.from_currency, one.rate_e12) == ("USD", 800_000_000_000)
    assert "No rate to EUR" not in words(at)
    at = sales(open_page, ours, "rates", rate=str(one.id))
    fill(at, "Rate", "0.9")
    press(at, "Save rate")
    assert read(ours.owner, rate_queries.exchange_rate, one.id).rate_e12 == 900_000_000_000
    at = sales(open_page, ours, "rates", rate=str(one.id))
    press(at, "Remove this rate")
    assert read(ours.owner, rate_queries.rates_in_force) == ()


def test_a_file_of_rates_is_brought_in_and_what_is_refused_is_told(ours: TestHouse, open_page: OpenPage) -> None:
    at = sales(open_page, ours, "rates")
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=30)
    at.file_uploader[0].set_value(("ecb.csv", f"Date,USD,JPY\n{day},1.08,many\n".encode(), "text/csv")).run()
    press(at, "Bring in the rates")
    assert "1 rate added" in words(at)
    assert "Row 2, JPY" in words(at)
    assert [one.from_currency for one in read(ours.owner, rate_queries.rates_in_force)] == ["USD"]


def test_quotas_are_entered_summed_and_taken_over(ours: TestHouse, open_page: OpenPage) -> None:
    ours.member(Role.MANAGER, name="Ana Seller")
    at = sales(open_page, ours, "targets", target_day="2026-11-15")
    fill(at, "The house (EUR)", "3000")
    fill(at, "Ana Seller (EUR)", "1500")
    press(at, "Save targets")
    assert "in quotas of 1 person: 50% of the house's target" in words(at).replace("\xa0", " ")
    at = sales(open_page, ours, "targets", target_day="2026-12-01")
    press(at, "Take over the quotas of the period before")
    sheet = read(ours.owner, targets.target_sheet, TargetPeriod.MONTH, dt.date(2026, 12, 1))
    assert {one.name: one.value_minor for one in sheet.people if one.value_minor} == {"Ana Seller": 150_000}
    assert "Somebody changed" not in words(at)


def test_quotas_that_somebody_else_changed_meanwhile_are_not_overwritten(ours: TestHouse, open_page: OpenPage) -> None:
    at = sales(open_page, ours, "targets", target_day="2026-11-15")
    fill(at, "The house (EUR)", "3000")
    first = quotas.SetTargets(TargetPeriod.MONTH, dt.date(2026, 11, 1), (quotas.TargetRow(value_minor=5),))
    execute(ours.owner, quotas.set_targets, first)
    press(at, "Save targets")
    assert "Somebody changed" in words(at)
    press(at, "Show what they entered")
    assert next(one for one in at.text_input if one.label == "The house (EUR)").value == "0.05"


def test_screens_take_no_more_queries_for_more_rows(ours: TestHouse, open_page: OpenPage) -> None:
    def cost() -> list[int]:
        found = []
        for screen in SCREENS:
            with counted() as sent:
                sales(open_page, ours, screen)
            found.append(len(sent))
        return found

    cost()  # what a first visit writes besides
    before = cost()
    for name in ("A", "B"):
        execute(ours.owner, pipeline_commands.add_pipeline, pipeline_commands.AddPipeline(name))
        put_deal(ours.owner)
        execute(
            ours.owner, rates.add_rate, rates.AddRate(dt.date(2026, 1, 1), "GBP" if name == "A" else "USD", "EUR", "1")
        )
    assert cost() == before
