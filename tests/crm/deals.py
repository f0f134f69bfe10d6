"""Deals for tests, written as the app's login but past the commands, so that any state can be set up."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from eventos_core.db.session import reading, unit_of_work
from eventos_core.kernel.credentials import Credential
from eventos_core.models.crm import LostReason, Opportunity, SalesPipeline, SalesStage


def stages(who: Credential, pipeline: str = "Sales") -> dict[str, int]:
    """Stage name → id of a pipeline, in order."""
    with reading(who) as db:
        rows = db.execute(
            select(SalesStage.name, SalesStage.id)
            .join(
                SalesPipeline,
                (SalesPipeline.account_id == SalesStage.account_id) & (SalesPipeline.id == SalesStage.pipeline_id),
            )
            .where(SalesStage.account_id == db.context.account_id, SalesPipeline.name == pipeline)
            .order_by(SalesStage.position)
        )
        return {row.name: row.id for row in rows}


def lost_reason(who: Credential, name: str = "Budget") -> int:
    """Id of one of the house's reasons."""
    with reading(who) as db:
        statement = select(LostReason.id).where(LostReason.account_id == db.context.account_id, LostReason.name == name)
        return db.scalars(statement).one()


def put_deal(
    who: Credential,
    name: str = "Deal",
    stage: str = "New",
    *,
    amount_minor: int | None = 100_000,
    currency: str = "EUR",
    opened_on: dt.date = dt.date(2026, 1, 1),
    **columns: Any,
) -> int:
    """A deal in that stage of the default pipeline; returns its id. `columns` as in the model."""
    stage_id = stages(who)[stage]
    with unit_of_work(who) as db:
        row = Opportunity(
            name=name, stage_id=stage_id, amount_minor=amount_minor, currency=currency, opened_on=opened_on, **columns
        )
        db.add(row)
        db.flush()
        return row.id


def change_deal(who: Credential, deal_id: int, *, stage: str | None = None, **columns: Any) -> None:
    """Write columns of a deal; `stage` by name."""
    if stage is not None:
        columns["stage_id"] = stages(who)[stage]
    with unit_of_work(who) as db:
        row = db.scalars(
            select(Opportunity).where(Opportunity.account_id == db.context.account_id, Opportunity.id == deal_id)
        ).one()
        for name, value in columns.items():
            setattr(row, name, value)
        db.flush()


def change_stage(who: Credential, stage: str, *, pipeline: str = "Sales", **columns: Any) -> None:
    """Write columns of a stage of that pipeline."""
    stage_id = stages(who, pipeline)[stage]
    with unit_of_work(who) as db:
        row = db.scalars(
            select(SalesStage).where(SalesStage.account_id == db.context.account_id, SalesStage.id == stage_id)
        ).one()
        for name, value in columns.items():
            setattr(row, name, value)
        db.flush()
