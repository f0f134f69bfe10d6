"""Deals that go from stages out of use to another one, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update

from eventos_core.crm.queries.settings import custom_deal_fields
from eventos_core.crm.rules import stages as rules
from eventos_core.db.editing import get
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import StageKind
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow
from eventos_core.models.crm import Opportunity, SalesPipeline, SalesStage


def target_stage(db: TenantSession, stage_id: int, kind: StageKind) -> SalesStage:
    """The stage that shall take deals of that kind, locked. Raises NotFound, InvalidInput where it cannot."""
    row = get(db, SalesStage, stage_id, lock=True, what="stage")
    pipeline = get(db, SalesPipeline, row.pipeline_id, what="pipeline")
    if row.archived_at is not None or pipeline.archived_at is not None:
        raise InvalidInput("The stage chosen is not in use.", fields={"move_deals_to_id": "Choose one that is in use"})
    if row.kind is not kind:
        raise InvalidInput(
            "The stage chosen means something else.", fields={"move_deals_to_id": f"Choose one that means {kind.value}"}
        )
    return row


def move_all_deals(db: TenantSession, which: Sequence[ColumnElement[bool]], target: SalesStage) -> None:
    """Put every deal of `which` into `target`; probability, history and time of entry follow by trigger.

    Raises NotAllowedNow where some lack what the stage asks for: then none is moved.
    """
    custom = custom_deal_fields(db) if target.required_fields else {}
    asked_for = [key for key in target.required_fields if key in rules.REQUIRABLE or key in custom]
    if asked_for:
        lacking = or_(*(_empty(key) for key in asked_for))
        short = db.scalar(select(func.count()).select_from(Opportunity).where(*which, lacking)) or 0
        if short:
            asked = ", ".join(rules.labels_of(asked_for, custom))
            raise NotAllowedNow(
                f"{short} of the deals {'lacks' if short == 1 else 'lack'} what “{target.name}” asks for: {asked}.",
                hint="Fill that in, or choose another stage.",
            )
    db.execute(
        update(Opportunity).where(*which).values(stage_id=target.id).execution_options(synchronize_session=False)
    )


def _empty(key: str) -> ColumnElement[bool]:
    """Whether a deal has nothing in that field."""
    if key in rules.REQUIRABLE:
        column: Any = getattr(Opportunity, key)
        return or_(column.is_(None), column == "") if column.type.python_type is str else column.is_(None)
    return func.coalesce(Opportunity.custom[key].astext, "").in_(["", "[]"])
