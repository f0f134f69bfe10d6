"""What a deal may hold, what a stage demands, when a deal rots."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.crm.rules.deals import DealFields, check_deal, is_rotting, missing, threshold
from eventos_core.kernel.errors import InvalidInput

TODAY = dt.date(2026, 11, 29)
NOON = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)


def _checked(**fields: object) -> dict[str, object]:
    return check_deal(DealFields(**{"name": "Front row", **fields}), base_currency="EUR", today=TODAY)  # type: ignore[arg-type]


def test_a_deal_begins_today_in_the_house_s_currency() -> None:
    found = _checked(name="  Front   row ", tags=["VIP", "vip "])
    assert (found["name"], found["currency"], found["opened_on"], found["tags"]) == ("Front row", "EUR", TODAY, ["vip"])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"amount_minor": -1}, "amount_minor"),
        ({"amount_minor": 10**15 + 1}, "amount_minor"),
        ({"currency": "EURO"}, "currency"),
        ({"probability_override_ppm": 1_000_001}, "probability_override_ppm"),
        ({"probability_override_ppm": -1}, "probability_override_ppm"),
        ({"opened_on": TODAY + dt.timedelta(days=1)}, "opened_on"),
        ({"next_step": "x" * 301}, "next_step"),
    ],
)
def test_what_a_deal_may_not_hold_is_said_at_its_field(fields: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        _checked(**fields)
    assert list(caught.value.fields) == [field]


def test_a_stage_demands_columns_and_custom_fields() -> None:
    required = ("amount_minor", "event_id", "tier", "hall")
    values = {"amount_minor": 0, "event_id": None}
    assert missing(required, values, {"tier": "", "hall": "A"}) == ("event_id", "tier")


@pytest.mark.parametrize(
    ("days", "to_event", "hours"),
    [(14, None, 336), (14, 61, 336), (14, 60, 168), (14, 22, 168), (14, 21, 84), (14, -3, 84), (7, 21, 42)],
)
def test_threshold_tightens_as_the_event_nears(days: int, to_event: int | None, hours: int) -> None:
    assert threshold(days, to_event) == dt.timedelta(hours=hours)


def test_zero_days_never_rot() -> None:
    assert threshold(0, 1) is None
    long_ago = NOON - dt.timedelta(days=9999)
    assert not is_rotting(NOON, last_touch=long_ago, rotting_days=0, days_to_event=1, has_planned=False)


@given(age=st.integers(0, 400), days=st.integers(1, 90), to_event=st.none() | st.integers(-10, 400))
def test_a_planned_activity_suspends_rotting(age: int, days: int, to_event: int | None) -> None:
    touched = NOON - dt.timedelta(days=age)
    limit = threshold(days, to_event)
    assert limit is not None
    assert is_rotting(NOON, last_touch=touched, rotting_days=days, days_to_event=to_event, has_planned=False) is (
        dt.timedelta(days=age) > limit
    )
    assert not is_rotting(NOON, last_touch=touched, rotting_days=days, days_to_event=to_event, has_planned=True)
