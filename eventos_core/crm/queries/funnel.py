"""The funnel: how many deals reached each stage, went on from it and were won, and how long they stayed.

Read from versions not taken back, as known at the as-of instant: a rename keeps history, and an archived stage shows
as long as deals have been in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from sqlalchemy import CTE, ColumnElement, and_, case, func, or_, select

from eventos_core.crm.queries.standing import V, known, narrowed
from eventos_core.crm.rules import forecast as ratios
from eventos_core.crm.rules import funnel as rules
from eventos_core.crm.rules.funnel import Stage, Step
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import StageKind
from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import SalesPipeline, SalesStage
from eventos_core.operations.metrics import Scope

FUNNEL = FrameSpec(
    step="int", stage="text", won="bool", archived="bool", entered="int", advanced="int", next_rate="float",
    reached="int", cumulative_rate="float", skipped="int", lost="int", open_now="int", mean_days="float",
    median_days="float",
)  # fmt: skip
"""One row per step in the pipeline's order; all stages of kind won are the last step.

entered: deals whose first entry lies in the window · advanced: of these, those that entered the next step in use
afterwards · next_rate = advanced / entered · reached: of the deals that entered the first step in the window, those
that ever entered this one · cumulative_rate = reached / those that entered the first step · skipped: deals of that
cohort that got further without having entered this step (nothing is inferred: they count as neither reached nor
advanced) · lost: of the entered ones, those that were lost straight from this step · open_now: those that stand in it ·
mean_days, median_days: time that each of the entered deals spent in the step over all its visits, an open visit up to
the as-of instant; missing for won.
"""

SECONDS_PER_DAY = 86_400
OUTSIDE = 0
"""Number of no step: those of a pipeline begin at 1."""


@dataclass(frozen=True)
class Funnel:
    """The funnel of one pipeline: its name, its rows (`FUNNEL`), and the size of the first step's cohort."""

    pipeline_id: int
    pipeline: str
    rows: pd.DataFrame
    cohort: int
    won: int
    """Deals of the cohort that were won."""

    @property
    def conversion(self) -> float | None:
        """won / cohort: the cumulative conversion of the whole funnel."""
        return ratios.ratio(self.won, self.cohort)


@query(requires=Permission.SALES_READ)
def funnel(db: TenantSession, scope: Scope) -> Funnel:
    """The funnel of the scope's pipeline, by default of the one that new deals go to. Raises NotFound.

    Event, owner, kind and source are those that each deal had at the as-of instant; deals in the trash do not count.
    Two statements.
    """
    pipeline_id, pipeline, steps = _pipeline(db, scope.pipeline_id)
    found = {row.step: row for row in db.execute(_statement(db, scope, steps))} if steps else {}
    first = rules.first(steps)
    cohort = found[first].entered if first in found else 0
    rows, passed = [], 0
    for step in reversed(steps):
        row = found.get(step.number)
        skipped = 0 if step.archived else passed - (row.reached_further if row is not None else 0)
        passed += row.cohort_ends if row is not None else 0
        if row is not None or not step.archived:
            rows.append(_row(step, row, cohort, skipped))
    last = found.get(steps[-1].number) if steps and steps[-1].won else None
    return Funnel(pipeline_id, pipeline, FUNNEL.build(rows[::-1]), cohort, last.reached if last is not None else 0)


def _pipeline(db: TenantSession, pipeline_id: int | None) -> tuple[int, str, tuple[Step, ...]]:
    """The pipeline and its steps; without an id the house's default, or the first in use."""
    account = db.context.account_id
    chosen = select(SalesPipeline.id, SalesPipeline.name).where(SalesPipeline.account_id == account)
    if pipeline_id is not None:
        chosen = chosen.where(SalesPipeline.id == pipeline_id)
    else:
        chosen = chosen.where(SalesPipeline.archived_at.is_(None))
    one = (
        chosen.order_by(SalesPipeline.is_default.desc(), SalesPipeline.position, SalesPipeline.id)
        .limit(1)
        .subquery("pipeline")
    )
    rows = db.execute(
        select(one.c.id, one.c.name, SalesStage.id, SalesStage.name, SalesStage.kind, SalesStage.archived_at)
        .outerjoin(SalesStage, and_(SalesStage.account_id == account, SalesStage.pipeline_id == one.c.id))
        .order_by(SalesStage.position)
    ).all()
    if not rows:
        raise NotFound("There is no such sales pipeline.", hint="Choose another one, or add one under Settings.")
    stages = [
        Stage(stage, name, StageKind(kind), archived is not None)
        for _, _, stage, name, kind, archived in rows
        if stage is not None
    ]
    return rows[0][0], rows[0][1], rules.steps(stages)


