"""Pipelines and stages: who may change them, what stays true, two people at once, deals and history that stay."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from eventos_core.crm.commands import pipelines as commands
from eventos_core.crm.commands import stages as stage_commands
from eventos_core.crm.commands.pipelines import AddPipeline, ArchivePipeline, EditPipeline, MovePipeline, OnePipeline
from eventos_core.crm.commands.stages import (
    AddSalesStage,
    ArchiveSalesStage,
    EditSalesStage,
    MoveSalesStage,
    RestoreSalesStage,
)
from eventos_core.crm.queries import settings as queries
from eventos_core.crm.queries.settings import PipelineShown, StageShown
from eventos_core.crm.rules.stages import StageFields
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading, unit_of_work
from eventos_core.enums.crm import ForecastCategory, StageKind
from eventos_core.enums.events import FieldType
from eventos_core.kernel.errors import (
    AlreadyExists,
    Conflict,
    EditConflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
)
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.models.crm import Opportunity, OpportunityVersion
from eventos_core.models.events import EventXpl
from eventos_core.operations.trash import RestoreArchived, TrashFilter, TrashItem, restore_archived, trash
from tests.crm.deals import change_deal, lost_reason, put_deal
from tests.directory.conftest import counted
from tests.support import Database, TestHouse, look_alikes

pytestmark = pytest.mark.database
Two = tuple[TestHouse, TestHouse]


@pytest.fixture
def houses(two_houses: Two) -> Two:
    return two_houses


@pytest.fixture(scope="module")
def shared(database: Database) -> Iterator[Two]:
    """For tests that change nothing."""
    yield look_alikes()


def pipelines(house: TestHouse, *, archived: bool = False) -> dict[str, PipelineShown]:
    return {one.name: one for one in read(house.owner, queries.pipelines, archived=archived)}


def stages(house: TestHouse, pipeline: str = "Sales", *, archived: bool = False) -> dict[str, StageShown]:
    pipeline_id = pipelines(house, archived=True)[pipeline].id
    return {one.name: one for one in read(house.owner, queries.stages, pipeline_id, archived=archived)}


def fields(one: StageShown, **changes: Any) -> StageFields:
    now = {name: getattr(one, name) for name in StageFields.__dataclass_fields__}
    return StageFields(**{**now, **changes})


def edit(house: TestHouse, one: StageShown, **changes: Any) -> stage_commands.StageSaved:
    return execute(
        house.owner, stage_commands.edit_sales_stage, EditSalesStage(one.id, one.version, fields(one, **changes))
    )


def deal_of(house: TestHouse, deal_id: int) -> Opportunity:
    with reading(house.owner) as db:
        statement = select(Opportunity).where(
            Opportunity.account_id == db.context.account_id, Opportunity.id == deal_id
        )
        return db.scalars(statement).one()


def versions_of(house: TestHouse, deal_id: int) -> list[tuple[int, int]]:
    with reading(house.owner) as db:
        rows = db.execute(
            select(OpportunityVersion.stage_id, OpportunityVersion.probability_ppm)
            .where(
                OpportunityVersion.account_id == db.context.account_id,
                OpportunityVersion.opportunity_id == deal_id,
            )
            .order_by(OpportunityVersion.id)
        )
        return [(row.stage_id, row.probability_ppm) for row in rows]


def test_a_stage_is_renamed_and_history_stays(houses: Two) -> None:
    ours, theirs = houses
    deal = put_deal(ours.owner, stage="Proposal")
    before = versions_of(ours, deal)
    proposal = stages(ours)["Proposal"]
    edit(ours, proposal, name="Offer  sent", wip_limit=12, required_fields=("amount_minor",), rotting_days=7)
    offer = stages(ours)["Offer sent"]
    assert (offer.id, offer.position, offer.wip_limit, offer.rotting_days) == (proposal.id, 2, 12, 7)
    assert (offer.required_fields, offer.default_probability_ppm) == (("amount_minor",), 400_000)
    assert deal_of(ours, deal).stage_id == offer.id
    assert versions_of(ours, deal) == before
    assert "Proposal" in stages(theirs)


def test_open_deals_follow_a_new_probability_and_own_estimates_stay(houses: Two) -> None:
    ours, _ = houses
    plain, own = (put_deal(ours.owner, stage="Proposal"), put_deal(ours.owner, stage="Proposal",
                                                                   probability_override_ppm=900_000))  # fmt: skip
    put_deal(ours.owner, stage="New")
    proposal = stages(ours)["Proposal"]
    use = read(ours.owner, queries.stage_uses, proposal.pipeline_id)[proposal.id]
    assert (use.deals, use.open, use.own_estimate) == (2, 2, 1)
    assert edit(ours, proposal, default_probability_ppm=550_000).deals == 2
    assert deal_of(ours, plain).effective_probability_ppm == 550_000
    found = deal_of(ours, own)
    assert (found.probability_ppm, found.effective_probability_ppm) == (550_000, 900_000)
    assert versions_of(ours, plain) == [(proposal.id, 400_000), (proposal.id, 550_000)]


def test_what_a_stage_means_stays_once_deals_were_in_it(houses: Two) -> None:
    ours, _ = houses
    deal = put_deal(ours.owner, stage="Qualified")
    with pytest.raises(NotAllowedNow, match="cannot change"):
        edit(ours, stages(ours)["Qualified"], kind=StageKind.LOST)
    change_deal(ours.owner, deal, stage="New")
    with pytest.raises(NotAllowedNow, match="are or were"):
        edit(ours, stages(ours)["Qualified"], kind=StageKind.LOST)
    edit(ours, stages(ours)["Negotiation"], kind=StageKind.LOST)
    moved = stages(ours)["Negotiation"]
    assert (moved.kind, moved.default_probability_ppm, moved.forecast_category) == ("lost", 0, "omitted")
    assert list(stages(ours)) == ["New", "Qualified", "Proposal", "Verbal yes", "Won", "Negotiation", "Lost"]


def test_a_pipeline_keeps_an_open_a_won_and_a_lost_stage(houses: Two) -> None:
    ours, _ = houses
    for name in ("Won", "Lost"):
        one = stages(ours)[name]
        with pytest.raises(NotAllowedNow, match="last stage that means"):
            execute(ours.owner, stage_commands.archive_sales_stage, ArchiveSalesStage(one.id, one.version))
        with pytest.raises(NotAllowedNow, match="last stage that means"):
            edit(ours, one, kind=StageKind.OPEN, forecast_category=ForecastCategory.PIPELINE)
    made = execute(ours.owner, commands.add_pipeline, AddPipeline("Venue hire"))
    assert [(one.name, one.kind) for one in stages(ours, "Venue hire").values()] == [
        ("New", "open"), ("Won", "won"), ("Lost", "lost"),
    ]  # fmt: skip
    only = stages(ours, "Venue hire")["New"]
    with pytest.raises(NotAllowedNow, match="means open"):
        execute(ours.owner, stage_commands.archive_sales_stage, ArchiveSalesStage(only.id, only.version))
    execute(ours.owner, stage_commands.add_sales_stage, AddSalesStage(made.pipeline_id, StageFields("Viewing")))
    execute(ours.owner, stage_commands.archive_sales_stage, ArchiveSalesStage(only.id, only.version))
    assert list(stages(ours, "Venue hire")) == ["Viewing", "Won", "Lost"]


def test_a_stage_with_deals_is_archived_only_with_somewhere_to_move_them(houses: Two) -> None:
    ours, theirs = houses
    deal, gone = put_deal(ours.owner, stage="Proposal"), put_deal(ours.owner, stage="Proposal")
    change_deal(ours.owner, gone, archived_at=func.now())
    proposal, qualified, won = (stages(ours)[name] for name in ("Proposal", "Qualified", "Won"))

    def archive(to: int | None) -> stage_commands.StageSaved:
        now = stages(ours)["Proposal"]
        return execute(ours.owner, stage_commands.archive_sales_stage, ArchiveSalesStage(now.id, now.version, to))

    with pytest.raises(NotAllowedNow, match="2 deals are in this stage"):
        archive(None)
    for wrong in (won.id, proposal.id):
        with pytest.raises(InvalidInput):
            archive(wrong)
    with pytest.raises(NotFound):
        archive(stages(theirs)["Qualified"].id)
    assert archive(qualified.id).deals == 2
    found = deal_of(ours, deal)
    assert (found.stage_id, found.probability_ppm) == (qualified.id, 200_000)
    assert versions_of(ours, deal)[-1] == (qualified.id, 200_000)
    assert versions_of(ours, deal)[0] == (proposal.id, 400_000)
    assert "Proposal" not in stages(ours)
    assert list(stages(ours, archived=True))[-1] == "Proposal"
    again = stages(ours, archived=True)["Proposal"]
    execute(ours.owner, stage_commands.restore_sales_stage, RestoreSalesStage(again.id, again.version))
    assert list(stages(ours)) == ["New", "Qualified", "Negotiation", "Verbal yes", "Proposal", "Won", "Lost"]


def test_deals_are_not_moved_to_a_stage_that_asks_for_what_they_lack(houses: Two) -> None:
    ours, _ = houses
    add_field(ours, "shoe_size", "Shoe size")
    deal = put_deal(ours.owner, stage="Proposal", amount_minor=None)
    edit(ours, stages(ours)["Qualified"], required_fields=("shoe_size", "amount_minor"))
    assert read(ours.owner, queries.requirable_fields)["shoe_size"] == "Shoe size"

    def archive() -> None:
        now, to = stages(ours)["Proposal"], stages(ours)["Qualified"]
        given = ArchiveSalesStage(now.id, now.version, to.id)
        execute(ours.owner, stage_commands.archive_sales_stage, given)

    with pytest.raises(NotAllowedNow, match=r"1 of the deals lacks .* Amount, Shoe size"):
        archive()
    change_deal(ours.owner, deal, amount_minor=100)
    with pytest.raises(NotAllowedNow):
        archive()
    change_deal(ours.owner, deal, custom={"shoe_size": 38})
    archive()
    assert deal_of(ours, deal).stage_id == stages(ours)["Qualified"].id


def add_field(house: TestHouse, key: str, label: str) -> None:
    """A custom field of deals, past the command, which knows only records whose domain has registered them."""
    with unit_of_work(house.owner) as db:
        row = EventXpl(
            entity=queries.DEALS, field_key=key, label=label, data_type=FieldType.TEXT, position=0, revision=1
        )
        db.add(row)


def test_stages_are_ordered_within_what_they_mean(houses: Two) -> None:
    ours, theirs = houses
    verbal = stages(ours)["Verbal yes"]
    execute(ours.owner, stage_commands.move_sales_stage, MoveSalesStage(verbal.id, 1))
    assert list(stages(ours))[:3] == ["New", "Verbal yes", "Qualified"]
    execute(ours.owner, stage_commands.move_sales_stage, MoveSalesStage(verbal.id, 50))
    assert list(stages(ours))[-3:] == ["Verbal yes", "Won", "Lost"]
    assert [one.position for one in stages(ours).values()] == list(range(7))
    with pytest.raises(NotFound):
        execute(ours.owner, stage_commands.move_sales_stage, MoveSalesStage(stages(theirs)["New"].id, 1))


def test_a_name_is_free_within_its_pipeline_alone(houses: Two) -> None:
    ours, _ = houses
    made = execute(ours.owner, commands.add_pipeline, AddPipeline("Renewals"))
    with pytest.raises(AlreadyExists):
        edit(ours, stages(ours)["New"], name="qualified")
    with pytest.raises(AlreadyExists):
        execute(ours.owner, stage_commands.add_sales_stage, AddSalesStage(made.pipeline_id, StageFields(" won ")))
    execute(ours.owner, stage_commands.add_sales_stage, AddSalesStage(made.pipeline_id, StageFields("Qualified")))
    with pytest.raises(AlreadyExists):
        execute(ours.owner, commands.add_pipeline, AddPipeline("sales"))


def test_there_is_exactly_one_default_pipeline(houses: Two) -> None:
    ours, theirs = houses
    sales = pipelines(ours)["Sales"]
    made = execute(ours.owner, commands.add_pipeline, AddPipeline("Renewals", copy_stages_of_id=sales.id))
    assert list(stages(ours, "Renewals")) == list(stages(ours))
    with pytest.raises(NotAllowedNow, match="default"):
        execute(ours.owner, commands.archive_pipeline, ArchivePipeline(sales.id, sales.version))
    execute(ours.owner, commands.make_default_pipeline, OnePipeline(made.pipeline_id, made.version))
    assert [one.name for one in pipelines(ours).values() if one.is_default] == ["Renewals"]
    with pytest.raises(NotFound):
        given = OnePipeline(pipelines(theirs)["Sales"].id, 1)
        execute(ours.owner, commands.make_default_pipeline, given)
    with pytest.raises(NotFound):
        execute(ours.owner, commands.add_pipeline, AddPipeline("X", copy_stages_of_id=pipelines(theirs)["Sales"].id))


def test_a_pipeline_with_open_deals_is_archived_only_with_somewhere_to_move_them(houses: Two) -> None:
    ours, _ = houses
    made = execute(ours.owner, commands.add_pipeline, AddPipeline("Renewals"))
    fresh = pipelines(ours)["Renewals"]
    execute(ours.owner, commands.make_default_pipeline, OnePipeline(made.pipeline_id, fresh.version))
    live = put_deal(ours.owner, stage="Proposal")
    closed = put_deal(ours.owner, stage="Lost", lost_reason_id=lost_reason(ours.owner))
    sales = pipelines(ours)["Sales"]

    def archive(to: int | None) -> commands.PipelineSaved:
        return execute(ours.owner, commands.archive_pipeline, ArchivePipeline(sales.id, sales.version, to))

    with pytest.raises(NotAllowedNow, match="1 open deal is"):
        archive(None)
    with pytest.raises(NotAllowedNow, match="goes out of use too"):
        archive(stages(ours)["New"].id)
    target = stages(ours, "Renewals")["New"]
    assert archive(target.id).deals == 1
    assert deal_of(ours, live).stage_id == target.id
    assert deal_of(ours, closed).outcome == "lost"
    assert list(pipelines(ours)) == ["Renewals"]
    with pytest.raises(Conflict, match="archived"):
        edit(ours, stages(ours)["New"], name="Newer")
    gone = pipelines(ours, archived=True)["Sales"]
    listed = read(ours.owner, trash, TrashFilter("sal", "sales_pipelines")).frame
    assert listed["id"].tolist() == [sales.id]
    given = RestoreArchived((TrashItem("sales_pipelines", gone.id, gone.version),))
    assert execute(ours.owner, restore_archived, given).verdicts[0].restored
    assert list(pipelines(ours)) == ["Renewals", "Sales"]
    execute(ours.owner, commands.move_pipeline, MovePipeline(sales.id, 0))
    assert list(pipelines(ours)) == ["Sales", "Renewals"]


def test_two_who_edit_one_stage_see_each_other(houses: Two) -> None:
    ours, _ = houses
    seen = stages(ours)["Proposal"]
    edit(ours, seen, name="Offer")
    with pytest.raises(EditConflict) as conflict:
        edit(ours, seen, name="Pitch")
    assert (conflict.value.theirs, conflict.value.mine) == ({"name": "Offer"}, {"name": "Pitch"})
    with pytest.raises(EditConflict):
        execute(ours.owner, stage_commands.archive_sales_stage, ArchiveSalesStage(seen.id, seen.version))
    sales = pipelines(ours)["Sales"]
    execute(ours.owner, commands.edit_pipeline, EditPipeline(sales.id, sales.version, "Sponsors"))
    with pytest.raises(EditConflict):
        execute(ours.owner, commands.edit_pipeline, EditPipeline(sales.id, sales.version, "Partners"))


def test_people_who_reorder_at_once_leave_one_order(houses: Two) -> None:
    ours, _ = houses
    board = [one for one in stages(ours).values() if one.kind is StageKind.OPEN]
    at_once([
        lambda one=one: execute(ours.owner, stage_commands.move_sales_stage, MoveSalesStage(one.id, 0))
        for one in board
    ])  # fmt: skip
    found = list(stages(ours).values())
    assert [one.position for one in found] == list(range(7))
    assert {one.name for one in found[:5]} == {one.name for one in board}
    assert [one.name for one in found[5:]] == ["Won", "Lost"]


def test_two_who_choose_a_default_at_once_leave_one(houses: Two) -> None:
    ours, _ = houses
    made = [execute(ours.owner, commands.add_pipeline, AddPipeline(name)) for name in ("A", "B", "C")]
    at_once([
        lambda one=one: execute(
            ours.owner, commands.make_default_pipeline, OnePipeline(one.pipeline_id, one.version)
        )
        for one in made
    ])  # fmt: skip
    assert sum(one.is_default for one in pipelines(ours).values()) == 1


def at_once(calls: list[Callable[[], Any]]) -> None:
    """All of them in threads of their own; an edit that met another one is fine, anything else is not."""
    failures: list[BaseException] = []
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> None:
        gate.wait()
        try:
            call()
        except EditConflict:
            pass
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_only_who_may_set_up_sales_changes_pipelines_and_who_reads_sales_sees_them(shared: Two) -> None:
    ours, _ = shared
    new, sales = stages(ours)["New"], pipelines(ours)["Sales"]
    tries: tuple[tuple[Any, Any], ...] = (
        (commands.add_pipeline, AddPipeline("X")),
        (commands.edit_pipeline, EditPipeline(sales.id, sales.version, "X")),
        (commands.move_pipeline, MovePipeline(sales.id, 0)),
        (commands.make_default_pipeline, OnePipeline(sales.id, sales.version)),
        (commands.archive_pipeline, ArchivePipeline(sales.id, sales.version)),
        (commands.restore_pipeline, OnePipeline(sales.id, sales.version)),
        (stage_commands.add_sales_stage, AddSalesStage(sales.id, StageFields("X"))),
        (stage_commands.edit_sales_stage, EditSalesStage(new.id, new.version, fields(new))),
        (stage_commands.move_sales_stage, MoveSalesStage(new.id, 0)),
        (stage_commands.archive_sales_stage, ArchiveSalesStage(new.id, new.version)),
        (stage_commands.restore_sales_stage, RestoreSalesStage(new.id, new.version)),
    )
    for who in (ours.member(Role.MANAGER), ours.member(Role.VIEWER)):
        for command, given in tries:
            with pytest.raises(PermissionDenied):
                execute(who, command, given)
        assert read(who, queries.stages, sales.id)
    blind = ours.member(Role.VIEWER, denials=(Permission.SALES_READ.value,))
    for query in (queries.pipelines, queries.lost_reasons, queries.requirable_fields):
        with pytest.raises(PermissionDenied):
            read(blind, query)
    allowed = ours.member(Role.MEMBER, grants=(Permission.SALES_SETTINGS.value,))
    execute(allowed, stage_commands.edit_sales_stage, EditSalesStage(new.id, new.version, fields(new)))


def test_pickers_take_the_same_few_queries_whatever_is_stored(shared: Two) -> None:
    ours, _ = shared
    sales = pipelines(ours)["Sales"].id
    wanted: tuple[tuple[int, Callable[[], Any]], ...] = (
        (2, lambda: read(ours.owner, queries.pipelines, archived=True)),
        (2, lambda: read(ours.owner, queries.stages, sales)),
        (1, lambda: read(ours.owner, queries.stage_uses, sales)),
        (1, lambda: read(ours.owner, queries.lost_reasons)),
        (1, lambda: read(ours.owner, queries.lost_reason_uses)),
        (1, lambda: read(ours.owner, queries.requirable_fields)),
    )
    for _ in range(2):
        for number, ask in wanted:
            with counted() as sent:
                ask()
            assert len(sent) == number, sent
        for _ in range(3):
            put_deal(ours.owner)


def test_forecast_categories_are_kept_for_open_stages(houses: Two) -> None:
    ours, _ = houses
    edit(ours, stages(ours)["Qualified"], forecast_category=ForecastCategory.COMMIT)
    assert stages(ours)["Qualified"].forecast_category is ForecastCategory.COMMIT
    with pytest.raises(InvalidInput):
        edit(ours, stages(ours)["Qualified"], forecast_category=ForecastCategory.CLOSED)
