"""The board of a pipeline: columns with totals, and the first cards of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    lateral,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from eventos_core.crm.queries.listing import (
    DealFilter,
    allowed_days,
    conditions,
    next_activity,
    rotting,
    untouched_days,
)
from eventos_core.crm.queries.naming import usual_pipeline
from eventos_core.crm.queries.worth import in_base, rates
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import ForecastCategory, StageKind
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Activity, Opportunity, SalesStage
from eventos_core.models.directory import Organization
from eventos_core.models.events import Event
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, counted, keyset, paged

CARDS = FrameSpec(
    id="int", version="int", stage_id="int", name="text", amount_minor="int", currency="text", organization="text",
    event="text", owner="text", kind="text", stage_entered_at="instant", expected_close_on="date", closed_on="date",
    effective_probability_ppm="int", probability_override_ppm="int", next_step="text", next_due_at="instant",
    next_all_day="bool", next_subject="text", rotting="bool", untouched_days="int",
    allowed_days="float", tags="list",
)  # fmt: skip
"""One row per card, in the order of the columns and of the cards in them."""

BOARD_DEALS = FrameSpec(**CARDS.columns, stage="text", place="int", rank="int")
"""The same for every deal of a board, with the name of its column; `place` and `rank` are where it stands."""

STEP = 25
"""Cards of a column at first, and how many more one press loads."""
MOST = 500
"""Cards of a column at most; the table shows the rest."""
CLOSED_DAYS = 90
"""How far back won and lost columns reach."""
_ORDER = (
    case((SalesStage.kind == StageKind.OPEN, 0), (SalesStage.kind == StageKind.WON, 1), else_=2), SalesStage.position,
)  # fmt: skip
_ZERO: ColumnElement[Any] = literal_column("date '1970-01-01'")


@dataclass(frozen=True)
class BoardColumn:
    """A stage with what it holds under the filter; sums in minor units of the base currency."""

    stage_id: int
    name: str
    kind: StageKind
    category: ForecastCategory
    probability_ppm: int
    wip_limit: int | None
    count: int
    value_minor: int
    weighted_minor: int
    without_value: int
    without_rate: int


@dataclass(frozen=True)
class Board:
    """A pipeline as columns and cards; `closed_since` is the first day that won and lost columns show."""

    columns: tuple[BoardColumn, ...]
    cards: pd.DataFrame
    currency: str
    closed_since: dt.date


@query(requires=Permission.SALES_READ)
def board(
    db: TenantSession, pipeline_id: int, wanted: DealFilter | None = None, *, shown: Mapping[int, int] | None = None
) -> Board:
    """The pipeline under the filter (its outcome, pipeline and sort aside), cards as `CARDS`, in two statements.

    `shown` says how many cards of a stage are wanted (at most 500); 25 where it says nothing. Open cards come by
    expected close, closed ones latest first. The cost follows the cards shown and the deals that are open.
    """
    today = clock.now().astimezone(db.context.zone).date()
    since = today - dt.timedelta(days=CLOSED_DAYS)
    narrowed = replace(wanted or DealFilter(), outcome=None, pipeline=None, archived=False)
    columns = _columns(db, pipeline_id, narrowed, _current(today), today)
    frame = _cards(db, columns, narrowed, since, shown or {})
    return Board(columns, frame, db.context.currency, since)


def _columns(
    db: TenantSession, pipeline_id: int, wanted: DealFilter, current: ColumnElement[bool], today: dt.date
) -> tuple[BoardColumn, ...]:
    rate = rates(db, today)
    value = in_base(db, Opportunity, rate)
    held = (
        select(
            Opportunity.stage_id,
            func.count().label("deals"),
            func.sum(value).label("value"),
            func.sum(in_base(db, Opportunity, rate, Opportunity.effective_probability_ppm)).label("weighted"),
            func.count().filter(Opportunity.amount_minor.is_(None)).label("without_value"),
            func.count().filter(Opportunity.amount_minor.is_not(None), value.is_(None)).label("without_rate"),
        )
        .select_from(Opportunity)
        .outerjoin(rate, rate.c.currency == Opportunity.currency)
        .where(*conditions(db, wanted), current)
        .group_by(Opportunity.stage_id)
        .subquery("held")
    )
    rows = db.execute(
        select(
            SalesStage.id, SalesStage.name, SalesStage.kind, SalesStage.forecast_category,
            SalesStage.default_probability_ppm, SalesStage.wip_limit, held.c.deals, held.c.value, held.c.weighted,
            held.c.without_value, held.c.without_rate,
        )
        .outerjoin(held, held.c.stage_id == SalesStage.id)
        .where(
            SalesStage.account_id == db.context.account_id,
            SalesStage.pipeline_id == pipeline_id,
            or_(SalesStage.archived_at.is_(None), held.c.deals > 0),
        )
        .order_by(*_ORDER)
    )  # fmt: skip
    return tuple(
        BoardColumn(
            r.id, r.name, StageKind(r.kind), ForecastCategory(r.forecast_category), r.default_probability_ppm,
            r.wip_limit, r.deals or 0, int(r.value or 0), int(r.weighted or 0), r.without_value or 0,
            r.without_rate or 0,
        )
        for r in rows
    )  # fmt: skip


def _cards(
    db: TenantSession, columns: tuple[BoardColumn, ...], wanted: DealFilter, since: dt.date, shown: Mapping[int, int]
) -> pd.DataFrame:
    full = [column for column in columns if column.count]
    if not full:
        return CARDS.empty()
    # Two arms, so that each walks its own index: by expected close while open, by day of closing afterwards.
    arms = [
        _picked(db, wanted, [c for c in full if (c.kind is StageKind.OPEN) is is_open], shown, since, is_open=is_open)
        for is_open in (True, False)
        if any((c.kind is StageKind.OPEN) is is_open for c in full)
    ]
    picked = union_all(*arms).subquery("picked")
    statement = (
        _named(
            select(*_card(db))
            .select_from(picked)
            .join(Opportunity, and_(Opportunity.account_id == db.context.account_id, Opportunity.id == picked.c.id))
        )
        .order_by(picked.c.closed, picked.c.place, Opportunity.closed_on.desc(), Opportunity.expected_close_on,
                  Opportunity.id)
    )  # fmt: skip
    return CARDS.query(db, statement)


def _card(db: TenantSession) -> tuple[Any, ...]:
    """The columns of `CARDS`."""
    return (
        Opportunity.id, Opportunity.version, Opportunity.stage_id, Opportunity.name, Opportunity.amount_minor,
        Opportunity.currency, Organization.name.label("organization"), Event.name.label("event"),
        AccountUser.display_name.label("owner"), Opportunity.kind, Opportunity.stage_entered_at,
        Opportunity.expected_close_on, Opportunity.closed_on, Opportunity.effective_probability_ppm,
        Opportunity.probability_override_ppm, Opportunity.next_step,
        next_activity(Activity.due_at).label("next_due_at"),
        next_activity(Activity.all_day).label("next_all_day"),
        next_activity(Activity.subject).label("next_subject"),
        and_(Opportunity.outcome == StageKind.OPEN, rotting(db)).label("rotting"),
        untouched_days().label("untouched_days"), allowed_days().label("allowed_days"), Opportunity.tags,
    )  # fmt: skip


def _named(statement: Any) -> Any:
    """Company, event and owner of each deal."""
    for model, column in (
        (Organization, Opportunity.organization_id), (Event, Opportunity.event_id), (AccountUser, Opportunity.owner_id),
    ):  # fmt: skip
        statement = statement.outerjoin(model, and_(model.account_id == Opportunity.account_id, model.id == column))
    return statement


@query(requires=Permission.SALES_READ)
def board_columns(db: TenantSession, wanted: DealFilter) -> tuple[BoardColumn, ...]:
    """The columns of the board of the filter's pipeline, the usual one without, with their sums; one statement."""
    today = clock.now().astimezone(db.context.zone).date()
    narrowed = replace(wanted, outcome=None, pipeline=None, archived=False)
    return _columns(db, _pipeline(db, wanted), narrowed, _current(today), today)


