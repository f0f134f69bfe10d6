"""The programme as guests read it: what a public link shows, and what goes into a calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import and_, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from eventos_core.db.editing import get
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import EventStatus, HostStatus, SessionKind
from eventos_core.enums.operations import LinkKind
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, Organization
from eventos_core.models.events import Event, EventSession, SessionHost, Venue, VenueSpace
from eventos_core.operations import links
from eventos_core.operations.calendars import Entry, uid

MOST = 2000


@dataclass(frozen=True)
class ProgrammePaper:
    """The programme of an event as a document, in order of time or of places within a day."""

    event_id: int
    by: Literal["time", "place"] = "time"
    public: bool = False
    """Only what guests may read, for whom it leaves the house."""


@dataclass(frozen=True)
class GuestSession:
    """A session as guests read it; no internal notes, only hosts that the programme names."""

    public_id: str
    title: str
    kind: SessionKind
    track: str | None
    place: str | None
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    hosts: str | None
    summary: str | None
    description: str | None
    language: str | None
    url: str | None
    public: bool
    """Whether guests without a link of their own read of it."""
    cancelled: bool
    reason: str | None
    changed_at: dt.datetime
    revision: int


@dataclass(frozen=True)
class GuestProgramme:
    """An event with its public sessions in programme order."""

    house: str
    lang: str
    name: str
    tagline: str | None
    description: str | None
    status: EventStatus
    archived: bool
    reason: str | None
    """Why it was called off."""
    starts_at: dt.datetime
    ends_at: dt.datetime
    timezone: str
    place: str | None
    dress_code: str | None
    website: str | None
    sessions: tuple[GuestSession, ...]

    def entries(self) -> list[Entry]:
        """The sessions for a calendar; all of them called off where the event is."""
        off = self.status is EventStatus.CANCELLED
        return [
            Entry(
                uid("session", s.public_id), s.title, s.starts_at, s.ends_at, self.timezone, s.changed_at, s.revision,
                place=s.place or self.place, text="\n\n".join(part for part in (s.hosts, s.summary) if part) or None,
                url=s.url, cancelled=s.cancelled or off,
            )
            for s in self.sessions
        ]  # fmt: skip


@query(requires=Permission.EVENTS_READ, actors=links.VISITORS)
def shared_programme(db: TenantSession) -> GuestProgramme:
    """What the visitor's link shows. Raises NotFound for a link of another kind. Four statements."""
    return guest_programme(db, links.subject(db, LinkKind.PROGRAMME))


def guest_programme(db: TenantSession, event_id: int, *, inside: bool = False) -> GuestProgramme:
    """The event with its public sessions, or with all of them for people `inside` the house; at most 2,000.

    Checks no permission. Raises NotFound.
    """
    event = get(db, Event, event_id, what="event")
    venue = None
    if event.venue_id is not None:
        found = get(db, Venue, event.venue_id, what="venue")
        venue = ", ".join(part for part in (found.name, found.street, found.city) if part)
    rows = db.execute(
        _sessions(db, event_id, inside=inside)
        .order_by(EventSession.starts_at, EventSession.position, EventSession.id)
        .limit(MOST)
    ).all()
    return GuestProgramme(
        house=db.context.account_name, lang=db.context.locale, name=event.name, tagline=event.tagline,
        description=event.description, status=event.status, archived=event.archived_at is not None,
        reason=event.cancel_reason, starts_at=event.starts_at, ends_at=event.ends_at, timezone=event.timezone,
        place=venue or event.location_text, dress_code=event.dress_code, website=event.website,
        sessions=tuple(_guest_session(row) for row in rows),
    )  # fmt: skip


def _sessions(db: TenantSession, event_id: int, *, inside: bool) -> Any:
    """Sessions of an event with place and hosts; what the public programme leaves out only for people inside."""
    account = db.context.account_id
    hosts = (
        select(
            func.string_agg(
                func.coalesce(SessionHost.billing, Contact.full_name, Organization.name),
                aggregate_order_by(literal(", "), SessionHost.position, SessionHost.id),
            )
        )
        .select_from(SessionHost)
        .outerjoin(Contact, and_(Contact.account_id == account, Contact.id == SessionHost.contact_id))
        .outerjoin(
            Organization,
            and_(Organization.account_id == account, Organization.id == SessionHost.organization_id),
        )
        .where(
            SessionHost.account_id == account, SessionHost.session_id == EventSession.id,
            SessionHost.status != HostStatus.DECLINED, *([] if inside else [SessionHost.is_public]),
        )
        .correlate(EventSession)
        .scalar_subquery()
    )  # fmt: skip
    return (
        select(
            EventSession,
            func.coalesce(VenueSpace.name + " · " + Venue.name, EventSession.location_text).label("place"),
            hosts.label("hosts"),
        )
        .outerjoin(VenueSpace, and_(VenueSpace.account_id == account, VenueSpace.id == EventSession.space_id))
        .outerjoin(Venue, and_(Venue.account_id == account, Venue.id == VenueSpace.venue_id))
        .where(
            EventSession.account_id == account, EventSession.event_id == event_id,
            *([] if inside else [EventSession.is_public]),
        )
    )  # fmt: skip


def _guest_session(row: Any) -> GuestSession:
    s: EventSession = row[0]
    return GuestSession(
        public_id=str(s.public_id), title=s.title, kind=s.kind, track=s.track, place=row.place, starts_at=s.starts_at,
        ends_at=s.ends_at, hosts=row.hosts, summary=s.summary, description=s.description, language=s.language,
        url=s.url, public=s.is_public, cancelled=s.cancelled_at is not None, reason=s.cancel_reason,
        changed_at=s.updated_at,
        revision=s.version - 1,
    )  # fmt: skip
