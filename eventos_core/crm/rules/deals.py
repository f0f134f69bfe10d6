"""What a deal may hold, what its stage demands, and when it rots. No database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventos_core.crm.rules.stages import CERTAIN_PPM, REQUIRABLE
from eventos_core.directory.rules.values import Problems
from eventos_core.enums.crm import OpportunityKind
from eventos_core.kernel.money import currencies

MAX_AMOUNT_MINOR = 10**15
LONGEST_NOTE = 5_000


@dataclass(frozen=True)
class DealFields:
    """Everything people edit of a deal besides its stage; empty text counts as none."""

    name: str = ""
    kind: OpportunityKind = OpportunityKind.SPONSORSHIP
    organization_id: int | None = None
    contact_id: int | None = None
    event_id: int | None = None
    owner_id: int | None = None
    amount_minor: int | None = None
    currency: str = ""
    """Empty means the house's base currency."""
    probability_override_ppm: int | None = None
    """A person's own estimate while the deal is open, parts per million; None follows the stage."""
    opened_on: dt.date | None = None
    """None means today in the house's zone."""
    expected_close_on: dt.date | None = None
    source: str | None = None
    product: str | None = None
    description: str | None = None
    next_step: str | None = None
    next_step_on: dt.date | None = None
    tags: Sequence[str] = ()


def check_deal(given: DealFields, *, base_currency: str, today: dt.date) -> dict[str, Any]:
    """The columns of `opportunities`, normalised. Raises InvalidInput with every wrong field."""
    wrong = Problems()
    values: dict[str, Any] = {
        "name": wrong.text("name", given.name, required=True) or "",
        "kind": given.kind,
        "organization_id": given.organization_id,
        "contact_id": given.contact_id,
        "event_id": given.event_id,
        "owner_id": given.owner_id,
        "source": wrong.text("source", given.source),
        "product": wrong.text("product", given.product),
        "description": wrong.lines("description", given.description, limit=20_000),
        "next_step": wrong.text("next_step", given.next_step, limit=300),
        "next_step_on": given.next_step_on,
        "expected_close_on": given.expected_close_on,
        "opened_on": given.opened_on or today,
        "tags": wrong.tags("tags", given.tags),
    }
    if values["opened_on"] > today:
        wrong.add("opened_on", "A deal cannot have begun in the future")
    values["currency"] = (given.currency or base_currency).strip().upper()
    if values["currency"] not in currencies():
        wrong.add("currency", "Choose a currency")
    values["amount_minor"] = _amount(wrong, given.amount_minor)
    values["probability_override_ppm"] = _override(wrong, given.probability_override_ppm)
    wrong.raise_if_any()
    return values


def _amount(wrong: Problems, amount_minor: int | None) -> int | None:
    if amount_minor is not None and not 0 <= amount_minor <= MAX_AMOUNT_MINOR:
        wrong.add("amount_minor", "Give an amount of zero or more")
    return amount_minor


def _override(wrong: Problems, ppm: int | None) -> int | None:
    if ppm is not None and not 0 <= ppm <= CERTAIN_PPM:
        wrong.add("probability_override_ppm", "Between 0 and 100 %")
    return ppm


def missing(required: Sequence[str], values: Mapping[str, Any], custom: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of a stage's required fields are empty in a deal: columns, or keys of custom fields."""

    def empty(name: str) -> bool:
        value = values.get(name) if name in REQUIRABLE else custom.get(name)
        return value is None or value in ("", []) or value == ()

    return tuple(name for name in required if empty(name))


def threshold(rotting_days: int, days_to_event: int | None) -> dt.timedelta | None:
    """How long a deal of a stage may go untouched; None = for ever.

    It halves from 60 and quarters from 21 days before the deal's event (METRICS, Rotting); an event that has begun
    counts as near.
    """
    if rotting_days <= 0:
        return None
    full = dt.timedelta(days=rotting_days)
    if days_to_event is None or days_to_event > 60:
        return full
    return full / 2 if days_to_event > 21 else full / 4


def is_rotting(
    as_of: dt.datetime,
    *,
    last_touch: dt.datetime,
    rotting_days: int,
    days_to_event: int | None,
    has_planned: bool,
) -> bool:
    """Whether an open deal rots.

    `last_touch` is the latest of stage entry, last done activity and last edit by a person; `has_planned` whether an
    activity lies ahead, which suspends rotting.
    """
    limit = threshold(rotting_days, days_to_event)
    return limit is not None and not has_planned and as_of - last_touch > limit
