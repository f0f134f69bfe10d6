"""What is on sale, orders, guests, tickets, the door and seats."""

from eventos_core.models.ticketing.catalogue import (
    PromoCode,
    PromoCodeTicketType,
    Quota,
    QuotaTicketType,
    TicketType,
    TicketTypeSession,
)
from eventos_core.models.ticketing.door import CheckIn, Device, Gate
from eventos_core.models.ticketing.guests import Attendee, Registration, Ticket, WaitlistEntry
from eventos_core.models.ticketing.orders import Order, OrderItem
from eventos_core.models.ticketing.seating import (
    Seat,
    SeatAssignment,
    SeatingRule,
    SeatingRuleMember,
    SeatingSection,
)

__all__ = [
    "Attendee",
    "CheckIn",
    "Device",
    "Gate",
    "Order",
    "OrderItem",
    "PromoCode",
    "PromoCodeTicketType",
    "Quota",
    "QuotaTicketType",
    "Registration",
    "Seat",
    "SeatAssignment",
    "SeatingRule",
    "SeatingRuleMember",
    "SeatingSection",
    "Ticket",
    "TicketType",
    "TicketTypeSession",
    "WaitlistEntry",
]
