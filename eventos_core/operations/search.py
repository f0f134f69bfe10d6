"""Finding things across the house: the global search, and the events that the picker offers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select, text

from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import EventStatus
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event

CHOICES = 40


@dataclass(frozen=True)
class EventRef:
    """An event as links and pickers name it; `timezone` is the zone its times are told in."""

    id: int
    slug: str
    name: str
    status: EventStatus
    starts_at: dt.datetime
    ends_at: dt.datetime
    timezone: str


_COLUMNS = (Event.id, Event.slug, Event.name, Event.status, Event.starts_at, Event.ends_at, Event.timezone)


@query(requires=Permission.EVENTS_READ)
def event_choices(db: TenantSession, *, limit: int = CHOICES) -> list[EventRef]:
    """The events nearest to now, upcoming ones first in order, then past ones from the latest; none archived."""
    open_ = select(*_COLUMNS).where(Event.account_id == db.context.account_id, Event.archived_at.is_(None))
    coming = db.execute(open_.where(Event.ends_at >= func.now()).order_by(Event.ends_at, Event.id).limit(limit)).all()
    past = db.execute(open_.where(Event.ends_at < func.now()).order_by(Event.ends_at.desc()).limit(limit)).all()
    return [EventRef(*row) for row in [*coming, *past][:limit]]


@query(requires=Permission.EVENTS_READ)
def event_by_slug(db: TenantSession, slug: str) -> EventRef | None:
    """The event of that slug, archived or not; None where the house has none."""
    row = db.execute(select(*_COLUMNS).where(Event.account_id == db.context.account_id, Event.slug == slug)).first()
    return EventRef(*row) if row else None


@dataclass(frozen=True)
class Hit:
    """One match of the global search; `event_slug` is the event itself, or the one that the record belongs to."""

    kind: str
    id: int
    title: str
    subtitle: str
    rank: float
    event_slug: str | None


MOST = 50
"""Matches of one kind at most."""


@query(requires=Permission.HOUSE_READ)
def everything(db: TenantSession, wanted: str, *, per_kind: int = 5) -> list[Hit]:
    """The best matches of every kind that the actor may read, best kinds first; nothing for fewer than two letters.

    At most `per_kind` of a kind, and never more than `MOST`. Each word may be any fragment, accents and case aside; a
    name that begins with the words ranks highest.
    """
    if len(wanted.strip()) < 2:
        return []
    rows = db.execute(
        text(
            "select s.kind, s.id, s.title, coalesce(s.subtitle, '') as subtitle, s.rank, e.slug"
            "  from app.search_everything(:wanted, :per_kind) s"
            "  left join events e on e.account_id = :account"
            "   and e.id = case s.kind when 'event' then s.id else s.event_id end"
        ),
        {"wanted": wanted.strip()[:200], "per_kind": min(max(per_kind, 1), MOST), "account": db.context.account_id},
    ).all()
    hits = [Hit(*row) for row in rows]
    best: dict[str, float] = {}
    for hit in hits:
        best[hit.kind] = max(best.get(hit.kind, 0.0), hit.rank)
    hits.sort(key=lambda hit: (-best[hit.kind], hit.kind, -hit.rank, hit.title))
    return hits
