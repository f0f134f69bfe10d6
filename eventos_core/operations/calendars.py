"""Calendar files (iCalendar, RFC 5545), written with the icalendar library.

An entry keeps its `uid` for life and counts its changes in `revision`, so that a calendar program that has it already
changes its copy; one that was called off is written as cancelled rather than left out, which would leave it standing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress
from icalendar.enums import PARTSTAT, STATUS

MEDIA_TYPE = "text/calendar; charset=utf-8"
_REFRESH = dt.timedelta(hours=1)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# Rules of a zone are written for the years of the entries and a year on either side.
_MARGIN = dt.timedelta(days=366)


@dataclass(frozen=True)
class Entry:
    """One thing in a calendar. Instants are aware; `zone` is the IANA zone whose clock it goes by."""

    uid: str
    """The same for the same thing for ever; unique everywhere."""
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    """None while unknown: the entry then is a moment."""
    zone: str
    changed_at: dt.datetime
    revision: int = 0
    """How often it was changed; never falls."""
    place: str | None = None
    text: str | None = None
    url: str | None = None
    cancelled: bool = False
    tentative: bool = False
    all_day: bool = False
    """Whether only the days count, those of `starts_at` and `ends_at` (its last, None = one day) in `zone`."""


@dataclass(frozen=True)
class Participant:
    """Somebody who invites or is invited; `email` is how calendar programs know them."""

    name: str
    email: str | None


@dataclass(frozen=True)
class Invitation:
    """One entry with who invites whom; without an organiser it is published rather than sent."""

    entry: Entry
    organizer: Participant | None
    guest: Participant | None


def uid(kind: str, public_id: object) -> str:
    """The uid of a record: its kind and random id; the address of the installation may change, this may not."""
    return f"{kind}-{public_id}@eventos"


def calendar(name: str, entries: Iterable[Entry]) -> bytes:
    """A calendar file; the same entries give the same bytes."""
    made = Calendar.new(
        name=_clean(name), method="PUBLISH", prodid="-//EventOS//EventOS//EN", refresh_interval=_REFRESH
    )
    del made["UID"]  # random; the library gives each file its own
    return _whole_file(made, [(entry, _event(entry)) for entry in entries])


def method(given: Invitation) -> str:
    """What the file asks of the guest's calendar (RFC 5546): REQUEST, CANCEL; PUBLISH where nobody invites."""
    if given.organizer is None or given.guest is None:
        return "PUBLISH"
    return "CANCEL" if given.entry.cancelled else "REQUEST"


def invitation(given: Invitation) -> bytes:
    """The file that goes to a guest by e-mail: with organiser and guest, so that the answer finds its way back."""
    made = Calendar.new(method=method(given), prodid="-//EventOS//EventOS//EN")
    del made["UID"]
    event = _event(given.entry)
    if given.organizer is not None and given.organizer.email:
        event.add("organizer", _participant(given.organizer))
    if given.guest is not None and given.guest.email:
        guest = _participant(given.guest)
        guest.params["RSVP"] = "TRUE"
        guest.params["PARTSTAT"] = PARTSTAT.NEEDS_ACTION.value
        event.add("attendee", guest)
    return _whole_file(made, [(given.entry, event)])


def _participant(one: Participant) -> vCalAddress:
    made = vCalAddress(f"mailto:{one.email}")
    if one.name:
        made.params["CN"] = _clean(one.name).replace('"', "'")
    return made


def _whole_file(made: Calendar, events: Iterable[tuple[Entry, Event]]) -> bytes:
    days: list[dt.date] = []
    for entry, event in events:
        made.add_component(event)
        days += [entry.starts_at.date(), (entry.ends_at or entry.starts_at).date()]
    if days:
        made.add_missing_timezones(_year(min(days) - _MARGIN), _year(max(days) + _MARGIN, end=True))
        _correct_onsets(made)
    content: bytes = made.to_ical()
    return content


def _event(entry: Entry) -> Event:
    zone = ZoneInfo(entry.zone)
    begins: dt.date
    ends: dt.date | None
    if entry.all_day:
        begins, last = (at.astimezone(zone).date() for at in (entry.starts_at, entry.ends_at or entry.starts_at))
        ends = last + dt.timedelta(days=1)
    else:
        begins = _local(entry.starts_at, zone)
        ends = _local(entry.ends_at, zone) if entry.ends_at is not None else None
    return Event.new(
        uid=entry.uid,
        summary=_clean(entry.title),
        start=begins,
        end=ends,
        # When it was changed, not when it is written: the file of yesterday is then the file of today.
        stamp=_whole(entry.changed_at),
        last_modified=_whole(entry.changed_at),
        sequence=entry.revision,
        location=_clean(entry.place) if entry.place else None,
        description=_clean(entry.text) if entry.text else None,
        url=entry.url if entry.url and entry.url.startswith(("http://", "https://")) else None,
        status=STATUS.CANCELLED if entry.cancelled else STATUS.TENTATIVE if entry.tentative else STATUS.CONFIRMED,
    )


def _correct_onsets(made: Calendar) -> None:
    """Where clocks go forward, an onset stands on the clock before it (RFC 5545, 3.6.5); the library writes the later.

    Most programs know the zone by its name and never look; one that does would be wrong for an hour in spring.
    """
    for zone in made.timezones:
        for part in zone.subcomponents:
            forward = part.TZOFFSETTO - part.TZOFFSETFROM
            if forward <= dt.timedelta():
                continue
            part.DTSTART = part.DTSTART - forward
            if "RDATE" in part:
                dates: Any = part["RDATE"]
                later = [each.dt - forward for each in dates.dts]
                del part["RDATE"]
                part.add("RDATE", later)


def _local(value: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """On the clock of the zone; in UTC in the hour that an autumn night has twice, which a clock cannot tell."""
    local = _whole(value).astimezone(zone)
    return local.astimezone(dt.UTC) if local.fold else local


def _whole(value: dt.datetime) -> dt.datetime:
    return value.astimezone(dt.UTC).replace(microsecond=0)


def _year(day: dt.date, *, end: bool = False) -> dt.date:
    return dt.date(day.year, 12, 31) if end else dt.date(day.year, 1, 1)


def _clean(text: str) -> str:
    return _CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
