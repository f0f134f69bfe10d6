"""Deals and what is planned, as parts of the 360° view of people and companies."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Date, and_, case, cast, func, literal, null, or_, select

from eventos_core.crm.queries.worth import in_base, rates
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import ActivityKind, StageKind
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Activity, Opportunity, OpportunityContact, SalesStage
from eventos_core.models.events import Event
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.related import FIGURED, related, rows


@related(
    "contacts", "deals", "Deals", icon="handshake", requires=Permission.SALES_READ, states=StageKind,
    page="sales_pipeline", parameter="deal", figure="open", order=10,
)  # fmt: skip
def deals_of_contact(db: TenantSession, contact_id: int) -> pd.DataFrame:
    """Deals in which the person is the main contact or has a part: open ones first, by expected close."""
    takes_part = select(OpportunityContact.opportunity_id).where(
        OpportunityContact.account_id == db.context.account_id, OpportunityContact.contact_id == contact_id
    )
    return _deals(db, or_(Opportunity.contact_id == contact_id, Opportunity.id.in_(takes_part)))


@related(
    "organizations", "deals", "Deals", icon="handshake", requires=Permission.SALES_READ, states=StageKind,
    page="sales_pipeline", parameter="deal", figure="open", order=10,
)  # fmt: skip
def deals_of_organization(db: TenantSession, organization_id: int) -> pd.DataFrame:
    """Deals with the company: open ones first, by expected close."""
    return _deals(db, Opportunity.organization_id == organization_id)


@related(
    "contacts", "planned", "Planned", icon="event_upcoming", requires=Permission.SALES_READ, states=ActivityKind,
    page="sales_activities", parameter="activity", order=20,
)  # fmt: skip
def planned_with_contact(db: TenantSession, contact_id: int) -> pd.DataFrame:
    """Open activities with the person, the most urgent first; what was done is on the timeline."""
    return _planned(db, Activity.contact_id == contact_id)


@related(
    "organizations", "planned", "Planned", icon="event_upcoming", requires=Permission.SALES_READ, states=ActivityKind,
    page="sales_activities", parameter="activity", order=20,
)  # fmt: skip
def planned_with_organization(db: TenantSession, organization_id: int) -> pd.DataFrame:
    """Open activities with the company, the most urgent first; what was done is on the timeline."""
    return _planned(db, Activity.organization_id == organization_id)


def _deals(db: TenantSession, whose: ColumnElement[bool]) -> pd.DataFrame:
    """Deals as `FIGURED`: `about` names stage and event, the figure is the value of the open ones."""
    rate = rates(db, clock.now().astimezone(db.context.zone).date())
    is_open = Opportunity.outcome == StageKind.OPEN
    worth = case((is_open, in_base(db, Opportunity, rate)))
    statement = (
        select(
            Opportunity.id,
            Opportunity.name.label("title"),
            func.concat_ws(" · ", SalesStage.name, Event.name).label("about"),
            Opportunity.outcome.label("state"),
            func.coalesce(Opportunity.closed_on, Opportunity.expected_close_on).label("on"),
            Opportunity.amount_minor,
            Opportunity.currency,
            null().label("opens"),
            func.sum(worth).over().label("figure_minor"),
        )
        .join(SalesStage, _same(SalesStage, Opportunity.stage_id))
        .outerjoin(Event, _same(Event, Opportunity.event_id))
        .outerjoin(rate, rate.c.currency == Opportunity.currency)
        .where(Opportunity.account_id == db.context.account_id, Opportunity.archived_at.is_(None), whose)
        .order_by(
            is_open.desc(),
            case((is_open, Opportunity.expected_close_on)).asc().nulls_last(),
            Opportunity.closed_on.desc(),
            Opportunity.id,
        )
    )
    return rows(db, statement, FIGURED)


def _planned(db: TenantSession, whose: ColumnElement[bool]) -> pd.DataFrame:
    statement = (
        select(
            Activity.id,
            Activity.subject.label("title"),
            AccountUser.display_name.label("about"),
            Activity.kind.label("state"),
            cast(func.timezone(db.context.timezone, Activity.due_at), Date).label("on"),
            literal(None).label("amount_minor"),
            literal(None).label("currency"),
            null().label("opens"),
        )
        .outerjoin(
            AccountUser, and_(AccountUser.account_id == Activity.account_id, AccountUser.id == Activity.owner_id)
        )
        .where(
            Activity.account_id == db.context.account_id,
            Activity.done_at.is_(None),
            Activity.archived_at.is_(None),
            whose,
        )
        .order_by(Activity.due_at.asc().nulls_last(), Activity.id)
    )
    return rows(db, statement)


def _same(model: Any, column: Any) -> Any:
    return and_(model.account_id == Opportunity.account_id, model.id == column)
