"""Stages of a pipeline: add, change, order, archive, bring back; each pipeline keeps an open, a won and a lost one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from eventos_core.crm.commands import ordered
from eventos_core.crm.commands.relocating import move_all_deals, target_stage
from eventos_core.crm.queries.settings import custom_deal_fields
from eventos_core.crm.rules import stages as rules
from eventos_core.crm.rules.stages import StageFields
from eventos_core.db.editing import edit, get, set_archived
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import StageKind
from eventos_core.kernel.errors import Conflict, InvalidInput, NotAllowedNow
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Opportunity, OpportunityVersion, SalesPipeline, SalesStage


@dataclass(frozen=True)
class AddSalesStage:
    """A stage for a pipeline, as the last of its kind."""

    pipeline_id: int
    fields: StageFields


@dataclass(frozen=True)
class EditSalesStage:
    """A stage as it should be; `version` is the one that was edited."""

    stage_id: int
    version: int
    fields: StageFields


@dataclass(frozen=True)
class MoveSalesStage:
    """A stage in use to bring to another place of the board, counted from 0; it stays among those of its kind."""

    stage_id: int
    place: int


@dataclass(frozen=True)
class ArchiveSalesStage:
    """A stage to take out of use; its deals go to `move_deals_to_id`, a stage in use that means the same."""

    stage_id: int
    version: int
    move_deals_to_id: int | None = None


@dataclass(frozen=True)
class RestoreSalesStage:
    """An archived stage to bring back; `version` is the one that was seen."""

    stage_id: int
    version: int


@dataclass(frozen=True)
class StageSaved:
    """The stage's id and version after the command; `deals` moved with it, or follow its new probability."""

    stage_id: int
    version: int
    deals: int = 0


@command(requires=Permission.SALES_SETTINGS)
def add_sales_stage(db: TenantSession, cmd: AddSalesStage) -> StageSaved:
    """Add a stage as the last of its kind. Raises NotFound, InvalidInput, AlreadyExists, Conflict, NotAllowedNow."""
    rows = _locked(db, cmd.pipeline_id)
    in_use = [row for row in rows if row.archived_at is None]
    if len(in_use) >= rules.MOST_STAGES:
        raise NotAllowedNow(f"The pipeline has {rules.MOST_STAGES} stages already.", hint="Archive one first.")
    values = rules.checked(cmd.fields, custom_deal_fields(db))
    ordered.check_name(in_use, values["name"], None, "stage")
    row = SalesStage(
        pipeline_id=cmd.pipeline_id, position=1 + max((one.position for one in rows), default=-1), **values
    )
    db.add(row)
    db.flush()
    return _placed(db, row, rules.arranged([*rows, row]))


@command(requires=Permission.SALES_SETTINGS)
def edit_sales_stage(db: TenantSession, cmd: EditSalesStage) -> StageSaved:
    """Save a stage's form; deals and their history stay with it, open ones follow a new probability at once.

    Raises NotFound, InvalidInput, AlreadyExists, EditConflict, Conflict where stage or pipeline is archived,
    NotAllowedNow for another kind where deals are or were in the stage, or where it is the last of its kind.
    """
    pipeline_id = get(db, SalesStage, cmd.stage_id, what="stage").pipeline_id
    rows = _locked(db, pipeline_id)
    row = next(one for one in rows if one.id == cmd.stage_id)
    # What it asks for already may stay, also where the custom field was taken off the forms since.
    values = rules.checked(cmd.fields, dict.fromkeys((*custom_deal_fields(db), *row.required_fields)))
    in_use = [one for one in rows if one.archived_at is None]
    ordered.check_name(in_use, values["name"], row.id, "stage")
    if row.archived_at is None and values["kind"] is not row.kind:
        _kind_may_change(db, row)
        _keep(in_use, [one.kind for one in in_use if one is not row] + [values["kind"]])
    follow = values["default_probability_ppm"] != row.default_probability_ppm
    row = edit(db, SalesStage, row.id, cmd.version, values, what="stage")
    deals = _count(db, row.id, Opportunity.archived_at.is_(None)) if follow else 0
    return _placed(db, row, rules.arranged(rows), deals)


@command(requires=Permission.SALES_SETTINGS)
def move_sales_stage(db: TenantSession, cmd: MoveSalesStage) -> StageSaved:
    """Bring a stage to another place; the others close up. Raises NotFound, Conflict where it is archived."""
    rows = _locked(db, get(db, SalesStage, cmd.stage_id, what="stage").pipeline_id)
    row = next(one for one in rows if one.id == cmd.stage_id)
    if row.archived_at is not None:
        raise Conflict("This stage is archived.", hint="Restore it first.")
    in_use = rules.arranged(one for one in rows if one.archived_at is None)
    gone = rules.arranged(one for one in rows if one.archived_at is not None)
    return _placed(db, row, [*rules.moved(in_use, row, cmd.place), *gone])


