"""What a kind of meeting may be: how long, where, and when it can be booked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from eventos_core.enums.crm import MeetingMode
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.ids import slugify

DAY_MINUTES = 1440
WEEK_MINUTES = 7 * DAY_MINUTES
MOST_DAYS_AHEAD = 730
MOST_QUESTIONS = 12
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class BookableHours:
    """A span of a weekday (1 = Monday … 7 = Sunday) in which meetings can lie, on the wall clock of the type's zone."""

    weekday: int
    starts: dt.time
    ends: dt.time


@dataclass(frozen=True)
class MeetingQuestion:
    """What is asked of who books."""

    label: str
    required: bool = False


@dataclass(frozen=True)
class MeetingTypeFields:
    """A kind of meeting as it should be. `slug` empty is made of the name; `timezone` empty is the house's.

    `host_id` None = chosen when booking; `max_per_day` None = no limit; without hours nobody can book.
    """

    name: str
    duration_minutes: int
    slug: str = ""
    description: str | None = None
    event_id: int | None = None
    host_id: int | None = None
    venue_space_id: int | None = None
    mode: MeetingMode = MeetingMode.VIDEO
    place: str | None = None
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    hours: tuple[BookableHours, ...] = ()
    timezone: str = ""
    bookable_from_on: dt.date | None = None
    bookable_until_on: dt.date | None = None
    min_notice_minutes: int = 0
    days_ahead: int = 60
    max_per_day: int | None = None
    needs_confirmation: bool = False
    public: bool = False
    questions: tuple[MeetingQuestion, ...] = ()


def checked(given: MeetingTypeFields, house_zone: str) -> dict[str, Any]:
    """The columns of the type, its slug aside. Raises InvalidInput by field."""
    wrong = _limits(given)
    name = " ".join(given.name.split())
    if not 1 <= len(name) <= 200:
        wrong["name"] = "1 to 200 characters"
    if given.bookable_from_on and given.bookable_until_on and given.bookable_from_on > given.bookable_until_on:
        wrong["bookable_until_on"] = "Not before the first day"
    zone = house_zone
    try:
        zone = clock.zone(given.timezone.strip() or house_zone).key
    except InvalidInput as error:
        wrong |= error.fields
    hours: list[dict[str, Any]] = []
    try:
        hours = stored_hours(given.hours)
    except InvalidInput as error:
        wrong |= error.fields
    labels = [" ".join(one.label.split()) for one in given.questions]
    if len(labels) > MOST_QUESTIONS or not all(1 <= len(label) <= 200 for label in labels):
        wrong["questions"] = f"At most {MOST_QUESTIONS}, each of 1 to 200 characters"
    if wrong:
        raise InvalidInput("Check the marked fields.", fields=wrong)
    plain = (
        "event_id", "host_id", "venue_space_id", "mode", "duration_minutes", "buffer_before_minutes",
        "buffer_after_minutes", "bookable_from_on", "bookable_until_on", "min_notice_minutes", "days_ahead",
        "max_per_day", "needs_confirmation", "public",
    )  # fmt: skip
    return {
        "name": name,
        "description": (given.description or "").strip() or None,
        "place": (given.place or "").strip() or None,
        "timezone": zone,
        "bookable_hours": hours,
        "questions": _questions(labels, given.questions),
        **{key: getattr(given, key) for key in plain},
    }


def _limits(given: MeetingTypeFields) -> dict[str, str]:
    limits: Mapping[str, tuple[int | None, int, int, str]] = {
        "duration_minutes": (given.duration_minutes, 5, DAY_MINUTES, "minutes"),
        "buffer_before_minutes": (given.buffer_before_minutes, 0, DAY_MINUTES, "minutes"),
        "buffer_after_minutes": (given.buffer_after_minutes, 0, DAY_MINUTES, "minutes"),
        "min_notice_minutes": (given.min_notice_minutes, 0, 8 * WEEK_MINUTES, "minutes"),
        "days_ahead": (given.days_ahead, 1, MOST_DAYS_AHEAD, "days"),
        "max_per_day": (given.max_per_day, 1, 100, "meetings"),
    }
    return {
        key: f"From {least} to {most} {unit}"
        for key, (value, least, most, unit) in limits.items()
        if value is not None and not least <= value <= most
    }


