"""Lists and details of deals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, Text, and_, cast, func, select
from sqlalchemy.orm import aliased

from eventos_core.crm.queries.listing import (
    DealFilter,
    allowed_days,
    conditions,
    decided_on,
    next_activity,
    rotting,
    too_late,
    untouched_days,
)
from eventos_core.crm.queries.worth import in_base, rates
from eventos_core.crm.rules.deals import DealFields
from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import OpportunityKind, StageKind
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import (
    Activity,
    LostReason,
    Opportunity,
    OpportunityContact,
    OpportunityFile,
    SalesPipeline,
    SalesStage,
)
from eventos_core.models.directory import Contact, ContactEmail, Organization
from eventos_core.models.events import Event
from eventos_core.models.operations import MediaAsset
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, counted, keyset, paged
from eventos_core.operations.timeline import Timeline, timeline

DEALS = FrameSpec(
    id="int", name="text", organization_id="int", organization="text", contact="text", event="text", owner_id="int",
    owner="text", stage_id="int", stage="text", outcome="text", kind="text", amount_minor="int", currency="text",
    effective_probability_ppm="int", probability_override_ppm="int", decided_on="date", expected_close_on="date",
    closed_on="date", next_step="text", next_step_on="date", next_due_at="instant", rotting="bool",
    untouched_days="int", source="text", product="text", tags="list", stage_entered_at="instant", created_at="instant",
    updated_at="instant", archived_at="instant", version="int", name_sort="text", sort_amount="int",
)  # fmt: skip
"""One row per deal; `decided_on` is the day it was closed, else the expected one, else 9999-12-31."""

DEALS_IN_FULL = FrameSpec(
    id="int", name="text", kind="text", organization="text", contact="text", contact_email="text", event="text",
    owner="text", pipeline="text", stage="text", outcome="text", amount_minor="int", currency="text",
    probability_ppm="int", probability_override_ppm="int", opened_on="date", expected_close_on="date",
    closed_on="date", lost_reason="text", lost_note="text", source="text", product="text", next_step="text",
    next_step_on="date", description="text", tags="list", custom="json", stage_entered_at="instant",
    created_at="instant", updated_at="instant", decided_on="date", name_sort="text", sort_amount="int",
)  # fmt: skip
"""For exports."""

PEOPLE = FrameSpec(contact_id="int", name="text", organization="text", email="text", role="text", note="text")
"""Who else takes part in a deal."""

FILES = FrameSpec(asset_id="int", public_id="text", file_name="text", size_bytes="int", created_at="instant",
                  uploaded_by="text")  # fmt: skip
"""Files of a deal, newest first."""

SORTS = {
    "close": "Close date",
    "amount": "Largest amount",
    "name": "Name A–Z",
    "newest": "Newest",
    "updated": "Last changed",
}


@dataclass(frozen=True)
class DealTotals:
    """What a filter lists: how many deals, and what they are worth in the base currency.

    `without_value` have no amount, `without_rate` one in a currency for which no exchange rate is known; neither is
    in the sums. Both values are None where no deal has one.
    """

    count: int
    value_minor: int
    weighted_minor: int
    without_value: int
    without_rate: int
    currency: str


@dataclass(frozen=True)
class DealDetail:
    """One deal with all that the drawer shows and the form edits."""

    id: int
    version: int
    fields: DealFields
    custom: Mapping[str, Any]
    organization: str | None
    contact: str | None
    event: str | None
    owner: str | None
    pipeline_id: int
    pipeline: str
    stage_id: int
    stage: str
    outcome: StageKind
    stage_entered_at: dt.datetime
    probability_ppm: int
    effective_probability_ppm: int
    value_minor: int | None
    """In the house's base currency; None without amount or rate."""
    weighted_minor: int | None
    closed_on: dt.date | None
    lost_reason_id: int | None
    lost_reason: str | None
    lost_note: str | None
    next_due_at: dt.datetime | None
    rotting: bool
    untouched_days: int
    allowed_days: float
    """Days that it may go untouched in its stage, fewer as its event nears; 0 = for ever."""
    stage_days: int
    """The same without regard to the event."""
    too_late: bool
    """Whether it is expected to close after its event's last day for sponsor material."""
    created_at: dt.datetime
    created_by: str | None
    updated_at: dt.datetime
    archived_at: dt.datetime | None
    last_edited_at: dt.datetime


