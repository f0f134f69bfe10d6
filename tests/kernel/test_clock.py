"""Time: wall-clock times become instants, also where the clock jumps."""

import datetime as dt

import pytest

from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput


def test_wall_clock_time_is_read_in_the_named_zone() -> None:
    local = dt.datetime(2026, 12, 12, 19, 30)
    assert clock.local_to_utc(local, "Europe/Paris") == dt.datetime(2026, 12, 12, 18, 30, tzinfo=dt.UTC)


def test_an_aware_time_is_only_converted() -> None:
    aware = dt.datetime(2026, 12, 12, 19, 30, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
    assert clock.local_to_utc(aware, "Europe/Paris") == dt.datetime(2026, 12, 13, 0, 30, tzinfo=dt.UTC)


def test_the_first_of_an_ambiguous_autumn_hour_is_meant() -> None:
    assert clock.local_to_utc(dt.datetime(2026, 10, 25, 2, 30), "Europe/Paris").hour == 0


def test_a_day_is_half_open_and_may_have_23_hours() -> None:
    start, end = clock.day_bounds(dt.date(2026, 3, 29), "Europe/Paris")
    assert end - start == dt.timedelta(hours=23)
    assert clock.day_bounds(dt.date(2026, 3, 30), "Europe/Paris")[0] == end


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "europe paris"])
def test_an_unknown_zone_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(InvalidInput, match="Europe/Paris"):
        clock.zone(name)


def test_offered_zones_can_all_be_used() -> None:
    names = clock.zone_names()
    assert "Europe/Paris" in names
    assert "UTC" in names
    assert all(clock.zone(name) for name in names)
