"""Making one record out of two, and two out of one again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from eventos_core.db.facts import emit
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.directory.commands.bank import COLUMNS as BANK
from eventos_core.directory.commands.bank import opened, sealed
from eventos_core.directory.commands.moving import Entry, move_all, undo_all
from eventos_core.directory.queries.merging import MODELS, NOUNS, is_own, name_of, values_of
from eventos_core.directory.rules import merging as rules
from eventos_core.enums.directory import MergeEntity
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow, NotFound
from eventos_core.kernel.facts import ContactsMerged
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, ContactEmail, ContactPhone, DuplicateDismissal, Merge, Organization

UNDO_FOR = dt.timedelta(days=90)
"""How long before-images are kept, and so how long a merge can be taken back."""


@dataclass(frozen=True)
class MergeRecords:
    """Merge `loser_id` into `winner_id`. `choices`: field → winner or loser, where both have something.

    With `versions` (the winner's, the loser's) a record that changed since the preview refuses the merge.
    """

    winner_id: int
    loser_id: int
    choices: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    versions: tuple[int, int] | None = None


@dataclass(frozen=True)
class Merged:
    """What the merge did: rows moved, links dropped as doubles, rows that had to stay with the loser."""

    merge_id: int
    winner_id: int
    version: int
    moved: int
    dropped: int
    kept: int


@dataclass(frozen=True)
class UndoMerge:
    """A merge to take back."""

    merge_id: int


@dataclass(frozen=True)
class Undone:
    """Both records as they stand again; `not_restored` counts what was changed since and was left alone."""

    merge_id: int
    winner_id: int
    loser_id: int
    not_restored: int


@dataclass(frozen=True)
class DismissDuplicate:
    """Two records that look alike and are not the same."""

    entity: MergeEntity
    first_id: int
    second_id: int
    reason: str | None = None


@dataclass(frozen=True)
class Dismissed:
    """The pair, in order of id."""

    lower_id: int
    higher_id: int


@dataclass(frozen=True)
class ProposeAgain:
    """A dismissal to take back."""

    dismissal_id: int


@command(requires=Permission.CONTACTS_MERGE)
def merge_contacts(db: TenantSession, cmd: MergeRecords) -> Merged:
    """Make one person of two: fields settled, every reference moved, the loser archived with `merged_into_id`.

    Raises NotFound, InvalidInput, NotAllowedNow (archived, or changed since the preview), Conflict where the two are
    booked at the same time. Emits ContactsMerged. It can be taken back for 90 days.
    """
    merged = _merge(db, MergeEntity.CONTACT, cmd)
    emit(db, ContactsMerged(merged.merge_id, cmd.winner_id, cmd.loser_id))
    return merged


@command(requires=Permission.CONTACTS_MERGE)
def merge_organizations(db: TenantSession, cmd: MergeRecords) -> Merged:
    """As `merge_contacts` for companies; the house's own is never the loser. Bank data are sealed anew."""
    return _merge(db, MergeEntity.ORGANIZATION, cmd)


@command(requires=Permission.CONTACTS_MERGE)
def undo_merge(db: TenantSession, cmd: UndoMerge) -> Undone:
    """Two records again: columns, links and dropped rows (with their ids) as before; versions rise.

    What somebody changed since is left alone and reported in `merges.undo_report`. Raises NotFound; NotAllowedNow
    when taken back already, past its time, after an erasure, or while the winner itself is merged into another.
    """
    merge = db.scalars(
        select(Merge).where(Merge.account_id == db.context.account_id, Merge.id == cmd.merge_id).with_for_update()
    ).one_or_none()
    if merge is None:
        raise NotFound("There is no such merge.", hint="It may belong to another house.")
    rows = _locked(db, merge.entity, merge.winner_id, merge.loser_id)
    winner, loser = rows[merge.winner_id], rows[merge.loser_id]
    if getattr(winner, "erased_at", None) or getattr(loser, "erased_at", None):
        raise NotAllowedNow("One of the two people was erased since; nothing is left to restore.")
    _check_undoable(merge)
    if winner.merged_into_id is not None:
        raise NotAllowedNow(
            f"{name_of(winner)} was merged into another {NOUNS[merge.entity]} since.",
            hint="Take that merge back first.",
        )
    loser.archived_at, loser.merged_into_id = None, None
    db.flush()
    table = MODELS[merge.entity].__tablename__
    own = [e for e in merge.moved if e["table"] == table and e["id"] == winner.id and "to" in e and e.get("own")]
    report = undo_all(db, [entry for entry in merge.moved if not entry.get("own")])
    report += _restore_columns(db, table, winner.id, merge.winner_before or {}, own)
    merge.undone_at, merge.undone_by, merge.undo_report = clock.now(), db.context.member_id, report
    db.flush()
    return Undone(merge.id, merge.winner_id, merge.loser_id, len(report))


