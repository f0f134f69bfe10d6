"""The sales pipeline, opportunities and their history, activities, notes and meetings."""

from eventos_core.models.crm.activities import Activity, Note
from eventos_core.models.crm.inputs import EventAssetDateVersion, ExchangeRateVersion, MetricTargetVersion
from eventos_core.models.crm.meetings import MeetingBooking, MeetingType
from eventos_core.models.crm.opportunities import Opportunity, OpportunityContact, OpportunityFile, OpportunityVersion
from eventos_core.models.crm.pipeline import ExchangeRate, LostReason, SalesPipeline, SalesStage

__all__ = [
    "Activity",
    "EventAssetDateVersion",
    "ExchangeRate",
    "ExchangeRateVersion",
    "LostReason",
    "MeetingBooking",
    "MeetingType",
    "MetricTargetVersion",
    "Note",
    "Opportunity",
    "OpportunityContact",
    "OpportunityFile",
    "OpportunityVersion",
    "SalesPipeline",
    "SalesStage",
]
