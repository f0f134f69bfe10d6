"""Activities and notes: what they are about, when they are due, what a click makes of them: pure decisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.crm import ActivityDirection, ActivityKind, ActivityOutcome, Priority
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission

SUBJECT, LOCATION, OUTCOME_NOTE, BODY = 300, 500, 5_000, 50_000
"""Longest texts, in characters."""
LONGEST_MINUTES = 7 * 24 * 60
SOON_DAYS = 7
"""Days after today that “next” holds."""

K, O = ActivityKind, ActivityOutcome  # noqa: E741 outcomes

OUTCOMES: Mapping[ActivityKind, tuple[ActivityOutcome, ...]] = {
    K.CALL: (O.CONNECTED, O.NO_ANSWER, O.LEFT_MESSAGE, O.INTERESTED, O.NOT_INTERESTED, O.POSTPONED),
    K.EMAIL: (O.DONE, O.INTERESTED, O.NOT_INTERESTED, O.NO_ANSWER, O.CANCELLED),
    K.MEETING: (O.DONE, O.INTERESTED, O.NOT_INTERESTED, O.POSTPONED, O.NO_SHOW, O.CANCELLED),
    K.TASK: (O.DONE, O.CANCELLED),
    K.VISIT: (O.DONE, O.INTERESTED, O.NOT_INTERESTED, O.POSTPONED, O.NO_SHOW, O.CANCELLED),
}
"""Outcomes that make sense, the usual one first."""


class DueState(LabelledEnum):
    """Where an open activity stands between its due time and now."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    LATER = "later"
    UNDATED = "undated"

    @property
    def label(self) -> str:
        """The state as a person reads it."""
        return {DueState.SOON: "Next 7 days", DueState.UNDATED: "No date"}.get(self) or super().label


class Move(LabelledEnum):
    """What one click does to a due time."""

    TOMORROW = "tomorrow"
    NEXT_WEEK = "next_week"


@dataclass(frozen=True)
class Links:
    """What an activity or a note is about: at least one of these, by id."""

    contact_id: int | None = None
    organization_id: int | None = None
    opportunity_id: int | None = None
    event_id: int | None = None
    sponsor_id: int | None = None

    def given(self) -> dict[str, int]:
        """The ids that are there, by column."""
        return {name: value for name in LINKS if (value := getattr(self, name)) is not None}


LINKS = tuple(field.name for field in fields(Links))


@dataclass(frozen=True)
class ActivityFields:
    """An activity as its form holds it. A naive `due_at` is on the house's wall clock.

    `due_at` with `all_day` means that day of the house, whatever the time. An empty `subject` is made from the kind.
    """

    links: Links
    kind: ActivityKind = ActivityKind.TASK
    subject: str = ""
    body: str | None = None
    owner_id: int | None = None
    direction: ActivityDirection | None = None
    priority: Priority = Priority.NORMAL
    due_at: dt.datetime | None = None
    all_day: bool = False
    duration_minutes: int | None = None
    location: str | None = None


@dataclass(frozen=True)
class Horizon:
    """Today and the days after it, as instants: for timed activities on the person's clock, for whole days the house's.

    A whole day is stored as its midnight in the house's zone; the person's own day says which date is today.
    """

    now: dt.datetime
    today: dt.date
    timed: tuple[dt.datetime, dt.datetime]
    """End of today and end of the last of the next days (exclusive)."""
    whole: tuple[dt.datetime, dt.datetime, dt.datetime]
    """Begin and end of today, and end of the last of the next days."""


def horizon(now: dt.datetime, person_zone: str, house_zone: str) -> Horizon:
    """The days around `now` for somebody who lives by `person_zone` in a house of `house_zone`."""
    today = now.astimezone(clock.zone(person_zone)).date()
    last = today + dt.timedelta(days=SOON_DAYS)
    begins, ends = clock.day_bounds(today, house_zone)
    return Horizon(
        now, today,
        (clock.day_bounds(today, person_zone)[1], clock.day_bounds(last, person_zone)[1]),
        (begins, ends, clock.day_bounds(last, house_zone)[1]),
    )  # fmt: skip


def state_of(due_at: dt.datetime | None, all_day: bool, days: Horizon) -> DueState:
    """Where an open activity stands. A timed one is overdue from its moment, a whole day from the next midnight."""
    if due_at is None:
        return DueState.UNDATED
    late = days.whole[0] if all_day else days.now
    today, soon = days.whole[1:] if all_day else days.timed
    if due_at < late:
        return DueState.OVERDUE
    return DueState.TODAY if due_at < today else DueState.SOON if due_at < soon else DueState.LATER