@query(requires=Permission.SALES_READ)
def deals(
    db: TenantSession, wanted: DealFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of deals as `DEALS`, in one statement. Raises InvalidInput for a damaged cursor or unknown sort."""
    statement = _joined(
        select(
            Opportunity.id, Opportunity.name, Opportunity.organization_id, Organization.name.label("organization"),
            Contact.full_name.label("contact"), Event.name.label("event"), Opportunity.owner_id,
            AccountUser.display_name.label("owner"), Opportunity.stage_id, SalesStage.name.label("stage"),
            Opportunity.outcome, Opportunity.kind, Opportunity.amount_minor, Opportunity.currency,
            Opportunity.effective_probability_ppm, Opportunity.probability_override_ppm,
            decided_on().label("decided_on"), Opportunity.expected_close_on, Opportunity.closed_on,
            Opportunity.next_step, Opportunity.next_step_on, next_activity(Activity.due_at).label("next_due_at"),
            and_(Opportunity.outcome == StageKind.OPEN, rotting(db)).label("rotting"),
            untouched_days().label("untouched_days"), Opportunity.source,
            Opportunity.product, Opportunity.tags, Opportunity.stage_entered_at, Opportunity.created_at,
            Opportunity.updated_at, Opportunity.archived_at, Opportunity.version, Opportunity.name_sort,
            _sort_amount(),
        )
    )  # fmt: skip
    return _page(db, DEALS, statement, wanted or DealFilter(), cursor, size)


@query(requires=Permission.SALES_READ)
def deals_in_full(
    db: TenantSession, wanted: DealFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of the list as `DEALS_IN_FULL`. Raises InvalidInput for a damaged cursor or unknown sort."""
    email = (
        select(ContactEmail.email)
        .where(
            ContactEmail.account_id == Opportunity.account_id,
            ContactEmail.contact_id == Opportunity.contact_id,
            ContactEmail.is_primary,
        )
        .limit(1)
        .scalar_subquery()
    )
    statement = _joined(
        select(
            Opportunity.id, Opportunity.name, Opportunity.kind, Organization.name.label("organization"),
            Contact.full_name.label("contact"), email.label("contact_email"), Event.name.label("event"),
            AccountUser.display_name.label("owner"), SalesPipeline.name.label("pipeline"),
            SalesStage.name.label("stage"), Opportunity.outcome, Opportunity.amount_minor, Opportunity.currency,
            Opportunity.probability_ppm, Opportunity.probability_override_ppm, Opportunity.opened_on,
            Opportunity.expected_close_on, Opportunity.closed_on, LostReason.name.label("lost_reason"),
            Opportunity.lost_note, Opportunity.source, Opportunity.product, Opportunity.next_step,
            Opportunity.next_step_on, Opportunity.description, Opportunity.tags, Opportunity.custom,
            Opportunity.stage_entered_at, Opportunity.created_at, Opportunity.updated_at,
            decided_on().label("decided_on"), Opportunity.name_sort, _sort_amount(),
        )
    ).outerjoin(SalesPipeline, _same(SalesPipeline, SalesStage.pipeline_id))  # fmt: skip
    statement = statement.outerjoin(LostReason, _same(LostReason, Opportunity.lost_reason_id))
    return _page(db, DEALS_IN_FULL, statement, wanted or DealFilter(), cursor, size)


@query(requires=Permission.SALES_READ)
def deals_counted(db: TenantSession, wanted: DealFilter, limit: int) -> int:
    """How many deals the filter lists, counted up to `limit`."""
    return counted(db, select(Opportunity.id).where(*conditions(db, wanted)), limit)


@query(requires=Permission.SALES_READ)
def deal_totals(db: TenantSession, wanted: DealFilter | None = None) -> DealTotals:
    """Count and value of what the filter lists, in one statement; closed deals at the rate frozen at close."""
    rate = rates(db, clock.now().astimezone(db.context.zone).date())
    value = in_base(db, Opportunity, rate)
    row = db.execute(
        select(
            func.count().label("deals"),
            func.coalesce(func.sum(value), 0).label("value"),
            func.coalesce(func.sum(in_base(db, Opportunity, rate, Opportunity.effective_probability_ppm)), 0).label(
                "weighted"
            ),
            func.count().filter(Opportunity.amount_minor.is_(None)).label("without_value"),
            func.count().filter(Opportunity.amount_minor.is_not(None), value.is_(None)).label("without_rate"),
        )
        .select_from(Opportunity)
        .outerjoin(rate, rate.c.currency == Opportunity.currency)
        .where(*conditions(db, wanted or DealFilter()))
    ).one()
    return DealTotals(
        row.deals, int(row.value), int(row.weighted), row.without_value, row.without_rate, db.context.currency
    )


@query(requires=Permission.SALES_READ)
def deal(db: TenantSession, opportunity_id: int) -> DealDetail:
    """One deal, archived ones too, in two queries. Raises NotFound."""
    row = get(db, Opportunity, opportunity_id, what="deal")
    rate = rates(db, clock.now().astimezone(db.context.zone).date())
    author = aliased(AccountUser)
    more = db.execute(
        _joined(
            select(
                Organization.name.label("organization"), Contact.full_name.label("contact"),
                Event.name.label("event"), AccountUser.display_name.label("owner"), SalesStage.pipeline_id,
                SalesPipeline.name.label("pipeline"), SalesStage.name.label("stage"),
                in_base(db, Opportunity, rate).label("value"),
                in_base(db, Opportunity, rate, Opportunity.effective_probability_ppm).label("weighted"),
                LostReason.name.label("lost_reason"), next_activity(Activity.due_at).label("next_due_at"),
                and_(Opportunity.outcome == StageKind.OPEN, rotting(db)).label("rotting"),
                untouched_days().label("untouched_days"), allowed_days().label("allowed_days"),
                SalesStage.rotting_days.label("stage_days"),
                and_(Opportunity.outcome == StageKind.OPEN, too_late()).label("too_late"),
                author.display_name.label("created_by"),
            )
        )
        .outerjoin(SalesPipeline, _same(SalesPipeline, SalesStage.pipeline_id))
        .outerjoin(LostReason, _same(LostReason, Opportunity.lost_reason_id))
        .outerjoin(author, and_(author.account_id == Opportunity.account_id, author.id == Opportunity.created_by))
        .outerjoin(rate, rate.c.currency == Opportunity.currency)
        .where(Opportunity.account_id == row.account_id, Opportunity.id == row.id)
    ).one()  # fmt: skip
    fields = {name: getattr(row, name) for name in DealFields.__dataclass_fields__}
    fields |= {"kind": OpportunityKind(row.kind), "tags": tuple(row.tags)}
    return DealDetail(
        id=row.id, version=row.version, fields=DealFields(**fields), custom=dict(row.custom),
        organization=more.organization, contact=more.contact, event=more.event, owner=more.owner,
        pipeline_id=more.pipeline_id, pipeline=more.pipeline, stage_id=row.stage_id, stage=more.stage,
        outcome=StageKind(row.outcome), stage_entered_at=row.stage_entered_at, probability_ppm=row.probability_ppm,
        effective_probability_ppm=row.effective_probability_ppm, value_minor=more.value, weighted_minor=more.weighted,
        closed_on=row.closed_on, lost_reason_id=row.lost_reason_id, lost_reason=more.lost_reason,
        lost_note=row.lost_note, next_due_at=more.next_due_at, rotting=bool(more.rotting),
        untouched_days=more.untouched_days, allowed_days=float(more.allowed_days), stage_days=more.stage_days,
        too_late=bool(more.too_late), created_at=row.created_at, created_by=more.created_by,
        updated_at=row.updated_at, archived_at=row.archived_at, last_edited_at=row.last_edited_at,
    )  # fmt: skip


@query(requires=Permission.SALES_READ)
def deal_people(db: TenantSession, opportunity_id: int) -> pd.DataFrame:
    """Who else takes part in the deal as `PEOPLE`, by name. Raises NotFound."""
    get(db, Opportunity, opportunity_id, what="deal")
    email = (
        select(ContactEmail.email)
        .where(ContactEmail.account_id == Contact.account_id, ContactEmail.contact_id == Contact.id,
               ContactEmail.is_primary)
        .limit(1)
        .scalar_subquery()
    )  # fmt: skip
    statement = (
        select(
            OpportunityContact.contact_id, Contact.full_name.label("name"), Organization.name.label("organization"),
            email.label("email"), OpportunityContact.role, OpportunityContact.note,
        )
        .join(Contact, and_(Contact.account_id == OpportunityContact.account_id,
                            Contact.id == OpportunityContact.contact_id))
        .outerjoin(Organization, and_(Organization.account_id == Contact.account_id,
                                      Organization.id == Contact.organization_id))
        .where(OpportunityContact.account_id == db.context.account_id,
               OpportunityContact.opportunity_id == opportunity_id)
        .order_by(Contact.name_sort, Contact.id)
        .limit(200)
    )  # fmt: skip
    return PEOPLE.query(db, statement)


@query(requires=Permission.SALES_READ)
def deal_files(db: TenantSession, opportunity_id: int) -> pd.DataFrame:
    """Files of the deal as `FILES`. Raises NotFound."""
    get(db, Opportunity, opportunity_id, what="deal")
    statement = (
        select(
            MediaAsset.id.label("asset_id"), cast(MediaAsset.public_id, Text).label("public_id"),
            MediaAsset.file_name, MediaAsset.size_bytes, OpportunityFile.created_at,
            AccountUser.display_name.label("uploaded_by"),
        )
        .join(MediaAsset, and_(MediaAsset.account_id == OpportunityFile.account_id,
                               MediaAsset.id == OpportunityFile.media_asset_id))
        .outerjoin(AccountUser, and_(AccountUser.account_id == OpportunityFile.account_id,
                                     AccountUser.id == OpportunityFile.created_by))
        .where(OpportunityFile.account_id == db.context.account_id,
               OpportunityFile.opportunity_id == opportunity_id)
        .order_by(OpportunityFile.created_at.desc(), OpportunityFile.id.desc())
        .limit(200)
    )  # fmt: skip
    return FILES.query(db, statement)


@query(requires=Permission.SALES_READ)
def deal_timeline(
    db: TenantSession, opportunity_id: int, *, before: dt.datetime | None = None, limit: int = 30
) -> Timeline:
    """What happened to and with the deal, newest first. Raises NotFound."""
    get(db, Opportunity, opportunity_id, what="deal")
    return timeline(db, "opportunities", opportunity_id, before=before, limit=limit)


@query(requires=Permission.SALES_READ)
def deal_choices(
    db: TenantSession, *, organization_id: int | None = None, include: int | None = None
) -> dict[int, str]:
    """Open deals by id → name for pickers, at most 500, those of the company first, and `include`."""
    is_open = and_(Opportunity.outcome == StageKind.OPEN, Opportunity.archived_at.is_(None))
    rows = db.execute(
        select(Opportunity.id, Opportunity.name)
        .where(Opportunity.account_id == db.context.account_id, is_open | (Opportunity.id == (include or 0)))
        .order_by(
            Opportunity.id != (include or 0), Opportunity.organization_id.is_distinct_from(organization_id),
            Opportunity.name_sort, Opportunity.id,
        )
        .limit(501)
    )  # fmt: skip
    return {row.id: row.name for row in rows}


@query(requires=Permission.CONTACTS_READ)
def person_choices(
    db: TenantSession, *, organization_id: int | None = None, include: int | None = None
) -> dict[int, str]:
    """People in use by id → name for pickers, at most 1 000: `include`, those of the company, then the last changed."""
    rows = db.execute(
        select(Contact.id, Contact.full_name, Organization.name.label("organization"))
        .outerjoin(Organization, and_(Organization.account_id == Contact.account_id,
                                      Organization.id == Contact.organization_id))
        .where(
            Contact.account_id == db.context.account_id,
            Contact.archived_at.is_(None) | (Contact.id == (include or 0)),
        )
        .order_by(
            Contact.id != (include or 0), Contact.organization_id.is_distinct_from(organization_id),
            Contact.updated_at.desc(), Contact.id,
        )
        .limit(1000)
    )  # fmt: skip
    return {row.id: f"{row.full_name} · {row.organization}" if row.organization else row.full_name for row in rows}


@query(requires=Permission.SALES_READ)
def deal_tags(db: TenantSession) -> list[str]:
    """Labels of the 5 000 deals changed last, most used first, at most 200."""
    recent = (
        select(Opportunity.tags)
        .where(Opportunity.account_id == db.context.account_id, Opportunity.archived_at.is_(None))
        .order_by(Opportunity.updated_at.desc(), Opportunity.id.desc())
        .limit(5000)
        .subquery()
    )
    each = select(func.unnest(recent.c.tags).label("tag")).subquery()
    uses = func.count()
    return list(db.scalars(select(each.c.tag).group_by(each.c.tag).order_by(uses.desc(), each.c.tag).limit(200)))


@query(requires=Permission.SALES_READ)
def deal_sources(db: TenantSession) -> list[str]:
    """Where deals come from, as the house words it, of the 5 000 changed last; most used first, at most 100."""
    recent = (
        select(Opportunity.source)
        .where(Opportunity.account_id == db.context.account_id, Opportunity.source.is_not(None))
        .order_by(Opportunity.updated_at.desc(), Opportunity.id.desc())
        .limit(5000)
        .subquery()
    )
    uses = func.count()
    rows = db.scalars(select(recent.c.source).group_by(recent.c.source).order_by(uses.desc()).limit(100))
    return [source for source in rows if source]


def _page(
    db: TenantSession, spec: FrameSpec, statement: Any, wanted: DealFilter, cursor: str | None, size: int
) -> PageOf:
    if wanted.sort not in SORTS:
        raise InvalidInput(f"Deals cannot be sorted by “{wanted.sort}”.", hint=f"One of: {', '.join(SORTS)}.")
    latest_first = wanted.outcome in (StageKind.WON, StageKind.LOST)
    keys: dict[str, tuple[str, ColumnElement[Any], Literal["asc", "desc"]]] = {
        "close": ("decided_on", decided_on(), "desc" if latest_first else "asc"),
        "amount": ("sort_amount", func.coalesce(Opportunity.amount_minor, -1), "desc"),
        "name": ("name_sort", Opportunity.name_sort.expression, "asc"),
        "newest": ("created_at", Opportunity.created_at.expression, "desc"),
        "updated": ("updated_at", Opportunity.updated_at.expression, "desc"),
    }
    name, column, direction = keys[wanted.sort]
    place = Cursor.decode(cursor)
    order: list[tuple[Any, Literal["asc", "desc"]]] = [(column, direction), (Opportunity.id.expression, direction)]
    statement = keyset(statement.where(*conditions(db, wanted)), order, place, size=size)
    return paged(spec.query(db, statement), (name, "id"), place, size=size)


def _sort_amount() -> Any:
    return func.coalesce(Opportunity.amount_minor, -1).label("sort_amount")


def _joined(statement: Any) -> Any:
    """Company, contact, event, owner and stage of each deal."""
    return (
        statement.select_from(Opportunity)
        .outerjoin(Organization, _same(Organization, Opportunity.organization_id))
        .outerjoin(Contact, _same(Contact, Opportunity.contact_id))
        .outerjoin(Event, _same(Event, Opportunity.event_id))
        .outerjoin(AccountUser, _same(AccountUser, Opportunity.owner_id))
        .outerjoin(SalesStage, _same(SalesStage, Opportunity.stage_id))
    )


def _same(model: Any, column: Any) -> Any:
    return and_(model.account_id == Opportunity.account_id, model.id == column)
