"""Reads of the sales domain."""

from eventos_core.crm.queries import meeting_types, rates, settings, targets
from eventos_core.crm.queries.activities import (
    ACTIVITIES,
    ActivityDetail,
    ActivityFilter,
    MyDay,
    activities,
    activities_counted,
    activity,
    activity_calendar,
    my_day,
    open_activities_of,
)
from eventos_core.crm.queries.board import STEP as BOARD_STEP
from eventos_core.crm.queries.board import Board, BoardColumn, board, board_columns, board_counted, board_deals
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
from eventos_core.crm.queries.invitations import MeetingFile
from eventos_core.crm.queries.listing import Attention, DealFilter
from eventos_core.crm.queries.meetings import (
    MEETINGS,
    FreeTimes,
    MeetingDetail,
    MeetingFilter,
    MeetingKind,
    free_times,
    host_choices,
    meeting,
    meeting_calendar,
    meeting_kinds,
    meetings,
    meetings_counted,
)
from eventos_core.crm.queries.naming import pipeline_name, pipeline_named, seller_named
from eventos_core.crm.queries.notes import NoteText, note, notes_of
from eventos_core.crm.queries.performance import PERFORMANCE, Performance, performance, performance_by
from eventos_core.crm.queries.settings import (
    LostReasonShown,
    PipelineShown,
    StageShown,
    lost_reasons,
    pipelines,
    stages,
)
from eventos_core.crm.queries.shown import FiguresFilter

__all__ = [
    "ACTIVITIES", "BOARD_STEP", "FORECAST", "FUNNEL", "MEETINGS", "PERFORMANCE", "ActivityDetail", "ActivityFilter",
    "Attention", "Board", "BoardColumn", "DealDetail", "DealFilter", "DealTotals", "FiguresFilter", "Forecast",
    "FreeTimes", "Funnel", "LostReasonShown", "MeetingDetail", "MeetingFile", "MeetingFilter", "MeetingKind", "MyDay",
    "NoteText", "Performance", "PipelineShown", "StageShown", "activities", "activities_counted", "activity",
    "activity_calendar", "board", "board_columns", "board_counted", "board_deals", "deal", "deal_choices",
    "deal_files", "deal_people", "deal_sources", "deal_tags", "deal_timeline", "deal_totals", "deals", "deals_counted",
    "deals_in_full", "forecast", "free_times", "funnel", "host_choices", "lost_reasons", "meeting", "meeting_calendar",
    "meeting_kinds", "meeting_types", "meetings", "meetings_counted", "my_day", "note", "notes_of",
    "open_activities_of", "performance", "performance_by", "person_choices", "pipeline_name", "pipeline_named",
    "pipelines", "rates", "sales_target", "seller_named", "settings", "stages", "targets",
]  # fmt: skip
