"""Which records take fields of the house's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission


@dataclass(frozen=True)
class Entity:
    """A kind of record whose form shows custom fields. `model` has a column `custom`; `reads` is who may see it."""

    key: str
    title: str
    model: Any
    reads: Permission


_ENTITIES: dict[str, Entity] = {}


def entity(made: Entity) -> Entity:
    """Register a kind of record; called at import by its domain. `key` is the table. Raises TypeError for one taken."""
    if made.key in _ENTITIES or made.key != made.model.__tablename__:
        raise TypeError(f"Custom fields of {made.key} are registered already, or under another name than the table.")
    _ENTITIES[made.key] = made
    return made


def entities() -> Mapping[str, Entity]:
    """All of them by key, by title."""
    return dict(sorted(_ENTITIES.items(), key=lambda item: item[1].title))


def entity_of(key: str) -> Entity:
    """The kind of record with that key. Raises NotFound."""
    if key not in _ENTITIES:
        raise NotFound("These records take no custom fields.", hint="Choose one of the list.")
    return _ENTITIES[key]
