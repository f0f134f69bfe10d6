"""Reads of the sales domain."""

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
)
from eventos_core.crm.queries.listing import Attention, DealFilter

__all__ = [
    "Attention", "Board", "BoardColumn", "DealDetail", "DealFilter", "DealTotals", "board", "deal", "deal_choices",
    "deal_files", "deal_people", "deal_sources", "deal_tags", "deal_timeline", "deal_totals", "deals",
    "deals_counted", "deals_in_full",
]  # fmt: skip
