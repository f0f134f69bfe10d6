"""Calendar files: what is written comes back from a parser, in every zone, whichever way the clocks turn."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from dateutil import tz
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from eventos_core.operations import calendars
from eventos_core.operations.calendars import Entry

ZONES = (
    "Europe/Paris", "Europe/London", "America/New_York", "Asia/Tokyo", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Auckland", "America/St_Johns", "Africa/Johannesburg", "UTC",
)  # fmt: skip
CHANGED = dt.datetime(2026, 11, 1, 9, 30, tzinfo=dt.UTC)
TURNS = (
    dt.datetime(2027, 3, 28, 1, tzinfo=dt.UTC), dt.datetime(2027, 10, 31, 1, tzinfo=dt.UTC),
    dt.datetime(2027, 3, 14, 7, tzinfo=dt.UTC), dt.datetime(2027, 11, 7, 6, tzinfo=dt.UTC),
    dt.datetime(2027, 4, 3, 15, tzinfo=dt.UTC), dt.datetime(2027, 10, 2, 15, 30, tzinfo=dt.UTC),
)  # fmt: skip
"""When clocks turn in Europe, New York and on Lord Howe Island."""
near_a_turn = st.builds(
    lambda turn, minutes: turn + dt.timedelta(minutes=minutes), st.sampled_from(TURNS), st.integers(-180, 180)
)
any_time = st.datetimes(dt.datetime(2015, 1, 1), dt.datetime(2036, 12, 31), timezones=st.just(dt.UTC))
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=120)
entries = st.builds(
    lambda number, title, start, minutes, zone, revision, cancelled: Entry(
        calendars.uid("session", number), title, start,
        start + dt.timedelta(minutes=minutes) if minutes else None, zone,
        CHANGED, revision, place=title, cancelled=cancelled,
    ),
    st.integers(0, 10**9), words, near_a_turn | any_time, st.integers(0, 3000), st.sampled_from(ZONES),
    st.integers(0, 99), st.booleans(),
)  # fmt: skip


def parsed(entry: Entry) -> tuple[str, Calendar]:
    content = calendars.calendar("Maison Aurore", [entry]).decode()
    return content, Calendar.from_ical(content)


@settings(max_examples=60)
@given(entries)
def test_everything_comes_back_from_a_parser(entry: Entry) -> None:
    content, found = parsed(entry)
    event = found.events[0]
    assert max(len(line.encode()) for line in content.split("\r\n")) <= 75
    assert event["UID"] == entry.uid
    assert event["SUMMARY"] == event["LOCATION"] == calendars._clean(entry.title)
    assert event["SEQUENCE"] == entry.revision
    assert event["STATUS"] == ("CANCELLED" if entry.cancelled else "CONFIRMED")
    assert event["DTSTAMP"].dt == CHANGED
    # In one zone: Python calls no time of an hour that comes twice equal to one of another zone.
    assert event["DTSTART"].dt.astimezone(dt.UTC) == entry.starts_at.replace(microsecond=0)
    assert ("DTEND" in event) is (entry.ends_at is not None)
    if entry.ends_at is not None:
        assert event["DTEND"].dt.astimezone(dt.UTC) == entry.ends_at.replace(microsecond=0)


@settings(max_examples=60)
@given(entries)
def test_a_program_that_believes_the_rules_in_the_file_reads_the_same_instant(entry: Entry) -> None:
    """Most programs know the zone by its name; this one reads nothing but the file."""
    content, found = parsed(entry)
    start = found.events[0]["DTSTART"]
    name = start.params.get("TZID")
    if name is None:
        assert start.to_ical().endswith(b"Z")
        return
    zone = tz.tzical(io.StringIO(content.replace("\r\n", "\n"))).get(name)
    told = start.dt.replace(tzinfo=zone)
    assert told.astimezone(dt.UTC) == entry.starts_at.replace(microsecond=0)


def test_the_hour_that_an_autumn_night_has_twice_is_told_in_utc() -> None:
    first = Entry("a@eventos", "Early", dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC), None, "Europe/Paris", CHANGED)
    second = Entry("b@eventos", "Late", dt.datetime(2027, 10, 31, 1, 30, tzinfo=dt.UTC), None, "Europe/Paris", CHANGED)
    content = calendars.calendar("Night", [first, second]).decode()
    assert "DTSTART;TZID=Europe/Paris:20271031T023000" in content
    assert "DTSTART:20271031T013000Z" in content


def test_the_same_entries_give_the_same_file() -> None:
    entry = Entry("a@eventos", "Show", CHANGED, None, "Europe/Paris", CHANGED)
    assert calendars.calendar("Aurore", [entry]) == calendars.calendar("Aurore", [entry])
    assert Calendar.from_ical(calendars.calendar("Aurore", [])).events == []


@pytest.mark.parametrize("url", ["javascript:alert(1)", "mailto:a@b.example", ""])
def test_only_web_addresses_become_links(url: str) -> None:
    entry = Entry("a@eventos", "Show", CHANGED, None, "Europe/Paris", CHANGED, url=url)
    assert "URL" not in parsed(entry)[1].events[0]
