"""What the sales domain adds to registries; importing this package registers all of it."""

from eventos_core.crm.joins import privacy, settings

__all__ = ["privacy", "settings"]
