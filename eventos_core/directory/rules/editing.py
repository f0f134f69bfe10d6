"""What an edit means when the record has moved on since the form was filled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def rebase(
    mine: Mapping[str, Any], base: Mapping[str, Any], stored: Mapping[str, Any]
) -> tuple[dict[str, Any], frozenset[str]]:
    """(values to write, fields that both changed differently).

    `base` is what the editor saw. Fields that they left as they were keep what is stored now; a field that both
    touched is a clash unless both wrote the same.
    """
    values = {name: value if value != base.get(name) else stored[name] for name, value in mine.items()}
    clashing = frozenset(
        name
        for name, value in mine.items()
        if value != base.get(name) and stored[name] != base.get(name) and stored[name] != value
    )
    return values, clashing
