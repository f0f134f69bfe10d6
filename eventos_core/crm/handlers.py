"""What the sales domain adds to a new house: a pipeline with stages, and reasons for which deals are lost."""

from __future__ import annotations

from eventos_core.db.facts import on
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import ForecastCategory, StageKind
from eventos_core.kernel.facts import HouseFounded
from eventos_core.models.crm import LostReason, SalesPipeline, SalesStage

DEFAULT_STAGES: tuple[tuple[str, StageKind, ForecastCategory, int, int], ...] = (
    ("New", StageKind.OPEN, ForecastCategory.PIPELINE, 50_000, 21),
    ("Qualified", StageKind.OPEN, ForecastCategory.PIPELINE, 200_000, 21),
    ("Proposal", StageKind.OPEN, ForecastCategory.BEST_CASE, 400_000, 14),
    ("Negotiation", StageKind.OPEN, ForecastCategory.BEST_CASE, 650_000, 14),
    ("Verbal yes", StageKind.OPEN, ForecastCategory.COMMIT, 850_000, 10),
    ("Won", StageKind.WON, ForecastCategory.CLOSED, 1_000_000, 0),
    ("Lost", StageKind.LOST, ForecastCategory.OMITTED, 0, 0),
)
"""Name, kind, forecast category, probability (ppm) and days until a deal rots."""
DEFAULT_LOST_REASONS = ("Budget", "Timing", "Chose somebody else", "No answer", "Not a fit", "Event cancelled")
OTHER_REASON = "Other"
"""The reason that asks for a note."""


@on(HouseFounded)
def add_default_pipeline(db: TenantSession, fact: HouseFounded) -> None:
    """One pipeline and the usual reasons, which the house renames and adds to later."""
    pipeline = SalesPipeline(name="Sales", position=0, is_default=True)
    db.add(pipeline)
    db.flush()
    for position, (name, kind, category, probability, rotting) in enumerate(DEFAULT_STAGES):
        db.add(
            SalesStage(
                pipeline_id=pipeline.id, name=name, position=position, kind=kind, forecast_category=category,
                default_probability_ppm=probability, rotting_days=rotting,
            )
        )  # fmt: skip
    for position, name in enumerate(DEFAULT_LOST_REASONS):
        db.add(LostReason(name=name, position=position))
    db.add(LostReason(name=OTHER_REASON, position=len(DEFAULT_LOST_REASONS), requires_note=True))
    db.flush()
