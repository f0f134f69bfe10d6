"""Three versions of a record: what the file says now, what it said last time, what stands in the house.

A field is written only where the file differs from its own last import. So an unchanged file changes nothing,
even where people edited since, and a change on both sides is a conflict that keeps theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eventos_core.operations.imports.fields import Field


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with the fields of one existing record."""

    write: dict[str, Any] = field(default_factory=dict)
    """New values by field; sets are given whole."""
    conflicts: tuple[str, ...] = ()
    """Fields that both sides changed; theirs are kept."""
    imported: dict[str, Any] = field(default_factory=dict)
    """What to remember as last imported."""


def decide(
    fields: Mapping[str, Field],
    incoming: Mapping[str, Any],
    imported: Mapping[str, Any],
    current: Mapping[str, Any],
) -> Decision:
    """Compare field by field; `imported` is empty for a record this source meets for the first time.

    An empty cell (a field missing from `incoming`) never erases. Without a last import the file wins, because
    the person has asked to bring it in. A conflict is not remembered, so it shows again until one side gives in.
    """
    write: dict[str, Any] = {}
    conflicts: list[str] = []
    remember = dict(imported)
    for key, mine in incoming.items():
        known = fields.get(key)
        if known is not None and known.aux:
            continue
        base, theirs = imported.get(key), current.get(key)
        if known is not None and known.is_set:
            merged = _merged_set(mine, base, theirs)
            remember[key] = mine
            if merged != sorted(theirs or ()):
                write[key] = merged
            continue
        compare = known.compare if known is not None else _plain
        if base is not None and compare(mine) == compare(base):
            continue
        if theirs is not None and compare(mine) == compare(theirs):
            remember[key] = mine
        elif base is None or theirs is None or compare(theirs) == compare(base):
            # Somebody who emptied the field made an edit too, but only where it had been imported before.
            if base is not None and theirs is None:
                conflicts.append(key)
                continue
            write[key] = mine
            remember[key] = mine
        else:
            conflicts.append(key)
    return Decision(write, tuple(conflicts), remember)


def _plain(value: Any) -> Any:
    return value


def _merged_set(mine: list[str], base: list[str] | None, theirs: list[str] | None) -> list[str]:
    gone = set(base or ()) - set(mine)
    new = set(mine) - set(base or ())
    return sorted((set(theirs or ()) - gone) | new)
