"""Imports every domain, so that commands, queries, metrics, handlers, joins, importers and jobs are registered.

The list is fixed: what runs does not depend on which page was opened first. Each domain's modules are looked up by
name; one that a domain does not have is skipped, one that fails to import fails the start.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import lru_cache

_DOMAINS = (
    "operations", "tenancy", "directory", "events", "ticketing", "crm", "sponsors", "production", "marketing",
    "finance", "analytics",
)  # fmt: skip
_MODULES = ("queries", "metrics", "commands", "importers", "handlers", "joins", "jobs")
_OPERATIONS = (
    "needs", "audit", "search", "exports", "export_history", "audit_exports", "views", "trash", "list_joins",
    "files.queries", "files.commands", "files.fetching",
    "files.upkeep", "imports.queries", "imports.commands", "imports.needs", "imports.samples", "imports.rejected",
    "imports.meanings",
    "settings.queries", "settings.commands", "integrations.queries", "integrations.commands", "integrations.jobs",
    "custom.queries", "custom.commands", "messages.house_settings",
    "links", "feeds", "documents.making", "backups.schedule",
    "jobs.queries", "jobs.upkeep", "jobs.schedules", "jobs.house",
    "messages.queries", "messages.commands", "messages.handlers", "messages.jobs", "messages.notices",
    "messages.reports", "messages.unsubscribing", "webhooks.queries", "webhooks.commands", "webhooks.firing",
    "webhooks.jobs", "privacy.own", "privacy.queries", "privacy.commands", "privacy.retention", "privacy.ledger",
    "privacy.needs",
)  # fmt: skip


@lru_cache(maxsize=1)
def load() -> tuple[str, ...]:
    """Import everything once; returns the names of the modules that are there."""
    names = [f"eventos_core.operations.{module}" for module in _OPERATIONS]
    names += [f"eventos_core.{domain}.{module}" for domain in _DOMAINS[1:] for module in _MODULES]
    names.append("eventos_core.documents.catalogue")
    present = [name for name in names if importlib.util.find_spec(name) is not None]
    for name in present:
        importlib.import_module(name)
    return tuple(present)
