"""Exchange rates: entered by hand in either direction, or brought in from a file; stored into the base currency.

A closed deal keeps the rate that was frozen when it closed: nothing here changes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text

from eventos_core.crm.rules import rates as rules
from eventos_core.crm.rules.rates import DayRate
from eventos_core.db.editing import edit, get
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import RateSource
from eventos_core.kernel.errors import AlreadyExists, EditConflict, InvalidInput
from eventos_core.kernel.money import check_currency
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import ExchangeRate
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports.reading import read_file

SHOWN_REFUSALS = 50
"""Cells that could not be taken, as many as the answer names."""
_FIRST, _LAST = dt.date(1970, 1, 1), dt.date(2200, 1, 1)


@dataclass(frozen=True)
class AddRate:
    """From `valid_on` on 1 `from_currency` = `rate` `to_currency`; one of the two is the house's base currency.

    `rate` is written as people do, such as `1.0837` or `1,0837`, so that no digit is lost on the way.
    """

    valid_on: dt.date
    from_currency: str
    to_currency: str
    rate: str


@dataclass(frozen=True)
class EditRate:
    """Another rate for the day and pair of a row, in either direction; `version` is the one that was edited."""

    rate_id: int
    version: int
    from_currency: str
    to_currency: str
    rate: str


@dataclass(frozen=True)
class RemoveRate:
    """A rate to take out; the one before it holds again. `version` is the one that was seen."""

    rate_id: int
    version: int


@dataclass(frozen=True)
class ImportRates:
    """A file of rates, at most 25 MB and 50,000 rates: `Date,USD,JPY,…` per euro, or `day,from,to,rate`.

    Days before `since` are passed over. With `replace` a rate of the file takes the place of one that is stored for
    the same day and currency; else the stored one stays.
    """

    file_name: str
    content: bytes
    since: dt.date | None = None
    replace: bool = False


@dataclass(frozen=True)
class RateSaved:
    """The row's id and version after the command."""

    rate_id: int
    version: int


