"""What the sales domain adds to registries; importing this package registers all of it."""

from eventos_core.crm.joins import activities, deals, meetings, privacy, related, settings, views

__all__ = ["activities", "deals", "meetings", "privacy", "related", "settings", "views"]
