"""What the calendar and the timeline are given, and how times of events read; no browser, no database."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.events.queries import CALENDAR, PROGRAMME
from eventos_core.ui import tables
from eventos_core.ui.events import calendar, timeline, words

PARIS = ZoneInfo("Europe/Paris")
DAY = dt.date(2026, 12, 12)
months = st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 1)).map(lambda day: day.replace(day=1))


def _utc(hour: int, minute: int = 0, *, day: dt.date = DAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=dt.UTC)


@given(months)
def test_month_is_shown_in_whole_weeks_from_monday(month: dt.date) -> None:
    days = calendar.days_shown(month)
    assert len(days) % 7 == 0
    assert days[0].weekday() == 0
    assert days[0] <= month < calendar.turned(month, 1) <= days[-1] + dt.timedelta(days=1) or month.year == 2099
    first, last = calendar.bounds(month)
    assert first < _utc(0, day=days[0]) and last > _utc(23, day=days[-1])


@given(months, st.integers(-30, 30))
def test_turning_there_and_back_is_the_same_month(month: dt.date, by: int) -> None:
    there = calendar.turned(month, by)
    if dt.date(1990, 1, 1) < there < dt.date(2099, 12, 1):
        assert calendar.turned(there, -by) == month


@pytest.mark.parametrize(("text", "month"), [("2027-03", dt.date(2027, 3, 1)), ("soon", DAY.replace(day=1)),
                                             (None, DAY.replace(day=1)), ("1200-01", dt.date(1990, 1, 1))])  # fmt: skip
def test_month_of_the_url_may_be_anything(text: str | None, month: dt.date) -> None:
    assert calendar.month_of(text, DAY) == month


def _event(**changed: Any) -> dict[str, Any]:
    return {
        "id": 1, "slug": "show", "name": "Show", "kind": "gala", "status": "planned", "starts_at": _utc(18, 30),
        "ends_at": _utc(22), "timezone": "Europe/Paris", "venue": None, **changed,
    }  # fmt: skip


def _calendar(*events: dict[str, Any]) -> list[dict[str, Any]]:
    frame = CALENDAR.build([[event[name] for name in CALENDAR.columns] for event in events])
    data = calendar.as_data(frame, DAY.replace(day=1), "Europe/Paris", "en", may_create=True)
    return list(data["events"])


def test_event_stands_on_the_days_of_its_own_zone_which_is_named() -> None:
    here, there = _calendar(
        _event(),
        _event(timezone="Asia/Tokyo", ends_at=_utc(20)),
    )
    assert (here["first"], here["last"], here["time"]) == ("2026-12-12", "2026-12-12", "19:30")
    assert (there["first"], there["last"], there["time"]) == ("2026-12-13", "2026-12-13", "03:30 Tokyo")
    assert here["label"] == "Show, Sat 12 Dec 2026, 19:30–23:00 Paris, Planned"


def _session(session_id: int, hour: int, until: int | None, **changed: Any) -> dict[str, Any]:
    return {
        "id": session_id, "title": f"Talk {session_id}", "kind": "talk", "track": None, "mode": "onsite",
        "space_id": None, "space": None, "place": None, "starts_at": _utc(hour),
        "ends_at": _utc(until) if until else None,
        "capacity": None, "hosts": None, "cancelled_at": None, "version": 1, **changed,
    }  # fmt: skip


def _day(*sessions: dict[str, Any], **more: Any) -> dict[str, Any]:
    frame = PROGRAMME.build([[session[name] for name in PROGRAMME.columns] for session in sessions])
    return timeline.as_data(frame, DAY, PARIS, "en", **more)


def test_lanes_are_spaces_then_places_then_online_then_nowhere() -> None:
    data = _day(
        _session(1, 9, 10, mode="online"),
        _session(2, 9, 10),
        _session(3, 9, 10, place="Café"),
        _session(4, 9, 10, place="CAFÉ"),
        _session(5, 9, 10, space_id=7, space="Nave", place="Nave · Palais"),
        spaces={8: "Salon · Palais"},
    )
    assert [(lane["name"], lane["detail"], len(lane["items"])) for lane in data["lanes"]] == [
        ("Nave", "Palais", 1), ("Salon", "Palais", 0), ("Café", "", 2), ("Online", "", 1), ("No place yet", "", 1),
    ]  # fmt: skip


def test_open_and_cancelled_sessions_say_so() -> None:
    lanes = _day(_session(1, 9, None), _session(2, 10, 11, cancelled_at=_utc(8)))["lanes"]
    opened, off = lanes[0]["items"]
    assert (opened["open_end"], opened["time"], opened["to"] - opened["from"]) == (True, "from 10:00", 60)
    assert (off["cancelled"], off["time"]) == (True, "Cancelled · 11:00–12:00")
    assert off["label"].endswith("Cancelled")


def test_night_after_midnight_stands_behind_the_day() -> None:
    tomorrow = DAY + dt.timedelta(days=1)
    data = _day(_session(1, 21, None, ends_at=_utc(2, day=tomorrow)))
    item = data["lanes"][0]["items"][0]
    assert (item["from"], item["to"], item["time"]) == (22 * 60, 27 * 60, "22:00–03:00")
    assert data["hours"][-1]["label"] == "03:00"
    assert data["to"] == 28 * 60  # at least six hours are shown


@given(st.lists(st.tuples(st.integers(0, 1440), st.integers(1, 400)), max_size=60))
def test_rows_never_cover_one_another_and_none_is_wasted(given: list[tuple[int, int]]) -> None:
    times = sorted((start, start + length) for start, length in given)
    rows = timeline.rows_of(times)
    for (a, row), (b, other) in ((x, y) for i, x in enumerate(zip(times, rows, strict=True))
                                 for y in list(zip(times, rows, strict=True))[:i]):  # fmt: skip
        assert row != other or a[0] >= b[1] or b[0] >= a[1]
    crowd = max((sum(1 for a, b in times if a <= at < b) for at, _ in times), default=0)
    assert len(set(rows)) == crowd


@pytest.mark.parametrize(
    ("hours", "said"),
    [(None, "from 10:00"), (1.5, "10:00–11:30"), (16, "10:00 – Sun 13 Dec, 02:00"), (50, "10:00 – Mon 14 Dec, 12:00")],
)
def test_clock_span_names_the_day_of_a_far_end(hours: float | None, said: str) -> None:
    starts_at = _utc(9)
    ends_at = None if hours is None else starts_at + dt.timedelta(hours=hours)
    assert words.clock_span(starts_at, ends_at, PARIS, "en") == said


def test_short_time_of_an_event_gives_start_or_days() -> None:
    assert words.when_short(_utc(18, 30), _utc(22), "Europe/Paris", "en") == "Sat 12 Dec 2026, 19:30 Paris"
    night = _utc(1, day=DAY + dt.timedelta(days=1))
    assert words.when_short(_utc(18, 30), night, "Europe/Paris", "en") == "Sat 12 Dec 2026, 19:30 Paris"
    week = _utc(18, day=DAY + dt.timedelta(days=5))
    assert words.when_short(_utc(8), week, "Europe/London", "en") == "12 Dec – 17 Dec 2026 London"
    new_year = _utc(18, day=dt.date(2027, 1, 2))
    assert words.when_short(_utc(8), new_year, "UTC", "en") == "12 Dec 2026 – 2 Jan 2027 UTC"


def test_records_hold_none_where_a_cell_is_empty() -> None:
    frame = pd.DataFrame({"a": pd.Series([1, None], dtype="Int64"), "b": pd.Series(["x", None], dtype="string")})
    assert tables.records(frame) == [{"a": 1, "b": "x"}, {"a": None, "b": None}]
