"""Pipelines and stages as files name them: found, told by outcome where the name is unknown, made on request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text

from eventos_core.crm.importers.fields import kind_by_name
from eventos_core.crm.importers.linking import as_term
from eventos_core.crm.rules.stages import CERTAIN_PPM
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import ForecastCategory, OpportunityKind, StageKind
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import SalesPipeline, SalesStage
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports.fields import Incoming
from eventos_core.operations.imports.plan import Scope, Target
from eventos_core.operations.imports.records import Link, NewRecord
from eventos_core.operations.imports.values import name_key, squash

PIPELINES, STAGES = "pipelines", "stages"
_ROOM = 100
"""Positions that a new pipeline leaves to the open stages before its closed ones."""
_CLOSED = {
    StageKind.WON: ("Won", ForecastCategory.CLOSED, CERTAIN_PPM),
    StageKind.LOST: ("Lost", ForecastCategory.OMITTED, 0),
}


@dataclass(frozen=True)
class Stage:
    """A stage in use; `id` is None for one that a file names and the house lacks."""

    id: int | None
    name: str
    kind: StageKind
    ppm: int
    required: tuple[str, ...] = ()


@dataclass
class Pipeline:
    """A pipeline in use with its stages in order; `id` is None for one that a file names and the house lacks."""

    id: int | None
    name: str
    is_default: bool = False
    deals: OpportunityKind | None = None
    stages: list[Stage] = field(default_factory=list)

    def named(self, name: str) -> Stage | None:
        """The stage of that name, spelling aside."""
        key, loose = name_key(name), squash(name)
        exact = (s for s in self.stages if name_key(s.name) == key)
        return next(exact, None) or next((s for s in self.stages if squash(s.name) == loose), None)

    def first(self, kind: StageKind) -> Stage | None:
        """The first stage of a kind."""
        return next((s for s in self.stages if s.kind is kind), None)

    def shown(self, stage: str) -> str:
        """A stage as previews name it: with its pipeline, unless that is the house's default."""
        return stage if self.is_default else f"{self.name} › {stage}"


@dataclass(frozen=True)
class Place:
    """Where a row puts its deal."""

    pipeline: Pipeline
    stage: Stage

    @property
    def unmade(self) -> bool:
        """Whether the deal stands in an open stage that the house lacks."""
        return self.stage.id is None and self.stage.kind is StageKind.OPEN


class Pipelines:
    """The house's pipelines in use, and where rows of a file belong in them."""

    def __init__(self, db: TenantSession) -> None:
        rows = db.execute(
            select(
                SalesPipeline.id, SalesPipeline.name, SalesPipeline.is_default, SalesPipeline.opportunity_kind,
                SalesStage.id.label("stage_id"), SalesStage.name.label("stage"), SalesStage.kind,
                SalesStage.default_probability_ppm, SalesStage.required_fields,
            )
            .outerjoin(
                SalesStage,
                (SalesStage.account_id == SalesPipeline.account_id)
                & (SalesStage.pipeline_id == SalesPipeline.id)
                & SalesStage.archived_at.is_(None),
            )
            .where(SalesPipeline.account_id == db.context.account_id, SalesPipeline.archived_at.is_(None))
            .order_by(SalesPipeline.is_default.desc(), SalesPipeline.position, SalesPipeline.id, SalesStage.position)
        )  # fmt: skip
        self.all: dict[int, Pipeline] = {}
        for row in rows:
            pipeline = self.all.setdefault(
                row.id, Pipeline(row.id, row.name, row.is_default, row.opportunity_kind)
            )  # fmt: skip
            if row.stage_id is not None:
                pipeline.stages.append(
                    Stage(row.stage_id, row.stage, row.kind, row.default_probability_ppm, tuple(row.required_fields))
                )
        self._places: dict[tuple[str | None, str | None, str | None], Place | None] = {}

    def named(self, name: str) -> Pipeline | None:
        """The pipeline of that name, spelling aside."""
        key, loose = name_key(name), squash(name)
        exact = (p for p in self.all.values() if name_key(p.name) == key)
        return next(exact, None) or next((p for p in self.all.values() if squash(p.name) == loose), None)

    @property
    def default(self) -> Pipeline:
        """Where deals go that name no pipeline."""
        return next(iter(self.all.values()), None) or Pipeline(None, "Sales", is_default=True)

    def place(self, pipeline: str | None, stage: str | None, told: str | None) -> Place | None:
        """Where a row belongs that names these and tells this outcome; None where it says neither stage nor outcome.

        The outcome decides where the stage is unknown, and where it is closed and the stage is not: some programs
        leave a won deal in the last stage that it was open in. A stage that stays unknown has no id.
        """
        key = (pipeline, stage, told)
        if key not in self._places:
            self._places[key] = self._place(pipeline, stage, StageKind(told) if told else None)
        return self._places[key]

    def _place(self, pipeline: str | None, stage: str | None, told: StageKind | None) -> Place | None:
        where = self.named(pipeline) if pipeline else self.default
        if where is None:
            where = Pipeline(None, pipeline or "")
        if not pipeline and stage and where.named(stage) is None:
            # A stage that only one pipeline has says the pipeline too.
            having = [p for p in self.all.values() if p.named(stage)]
            where = having[0] if len(having) == 1 else where
        closed = told if told in _CLOSED else None
        if stage is None:
            wanted = told or (StageKind.OPEN if where.id is None else None)
            found = where.first(wanted) if wanted else None
        else:
            found = where.named(stage)
            by_name = closed or kind_by_name(stage) if found is None else closed
            if by_name and (found is None or found.kind is not by_name):
                found = where.first(by_name) or _unmade(by_name)
            if found is None:
                found = Stage(None, stage[:200], StageKind.OPEN, 0)
        if found is None and where.id is None:
            found = _unmade(closed) if closed else Stage(None, "New", StageKind.OPEN, 0)
        return Place(where, found) if found else None


