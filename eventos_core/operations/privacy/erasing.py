"""Making a person unrecognisable: every row, copy, file and audit entry, in one transaction, proved by searching again.

Rows stay without what says who the person was, so figures stay. What the law makes the house keep is left and named in
the evidence. The evidence and everything else that remains hold ids and counts, nothing of the person.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import MessageChannel, RunStatus, SuppressionReason, SuppressionScope
from eventos_core.kernel.errors import NotAllowedNow
from eventos_core.models.base import Base
from eventos_core.models.directory import Contact
from eventos_core.models.operations import Export, MediaAsset, MessageSuppression
from eventos_core.operations.files import stores
from eventos_core.operations.imports import bulk
from eventos_core.operations.jobs.defer import defer
from eventos_core.operations.messages.recipients import address_hash
from eventos_core.operations.privacy import copies, writing
from eventos_core.operations.privacy.content import files_naming, kinds_in
from eventos_core.operations.privacy.finding import (
    HIDDEN,
    Given,
    Hit,
    Person,
    Place,
    emptied,
    resolve,
    search,
    somebody_else,
)
from eventos_core.operations.privacy.identifiers import Identifiers, Kind
from eventos_core.operations.privacy.registry import registered

CONTENT = "content"
"""The column under which the bytes of a file are decided on."""
_GOING = frozenset({Place.OWN, Place.COPY, Place.TEXT, Place.MENTION})
Decisions = Mapping[tuple[str, int, str], bool]
"""(table, id, column) of a text with the name alone → whether it means the person."""


@dataclass(frozen=True)
class Erased:
    """What an erasure did; ids and counts only."""

    rows: dict[str, int]
    """Rows made unrecognisable, by table."""
    texts: dict[str, int]
    """Further texts in which the person was replaced, by table."""
    copies: dict[str, int]
    """Copies emptied: lines of imports, merges, references, answers, files, exports."""
    kept: dict[str, int]
    """Rows kept by law, by table."""
    spared: int
    """Texts with the name alone that a person found to mean somebody else."""
    audit: int
    """Audit entries without content now."""
    refs: list[dict[str, Any]]
    """Contacts, attendees and placeholders by which a restored copy is erased again."""
    named: Identifiers = field(repr=False)
    """How the person was named, for what is still to be written in this transaction; never stored."""


def erase(db: TenantSession, given: Given, decisions: Decisions, *, undecided: bool | None = None) -> Erased:
    """Erase the person in the caller's transaction; contacts are locked in order of id.

    `undecided` settles texts with the name alone on which nobody decided; None refuses then.
    Raises NotAllowedNow for somebody who is in the team, and where texts with the name alone are not decided on.
    Emptied bytes of files are deleted by a job after the commit.
    """
    person, hits = find(db, given, decisions, lock=True)
    check_not_in_team(person)
    open_ = [hit for hit in hits if hit.place is Place.MENTION and (hit.entity, hit.id, hit.column) not in decisions]
    if open_ and undecided is not None:
        decisions = {**decisions, **{(hit.entity, hit.id, hit.column): undecided for hit in open_}}
    else:
        check_decided(len(open_))
    refs = _references(db, person)
    kept = {(hit.entity, hit.id) for hit in hits if hit.place is Place.KEPT} | _kept_rows(db, person)
    done = {
        "lines of imports": copies.redact_imports(db, person, hits),
        "records in other systems": copies.redact_references(db, person),
        "merges": copies.redact_merges(db, person),
        "kept answers": copies.redact_answers(db, hits),
        "files": _empty_files(db, person, hits, decisions),
        "exports": _drop_exports(db, person),
    }
    replaced = _replace(db, person, hits, decisions)
    _suppress(db, person)
    rows = _anonymise(db, person, kept)
    spared = [
        hit
        for hit in hits
        if (hit.place is Place.SPARED or _means_another(hit, decisions)) and not person.has(hit.entity, hit.id)
    ]
    audit = _erase_audit(db, person, rows, kept, spared)
    db.flush()
    _prove(db, person, decisions)
    by_law = Counter(entity for entity, _ in kept)
    return Erased(
        {entity: len(ids) for entity, ids in rows.items()}, dict(replaced),
        {name: count for name, count in done.items() if count}, dict(by_law),
        sum(_means_another(hit, decisions) for hit in hits), audit, refs, person.named,
    )  # fmt: skip


def check_not_in_team(person: Person) -> None:
    """Raises NotAllowedNow for somebody whose membership is in use."""
    if person.colleague:
        raise NotAllowedNow(
            f"{person.colleague} is in the team.",
            hint="End the membership on the Team page first; the login itself belongs to the person.",
        )


def check_decided(undecided: int) -> None:
    """Raises NotAllowedNow where texts with the name alone are not decided on."""
    if undecided:
        raise NotAllowedNow(
            f"{undecided} texts with this name are not decided on yet.", hint="Search again and decide on each."
        )


def find(db: TenantSession, given: Given, decisions: Decisions, *, lock: bool) -> tuple[Person, list[Hit]]:
    """The person with all rows, and every text that names them; rows decided to be theirs are among the rows.

    With `lock` the contacts given are locked in order of id.
    """
    if lock:
        people = sorted(given.rows.get("contacts", ()))
        db.execute(
            select(Contact.id)
            .where(Contact.account_id == db.context.account_id, bulk.among(Contact.id, people))
            .order_by(Contact.id)
            .with_for_update()
        )
    person = resolve(db, given)
    if claimed := _claimed(db, person, decisions):
        known = given.rows or {"contacts": person.rows.get("contacts", set())}
        theirs = {entity: {*known.get(entity, ()), *claimed.get(entity, ())} for entity in {*known, *claimed}}
        person = resolve(db, Given(theirs, given.name, given.email, given.phone))
    hits = search(db, person)
    hits += [
        Hit("media_assets", found.asset_id, CONTENT, Place.TEXT if "address" in found.kinds else Place.MENTION)
        for found in files_naming(db, person.named)
    ]
    return person, hits


def _claimed(db: TenantSession, person: Person, decisions: Decisions) -> dict[str, set[int]]:
    """Rows that a decision makes the person's: what they say of somebody was found to be them, and nobody else is."""
    found: dict[str, set[int]] = {}
    for (entity, row_id, column), means in decisions.items():
        said = registered().get(entity)
        if not means or said is None or column not in said.cleared or person.has(entity, row_id):
            continue
        table = Base.metadata.tables[entity]
        row = db.execute(
            select(table.c.id, *(table.c[name] for name in said.link)).where(
                table.c.account_id == db.context.account_id, table.c.id == row_id
            )
        ).first()
        if row is not None and not somebody_else(person, table, said, row._mapping):
            found.setdefault(entity, set()).add(row_id)
    return found