@dataclass(frozen=True)
class RateRefused:
    """A cell of the file that could not be taken, by row (the header is row 1) and column, and why."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class RatesImported:
    """How many rates were added and changed, how many stood there already, how many cells were refused."""

    added: int
    changed: int
    kept: int
    refused: int
    refusals: tuple[RateRefused, ...]


@command(requires=Permission.SALES_SETTINGS)
def add_rate(db: TenantSession, cmd: AddRate) -> RateSaved:
    """Enter a rate by hand. Raises InvalidInput by field, AlreadyExists where day and pair have one."""
    if not _FIRST <= cmd.valid_on <= _LAST:
        raise InvalidInput("Check the marked fields.", fields={"valid_on": "A day from 1970 to 2199"})
    currency, rate_e12 = _stored(db, cmd.from_currency, cmd.to_currency, cmd.rate)
    base = db.context.currency
    there = db.scalar(
        select(ExchangeRate.id).where(
            ExchangeRate.account_id == db.context.account_id, ExchangeRate.from_currency == currency,
            ExchangeRate.to_currency == base, ExchangeRate.valid_on == cmd.valid_on,
        )
    )  # fmt: skip
    if there is not None:
        raise AlreadyExists(f"There is a rate of {currency} for this day already.", hint="Change that one.")
    row = ExchangeRate(
        from_currency=currency, to_currency=base, valid_on=cmd.valid_on, rate_e12=rate_e12, source=RateSource.MANUAL
    )
    db.add(row)
    db.flush()
    db.refresh(row)
    return RateSaved(row.id, row.version)


@command(requires=Permission.SALES_SETTINGS)
def edit_rate(db: TenantSession, cmd: EditRate) -> RateSaved:
    """Put a rate right; what figures convert with it changes at once, deals that are closed do not.

    Raises NotFound, InvalidInput for another pair than the row's, EditConflict.
    """
    row = get(db, ExchangeRate, cmd.rate_id, what="rate")
    pair = {cmd.from_currency.strip().upper(), cmd.to_currency.strip().upper()}
    if pair != {row.from_currency, row.to_currency}:
        raise InvalidInput("This rate is of another pair.", fields={"from_currency": "The pair stays as it is"})
    exact = rules.parse_rate(cmd.rate)
    # Also where the house has changed its base currency since: the row keeps its direction.
    _, rate_e12 = rules.to_base(
        exact, cmd.from_currency.strip().upper(), cmd.to_currency.strip().upper(), row.to_currency
    )
    values = {"rate_e12": rate_e12, "source": RateSource.MANUAL}
    saved = edit(db, ExchangeRate, row.id, cmd.version, values, what="rate")
    return RateSaved(saved.id, saved.version)


@command(requires=Permission.SALES_SETTINGS)
def remove_rate(db: TenantSession, cmd: RemoveRate) -> RateSaved:
    """Take a rate out; the audit keeps it, and closed deals keep theirs. Raises NotFound, EditConflict."""
    row = get(db, ExchangeRate, cmd.rate_id, lock=True, what="rate")
    if row.version != cmd.version:
        raise EditConflict(
            "Somebody changed this rate meanwhile.", hint="Look at it again, then decide.", version=row.version,
            theirs={"rate": rules.exact(row.rate_e12)}, mine={"rate": "removed"},
        )  # fmt: skip
    gone = RateSaved(row.id, row.version)
    db.delete(row)
    db.flush()
    return gone


@command(requires=Permission.SALES_SETTINGS)
def import_rates(db: TenantSession, cmd: ImportRates) -> RatesImported:
    """Bring in the rates of a file, all in one transaction. Raises FileRefused for a file that is refused whole."""
    read = rules.read_rates(read_file(cmd.file_name, cmd.content), db.context.currency, cmd.since)
    source = RateSource.ECB if read.ecb else RateSource.IMPORT
    added = changed = 0
    for chunk in bulk.chunks(read.rates):
        new, other = _put(db, chunk, source, replace=cmd.replace)
        added, changed = added + new, changed + other
    refusals = tuple(RateRefused(*problem) for problem in read.refused[:SHOWN_REFUSALS])
    return RatesImported(added, changed, len(read.rates) - added - changed, len(read.refused), refusals)


def _stored(db: TenantSession, from_currency: str, to_currency: str, raw: str) -> tuple[str, int]:
    pair = []
    for field, code in (("from_currency", from_currency), ("to_currency", to_currency)):
        try:
            pair.append(check_currency(code))
        except InvalidInput as error:
            raise InvalidInput(error.message, hint=error.hint, fields={field: "Unknown"}) from error
    return rules.to_base(rules.parse_rate(raw), pair[0], pair[1], db.context.currency)


def _put(db: TenantSession, chunk: Sequence[DayRate], source: RateSource, *, replace: bool) -> tuple[int, int]:
    """How many rows were added and changed; in order of day and currency, so that two imports wait for each other."""
    table = ExchangeRate.__table__
    recordset = bulk.recordset(table, ("from_currency", "valid_on", "rate_e12"), extra="n integer")  # type: ignore[arg-type]
    on_conflict = (
        "do update set rate_e12 = excluded.rate_e12, source = excluded.source"
        " where exchange_rates.rate_e12 <> excluded.rate_e12"
        if replace
        else "do nothing"
    )
    rows = [
        {"n": n, "from_currency": one.currency, "valid_on": one.valid_on, "rate_e12": one.rate_e12}
        for n, one in enumerate(chunk)
    ]
    written = db.execute(
        text(
            "insert into exchange_rates (account_id, from_currency, to_currency, valid_on, rate_e12, source)"
            f" select :account, r.from_currency, :base, r.valid_on, r.rate_e12, :source from {recordset} order by r.n"
            f" on conflict (account_id, from_currency, to_currency, valid_on) {on_conflict}"
            " returning version"
        ),
        {
            "account": db.context.account_id, "base": db.context.currency, "source": source.value,
            "rows": bulk.dump(rows),
        },
    ).scalars().all()  # fmt: skip
    new = sum(version == 1 for version in written)
    return new, len(written) - new