def _unmade(kind: StageKind) -> Stage:
    name, _, ppm = _CLOSED[kind]
    return Stage(None, name, kind, ppm)


def term(shown: str, row: Mapping[str, Any]) -> str:
    """A row's stage as it is looked up and made: pipeline, stage and kind."""
    place: Place = row["_place"]
    return as_term([place.pipeline.name, place.stage.name, place.stage.kind.value])


def _find_pipelines(
    db: TenantSession, scope: Scope, names: Sequence[str]
) -> dict[str, Sequence[tuple[Target, str]]]:  # fmt: skip
    known = Pipelines(db)
    found = {name: known.named(name) for name in names}
    return {name: [(Target("sales_pipelines", p.id), p.name)] for name, p in found.items() if p is not None}


def _create_pipelines(
    db: TenantSession, scope: Scope, names: Sequence[str], rows: Sequence[Incoming]
) -> dict[str, Target]:
    """A pipeline per name with a stage for won and one for lost deals; the open ones follow as the file names them."""
    last = db.scalar(
        text("select coalesce(max(position), -1) from sales_pipelines where account_id = :account"),
        {"account": scope.account_id},
    )
    records = [
        {"name": name[:200], "position": last + 1 + i, "is_default": False} for i, name in enumerate(names)
    ]  # fmt: skip
    ids = bulk.insert(db, SalesPipeline, ("name", "position", "is_default"), records)
    closed = [
        _stage(pipeline_id, position, *_CLOSED[kind], kind)
        for pipeline_id in ids
        for position, kind in enumerate((StageKind.WON, StageKind.LOST), start=_ROOM)
    ]
    stage_ids = bulk.insert(db, SalesStage, _STAGE, closed)
    return {
        name: Target("sales_pipelines", i, also=tuple(Target("sales_stages", s) for s in stage_ids[2 * n : 2 * n + 2]))
        for n, (name, i) in enumerate(zip(names, ids, strict=True))
    }


_STAGE = ("pipeline_id", "name", "position", "kind", "forecast_category", "default_probability_ppm", "rotting_days",
          "required_fields")  # fmt: skip


def _stage(
    pipeline_id: int, position: int, name: str, category: ForecastCategory, ppm: int, kind: StageKind
) -> dict[str, Any]:
    return {
        "pipeline_id": pipeline_id, "name": name, "position": position, "kind": kind.value,
        "forecast_category": category.value, "default_probability_ppm": ppm, "rotting_days": 0, "required_fields": [],
    }  # fmt: skip


def _find_stages(db: TenantSession, scope: Scope, terms: Sequence[str]) -> dict[str, Sequence[tuple[Target, str]]]:
    """The stages of those names; in a pipeline that the import makes, its stages are made with it."""
    known = Pipelines(db)
    found: dict[str, Sequence[tuple[Target, str]]] = {}
    for wanted in terms:
        pipeline, name, _ = json.loads(wanted)
        where = known.named(pipeline)
        stage = where.named(name) if where else None
        if stage is not None:
            found[wanted] = [(Target("sales_stages", stage.id), stage.name)]
        elif where is None and PIPELINES in scope.create_missing:
            found[wanted] = [(Target("sales_stages", None), name)]
    return found


