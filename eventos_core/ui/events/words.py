"""How events read on their pages: colours of statuses, names of steps, sentences about times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from eventos_core.enums.events import EventStatus
from eventos_core.events import rules
from eventos_core.ui import formats
from eventos_core.ui.tables import Meaning

S = EventStatus

TONES: Mapping[str, Meaning] = {
    S.DRAFT: "gray",
    S.PLANNED: "blue",
    S.ON_SALE: "primary",
    S.LIVE: "green",
    S.COMPLETED: "gray",
    S.CANCELLED: "red",
}
"""The same colour for the same status on every page; it always carries the word."""

ICONS: Mapping[EventStatus, str] = {
    S.DRAFT: "edit_note",
    S.PLANNED: "event_available",
    S.ON_SALE: "sell",
    S.LIVE: "sensors",
    S.COMPLETED: "task_alt",
    S.CANCELLED: "event_busy",
}

STEPS: Mapping[EventStatus, tuple[str, str]] = {
    S.PLANNED: ("Plan", "The event leaves the drafts and counts as planned."),
    S.ON_SALE: ("Put on sale", "Guests can register or buy from now on. This cannot be taken back, only cancelled."),
    S.LIVE: ("Go live", "The event day begins: the live page and check-in follow it. This cannot be taken back."),
    S.COMPLETED: ("Complete", "The event is over; its figures stand. This is final."),
    S.CANCELLED: ("Cancel event", "Guests are told the reason. This is final."),
}
"""What the button of a step says, and what pressing it means."""


def when(starts_at: dt.datetime, ends_at: dt.datetime | None, timezone: str, lang: str) -> str:
    """Day, time and zone of something, on its own wall clock."""
    return formats.span(starts_at, ends_at, ZoneInfo(timezone), lang)


def when_short(starts_at: dt.datetime, ends_at: dt.datetime, timezone: str, lang: str) -> str:
    """`Sat 12 Dec 2026, 19:30 Paris`; the days alone where it lasts several: `14 Dec – 19 Dec 2026 Paris`."""
    zone = ZoneInfo(timezone)
    first, last = rules.local_days(starts_at, ends_at, timezone)
    if (last - first).days <= 1 and ends_at - starts_at < dt.timedelta(hours=18):
        return formats.instant(starts_at, zone, lang)
    begin = formats.date(first, lang, weekday=False, year=first.year != last.year)
    return f"{begin} – {formats.date(last, lang, weekday=False)} {formats.zone_label(zone)}"


def clock_span(starts_at: dt.datetime, ends_at: dt.datetime | None, zone: ZoneInfo, lang: str) -> str:
    """`10:00–11:00`, `from 18:00` while the end is unknown, with the day where it ends on a later one."""
    first = formats.clock(starts_at, zone)
    if ends_at is None or formats.missing(ends_at):
        return f"from {first}"
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    last = formats.clock(ends_at, zone)
    # A night that runs into the small hours needs no date; an exhibition of three days does.
    if end.date() > start.date() and end - start > dt.timedelta(hours=12):
        return f"{first} – {formats.date(end.date(), lang, year=False)}, {last}"
    return f"{first}–{last}"
