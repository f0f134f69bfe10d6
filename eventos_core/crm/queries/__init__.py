"""Reads of the sales domain."""

from eventos_core.crm.queries import meeting_types, rates, settings, targets

__all__ = ["meeting_types", "rates", "settings", "targets"]
