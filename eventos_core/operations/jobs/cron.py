"""Cron schedules of houses: five fields read in the house's zone, checked, put into words, and their next times."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from zoneinfo import ZoneInfo

from cron_descriptor import ExpressionDescriptor, FormatError, MissingFieldError, WrongArgumentError
from croniter import croniter

from eventos_core.kernel.errors import InvalidInput

LEAST_MINUTES = 5
"""How close together two runs of a schedule may be."""
_LOOKED_AT = 12
_DAYS = re.compile(r"\w+day, (?:\w+day, )*and \w+day")
_ONLY_TIMES = re.compile(r"At \d\d:\d\d(?:(?:,|,? and) \d\d:\d\d)*")


def check(schedule: str) -> str:
    """The schedule with single spaces. Raises InvalidInput (field `schedule`) that says what is wrong."""
    fields = schedule.split()
    text = " ".join(fields)
    if len(fields) != 5 or not croniter.is_valid(text):
        raise _refused("Write five cron fields: minute, hour, day, month, weekday. “30 7 * * 1” is Mondays at 07:30.")
    times = croniter(text, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    try:
        upcoming = [times.get_next(dt.datetime) for _ in range(_LOOKED_AT)]
    except ValueError:  # croniter's own error is one: the 30th of February
        raise _refused("This schedule never comes due.") from None
    least = dt.timedelta(minutes=LEAST_MINUTES)
    if any(later - earlier < least for earlier, later in itertools.pairwise(upcoming)):
        raise _refused(f"At most every {LEAST_MINUTES} minutes.")
    return text


def next_time(schedule: str, zone: str, after: dt.datetime) -> dt.datetime:
    """The first time after `after`, in UTC; the fields are read on the wall clock of `zone`."""
    local = after.astimezone(ZoneInfo(zone))
    found: dt.datetime = croniter(schedule, local).get_next(dt.datetime)
    return found.astimezone(dt.UTC)


def words(schedule: str) -> str:
    """“At 07:30, on Monday”, “Every 10 minutes”; the schedule itself where it cannot be put into words."""
    try:
        told = str(ExpressionDescriptor(schedule, use_24hour_time_format=True).get_description())
    except (FormatError, MissingFieldError, WrongArgumentError):
        return schedule
    told = _DAYS.sub(_short, told.replace(", only ", ", "))
    return f"{told}, every day" if _ONLY_TIMES.fullmatch(told) else told


def _short(days: re.Match[str]) -> str:
    """“Monday, Wednesday, and Friday” as “Mon, Wed and Fri”."""
    return re.sub(r"(\w{3})\w*day", r"\1", days[0]).replace(", and ", " and ")


def _refused(problem: str) -> InvalidInput:
    return InvalidInput(problem, fields={"schedule": problem})
