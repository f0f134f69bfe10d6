"""What stages, rates, spans and bookable hours may be: no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.crm.rules import meeting_types, rates, stages, targets
from eventos_core.crm.rules.meeting_types import BookableHours, MeetingQuestion, MeetingTypeFields
from eventos_core.crm.rules.stages import StageFields
from eventos_core.enums.analytics import TargetPeriod
from eventos_core.enums.crm import ForecastCategory, StageKind
from eventos_core.kernel.errors import FileRefused, InvalidInput
from eventos_core.operations.imports.reading import read_file

OPEN, WON, LOST = StageKind
DAY = dt.date(2026, 11, 27)


@dataclass
class Place:
    """A stage as far as its place goes."""

    name: str
    kind: StageKind
    position: int
    archived_at: Any = None


def test_won_and_lost_stages_take_their_figures_from_what_they_mean() -> None:
    wild = {"default_probability_ppm": 5_000_000, "rotting_days": 9, "forecast_category": ForecastCategory.CLOSED}
    won = stages.checked(StageFields("  Signed   off ", WON, **wild), ())  # type: ignore[arg-type]
    lost = stages.checked(StageFields("Gone", LOST, **wild), ())  # type: ignore[arg-type]
    assert won["name"] == "Signed off"
    assert (won["default_probability_ppm"], won["forecast_category"], won["rotting_days"]) == (10**6, "closed", 0)
    assert (lost["default_probability_ppm"], lost["forecast_category"]) == (0, "omitted")
    with pytest.raises(InvalidInput) as wrong:
        stages.checked(StageFields(" ", OPEN, wip_limit=0, required_fields=("shoe_size",), **wild), ())  # type: ignore[arg-type]
    assert set(wrong.value.fields) == {
        "name", "wip_limit", "required_fields", "default_probability_ppm", "forecast_category",
    }  # fmt: skip


def test_required_fields_stand_in_the_order_of_the_form() -> None:
    given = StageFields("Proposal", required_fields=("shoe_size", "contact_id", "amount_minor", "contact_id"))
    assert stages.checked(given, ("shoe_size",))["required_fields"] == ["amount_minor", "contact_id", "shoe_size"]
    assert stages.labels_of(("amount_minor", "shoe_size", "gone"), {"shoe_size": "Shoe size"}) == (
        "Amount", "Shoe size", "gone",
    )  # fmt: skip


def test_a_change_takes_away_no_kind_but_may_mend_a_pipeline_that_lacks_one() -> None:
    assert stages.taken_away([OPEN, OPEN, WON, LOST], [OPEN, WON, LOST]) is None
    assert stages.taken_away([OPEN, WON, LOST], [WON, LOST]) is OPEN
    assert stages.taken_away([OPEN, WON, LOST], [OPEN, LOST]) is WON
    assert stages.taken_away([OPEN, WON], [OPEN, WON]) is None


def test_stages_stay_among_their_kind_wherever_they_are_moved() -> None:
    board = [Place("a", OPEN, 0), Place("b", OPEN, 1), Place("w", WON, 2), Place("l", LOST, 3)]
    assert [one.name for one in stages.moved(board, board[1], 0)] == ["b", "a", "w", "l"]
    assert [one.name for one in stages.moved(board, board[0], 99)] == ["b", "a", "w", "l"]
    assert [one.name for one in stages.moved(board, board[2], 0)] == ["a", "b", "w", "l"]
    late = [Place("l", LOST, 0), Place("x", OPEN, 1, "gone"), Place("w", WON, 2), Place("a", OPEN, 9)]
    assert [one.name for one in stages.arranged(late)] == ["a", "w", "l", "x"]


@pytest.mark.parametrize(
    ("raw", "exact"),
    [("1.0837", Fraction(10837, 10**4)), ("1,0837", Fraction(10837, 10**4)), (" 162\u202f000 ", Fraction(162_000))],
)
def test_a_rate_is_read_exactly(raw: str, exact: Fraction) -> None:
    assert rates.parse_rate(raw) == exact


@pytest.mark.parametrize("raw", ["", "0", "0.00", "-1", "1e3", "one", "1.2.3", "NaN", "9" * 30, "1,000.5", "1,083"])
def test_what_is_no_rate_is_refused(raw: str) -> None:
    with pytest.raises(InvalidInput):
        rates.parse_rate(raw)


def test_either_direction_comes_to_the_base_with_one_rounding() -> None:
    rate = Fraction(10837, 10**4)
    assert rates.to_base(rate, "EUR", "USD", "EUR") == ("USD", 922_764_602_750)  # 1 / 1.0837 = 0.92276460275 0…
    assert rates.to_base(rate, "EUR", "USD", "USD") == ("EUR", 1_083_700_000_000)
    assert rates.to_base(Fraction(1, 3), "USD", "EUR", "EUR") == ("USD", 333_333_333_333)
    assert rates.to_base(Fraction(3), "EUR", "USD", "EUR") == ("USD", 333_333_333_333)
    for pair in (("USD", "USD"), ("USD", "JPY")):
        with pytest.raises(InvalidInput):
            rates.to_base(rate, *pair, "EUR")
    for extreme in (Fraction(10**13), Fraction(1, 10**13)):
        with pytest.raises(InvalidInput):
            rates.to_base(extreme, "USD", "EUR", "EUR")


@given(st.integers(1, rates.LARGEST_E12))
def test_a_stored_rate_survives_its_form(rate_e12: int) -> None:
    assert rates.to_base(rates.parse_rate(rates.exact(rate_e12)), "USD", "EUR", "EUR") == ("USD", rate_e12)


def test_rates_are_shown_with_six_digits() -> None:
    assert [rates.shown(e12) for e12 in (922_764_602_750, 10**12, 162_345_678_900_000, 61_596_600_000, 58_823_529)] == [
        "0.922765", "1", "162.346", "0.0615966", "0.0000588235",
    ]  # fmt: skip
    assert rates.shown(922_764_602_750, inverse=True) == "1.0837"


ECB = b"Date,USD,JPY,CYP,\n2026-11-27,1.0837,162.34,N/A,\n2026-11-26,1.0800,oops,N/A,\n2020-01-02,1.1,120,N/A,\n"


def test_a_file_of_the_european_central_bank_comes_to_any_base() -> None:
    read = rates.read_rates(read_file("eurofxref-hist.csv", ECB), "EUR", dt.date(2026, 1, 1))
    assert (read.ecb, read.before) == (True, 1)
    assert [(one.valid_on.day, one.currency, one.rate_e12) for one in read.rates] == [
        (26, "USD", 925_925_925_926), (27, "JPY", 6_159_911_297), (27, "USD", 922_764_602_750),
    ]  # fmt: skip
    assert [(one.row, one.column, one.value) for one in read.refused] == [(3, "JPY", "oops")]
    dollars = rates.read_rates(read_file("eurofxref-hist.csv", ECB), "USD", DAY)
    assert [(one.currency, one.rate_e12) for one in dollars.rates] == [
        ("EUR", 1_083_700_000_000), ("JPY", round(Fraction(10837, 10**4) / Fraction(16234, 100) * 10**12)),
    ]  # fmt: skip
    with pytest.raises(FileRefused, match="CHF"):
        rates.read_rates(read_file("eurofxref-hist.csv", ECB), "CHF")


def test_a_plain_file_takes_both_directions_and_names_what_it_refuses() -> None:
    file = (
        b"Day;From;To;Rate;Remark\r\n2026-11-27;usd;EUR;0,92;x\r\n2026-11-27;EUR;GBP;0,85;\r\n"
        b"2026-11-27;USD;JPY;150;\r\n27.11.2026;USD;EUR;1;\r\n2026-11-27;USD;XXY;1;\r\n2026-11-27;USD;EUR;0,93;\r\n"
    )
    read = rates.read_rates(read_file("rates.csv", file), "EUR")
    assert [(one.currency, one.rate_e12) for one in read.rates] == [("GBP", 1_176_470_588_235), ("USD", 930 * 10**9)]
    assert [(one.row, one.column) for one in read.refused] == [(4, "rate"), (5, "Day"), (6, "to")]
    with pytest.raises(FileRefused, match="headers"):
        rates.read_rates(read_file("people.csv", b"Name,Mail\nAna,ana@example.org\n"), "EUR")


def test_more_rates_than_the_limit_refuse_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_RATES", 2)
    assert len(rates.read_rates(read_file("x.csv", ECB), "EUR", DAY).rates) == 2
    with pytest.raises(FileRefused, match="more than 2"):
        rates.read_rates(read_file("x.csv", ECB), "EUR")


@pytest.mark.parametrize(
    ("period", "first_month", "starts", "ends", "label"),
    [
        (TargetPeriod.MONTH, 1, dt.date(2026, 11, 1), dt.date(2026, 12, 1), "Nov 2026"),
        (TargetPeriod.QUARTER, 1, dt.date(2026, 10, 1), dt.date(2027, 1, 1), "Q4 2026"),
        (TargetPeriod.QUARTER, 2, dt.date(2026, 11, 1), dt.date(2027, 2, 1), "Q4 2026/27"),
        (TargetPeriod.QUARTER, 12, dt.date(2026, 9, 1), dt.date(2026, 12, 1), "Q4 2025/26"),
        (TargetPeriod.YEAR, 1, dt.date(2026, 1, 1), dt.date(2027, 1, 1), "2026"),
        (TargetPeriod.YEAR, 12, dt.date(2025, 12, 1), dt.date(2026, 12, 1), "2025/26"),
    ],
)
def test_spans_follow_the_fiscal_year(
    period: TargetPeriod, first_month: int, starts: dt.date, ends: dt.date, label: str
) -> None:
    assert targets.span_of(period, DAY, first_month) == (starts, ends)
    assert targets.label(period, starts, first_month) == label
    assert targets.check_span(period, starts, first_month) == (starts, ends)
    assert targets.shifted(period, targets.shifted(period, starts, -1), 1) == starts
    with pytest.raises(InvalidInput):
        targets.check_span(period, starts + dt.timedelta(days=1), first_month)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)), st.integers(1, 12), st.sampled_from(targets.PERIODS))
def test_the_spans_of_a_year_follow_each_other_without_a_gap(
    day: dt.date, first_month: int, period: TargetPeriod
) -> None:
    spans = targets.year_of(period, targets.span_of(period, day, first_month)[0], first_month)
    assert all(one[1] == following[0] for one, following in pairwise(spans))
    assert any(one[0] <= day < one[1] for one in spans)


def test_sales_are_not_planned_by_season() -> None:
    with pytest.raises(InvalidInput):
        targets.span_of(TargetPeriod.SEASON, DAY)


def hours(weekday: int, starts: str, ends: str) -> BookableHours:
    return BookableHours(weekday, dt.time.fromisoformat(starts), dt.time.fromisoformat(ends))


def test_hours_of_the_week_are_read_told_and_stored() -> None:
    week = (
        *meeting_types.parse_spans("14-18:30, 9:00–12:30", 1), *meeting_types.parse_spans("9-12:30;14-18:30", 2),
        *meeting_types.parse_spans("", 3), *meeting_types.parse_spans("10-11", 7),
    )  # fmt: skip
    stored = meeting_types.stored_hours(week)
    assert stored[0] == {"weekday": 1, "from": "09:00", "to": "12:30"}
    again = meeting_types.hours_of(stored)
    assert meeting_types.told_hours(again) == "Mon–Tue 09:00–12:30, 14:00–18:30 · Sun 10:00–11:00"
    assert meeting_types.written_spans(again, 1) == "09:00–12:30, 14:00–18:30"
    assert meeting_types.told_hours(()) == ""


@pytest.mark.parametrize("raw", ["9", "9-", "25-26", "9:70-10", "nine-ten", "9-10-11"])
def test_what_is_no_span_of_the_day_is_refused_at_its_day(raw: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        meeting_types.parse_spans(raw, 4)
    assert set(wrong.value.fields) == {"hours_4"}


@pytest.mark.parametrize(
    "spans",
    [
        [hours(1, "09:00", "12:00"), hours(1, "11:59", "13:00")],
        [hours(2, "12:00", "12:00")],
        [hours(0, "09:00", "10:00")],
        [hours(8, "09:00", "10:00")],
    ],
)
def test_hours_that_overlap_or_run_backwards_are_refused(spans: list[BookableHours]) -> None:
    with pytest.raises(InvalidInput):
        meeting_types.stored_hours(spans)
    meeting_types.stored_hours([hours(1, "09:00", "12:00"), hours(1, "12:00", "13:00")])


def test_a_kind_of_meeting_is_checked_field_by_field() -> None:
    wrong = MeetingTypeFields(
        " ", 2, timezone="Mars/Olympus", buffer_after_minutes=-1, days_ahead=0, max_per_day=0,
        bookable_from_on=DAY, bookable_until_on=DAY - dt.timedelta(days=1), questions=(MeetingQuestion(""),),
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        meeting_types.checked(wrong, "Europe/Paris")
    assert set(refused.value.fields) == {
        "name", "duration_minutes", "timezone", "buffer_after_minutes", "days_ahead", "max_per_day",
        "bookable_until_on", "questions",
    }  # fmt: skip
    questions = (MeetingQuestion("Your size?"), MeetingQuestion("Your size", required=True))
    values = meeting_types.checked(MeetingTypeFields("Showroom", 45, questions=questions), "Europe/Paris")
    assert (values["timezone"], values["public"]) == ("Europe/Paris", False)
    assert [(one["key"], one["required"]) for one in values["questions"]] == [
        ("your_size", False),
        ("your_size_2", True),
    ]
