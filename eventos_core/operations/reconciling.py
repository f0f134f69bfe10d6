"""Proof that stored figures equal the facts: domains register checks, `reconcile` runs them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, text

from eventos_core.db.session import TenantSession
from eventos_core.models.base import Base, Booking

SHOWN = 500
"""Differences that one check reports at most."""


@dataclass(frozen=True)
class Difference:
    """A stored value that the facts contradict; None = there is none."""

    what: str
    stored: Any
    computed: Any


Check = Callable[[TenantSession, int | None], list[Difference]]
_checks: list[Check] = []


def reconciles(check: Check) -> Check:
    """Register `(db, event_id | None) -> differences`; read-only, set-based, at most `SHOWN`."""
    _checks.append(check)
    return check


def differences(db: TenantSession, event_id: int | None = None) -> list[Difference]:
    """What does not agree in the house, or in one event."""
    return [difference for check in _checks for difference in check(db, event_id)]


@reconciles
def bookings(db: TenantSession, event_id: int | None) -> list[Difference]:
    """Whatever takes a person, space, vehicle or item has exactly its bookings, and no other booking is there."""
    rows = db.execute(
        text(
            f"with wanted as (select distinct * from ({_takings()}) as w (source_table, source_id, kind, resource_id,"
            " layer, event_id, during) where cast(:e as bigint) is null or w.event_id = :e),"
            " stored as (select b.source_table, b.source_id, b.resource_kind as kind, b.resource_id, b.layer,"
            "  b.event_id, b.during from bookings b"
            "  where b.account_id = :a and (cast(:e as bigint) is null or b.event_id = :e))"
            " select coalesce(w.source_table, s.source_table) as source_table,"
            "  coalesce(w.source_id, s.source_id) as source_id, coalesce(w.kind, s.kind) as kind,"
            "  coalesce(w.resource_id, s.resource_id) as resource_id, s.during as stored, w.during as computed"
            " from wanted w full join stored s on s.source_table = w.source_table and s.source_id = w.source_id"
            "  and s.kind = w.kind and s.resource_id = w.resource_id and s.layer = w.layer"
            "  and s.event_id is not distinct from w.event_id"
            f" where w.during is distinct from s.during order by 1, 2, 3, 4 limit {SHOWN}"
        ),
        {"a": db.context.account_id, "e": event_id},
    )
    return [
        Difference(
            f"{row.kind} {row.resource_id} taken by {row.source_table} {row.source_id}",
            _range(row.stored),
            _range(row.computed),
        )
        for row in rows
    ]


@reconciles
def import_counts(db: TenantSession, event_id: int | None) -> list[Difference]:
    """Finished imports: the batch's counts equal its rows, verdict by verdict.

    Where a person was erased since, only the number of rows can still be compared.
    """
    rows = db.execute(
        text(
            "with counted as (select b.id, b.rows_total, b.created_count, b.updated_count, b.rejected_count,"
            "  b.conflict_count, count(r.id) as total, count(r.id) filter (where r.verdict = 'create') as created,"
            "  count(r.id) filter (where r.verdict = 'update') as updated,"
            "  count(r.id) filter (where r.verdict = 'reject') as rejected,"
            "  count(r.id) filter (where r.verdict = 'conflict') as conflicts,"
            "  coalesce(bool_or(r.verdict = 'erased'), false) as erased"
            " from import_batches b left join import_rows r on r.account_id = b.account_id and r.batch_id = b.id"
            " where b.account_id = :a and b.status in ('done', 'undone')"
            "  and (cast(:e as bigint) is null or b.event_id = :e) group by b.account_id, b.id)"
            " select c.id, v.what, v.stored, v.computed from counted c cross join lateral (values"
            "  ('rows', c.rows_total::bigint, c.total), ('created rows', c.created_count, c.created),"
            "  ('updated rows', c.updated_count, c.updated), ('rejected rows', c.rejected_count, c.rejected),"
            "  ('conflicting rows', c.conflict_count, c.conflicts)) as v (what, stored, computed)"
            " where v.stored <> v.computed and (v.what = 'rows' or not c.erased)"
            f" order by c.id, v.what limit {SHOWN}"
        ),
        {"a": db.context.account_id, "e": event_id},
    )
    return [Difference(f"{row.what} of import {row.id}", row.stored, row.computed) for row in rows]


@lru_cache(maxsize=1)
def _takings() -> str:
    """Every row that takes a resource, of all tables that book, as the clash rule has it."""
    return "\n union all ".join(_statements())


def _statements() -> Iterator[str]:
    for table in sorted(Base.metadata.tables.values(), key=lambda found: found.name):
        for book in table.info.get("books", ()):
            yield _taking(table, book)
    # A host's time is the session's.
    yield (
        "select 'session_hosts', h.id, 'person', h.contact_id, 'use', h.event_id, tstzrange(s.starts_at, s.ends_at)"
        " from session_hosts h join sessions s on s.account_id = h.account_id and s.id = h.session_id"
        " where h.account_id = :a and h.contact_id is not null and h.status <> 'declined'"
        " and s.cancelled_at is null and s.starts_at < s.ends_at"
    )


def _taking(table: Table, book: Booking) -> str:
    ends = f"new.{book.ends}"
    if book.rest_minutes_column is not None:
        ends += f" + make_interval(mins => new.{book.rest_minutes_column})"
    event = "null::bigint" if book.event is None else f"new.{book.event}"
    return (
        f"select '{table.name}', new.id, '{book.kind}', new.{book.resource}, '{book.layer}', {event},"
        f" tstzrange(new.{book.starts}, {ends}) from {table.name} new where new.account_id = :a and ({book.active})"
        f" and new.{book.resource} is not null and new.{book.starts} < new.{book.ends}"
    )


def _range(value: Any) -> str | None:
    return None if value is None else f"{value.lower:%Y-%m-%d %H:%M}–{value.upper:%Y-%m-%d %H:%M} UTC"
