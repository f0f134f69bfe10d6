"""Exchange rates: what a person or a file says of two currencies, exactly, in the direction that figures read.

Figures convert into the house's base currency, so that is the direction stored: major units of the base for one of the
other currency, times 10^12. What is given the other way round is inverted as a fraction and rounded once.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from eventos_core.kernel.errors import FileRefused, InvalidInput
from eventos_core.kernel.money import currencies, round_half_up_div
from eventos_core.operations.imports.table import RowProblem, SourceRow, SourceTable, shortened

E12 = 10**12
LARGEST_E12 = 2**63 - 1
MOST_RATES = 50_000
"""Rates that one file may bring: about six years of all currencies of the European Central Bank."""
ECB = "EUR"
"""The currency of which one unit is converted in the files of the European Central Bank."""
PLAIN = ("day", "from", "to", "rate")
_NOTHING = {"", "n/a", "na", "-"}
_NUMBER = re.compile(r"\d{1,13}([.,]\d{1,18})?|[.,]\d{1,18}")
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2},\d{3}")
_FIRST, _LAST = dt.date(1970, 1, 1), dt.date(2200, 1, 1)


@dataclass(frozen=True)
class DayRate:
    """From `valid_on` on, one major unit of `currency` is worth `rate_e12` / 10^12 major units of the base."""

    valid_on: dt.date
    currency: str
    rate_e12: int


@dataclass(frozen=True)
class RatesRead:
    """What a file says: rates to the base by day and currency, and the cells that could not be taken."""

    ecb: bool
    rates: tuple[DayRate, ...]
    refused: tuple[RowProblem, ...]
    before: int = 0
    """Rows of days before the first one asked for."""


def parse_rate(raw: str, *, field: str = "rate") -> Fraction:
    """`1.0837`, `1,0837` or `0.0061`, exactly. Raises InvalidInput for anything that is no number above zero.

    `1,083` is refused too: it might be a little more than one or a little more than a thousand.
    """
    text = raw.strip().replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
    if _AMBIGUOUS.fullmatch(text):
        raise InvalidInput(
            f"“{shortened(raw)}” can be read in two ways.", fields={field: "Write it with a point, like 1.083 or 1083"}
        )
    found = Fraction(text.replace(",", ".")) if _NUMBER.fullmatch(text) else Fraction(0)
    if found <= 0:
        raise InvalidInput(
            f"“{shortened(raw)}” is not a rate.", fields={field: "Write a number above zero, like 1.0837"}
        )
    return found


def to_base(rate: Fraction, from_currency: str, to_currency: str, base: str) -> tuple[str, int]:
    """(currency, rate_e12 into `base`) of “1 `from_currency` = `rate` `to_currency`”, rounded half up once.

    Raises InvalidInput where neither is the base, both are the same, or the rate is too small or large to keep.
    """
    if from_currency == to_currency:
        raise InvalidInput("A rate is between two currencies.", fields={"to_currency": "Choose another one"})
    if base not in (from_currency, to_currency):
        raise InvalidInput(
            f"One of the two must be {base}, the house's base currency.", fields={"to_currency": f"Choose {base}"}
        )
    exact = rate if to_currency == base else 1 / rate
    found = round_half_up_div(exact.numerator * E12, exact.denominator)
    if not 0 < found <= LARGEST_E12:
        raise InvalidInput(
            "This rate is too small or too large to be kept.",
            fields={"rate": "Between 0.000000000001 and 9 223 372 of the base currency"},
        )
    return (from_currency if to_currency == base else to_currency), found


def shown(rate_e12: int, *, inverse: bool = False) -> str:
    """The rate, or its inverse, with six significant digits and no exponent: `0.921659`, `162.34`."""
    value = Fraction(E12, rate_e12) if inverse else Fraction(rate_e12, E12)
    whole = len(str(int(value))) if value >= 1 else 0
    places = max(0, 6 - whole)
    while not whole and places < 12 and value * 10**places < 100_000:
        places += 1
    digits = str(round_half_up_div(value.numerator * 10**places, value.denominator)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(rate_e12: int) -> str:
    """The stored rate as a form shows it for editing: every digit, no trailing zeros."""
    whole, rest = divmod(rate_e12, E12)
    return f"{whole}.{rest:012d}".rstrip("0").rstrip(".")


def read_rates(table: SourceTable, base: str, since: dt.date | None = None) -> RatesRead:
    """The rates of a file: `Date,USD,JPY,…` per euro as the European Central Bank has it, or `day,from,to,rate`.

    Days before `since` are passed over. The last of two rows of one day and currency holds. Raises FileRefused for
    other headers and for more than `MOST_RATES`.
    """
    headers = [header.strip().casefold() for header in table.headers]
    known = set(currencies())
    if set(PLAIN) <= set(headers):
        ecb, found = False, _plain(table, {name: headers.index(name) for name in PLAIN}, base, since, known)
    elif headers[:1] == ["date"] and any(header.upper() in known for header in headers[1:]):
        columns = {header.upper(): at for at, header in enumerate(headers) if at and header.upper() in known}
        if base != ECB and base not in columns:
            raise FileRefused(
                f"The file has no column {base}, the house's base currency.",
                hint="Use a file that has it, or enter the rates by hand.",
            )
        ecb, found = True, _ecb(table, columns, base, since)
    else:
        raise FileRefused(
            "The headers are not those of a file of rates.",
            hint="Take Date, USD, JPY, … per euro as the European Central Bank has it, or day, from, to, rate.",
        )
    return _collected(table, ecb, found)


_Found = Iterator[DayRate | RowProblem | None]


def _collected(table: SourceTable, ecb: bool, found: _Found) -> RatesRead:
    rates: dict[tuple[dt.date, str], DayRate] = {}
    refused, before = list(table.refused), 0
    for one in found:
        if one is None:
            before += 1
        elif isinstance(one, RowProblem):
            refused.append(one)
        else:
            rates[one.valid_on, one.currency] = one
            if len(rates) > MOST_RATES:
                raise FileRefused(
                    f"The file has more than {MOST_RATES:,} rates.".replace(",", "\u202f"),
                    hint="Choose a later first day, or split the file.",
                )
    ordered = sorted(rates.values(), key=lambda one: (one.valid_on, one.currency))
    return RatesRead(ecb, tuple(ordered), tuple(refused), before)


def _ecb(table: SourceTable, columns: Mapping[str, int], base: str, since: dt.date | None) -> _Found:
    for row in table.rows:
        day = _day(row, 0, table)
        if isinstance(day, RowProblem):
            yield day
            continue
        if since is not None and day < since:
            yield None
            continue
        yield from _of_day(table, row, day, columns, base)


def _of_day(table: SourceTable, row: SourceRow, day: dt.date, columns: Mapping[str, int], base: str) -> _Found:
    per_euro = {ECB: Fraction(1)}
    for code, at in columns.items():
        if row.cells[at].strip().casefold() in _NOTHING:
            continue
        try:
            per_euro[code] = parse_rate(row.cells[at])
        except InvalidInput as error:
            yield RowProblem(row.number, table.label(at), shortened(row.cells[at]), error.message)
    if base not in per_euro:
        yield RowProblem(row.number, base, "", f"The day has no rate of {base}, the house's base currency.")
        return
    for code, rate in per_euro.items():
        if code != base:
            try:
                currency, rate_e12 = to_base(per_euro[base] / rate, code, base, base)
            except InvalidInput as error:
                yield RowProblem(row.number, code, "", error.message)
            else:
                yield DayRate(day, currency, rate_e12)


def _plain(table: SourceTable, at: Mapping[str, int], base: str, since: dt.date | None, known: set[str]) -> _Found:
    for row in table.rows:
        day = _day(row, at["day"], table)
        if isinstance(day, RowProblem):
            yield day
            continue
        if since is not None and day < since:
            yield None
            continue
        pair = [row.cells[at[name]].strip().upper() for name in ("from", "to")]
        strange = next((name for name, code in zip(("from", "to"), pair, strict=True) if code not in known), None)
        if strange:
            value = shortened(row.cells[at[strange]])
            yield RowProblem(row.number, strange, value, f"“{value}” is not a currency.")
            continue
        try:
            currency, rate_e12 = to_base(parse_rate(row.cells[at["rate"]]), pair[0], pair[1], base)
        except InvalidInput as error:
            yield RowProblem(row.number, "rate", shortened(row.cells[at["rate"]]), error.message)
        else:
            yield DayRate(day, currency, rate_e12)


def _day(row: SourceRow, at: int, table: SourceTable) -> dt.date | RowProblem:
    raw = row.cells[at].strip()
    try:
        day = dt.date.fromisoformat(raw[:10])
    except ValueError:
        day = dt.date.min
    if not _FIRST <= day <= _LAST:
        return RowProblem(
            row.number, table.label(at), shortened(raw), f"“{shortened(raw)}” is not a day like 2026-11-28."
        )
    return day
