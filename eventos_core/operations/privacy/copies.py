"""Copies of a person that imports, merges and repeated requests keep: emptied, so that no undo brings them back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, or_, select, text, update

from eventos_core.db.session import TenantSession
from eventos_core.enums.directory import MergeEntity
from eventos_core.enums.operations import ImportStatus, ImportVerdict
from eventos_core.models.directory import Merge
from eventos_core.models.operations import ExternalRef, IdempotencyKey, ImportBatch, ImportFile, ImportRow
from eventos_core.operations.imports import bulk
from eventos_core.operations.privacy.content import imports_naming
from eventos_core.operations.privacy.finding import Hit, Person, Place

_OPEN = (ImportStatus.UPLOADED, ImportStatus.MAPPED, ImportStatus.PREVIEWED)
_IMAGES = ("before", "after", "from", "to")


def redact_imports(db: TenantSession, person: Person, hits: Collection[Hit]) -> int:
    """Empty the lines of imports that are the person's, and remove the files they came in; returns how many lines.

    The lines get the verdict `erased`, which an undo leaves alone. What a line did to other records keeps its effects,
    without those on the person's rows. An import that has not run yet fails, since its file is gone.
    """
    account = db.context.account_id
    rows = [{"entity": entity, "id": row_id} for entity, ids in person.rows.items() for row_id in sorted(ids)]
    parameters = {"account": account, "rows": bulk.dump(rows)}
    main = set(
        db.scalars(
            text(
                "select i.id from import_rows i"
                " join jsonb_to_recordset(cast(:rows as jsonb)) as r(entity text, id bigint)"
                " on r.entity = i.entity and r.id = i.entity_id where i.account_id = :account"
            ),
            parameters,
        )
    )
    named = {hit.id for hit in hits if hit.entity == "import_rows" and hit.place is Place.COPY}
    loose = set(
        db.scalars(
            select(ImportRow.id).where(
                ImportRow.account_id == account, bulk.among(ImportRow.id, sorted(named)), ImportRow.entity.is_(None)
            )
        )
    )
    gone = sorted(main | loose)
    db.execute(
        update(ImportRow)
        .where(ImportRow.account_id == account, bulk.among(ImportRow.id, gone))
        .values(
            raw=[], parsed={}, errors=[], conflicts=[], before=None, effects=[], verdict=ImportVerdict.ERASED,
            undo_reason=None,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    _strip_effects(db, parameters)
    _drop_files(db, person, gone)
    return len(gone)


def redact_references(db: TenantSession, person: Person) -> int:
    """Empty what other systems' records said of the person; the id there stays, so that no import adds them again."""
    done = 0
    for entity, ids in person.rows.items():
        done += len(
            db.scalars(
                update(ExternalRef)
                .where(
                    ExternalRef.account_id == db.context.account_id,
                    ExternalRef.entity == entity,
                    bulk.among(ExternalRef.entity_id, sorted(ids)),
                )
                .values(last_imported={}, url=None)
                .returning(ExternalRef.id)
                .execution_options(synchronize_session=False)
            ).all()
        )
    return done


def redact_merges(db: TenantSession, person: Person) -> int:
    """Empty the before-images of the person's merges; returns how many. They can no longer be taken back."""
    people = sorted(person.rows.get("contacts", ()))
    merges = db.scalars(
        select(Merge)
        .where(
            Merge.account_id == db.context.account_id,
            Merge.entity == MergeEntity.CONTACT,
            or_(bulk.among(Merge.winner_id, people), bulk.among(Merge.loser_id, people)),
        )
        .order_by(Merge.id)
        .with_for_update()
    ).all()
    for merge in merges:
        merge.winner_before = merge.loser_before = None
        merge.moved = [_without_images(entry) for entry in merge.moved]
        merge.undo_report = [_without_images(entry) for entry in merge.undo_report]
        merge.reason = None
    db.flush()
    return len(merges)


def redact_answers(db: TenantSession, hits: Collection[Hit]) -> int:
    """Empty the answers kept for repeated requests in which the person is named; asked again, they answer nothing."""
    ids = sorted({hit.id for hit in hits if hit.entity == "idempotency_keys" and hit.column == "response"})
    db.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.account_id == db.context.account_id, bulk.among(IdempotencyKey.id, ids))
        .values(response=None, redacted_at=func.now())
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _without_images(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in _IMAGES}


def _strip_effects(db: TenantSession, parameters: dict[str, Any]) -> None:
    """Of lines about other records, forget what they did to rows of the person."""
    db.execute(
        text(
            "with mine as (select r.entity, r.id from jsonb_to_recordset(cast(:rows as jsonb))"
            "  as r(entity text, id bigint)),"
            " touched as (select i.id, coalesce(jsonb_agg(e.value order by e.ordinality)"
            "   filter (where m.id is null), '[]') as effects"
            "  from import_rows i cross join lateral jsonb_array_elements(i.effects) with ordinality as e"
            "  left join mine m on m.entity = e.value ->> 'entity' and m.id = (e.value ->> 'id')::bigint"
            "  where i.account_id = :account and i.effects <> '[]'::jsonb"
            "  group by i.id having bool_or(m.id is not null))"
            " update import_rows t set effects = touched.effects from touched"
            " where t.account_id = :account and t.id = touched.id"
        ),
        parameters,
    )


def _drop_files(db: TenantSession, person: Person, lines: list[int]) -> None:
    account = db.context.account_id
    batches = set(
        db.scalars(
            select(ImportRow.batch_id)
            .where(ImportRow.account_id == account, bulk.among(ImportRow.id, lines))
            .distinct()
        )
    )
    # Which of a batch's lines are gone is known; the file may hold the person also where no line was written.
    wanted = sorted(batches.union(imports_naming(db, person.named, besides=batches)))
    db.execute(
        ImportFile.__table__.delete().where(  # type: ignore[attr-defined]
            ImportFile.account_id == account, bulk.among(ImportFile.batch_id, wanted)
        )
    )
    db.execute(
        update(ImportBatch)
        .where(ImportBatch.account_id == account, bulk.among(ImportBatch.id, wanted), ImportBatch.status.in_(_OPEN))
        .values(
            status=ImportStatus.FAILED,
            finished_at=func.now(),
            error="Its file was removed, since it named a person who was erased. Upload a file without them.",
        )
        .execution_options(synchronize_session=False)
    )