def _entries(db: TenantSession, scope: Scope, steps: Sequence[Step]) -> CTE:
    """One row per deal and step it was in: its first and last version there, and the seconds it stayed.

    `outcome` tells how the deal stood at the as-of instant, in the row of the step where it stood and where the scope
    leaves it in, else NULL. Step 0 is all that is no step of the pipeline: lost, and other pipelines. One pass:
    joining each version with the one that holds would read all of them twice.
    """
    step = case({stage: one.number for one in steps for stage in one.stage_ids}, value=V.stage_id, else_=OUTSIDE)
    until = func.least(func.coalesce(V.valid_to, scope.as_of), scope.as_of)
    holds = or_(V.valid_to.is_(None), V.valid_to > scope.as_of)
    return (
        select(
            V.opportunity_id,
            step.label("step"),
            func.min(V.valid_from).label("first_at"),
            func.max(V.valid_from).label("last_at"),
            func.sum(func.date_part("epoch", until - V.valid_from)).label("seconds"),
            func.min(V.outcome).filter(holds, *narrowed(replace(scope, pipeline_id=None))).label("outcome"),
        )
        .where(*known(db, scope))
        .group_by(V.opportunity_id, step)
        .cte("entries")
    )


def _statement(db: TenantSession, scope: Scope, steps: Sequence[Step]) -> Any:
    """Per step that any deal was in: counts of its own cohort and of the first step's, and times."""
    entries = _entries(db, scope, steps)
    e, after = entries.c, entries.alias("after")
    began = case((e.step == rules.first(steps), e.first_at))
    following = case({one.number: one.next for one in steps if one.next is not None}, value=e.step)
    marked = (
        select(
            e.opportunity_id, e.step, e.first_at, e.last_at, e.seconds,
            (e.outcome.is_not(None)).label("stands_here"),
            # In the next step after it first came here: a version there can only begin later if it went there.
            (after.c.last_at >= e.first_at).label("went_on"),
            # Of the deal as a whole: NULL where it lay in the trash, or the scope leaves it out.
            func.max(e.outcome).over(partition_by=e.opportunity_id).label("outcome"),
            func.max(e.step).over(partition_by=e.opportunity_id).label("furthest"),
            func.max(case((e.step != OUTSIDE, e.last_at))).over(partition_by=e.opportunity_id).label("last_of_all"),
            func.min(began).over(partition_by=e.opportunity_id).label("began_at"),
        )
        .outerjoin(after, and_(after.c.opportunity_id == e.opportunity_id, after.c.step == following))
        .subquery("marked")
    )  # fmt: skip
    m = marked.c

    def within(instant: ColumnElement[Any]) -> ColumnElement[bool]:
        tests: list[ColumnElement[bool]] = [instant.is_not(None)]
        if scope.from_ is not None:
            tests.append(instant >= scope.from_)
        if scope.to is not None:
            tests.append(instant < scope.to)
        return and_(*tests)

    def count(name: str, *tests: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.count().filter(and_(*tests)).label(name)

    entered, cohort = within(m.first_at), within(m.began_at)
    return (
        select(
            m.step,
            count("entered", entered),
            count("advanced", entered, m.went_on),
            count("reached", cohort),
            count("reached_further", cohort, m.furthest > m.step),
            count("cohort_ends", cohort, m.furthest == m.step),
            count("lost", entered, m.outcome == StageKind.LOST, m.last_at == m.last_of_all),
            count("open_now", entered, m.outcome == StageKind.OPEN, m.stands_here),
            func.avg(m.seconds).filter(entered).label("mean_seconds"),
            func.percentile_cont(0.5).within_group(m.seconds).filter(entered).label("median_seconds"),
        )
        .where(m.step != OUTSIDE, m.outcome.is_not(None))
        .group_by(m.step)
    )


def _row(step: Step, row: Any, cohort: int, skipped: int) -> tuple[Any, ...]:
    """One row of `FUNNEL`; `row` is None where no deal was ever in the step."""
    entered = row.entered if row is not None else 0
    advanced = row.advanced if row is not None else 0
    reached = row.reached if row is not None else 0
    stayed = row if row is not None and not step.won else None
    return (
        step.number, step.name, step.won, step.archived, entered, None if step.won else advanced,
        None if step.next is None else ratios.ratio(advanced, entered), reached, ratios.ratio(reached, cohort),
        skipped, row.lost if row is not None else 0, row.open_now if row is not None else 0,
        *(_days(seconds) for seconds in ((stayed.mean_seconds, stayed.median_seconds) if stayed else (None, None))),
    )  # fmt: skip


def _days(seconds: Any) -> float | None:
    return None if seconds is None else float(seconds) / SECONDS_PER_DAY
