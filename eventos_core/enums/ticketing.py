"""What tickets, orders, guests, scans and seats can be."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class TicketTypeKind(LabelledEnum):
    """How a ticket type is obtained."""

    PAID = "paid"
    FREE = "free"
    COMP = "comp"
    DONATION = "donation"
    ADD_ON = "add_on"


class TicketVisibility(LabelledEnum):
    """Who is offered a ticket type."""

    PUBLIC = "public"
    HIDDEN = "hidden"
    BY_CODE = "by_code"


class PromoDiscount(LabelledEnum):
    """How a promo code lowers a price."""

    PERCENT = "percent"
    AMOUNT = "amount"


class PromoScope(LabelledEnum):
    """What a promo code's discount is taken off."""

    ORDER = "order"
    TICKET_TYPES = "ticket_types"


class PromoCodeStatus(LabelledEnum):
    """Whether a promo code may be used."""

    ACTIVE = "active"
    PAUSED = "paused"


class OrderStatus(LabelledEnum):
    """Where an order stands."""

    PENDING = "pending"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class OrderSource(LabelledEnum):
    """How an order came in."""

    ONLINE = "online"
    BOX_OFFICE = "box_office"
    STAFF = "staff"
    SPONSOR = "sponsor"
    IMPORT = "import"
    API = "api"


class RegistrationStatus(LabelledEnum):
    """Where a party's sign-up or invitation stands."""

    INVITED = "invited"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class RegistrationSource(LabelledEnum):
    """How a party came onto the list."""

    ORDER = "order"
    INVITATION = "invitation"
    PUBLIC_FORM = "public_form"
    WALK_IN = "walk_in"
    SPONSOR = "sponsor"
    STAFF = "staff"
    IMPORT = "import"
    API = "api"


class GuestCategory(LabelledEnum):
    """As what a guest comes; seats and doors are allotted by it."""

    GENERAL = "general"
    PRESS = "press"
    BUYER = "buyer"
    VIP = "vip"
    CLIENT = "client"
    CELEBRITY = "celebrity"
    INFLUENCER = "influencer"
    SPONSOR = "sponsor"
    PARTNER = "partner"
    INDUSTRY = "industry"
    FAMILY = "family"
    STUDENT = "student"
    STAFF = "staff"

    @property
    def label(self) -> str:
        """The category as a person reads it."""
        return "VIP" if self is GuestCategory.VIP else super().label


class Attendance(LabelledEnum):
    """What came of a guest's place at an event, as the history of a person says it."""

    CAME = "came"
    NOT_SEEN = "not_seen"
    COMING = "coming"
    OPEN = "open"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class TicketStatus(LabelledEnum):
    """Whether a ticket admits."""

    VALID = "valid"
    USED = "used"
    VOID = "void"
    TRANSFERRED = "transferred"


class WaitlistStatus(LabelledEnum):
    """Where an entry in line stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class ScanDirection(LabelledEnum):
    """Which way a person passes."""

    IN = "in"
    OUT = "out"


class GateDirection(LabelledEnum):
    """Which way a gate lets people pass."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


class ScanResult(LabelledEnum):
    """What the door answered."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class ScanReason(LabelledEnum):
    """Why the door refused."""

    UNKNOWN_CODE = "unknown_code"
    OTHER_EVENT = "other_event"
    VOID = "void"
    TRANSFERRED = "transferred"
    UNPAID = "unpaid"
    ALREADY_INSIDE = "already_inside"
    ALREADY_USED = "already_used"
    NOT_INSIDE = "not_inside"
    WRONG_GATE = "wrong_gate"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    FULL = "full"
    BLOCKED = "blocked"
    DEVICE_REVOKED = "device_revoked"


class SectionKind(LabelledEnum):
    """How people are placed in a section."""

    ROWS = "rows"
    BENCHES = "benches"
    TABLES = "tables"
    STANDING = "standing"


class SeatNumbering(LabelledEnum):
    """How seats of a row are numbered, seen from the stage or runway."""

    LEFT_TO_RIGHT = "left_to_right"
    RIGHT_TO_LEFT = "right_to_left"
    ODD_EVEN = "odd_even"
    CENTRE_OUT = "centre_out"


class SeatKind(LabelledEnum):
    """What a seat is like."""

    STANDARD = "standard"
    AISLE = "aisle"
    BENCH = "bench"
    TABLE = "table"
    WHEELCHAIR = "wheelchair"
    COMPANION = "companion"
    RESTRICTED_VIEW = "restricted_view"
    STANDING = "standing"


class SeatingRuleKind(LabelledEnum):
    """What a seating rule asks of its members."""

    TOGETHER = "together"
    APART = "apart"
    RANK = "rank"


class SeatAssignmentStatus(LabelledEnum):
    """Where the link of a seat and a guest stands."""

    HELD = "held"
    ASSIGNED = "assigned"
    RELEASED = "released"


class SeatAssignmentSource(LabelledEnum):
    """What made a seat assignment."""

    MANUAL = "manual"
    RULES = "rules"
    ORDER = "order"
    RESEATING = "reseating"
    IMPORT = "import"