def _means_another(hit: Hit, decisions: Decisions) -> bool:
    return hit.place is Place.MENTION and decisions.get((hit.entity, hit.id, hit.column)) is False


def _references(db: TenantSession, person: Person) -> list[dict[str, Any]]:
    """Rows to find the person by in a restored backup: ids with the time that the row was made, against reuse."""
    refs: list[dict[str, Any]] = []
    for entity in ("contacts", "attendees", "account_users"):
        table = Base.metadata.tables[entity]
        ids = sorted(person.rows.get(entity, ()))
        rows = db.execute(
            select(table.c.id, table.c.created_at)
            .where(table.c.account_id == db.context.account_id, bulk.among(table.c.id, ids))
            .order_by(table.c.id)
        )
        refs += [{"entity": entity, "id": row.id, "made": bulk.to_json(row.created_at)} for row in rows]
    return refs


def _kept_rows(db: TenantSession, person: Person) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for said in registered().values():
        if said.kept and (ids := person.rows.get(said.table)):
            rows = db.scalars(
                text(f"select id from {said.table} where account_id = :account and id = any(:ids) and ({said.kept})"),
                {"account": db.context.account_id, "ids": sorted(ids)},
            )
            found |= {(said.table, row_id) for row_id in rows}
    return found


def _replace(db: TenantSession, person: Person, hits: Sequence[Hit], decisions: Decisions) -> Counter[str]:
    """Replace the person in the texts that are not emptied whole; returns how many by table, the person's own aside."""
    by_row: dict[tuple[str, int], list[Hit]] = {}
    for hit in hits:
        whole = emptied(person, registered().get(hit.entity), hit.id, hit.column)
        if hit.place in _GOING and hit.column != CONTENT and not whole and not _means_another(hit, decisions):
            by_row.setdefault((hit.entity, hit.id), []).append(hit)
    done: Counter[str] = Counter()
    for (entity, row_id), found in sorted(by_row.items()):
        table = Base.metadata.tables[entity]
        values = _values(db, person, entity, row_id)
        kinds: dict[str, set[Kind]] = {}
        for hit in found:
            kinds.setdefault(hit.column, set()).update(_goes(hit.place, namesake=person.named.namesake))
        columns = {
            name: writing.replaced(person.named, table, name, row_id, values.get(name), going)
            for name, going in kinds.items()
        }
        changed = {name: value for name, value in columns.items() if values.get(name) != value}
        writing.write(db, entity, row_id, changed)
        if not person.has(entity, row_id):
            done[entity] += len(changed)
    return done


