"""What the ticketing domain adds to registries; importing this package registers all of it."""

from eventos_core.ticketing.joins import privacy, related

__all__ = ["privacy", "related"]
