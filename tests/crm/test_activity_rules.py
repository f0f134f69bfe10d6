"""When activities are due, where a click moves them, and which times of a meeting are free, on any day of any zone."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eventos_core.crm.rules import activities as rules
from eventos_core.crm.rules import meetings
from eventos_core.crm.rules.activities import ActivityFields, DueState, Links, Move
from eventos_core.crm.rules.meetings import Offer, Slot, Window
from eventos_core.enums.crm import ActivityDirection, ActivityKind, MeetingStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow
from eventos_core.kernel.permissions import Permission

PARIS = "Europe/Paris"
NOW = dt.datetime(2026, 12, 2, 9, 0, tzinfo=dt.UTC)  # Wednesday, 10:00 in Paris
ZONES = st.sampled_from(
    ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo"]
)
instants = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2030, 12, 31), timezones=st.just(dt.UTC))
TURNS = (dt.date(2027, 3, 28), dt.date(2027, 10, 31))
"""Days on which clocks turn in Paris."""


def _at(hour: int, minute: int = 0, day: int = 2) -> dt.datetime:
    return dt.datetime(2026, 12, day, hour, minute, tzinfo=ZoneInfo(PARIS))


@pytest.mark.parametrize(
    ("due_at", "all_day", "state"),
    [
        (_at(9, 59), False, DueState.OVERDUE),
        (_at(10), False, DueState.TODAY),
        (_at(23, 59), False, DueState.TODAY),
        (_at(0, day=3), False, DueState.SOON),
        (_at(23, 59, day=9), False, DueState.SOON),
        (_at(0, day=10), False, DueState.LATER),
        (_at(0), True, DueState.TODAY),
        (_at(0, day=1), True, DueState.OVERDUE),
        (_at(0, day=3), True, DueState.SOON),
        (None, False, DueState.UNDATED),
    ],
)
def test_a_time_is_late_at_once_and_a_whole_day_at_its_end(
    due_at: dt.datetime | None, all_day: bool, state: DueState
) -> None:
    assert rules.state_of(due_at, all_day, rules.horizon(NOW, PARIS, PARIS)) is state


def test_a_day_of_the_house_stays_that_day_for_who_lives_elsewhere() -> None:
    """Stored as midnight in Paris, which is the evening before in New York: still Wednesday's."""
    in_new_york = rules.horizon(NOW, "America/New_York", PARIS)
    assert rules.state_of(_at(0), True, in_new_york) is DueState.TODAY
    assert rules.state_of(_at(0, day=3), True, in_new_york) is DueState.SOON
    late_in_new_york = rules.horizon(dt.datetime(2026, 12, 3, 3, tzinfo=dt.UTC), "America/New_York", PARIS)
    assert rules.state_of(_at(0), True, late_in_new_york) is DueState.TODAY


@given(instants, instants, ZONES, ZONES, st.booleans())
def test_states_follow_time(now: dt.datetime, due_at: dt.datetime, person: str, house: str, all_day: bool) -> None:
    due_at = rules.due(due_at, all_day, house) or due_at
    state = rules.state_of(due_at, all_day, rules.horizon(now, person, house))
    today = now.astimezone(ZoneInfo(person)).date()
    day = due_at.astimezone(ZoneInfo(house if all_day else person)).date()
    late = day < today if all_day else due_at < now
    expected = (
        DueState.OVERDUE if late
        else DueState.TODAY if day == today
        else DueState.SOON if day <= today + dt.timedelta(days=7)
        else DueState.LATER
    )  # fmt: skip
    assert state is expected


def test_a_click_keeps_the_time_of_day() -> None:
    moved = rules.moved(_at(15, 30), False, Move.TOMORROW, now=NOW, zone=PARIS)
    assert moved.astimezone(ZoneInfo(PARIS)) == _at(15, 30, day=3)
    assert rules.moved(_at(15, 30), False, Move.NEXT_WEEK, now=NOW, zone=PARIS) == _at(15, 30, day=7)
    assert rules.moved(None, False, Move.TOMORROW, now=NOW, zone=PARIS) == _at(0, day=3)
    over_the_turn = rules.moved(
        dt.datetime(2027, 3, 20, 9, tzinfo=ZoneInfo(PARIS)), False, Move.TOMORROW,
        now=dt.datetime(2027, 3, 27, 12, tzinfo=dt.UTC), zone=PARIS,
    )  # fmt: skip
    assert over_the_turn.astimezone(ZoneInfo(PARIS)) == dt.datetime(2027, 3, 28, 9, tzinfo=ZoneInfo(PARIS))


@given(instants, instants, ZONES, st.sampled_from(Move))
def test_next_week_is_its_monday_and_tomorrow_the_next_day(
    now: dt.datetime, due_at: dt.datetime, zone: str, move: Move
) -> None:
    assume(zone != "Africa/Cairo")  # its midnight does not exist when clocks turn
    day = rules.moved(due_at, True, move, now=now, zone=zone).astimezone(ZoneInfo(zone)).date()
    today = now.astimezone(ZoneInfo(zone)).date()
    if move is Move.TOMORROW:
        assert day == today + dt.timedelta(days=1)
    else:
        assert day.isoweekday() == 1
        assert 1 <= (day - today).days <= 7


