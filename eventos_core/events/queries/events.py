"""Lists of events, the calendar, one event, and what pickers offer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select

from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import EventKind, EventStatus, StageProcess
from eventos_core.kernel import clock
from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Organization
from eventos_core.models.events import Event, EventSession, PipelineStage, Venue
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, counted, keyset, paged

EVENTS = FrameSpec(
    id="int",
    slug="text",
    name="text",
    kind="text",
    season="text",
    status="text",
    stage="text",
    starts_at="instant",
    ends_at="instant",
    timezone="text",
    venue="text",
    owner="text",
    capacity="int",
    sessions="int",
    archived_at="instant",
    version="int",
)
"""One row per event; `sessions` counts programme items that are not cancelled."""

EVENTS_IN_FULL = FrameSpec(
    id="int", slug="text", name="text", kind="text", season="text", series="text", status="text", stage="text",
    starts_at="instant", ends_at="instant", doors_at="instant", timezone="text", venue="text", city="text",
    attendance="text", admission="text", host="text", owner="text", capacity="int", target_attendance="int",
    sessions="int", website="text", tags="list", custom="json",
)  # fmt: skip
"""For exports: one row per event, `sessions` as in `EVENTS`; money is not in it."""

CALENDAR = FrameSpec(
    id="int",
    slug="text",
    name="text",
    kind="text",
    status="text",
    starts_at="instant",
    ends_at="instant",
    timezone="text",
    venue="text",
)
"""Events that touch the period, by start."""


@dataclass(frozen=True)
class EventFilter:
    """What to list; words of `q` must all occur. Sorted by start, `latest_first` turns it round."""

    q: str = ""
    status: tuple[EventStatus, ...] = ()
    kind: tuple[EventKind, ...] = ()
    season: str | None = None
    owner_id: int | None = None
    venue_id: int | None = None
    tag: str | None = None
    when: Literal["upcoming", "past"] | None = None
    archived: bool = False
    latest_first: bool = False


@dataclass(frozen=True)
class EventDetail:
    """One event as its workspace head and form need it."""

    id: int
    slug: str
    name: str
    tagline: str | None
    description: str | None
    internal_notes: str | None
    kind: EventKind
    season: str | None
    series: str | None
    status: EventStatus
    stage_id: int | None
    stage: str | None
    owner_id: int | None
    owner: str | None
    host_organization_id: int | None
    host: str | None
    venue_id: int | None
    venue: str | None
    location_text: str | None
    attendance: str
    admission: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    doors_at: dt.datetime | None
    timezone: str
    capacity: int | None
    currency: str
    target_attendance: int | None
    target_revenue_minor: int | None
    target_sponsorship_minor: int | None
    budget_minor: int | None
    assets_due_at: dt.datetime | None
    dress_code: str | None
    website: str | None
    tags: tuple[str, ...]
    published_at: dt.datetime | None
    archived_at: dt.datetime | None
    cancel_reason: str | None
    custom: dict[str, Any]
    version: int


@query(requires=Permission.EVENTS_READ)
def events(
    db: TenantSession, wanted: EventFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of events as `EVENTS`. Raises InvalidInput for a damaged cursor."""
    statement = _joined(
        select(
            Event.id,
            Event.slug,
            Event.name,
            Event.kind,
            Event.season,
            Event.status,
            PipelineStage.name.label("stage"),
            Event.starts_at,
            Event.ends_at,
            Event.timezone,
            func.coalesce(Venue.name, Event.location_text).label("venue"),
            AccountUser.display_name.label("owner"),
            Event.capacity,
            _sessions().label("sessions"),
            Event.archived_at,
            Event.version,
        )
    )
    return _page(db, EVENTS, statement, wanted or EventFilter(), cursor, size)


def at_day(day: dt.date, timezone: str, *, latest_first: bool = False) -> str:
    """The cursor at which events of that day begin, the house's zone deciding; the pages before lead back."""
    first, last = clock.day_bounds(day, timezone)
    return Cursor((last, 0) if latest_first else (first, 0)).encode()


