"""What the events domain adds to registries; importing this package registers all of it."""

from eventos_core.events.joins import lists, related

__all__ = ["lists", "related"]