def test_what_is_checked_of_an_activity() -> None:
    links = Links(contact_id=1)
    assert rules.check_activity(ActivityFields(links, ActivityKind.CALL), PARIS)["subject"] == "Call"
    whole_day = ActivityFields(links, due_at=dt.datetime(2026, 12, 3, 15), all_day=True)
    assert rules.check_activity(whole_day, PARIS)["due_at"] == _at(0, day=3)
    task = ActivityFields(links, direction=ActivityDirection.INCOMING)
    assert rules.check_activity(task, PARIS)["direction"] is None
    for wrong, field in (
        (ActivityFields(Links()), "contact_id"),
        (ActivityFields(links, subject="x" * 301), "subject"),
        (ActivityFields(links, location="x" * 501), "location"),
        (ActivityFields(links, duration_minutes=-1), "duration_minutes"),
        (ActivityFields(links, due_at=dt.datetime(1066, 1, 1)), "due_at"),
    ):
        with pytest.raises(InvalidInput) as refused:
            rules.check_activity(wrong, PARIS)
        assert field in refused.value.fields
    with pytest.raises(InvalidInput):
        rules.check_done(NOW + dt.timedelta(hours=1), NOW, PARIS)


def test_deals_and_sponsors_are_the_sellers() -> None:
    assert rules.needed({"contact_id": 1, "event_id": 2}) is Permission.CONTACTS_WRITE
    assert rules.needed({"contact_id": 1, "opportunity_id": 2}) is Permission.SALES_WRITE
    assert rules.needed({"sponsor_id": 2}) is Permission.SALES_WRITE


WEEKDAYS = tuple(Window(day, dt.time(9), dt.time(12)) for day in range(1, 6))
OFFER = Offer(45, 0, 15, WEEKDAYS, PARIS)


def _free(offer: Offer = OFFER, day: dt.date = dt.date(2026, 12, 3), **more: object) -> list[str]:
    given_: dict[str, object] = {"now": NOW, "first": day, "last": day, "busy": (), "booked": ()}
    found = meetings.free_slots(offer, **(given_ | more))  # type: ignore[arg-type]
    return [f"{slot.starts_at.astimezone(ZoneInfo(offer.zone)):%H:%M}" for slot in found]


def test_slots_fill_the_hours() -> None:
    assert _free() == ["09:00", "09:30", "10:00", "10:30", "11:00"]
    assert _free(Offer(15, 0, 0, (Window(4, dt.time(9), dt.time(10)),), PARIS)) == ["09:00", "09:15", "09:30", "09:45"]
    late = Offer(60, 0, 0, (Window(4, dt.time(22), dt.time()),), PARIS)
    assert _free(late) == ["22:00", "22:30", "23:00"]
    assert _free(day=dt.date(2026, 12, 5)) == []


def test_buffers_notice_limits_and_bookings_take_slots() -> None:
    booked = (_at(9, 30, day=3), _at(10, 30, day=3))
    assert _free(busy=(booked,)) == ["10:30", "11:00"]
    before = Offer(45, 30, 15, WEEKDAYS, PARIS)
    assert _free(before, busy=(booked,)) == ["11:00"]
    today = dt.date(2026, 12, 2)
    assert _free(day=today) == ["10:00", "10:30", "11:00"]
    assert _free(Offer(45, 0, 0, WEEKDAYS, PARIS, notice_minutes=45), today) == ["11:00"]
    once = Offer(45, 0, 0, WEEKDAYS, PARIS, max_per_day=1)
    assert _free(once, booked=(_at(18, day=3),)) == []
    assert _free(Offer(45, 0, 0, WEEKDAYS, PARIS, days_ahead=0), dt.date(2026, 12, 3)) == []
    assert _free(Offer(45, 0, 0, WEEKDAYS, PARIS, from_on=dt.date(2026, 12, 4))) == []
    assert _free(Offer(45, 0, 0, WEEKDAYS, PARIS, until_on=dt.date(2026, 12, 2))) == []


def test_what_is_not_offered_is_refused_with_the_reason() -> None:
    def refused(offer: Offer, at: dt.datetime, booked: tuple[dt.datetime, ...] = ()) -> str:
        with pytest.raises(NotAllowedNow) as error:
            meetings.check_slot(offer, at, now=NOW, booked=booked)
        return error.value.message

    assert "too soon" in refused(OFFER, _at(9, 30))
    assert "outside the bookable hours" in refused(OFFER, _at(14, day=3))
    assert "on that day" in refused(OFFER, _at(9) + dt.timedelta(days=90))
    assert "No more" in refused(Offer(45, 0, 0, WEEKDAYS, PARIS, max_per_day=1), _at(9, day=3), (_at(18, day=3),))
    meetings.check_slot(OFFER, _at(9, day=3), now=NOW, booked=())


