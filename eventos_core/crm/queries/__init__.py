"""Reads of the sales domain."""

from eventos_core.crm.queries import meeting_types, rates, settings, targets
from eventos_core.crm.queries.board import STEP as BOARD_STEP
from eventos_core.crm.queries.board import Board, BoardColumn, board
from eventos_core.crm.queries.deals import (
    DealDetail,
    DealTotals,
    deal,
    deal_choices,
    deal_files,
    deal_people,
    deal_sources,
    deal_tags,
    deal_timeline,
    deal_totals,
    deals,
    deals_counted,
    deals_in_full,
    person_choices,
)
from eventos_core.crm.queries.forecast import FORECAST, Forecast, forecast, sales_target
from eventos_core.crm.queries.funnel import FUNNEL, Funnel, funnel
from eventos_core.crm.queries.listing import Attention, DealFilter
from eventos_core.crm.queries.performance import PERFORMANCE, Performance, performance, performance_by
from eventos_core.crm.queries.settings import (
    LostReasonShown,
    PipelineShown,
    StageShown,
    lost_reasons,
    pipelines,
    stages,
)

__all__ = [
    "BOARD_STEP", "FORECAST", "FUNNEL", "PERFORMANCE", "Attention", "Board", "BoardColumn", "DealDetail", "DealFilter",
    "DealTotals", "Forecast", "Funnel", "LostReasonShown", "Performance", "PipelineShown", "StageShown", "board",
    "deal", "deal_choices", "deal_files", "deal_people", "deal_sources", "deal_tags", "deal_timeline", "deal_totals",
    "deals", "deals_counted", "deals_in_full", "forecast", "funnel", "lost_reasons", "meeting_types", "performance",
    "performance_by", "person_choices", "pipelines", "rates", "sales_target", "settings", "stages", "targets",
]  # fmt: skip
