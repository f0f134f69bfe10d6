"""What an event may become, and how days, names and times are derived."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.enums.events import EventStatus
from eventos_core.events import rules
from eventos_core.kernel import clock, ids
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow
from eventos_core.kernel.permissions import Permission

S = EventStatus
START = dt.datetime(2027, 3, 6, 18, 30, tzinfo=dt.UTC)
AFTER = START + dt.timedelta(hours=5)
OPEN = {
    (S.DRAFT, S.PLANNED), (S.PLANNED, S.ON_SALE), (S.PLANNED, S.LIVE), (S.ON_SALE, S.LIVE), (S.LIVE, S.COMPLETED),
    (S.DRAFT, S.CANCELLED), (S.PLANNED, S.CANCELLED), (S.ON_SALE, S.CANCELLED), (S.LIVE, S.CANCELLED),
}  # fmt: skip
zones = st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "UTC"])
instants = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2090, 1, 1), timezones=st.just(dt.UTC))


@pytest.mark.parametrize("old", list(S))
@pytest.mark.parametrize("new", list(S))
def test_status_moves_only_along_the_table(old: EventStatus, new: EventStatus) -> None:
    if (old, new) in OPEN:
        rules.check_transition(old, new, starts_at=START, now=AFTER)
    else:
        with pytest.raises(NotAllowedNow):
            rules.check_transition(old, new, starts_at=START, now=AFTER)


def test_refused_step_says_which_ways_are_open() -> None:
    with pytest.raises(NotAllowedNow) as error:
        rules.check_transition(S.DRAFT, S.LIVE, starts_at=START, now=AFTER)
    assert error.value.hint == "It may become: planned, cancelled."


def test_event_goes_live_at_most_fourteen_days_ahead() -> None:
    early = START - dt.timedelta(days=14, seconds=1)
    with pytest.raises(NotAllowedNow):
        rules.check_transition(S.PLANNED, S.LIVE, starts_at=START, now=early)
    rules.check_transition(S.PLANNED, S.LIVE, starts_at=START, now=early + dt.timedelta(seconds=1))


def test_event_is_completed_only_after_its_start() -> None:
    with pytest.raises(NotAllowedNow):
        rules.check_transition(S.LIVE, S.COMPLETED, starts_at=START, now=START - dt.timedelta(seconds=1))


def test_next_steps_leave_out_what_is_too_early() -> None:
    early = START - dt.timedelta(days=30)
    assert rules.next_steps(S.PLANNED, starts_at=START, now=early) == (S.ON_SALE, S.CANCELLED)
    assert rules.next_steps(S.PLANNED, starts_at=START, now=AFTER) == (S.ON_SALE, S.LIVE, S.CANCELLED)
    assert rules.next_steps(S.COMPLETED, starts_at=START, now=AFTER) == ()


def test_only_planning_is_open_to_who_cannot_publish() -> None:
    needed = {status: rules.required_permission(status) for status in S}
    assert [status for status, permission in needed.items() if permission is Permission.EVENTS_WRITE] == [S.PLANNED]


def test_every_status_is_open_or_over() -> None:
    assert {*rules.OPEN, *rules.OVER} == set(S)
    assert not set(rules.OPEN) & set(rules.OVER)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends_at": START}, "ends_at"),
        ({"ends_at": START + dt.timedelta(days=367)}, "ends_at"),
        ({"doors_at": START + dt.timedelta(minutes=1)}, "doors_at"),
        ({"starts_at": START.replace(year=1980), "ends_at": START.replace(year=1980, hour=19)}, "starts_at"),
    ],
)
def test_times_out_of_order_name_their_field(change: dict[str, dt.datetime], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        rules.check_times(**{"starts_at": START, "ends_at": AFTER, **change})
    assert field in error.value.fields


def test_session_fields_are_checked_together() -> None:
    with pytest.raises(InvalidInput) as error:
        rules.check_session("", "x" * 121, START, None, 0)
    assert set(error.value.fields) == {"title", "track", "capacity"}
    rules.check_session("Talk", None, START, None, None)
    with pytest.raises(InvalidInput):
        rules.check_session_times(START, START + dt.timedelta(days=32))


@given(st.text(max_size=80), st.sets(st.integers(1, 40)))
def test_free_slug_is_a_slug_and_not_taken(name: str, taken_numbers: set[int]) -> None:
    base = ids.slugify(name, limit=55) or "event"
    taken = {base if number == 1 else f"{base}-{number}" for number in taken_numbers}
    slug = rules.free_slug(name, taken)
    assert slug not in taken
    assert ids.check_slug(slug) == slug


@given(instants, zones)
def test_next_full_evening_is_the_first_evening_wholly_ahead(now: dt.datetime, timezone: str) -> None:
    starts_at, ends_at = rules.next_full_evening(now, timezone)
    local, here = starts_at.astimezone(ZoneInfo(timezone)), now.astimezone(ZoneInfo(timezone))
    assert local.time() == dt.time(19)
    assert now < starts_at
    assert (local.date() - here.date()).days == (0 if here.time() < dt.time(19) else 1)
    assert ends_at - starts_at == dt.timedelta(hours=4)


@given(instants, st.timedeltas(dt.timedelta(minutes=1), dt.timedelta(days=30)), zones)
def test_local_days_hold_the_event_and_end_at_midnight_belongs_to_the_day_before(
    starts_at: dt.datetime, length: dt.timedelta, timezone: str
) -> None:
    first, last = rules.local_days(starts_at, starts_at + length, timezone)
    assert first <= last
    from_, _ = clock.day_bounds(first, timezone)
    _, to = clock.day_bounds(last, timezone)
    assert from_ <= starts_at
    assert starts_at + length <= to


def test_night_until_midnight_is_one_day() -> None:
    starts_at = dt.datetime(2027, 3, 6, 19, tzinfo=ZoneInfo("Europe/Paris"))
    midnight = dt.datetime(2027, 3, 7, 0, tzinfo=ZoneInfo("Europe/Paris"))
    assert rules.local_days(starts_at, midnight, "Europe/Paris") == (dt.date(2027, 3, 6), dt.date(2027, 3, 6))


@given(instants, instants, zones)
def test_days_until_counts_local_days(starts_at: dt.datetime, now: dt.datetime, timezone: str) -> None:
    days = rules.days_until(starts_at, now, timezone)
    zone = ZoneInfo(timezone)
    assert now.astimezone(zone).date() + dt.timedelta(days=days) == starts_at.astimezone(zone).date()


def test_new_session_follows_the_last_one_unless_that_ends_at_night() -> None:
    day, zone = dt.date(2027, 3, 6), ZoneInfo("Europe/Paris")

    def local(hour: int) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(hour), tzinfo=zone).astimezone(dt.UTC)

    def proposed(*ends: dt.datetime, on: dt.date | None = day) -> dt.datetime:
        return rules.next_session_start(START, "Europe/Paris", on, ends)

    assert proposed(local(12), local(15), local(23)) == local(15)
    assert proposed() == START
    assert proposed(on=None) == START
    assert proposed(on=day + dt.timedelta(days=1)) == local(10) + dt.timedelta(days=1)


def test_tags_are_lower_case_once_and_sorted() -> None:
    assert rules.tags(["Press ", "press", "", " Front  Row"]) == ["front row", "press"]
