"""What an event may become, and how its days, names and times are derived: pure decisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from eventos_core.enums.events import EventStatus
from eventos_core.kernel import clock, ids
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow
from eventos_core.kernel.permissions import Permission

S = EventStatus

TRANSITIONS: dict[EventStatus, tuple[EventStatus, ...]] = {
    S.DRAFT: (S.PLANNED, S.CANCELLED),
    S.PLANNED: (S.ON_SALE, S.LIVE, S.CANCELLED),
    S.ON_SALE: (S.LIVE, S.CANCELLED),
    S.LIVE: (S.COMPLETED, S.CANCELLED),
    S.COMPLETED: (),
    S.CANCELLED: (),
}
"""Forward only; planned → live serves invitation shows, which sell nothing."""

OPEN = (S.DRAFT, S.PLANNED, S.ON_SALE, S.LIVE)
"""Statuses of events that still ask for work."""
OVER = (S.COMPLETED, S.CANCELLED)
"""Final statuses."""

MAX_EVENT_DAYS = 366
MAX_SESSION_DAYS = 31
_BEFORE_LIVE = dt.timedelta(days=14)
_EVENING = dt.time(19)
_EVENING_HOURS = 4
_MORNING = dt.time(10)
_LATEST_START = dt.time(22)


def required_permission(new: EventStatus) -> Permission:
    """Planning is open to who edits events; what guests notice needs the right to publish."""
    return Permission.EVENTS_WRITE if new is S.PLANNED else Permission.EVENTS_PUBLISH


def check_transition(old: EventStatus, new: EventStatus, *, starts_at: dt.datetime, now: dt.datetime) -> None:
    """Whether an event may go from `old` to `new` now. Raises NotAllowedNow saying which way is open."""
    if new not in TRANSITIONS[old]:
        ways = ", ".join(way.label.lower() for way in TRANSITIONS[old])
        raise NotAllowedNow(
            f"An event that is {old.label.lower()} cannot become {new.label.lower()}.",
            hint=f"It may become: {ways}." if ways else "Its status is final; create a new event instead.",
        )
    if new is S.LIVE and now < live_from(starts_at):
        raise NotAllowedNow(
            "An event goes live at most 14 days before it starts.", hint="Leave it planned or on sale until then."
        )
    if new is S.COMPLETED and now < starts_at:
        raise NotAllowedNow("This event has not started yet.", hint="Cancel it, or complete it after its start.")


def next_steps(old: EventStatus, *, starts_at: dt.datetime, now: dt.datetime) -> tuple[EventStatus, ...]:
    """The statuses that an event may take now; empty when its status is final."""

    def open_now(new: EventStatus) -> bool:
        try:
            check_transition(old, new, starts_at=starts_at, now=now)
        except NotAllowedNow:
            return False
        return True

    return tuple(new for new in TRANSITIONS[old] if open_now(new))


def live_from(starts_at: dt.datetime) -> dt.datetime:
    """From when an event may go live."""
    return starts_at - _BEFORE_LIVE


def check_times(starts_at: dt.datetime, ends_at: dt.datetime, doors_at: dt.datetime | None = None) -> None:
    """Raises InvalidInput with the field that is out of order."""
    fields = {}
    if ends_at <= starts_at:
        fields["ends_at"] = "The end must be after the start."
    elif ends_at - starts_at > dt.timedelta(days=MAX_EVENT_DAYS):
        fields["ends_at"] = f"An event lasts at most {MAX_EVENT_DAYS} days."
    if doors_at is not None and doors_at > starts_at:
        fields["doors_at"] = "Doors open before the start."
    if not dt.datetime(1990, 1, 1, tzinfo=dt.UTC) < starts_at < dt.datetime(2100, 1, 1, tzinfo=dt.UTC):
        fields["starts_at"] = "Choose a date between 1990 and 2100."
    if fields:
        raise InvalidInput(next(iter(fields.values())), fields=fields)


def check_session_times(starts_at: dt.datetime, ends_at: dt.datetime | None) -> None:
    """A session ends after it starts, if its end is known, and within 31 days. Raises InvalidInput."""
    if ends_at is not None and ends_at <= starts_at:
        raise InvalidInput("The end must be after the start.", fields={"ends_at": "After the start"})
    if ends_at is not None and ends_at - starts_at > dt.timedelta(days=MAX_SESSION_DAYS):
        raise InvalidInput("A session lasts at most 31 days.", fields={"ends_at": "At most 31 days"})


def check_session(
    title: str, track: str | None, starts_at: dt.datetime, ends_at: dt.datetime | None, capacity: int | None
) -> None:
    """What a session's form must hold. Raises InvalidInput with the fields that are wrong."""
    fields = {}
    if not 1 <= len(title) <= 200:
        fields["title"] = "1 to 200 characters"
    if track is not None and len(track.strip()) > 120:
        fields["track"] = "At most 120 characters"
    if capacity is not None and capacity <= 0:
        fields["capacity"] = "Above zero, or empty"
    if fields:
        raise InvalidInput("Check the marked fields.", fields=fields)
    check_session_times(starts_at, ends_at)


