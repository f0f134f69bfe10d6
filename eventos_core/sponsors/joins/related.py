"""Sponsorships, as a part of the 360° view of people and companies."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import ColumnElement, and_, func, or_, select

from eventos_core.db.session import TenantSession
from eventos_core.enums.sponsors import EventSponsorStatus
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Organization
from eventos_core.models.events import Event
from eventos_core.models.sponsors import EventSponsor, SponsorContact
from eventos_core.operations.related import related, rows


@related(
    "organizations", "sponsorships", "Sponsorships", icon="workspace_premium", requires=Permission.SPONSORS_READ,
    states=EventSponsorStatus, page="plan_event", parameter="event", order=15,
)  # fmt: skip
def sponsorships_of_organization(db: TenantSession, organization_id: int) -> pd.DataFrame:
    """Contracts of the company, the latest event first."""
    return _contracts(db, EventSponsor.organization_id == organization_id)


@related(
    "contacts", "sponsorships", "Sponsorships", icon="workspace_premium", requires=Permission.SPONSORS_READ,
    states=EventSponsorStatus, page="plan_event", parameter="event", order=15,
)  # fmt: skip
def sponsorships_of_contact(db: TenantSession, contact_id: int) -> pd.DataFrame:
    """Contracts in which the person has a part, for the sponsor or for its invoices; the latest event first."""
    sponsors = select(SponsorContact.sponsor_id).where(
        SponsorContact.account_id == db.context.account_id, SponsorContact.contact_id == contact_id
    )
    return _contracts(db, or_(EventSponsor.billing_contact_id == contact_id, EventSponsor.sponsor_id.in_(sponsors)))


def _contracts(db: TenantSession, whose: ColumnElement[bool]) -> pd.DataFrame:
    statement = (
        select(
            EventSponsor.id,
            Event.name.label("title"),
            func.concat_ws(" · ", Organization.name, func.initcap(EventSponsor.tier)).label("about"),
            EventSponsor.status.label("state"),
            func.date(func.timezone(Event.timezone, Event.starts_at)).label("on"),
            EventSponsor.fee_minor.label("amount_minor"),
            EventSponsor.currency,
            Event.slug.label("opens"),
        )
        .join(Event, and_(Event.account_id == EventSponsor.account_id, Event.id == EventSponsor.event_id))
        .join(
            Organization,
            and_(Organization.account_id == EventSponsor.account_id, Organization.id == EventSponsor.organization_id),
        )
        .where(EventSponsor.account_id == db.context.account_id, whose)
        .order_by(Event.starts_at.desc(), EventSponsor.id)
    )
    return rows(db, statement)
