"""Money across currencies in SQL agrees with the kernel, to the last digit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from eventos_core.db import engine
from eventos_core.kernel import money
from tests import support


def _scalar(statement: str, **values: object) -> object:
    with engine.app_engine().connect() as connection:
        return connection.scalar(text(statement), values)


def test_currency_exponent_agrees_with_the_kernel_for_every_currency(database: support.Database) -> None:
    codes = list(money.currencies())
    with engine.app_engine().connect() as connection:
        rows = connection.execute(
            text("select c, app.currency_exponent(c) from unnest(cast(:codes as text[])) c"), {"codes": codes}
        ).all()
    assert dict(rows) == {code: money.exponent(code) for code in codes}


@given(
    amount=st.integers(0, 10**13),
    currency=st.sampled_from(["EUR", "JPY", "KWD", "CLF", "USD"]),
    base=st.sampled_from(["EUR", "JPY", "KWD"]),
    rate=st.integers(1, 10**14),
    ppm=st.integers(0, 1_000_000),
)
def test_in_base_minor_rounds_once_and_half_up(
    database: support.Database, amount: int, currency: str, base: str, rate: int, ppm: int
) -> None:
    shift = money.exponent(base) - money.exponent(currency)
    top, bottom = amount * rate * ppm * 10 ** max(shift, 0), 10**18 * 10 ** max(-shift, 0)
    wanted = money.round_half_up_div(top, bottom)
    found = _scalar("select app.in_base_minor(:a, :c, :b, :r, :p)", a=amount, c=currency, b=base, r=rate, p=ppm)
    assert found == wanted


def test_in_base_minor_is_unknown_without_amount_or_rate(database: support.Database) -> None:
    assert _scalar("select app.in_base_minor(null, 'USD', 'EUR', 1000000000000, 1000000)") is None
    assert _scalar("select app.in_base_minor(100, 'USD', 'EUR', null, 1000000)") is None


def test_half_a_cent_goes_up(database: support.Database) -> None:
    assert _scalar("select app.in_base_minor(1, 'EUR', 'EUR', 1000000000000, 500000)") == 1