def test_hours_are_read_as_types_keep_them() -> None:
    stored = [{"weekday": 1, "from": "09:00", "to": "24:00"}, {"weekday": 2, "from": "12:00", "to": "09:00"}, {}]
    assert meetings.windows_from(stored) == (Window(1, dt.time(9), dt.time()),)


def test_a_meeting_ends_once() -> None:
    with pytest.raises(NotAllowedNow):
        meetings.check_step(MeetingStatus.CANCELLED, MeetingStatus.CONFIRMED)
    meetings.check_step(MeetingStatus.HELD, MeetingStatus.NO_SHOW)


hours = st.builds(
    lambda weekday, opens, length: Window(weekday, dt.time(opens), dt.time((opens + length) % 24)),
    st.integers(1, 7), st.integers(0, 22), st.integers(1, 10),
).filter(lambda window: window.opens < window.until or window.until == dt.time())  # fmt: skip
offers = st.builds(
    Offer, st.integers(5, 180), st.integers(0, 60), st.integers(0, 60), st.lists(hours, max_size=4).map(tuple), ZONES,
    notice_minutes=st.integers(0, 3000), days_ahead=st.integers(1, 90), max_per_day=st.none() | st.integers(1, 3),
)  # fmt: skip
near_turns = st.builds(
    lambda turn, minutes: dt.datetime.combine(turn, dt.time(), dt.UTC) + dt.timedelta(minutes=minutes),
    st.sampled_from(TURNS), st.integers(-2000, 2000),
)  # fmt: skip
spans = st.lists(st.tuples(near_turns, st.integers(1, 600)), max_size=6).map(
    lambda found: tuple((at, at + dt.timedelta(minutes=minutes)) for at, minutes in found)
)


@given(offers, near_turns, spans)
def test_every_slot_keeps_what_the_type_says(
    offer: Offer, now: dt.datetime, busy: tuple[tuple[dt.datetime, dt.datetime], ...]
) -> None:
    """Also on the days when clocks turn: length, hours, notice, days, and nobody in two places."""
    zone = ZoneInfo(offer.zone)
    first = now.astimezone(zone).date() - dt.timedelta(days=1)
    found = meetings.free_slots(
        offer, now=now, first=first, last=first + dt.timedelta(days=9), busy=busy, booked=[begins for begins, _ in busy]
    )
    assert found == sorted(set(found), key=lambda slot: slot.starts_at)
    for slot in found:
        assert slot.ends_at - slot.starts_at == dt.timedelta(minutes=offer.minutes)
        assert slot.starts_at - slot.busy_starts_at == dt.timedelta(minutes=offer.before_minutes)
        assert slot.starts_at >= now + dt.timedelta(minutes=offer.notice_minutes)
        assert all(slot.busy_ends_at <= begins or ends <= slot.busy_starts_at for begins, ends in busy)
        day = slot.starts_at.astimezone(zone).date()
        assert first <= day <= now.astimezone(zone).date() + dt.timedelta(days=offer.days_ahead)
        assert any(_inside(slot, window, day, offer.zone) for window in offer.windows)
        meetings.check_slot(offer, slot.starts_at, now=now, booked=())


def _inside(slot: Slot, window: Window, day: dt.date, zone: str) -> bool:
    begins, ends = clock.day_bounds(day, zone)
    opens = clock.local_to_utc(dt.datetime.combine(day, window.opens), zone)
    closes = ends if window.until == dt.time() else clock.local_to_utc(dt.datetime.combine(day, window.until), zone)
    return window.weekday == day.isoweekday() and begins <= slot.starts_at >= opens and slot.ends_at <= closes


def test_the_night_that_is_an_hour_short_has_two_slots_less() -> None:
    night = Offer(30, 0, 0, (Window(7, dt.time(0), dt.time(6)),), PARIS)
    before = dt.datetime(2027, 3, 20, tzinfo=dt.UTC)
    spring, autumn = (
        meetings.free_slots(night, now=before, first=day, last=day, busy=(), booked=())
        for day in (TURNS[0], dt.date(2027, 4, 4))
    )
    assert (len(spring), len(autumn)) == (10, 12)
    long = meetings.free_slots(
        night, now=dt.datetime(2027, 10, 25, tzinfo=dt.UTC), first=TURNS[1], last=TURNS[1], busy=(), booked=()
    )
    assert len(long) == 14
    assert len({slot.starts_at for slot in long}) == 14


@given(st.dates(min_value=dt.date(2000, 1, 1), max_value=dt.date(2100, 1, 1)))
def test_the_next_working_day_is_the_first_one_after_today(today: dt.date) -> None:
    day = rules.next_working_day(today)
    between = [today + dt.timedelta(days=n) for n in range(1, (day - today).days)]
    assert day.isoweekday() <= 5
    assert all(one.isoweekday() > 5 for one in between)
    assert day > today
