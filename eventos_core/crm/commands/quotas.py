"""Quotas of people and targets of house and events: what deals won in a period shall be worth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from eventos_core.crm.queries.targets import fiscal_start, targets_of
from eventos_core.crm.rules import targets as rules
from eventos_core.db.editing import get
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.analytics import MetricScope, MetricUnit, TargetPeriod
from eventos_core.kernel.errors import EditConflict, InvalidInput, NotAllowedNow
from eventos_core.kernel.permissions import Permission
from eventos_core.models.analytics import MetricTarget
from eventos_core.models.events import Event
from eventos_core.models.tenancy import AccountUser

MOST_ROWS = 1000
LARGEST_MINOR = 10**15


@dataclass(frozen=True)
class TargetRow:
    """What one person, one event, one person for an event, or (neither) the house shall win in the period.

    `value_minor` is in minor units of the base currency, None = no target. `version` is the one that was seen, 0 where
    there was none.
    """

    member_id: int | None = None
    event_id: int | None = None
    value_minor: int | None = None
    version: int = 0


@dataclass(frozen=True)
class SetTargets:
    """Targets of one span, which begins on `starts_on`: the rows that were changed; all others stay."""

    period: TargetPeriod
    starts_on: dt.date
    rows: tuple[TargetRow, ...]


@dataclass(frozen=True)
class CopyTargets:
    """The quotas of the span before, for the one that begins on `starts_on`; with `everything` all targets."""

    period: TargetPeriod
    starts_on: dt.date
    everything: bool = False


@dataclass(frozen=True)
class TargetsSaved:
    """How many targets the command wrote; `kept` = how many had one already and were left as they are."""

    written: int
    kept: int = 0


_Key = tuple[int | None, int | None]


@command(requires=Permission.SALES_SETTINGS)
def set_targets(db: TenantSession, cmd: SetTargets) -> TargetsSaved:
    """Set, change and take away targets of one span, all or none.

    Raises InvalidInput, NotFound for another house's person or event, EditConflict where somebody changed one of them
    meanwhile.
    """
    span = rules.check_span(cmd.period, cmd.starts_on, _locked_start(db))
    if not 1 <= len(cmd.rows) <= MOST_ROWS:
        raise InvalidInput(f"Give 1 to {MOST_ROWS} targets.")
    keys = [(row.member_id, row.event_id) for row in cmd.rows]
    if len(set(keys)) != len(keys):
        raise InvalidInput("The same person or event is there twice.", hint="Give each of them once.")
    stored = _stored(db, cmd.period, span[0])
    written = 0
    for row in cmd.rows:
        if row.value_minor is not None and not 0 <= row.value_minor <= LARGEST_MINOR:
            raise InvalidInput("A target is not below zero.", fields={_field(row): "Not below zero"})
        found = stored.get((row.member_id, row.event_id))
        if (found.version if found else 0) != row.version:
            raise _changed(row, found)
        written += _write(db, cmd.period, span, row, found)
    db.flush()
    return TargetsSaved(written)


@command(requires=Permission.SALES_SETTINGS)
def copy_targets(db: TenantSession, cmd: CopyTargets) -> TargetsSaved:
    """Take over what was set for the span before, for who has nothing in this one yet; people who left are passed by.

    Raises InvalidInput, NotAllowedNow where the span before has none.
    """
    first_month = _locked_start(db)
    span = rules.check_span(cmd.period, cmd.starts_on, first_month)
    before = rules.shifted(cmd.period, span[0], -1)
    earlier = _stored(db, cmd.period, before)
    left = set(
        db.scalars(
            select(AccountUser.id).where(
                AccountUser.account_id == db.context.account_id, AccountUser.disabled_at.is_not(None)
            )
        )
    )
    wanted = {
        key: row
        for key, row in earlier.items()
        if (cmd.everything or key[0] is not None) and key[0] not in left and row.currency == db.context.currency
    }
    if not wanted:
        raise NotAllowedNow(
            f"{rules.label(cmd.period, before, first_month)} has nothing to take over.", hint="Enter the targets."
        )
    stored = _stored(db, cmd.period, span[0])
    kept = 0
    for (member_id, event_id), row in wanted.items():
        if (member_id, event_id) in stored:
            kept += 1
        else:
            _write(db, cmd.period, span, TargetRow(member_id, event_id, row.value), None)
    db.flush()
    return TargetsSaved(len(wanted) - kept, kept)


def _locked_start(db: TenantSession) -> int:
    """The month in which the fiscal year begins; those who set targets of one house do so one after the other.

    Not a lock of the house's row, which only who manages the team may write.
    """
    db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"targets {db.context.account_id}", 0))))
    return fiscal_start(db)


def _stored(db: TenantSession, period: TargetPeriod, starts_on: dt.date) -> Mapping[_Key, MetricTarget]:
    rows = db.scalars(targets_of(db, period).where(MetricTarget.starts_on == starts_on).with_for_update())
    return {(row.member_id, row.event_id): row for row in rows}


def _write(
    db: TenantSession, period: TargetPeriod, span: tuple[dt.date, dt.date], row: TargetRow, found: MetricTarget | None
) -> bool:
    """Whether anything had to be written."""
    if found is not None:
        if row.value_minor is None:
            db.delete(found)
        elif (found.value, found.currency) != (row.value_minor, db.context.currency):
            found.value, found.currency = row.value_minor, db.context.currency
        else:
            return False
        return True
    if row.value_minor is None:
        return False
    if row.member_id is not None and get(db, AccountUser, row.member_id, what="person").disabled_at is not None:
        raise InvalidInput("This person has left the team.", fields={_field(row): "Has left the team"})
    if row.event_id is not None:
        get(db, Event, row.event_id, what="event")
    scope = MetricScope.OWNER if row.member_id is not None else MetricScope.EVENT
    db.add(
        MetricTarget(
            metric=rules.WON_VALUE, scope=MetricScope.ACCOUNT if row.member_id is row.event_id is None else scope,
            member_id=row.member_id, event_id=row.event_id, period=period, starts_on=span[0], ends_on=span[1],
            unit=MetricUnit.MINOR, currency=db.context.currency, value=row.value_minor,
        )
    )  # fmt: skip
    return True


def _field(row: TargetRow) -> str:
    """The name of the row's field in forms."""
    return f"target_{row.member_id or 0}_{row.event_id or 0}"


def _changed(row: TargetRow, found: MetricTarget | None) -> EditConflict:
    return EditConflict(
        "Somebody changed one of these targets while you were editing.",
        hint="Look at them again, then save yours.",
        version=found.version if found else 0,
        theirs={_field(row): found.value if found else None},
        mine={_field(row): row.value_minor},
    )
