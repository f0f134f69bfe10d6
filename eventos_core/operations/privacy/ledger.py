"""Erasures noted beside the database, so that a backup from before them does not bring anybody back.

A note lies in the store for files, one for each erasure: ids of rows with the time that they were made, nothing of the
person. After a restore every note is worked off again on the rows that came back.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from eventos_core.db.registry import command, execute
from eventos_core.db.session import TenantSession, reading
from eventos_core.enums.operations import PrivacyRequestKind, PrivacyRequestStatus
from eventos_core.kernel import clock
from eventos_core.kernel.context import ActorKind
from eventos_core.kernel.credentials import OperatorCredential
from eventos_core.kernel.errors import EventOSError
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import Base
from eventos_core.models.operations import DataSubjectRequest, MediaAssetVersion
from eventos_core.operations import audit
from eventos_core.operations.files import stores
from eventos_core.operations.imports import bulk
from eventos_core.operations.jobs.registry import house_job
from eventos_core.operations.privacy.erasing import Erased, erase
from eventos_core.operations.privacy.finding import Given


@dataclass(frozen=True)
class ErasedText:
    """A text with the name alone that was decided to mean the person."""

    entity: str
    id: int
    column: str


@dataclass(frozen=True)
class ErasedRow:
    """A row of an erased person; `made` tells it from another row that got the same id after a restore."""

    entity: str
    id: int
    made: str


@dataclass(frozen=True)
class ReapplyErasure:
    """One note of the ledger."""

    at: str
    rows: tuple[ErasedRow, ...]
    texts: tuple[ErasedText, ...]


@dataclass(frozen=True)
class Reapplied:
    """How many rows were made unrecognisable again; 0 where they were already, or did not come back."""

    rows: int


@dataclass(frozen=True)
class ReappliedAll:
    """What came of all notes: erasures done again, those there already, and why any could not be done."""

    again: int
    there: int
    failed: tuple[str, ...]


def evidence_of(done: Erased) -> dict[str, Any]:
    """What a request keeps as proof: counts, and that a second search found nothing."""
    return {
        "rows": done.rows, "texts": done.texts, "copies": done.copies, "kept": done.kept, "spared": done.spared,
        "audit": done.audit, "searched_again": True,
    }  # fmt: skip


@house_job("note_erasure", title="Note an erasure")
def note_erasure(db: TenantSession, request_id: int) -> None:
    """Write the note of one erasure into the store for files."""
    row = db.scalars(
        select(DataSubjectRequest).where(
            DataSubjectRequest.account_id == db.context.account_id, DataSubjectRequest.id == request_id
        )
    ).one()
    note = {
        "at": bulk.to_json(row.completed_at),
        "rows": [ref for ref in row.subject_refs if "made" in ref],
        "texts": [
            {"entity": ref["entity"], "id": ref["id"], "column": ref["column"]}
            for ref in row.subject_refs
            if ref.get("erase")
        ],
    }
    key = stores.new_key(db.context.account_id) + stores.LEDGER
    stores.current().put(key, json.dumps(note).encode())


@house_job("delete_erased_bytes", title="Delete an erased file")
def delete_erased_bytes(db: TenantSession, asset_id: int) -> None:
    """Delete the bytes of a file that an erasure emptied, all versions and thumbnails."""
    for row in db.execute(
        select(MediaAssetVersion.storage, MediaAssetVersion.storage_key).where(
            MediaAssetVersion.account_id == db.context.account_id, MediaAssetVersion.asset_id == asset_id
        )
    ):
        store = stores.of(row.storage)
        store.delete(row.storage_key + stores.THUMBNAIL)
        store.delete(row.storage_key)


@command(requires=Permission.PRIVACY_MANAGE, actors=frozenset({ActorKind.OPERATOR}))
def reapply_erasure(db: TenantSession, cmd: ReapplyErasure) -> Reapplied:
    """Erase again a person whom a restored backup brought back; texts with the name alone go as decided then.

    Raises NotAllowedNow for somebody who was in the team when the backup was made.
    """
    theirs: dict[str, set[int]] = {}
    for ref in cmd.rows:
        table = Base.metadata.tables[ref.entity]
        columns = [table.c.created_at, *([table.c.erased_at] if "erased_at" in table.c else [])]
        row = db.execute(
            select(*columns).where(table.c.account_id == db.context.account_id, table.c.id == ref.id)
        ).first()
        if row is not None and bulk.to_json(row.created_at) == ref.made and getattr(row, "erased_at", None) is None:
            theirs.setdefault(ref.entity, set()).add(ref.id)
    if not theirs or ("contacts" not in theirs and any(ref.entity == "contacts" for ref in cmd.rows)):
        return Reapplied(0)
    decisions = {(found.entity, found.id, found.column): True for found in cmd.texts}
    done = erase(db, Given(theirs), decisions, undecided=False)
    count = sum(done.rows.values())
    now = clock.now()
    request = DataSubjectRequest(
        kind=PrivacyRequestKind.ERASE,
        status=PrivacyRequestStatus.DONE,
        received_at=dt.datetime.fromisoformat(cmd.at),
        due_on=now.date() + dt.timedelta(days=30),
        completed_at=now,
        subject_refs=done.refs,
        evidence={**evidence_of(done), "after_restore": True},
    )
    db.add(request)
    db.flush()
    audit.note(db, "erase", "data_subject_requests", request.id, {"rows": count, "after_restore": True})
    return Reapplied(count)


def reapply_erasures(session: bytes, houses: Iterable[str]) -> ReappliedAll:
    """Work off every note of the ledger again, house by house (slugs), as the operator whose session it is.

    What cannot be done is said and does not stop the rest.
    """
    again = there = 0
    failed: list[str] = []
    for slug in houses:
        credential = OperatorCredential(session, slug)
        with reading(credential) as db:
            account = db.context.account_id
        for note in _notes(account):
            try:
                done = execute(credential, reapply_erasure, note)
            except EventOSError as error:
                failed.append(f"{slug}: {error}")
                continue
            again, there = again + (done.rows > 0), there + (done.rows == 0)
    return ReappliedAll(again, there, tuple(failed))


def _notes(account_id: int) -> list[ReapplyErasure]:
    found = []
    for store in stores.configured():
        for stored in store.listing(f"{account_id}/"):
            if stored.key.endswith(stores.LEDGER):
                note = json.loads(b"".join(store.read(stored.key)))
                rows = tuple(ErasedRow(**row) for row in note["rows"])
                texts = tuple(ErasedText(**one) for one in note["texts"])
                found.append(ReapplyErasure(note["at"], rows, texts))
    return sorted(found, key=lambda note: note.at)
