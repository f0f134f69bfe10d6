"""What the sponsors domain adds to registries; importing this package registers all of it."""

from eventos_core.sponsors.joins import privacy, related

__all__ = ["privacy", "related"]
