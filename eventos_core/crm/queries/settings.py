"""What the house sells with: pipelines with their stages, reasons for losing, fields that a stage may ask for.

`pipelines`, `stages` and `lost_reasons` are what pickers offer: they count nothing, so their cost does not grow with
the deals. How often each is used is asked for apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from eventos_core.crm.rules import stages as rules
from eventos_core.db.editing import get
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import ForecastCategory, OpportunityKind, StageKind
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import LostReason, Opportunity, SalesPipeline, SalesStage
from eventos_core.models.events import EventXpl

DEALS = "opportunities"
"""The kind of record whose custom fields a stage may ask for."""


@dataclass(frozen=True)
class StageShown:
    """One stage; probability in parts per million, `rotting_days` 0 = never, `wip_limit` None = no limit."""

    id: int
    pipeline_id: int
    name: str
    description: str | None
    position: int
    kind: StageKind
    forecast_category: ForecastCategory
    default_probability_ppm: int
    rotting_days: int
    required_fields: tuple[str, ...]
    wip_limit: int | None
    archived: bool
    version: int


@dataclass(frozen=True)
class PipelineShown:
    """One pipeline with its stages in use as the board shows them; `opportunity_kind` None = asked."""

    id: int
    name: str
    description: str | None
    position: int
    is_default: bool
    opportunity_kind: OpportunityKind | None
    archived: bool
    version: int
    stages: tuple[StageShown, ...]


@dataclass(frozen=True)
class StageUse:
    """How many deals are in a stage: all, the open ones in use, and how many of these keep an estimate of their own."""

    deals: int
    open: int
    own_estimate: int


@dataclass(frozen=True)
class LostReasonShown:
    """One reason; `requires_note` asks whoever chooses it for a few words."""

    id: int
    name: str
    position: int
    requires_note: bool
    archived: bool
    version: int


@query(requires=Permission.SALES_READ)
def pipelines(db: TenantSession, *, archived: bool = False) -> tuple[PipelineShown, ...]:
    """The pipelines in use in order, each with its stages in use; with `archived` the others, after them. Two queries.

    The default one has `is_default`; it need not be the first.
    """
    wanted = select(SalesPipeline).where(SalesPipeline.account_id == db.context.account_id)
    if not archived:
        wanted = wanted.where(SalesPipeline.archived_at.is_(None))
    rows = db.scalars(
        wanted.order_by(SalesPipeline.archived_at.is_not(None), SalesPipeline.position, SalesPipeline.id)
    ).all()
    found: dict[int, list[SalesStage]] = defaultdict(list)
    for stage in db.scalars(_stages(db).where(SalesStage.archived_at.is_(None))):
        found[stage.pipeline_id].append(stage)
    return tuple(
        PipelineShown(
            row.id, row.name, row.description, row.position, row.is_default, row.opportunity_kind,
            row.archived_at is not None, row.version, _shown(found[row.id]),
        )
        for row in rows
    )  # fmt: skip


@query(requires=Permission.SALES_READ)
def stages(db: TenantSession, pipeline_id: int, *, archived: bool = False) -> tuple[StageShown, ...]:
    """The stages of a pipeline as the board shows them; with `archived` those out of use too, last. Two queries.

    Raises NotFound.
    """
    get(db, SalesPipeline, pipeline_id, what="pipeline")
    wanted = _stages(db).where(SalesStage.pipeline_id == pipeline_id)
    if not archived:
        wanted = wanted.where(SalesStage.archived_at.is_(None))
    return _shown(db.scalars(wanted))


@query(requires=Permission.SALES_READ)
def stage_uses(db: TenantSession, pipeline_id: int) -> dict[int, StageUse]:
    """How many deals are in each stage of a pipeline, by the stage's id; empty stages are not there. One query."""
    in_use = Opportunity.archived_at.is_(None) & (Opportunity.outcome == StageKind.OPEN)
    rows = db.execute(
        select(
            Opportunity.stage_id,
            func.count(),
            func.count().filter(in_use),
            func.count().filter(in_use & Opportunity.probability_override_ppm.is_not(None)),
        )
        .join(SalesStage, (SalesStage.account_id == Opportunity.account_id) & (SalesStage.id == Opportunity.stage_id))
        .where(Opportunity.account_id == db.context.account_id, SalesStage.pipeline_id == pipeline_id)
        .group_by(Opportunity.stage_id)
    ).all()
    return {stage_id: StageUse(deals, in_use_now, own) for stage_id, deals, in_use_now, own in rows}


@query(requires=Permission.SALES_READ)
def lost_reasons(db: TenantSession, *, archived: bool = False) -> tuple[LostReasonShown, ...]:
    """The reasons in use in order; with `archived` those off the list too, last. One query."""
    wanted = select(LostReason).where(LostReason.account_id == db.context.account_id)
    if not archived:
        wanted = wanted.where(LostReason.archived_at.is_(None))
    rows = db.scalars(wanted.order_by(LostReason.archived_at.is_not(None), LostReason.position, LostReason.id))
    return tuple(
        LostReasonShown(row.id, row.name, row.position, row.requires_note, row.archived_at is not None, row.version)
        for row in rows
    )


@query(requires=Permission.SALES_READ)
def lost_reason_uses(db: TenantSession) -> dict[int, int]:
    """How many deals were lost for each reason, by its id; reasons without any are not there. One query."""
    rows = db.execute(
        select(Opportunity.lost_reason_id, func.count())
        .where(
            Opportunity.account_id == db.context.account_id,
            Opportunity.outcome == StageKind.LOST,
            Opportunity.lost_reason_id.is_not(None),
        )
        .group_by(Opportunity.lost_reason_id)
    ).all()
    return {reason_id: times for reason_id, times in rows if reason_id is not None}


@query(requires=Permission.SALES_READ)
def requirable_fields(db: TenantSession) -> dict[str, str]:
    """Fields of a deal that a stage may ask for, key → label: columns first, then the house's own. One query."""
    return {**rules.REQUIRABLE, **custom_deal_fields(db)}


def custom_deal_fields(db: TenantSession) -> dict[str, str]:
    """The house's own fields of deals that are on the forms, key → label, in order; never the name of a column."""
    rows = db.execute(
        select(EventXpl.field_key, EventXpl.label)
        .where(
            EventXpl.account_id == db.context.account_id, EventXpl.entity == DEALS, EventXpl.event_id.is_(None),
            EventXpl.retired_at.is_(None),
        )
        .order_by(EventXpl.position, EventXpl.id)
    ).all()  # fmt: skip
    return {key: label for key, label in rows if key not in rules.REQUIRABLE}


def _stages(db: TenantSession) -> Select[SalesStage]:
    return select(SalesStage).where(SalesStage.account_id == db.context.account_id)


def _shown(rows: Iterable[SalesStage]) -> tuple[StageShown, ...]:
    return tuple(
        StageShown(
            row.id, row.pipeline_id, row.name, row.description, row.position, row.kind, row.forecast_category,
            row.default_probability_ppm, row.rotting_days, tuple(row.required_fields), row.wip_limit,
            row.archived_at is not None, row.version,
        )
        for row in rules.arranged(rows)
    )  # fmt: skip
