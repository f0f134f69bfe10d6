"""Tables of the events domain, by aggregate: places, the event itself, programme, crew, plan, money, papers."""

from eventos_core.models.events.booking import BookingRow, EventVenue
from eventos_core.models.events.core import Event, EventTemplate, EventXpl, PipelineStage
from eventos_core.models.events.crew import CueCrew, EventSchedule, EventStaff, StaffNeed
from eventos_core.models.events.feedback import EventFeedback, Feedback
from eventos_core.models.events.logistics import EventLogistic
from eventos_core.models.events.money import EventBudgetLine, EventRoi
from eventos_core.models.events.papers import DocumentVersion, EventDocument, EventUpdate, UpdateReceipt
from eventos_core.models.events.places import Resource, Venue, VenueContact, VenueSpace
from eventos_core.models.events.plan import EventPlanning, EventRisk, TaskDependency
from eventos_core.models.events.programme import EventSession, SessionHost

__all__ = [
    "BookingRow",
    "CueCrew",
    "DocumentVersion",
    "Event",
    "EventBudgetLine",
    "EventDocument",
    "EventFeedback",
    "EventLogistic",
    "EventPlanning",
    "EventRisk",
    "EventRoi",
    "EventSchedule",
    "EventSession",
    "EventStaff",
    "EventTemplate",
    "EventUpdate",
    "EventVenue",
    "EventXpl",
    "Feedback",
    "PipelineStage",
    "Resource",
    "SessionHost",
    "StaffNeed",
    "TaskDependency",
    "UpdateReceipt",
    "Venue",
    "VenueContact",
    "VenueSpace",
]
