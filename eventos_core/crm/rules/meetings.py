"""When a meeting can be booked: free slots from bookable hours, notice, days ahead, buffers and what is taken.

Hours are on the wall clock of the type's zone; slots are instants. On the days when clocks turn a window is as much
shorter or longer as the day is, and every slot still lasts what the type says.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventos_core.enums.crm import MeetingStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow

STEP_MINUTES = 30
"""Slots begin every half hour from the begin of a window, those of shorter meetings one after the other."""
MOST_DAYS = 62
"""Days that one look covers at most."""

S = MeetingStatus
ACTIVE = (S.REQUESTED, S.CONFIRMED, S.HELD, S.NO_SHOW)
"""Statuses that take the host's time; as the clash rule has it."""
STEPS: Mapping[MeetingStatus, tuple[MeetingStatus, ...]] = {
    S.REQUESTED: (S.CONFIRMED, S.DECLINED, S.CANCELLED),
    S.CONFIRMED: (S.HELD, S.NO_SHOW, S.CANCELLED),
    S.HELD: (S.CONFIRMED, S.NO_SHOW),
    S.NO_SHOW: (S.CONFIRMED, S.HELD),
    S.DECLINED: (),
    S.CANCELLED: (),
}
"""Forward, and back to confirmed where somebody marked the wrong thing."""


@dataclass(frozen=True)
class Window:
    """Bookable hours of one weekday (Monday = 1); `until` of 24:00 is stored as midnight and means the day's end."""

    weekday: int
    opens: dt.time
    until: dt.time


@dataclass(frozen=True)
class Offer:
    """What a meeting type allows."""

    minutes: int
    before_minutes: int
    after_minutes: int
    windows: tuple[Window, ...]
    zone: str
    from_on: dt.date | None = None
    until_on: dt.date | None = None
    notice_minutes: int = 0
    days_ahead: int = 60
    max_per_day: int | None = None


@dataclass(frozen=True)
class Slot:
    """A time for a meeting; `busy_…` is what the host gives up with the buffers."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    busy_starts_at: dt.datetime
    busy_ends_at: dt.datetime


@dataclass(frozen=True)
class Arrangement:
    """What a guest must know of a meeting: when, where and with whom."""

    starts_at: dt.datetime
    place: str | None
    host_id: int


Span = tuple[dt.datetime, dt.datetime]


def windows_from(stored: Iterable[Mapping[str, Any]]) -> tuple[Window, ...]:
    """Bookable hours as the type keeps them (`{weekday, from, to}`); what cannot be read is no window."""
    found = []
    for one in stored:
        try:
            weekday, opens, until = int(one["weekday"]), _time(one["from"]), _time(one["to"])
        except (KeyError, TypeError, ValueError):
            continue
        if 1 <= weekday <= 7 and (opens < until or until == dt.time()):
            found.append(Window(weekday, opens, until))
    return tuple(found)


def slot_at(offer: Offer, starts_at: dt.datetime) -> Slot:
    """The slot that begins then, whether or not it is offered."""
    ends_at = starts_at + dt.timedelta(minutes=offer.minutes)
    before, after = (dt.timedelta(minutes=n) for n in (offer.before_minutes, offer.after_minutes))
    return Slot(starts_at, ends_at, starts_at - before, ends_at + after)


def bookable_days(offer: Offer, now: dt.datetime) -> tuple[dt.date, dt.date]:
    """First and last day that can be booked at all, in the type's zone; the last may lie before the first."""
    today = now.astimezone(clock.zone(offer.zone)).date()
    first = max(today, offer.from_on or today)
    last = today + dt.timedelta(days=offer.days_ahead)
    return first, min(last, offer.until_on or last)