def stored_hours(hours: Sequence[BookableHours]) -> list[dict[str, Any]]:
    """The spans as the table keeps them, by weekday and time.

    Raises InvalidInput for a weekday that is none, a span that ends before it begins, and spans that overlap.
    """
    ordered = sorted(hours, key=lambda one: (one.weekday, one.starts, one.ends))
    for one in ordered:
        if not 1 <= one.weekday <= 7:
            raise InvalidInput("A weekday is 1 to 7.", fields={"hours": "Weekdays are 1 (Monday) to 7 (Sunday)"})
        if one.starts >= one.ends:
            raise _hours_wrong(one, "ends before it begins")
    for one, following in pairwise(ordered):
        if one.weekday == following.weekday and following.starts < one.ends:
            raise _hours_wrong(following, "overlaps another span of the day")
    return [{"weekday": one.weekday, "from": f"{one.starts:%H:%M}", "to": f"{one.ends:%H:%M}"} for one in ordered]


def hours_of(stored: Sequence[Mapping[str, Any]]) -> tuple[BookableHours, ...]:
    """The spans that the table keeps."""
    return tuple(
        BookableHours(int(one["weekday"]), dt.time.fromisoformat(one["from"]), dt.time.fromisoformat(one["to"]))
        for one in stored
    )


def parse_spans(raw: str, weekday: int) -> tuple[BookableHours, ...]:
    """`9:00-12:30, 14-18` as spans of that weekday; empty = none. Raises InvalidInput."""
    return tuple(_span(part, weekday) for part in raw.replace(";", ",").split(",") if part.strip())


def written_spans(hours: Sequence[BookableHours], weekday: int) -> str:
    """The spans of a weekday as `parse_spans` reads them: `09:00–12:30, 14:00–18:00`."""
    return ", ".join(f"{one.starts:%H:%M}–{one.ends:%H:%M}" for one in hours if one.weekday == weekday)


def told_hours(hours: Sequence[BookableHours]) -> str:
    """The week in a line, days alike together: `Mon–Thu 09:00–18:00 · Fri 09:00–12:00`."""
    groups: list[tuple[int, int, str]] = []
    for weekday in range(1, 8):
        spans = written_spans(hours, weekday)
        if spans and groups and groups[-1][1] == weekday - 1 and groups[-1][2] == spans:
            groups[-1] = (groups[-1][0], weekday, spans)
        elif spans:
            groups.append((weekday, weekday, spans))
    days = [
        WEEKDAYS[first - 1][:3] + ("" if first == last else f"–{WEEKDAYS[last - 1][:3]}") for first, last, _ in groups
    ]
    return " · ".join(f"{day} {spans}" for day, (_, _, spans) in zip(days, groups, strict=True))


def _span(part: str, weekday: int) -> BookableHours:
    pieces = [piece.strip() for piece in part.replace("–", "-").split("-")]
    try:
        starts, ends = (_time(piece) for piece in pieces)
    except ValueError:
        raise InvalidInput(
            f"“{part.strip()}” is no span of the day.",
            fields={f"hours_{weekday}": "Write it like 9:00–12:30, 14:00–18:00"},
        ) from None
    return BookableHours(weekday, starts, ends)


def _time(text: str) -> dt.time:
    hour, _, minute = text.partition(":")
    return dt.time(int(hour), int(minute or "0"))


def _hours_wrong(one: BookableHours, what: str) -> InvalidInput:
    day = WEEKDAYS[one.weekday - 1]
    said = f"{day}: {one.starts:%H:%M}–{one.ends:%H:%M} {what}"
    return InvalidInput(f"{said}.", fields={"hours": said, f"hours_{one.weekday}": said})


def _questions(labels: Sequence[str], given: Sequence[MeetingQuestion]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for label, one in zip(labels, given, strict=True):
        key, taken = slugify(label).replace("-", "_") or "question", {question["key"] for question in found}
        number = 2
        while key in taken:
            key, number = f"{slugify(label).replace('-', '_')}_{number}", number + 1
        found.append({"key": key, "label": label, "required": one.required})
    return found
