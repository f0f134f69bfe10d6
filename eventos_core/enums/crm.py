"""What pipelines, opportunities, activities and meetings can be."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class StageKind(LabelledEnum):
    """What a sales stage means; reports key on it, never on the stage's name."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class ForecastCategory(LabelledEnum):
    """Where a stage's deals count in the forecast."""

    OMITTED = "omitted"
    PIPELINE = "pipeline"
    BEST_CASE = "best_case"
    COMMIT = "commit"
    CLOSED = "closed"


class OpportunityKind(LabelledEnum):
    """What is being sold."""

    SPONSORSHIP = "sponsorship"
    TICKET_BLOCK = "ticket_block"
    PRODUCTION = "production"
    VENUE_HIRE = "venue_hire"
    PARTNERSHIP = "partnership"
    MERCHANDISE = "merchandise"
    OTHER = "other"


class OpportunityRole(LabelledEnum):
    """A person's part in a deal."""

    DECISION_MAKER = "decision_maker"
    CHAMPION = "champion"
    INFLUENCER = "influencer"
    FINANCE = "finance"
    LEGAL = "legal"
    CREATIVE = "creative"
    USER = "user"
    OTHER = "other"


class RateSource(LabelledEnum):
    """Where an exchange rate comes from."""

    MANUAL = "manual"
    ECB = "ecb"
    IMPORT = "import"
    API = "api"

    @property
    def label(self) -> str:
        """The source as a person reads it."""
        return self.value.upper() if self in (RateSource.ECB, RateSource.API) else super().label


class ActivityKind(LabelledEnum):
    """What was or is to be done."""

    CALL = "call"
    EMAIL = "email"
    MEETING = "meeting"
    TASK = "task"
    VISIT = "visit"

    @property
    def label(self) -> str:
        """The kind as a person reads it."""
        return "E-mail" if self is ActivityKind.EMAIL else super().label


class ActivityDirection(LabelledEnum):
    """Who reached out."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class ActivityOutcome(LabelledEnum):
    """How an activity ended."""

    DONE = "done"
    CONNECTED = "connected"
    LEFT_MESSAGE = "left_message"
    NO_ANSWER = "no_answer"
    INTERESTED = "interested"
    NOT_INTERESTED = "not_interested"
    POSTPONED = "postponed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


class Priority(LabelledEnum):
    """How urgent something is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class MeetingMode(LabelledEnum):
    """How people meet."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    VIDEO = "video"


class MeetingStatus(LabelledEnum):
    """Where a booked meeting stands."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    HELD = "held"
    NO_SHOW = "no_show"
