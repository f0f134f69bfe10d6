"""Writes of the sales domain."""

from eventos_core.crm.commands import meeting_types, pipelines, quotas, rates, reasons, stages

__all__ = ["meeting_types", "pipelines", "quotas", "rates", "reasons", "stages"]
