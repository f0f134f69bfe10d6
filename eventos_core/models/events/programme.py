"""The programme for guests: sessions and who hosts them."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.events import AttendanceMode, HostRole, HostStatus, SessionKind
from eventos_core.models.base import (
    Booking,
    Count,
    Customised,
    Editable,
    Name,
    Positive,
    Slug,
    Tagged,
    TextList,
    choice,
    ref,
)
from eventos_core.models.events._parts import EventsTable, Link, OfEvent
from eventos_core.models.types import LocaleCode, PublicId, attributes, fragments, labels


class EventSession(EventsTable, OfEvent, Editable, Customised, Tagged):
    """An item of the programme for guests; times may lie outside the event's, as festivals spread.

    It takes its space (layer use) while not cancelled and its end is known.
    """

    __tablename__ = "sessions"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        UniqueConstraint("account_id", "event_id", "slug", name="uq_sessions_slug"),
        UniqueConstraint("account_id", "public_id", name="uq_sessions_public_id"),
        Index("ix_sessions_programme", "account_id", "event_id", "starts_at", "position", "id"),
        Index("ix_sessions_calendar", "account_id", "starts_at"),
        Index("ix_sessions_space", "account_id", "space_id", "starts_at"),
        Index("ix_sessions_track", "account_id", "event_id", "track"),
        fragments("sessions", "search_text"),
        labels("sessions"),
        attributes("sessions"),
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        CheckConstraint("mode <> 'online' or space_id is null", name="online_takes_no_space"),
    )
    __derived__ = {
        "search_text": "app.search_key(concat_ws(' ', new.title, new.track, new.summary, new.location_text))",
    }
    __books__ = (
        Booking(
            kind="space",
            layer="use",
            resource="space_id",
            starts="starts_at",
            ends="ends_at",
            active="new.cancelled_at is null and new.space_id is not null and new.ends_at is not null",
        ),
    )

    public_id: Mapped[PublicId]
    """Random id for public links and calendar entries."""
    slug: Mapped[Slug | None]
    """The session in links; unique in its event."""
    title: Mapped[Name]
    """As printed in the programme."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Title, track, summary and place for fragment search; kept by trigger."""
    summary: Mapped[str | None]
    """One paragraph for lists."""
    description: Mapped[str | None]
    """For guests, in Markdown."""
    kind: Mapped[SessionKind] = choice(SessionKind, SessionKind.TALK)
    """What sort of item it is."""
    track: Mapped[str | None] = mapped_column(Text, info={"check": "length({c}) between 1 and 120"})
    """The strand of the programme it belongs to."""
    mode: Mapped[AttendanceMode] = choice(AttendanceMode, AttendanceMode.ONSITE)
    """Where guests take part."""
    space_id: Mapped[int | None] = ref("venue_spaces")
    """→ venue_spaces: the room it takes; empty while unknown or when the place is not one of ours."""
    location_text: Mapped[str | None]
    """Where it is, as written, when no space matches."""
    starts_at: Mapped[dt.datetime]
    """Start as announced."""
    ends_at: Mapped[dt.datetime | None]
    """End as announced; empty: unknown, and then nothing is booked."""
    capacity: Mapped[Positive | None]
    """Persons admitted; empty: as many as its space holds."""
    language: Mapped[LocaleCode | None]
    """Language spoken."""
    interpretation: Mapped[TextList]
    """Languages it is interpreted into, sign languages included."""
    url: Mapped[Link | None]
    """Further information or sign-up, as the source gives it."""
    stream_url: Mapped[Link | None]
    """Where remote guests watch; sent only to those admitted."""
    recording_url: Mapped[Link | None]
    """Where it can be seen afterwards."""
    requires_registration: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether a place must be taken beforehand."""
    is_public: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether it stands in the public programme; false for sessions by invitation."""
    cancelled_at: Mapped[dt.datetime | None]
    """When it was called off; its space and hosts are free from then."""
    cancel_reason: Mapped[str | None]
    """Why, as told to guests."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order among sessions that start together, from 0."""
    cover_asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who looks after it."""
    internal_notes: Mapped[str | None]
    """For the house only: set-up, interpreters, what the host needs."""


class SessionHost(EventsTable, OfEvent, Editable):
    """Who hosts a session: a person or an organisation, exactly one.

    A person is booked (layer use) for the session's time while the session is not cancelled, its end is known
    and the person has not declined. Since those times live in `sessions`, no `__books__` can say it: sync writes
    a trigger of its own on both tables.
    """

    __tablename__ = "session_hosts"
    __table_args__ = (
        UniqueConstraint("account_id", "session_id", "contact_id", name="uq_session_hosts_contact"),
        UniqueConstraint("account_id", "session_id", "organization_id", name="uq_session_hosts_organization"),
        CheckConstraint("num_nonnulls(contact_id, organization_id) = 1", name="person_or_organization"),
    )

    session_id: Mapped[int] = ref("sessions", on_delete="CASCADE", through_event=True)
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the person; booked with the session."""
    organization_id: Mapped[int | None] = ref("organizations")
    """→ organizations: the organisation, when no person is named; books nobody."""
    role: Mapped[HostRole] = choice(HostRole, HostRole.HOST)
    """What the host does."""
    status: Mapped[HostStatus] = choice(HostStatus, HostStatus.CONFIRMED)
    """Whether the host has agreed."""
    billing: Mapped[str | None] = mapped_column(Text, info={"check": "length({c}) between 1 and 300"})
    """Name and title as printed in the programme; empty: as in the directory."""
    biography: Mapped[str | None]
    """For this programme; empty: as in the directory."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order among the hosts, from 0."""
    is_public: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether the public programme names them."""
    notes: Mapped[str | None]
    """What they need: microphone, interpreter, car."""
