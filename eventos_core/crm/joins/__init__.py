"""What the sales domain adds to registries; importing this package registers all of it."""

from eventos_core.crm.joins import deals, privacy, related, settings

__all__ = ["deals", "privacy", "related", "settings"]