@command(requires=Permission.CONTACTS_MERGE)
def dismiss_duplicate(db: TenantSession, cmd: DismissDuplicate) -> Dismissed:
    """Say that two records are not the same; they are not proposed again. Repeating it changes nothing."""
    lower, higher = sorted((cmd.first_id, cmd.second_id))
    if lower == higher:
        raise InvalidInput("Choose two different records.")
    model = MODELS[cmd.entity]
    found = db.scalars(
        select(model.id).where(model.account_id == db.context.account_id, model.id.in_([lower, higher]))
    ).all()
    if len(found) != 2:
        raise NotFound(f"One of the two {NOUNS[cmd.entity]}s does not exist.")
    values = {
        "account_id": db.context.account_id,
        "entity": cmd.entity,
        "lower_id": lower,
        "higher_id": higher,
        "reason": cmd.reason or None,
    }
    db.execute(
        upsert(DuplicateDismissal).values(values).on_conflict_do_nothing(constraint="uq_duplicate_dismissals_pair")
    )
    return Dismissed(lower, higher)


@command(requires=Permission.CONTACTS_MERGE)
def propose_again(db: TenantSession, cmd: ProposeAgain) -> Dismissed:
    """Forget that two records were found to be different; where they look alike they are proposed. Raises NotFound."""
    row = db.scalars(
        select(DuplicateDismissal).where(
            DuplicateDismissal.account_id == db.context.account_id, DuplicateDismissal.id == cmd.dismissal_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("This pair was not dismissed, or is proposed again already.")
    db.delete(row)
    db.flush()
    return Dismissed(row.lower_id, row.higher_id)


def _merge(db: TenantSession, entity: MergeEntity, cmd: MergeRecords) -> Merged:
    rows = _locked(db, entity, cmd.winner_id, cmd.loser_id)
    winner, loser = rows[cmd.winner_id], rows[cmd.loser_id]
    if getattr(winner, "erased_at", None) or getattr(loser, "erased_at", None):
        raise NotAllowedNow("One of the two people was erased; there is nothing to merge.")
    rules.check_mergeable(
        NOUNS[entity],
        cmd.winner_id,
        cmd.loser_id,
        loser_is_own=is_own(loser),
        archived={row_id: row.archived_at is not None for row_id, row in rows.items()},
    )
    if cmd.versions is not None and cmd.versions != (winner.version, loser.version):
        raise NotAllowedNow("One of the two changed since you looked.", hint="Compare them again.")
    table = MODELS[entity].__tablename__
    before = {row_id: _image(db, table, row_id) for row_id in rows}
    fields = rules.FIELDS[entity]
    changes, sides = rules.settle(fields, values_of(winner, fields), values_of(loser, fields), cmd.choices)
    entries = _part_ways(db, winner, loser, changes)
    if entity is MergeEntity.CONTACT:
        entries += _step_back(db, winner.id, loser.id)
    keys = ({"id": loser.id}, {"id": winner.id})
    entries += move_all(db, table, *keys)
    own = _write_winner(db, winner, loser, changes, before[winner.id], table)
    loser.archived_at, loser.merged_into_id = clock.now(), winner.id
    merge = Merge(
        entity=entity,
        winner_id=winner.id,
        loser_id=loser.id,
        winner_before=before[winner.id],
        loser_before=before[loser.id],
        moved=[*entries, *own],
        choices=dict(sides),
        reason=cmd.reason or None,
        before_expires_at=clock.now() + UNDO_FOR,
    )
    db.add(merge)
    db.flush()
    db.refresh(winner)
    dropped = {(e["table"], e["id"]) for e in entries if "before" in e}
    return Merged(
        merge.id,
        winner.id,
        winner.version,
        moved=len({(e["table"], e["id"]) for e in entries if "column" in e} - dropped),
        dropped=len(dropped),
        kept=sum("kept" in e for e in entries),
    )


def _locked(db: TenantSession, entity: MergeEntity, *ids: int) -> dict[int, Any]:
    """Both rows, locked in order of id so that two merges of the same pair wait rather than deadlock."""
    model: Any = MODELS[entity]
    rows = db.scalars(
        select(model)
        .where(model.account_id == db.context.account_id, model.id.in_(sorted(set(ids))))
        .order_by(model.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    found = {row.id: row for row in rows}
    if missing := set(ids) - found.keys():
        raise NotFound(f"This {NOUNS[entity]} does not exist ({min(missing)}).", hint="Go back to the list.")
    return found


def _part_ways(db: TenantSession, winner: Any, loser: Any, changes: dict[str, Any]) -> list[Entry]:
    """A link between the two (manager, parent) would become one to itself: it is cut, and written down."""
    entries: list[Entry] = []
    column = "reports_to_id" if isinstance(winner, Contact) else "parent_id"
    table = winner.__tablename__
    for one, other in ((winner, loser), (loser, winner)):
        if getattr(one, column) == other.id:
            entries.append({"table": table, "id": one.id, "column": column, "from": other.id, "to": None})
            setattr(one, column, None)
    if changes.get(column) in (winner.id, loser.id):
        del changes[column]
    db.flush()
    return entries


def _step_back(db: TenantSession, winner_id: int, loser_id: int) -> list[Entry]:
    """The loser's primary e-mail and phone are none on the winner, who has one."""
    emails = select(ContactEmail).where(ContactEmail.account_id == db.context.account_id, ContactEmail.is_primary)
    phones = select(ContactPhone).where(ContactPhone.account_id == db.context.account_id, ContactPhone.is_primary)
    both = (winner_id, loser_id)
    kinds: tuple[Sequence[ContactEmail | ContactPhone], ...] = (
        db.scalars(emails.where(ContactEmail.contact_id.in_(both))).all(),
        db.scalars(phones.where(ContactPhone.contact_id.in_(both))).all(),
    )
    entries: list[Entry] = []
    for rows in kinds:
        for row in rows:
            if len(rows) == 2 and row.contact_id == loser_id:
                row.is_primary = False
                entries.append(
                    {"table": row.__tablename__, "id": row.id, "column": "is_primary", "from": True, "to": False}
                )
    db.flush()
    return entries


def _write_winner(
    db: TenantSession, winner: Any, loser: Any, changes: Mapping[str, Any], before: Mapping[str, Any], table: str
) -> list[Entry]:
    """Write the settled columns; returns one entry a column with the stored values around it."""
    for column, value in changes.items():
        if isinstance(winner, Organization) and column in BANK.values():
            # Sealed to its row: opened for the one, sealed for the other.
            value = sealed(db, winner.id, column, opened(db, loser.id, column, value))
        setattr(winner, column, value)
    db.flush()
    after = _image(db, table, winner.id)
    return [
        {"table": table, "id": winner.id, "column": c, "from": before.get(c), "to": after.get(c), "own": True}
        for c in changes
    ]


def _restore_columns(
    db: TenantSession, table: str, winner_id: int, before: Mapping[str, Any], own: list[Entry]
) -> list[Entry]:
    """Put the winner's columns back where they still are as the merge wrote them."""
    if not own:
        return []
    now = _image(db, table, winner_id)
    back = [entry["column"] for entry in own if now.get(entry["column"]) == entry["to"]]
    if back:
        columns, values = ", ".join(back), ", ".join(f"r.{column}" for column in back)
        statement = text(
            f"update {table} t set ({columns}) = row({values}) from jsonb_populate_record(null::{table}, :image) r"
            " where t.account_id = :a and t.id = :i"
        ).bindparams(bindparam("image", type_=JSONB))
        db.execute(statement, {"image": dict(before), "a": db.context.account_id, "i": winner_id})
    return [
        {"table": table, "id": winner_id, "reason": f"{entry['column'].replace('_', ' ')} changed since"}
        for entry in own
        if entry["column"] not in back
    ]


def _check_undoable(merge: Merge) -> None:
    if merge.undone_at is not None:
        raise NotAllowedNow("This merge was taken back already.")
    if merge.winner_before is None or merge.loser_before is None or merge.before_expires_at <= clock.now():
        raise NotAllowedNow(
            "This merge can no longer be taken back.", hint="Edit the record, and add the other one again."
        )


def _image(db: TenantSession, table: str, row_id: int) -> dict[str, Any]:
    found: dict[str, Any] = db.scalar(
        text(f"select to_jsonb(t) from {table} t where t.account_id = :a and t.id = :i"),
        {"a": db.context.account_id, "i": row_id},
    )
    return found
