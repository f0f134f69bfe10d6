"""What a merge would do, and what merges there were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import and_, case, func, select

from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.directory.queries.references import count_references
from eventos_core.directory.rules import merging as rules
from eventos_core.directory.rules.merging import FieldOutcome
from eventos_core.enums.directory import MergeEntity
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, ContactEmail, Merge, Organization
from eventos_core.models.tenancy import AccountUser

MODELS: Mapping[MergeEntity, type[Contact] | type[Organization]] = {
    MergeEntity.CONTACT: Contact,
    MergeEntity.ORGANIZATION: Organization,
}
NOUNS = {MergeEntity.CONTACT: "contact", MergeEntity.ORGANIZATION: "organisation"}

MERGES = FrameSpec(
    id="int",
    winner_id="int",
    loser_id="int",
    loser="text",
    reason="text",
    by="text",
    created_at="instant",
    undoable_until="instant",
    undone_at="instant",
)
"""One row per merge into a record; `undoable_until` is empty once it cannot be taken back."""


@dataclass(frozen=True)
class MergeSide:
    """What tells a record from another of its name; `known_by` is an e-mail address or a domain."""

    id: int
    name: str
    known_by: str | None
    place: str | None
    created_at: dt.datetime
    links: int
    """Rows of other tables that point to it."""


@dataclass(frozen=True)
class MergePreview:
    """What merging `loser` into `winner` would do."""

    entity: MergeEntity
    winner_id: int
    winner: str
    loser_id: int
    loser: str
    fields: tuple[FieldOutcome, ...]
    moves: dict[str, int]
    """Table → rows that would point at the winner."""
    sides: tuple[MergeSide, MergeSide]
    """The winner and the loser, told apart."""
    versions: tuple[int, int] = (0, 0)
    """The winner's and the loser's, so that a merge is of what was seen."""


@query(requires=Permission.CONTACTS_MERGE)
def merge_preview(
    db: TenantSession,
    entity: MergeEntity,
    winner_id: int,
    loser_id: int,
    choices: Mapping[str, str] | None = None,
) -> MergePreview:
    """Which values stay and what moves. Raises NotFound, InvalidInput, NotAllowedNow as the merge would."""
    winner = get(db, MODELS[entity], winner_id, what=NOUNS[entity])
    loser = get(db, MODELS[entity], loser_id, what=NOUNS[entity])
    rules.check_mergeable(
        NOUNS[entity],
        winner_id,
        loser_id,
        loser_is_own=is_own(loser),
        archived={row.id: row.archived_at is not None for row in (winner, loser)},
    )
    fields = rules.FIELDS[entity]
    mine, theirs = values_of(winner, fields), values_of(loser, fields)
    moves = count_references(db, MODELS[entity].__tablename__, loser.id)
    stays = count_references(db, MODELS[entity].__tablename__, winner.id)
    return MergePreview(
        entity=entity,
        winner_id=winner.id,
        winner=name_of(winner),
        loser_id=loser.id,
        loser=name_of(loser),
        fields=rules.outcomes(fields, mine, theirs, choices or {}, _shown(db, mine, theirs)),
        moves=moves,
        sides=(_side(db, winner, sum(stays.values())), _side(db, loser, sum(moves.values()))),
        versions=(winner.version, loser.version),
    )


@query(requires=Permission.CONTACTS_READ)
def merges_of(db: TenantSession, entity: MergeEntity, record_id: int) -> pd.DataFrame:
    """Merges into or of the record as `MERGES`, newest first, at most 50."""
    undoable = and_(Merge.undone_at.is_(None), Merge.winner_before.is_not(None), Merge.before_expires_at > func.now())
    statement = (
        select(
            Merge.id,
            Merge.winner_id,
            Merge.loser_id,
            func.coalesce(Merge.loser_before["full_name"].astext, Merge.loser_before["name"].astext).label("loser"),
            Merge.reason,
            AccountUser.display_name.label("by"),
            Merge.created_at,
            case((undoable, Merge.before_expires_at)).label("undoable_until"),
            Merge.undone_at,
        )
        .outerjoin(AccountUser, (AccountUser.account_id == Merge.account_id) & (AccountUser.id == Merge.created_by))
        .where(
            Merge.account_id == db.context.account_id,
            Merge.entity == entity,
            (Merge.winner_id == record_id) | (Merge.loser_id == record_id),
        )
        .order_by(Merge.created_at.desc(), Merge.id.desc())
        .limit(50)
    )
    return MERGES.query(db, statement)


def values_of(row: Contact | Organization, fields: Any) -> dict[str, Any]:
    """Column → value of everything that a merge settles."""
    return {column: getattr(row, column) for item in fields for column in item.columns}


def name_of(row: Contact | Organization) -> str:
    """What the record is called."""
    return row.full_name if isinstance(row, Contact) else row.name


def _side(db: TenantSession, row: Contact | Organization, links: int) -> MergeSide:
    known_by = row.domain if isinstance(row, Organization) else db.scalar(
        select(ContactEmail.email)
        .where(ContactEmail.account_id == row.account_id, ContactEmail.contact_id == row.id)
        .order_by(ContactEmail.is_primary.desc(), ContactEmail.id)
        .limit(1)
    )  # fmt: skip
    return MergeSide(row.id, name_of(row), known_by, row.city, row.created_at, links)


def is_own(row: Contact | Organization) -> bool:
    """Whether it is the house itself."""
    return isinstance(row, Organization) and row.is_own


def _shown(db: TenantSession, *sides: Mapping[str, Any]) -> dict[tuple[str, Any], str]:
    """Names of the ids among the values."""
    account = db.context.account_id
    named: dict[tuple[str, Any], str] = {}
    for column, model, label in (
        ("organization_id", Organization, Organization.name),
        ("parent_id", Organization, Organization.name),
        ("reports_to_id", Contact, Contact.full_name),
        ("owner_id", AccountUser, AccountUser.display_name),
    ):
        ids = {side[column] for side in sides if side.get(column) is not None}
        if ids:
            rows = db.execute(select(model.id, label).where(model.account_id == account, model.id.in_(ids)))
            named |= {(column, row_id): name for row_id, name in rows}
    return named
