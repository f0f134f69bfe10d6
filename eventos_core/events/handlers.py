"""What the events domain adds to a new house: stages of its processes."""

from __future__ import annotations

from eventos_core.db.facts import on
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import StageKind, StageProcess
from eventos_core.kernel.facts import HouseFounded
from eventos_core.models.events import PipelineStage

DEFAULT_STAGES: dict[StageProcess, tuple[tuple[str, StageKind], ...]] = {
    StageProcess.EVENT_PLANNING: (
        ("Idea", StageKind.OPEN),
        ("Concept", StageKind.OPEN),
        ("Planning", StageKind.OPEN),
        ("Production", StageKind.OPEN),
        ("Show week", StageKind.OPEN),
        ("Wrapped", StageKind.DONE),
        ("Cancelled", StageKind.CANCELLED),
    ),
    StageProcess.SPONSOR_FULFILMENT: (
        ("To brief", StageKind.OPEN),
        ("In production", StageKind.OPEN),
        ("To prove", StageKind.OPEN),
        ("Fulfilled", StageKind.DONE),
        ("Dropped", StageKind.CANCELLED),
    ),
    StageProcess.CASTING: (
        ("Submitted", StageKind.OPEN),
        ("Shortlist", StageKind.OPEN),
        ("Option", StageKind.OPEN),
        ("Confirmed", StageKind.DONE),
        ("Released", StageKind.CANCELLED),
    ),
    StageProcess.PRODUCTION: (
        ("To plan", StageKind.OPEN),
        ("In work", StageKind.OPEN),
        ("Ready", StageKind.OPEN),
        ("Done", StageKind.DONE),
        ("Cut", StageKind.CANCELLED),
    ),
}


@on(HouseFounded)
def add_default_stages(db: TenantSession, fact: HouseFounded) -> None:
    """Stages that a house starts with; it renames and reorders them later."""
    for process, stages in DEFAULT_STAGES.items():
        for position, (name, kind) in enumerate(stages):
            db.add(PipelineStage(process=process, name=name, kind=kind, position=position))
    db.flush()
