"""Imports of venues with their spaces, and of programmes; importing this package registers both kinds."""

from eventos_core.events.importers.sessions import SESSIONS
from eventos_core.events.importers.venues import VENUES

__all__ = ["SESSIONS", "VENUES"]
