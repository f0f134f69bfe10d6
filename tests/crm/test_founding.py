"""What a new house has to sell with, and what a deal's stage does to it."""

from __future__ import annotations

from sqlalchemy import select

from eventos_core.db.session import reading
from eventos_core.models.crm import Opportunity
from tests import support
from tests.crm.deals import change_deal, lost_reason, put_deal, stages


def test_a_new_house_has_a_pipeline_of_its_own(two_houses: tuple[support.TestHouse, support.TestHouse]) -> None:
    ours, theirs = (stages(house.owner) for house in two_houses)
    assert list(ours) == ["New", "Qualified", "Proposal", "Negotiation", "Verbal yes", "Won", "Lost"]
    assert list(theirs) == list(ours)
    assert not set(ours.values()) & set(theirs.values())


def test_probability_and_closing_follow_the_stage(house: support.TestHouse) -> None:
    deal = put_deal(house.owner, stage="Proposal", probability_override_ppm=999_950)

    def now() -> Opportunity:
        with reading(house.owner) as db:
            return db.scalars(
                select(Opportunity).where(Opportunity.account_id == db.context.account_id, Opportunity.id == deal)
            ).one()

    row = now()
    assert (row.probability_ppm, row.effective_probability_ppm, row.outcome) == (400_000, 999_950, "open")
    change_deal(house.owner, deal, stage="Lost", lost_reason_id=lost_reason(house.owner))
    row = now()
    assert (row.probability_ppm, row.effective_probability_ppm, row.outcome) == (0, 0, "lost")
    assert row.closed_on is not None and row.rate_to_base_e12 == 10**12
    change_deal(house.owner, deal, stage="Qualified")
    row = now()
    assert (row.outcome, row.closed_on, row.rate_to_base_e12, row.lost_reason_id) == ("open", None, None, None)
