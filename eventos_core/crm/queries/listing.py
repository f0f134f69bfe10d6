"""Which deals are listed: the filter that board, table, export and figures share, and the marks beside a deal."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Float,
    Integer,
    ScalarSelect,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from eventos_core.db.session import TenantSession
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.crm import OpportunityKind, StageKind
from eventos_core.kernel import clock
from eventos_core.models.crm import Activity, Opportunity, OpportunityContact, SalesStage
from eventos_core.models.events import Event

NEVER = dt.date(9999, 12, 31)
"""Stands for no day at all where deals are sorted by day."""


class Attention(LabelledEnum):
    """What may be wrong with an open deal."""

    ROTTING = "rotting"
    OVERDUE = "overdue"
    NO_NEXT_STEP = "no_next_step"
    TOO_LATE = "too_late"

    @property
    def label(self) -> str:
        """As the filter says it."""
        return {
            "rotting": "Rotting",
            "overdue": "Past its close date",
            "no_next_step": "Nothing planned",
            "too_late": "Closes after the event's asset date",
        }[self.value]


@dataclass(frozen=True)
class DealFilter:
    """What to list. Words of `q` must all occur; `owner` 0 means nobody's, `event` 0 none in particular.

    `outcome` None lists open, won and lost ones. Days are of the house; `close_from` and `close_to` (both included)
    are the expected close while open, else the day it was closed.
    """

    q: str = ""
    outcome: StageKind | None = StageKind.OPEN
    pipeline: int | None = None
    stage: tuple[int, ...] = ()
    owner: int | None = None
    event: int | None = None
    kind: tuple[OpportunityKind, ...] = ()
    organization: int | None = None
    contact: int | None = None
    source: str | None = None
    tag: tuple[str, ...] = ()
    close_from: dt.date | None = None
    close_to: dt.date | None = None
    attention: Attention | None = None
    archived: bool = False
    sort: str = "close"


def conditions(db: TenantSession, wanted: DealFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions on `Opportunity`; joins of its own where it asks for more."""
    account = db.context.account_id
    found: list[ColumnElement[bool]] = [
        Opportunity.account_id == account,
        Opportunity.archived_at.is_not(None) if wanted.archived else Opportunity.archived_at.is_(None),
    ]
    if wanted.outcome is not None:
        found.append(Opportunity.outcome == wanted.outcome)
    if wanted.pipeline is not None:
        stages = select(SalesStage.id).where(
            SalesStage.account_id == account, SalesStage.pipeline_id == wanted.pipeline
        )
        found.append(Opportunity.stage_id.in_(stages))
    if wanted.stage:
        found.append(Opportunity.stage_id.in_(wanted.stage))
    for column, value in ((Opportunity.owner_id, wanted.owner), (Opportunity.event_id, wanted.event)):
        if value is not None:
            found.append(column.is_(None) if value == 0 else column == value)
    if wanted.kind:
        found.append(Opportunity.kind.in_(wanted.kind))
    if wanted.organization is not None:
        found.append(Opportunity.organization_id == wanted.organization)
    if wanted.contact is not None:
        found.append(_takes_part(wanted.contact))
    if wanted.source is not None:
        found.append(Opportunity.source == wanted.source)
    if wanted.q.strip() or wanted.tag:
        matching = func.app.deals_found(wanted.q, cast(list(wanted.tag), ARRAY(Text)))
        found.append(Opportunity.id.in_(select(matching)))
    if wanted.close_from is not None:
        found.append(decided_on() >= wanted.close_from)
    if wanted.close_to is not None:
        found += [decided_on() <= wanted.close_to, decided_on() < NEVER]
    if wanted.attention is not None:
        found.append(_attention(db, wanted.attention))
    return found


def decided_on() -> ColumnElement[dt.date]:
    """The day a deal was closed, else the one it is expected to close, else `NEVER`; an index carries it."""
    return func.coalesce(Opportunity.closed_on, Opportunity.expected_close_on, literal_column("date '9999-12-31'"))


def _takes_part(contact_id: int) -> ColumnElement[bool]:
    others = (
        exists()
        .where(
            OpportunityContact.account_id == Opportunity.account_id,
            OpportunityContact.opportunity_id == Opportunity.id,
            OpportunityContact.contact_id == contact_id,
        )
        .correlate(Opportunity)
    )
    return or_(Opportunity.contact_id == contact_id, others)