@query(requires=Permission.EVENTS_READ)
def events_in_full(
    db: TenantSession, wanted: EventFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of the list as `EVENTS_IN_FULL`. Raises InvalidInput for a damaged cursor."""
    statement = _joined(
        select(
            Event.id, Event.slug, Event.name, Event.kind, Event.season, Event.series, Event.status,
            PipelineStage.name.label("stage"), Event.starts_at, Event.ends_at, Event.doors_at, Event.timezone,
            func.coalesce(Venue.name, Event.location_text).label("venue"), Venue.city, Event.attendance,
            Event.admission, Organization.name.label("host"), AccountUser.display_name.label("owner"), Event.capacity,
            Event.target_attendance, _sessions().label("sessions"), Event.website, Event.tags, Event.custom,
        )
    ).outerjoin(Organization, _host())  # fmt: skip
    return _page(db, EVENTS_IN_FULL, statement, wanted or EventFilter(), cursor, size)


@query(requires=Permission.EVENTS_READ)
def events_counted(db: TenantSession, wanted: EventFilter, limit: int) -> int:
    """How many events the filter lists, counted up to `limit`."""
    return counted(db, select(Event.id).where(*_conditions(db, wanted)), limit)


@query(requires=Permission.EVENTS_READ)
def event_counts(db: TenantSession) -> dict[str, int]:
    """How many events in use stand in each status (value → count), for the filter's labels."""
    rows = db.execute(
        select(Event.status, func.count())
        .where(Event.account_id == db.context.account_id, Event.archived_at.is_(None))
        .group_by(Event.status)
    ).all()
    return {str(status): count for status, count in rows}


@query(requires=Permission.EVENTS_READ)
def calendar(
    db: TenantSession, first: dt.datetime, last: dt.datetime, wanted: EventFilter | None = None
) -> pd.DataFrame:
    """Events of the filter that touch [first, last), as `CALENDAR`; at most 500."""
    statement = (
        select(
            Event.id,
            Event.slug,
            Event.name,
            Event.kind,
            Event.status,
            Event.starts_at,
            Event.ends_at,
            Event.timezone,
            func.coalesce(Venue.name, Event.location_text).label("venue"),
        )
        .outerjoin(Venue, and_(Venue.account_id == Event.account_id, Venue.id == Event.venue_id))
        .where(
            *_conditions(db, wanted or EventFilter()),
            Event.starts_at < last,
            Event.ends_at >= first,
        )
        .order_by(Event.starts_at, Event.id)
        .limit(500)
    )
    return CALENDAR.query(db, statement)


@query(requires=Permission.EVENTS_READ)
def event(db: TenantSession, slug_or_id: str | int) -> EventDetail:
    """One event by link name or id, archived ones too; digits are an id where none is called so. Raises NotFound."""
    match: Any = Event.id == slug_or_id if isinstance(slug_or_id, int) else Event.slug == slug_or_id
    if isinstance(slug_or_id, str) and slug_or_id.isascii() and slug_or_id.isdigit() and len(slug_or_id) < 19:
        match = or_(match, Event.id == int(slug_or_id))
    row = db.execute(
        _joined(
            select(
                Event,
                PipelineStage.name.label("stage"),
                AccountUser.display_name.label("owner"),
                Organization.name.label("host"),
                Venue.name.label("venue"),
            )
        )
        .outerjoin(Organization, _host())
        .where(Event.account_id == db.context.account_id, match)
        .order_by((Event.slug == str(slug_or_id)).desc())
    ).first()
    if row is None:
        raise NotFound("There is no such event.", hint="Choose one from the list of events.")
    found: Event = row[0]
    own = {
        name: getattr(found, name)
        for name in EventDetail.__dataclass_fields__
        if name not in {"stage", "owner", "host", "venue", "tags"}
    }
    return EventDetail(**own, stage=row.stage, owner=row.owner, host=row.host, venue=row.venue, tags=tuple(found.tags))


@query(requires=Permission.EVENTS_READ)
def event_choices(db: TenantSession, *, limit: int = 300) -> pd.DataFrame:
    """Events in use for pickers: slug, name, starts_at, timezone, id; the nearest in time first."""
    spec = FrameSpec(id="int", slug="text", name="text", starts_at="instant", timezone="text")
    statement = (
        select(Event.id, Event.slug, Event.name, Event.starts_at, Event.timezone)
        .where(Event.account_id == db.context.account_id, Event.archived_at.is_(None))
        .order_by(func.abs(func.extract("epoch", Event.starts_at - func.now())), Event.id)
        .limit(limit)
    )
    return spec.query(db, statement)


@query(requires=Permission.EVENTS_READ)
def season_names(db: TenantSession) -> list[str]:
    """Seasons in use, the latest first."""
    rows = db.execute(
        select(Event.season)
        .where(Event.account_id == db.context.account_id, Event.season.is_not(None))
        .group_by(Event.season)
        .order_by(func.max(Event.starts_at).desc())
        .limit(60)
    ).scalars()
    return [season for season in rows if season]


@query(requires=Permission.EVENTS_READ)
def stages(db: TenantSession, process: StageProcess = StageProcess.EVENT_PLANNING) -> dict[int, str]:
    """Stages in use of a process by id → name, in order."""
    rows = db.execute(
        select(PipelineStage.id, PipelineStage.name)
        .where(
            PipelineStage.account_id == db.context.account_id,
            PipelineStage.process == process,
            PipelineStage.archived_at.is_(None),
        )
        .order_by(PipelineStage.position, PipelineStage.id)
    ).all()
    return {row.id: row.name for row in rows}


@query(requires=Permission.EVENTS_READ)
def event_tags(db: TenantSession) -> list[str]:
    """Tags of events in use, sorted; at most 300."""
    tag = func.unnest(Event.tags).label("tag")
    rows = db.scalars(
        select(tag).where(Event.account_id == db.context.account_id, Event.archived_at.is_(None)).distinct().limit(300)
    )
    return sorted(rows)


def _page(
    db: TenantSession, spec: FrameSpec, statement: Any, wanted: EventFilter, cursor: str | None, size: int
) -> PageOf:
    """The page of the list that begins at `cursor`; `statement` selects what `spec` promises from events."""
    place = Cursor.decode(cursor)
    direction: Literal["asc", "desc"] = "desc" if wanted.latest_first else "asc"
    order: list[tuple[ColumnElement[Any], Literal["asc", "desc"]]] = [
        (Event.starts_at.expression, direction),
        (Event.id.expression, direction),
    ]
    statement = keyset(statement.where(*_conditions(db, wanted)), order, place, size=size)
    return paged(spec.query(db, statement), ("starts_at", "id"), place, size=size)


def _sessions() -> ScalarSelect[int]:
    """How many programme items of the event are not cancelled."""
    return (
        select(func.count())
        .where(
            EventSession.account_id == Event.account_id,
            EventSession.event_id == Event.id,
            EventSession.cancelled_at.is_(None),
        )
        .correlate(Event)
        .scalar_subquery()
    )


def _host() -> ColumnElement[bool]:
    return and_(Organization.account_id == Event.account_id, Organization.id == Event.host_organization_id)


def _joined(statement: Any) -> Any:
    return (
        statement.outerjoin(
            PipelineStage, and_(PipelineStage.account_id == Event.account_id, PipelineStage.id == Event.stage_id)
        )
        .outerjoin(AccountUser, and_(AccountUser.account_id == Event.account_id, AccountUser.id == Event.owner_id))
        .outerjoin(Venue, and_(Venue.account_id == Event.account_id, Venue.id == Event.venue_id))
    )


def _conditions(db: TenantSession, wanted: EventFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        Event.account_id == db.context.account_id,
        Event.archived_at.is_not(None) if wanted.archived else Event.archived_at.is_(None),
    ]
    # A house has some thousand events at most, so fragments are looked for row by row.
    found += [func.strpos(Event.search_text, func.app.search_key(word)) > 0 for word in wanted.q.split()[:8]]
    if wanted.status:
        found.append(Event.status.in_(wanted.status))
    if wanted.kind:
        found.append(Event.kind.in_(wanted.kind))
    if wanted.season:
        found.append(Event.season == wanted.season)
    if wanted.owner_id:
        found.append(Event.owner_id == wanted.owner_id)
    if wanted.venue_id:
        found.append(Event.venue_id == wanted.venue_id)
    if wanted.tag:
        found.append(Event.tags.contains([wanted.tag.strip().lower()]))
    if wanted.when == "upcoming":
        found.append(Event.ends_at >= func.now())
    elif wanted.when == "past":
        found.append(Event.ends_at < func.now())
    return found
