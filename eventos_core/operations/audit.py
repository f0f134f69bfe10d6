"""The audit: who changed what, with before and after, and whether the chain of seals is whole.

Changes of rows are written by triggers; `note` adds acts that change none.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, func, select, text

from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import AuditActor
from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import AuditEntry, AuditSeal
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations import naming
from eventos_core.operations.lists import Cursor, PageOf, counted, keyset, paged

ENTRIES = FrameSpec(
    id="int",
    occurred_at="instant",
    actor="text",
    actor_kind="text",
    action="text",
    table_name="text",
    row_id="text",
    subject="text",
    changed="list",
    reason="text",
    request_id="text",
)
"""One row per audited change or act; `subject` names the row where it has a name, `changed` lists the columns."""

# Columns that change with every write and say nothing.
NOISE = frozenset(
    {"updated_at", "updated_by", "version", "created_at", "created_by", "search_text", "name_sort", "account_id"}
    | {"email_norm", "last_seen_at", "domain_norm", "digits"}
)
# How a row of an unknown table calls itself, best first.
_NAMES = ("name", "title", "display_name", "full_name", "email", "subject", "code", "slug", "file_name")
# Acts that say who came and went, not what changed.
_COMINGS = ("sign_in", "denied", "credential_read", "download")
_RECENT = 200


@dataclass(frozen=True)
class AuditFilter:
    """What to list; None = any. `[from_, to)` in UTC."""

    member_id: int | None = None
    action: str | None = None
    table_name: str | None = None
    row_id: str | None = None
    request_id: str | None = None
    from_: dt.datetime | None = None
    to: dt.datetime | None = None


@dataclass(frozen=True)
class Change:
    """One column's values around a change, as stored (JSON)."""

    column: str
    before: Any
    after: Any


@dataclass(frozen=True)
class AuditDetail:
    """One entry with all that changed."""

    id: int
    occurred_at: dt.datetime
    actor: str
    actor_kind: str
    action: str
    table_name: str
    row_id: str
    reason: str | None
    request_id: str | None
    changes: tuple[Change, ...]
    erased: bool
    currency: str | None = None
    """Of the amounts among the changes, where the row names one."""


@dataclass(frozen=True)
class Happening:
    """What one person did in one go, for Home: the first row they changed, and how many entries there were."""

    entry_id: int
    at: dt.datetime
    actor: str
    own: bool
    """Whether it was the reader."""
    action: str
    table_name: str
    row_id: str
    slug: str | None
    """The row's slug, where it has one."""
    subject: str | None
    request_id: str | None
    entries: int
    more: bool
    """Whether there may be more entries than were counted."""


@dataclass(frozen=True)
class Vocabulary:
    """What the house's recent entries are about: tables and actions for the filters, sorted."""

    tables: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True)
class ChainState:
    """How far the seals reach and whether they hold."""

    sealed: int
    unsealed: int
    last_sealed_at: dt.datetime | None
    broken_seal: int | None
    """Sequence number of the first seal that does not verify; None when all hold."""
    problem: str | None = None
    """What is wrong with that seal."""

    @property
    def whole(self) -> bool:
        """Whether every seal verifies."""
        return self.broken_seal is None


@query(requires=Permission.AUDIT_READ)
def entries(
    db: TenantSession, wanted: AuditFilter | None = None, *, cursor: str | None = None, size: int = 50
) -> PageOf:
    """Entries newest first as `ENTRIES`, one page. Raises InvalidInput for a damaged cursor."""
    place = Cursor.decode(cursor)
    actor = func.coalesce(AccountUser.display_name, func.initcap(func.replace(AuditEntry.actor_kind, "_", " ")))
    statement = (
        select(
            AuditEntry.id,
            AuditEntry.occurred_at,
            actor.label("actor"),
            AuditEntry.actor_kind,
            AuditEntry.action,
            AuditEntry.table_name,
            AuditEntry.row_id,
            AuditEntry.before,
            AuditEntry.after,
            AuditEntry.reason,
            AuditEntry.request_id,
        )
        .outerjoin(
            AccountUser, (AccountUser.account_id == AuditEntry.account_id) & (AccountUser.id == AuditEntry.member_id)
        )
        .where(*_conditions(db, wanted or AuditFilter()))
    )
    statement = keyset(statement, [(AuditEntry.occurred_at, "desc"), (AuditEntry.id, "desc")], place, size=size)
    rows = [
        (
            row.id,
            row.occurred_at,
            row.actor,
            row.actor_kind,
            row.action,
            row.table_name,
            row.row_id,
            subject(row.before, row.after),
            [change.column for change in changes(row.before, row.after)],
            row.reason,
            row.request_id,
        )
        for row in db.execute(statement)
    ]
    return paged(ENTRIES.build(rows), ("occurred_at", "id"), place, size=size)