def _create_stages(
    db: TenantSession, scope: Scope, terms: Sequence[str], rows: Sequence[Incoming]
) -> dict[str, Target]:
    """Open stages where their drafts put them, closed ones behind all others; the pipeline's stages make room."""
    known = Pipelines(db)
    made: dict[str, Target] = {}
    wanted: dict[int, list[_New]] = {}
    for key, row in zip(terms, rows, strict=True):
        pipeline, name, kind = json.loads(key)
        where = known.named(pipeline) or known.default
        there = where.named(name)
        if there is not None:
            # Won and Lost of a pipeline that was made a moment ago.
            made[key] = Target("sales_stages", there.id)
        elif where.id is not None:
            draft = row.values.get("_draft")
            after = draft.after if draft is not None else ""
            wanted.setdefault(where.id, []).append(_New(key, name, StageKind(kind), row.values["_ppm"], after))
    records: list[dict[str, Any]] = []
    keys: list[str] = []
    for pipeline_id, stages in wanted.items():
        for position, before, new in _make_room(db, pipeline_id, stages):
            category, likely = before or ForecastCategory.PIPELINE, new.ppm
            if new.kind in _CLOSED:
                _, category, likely = _CLOSED[new.kind]
            records.append(_stage(pipeline_id, position, new.name, category, likely, new.kind))
            keys.append(new.term)
    ids = bulk.insert(db, SalesStage, _STAGE, records)
    return made | {key: Target("sales_stages", i) for key, i in zip(keys, ids, strict=True)}


@dataclass(frozen=True)
class _New:
    """A stage to be made; `after` names the open stage before it, empty for none."""

    term: str
    name: str
    kind: StageKind
    ppm: int
    after: str


def _make_room(
    db: TenantSession, pipeline_id: int, new: Sequence[_New]
) -> list[tuple[int, ForecastCategory | None, _New]]:
    """Move the pipeline's stages apart; each new one with its position and the forecast category of the one before it.

    Those that go to one place stand in the order of their probability, then of the file.
    """
    rows = db.execute(
        select(SalesStage.id, SalesStage.name, SalesStage.kind, SalesStage.position, SalesStage.forecast_category)
        .where(SalesStage.account_id == db.context.account_id, SalesStage.pipeline_id == pipeline_id)
        .order_by(SalesStage.position)
    ).all()
    following: dict[str, list[_New]] = {}
    for one in sorted(new, key=lambda one: one.ppm):
        following.setdefault(name_key(one.after) if one.kind is StageKind.OPEN else "*", []).append(one)
    order: list[Any] = [*following.pop("", [])]
    for row in rows:
        order += [row, *following.pop(name_key(row.name), [])]
    order += [one for left in following.values() for one in left]
    found: list[tuple[int, ForecastCategory | None, _New]] = []
    moved = []
    category, free = None, 0
    for one in order:
        if isinstance(one, _New):
            found.append((free, category, one))
        else:
            # No further than it must: a stage that stays unchanged can still be taken back.
            category = one.forecast_category if one.kind is StageKind.OPEN else category
            if one.position < free:
                moved.append({"id": one.id, "position": free})
            free = max(free, one.position)
        free += 1
    bulk.update(db, SalesStage, moved)
    return found


def _offer_pipelines(db: TenantSession, texts: Sequence[str]) -> list[str]:
    return [pipeline.name for pipeline in Pipelines(db).all.values()]


def _offer_stages(db: TenantSession, texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(stage.name for p in Pipelines(db).all.values() for stage in p.stages))


def pipeline_link() -> Link:
    """The field that names the pipeline; missing ones are made with `create_missing` = pipelines."""
    return Link(
        "pipeline", PIPELINES, _find_pipelines, _create_pipelines, needs=Permission.SALES_SETTINGS,
        offer=_offer_pipelines,
    )  # fmt: skip


def stage_link(drafted: Callable[[Mapping[str, Any]], NewRecord | None]) -> Link:
    """The field that names the stage; missing ones are made with `create_missing` = stages."""
    return Link(
        "stage", STAGES, _find_stages, _create_stages, needs=Permission.SALES_SETTINGS, column="stage_id", term=term,
        offer=_offer_stages, drafted=drafted,
    )  # fmt: skip
