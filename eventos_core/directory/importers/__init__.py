"""Imports of contacts and organisations; importing this package registers both kinds."""

from eventos_core.directory.importers.contacts import CONTACTS
from eventos_core.directory.importers.organizations import ORGANIZATIONS

__all__ = ["CONTACTS", "ORGANIZATIONS"]