def _attention(db: TenantSession, wanted: Attention) -> ColumnElement[bool]:
    is_open = Opportunity.outcome == StageKind.OPEN
    if wanted is Attention.ROTTING:
        return and_(is_open, rotting(db))
    if wanted is Attention.OVERDUE:
        today = clock.now().astimezone(db.context.zone).date()
        return and_(is_open, Opportunity.expected_close_on < today)
    if wanted is Attention.NO_NEXT_STEP:
        return and_(is_open, Opportunity.next_step.is_(None), ~planned(db))
    return and_(is_open, too_late())


def last_touch() -> ColumnElement[dt.datetime]:
    """The latest of stage entry, last done activity and last edit by a person (METRICS, Rotting)."""
    done = (
        select(func.max(Activity.done_at))
        .where(
            Activity.account_id == Opportunity.account_id,
            Activity.opportunity_id == Opportunity.id,
            Activity.done_at.is_not(None),
            Activity.archived_at.is_(None),
        )
        .correlate(Opportunity)
        .scalar_subquery()
    )
    return func.greatest(Opportunity.stage_entered_at, Opportunity.last_edited_at, done)


def next_activity(column: Any) -> ScalarSelect[Any]:
    """`column` of the deal's first open activity with a date, past or ahead; NULL where there is none."""
    return (
        select(column)
        .where(
            Activity.account_id == Opportunity.account_id,
            Activity.opportunity_id == Opportunity.id,
            Activity.done_at.is_(None),
            Activity.archived_at.is_(None),
            Activity.due_at.is_not(None),
        )
        .order_by(Activity.due_at, Activity.id)
        .limit(1)
        .correlate(Opportunity)
        .scalar_subquery()
    )


def rotting(db: TenantSession) -> ColumnElement[bool]:
    """Whether an open deal rots now, as `rules.deals.is_rotting` decides it."""
    limit = func.make_interval(0, 0, 0, 0, 0, 0, allowed_days() * 86400.0)
    return and_(_stage_days() > 0, ~planned(db), func.now() - last_touch() > limit)


def untouched_days() -> ColumnElement[int]:
    """Whole days since the last touch."""
    return cast(func.floor(func.extract("epoch", func.now() - last_touch()) / 86400), Integer)


def _stage_days() -> ColumnElement[int]:
    return (
        select(SalesStage.rotting_days)
        .where(SalesStage.account_id == Opportunity.account_id, SalesStage.id == Opportunity.stage_id)
        .correlate(Opportunity)
        .scalar_subquery()
    )


def allowed_days() -> ColumnElement[float]:
    """Days that the deal may go untouched in its stage, as `rules.deals.threshold` says; 0 = for ever."""
    # Whole days on the event's own clock, as everywhere that days to an event are counted.
    to_event = (
        select(
            cast(func.timezone(Event.timezone, Event.starts_at), Date)
            - cast(func.timezone(Event.timezone, func.now()), Date)
        )
        .where(Event.account_id == Opportunity.account_id, Event.id == Opportunity.event_id)
        .correlate(Opportunity)
        .scalar_subquery()
    )
    share = case((cast(to_event, Integer) <= 21, 0.25), (cast(to_event, Integer) <= 60, 0.5), else_=1.0)
    return cast(_stage_days() * share, Float)


def too_late() -> ColumnElement[bool]:
    """Whether the deal is expected to close after its event's last day for sponsor material (its own zone)."""
    return (
        exists()
        .where(
            Event.account_id == Opportunity.account_id,
            Event.id == Opportunity.event_id,
            Opportunity.expected_close_on > cast(func.timezone(Event.timezone, Event.assets_due_at), Date),
        )
        .correlate(Opportunity)
    )


def planned(db: TenantSession) -> ColumnElement[bool]:
    """Whether an open activity lies ahead; one for a whole day counts until that day of the house is over."""
    today, _ = clock.day_bounds(clock.now().astimezone(db.context.zone).date(), db.context.timezone)
    return (
        exists()
        .where(
            Activity.account_id == Opportunity.account_id,
            Activity.opportunity_id == Opportunity.id,
            Activity.done_at.is_(None),
            Activity.archived_at.is_(None),
            or_(Activity.due_at >= func.now(), and_(Activity.all_day, Activity.due_at >= today)),
        )
        .correlate(Opportunity)
    )