@query(requires=Permission.SALES_READ)
def board_deals(db: TenantSession, wanted: DealFilter, *, cursor: str | None = None, size: int = PAGE_SIZE) -> PageOf:
    """All deals of the board of the filter's pipeline in the board's order, as `BOARD_DEALS`; two statements.

    Raises InvalidInput for a damaged cursor.
    """
    stages = db.scalars(
        select(SalesStage.id)
        .where(SalesStage.account_id == db.context.account_id, SalesStage.pipeline_id == _pipeline(db, wanted))
        .order_by(*_ORDER)
    ).all()
    if not stages:
        return PageOf(BOARD_DEALS.empty(), None, None)
    place = case({stage: number for number, stage in enumerate(stages)}, value=Opportunity.stage_id, else_=-1)
    # Open deals by expected close, closed ones latest first: one number that grows down the column.
    none: ColumnElement[Any] = literal_column("date '9999-12-31'")
    rank = cast(
        case(
            (Opportunity.outcome == StageKind.OPEN, func.coalesce(Opportunity.expected_close_on, none) - _ZERO),
            else_=_ZERO - Opportunity.closed_on.expression,
        ),
        Integer,
    )
    statement = _named(
        select(*_card(db), SalesStage.name.label("stage"), place.label("place"), rank.label("rank"))
        .select_from(Opportunity)
        .join(SalesStage, and_(SalesStage.account_id == Opportunity.account_id, SalesStage.id == Opportunity.stage_id))
    ).where(*_on_board(db, wanted))
    at = Cursor.decode(cursor)
    ordered = keyset(statement, [(place, "asc"), (rank, "asc"), (Opportunity.id.expression, "asc")], at, size=size)
    return paged(BOARD_DEALS.query(db, ordered), ("place", "rank", "id"), at, size=size)


