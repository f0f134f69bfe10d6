"""Money: exact allocation and rounding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.money import allocate, check_currency, exponent, round_half_up_div


@given(
    st.integers(-(10**15), 10**15),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(lambda weights: sum(weights) > 0),
)
def test_allocation_loses_no_cent_and_stays_within_one_of_the_share(amount: int, weights: list[int]) -> None:
    parts = allocate(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * total - amount * weight) < total


def test_allocation_gives_the_remainder_to_the_largest_then_the_first() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(-100, [1, 1, 1]) == [-34, -33, -33]
    assert allocate(5, [0, 1]) == [0, 5]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_allocation_refuses_shares_that_are_none(weights: list[int]) -> None:
    with pytest.raises((InvalidInput, ValueError)):
        allocate(10, weights)


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2), (4, 3, 1), (5, 3, 2), (0, 7, 0), (1, -2, -1)],
)
def test_division_rounds_half_away_from_zero(numerator: int, denominator: int, expected: int) -> None:
    assert round_half_up_div(numerator, denominator) == expected


@pytest.mark.parametrize(("code", "places"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_minor_units_follow_the_currency(code: str, places: int) -> None:
    assert exponent(code) == places


def test_a_currency_is_checked_and_written_in_capitals() -> None:
    assert check_currency(" eur ") == "EUR"
    with pytest.raises(InvalidInput, match="not a currency"):
        check_currency("EURO")
