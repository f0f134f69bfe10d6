"""Imports of deals; importing this package registers the kind."""

from eventos_core.crm.importers.deals import DEALS

__all__ = ["DEALS"]
