"""What the tests of events, venues and programme are built of."""

from __future__ import annotations

import datetime as dt
from typing import Any

from eventos_core.db.registry import execute, read
from eventos_core.enums.events import EventStatus
from eventos_core.events import commands, queries
from eventos_core.events.commands import (
    AddSession,
    AddSpace,
    AddVenue,
    ChangeEventStatus,
    CreateEvent,
    EditEvent,
    EventSaved,
    SessionChanged,
    SpaceSaved,
    VenueSaved,
)
from eventos_core.kernel.credentials import Credential

PARIS = "Europe/Paris"
DAY = dt.date(2027, 3, 6)
"""A day well ahead, whatever the day the tests run on."""


def at(hour: int, minute: int = 0, *, days: int = 0) -> dt.datetime:
    """A wall-clock time on that day (naive: the event's zone is meant)."""
    return dt.datetime.combine(DAY, dt.time(hour, minute)) + dt.timedelta(days=days)


def add_event(who: Credential, name: str = "SS27 Show", **given: Any) -> EventSaved:
    """An event on the evening of the day, or as `given`."""
    values = {"starts_at": at(19, 30), "ends_at": at(23), "timezone": PARIS, **given}
    return execute(who, commands.create_event, CreateEvent(name=name, **values))


def step_to(who: Credential, saved: EventSaved, *statuses: EventStatus, reason: str | None = None) -> EventSaved:
    """The event after those steps."""
    for status in statuses:
        given = ChangeEventStatus(saved.event_id, saved.version, status, reason)
        saved = execute(who, commands.change_event_status, given)
    return saved


def edit_of(who: Credential, event_id: int, **changed: Any) -> EditEvent:
    """The event's form as it stands, with `changed` fields."""
    detail = read(who, queries.event, event_id)
    own = {name: getattr(detail, name) for name in EditEvent.__dataclass_fields__ if hasattr(detail, name)}
    return EditEvent(**{**own, "event_id": event_id, **changed})


def add_venue(who: Credential, name: str = "Palais", **given: Any) -> VenueSaved:
    """A venue."""
    return execute(who, commands.add_venue, AddVenue(name, **given))


def add_space(who: Credential, venue_id: int, name: str = "Grande nef", **given: Any) -> SpaceSaved:
    """A space of a venue."""
    return execute(who, commands.add_space, AddSpace(venue_id, name, **given))


def add_session(who: Credential, event_id: int, title: str = "Talk", **given: Any) -> SessionChanged:
    """A session from ten to eleven, or as `given`."""
    values = {"starts_at": at(10), "ends_at": at(11), **given}
    return execute(who, commands.add_session, AddSession(event_id=event_id, title=title, **values))


def titles(who: Credential, event_id: int, **wanted: Any) -> list[str]:
    """The sessions that the programme shows under that filter."""
    return list(read(who, queries.programme, event_id, **wanted)["title"])


def names(who: Credential, **wanted: Any) -> list[str]:
    """The events that the list shows under that filter."""
    return list(read(who, queries.events, queries.EventFilter(**wanted)).frame["name"])