def _goes(place: Place, *, namesake: bool) -> tuple[Kind, ...]:
    """What is replaced in a text at that place."""
    match place:
        case Place.COPY:
            return ("address", "name", "unclear")
        case Place.MENTION:
            return ("name", "unclear")
        case _:
            return ("address",) if namesake else ("address", "name")


def _values(db: TenantSession, person: Person, entity: str, row_id: int) -> Mapping[str, Any]:
    if entity in HIDDEN:
        found = db.execute(
            text("select content from app.hidden_texts(:pattern) where entity = :entity and id = :id"),
            {"pattern": person.named.rough, "entity": entity, "id": row_id},
        ).scalar_one_or_none()
        return found or {}
    table = Base.metadata.tables[entity]
    row = db.execute(select(table).where(table.c.account_id == db.context.account_id, table.c.id == row_id)).first()
    return {} if row is None else row._mapping  # type: ignore[return-value]


def _anonymise(db: TenantSession, person: Person, kept: Collection[tuple[str, int]]) -> dict[str, list[int]]:
    """Empty the person's rows, what hangs on others first; returns the ids by table."""
    done: dict[str, list[int]] = {}
    for said in sorted(registered().values(), key=lambda said: (said.table == "contacts", not said.goes)):
        ids = sorted(row_id for row_id in person.rows.get(said.table, ()) if (said.table, row_id) not in kept)
        if ids:
            writing.anonymise(db, said, ids)
            done[said.table] = ids
    return done


def _empty_files(db: TenantSession, person: Person, hits: Sequence[Hit], decisions: Decisions) -> int:
    """Mark files of which the person is all, or in which they are named, as emptied; a job deletes their bytes."""
    account = db.context.account_id
    assets = {hit.id for hit in hits if hit.column == CONTENT and hit.place is Place.TEXT}
    assets |= {row_id for (entity, row_id, column), means in decisions.items() if column == CONTENT and means}
    for said in registered().values():
        table = Base.metadata.tables[said.table]
        for column in said.files:
            ids = sorted(person.rows.get(said.table, ()))
            found = db.scalars(
                select(table.c[column]).where(
                    table.c.account_id == account, bulk.among(table.c.id, ids), table.c[column].is_not(None)
                )
            )
            assets |= set(found)
    rows = db.scalars(
        update(MediaAsset)
        .where(
            MediaAsset.account_id == account,
            bulk.among(MediaAsset.id, sorted(assets)),
            MediaAsset.bytes_deleted_at.is_(None),
        )
        .values(bytes_deleted_at=func.now(), archived_at=func.coalesce(MediaAsset.archived_at, func.now()))
        .returning(MediaAsset.id)
        .execution_options(synchronize_session=False)
    ).all()
    for asset_id in rows:
        defer(db, "delete_erased_bytes", asset_id=asset_id)
    return len(rows)


def _drop_exports(db: TenantSession, person: Person) -> int:
    """Take back stored exports in which the person is named; upkeep deletes bytes that no row refers to.

    A document that a job is making is waited for: it may have read the person before the erasure.
    """
    dropped = 0
    for export in db.scalars(
        select(Export)
        .where(
            Export.account_id == db.context.account_id,
            or_(Export.storage_key.is_not(None), and_(Export.job_id.is_not(None), Export.finished_at.is_(None))),
        )
        .order_by(Export.id)
        .with_for_update()
    ):
        if export.storage_key is None:
            continue
        try:
            content = b"".join(stores.holding(export.storage_key).read(export.storage_key))
        except stores.FileMissing:  # upkeep removes the bytes once the link has ended
            continue
        if kinds_in(content, person.named):
            export.storage_key, export.sha256, export.size_bytes = None, None, None
            export.finished_at = export.finished_at or func.now()
            export.started_at = export.started_at or func.now()
            export.status, export.error = RunStatus.FAILED, "It named a person who was erased. Export the list again."
            dropped += 1
    db.flush()
    return dropped


