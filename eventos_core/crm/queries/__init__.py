"""Reads of the sales domain."""

from eventos_core.crm.queries.forecast import FORECAST, Forecast, forecast, sales_target
from eventos_core.crm.queries.funnel import FUNNEL, Funnel, funnel
from eventos_core.crm.queries.performance import PERFORMANCE, Performance, performance, performance_by

__all__ = [
    "FORECAST", "FUNNEL", "PERFORMANCE", "Forecast", "Funnel", "Performance", "forecast", "funnel", "performance",
    "performance_by", "sales_target",
]  # fmt: skip
