"""Notes of a record, pinned ones first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import and_, select

from eventos_core.crm.queries.activities import of_record, visible_rows
from eventos_core.crm.rules.activities import Links
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Note
from eventos_core.models.tenancy import AccountUser


@dataclass(frozen=True)
class NoteText:
    """One note as a drawer shows it."""

    id: int
    version: int
    body: str
    pinned: bool
    author: str | None
    created_at: dt.datetime
    archived_at: dt.datetime | None
    links: Links


@query(requires=Permission.CONTACTS_READ)
def notes_of(db: TenantSession, entity: str, row_id: int, *, limit: int = 50) -> tuple[NoteText, ...]:
    """Notes about one record (a table's name and an id) that the actor may see: pinned first, then newest."""
    n = Note
    rows = db.execute(
        select(n, AccountUser.display_name)
        .outerjoin(AccountUser, and_(AccountUser.account_id == n.account_id, AccountUser.id == n.created_by))
        .where(
            n.account_id == db.context.account_id, of_record(n, entity, row_id), n.archived_at.is_(None),
            *visible_rows(db, n),
        )
        .order_by(n.pinned.desc(), n.created_at.desc(), n.id.desc())
        .limit(limit)
    ).all()  # fmt: skip
    return tuple(_text(row[0], row.display_name) for row in rows)


@query(requires=Permission.CONTACTS_READ)
def note(db: TenantSession, note_id: int) -> NoteText:
    """One note, archived ones too. Raises NotFound, also where it is about what one may not see."""
    n = Note
    row = db.execute(
        select(n, AccountUser.display_name)
        .outerjoin(AccountUser, and_(AccountUser.account_id == n.account_id, AccountUser.id == n.created_by))
        .where(n.account_id == db.context.account_id, n.id == note_id, *visible_rows(db, n))
    ).one_or_none()
    if row is None:
        raise NotFound("This note does not exist.", hint="It may have been deleted; go back to the list.")
    return _text(row[0], row.display_name)


def _text(n: Note, author: str | None) -> NoteText:
    links = Links(n.contact_id, n.organization_id, n.opportunity_id, n.event_id, n.sponsor_id)
    return NoteText(n.id, n.version, n.body, n.pinned, author, n.created_at, n.archived_at, links)
