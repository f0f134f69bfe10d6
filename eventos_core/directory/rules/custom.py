"""Custom fields: values of the house's own, edited as text, kept as what they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from eventos_core.directory.rules.editing import rebase
from eventos_core.kernel.errors import InvalidInput

LONGEST = 5_000
"""Most characters of a text."""


class CustomKind(StrEnum):
    """What a custom field holds, by its JSON type."""

    TEXT = "string"
    NUMBER = "number"
    YES_NO = "boolean"
    LIST = "array"
    OTHER = "object"
    """Something with parts, which a form leaves as it is."""


def kind_of(value: Any) -> CustomKind:
    """What a stored value is; a list of anything but texts is left as it is."""
    if isinstance(value, bool):
        return CustomKind.YES_NO
    if isinstance(value, (int, float)):
        return CustomKind.NUMBER
    if isinstance(value, str) or value is None:
        return CustomKind.TEXT
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return CustomKind.LIST
    return CustomKind.OTHER


def as_text(value: Any) -> str:
    """A text or number as a form shows it, a list one item a line."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def from_text(text: str, kind: CustomKind, *, field: str) -> Any:
    """What `text` says for a field of that kind; None for nothing. Raises InvalidInput at `field`."""
    cleaned = text.strip()
    if len(cleaned) > LONGEST:
        raise InvalidInput("The text is too long.", fields={field: f"At most {LONGEST:,} characters"})
    if not cleaned:
        return None
    if kind is CustomKind.NUMBER:
        return _number(cleaned, field)
    if kind is CustomKind.LIST:
        return [line.strip() for line in cleaned.splitlines() if line.strip()]
    return cleaned


def merged(
    mine: Mapping[str, Any], base: Mapping[str, Any], stored: Mapping[str, Any]
) -> tuple[dict[str, Any], frozenset[str]]:
    """(the fields to store, those that both changed differently); `base` is what the editor saw, None is no value."""
    names = [*stored, *(name for name in mine if name not in stored)]
    values, clashing = rebase(*({name: side.get(name) for name in names} for side in (mine, base, stored)))
    kept = {name: value for name, value in values.items() if value is not None or stored.get(name, 0) is None}
    return kept, clashing


def _number(text: str, field: str) -> int | float:
    plain = "".join(text.split()).replace(",", ".").replace("−", "-")
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        found = float(plain)
        if found - found == 0:  # neither infinite nor not a number
            return found
    except ValueError:
        pass
    raise InvalidInput(f"“{text}” is not a number.", fields={field: "Write it like 12 or 12.5"})