@command(requires=Permission.SALES_SETTINGS)
def archive_sales_stage(db: TenantSession, cmd: ArchiveSalesStage) -> StageSaved:
    """Take a stage out of use; its deals go to another one, and history keeps both.

    Raises NotFound, EditConflict, NotAllowedNow for the last of its kind and for a stage with deals and nowhere to
    move them, InvalidInput for a stage that cannot take them.
    """
    rows = _locked(db, get(db, SalesStage, cmd.stage_id, what="stage").pipeline_id)
    row = next(one for one in rows if one.id == cmd.stage_id)
    if row.archived_at is not None:
        return StageSaved(row.id, row.version)
    in_use = [one for one in rows if one.archived_at is None]
    _keep(in_use, [one.kind for one in in_use if one is not row])
    deals = _count(db, row.id)
    if cmd.move_deals_to_id == row.id:
        raise InvalidInput("The deals cannot stay.", fields={"move_deals_to_id": "Choose another stage"})
    target = target_stage(db, cmd.move_deals_to_id, row.kind) if cmd.move_deals_to_id is not None else None
    if deals and target is None:
        raise NotAllowedNow(
            f"{deals} {'deal is' if deals == 1 else 'deals are'} in this stage, archived ones included.",
            hint=f"Choose another stage that means {row.kind.value}, to which they go.",
        )
    set_archived(db, row, cmd.version, archived=True, what="stage")
    db.flush()
    if deals and target is not None:
        move_all_deals(db, (Opportunity.account_id == db.context.account_id, Opportunity.stage_id == row.id), target)
    return _placed(db, row, rules.arranged(rows), deals)


@command(requires=Permission.SALES_SETTINGS)
def restore_sales_stage(db: TenantSession, cmd: RestoreSalesStage) -> StageSaved:
    """Bring a stage back as the last of its kind, without deals.

    Raises NotFound, EditConflict, AlreadyExists for a name in use, Conflict while its pipeline is archived.
    """
    rows = _locked(db, get(db, SalesStage, cmd.stage_id, what="stage").pipeline_id)
    row = next(one for one in rows if one.id == cmd.stage_id)
    if row.archived_at is None:
        return StageSaved(row.id, row.version)
    ordered.check_name([one for one in rows if one.archived_at is None], row.name, row.id, "stage")
    set_archived(db, row, cmd.version, archived=False, what="stage")
    return _placed(db, row, rules.arranged(rows))


def _locked(db: TenantSession, pipeline_id: int) -> Sequence[SalesStage]:
    """All stages of the pipeline, locked in order of id after the pipeline. Raises NotFound, Conflict if archived."""
    pipeline = get(db, SalesPipeline, pipeline_id, lock=True, what="pipeline")
    if pipeline.archived_at is not None:
        raise Conflict(f"The pipeline “{pipeline.name}” is archived.", hint="Restore it first.")
    return db.scalars(
        select(SalesStage)
        .where(SalesStage.account_id == db.context.account_id, SalesStage.pipeline_id == pipeline_id)
        .order_by(SalesStage.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _keep(in_use: Sequence[SalesStage], after: Sequence[StageKind]) -> None:
    kind = rules.taken_away([row.kind for row in in_use], after)
    if kind is not None:
        raise NotAllowedNow(
            f"This is the pipeline's last stage that means {kind.value}.",
            hint="A pipeline needs an open, a won and a lost stage: add another one first.",
        )


def _kind_may_change(db: TenantSession, row: SalesStage) -> None:
    """Reports read the past by the stage's kind, so it stays also for a stage that deals have left."""
    passed = db.scalar(
        select(OpportunityVersion.id)
        .where(OpportunityVersion.account_id == db.context.account_id, OpportunityVersion.stage_id == row.id)
        .limit(1)
    )
    if passed is not None or _count(db, row.id):
        raise NotAllowedNow(
            "Deals are or were in this stage, so what it means cannot change.",
            hint="Add another stage and move the deals there.",
        )


def _count(db: TenantSession, stage_id: int, *conditions: Any) -> int:
    statement = select(func.count()).select_from(Opportunity)
    mine = (Opportunity.account_id == db.context.account_id, Opportunity.stage_id == stage_id)
    return db.scalar(statement.where(*mine, *conditions)) or 0


def _placed(db: TenantSession, row: SalesStage, order: Sequence[SalesStage], deals: int = 0) -> StageSaved:
    ordered.number(db, row, order)
    return StageSaved(row.id, row.version, deals)