@query(requires=Permission.AUDIT_READ)
def entries_counted(db: TenantSession, wanted: AuditFilter, limit: int) -> int:
    """How many entries the filter lists, counted up to `limit`."""
    return counted(db, select(AuditEntry.id).where(*_conditions(db, wanted)), limit)


def _conditions(db: TenantSession, wanted: AuditFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [AuditEntry.account_id == db.context.account_id]
    for column, value in (
        (AuditEntry.member_id, wanted.member_id),
        (AuditEntry.action, wanted.action),
        (AuditEntry.table_name, wanted.table_name),
        (AuditEntry.row_id, wanted.row_id),
        (AuditEntry.request_id, wanted.request_id),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.from_ is not None:
        found.append(AuditEntry.occurred_at >= wanted.from_)
    if wanted.to is not None:
        found.append(AuditEntry.occurred_at < wanted.to)
    return found


@query(requires=Permission.AUDIT_READ)
def entry(db: TenantSession, entry_id: int) -> AuditDetail:
    """One entry with its values before and after. Raises NotFound."""
    row = db.execute(
        select(AuditEntry, AccountUser.display_name)
        .outerjoin(
            AccountUser, (AccountUser.account_id == AuditEntry.account_id) & (AccountUser.id == AuditEntry.member_id)
        )
        .where(AuditEntry.account_id == db.context.account_id, AuditEntry.id == entry_id)
    ).first()
    if row is None:
        raise NotFound("There is no such audit entry.", hint="Go back to the list.")
    found: AuditEntry = row[0]
    return AuditDetail(
        id=found.id,
        occurred_at=found.occurred_at,
        actor=row[1] or naming.actor(str(found.actor_kind)),
        actor_kind=str(found.actor_kind),
        action=found.action,
        table_name=found.table_name,
        row_id=found.row_id,
        reason=found.reason,
        request_id=found.request_id,
        changes=tuple(changes(found.before, found.after)),
        erased=found.erased_at is not None,
        currency=(found.after or found.before or {}).get("currency"),
    )


@query(requires=Permission.AUDIT_READ)
def chain_state(db: TenantSession) -> ChainState:
    """Verify the house's chain of seals; reads every sealed entry of the house, so show it on request."""
    account = db.context.account_id
    sealed = db.execute(
        select(func.coalesce(func.sum(AuditSeal.entries), 0), func.max(AuditSeal.sealed_at)).where(
            AuditSeal.account_id == account
        )
    ).one()
    total = db.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.account_id == account)) or 0
    broken = db.execute(text("select broken_seq, problem from app.verify_own_audit()")).first()
    return ChainState(
        int(sealed[0]),
        max(0, total - int(sealed[0])),
        sealed[1],
        broken.broken_seq if broken else None,
        broken.problem if broken else None,
    )


@query(requires=Permission.AUDIT_READ)
def vocabulary(db: TenantSession) -> Vocabulary:
    """Tables and actions of the house's last 5,000 entries; for the filters."""
    recent = (
        select(AuditEntry.table_name, AuditEntry.action)
        .where(AuditEntry.account_id == db.context.account_id)
        .order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc())
        .limit(5000)
        .subquery()
    )
    found = db.execute(select(recent.c.table_name, recent.c.action).distinct()).all()
    return Vocabulary(
        tuple(sorted({row.table_name for row in found if row.table_name})), tuple(sorted({row.action for row in found}))
    )


@query(requires=Permission.AUDIT_READ)
def people(db: TenantSession) -> dict[int, str]:
    """Everybody who is or was in the team by id → name, sorted by name, at most 500; for the filter."""
    rows = db.execute(
        select(AccountUser.id, AccountUser.display_name)
        .where(AccountUser.account_id == db.context.account_id, AccountUser.user_id.is_not(None))
        .order_by(AccountUser.name_sort, AccountUser.id)
        .limit(500)
    ).all()
    return {row.id: row.display_name for row in rows}