def _suppress(db: TenantSession, person: Person) -> None:
    """No marketing to these addresses, should a list bring them back; only hashes are kept."""
    rows = [
        {
            "account_id": db.context.account_id,
            "channel": MessageChannel.EMAIL,
            "address_hash": address_hash(email),
            "scope": SuppressionScope.MARKETING,
            "reason": SuppressionReason.ERASED,
        }
        for email in person.named.emails
        if email not in person.named.shared
    ]
    if rows:
        db.execute(upsert(MessageSuppression).values(rows).on_conflict_do_nothing())


def _erase_audit(
    db: TenantSession,
    person: Person,
    rows: Mapping[str, Sequence[int]],
    kept: Collection[tuple[str, int]],
    spared: Collection[Hit],
) -> int:
    done = 0
    for entity, ids in rows.items():
        done += db.scalar(select(func.app.erase_audit(entity, [str(row_id) for row_id in ids]))) or 0
    listed = json.dumps([{"entity": entity, "id": str(row_id)} for entity, row_id in sorted(kept)])
    others = json.dumps([{"entity": hit.entity, "id": str(hit.id)} for hit in spared])
    named = person.named
    if named.any:
        done += (
            db.scalar(
                text(
                    "select app.erase_audit_texts(:rough, :addresses, :names, :others,"
                    " cast(:kept as jsonb), cast(:spared as jsonb))"
                ),
                {
                    "rough": named.rough,
                    "addresses": named.addresses,
                    "names": named.weaker,
                    "others": named.foreign,
                    "kept": listed,
                    "spared": others,
                },
            )
            or 0
        )
        emails = [email for email in named.emails if email not in named.shared]
        db.execute(select(func.app.forget_addresses(emails, named.any)))
    return done


def _prove(db: TenantSession, person: Person, decisions: Decisions) -> None:
    """Search again: what is found now would be a defect, and everything is rolled back."""
    bare = Person({entity: set(ids) for entity, ids in person.rows.items()}, person.named)
    left = [hit for hit in search(db, bare) if hit.place in _GOING and not _means_another(hit, decisions)]
    if left:
        raise RuntimeError(f"an erasure left {sorted({f'{hit.entity}.{hit.column}' for hit in left})}")


def clear_rows(db: TenantSession, rows: Mapping[str, set[int]]) -> int:
    """Make rows, and what hangs on them, say nothing of their person; for retention, which knows whose time is up.

    Copies in imports, merges and the audit go with them; free text elsewhere is not searched. Contacts leave lists.
    Rows kept by law stay. Returns how many rows.
    """
    person = resolve(db, Given(rows), by_address=False)
    kept = _kept_rows(db, person)
    copies.redact_imports(db, person, ())
    copies.redact_references(db, person)
    copies.redact_merges(db, person)
    _empty_files(db, person, (), {})
    done = _anonymise(db, person, kept)
    contacts = done.get("contacts", [])
    db.execute(
        update(Contact)
        .where(
            Contact.account_id == db.context.account_id,
            bulk.among(Contact.id, contacts),
            Contact.archived_at.is_(None),
        )
        .values(archived_at=func.now())
        .execution_options(synchronize_session=False)
    )
    _erase_audit(db, Person(person.rows), done, kept, ())
    return sum(len(ids) for ids in done.values())


def delete_rows(db: TenantSession, entity: str, ids: Sequence[int]) -> None:
    """Delete rows for good with their audit entries' content; for retention of what nothing else points to."""
    table = Base.metadata.tables[entity]
    db.execute(table.delete().where(table.c.account_id == db.context.account_id, bulk.among(table.c.id, list(ids))))
    db.scalar(select(func.app.erase_audit(entity, [str(row_id) for row_id in ids])))
