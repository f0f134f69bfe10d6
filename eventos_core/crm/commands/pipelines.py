"""Pipelines: add, rename, order, choose the default, archive, bring back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from eventos_core.crm.commands import ordered
from eventos_core.crm.commands.relocating import move_all_deals, target_stage
from eventos_core.crm.rules import stages as rules
from eventos_core.db.editing import edit, get, set_archived
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import OpportunityKind, StageKind
from eventos_core.kernel.errors import Conflict, NotAllowedNow
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Opportunity, SalesPipeline, SalesStage


@dataclass(frozen=True)
class AddPipeline:
    """A pipeline for the end of the list, with the stages of another one, or with New, Won and Lost.

    `opportunity_kind` is what its new deals are at first; None = asked.
    """

    name: str
    description: str | None = None
    opportunity_kind: OpportunityKind | None = None
    copy_stages_of_id: int | None = None


@dataclass(frozen=True)
class EditPipeline:
    """A pipeline as it should be; `version` is the one that was edited."""

    pipeline_id: int
    version: int
    name: str
    description: str | None = None
    opportunity_kind: OpportunityKind | None = None


@dataclass(frozen=True)
class MovePipeline:
    """A pipeline in use to bring to another place of the list, counted from 0."""

    pipeline_id: int
    place: int


@dataclass(frozen=True)
class OnePipeline:
    """A pipeline; `version` is the one that was seen."""

    pipeline_id: int
    version: int


@dataclass(frozen=True)
class ArchivePipeline:
    """A pipeline to take out of use; its open deals go to the open stage `move_deals_to_id` of another pipeline."""

    pipeline_id: int
    version: int
    move_deals_to_id: int | None = None


@dataclass(frozen=True)
class PipelineSaved:
    """The pipeline's id and version after the command, and how many open deals it moved."""

    pipeline_id: int
    version: int
    deals: int = 0


@command(requires=Permission.SALES_SETTINGS)
def add_pipeline(db: TenantSession, cmd: AddPipeline) -> PipelineSaved:
    """Add a pipeline at the end. Raises InvalidInput, AlreadyExists, NotFound for the one to copy, NotAllowedNow."""
    name = rules.name_of(cmd.name)
    in_use = [row for row in ordered.locked(db, SalesPipeline) if row.archived_at is None]
    if len(in_use) >= rules.MOST_PIPELINES:
        raise NotAllowedNow(f"There are {rules.MOST_PIPELINES} pipelines already.", hint="Archive one first.")
    ordered.check_name(in_use, name, None, "pipeline")
    row = SalesPipeline(
        name=name, description=(cmd.description or "").strip() or None, opportunity_kind=cmd.opportunity_kind,
        position=len(in_use), is_default=not in_use,
    )  # fmt: skip
    stages = _copied(db, cmd.copy_stages_of_id) if cmd.copy_stages_of_id is not None else _first()
    db.add(row)
    db.flush()
    for position, stage in enumerate(stages):
        stage.pipeline_id, stage.position = row.id, position
        db.add(stage)
    db.flush()
    db.refresh(row)
    return PipelineSaved(row.id, row.version)


@command(requires=Permission.SALES_SETTINGS)
def edit_pipeline(db: TenantSession, cmd: EditPipeline) -> PipelineSaved:
    """Save a pipeline's form. Raises NotFound, InvalidInput, AlreadyExists, EditConflict, Conflict where archived."""
    name = rules.name_of(cmd.name)
    rows = ordered.locked(db, SalesPipeline)
    ordered.named(rows, cmd.pipeline_id, "pipeline")
    ordered.check_name([row for row in rows if row.archived_at is None], name, cmd.pipeline_id, "pipeline")
    values = {
        "name": name, "description": (cmd.description or "").strip() or None, "opportunity_kind": cmd.opportunity_kind,
    }  # fmt: skip
    row = edit(db, SalesPipeline, cmd.pipeline_id, cmd.version, values, what="pipeline")
    return PipelineSaved(row.id, row.version)


@command(requires=Permission.SALES_SETTINGS)
def move_pipeline(db: TenantSession, cmd: MovePipeline) -> PipelineSaved:
    """Bring a pipeline to another place; the others close up. Raises NotFound, Conflict where it is archived."""
    rows = ordered.locked(db, SalesPipeline)
    row = _in_use(ordered.named(rows, cmd.pipeline_id, "pipeline"))
    others = [other for other in rows if other is not row and other.archived_at is None]
    place = max(0, min(cmd.place, len(others)))
    return _numbered(db, row, [*others[:place], row, *others[place:]])


