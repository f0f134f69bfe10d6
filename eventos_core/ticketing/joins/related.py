"""Events attended and orders, as parts of the 360° view of people and companies."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import Date, and_, case, cast, func, literal, null, select

from eventos_core.db.session import TenantSession
from eventos_core.enums.ticketing import Attendance, OrderStatus, TicketStatus
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact
from eventos_core.models.events import Event
from eventos_core.models.ticketing import Attendee, Order, Registration, Ticket, TicketType
from eventos_core.operations.related import related, rows


@related(
    "contacts", "attended", "Events and tickets", icon="confirmation_number", requires=Permission.GUESTS_READ,
    states=Attendance, page="plan_event", parameter="event", order=30,
)  # fmt: skip
def events_of_contact(db: TenantSession, contact_id: int) -> pd.DataFrame:
    """Events at which the person is or was a guest, with the kind of ticket, the latest event first."""
    ticket = (
        select(
            func.string_agg(TicketType.name.distinct(), literal(", ")).label("kinds"),
            func.bool_or(Ticket.first_entry_at.is_not(None)).label("entered"),
        )
        .join(TicketType, and_(TicketType.account_id == Ticket.account_id, TicketType.id == Ticket.ticket_type_id))
        .where(
            Ticket.account_id == Attendee.account_id,
            Ticket.attendee_id == Attendee.id,
            Ticket.status.in_([TicketStatus.VALID, TicketStatus.USED]),
        )
        .lateral("ticket")
    )
    off = Attendee.cancelled_at.is_not(None) | (Registration.status == "cancelled")
    state = case(
        (ticket.c.entered, literal(Attendance.CAME.value)),
        (off, literal(Attendance.CANCELLED.value)),
        (Registration.status == "declined", literal(Attendance.DECLINED.value)),
        (Event.ends_at < func.now(), literal(Attendance.NOT_SEEN.value)),
        (Registration.status == "confirmed", literal(Attendance.COMING.value)),
        else_=literal(Attendance.OPEN.value),
    )
    statement = (
        select(
            Attendee.id,
            Event.name.label("title"),
            func.coalesce(ticket.c.kinds, Registration.code).label("about"),
            state.label("state"),
            _day(Event.starts_at).label("on"),
            literal(None).label("amount_minor"),
            literal(None).label("currency"),
            Event.slug.label("opens"),
        )
        .join(
            Registration,
            and_(Registration.account_id == Attendee.account_id, Registration.id == Attendee.registration_id),
        )
        .join(Event, and_(Event.account_id == Attendee.account_id, Event.id == Attendee.event_id))
        .join(ticket, literal(True))
        .where(Attendee.account_id == db.context.account_id, Attendee.contact_id == contact_id)
        .order_by(Event.starts_at.desc(), Attendee.id)
    )
    return rows(db, statement)


@related(
    "contacts", "orders", "Orders", icon="receipt_long", requires=Permission.GUESTS_READ, states=OrderStatus,
    page="plan_event", parameter="event", order=40,
)  # fmt: skip
def orders_of_contact(db: TenantSession, contact_id: int) -> pd.DataFrame:
    """Orders that the person placed, the latest first."""
    statement = (
        select(
            Order.id,
            Event.name.label("title"),
            Order.code.label("about"),
            Order.status.label("state"),
            _day(Order.placed_at).label("on"),
            Order.total_minor.label("amount_minor"),
            Order.currency,
            Event.slug.label("opens"),
        )
        .join(Event, and_(Event.account_id == Order.account_id, Event.id == Order.event_id))
        .where(Order.account_id == db.context.account_id, Order.contact_id == contact_id)
        .order_by(Order.placed_at.desc(), Order.id)
    )
    return rows(db, statement)


@related(
    "organizations", "guests", "Guests from there", icon="confirmation_number", requires=Permission.GUESTS_READ,
    page="plan_event", parameter="event", order=30,
)  # fmt: skip
def guests_of_organization(db: TenantSession, organization_id: int) -> pd.DataFrame:
    """Events with the number of guests who work at the company now, the latest event first."""
    coming = func.count(Attendee.id)
    statement = (
        select(
            Event.id,
            Event.name.label("title"),
            func.concat(coming, case((coming == 1, " guest"), else_=" guests")).label("about"),
            null().label("state"),
            _day(Event.starts_at).label("on"),
            literal(None).label("amount_minor"),
            literal(None).label("currency"),
            Event.slug.label("opens"),
        )
        .select_from(Contact)
        .join(Attendee, and_(Attendee.account_id == Contact.account_id, Attendee.contact_id == Contact.id))
        .join(Event, and_(Event.account_id == Attendee.account_id, Event.id == Attendee.event_id))
        .where(
            Contact.account_id == db.context.account_id,
            Contact.organization_id == organization_id,
            Attendee.cancelled_at.is_(None),
        )
        .group_by(Event.id, Event.name, Event.starts_at, Event.timezone, Event.slug)
        .order_by(Event.starts_at.desc(), Event.id)
    )
    return rows(db, statement)


def _day(instant: Any) -> Any:
    """The day of an instant on the event's wall clock."""
    return cast(func.timezone(Event.timezone, instant), Date)
