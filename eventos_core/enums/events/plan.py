"""Plan, risks, budget and documents of an event, announcements and feedback."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class PlanPhase(LabelledEnum):
    """When in an event's life a task belongs."""

    CONCEPT = "concept"
    PLANNING = "planning"
    PRE_PRODUCTION = "pre_production"
    PRODUCTION = "production"
    EVENT_DAY = "event_day"
    WRAP_UP = "wrap_up"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        names = {PlanPhase.PRE_PRODUCTION: "Pre-production", PlanPhase.WRAP_UP: "Wrap-up"}
        return names.get(self) or super().label


class PlanKind(LabelledEnum):
    """What sort of entry stands in the plan."""

    TASK = "task"
    MILESTONE = "milestone"
    APPROVAL = "approval"


class TaskStatus(LabelledEnum):
    """Where a task stands."""

    TODO = "todo"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    IN_REVIEW = "in_review"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        return "To do" if self is TaskStatus.TODO else super().label


class Priority(LabelledEnum):
    """How much depends on it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class ApprovalStatus(LabelledEnum):
    """Whether somebody who may has agreed."""

    NOT_NEEDED = "not_needed"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class DependencyKind(LabelledEnum):
    """Which end of the earlier task holds back which end of the later one."""

    FINISH_TO_START = "finish_to_start"
    START_TO_START = "start_to_start"
    FINISH_TO_FINISH = "finish_to_finish"
    START_TO_FINISH = "start_to_finish"


class RiskCategory(LabelledEnum):
    """Where a risk comes from."""

    SAFETY = "safety"
    SECURITY = "security"
    WEATHER = "weather"
    VENUE = "venue"
    TECHNICAL = "technical"
    SUPPLIER = "supplier"
    STAFFING = "staffing"
    TALENT = "talent"
    COLLECTION = "collection"
    GUESTS = "guests"
    FINANCIAL = "financial"
    LEGAL = "legal"
    REPUTATION = "reputation"
    SPONSOR = "sponsor"
    DATA = "data"
    OTHER = "other"


class RiskStatus(LabelledEnum):
    """Where a risk stands."""

    OPEN = "open"
    MITIGATING = "mitigating"
    ACCEPTED = "accepted"
    OCCURRED = "occurred"
    CLOSED = "closed"


class RiskResponse(LabelledEnum):
    """What is done about a risk."""

    AVOID = "avoid"
    REDUCE = "reduce"
    TRANSFER = "transfer"
    ACCEPT = "accept"


class BudgetDirection(LabelledEnum):
    """Whether a budget line is money out or in."""

    COST = "cost"
    INCOME = "income"


class BudgetCategory(LabelledEnum):
    """What a budget line is for; the keys of a statement's `cost_by_category`."""

    VENUE = "venue"
    PRODUCTION = "production"
    STAGING = "staging"
    LIGHT_SOUND_VIDEO = "light_sound_video"
    DECOR = "decor"
    TALENT = "talent"
    HAIR_MAKEUP = "hair_makeup"
    WARDROBE = "wardrobe"
    STAFF = "staff"
    CATERING = "catering"
    HOSPITALITY = "hospitality"
    TRANSPORT = "transport"
    TRAVEL = "travel"
    SECURITY = "security"
    INSURANCE = "insurance"
    PERMITS = "permits"
    MARKETING = "marketing"
    PRESS = "press"
    PRINT = "print"
    TECHNOLOGY = "technology"
    SPONSOR_SERVICING = "sponsor_servicing"
    FEES = "fees"
    CONTINGENCY = "contingency"
    TICKETS = "tickets"
    SPONSORSHIP = "sponsorship"
    GRANTS = "grants"
    MERCHANDISE = "merchandise"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        names = {
            BudgetCategory.LIGHT_SOUND_VIDEO: "Light, sound, video",
            BudgetCategory.HAIR_MAKEUP: "Hair and make-up",
        }
        return names.get(self) or super().label


class CostBehaviour(LabelledEnum):
    """Whether a cost grows with the number of guests (break-even needs to know)."""

    FIXED = "fixed"
    VARIABLE = "variable"


class BudgetLineStatus(LabelledEnum):
    """Where a budget line stands."""

    PLANNED = "planned"
    COMMITTED = "committed"
    SPENT = "spent"
    CANCELLED = "cancelled"


class DocumentKind(LabelledEnum):
    """What sort of document it is."""

    CONTRACT = "contract"
    FLOOR_PLAN = "floor_plan"
    PERMIT = "permit"
    INSURANCE = "insurance"
    RIDER = "rider"
    CALL_SHEET = "call_sheet"
    RUN_SHEET = "run_sheet"
    SEATING_PLAN = "seating_plan"
    TECHNICAL = "technical"
    RISK_ASSESSMENT = "risk_assessment"
    QUOTE = "quote"
    INVOICE = "invoice"
    BRIEF = "brief"
    PRESS_KIT = "press_kit"
    RELEASE_FORM = "release_form"
    REPORT = "report"
    OTHER = "other"


class DocumentStatus(LabelledEnum):
    """Where a document stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SENT = "sent"
    SIGNED = "signed"
    SUPERSEDED = "superseded"
    VOID = "void"


class UpdateAudience(LabelledEnum):
    """Who an announcement is for."""

    STAFF = "staff"
    GUESTS = "guests"
    SPONSORS = "sponsors"
    PRESS = "press"


class FeedbackSource(LabelledEnum):
    """How an answer came in."""

    EMAIL = "email"
    APP = "app"
    KIOSK = "kiosk"
    PAPER = "paper"
    IMPORTED = "imported"


class FeedbackTopic(LabelledEnum):
    """What feedback is about."""

    EVENT = "event"
    VENUE = "venue"
    PROGRAMME = "programme"
    STAFF = "staff"
    TICKETING = "ticketing"
    SEATING = "seating"
    CHECK_IN = "check_in"
    CATERING = "catering"
    SPONSOR = "sponsor"
    COMMUNICATION = "communication"
    PRODUCT = "product"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        return "Check-in" if self is FeedbackTopic.CHECK_IN else super().label


class Sentiment(LabelledEnum):
    """The tone of what was said."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    MIXED = "mixed"


class TriageStatus(LabelledEnum):
    """What became of feedback."""

    NEW = "new"
    TRIAGED = "triaged"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"