@query(requires=Permission.SALES_READ)
def board_counted(db: TenantSession, wanted: DealFilter, limit: int) -> int:
    """How many deals the board has, counted up to `limit`."""
    return counted(db, select(Opportunity.id).where(*_on_board(db, wanted)), limit)


def _on_board(db: TenantSession, wanted: DealFilter) -> list[ColumnElement[bool]]:
    """What the board of the filter's pipeline shows, cards that are not loaded yet included."""
    today = clock.now().astimezone(db.context.zone).date()
    narrowed = replace(wanted, outcome=None, pipeline=_pipeline(db, wanted), archived=False)
    return [*conditions(db, narrowed), _current(today)]


def _pipeline(db: TenantSession, wanted: DealFilter) -> int:
    return usual_pipeline(db) if wanted.pipeline is None else wanted.pipeline


def _current(today: dt.date) -> ColumnElement[bool]:
    """Open, or closed not longer ago than closed columns reach."""
    since = today - dt.timedelta(days=CLOSED_DAYS)
    return or_(Opportunity.outcome == StageKind.OPEN, Opportunity.closed_on >= since)


def _picked(
    db: TenantSession,
    wanted: DealFilter,
    columns: list[BoardColumn],
    shown: Mapping[int, int],
    since: dt.date,
    *,
    is_open: bool,
) -> Select[tuple[bool, int, int]]:
    """(closed, place of the column, id) of the cards of these columns."""
    sizes = [max(1, min(shown.get(column.stage_id, STEP), MOST)) for column in columns]
    stage = (
        func.unnest(literal([column.stage_id for column in columns], ARRAY(BigInteger)), literal(sizes, ARRAY(Integer)))
        .table_valued("stage_id", "size", with_ordinality="place", name="stage_open" if is_open else "stage_closed")
        .render_derived()
    )
    state = (
        (Opportunity.outcome == StageKind.OPEN,)
        if is_open
        else (Opportunity.outcome != StageKind.OPEN, Opportunity.closed_on >= since)
    )
    day = Opportunity.expected_close_on.expression if is_open else Opportunity.closed_on.desc()
    first = lateral(
        select(Opportunity.id)
        .where(*conditions(db, wanted), *state, Opportunity.stage_id == stage.c.stage_id)
        .order_by(day, Opportunity.id)
        .limit(stage.c.size)
    )
    return (
        select(literal(not is_open).label("closed"), stage.c.place, first.c.id).select_from(stage).join(first, true())
    )