def tags(given: Iterable[str]) -> list[str]:
    """Tags as stored: lower case, trimmed, each once, sorted."""
    return sorted({" ".join(tag.split()).lower() for tag in given if tag.strip()})


def free_slug(name: str, taken: Collection[str]) -> str:
    """A slug for `name` that is not in `taken`; counts up from -2."""
    base = ids.slugify(name, limit=55) or "event"
    if base not in taken:
        return base
    return next(f"{base}-{n}" for n in range(2, len(taken) + 3) if f"{base}-{n}" not in taken)


def days_until(starts_at: dt.datetime, now: dt.datetime, timezone: str) -> int:
    """Whole local days before the event's start day; negative afterwards."""
    zone = clock.zone(timezone)
    return (starts_at.astimezone(zone).date() - now.astimezone(zone).date()).days


def local_days(starts_at: dt.datetime, ends_at: dt.datetime, timezone: str) -> tuple[dt.date, dt.date]:
    """First and last local day; an end at midnight belongs to the day before, as people say it."""
    zone = clock.zone(timezone)
    first = starts_at.astimezone(zone).date()
    last = (ends_at - dt.timedelta(microseconds=1)).astimezone(zone).date()
    return first, max(first, last)


def next_full_evening(
    now: dt.datetime, timezone: str, begins: dt.time = _EVENING, hours: int = _EVENING_HOURS
) -> tuple[dt.datetime, dt.datetime]:
    """Start and end, in UTC, of the first such evening in `timezone` that lies wholly ahead: what a new event proposes.

    19:00 to 23:00 where the house has set nothing else.
    """
    local = now.astimezone(clock.zone(timezone))
    day = local.date() + dt.timedelta(days=0 if local.time() < begins else 1)
    starts_at = clock.local_to_utc(dt.datetime.combine(day, begins), timezone)
    return starts_at, starts_at + dt.timedelta(hours=hours)


def next_session_start(
    event_starts_at: dt.datetime, timezone: str, day: dt.date | None, ends: Collection[dt.datetime]
) -> dt.datetime:
    """When a new session on local `day` is proposed to start.

    Where the last session of that day ends, unless that is late at night or unknown; else with the event on its own
    day, at ten on any other. Without a day: with the event.
    """
    zone = clock.zone(timezone)
    event_day = event_starts_at.astimezone(zone).date()
    if day is None:
        return event_starts_at
    latest = dt.datetime.combine(day, _LATEST_START, tzinfo=zone)
    fitting = [end for end in ends if end.astimezone(zone).date() == day and end <= latest]
    if fitting:
        return max(fitting)
    return event_starts_at if day == event_day else clock.local_to_utc(dt.datetime.combine(day, _MORNING), timezone)
