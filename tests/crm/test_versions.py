"""What the database keeps of every deal: categories, the trash, deletion, and changes dated back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import case, delete, func, select, update
from sqlalchemy.exc import ProgrammingError

from eventos_core.db.session import reading, unit_of_work
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.permissions import Role
from eventos_core.models.crm import Opportunity, OpportunityVersion, SalesStage
from eventos_core.operations.privacy.writing import write
from tests import support
from tests.crm.deals import change_deal, put_deal, stages


def versions(who: Credential, deal: int, *columns: str) -> Sequence[tuple[Any, ...]]:
    """Those columns of a deal's versions that stand, oldest first."""
    with reading(who) as db:
        rows = db.scalars(
            select(OpportunityVersion)
            .where(
                OpportunityVersion.account_id == db.context.account_id,
                OpportunityVersion.opportunity_id == deal,
                OpportunityVersion.retracted_at.is_(None),
            )
            .order_by(OpportunityVersion.valid_from, OpportunityVersion.id)
        )
        return [tuple(getattr(row, column) for column in columns) for row in rows]


def delete_deal(who: Credential, deal: int) -> None:
    """Remove the row, as the undo of an import does."""
    with unit_of_work(who) as db:
        db.execute(delete(Opportunity).where(Opportunity.account_id == db.context.account_id, Opportunity.id == deal))


def test_a_category_changed_in_the_settings_is_a_new_version_of_its_deals(house: support.TestHouse) -> None:
    deal = put_deal(house.owner, stage="Proposal")
    other = put_deal(house.owner, stage="New")
    with unit_of_work(house.owner) as db:
        db.execute(
            update(SalesStage)
            .where(SalesStage.account_id == db.context.account_id, SalesStage.id == stages(house.owner)["Proposal"])
            .values(forecast_category="commit")
        )
    assert versions(house.owner, deal, "forecast_category") == [("best_case",), ("commit",)]
    assert versions(house.owner, other, "forecast_category") == [("pipeline",)]
    with reading(house.owner) as db:
        row = db.scalars(
            select(Opportunity).where(Opportunity.account_id == db.context.account_id, Opportunity.id == deal)
        ).one()
        assert row.forecast_category == "commit"


def test_kind_source_and_first_day_are_kept(house: support.TestHouse) -> None:
    deal = put_deal(house.owner, source="Fair")
    change_deal(house.owner, deal, kind="production", source="Referral", opened_on=dt.date(2026, 2, 1))
    assert versions(house.owner, deal, "kind", "source", "opened_on") == [
        ("sponsorship", "Fair", dt.date(2026, 1, 1)),
        ("production", "Referral", dt.date(2026, 2, 1)),
    ]
    change_deal(house.owner, deal, name="Called otherwise", next_step="Call")
    assert len(versions(house.owner, deal, "id")) == 2


def test_the_trash_ends_a_version_and_restoring_begins_one(house: support.TestHouse) -> None:
    deal = put_deal(house.owner)
    change_deal(house.owner, deal, archived_at=clock.now())
    change_deal(house.owner, deal, amount_minor=5)
    assert [(amount, end is None) for amount, end in versions(house.owner, deal, "amount_minor", "valid_to")] == [
        (100_000, False)
    ]
    change_deal(house.owner, deal, archived_at=None)
    assert [(amount, end is None) for amount, end in versions(house.owner, deal, "amount_minor", "valid_to")] == [
        (100_000, False),
        (5, True),
    ]


def test_one_statement_keeps_the_history_of_each_of_its_deals(house: support.TestHouse) -> None:
    began, back = clock.now() - dt.timedelta(days=9), clock.now() - dt.timedelta(days=4)
    moved, dated_back, binned, restored, named = (
        put_deal(house.owner, name, stage_entered_at=began) for name in ("moved", "back", "binned", "restored", "named")
    )
    change_deal(house.owner, restored, archived_at=clock.now())
    qualified = stages(house.owner)["Qualified"]
    deal = Opportunity
    with unit_of_work(house.owner) as db:
        db.execute(
            update(deal)
            .where(deal.account_id == db.context.account_id)
            .values(
                stage_id=case((deal.id.in_((moved, dated_back)), qualified), else_=deal.stage_id),
                stage_entered_at=case((deal.id == dated_back, back), else_=deal.stage_entered_at),
                archived_at=case((deal.id == binned, func.now())),
                next_step="Call",
            )
        )
        (instant,) = db.execute(select(func.now())).one()
    new = stages(house.owner)["New"]
    kept = {
        one: versions(house.owner, one, "stage_id", "valid_from", "valid_to")
        for one in (moved, dated_back, binned, restored, named)
    }
    ended = kept[restored][0][2]
    assert began < ended < instant
    assert kept == {
        moved: [(new, began, instant), (qualified, instant, None)],
        dated_back: [(new, began, back), (qualified, back, None)],
        binned: [(new, began, instant)],
        restored: [(new, began, ended), (new, instant, None)],
        named: [(new, began, None)],
    }


def test_a_deleted_deal_has_every_version_taken_back_and_none_lost(house: support.TestHouse) -> None:
    deal, other = put_deal(house.owner), put_deal(house.owner)
    change_deal(house.owner, deal, stage="Qualified")
    delete_deal(house.owner, deal)
    assert versions(house.owner, deal, "id") == []
    assert len(versions(house.owner, other, "id")) == 1
    with reading(house.owner) as db:
        rows = db.execute(
            select(OpportunityVersion.retracted_at, OpportunityVersion.ended_at).where(
                OpportunityVersion.account_id == db.context.account_id, OpportunityVersion.opportunity_id == deal
            )
        ).all()
    assert len(rows) == 2
    assert all(retracted is not None and ended <= retracted for retracted, ended in rows)


def test_an_erasure_empties_a_source_in_the_versions_too(house: support.TestHouse) -> None:
    deal = put_deal(house.owner, source="Told by Ada Lovelace")
    ((version,),) = versions(house.owner, deal, "id")
    with unit_of_work(house.owner) as db:
        write(db, "opportunity_versions", version, {"source": None})
    assert versions(house.owner, deal, "source") == [(None,)]
    with pytest.raises(ProgrammingError, match="erasing needs"), unit_of_work(house.member(Role.MANAGER)) as db:
        write(db, "opportunity_versions", version, {"source": "x"})
