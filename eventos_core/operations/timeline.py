"""The timeline of one record: audit, notes, activities, messages … each domain joins what it knows.

A source answers the newest moments of one record before an instant; `timeline` merges them. A record is named by
its table, as in the audit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, or_, select

from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import AuditEntry
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations import naming
from eventos_core.operations.audit import Change, changes

PAGE = 30


@dataclass(frozen=True)
class Moment:
    """Something that happened to or with the record."""

    at: dt.datetime
    kind: str
    """Which source it is from, such as change, note, call; decides icon and filter."""
    title: str
    """One line: what happened."""
    body: str = ""
    actor: str = ""
    page: str = ""
    """Key of the page that shows more; empty where there is none."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    """Columns with values before and after, for changes of the record."""
    written: bool = False
    """Whether the body is a person's own words, in Markdown."""
    whole_day: bool = False
    """Whether only the day of `at` counts, not its hour."""


@dataclass(frozen=True)
class Timeline:
    """Moments newest first; `before` continues with older ones, None at the end."""

    moments: tuple[Moment, ...]
    before: dt.datetime | None


Source = Callable[[TenantSession, int, dt.datetime | None, int], Sequence[Moment]]
_sources: dict[str, list[tuple[Permission, Source]]] = {}


def timeline_source(*entities: str, requires: Permission) -> Callable[[Source], Source]:
    """Register a source `(db, id, before, limit) -> moments newest first` for records of these tables.

    One query a source. It is left out for who lacks `requires`.
    """

    def register(source: Source) -> Source:
        for entity in entities:
            joined = _sources.setdefault(entity, [])
            joined.append((requires, source))
            joined.sort(key=lambda item: (item[1].__module__, item[1].__qualname__))
        return source

    return register


def timeline(
    db: TenantSession, entity: str, row_id: int, *, before: dt.datetime | None = None, limit: int = PAGE
) -> Timeline:
    """The newest moments of the record before `before`, at most `limit`; as many queries as there are sources.

    The caller has checked that the record may be read.
    """
    found = [
        moment
        for requires, source in _sources.get(entity, ())
        if db.context.can(requires)
        for moment in source(db, row_id, before, limit + 1)
    ]
    found.sort(key=lambda moment: moment.at, reverse=True)
    shown = tuple(found[:limit])
    return Timeline(shown, shown[-1].at if len(found) > limit else None)


def audited(
    db: TenantSession,
    rows: Mapping[str, Sequence[int]],
    nouns: Mapping[str, str],
    before: dt.datetime | None,
    limit: int,
) -> list[Moment]:
    """Audit entries of rows (`table → ids`) as moments of kind change; `nouns` name the tables in sentences.

    For the sources of domains. One query; values of secret columns are not in the audit and so not here.
    """
    wanted = [
        and_(AuditEntry.table_name == table, AuditEntry.row_id.in_([str(row_id) for row_id in ids]))
        for table, ids in rows.items()
        if ids
    ]
    if not wanted:
        return []
    statement = (
        select(AuditEntry, AccountUser.display_name)
        .outerjoin(
            AccountUser, and_(AccountUser.account_id == AuditEntry.account_id, AccountUser.id == AuditEntry.member_id)
        )
        .where(AuditEntry.account_id == db.context.account_id, or_(*wanted))
        .order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(AuditEntry.occurred_at < before)
    return [_moment(entry, name or naming.actor(str(entry.actor_kind)), nouns) for entry, name in db.execute(statement)]


_VERBS = {"insert": "added", "update": "changed", "delete": "removed"}


def _moment(entry: AuditEntry, actor: str, nouns: Mapping[str, str]) -> Moment:
    differing = tuple(changes(entry.before, entry.after)) if entry.action == "update" else ()
    noun = nouns.get(entry.table_name) or naming.noun(entry.table_name)
    what = _VERBS.get(entry.action, entry.action.replace("_", " "))
    if entry.action == "update" and any(c.column == "archived_at" for c in differing):
        what = "archived" if (entry.after or {}).get("archived_at") else "restored"
    return Moment(
        at=entry.occurred_at,
        kind="change",
        title=f"{noun} {what}",
        body=entry.reason or "",
        actor=actor,
        changes=differing,
    )
