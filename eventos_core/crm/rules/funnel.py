"""How stages line up in a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventos_core.enums.crm import StageKind


@dataclass(frozen=True)
class Stage:
    """A stage as the funnel needs it."""

    id: int
    name: str
    kind: StageKind
    archived: bool = False


@dataclass(frozen=True)
class Step:
    """One step of a funnel, numbered from 1; `next` is the step that follows it, None after the last."""

    number: int
    name: str
    stage_ids: tuple[int, ...]
    won: bool = False
    archived: bool = False
    next: int | None = None


def steps(stages: Sequence[Stage]) -> tuple[Step, ...]:
    """The steps of a pipeline whose stages come in its order: the open ones, then one for all that are won.

    An archived stage keeps its place, but nothing is expected to go on to it: the next step is the next in use.
    Lost stages are no step.
    """
    found: list[tuple[str, tuple[int, ...], bool, bool]] = [
        (s.name, (s.id,), False, s.archived) for s in stages if s.kind is StageKind.OPEN
    ]
    won = [s for s in stages if s.kind is StageKind.WON]
    if won:
        named = next((s for s in won if not s.archived), won[0])
        found.append((named.name, tuple(s.id for s in won), True, False))
    return tuple(
        Step(
            number, name, ids, is_won, archived,
            next((after for after in range(number + 1, len(found) + 1) if not found[after - 1][3]), None),
        )
        for number, (name, ids, is_won, archived) in enumerate(found, 1)
    )  # fmt: skip


def first(found: Sequence[Step]) -> int | None:
    """The number of the step where deals are expected to begin: the first one in use."""
    return next((step.number for step in found if not step.archived), None)