def note(
    db: TenantSession,
    action: str,
    table_name: str = "",
    row_id: int | str = "",
    details: Mapping[str, Any] | None = None,
    *,
    reason: str | None = None,
) -> None:
    """Audit an act that changes no row, or says more than the row's change: export, download, role_change.

    `details` must be JSON without secrets. Insert, update and delete are the triggers' own and refused here.
    """
    db.execute(
        text("select app.audit_event(:action, :table, :row, cast(:details as jsonb), :reason)"),
        {
            "action": action,
            "table": table_name,
            "row": str(row_id),
            "details": json.dumps(dict(details or {}), default=str),
            "reason": reason,
        },
    )


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Change]:
    """What differs between the two images, without the columns that change with every write."""
    old, new = before or {}, after or {}
    return [
        Change(name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if name not in NOISE and old.get(name) != new.get(name)
    ]


def subject(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str | None:
    """What the row calls itself, from whichever image there is."""
    image = after or before or {}
    return next((str(image[name]) for name in _NAMES if image.get(name)), None)


@query(requires=Permission.HOUSE_READ)
def recent_changes(db: TenantSession, *, limit: int = 8) -> list[Happening]:
    """What changed last, newest first, a record and request at a time, at most `limit`; from the last 200 entries.

    Who lacks `audit.read` sees what they did themselves; an actor without a membership sees nothing then.
    Sign-ins, downloads and denials are left out, and so is what the system does by itself.
    """
    everything = db.context.can(Permission.AUDIT_READ)
    if not everything and db.context.member_id is None:
        return []
    image = func.coalesce(AuditEntry.after, AuditEntry.before)
    statement = (
        select(
            AuditEntry.id,
            AuditEntry.occurred_at,
            AuditEntry.member_id,
            AuditEntry.actor_kind,
            AccountUser.display_name,
            AuditEntry.action,
            AuditEntry.table_name,
            AuditEntry.row_id,
            AuditEntry.request_id,
            image.op("->>")("slug").label("slug"),
            func.coalesce(*(_text(image, name) for name in _NAMES)).label("subject"),
        )
        .outerjoin(
            AccountUser, (AccountUser.account_id == AuditEntry.account_id) & (AccountUser.id == AuditEntry.member_id)
        )
        .where(
            AuditEntry.account_id == db.context.account_id,
            AuditEntry.action.not_in(_COMINGS),
            AuditEntry.actor_kind != AuditActor.SYSTEM,
        )
        .order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc())
        .limit(_RECENT)
    )
    if not everything:
        statement = statement.where(AuditEntry.member_id == db.context.member_id)
    rows = db.execute(statement).all()
    requests: dict[str, list[Any]] = {}
    for row in rows:
        requests.setdefault(row.request_id or f"entry {row.id}", []).append(row)
    cut = len(rows) == _RECENT
    found: list[Happening] = []
    for number, same in enumerate(requests.values(), 1):
        one = _happening(db, same, more=cut and number == len(requests))
        last = found[-1] if found else None
        if last is not None and _about(last) == _about(one):
            found[-1] = replace(last, entries=last.entries + one.entries, more=one.more)
        elif len(found) == limit:
            break
        else:
            found.append(one)
    return found


def _about(one: Happening) -> tuple[str, str, str, str]:
    """Repeated changes of one record by one person are told once."""
    return (one.actor, one.action, one.table_name, one.row_id)


def _text(image: ColumnElement[Any], name: str) -> ColumnElement[str]:
    return func.nullif(image.op("->>")(name), "")


def _happening(db: TenantSession, same: Sequence[Any], *, more: bool) -> Happening:
    """One request's entries, newest first, as one line about its first row that has a name."""
    first = next((row for row in reversed(same) if row.subject), same[-1])
    return Happening(
        entry_id=first.id,
        at=same[0].occurred_at,
        actor=first.display_name or naming.actor(str(first.actor_kind)),
        own=first.member_id is not None and first.member_id == db.context.member_id,
        action=first.action,
        table_name=first.table_name,
        row_id=first.row_id,
        slug=first.slug,
        subject=first.subject,
        request_id=first.request_id,
        entries=len(same),
        more=more,
    )
