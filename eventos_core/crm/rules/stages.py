"""What a sales stage may be, and what a pipeline must always have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from eventos_core.enums.crm import ForecastCategory, StageKind
from eventos_core.kernel.errors import InvalidInput

CERTAIN_PPM = 1_000_000
LONGEST_ROT = 3650
MOST_STAGES = 40
"""Stages in use of one pipeline: more is no board that a person reads."""
MOST_PIPELINES = 40

REQUIRABLE: Mapping[str, str] = {
    "amount_minor": "Amount",
    "organization_id": "Organisation",
    "contact_id": "Contact",
    "event_id": "Event",
    "owner_id": "Owner",
    "expected_close_on": "Expected close",
    "source": "Source",
    "product": "Product",
    "next_step": "Next step",
    "next_step_on": "Next step by",
    "description": "Description",
}
"""Columns of a deal that a stage may ask for, with their names; custom fields stand beside them under their key."""

FIRST_STAGES: tuple[tuple[str, StageKind, ForecastCategory, int, int], ...] = (
    ("New", StageKind.OPEN, ForecastCategory.PIPELINE, 100_000, 21),
    ("Won", StageKind.WON, ForecastCategory.CLOSED, CERTAIN_PPM, 0),
    ("Lost", StageKind.LOST, ForecastCategory.OMITTED, 0, 0),
)
"""What a pipeline that copies no other one begins with: name, kind, category, probability (ppm), rotting days."""


@dataclass(frozen=True)
class StageFields:
    """A stage as it should be; won and lost stages take probability, category and rotting from their kind.

    `required_fields` are columns of a deal (`REQUIRABLE`) or keys of its custom fields; `rotting_days` 0 = never;
    `wip_limit` None = no limit.
    """

    name: str
    kind: StageKind = StageKind.OPEN
    description: str | None = None
    forecast_category: ForecastCategory = ForecastCategory.PIPELINE
    default_probability_ppm: int = 0
    rotting_days: int = 0
    required_fields: tuple[str, ...] = ()
    wip_limit: int | None = None


class Placed(Protocol):
    """A stage, as far as its place on the board is concerned."""

    kind: StageKind
    position: int
    archived_at: Any


P = TypeVar("P", bound=Placed)


def name_of(raw: str) -> str:
    """The name with single spaces. Raises InvalidInput unless it has 1 to 200 characters."""
    name = " ".join(raw.split())
    if not 1 <= len(name) <= 200:
        raise InvalidInput("Check the marked fields.", fields={"name": "1 to 200 characters"})
    return name


def checked(given: StageFields, custom: Collection[str]) -> dict[str, Any]:
    """The columns of the stage; `custom` are keys of custom fields of deals. Raises InvalidInput by field."""
    wrong: dict[str, str] = {}
    values: dict[str, Any] = {
        "description": (given.description or "").strip() or None, "kind": given.kind, "wip_limit": given.wip_limit,
    }  # fmt: skip
    try:
        values["name"] = name_of(given.name)
    except InvalidInput as error:
        wrong |= error.fields
    unknown = [key for key in given.required_fields if key not in REQUIRABLE and key not in custom]
    if unknown:
        wrong["required_fields"] = f"Deals have no field {', '.join(unknown)}"
    # In the order of the form, whatever was clicked first.
    values["required_fields"] = [key for key in (*REQUIRABLE, *custom) if key in given.required_fields]
    if given.wip_limit is not None and given.wip_limit < 1:
        wrong["wip_limit"] = "Above zero, or empty"
    if given.kind is StageKind.OPEN:
        wrong |= _open(given)
        values["forecast_category"] = given.forecast_category
        values["default_probability_ppm"] = given.default_probability_ppm
        values["rotting_days"] = given.rotting_days
    else:
        won = given.kind is StageKind.WON
        values["forecast_category"] = ForecastCategory.CLOSED if won else ForecastCategory.OMITTED
        values["default_probability_ppm"] = CERTAIN_PPM if won else 0
        values["rotting_days"] = 0
    if wrong:
        raise InvalidInput("Check the marked fields.", fields=wrong)
    return values


def _open(given: StageFields) -> dict[str, str]:
    wrong = {}
    if given.forecast_category is ForecastCategory.CLOSED:
        wrong["forecast_category"] = "Only won deals are closed"
    if not 0 <= given.default_probability_ppm <= CERTAIN_PPM:
        wrong["default_probability_ppm"] = "From 0 to 100 %"
    if not 0 <= given.rotting_days <= LONGEST_ROT:
        wrong["rotting_days"] = f"From 0 to {LONGEST_ROT} days"
    return wrong


def taken_away(before: Iterable[StageKind], after: Iterable[StageKind]) -> StageKind | None:
    """The first kind of which a change takes the last stage in use; None where every kind stays.

    A pipeline that lacked a kind before the change may still be mended step by step.
    """
    had, has = set(before), set(after)
    return next((kind for kind in StageKind if kind in had and kind not in has), None)


def arranged(rows: Iterable[P]) -> list[P]:
    """The stages as the board shows them: open ones, then won, then lost, each in their order; archived ones last."""
    kinds = list(StageKind)
    return sorted(rows, key=lambda row: (row.archived_at is not None, kinds.index(row.kind), row.position))


def moved(rows: Sequence[P], row: P, place: int) -> list[P]:
    """The stages in use with `row` at `place`, counted from 0 over the board, among those of its own kind."""
    others = [other for other in rows if other is not row]
    kinds = list(StageKind)
    first = sum(kinds.index(other.kind) < kinds.index(row.kind) for other in others)
    last = first + sum(other.kind is row.kind for other in others)
    at = max(first, min(place, last))
    return [*others[:at], row, *others[at:]]


def labels_of(required: Sequence[str], custom: Mapping[str, str]) -> tuple[str, ...]:
    """What people call those fields of a deal; `custom` is key → label."""
    return tuple(REQUIRABLE.get(key) or custom.get(key) or key for key in required)