def next_working_day(today: dt.date) -> dt.date:
    """Tomorrow, or Monday where tomorrow is a weekend."""
    return today + dt.timedelta(days={4: 3, 5: 2}.get(today.weekday(), 1))


def moved(due_at: dt.datetime | None, all_day: bool, move: Move, *, now: dt.datetime, zone: str) -> dt.datetime:
    """The new due time: tomorrow, or Monday of next week, at the same time of day in `zone` (the house's).

    Without a due time it is that whole day; the caller then marks it so.
    """
    today = now.astimezone(clock.zone(zone)).date()
    day = today + dt.timedelta(days=1 if move is Move.TOMORROW else 7 - today.weekday())
    if due_at is None or all_day:
        return clock.day_bounds(day, zone)[0]
    at = due_at.astimezone(clock.zone(zone)).time()
    return clock.local_to_utc(dt.datetime.combine(day, at), zone)


def due(due_at: dt.datetime | None, all_day: bool, zone: str) -> dt.datetime | None:
    """A due time as stored: UTC; of a whole day its midnight in `zone`."""
    if due_at is None:
        return None
    instant = clock.local_to_utc(due_at, zone)
    return clock.day_bounds(instant.astimezone(clock.zone(zone)).date(), zone)[0] if all_day else instant


def needed(links: Mapping[str, int]) -> Permission:
    """What writing something about these records takes: deals and sponsors are the sellers', the rest is everybody's.

    `contacts.write` is asked of every command besides: a note on a contact is written by who may write contacts.
    """
    sold = "opportunity_id" in links or "sponsor_id" in links
    return Permission.SALES_WRITE if sold else Permission.CONTACTS_WRITE


def check_links(links: Links) -> dict[str, int | None]:
    """The links as columns. Raises InvalidInput for none."""
    if not links.given():
        raise InvalidInput(
            "Say what this is about.", fields={"contact_id": "Choose a contact, a company, a deal or an event"}
        )
    return {name: getattr(links, name) for name in LINKS}


def check_activity(given: ActivityFields, zone: str) -> dict[str, Any]:
    """The activity's columns as stored; `zone` is the house's. Raises InvalidInput with every wrong field."""
    subject = " ".join(given.subject.split()) or given.kind.label
    texts = {"body": _text(given.body), "location": _text(given.location)}
    wrong: dict[str, str] = {}
    if len(subject) > SUBJECT:
        wrong["subject"] = f"At most {SUBJECT} characters"
    for name, most in (("body", BODY), ("location", LOCATION)):
        if len(texts[name] or "") > most:
            wrong[name] = f"At most {most} characters"
    wrong |= _check_minutes(given.duration_minutes)
    if given.due_at is not None and not 1990 <= given.due_at.year <= 2100:
        wrong["due_at"] = "Choose a date between 1990 and 2100"
    links = check_links(given.links)
    if wrong:
        raise InvalidInput("Check the marked fields.", fields=wrong)
    reached = given.direction if given.kind in (K.CALL, K.EMAIL) else None
    return (
        links
        | texts
        | {
            "kind": given.kind,
            "subject": subject,
            "owner_id": given.owner_id,
            "direction": reached,
            "priority": given.priority,
            "due_at": due(given.due_at, given.all_day, zone),
            "all_day": given.all_day and given.due_at is not None,
            "duration_minutes": given.duration_minutes,
        }
    )


def check_outcome(outcome: ActivityOutcome | None, note: str | None) -> dict[str, Any]:
    """How it ended, as columns. Raises InvalidInput."""
    said = _text(note)
    if len(said or "") > OUTCOME_NOTE:
        raise InvalidInput("The note is too long.", fields={"note": f"At most {OUTCOME_NOTE} characters"})
    return {"outcome": outcome, "outcome_note": said}


def check_done(done_at: dt.datetime | None, now: dt.datetime, zone: str) -> dt.datetime:
    """When it was done: now where nothing is said, never later. Raises InvalidInput."""
    if done_at is None:
        return now
    at = clock.local_to_utc(done_at, zone)
    if at > now + dt.timedelta(minutes=1) or at.year < 1990:
        raise InvalidInput("What is done lies in the past.", fields={"done_at": "Not in the future"})
    return at


def check_note(body: str) -> str:
    """A note's text as stored. Raises InvalidInput."""
    text = body.strip()
    if not 1 <= len(text) <= BODY:
        raise InvalidInput("A note needs a text.", fields={"body": f"1 to {BODY} characters"})
    return text


def _check_minutes(minutes: int | None) -> dict[str, str]:
    if minutes is None or 0 <= minutes <= LONGEST_MINUTES:
        return {}
    return {"duration_minutes": f"0 to {LONGEST_MINUTES} minutes"}


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None
