"""What events are, where they stand and what a house adds to them."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class EventKind(LabelledEnum):
    """What sort of occasion an event is."""

    FASHION_SHOW = "fashion_show"
    PRESENTATION = "presentation"
    SHOWROOM = "showroom"
    GALA = "gala"
    DINNER = "dinner"
    PARTY = "party"
    LAUNCH = "launch"
    POP_UP = "pop_up"
    EXHIBITION = "exhibition"
    TRADE_FAIR = "trade_fair"
    CONFERENCE = "conference"
    WORKSHOP = "workshop"
    FESTIVAL = "festival"
    PRESS_DAY = "press_day"
    SHOOT = "shoot"
    WEBINAR = "webinar"
    OTHER = "other"


class EventStatus(LabelledEnum):
    """Where an event stands; moves forward only, `cancelled` from every open status."""

    DRAFT = "draft"
    PLANNED = "planned"
    ON_SALE = "on_sale"
    LIVE = "live"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class AttendanceMode(LabelledEnum):
    """Where guests take part."""

    ONSITE = "onsite"
    ONLINE = "online"
    HYBRID = "hybrid"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        return "On site" if self is AttendanceMode.ONSITE else super().label


class EventVisibility(LabelledEnum):
    """Who may see the public page of a published event."""

    PRIVATE = "private"
    UNLISTED = "unlisted"
    PUBLIC = "public"


class AdmissionMode(LabelledEnum):
    """How guests come to an event."""

    INVITATION = "invitation"
    REGISTRATION = "registration"
    APPROVAL = "approval"
    TICKETS = "tickets"
    OPEN = "open"


class StageProcess(LabelledEnum):
    """The processes whose stages a house names itself."""

    EVENT_PLANNING = "event_planning"
    SPONSOR_FULFILMENT = "sponsor_fulfilment"
    CASTING = "casting"
    PRODUCTION = "production"


class StageKind(LabelledEnum):
    """What a stage means, whatever it is called."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class FieldType(LabelledEnum):
    """What a custom field holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    MULTI_CHOICE = "multi_choice"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    COUNTRY = "country"
    FILE = "file"
    RATING = "rating"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        names = {
            FieldType.EMAIL: "E-mail",
            FieldType.URL: "Link",
            FieldType.BOOLEAN: "Yes or no",
            FieldType.DATETIME: "Date and time",
            FieldType.MULTI_CHOICE: "Several choices",
        }
        return names.get(self) or super().label