@command(requires=Permission.SALES_SETTINGS)
def make_default_pipeline(db: TenantSession, cmd: OnePipeline) -> PipelineSaved:
    """Have new and imported deals go to this pipeline where nothing says otherwise; the former default stays in use.

    Raises NotFound, Conflict where it is archived, EditConflict.
    """
    rows = ordered.locked(db, SalesPipeline)
    row = _in_use(ordered.named(rows, cmd.pipeline_id, "pipeline"))
    if not row.is_default:
        for other in rows:
            other.is_default = False
        # The former one first: at no moment may two be the default.
        db.flush()
        row = edit(db, SalesPipeline, row.id, cmd.version, {"is_default": True}, what="pipeline")
    return PipelineSaved(row.id, row.version)


@command(requires=Permission.SALES_SETTINGS)
def archive_pipeline(db: TenantSession, cmd: ArchivePipeline) -> PipelineSaved:
    """Take a pipeline out of use; closed deals and history stay as they are, open deals must go elsewhere.

    Raises NotFound, EditConflict, NotAllowedNow for the default one and for one with open deals and nowhere to move
    them, InvalidInput for a stage that cannot take them.
    """
    rows = ordered.locked(db, SalesPipeline)
    row = ordered.named(rows, cmd.pipeline_id, "pipeline")
    if row.archived_at is not None:
        return PipelineSaved(row.id, row.version)
    if row.is_default:
        raise NotAllowedNow("This is the default pipeline.", hint="Make another one the default first.")
    target = None
    if cmd.move_deals_to_id is not None:
        target = target_stage(db, cmd.move_deals_to_id, StageKind.OPEN)
        if target.pipeline_id == row.id:
            raise NotAllowedNow("This stage goes out of use too.", hint="Choose a stage of another pipeline.")
    # Locked against deals that come in while we count.
    mine = _stages(db, row.id, lock=True)
    of_pipeline = (
        Opportunity.account_id == db.context.account_id,
        Opportunity.stage_id.in_([stage.id for stage in mine]),
        Opportunity.outcome == StageKind.OPEN,
    )
    deals = db.scalar(select(func.count()).select_from(Opportunity).where(*of_pipeline)) or 0
    if deals and target is None:
        raise NotAllowedNow(
            f"{deals} open {'deal is' if deals == 1 else 'deals are'} in this pipeline.",
            hint="Choose the stage of another pipeline to which they go.",
        )
    set_archived(db, row, cmd.version, archived=True, what="pipeline")
    if target is not None and deals:
        move_all_deals(db, of_pipeline, target)
    saved = _numbered(db, row, [other for other in rows if other is not row and other.archived_at is None])
    return PipelineSaved(saved.pipeline_id, saved.version, deals)


@command(requires=Permission.SALES_SETTINGS)
def restore_pipeline(db: TenantSession, cmd: OnePipeline) -> PipelineSaved:
    """Bring a pipeline back at the end. Raises NotFound, EditConflict, AlreadyExists for a name in use."""
    rows = ordered.locked(db, SalesPipeline)
    row = ordered.named(rows, cmd.pipeline_id, "pipeline")
    others = [other for other in rows if other is not row and other.archived_at is None]
    if row.archived_at is None:
        return PipelineSaved(row.id, row.version)
    ordered.check_name(others, row.name, row.id, "pipeline")
    set_archived(db, row, cmd.version, archived=False, what="pipeline")
    return _numbered(db, row, [*others, row])


def _in_use(row: SalesPipeline) -> SalesPipeline:
    if row.archived_at is not None:
        raise Conflict("This pipeline is archived.", hint="Restore it first.")
    return row


def _numbered(db: TenantSession, row: SalesPipeline, order: Sequence[SalesPipeline]) -> PipelineSaved:
    ordered.number(db, row, order)
    return PipelineSaved(row.id, row.version)


def _stages(db: TenantSession, pipeline_id: int, *, lock: bool = False) -> Sequence[SalesStage]:
    statement = (
        select(SalesStage)
        .where(SalesStage.account_id == db.context.account_id, SalesStage.pipeline_id == pipeline_id)
        .order_by(SalesStage.id)
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).all()


def _copied(db: TenantSession, pipeline_id: int) -> list[SalesStage]:
    get(db, SalesPipeline, pipeline_id, what="pipeline")
    names = (
        "name", "description", "kind", "forecast_category", "default_probability_ppm", "rotting_days",
        "required_fields", "wip_limit",
    )  # fmt: skip
    found = [stage for stage in rules.arranged(_stages(db, pipeline_id)) if stage.archived_at is None]
    return [SalesStage(**{name: getattr(stage, name) for name in names}) for stage in found] or _first()


def _first() -> list[SalesStage]:
    return [
        SalesStage(name=name, kind=kind, forecast_category=category, default_probability_ppm=ppm, rotting_days=rotting)
        for name, kind, category, ppm, rotting in rules.FIRST_STAGES
    ]
