"""Figures about deals and what sellers do; importing this package registers all of them."""

from eventos_core.crm.metrics import forecast, funnel, pipeline, selling

__all__ = ["forecast", "funnel", "pipeline", "selling"]