def free_slots(
    offer: Offer,
    *,
    now: dt.datetime,
    first: dt.date,
    last: dt.date,
    busy: Sequence[Span],
    booked: Sequence[dt.datetime],
) -> list[Slot]:
    """Slots that can be booked on the days from `first` to `last`, in order.

    `busy` is what the host's time is taken by (half-open); `booked` are starts of the host's meetings of this type,
    for the limit a day.
    """
    zone = clock.zone(offer.zone)
    earliest, latest = bookable_days(offer, now)
    per_day = Counter(at.astimezone(zone).date() for at in booked)
    notice = now + dt.timedelta(minutes=offer.notice_minutes)
    found: list[Slot] = []
    day = max(first, earliest)
    end = min(last, latest, day + dt.timedelta(days=MOST_DAYS - 1))
    while day <= end:
        if offer.max_per_day is None or per_day[day] < offer.max_per_day:
            found += [
                slot
                for slot in _of_day(offer, day)
                if slot.starts_at >= notice and not any(_meet(slot, span) for span in busy)
            ]
        day += dt.timedelta(days=1)
    return found


def check_slot(offer: Offer, starts_at: dt.datetime, *, now: dt.datetime, booked: Sequence[dt.datetime]) -> None:
    """Raises NotAllowedNow where the type does not offer that time, whatever the host does then."""
    zone = clock.zone(offer.zone)
    day = starts_at.astimezone(zone).date()
    if starts_at < now + dt.timedelta(minutes=offer.notice_minutes):
        raise NotAllowedNow("That is too soon for this kind of meeting.", hint="Choose a later time.")
    earliest, latest = bookable_days(offer, now)
    if not earliest <= day <= latest:
        raise NotAllowedNow("This kind of meeting cannot be booked on that day.", hint="Choose another day.")
    if all(slot.starts_at != starts_at for slot in _of_day(offer, day)):
        raise NotAllowedNow("That time lies outside the bookable hours.", hint="Choose one of the times offered.")
    number = sum(at.astimezone(zone).date() == day for at in booked)
    if offer.max_per_day is not None and number >= offer.max_per_day:
        raise NotAllowedNow("No more meetings of this kind on that day.", hint="Choose another day.")


def check_step(old: MeetingStatus, new: MeetingStatus) -> None:
    """Raises NotAllowedNow where a meeting cannot go from `old` to `new`."""
    if new not in STEPS[old]:
        raise NotAllowedNow(f"This meeting is {old.label.lower()}.", hint="Book another one." if not STEPS[old] else "")


def changed(before: Arrangement, after: Arrangement) -> tuple[str, ...]:
    """Which of `time`, `place` and `host` differ, in this order."""
    pairs = (
        ("time", before.starts_at, after.starts_at),
        ("place", before.place, after.place),
        ("host", before.host_id, after.host_id),
    )
    return tuple(name for name, was, now in pairs if was != now)


def check_time(starts_at: dt.datetime) -> None:
    """Raises InvalidInput for a time that no meeting has."""
    if not 1990 <= starts_at.year <= 2100:
        raise InvalidInput("Choose a date between 1990 and 2100.", fields={"starts_at": "Out of range"})


def _of_day(offer: Offer, day: dt.date) -> list[Slot]:
    """Every slot of that day's windows, each once, in order."""
    step = dt.timedelta(minutes=min(STEP_MINUTES, offer.minutes))
    starts: set[dt.datetime] = set()
    for window in offer.windows:
        if window.weekday != day.isoweekday():
            continue
        at = clock.local_to_utc(dt.datetime.combine(day, window.opens), offer.zone)
        closes = day if window.until != dt.time() else day + dt.timedelta(days=1)
        until = clock.local_to_utc(dt.datetime.combine(closes, window.until), offer.zone)
        while at + dt.timedelta(minutes=offer.minutes) <= until:
            starts.add(at)
            at += step
    return [slot_at(offer, at) for at in sorted(starts)]


def _meet(slot: Slot, span: Span) -> bool:
    return slot.busy_starts_at < span[1] and span[0] < slot.busy_ends_at


def _time(text: Any) -> dt.time:
    return dt.time() if text == "24:00" else dt.time.fromisoformat(text)
