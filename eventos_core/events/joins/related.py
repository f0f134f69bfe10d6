"""Programme, documents, venues and events hosted, as parts of the 360° view of people and companies."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import BigInteger, ColumnElement, Date, Text, and_, cast, func, null, select

from eventos_core.db.session import TenantSession
from eventos_core.enums.events import DocumentStatus, EventStatus, HostStatus
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event, EventDocument, EventSession, SessionHost, Venue
from eventos_core.operations.related import related, rows

_NO_AMOUNT = (cast(null(), BigInteger).label("amount_minor"), cast(null(), Text).label("currency"))


@related(
    "contacts", "hosted", "Programme", icon="co_present", requires=Permission.EVENTS_READ, states=HostStatus,
    page="plan_programme", parameter="event", order=35,
)  # fmt: skip
def sessions_of_contact(db: TenantSession, contact_id: int) -> pd.DataFrame:
    """Sessions that the person hosts, the latest first."""
    return _sessions(db, SessionHost.contact_id == contact_id)


@related(
    "organizations", "hosted", "Programme", icon="co_present", requires=Permission.EVENTS_READ, states=HostStatus,
    page="plan_programme", parameter="event", order=35,
)  # fmt: skip
def sessions_of_organization(db: TenantSession, organization_id: int) -> pd.DataFrame:
    """Sessions that the company hosts, the latest first."""
    return _sessions(db, SessionHost.organization_id == organization_id)


@related(
    "contacts", "documents", "Documents", icon="description", requires=Permission.EVENTS_READ, states=DocumentStatus,
    page="plan_event", parameter="event", order=60,
)  # fmt: skip
def documents_of_contact(db: TenantSession, contact_id: int) -> pd.DataFrame:
    """Documents of events that the person signs, the latest first."""
    return _documents(db, EventDocument.contact_id == contact_id)


@related(
    "organizations", "documents", "Documents", icon="description", requires=Permission.EVENTS_READ,
    states=DocumentStatus, page="plan_event", parameter="event", order=60,
)  # fmt: skip
def documents_of_organization(db: TenantSession, organization_id: int) -> pd.DataFrame:
    """Documents of events to which the company is party, the latest first."""
    return _documents(db, EventDocument.organization_id == organization_id)


@related(
    "organizations", "host_of", "Host of events", icon="event", requires=Permission.EVENTS_READ, states=EventStatus,
    page="plan_event", parameter="event", order=34,
)  # fmt: skip
def events_of_organization(db: TenantSession, organization_id: int) -> pd.DataFrame:
    """Events that the company hosts, the latest first."""
    statement = (
        select(
            Event.id,
            Event.name.label("title"),
            Event.season.label("about"),
            Event.status.label("state"),
            _day(Event.starts_at).label("on"),
            *_NO_AMOUNT,
            Event.slug.label("opens"),
        )
        .where(
            Event.account_id == db.context.account_id,
            Event.host_organization_id == organization_id,
            Event.archived_at.is_(None),
        )
        .order_by(Event.starts_at.desc(), Event.id)
    )
    return rows(db, statement)


@related(
    "organizations", "venues", "Venues", icon="location_on", requires=Permission.VENUES_READ, page="plan_venues",
    parameter="venue", order=50,
)  # fmt: skip
def venues_of_organization(db: TenantSession, organization_id: int) -> pd.DataFrame:
    """Venues that the company runs, by name."""
    statement = (
        select(
            Venue.id,
            Venue.name.label("title"),
            Venue.city.label("about"),
            null().label("state"),
            cast(null(), Date).label("on"),
            *_NO_AMOUNT,
            null().label("opens"),
        )
        .where(
            Venue.account_id == db.context.account_id,
            Venue.organization_id == organization_id,
            Venue.archived_at.is_(None),
        )
        .order_by(Venue.name, Venue.id)
    )
    return rows(db, statement)


def _sessions(db: TenantSession, whose: ColumnElement[bool]) -> pd.DataFrame:
    statement = (
        select(
            SessionHost.id,
            EventSession.title,
            Event.name.label("about"),
            SessionHost.status.label("state"),
            _day(EventSession.starts_at).label("on"),
            *_NO_AMOUNT,
            Event.slug.label("opens"),
        )
        .join(EventSession, _same_event(SessionHost, EventSession, SessionHost.session_id))
        .join(Event, and_(Event.account_id == SessionHost.account_id, Event.id == SessionHost.event_id))
        .where(SessionHost.account_id == db.context.account_id, whose)
        .order_by(EventSession.starts_at.desc().nulls_last(), SessionHost.id)
    )
    return rows(db, statement)


def _documents(db: TenantSession, whose: ColumnElement[bool]) -> pd.DataFrame:
    statement = (
        select(
            EventDocument.id,
            EventDocument.title,
            Event.name.label("about"),
            EventDocument.status.label("state"),
            func.coalesce(EventDocument.expires_on, EventDocument.due_on).label("on"),
            *_NO_AMOUNT,
            Event.slug.label("opens"),
        )
        .join(Event, and_(Event.account_id == EventDocument.account_id, Event.id == EventDocument.event_id))
        .where(EventDocument.account_id == db.context.account_id, EventDocument.archived_at.is_(None), whose)
        .order_by(EventDocument.created_at.desc(), EventDocument.id)
    )
    return rows(db, statement)


def _same_event(row: Any, model: Any, column: Any) -> Any:
    return and_(model.account_id == row.account_id, model.event_id == row.event_id, model.id == column)


def _day(instant: Any) -> Any:
    """The day of an instant on the event's wall clock."""
    return cast(func.timezone(Event.timezone, instant), Date)
