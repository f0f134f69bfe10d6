"""The board: columns with totals, the first cards of each, and what it costs."""

from __future__ import annotations

import datetime as dt

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import ArchiveDeals, MoveDeal
from eventos_core.crm.queries import Board, DealFilter
from eventos_core.db.registry import execute, read
from eventos_core.kernel import clock
from tests import support
from tests.crm.deals import change_stage, lost_reason, put_deal, stages
from tests.directory.conftest import add_organization, counted
from tests.support import TestHouse


def _pipeline(house: TestHouse) -> int:
    return read(house.owner, queries.pipelines)[0].id


def _board(house: TestHouse, wanted: DealFilter | None = None, **how: object) -> Board:
    return read(house.owner, queries.board, _pipeline(house), wanted, **how)  # type: ignore[arg-type]


def test_columns_count_and_sum_what_they_hold(house: support.TestHouse) -> None:
    put_deal(house.owner, amount_minor=1000, stage="Proposal")
    put_deal(house.owner, amount_minor=501, stage="Proposal", probability_override_ppm=500_000)
    put_deal(house.owner, amount_minor=None, stage="Proposal")
    put_deal(house.owner, amount_minor=7, currency="USD", stage="Proposal")
    archived = put_deal(house.owner, stage="Proposal")
    execute(house.owner, commands.archive_deals, ArchiveDeals((archived,)))
    found = _board(house)
    assert [column.name for column in found.columns] == list(stages(house.owner))
    proposal = found.columns[2]
    # 1000 × 40 % and 501 × 50 % rounded half up, each by itself.
    assert (proposal.count, proposal.value_minor, proposal.weighted_minor) == (4, 1501, 400 + 251)
    assert (proposal.without_value, proposal.without_rate) == (1, 1)
    assert found.columns[0].count == 0 and found.currency == "EUR"


def test_cards_come_by_close_date_as_many_as_asked_for(house: support.TestHouse) -> None:
    days = [dt.date(2027, 1, day) for day in (3, 1, 2)]
    made = [put_deal(house.owner, str(day), expected_close_on=day) for day in days]
    without = put_deal(house.owner, "none")
    new = stages(house.owner)["New"]
    assert list(_board(house).cards["id"]) == [made[1], made[2], made[0], without]
    assert list(_board(house, shown={new: 2}).cards["id"]) == [made[1], made[2]]
    assert _board(house, shown={new: 2}).columns[0].count == 4


def test_closed_columns_reach_back_ninety_days_latest_first(house: support.TestHouse) -> None:
    today = clock.now().date()
    reason = lost_reason(house.owner)

    def lost(days: int) -> int:
        day = today - dt.timedelta(days=days)
        return put_deal(house.owner, stage="Lost", lost_reason_id=reason, closed_on=day, opened_on=day)

    recent, older, _gone = lost(3), lost(60), lost(120)
    found = _board(house)
    assert list(found.cards["id"]) == [recent, older]
    assert found.columns[-1].count == 2


def test_the_filter_narrows_cards_and_sums_alike(house: support.TestHouse) -> None:
    company = add_organization(house.owner, "Lumen")
    wanted = put_deal(house.owner, amount_minor=5, organization_id=company)
    put_deal(house.owner, amount_minor=9)
    for narrowed in (DealFilter(q="lumen"), DealFilter(organization=company)):
        found = _board(house, narrowed)
        assert list(found.cards["id"]) == [wanted] and found.columns[0].value_minor == 5


def test_another_house_s_deals_are_on_no_board(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, theirs = two_houses
    put_deal(theirs.owner)
    assert _board(ours).cards.empty
    assert read(ours.owner, queries.board, _pipeline(theirs)).columns == ()


def test_an_archived_stage_stays_on_the_board_while_it_holds_deals(house: support.TestHouse) -> None:
    deal = put_deal(house.owner, stage="Qualified")
    change_stage(house.owner, "Qualified", archived_at=clock.now())
    assert "Qualified" in [column.name for column in _board(house).columns]
    execute(house.owner, commands.move_deal, MoveDeal(deal, stages(house.owner)["New"]))
    assert "Qualified" not in [column.name for column in _board(house).columns]


def test_the_board_takes_two_statements_however_much_it_holds(house: support.TestHouse) -> None:
    pipeline = _pipeline(house)
    for size in (1, 30):
        for number in range(size):
            put_deal(house.owner, f"Deal {number}")
        with counted() as sent:
            read(house.owner, queries.board, pipeline)
        assert len(sent) == 2


def test_lists_and_details_take_few_statements(house: support.TestHouse) -> None:
    deal = put_deal(house.owner)
    for run, args, number in ((queries.deals, (), 1), (queries.deal_totals, (), 1), (queries.deal, (deal,), 2)):
        with counted() as sent:
            read(house.owner, run, *args)  # type: ignore[arg-type]
        assert len(sent) == number, sent
