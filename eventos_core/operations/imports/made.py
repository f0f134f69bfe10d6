"""What an import made besides its own records: stages, owners, organisations and the like that its rows name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, text

from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ImportStatus
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import naming
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports.batches import batch_of
from eventos_core.operations.imports.references import count_references, model_of, name_column

NAMED = 50
"""Most records named per table."""
_WHAT = {"account_users": "owners", "sales_stages": "stages", "sales_pipelines": "pipelines"}


@dataclass(frozen=True)
class MadeRecord:
    """One record; `stays` says in words why it is still there after an undo, empty while the import stands."""

    id: int
    name: str
    stays: str = ""


@dataclass(frozen=True)
class MadeRecords:
    """What was made of one table: `what` as `create_missing` calls it, how many are there, the first `NAMED` by name.

    `removed_count` more went with the undo; `removed` are the first `NAMED` names of these, known until the import can
    no longer be undone.
    """

    what: str
    count: int
    records: tuple[MadeRecord, ...]
    removed_count: int = 0
    removed: tuple[str, ...] = ()


@query(requires=Permission.IMPORTS_RUN)
def import_made(db: TenantSession, batch_id: int) -> tuple[MadeRecords, ...]:
    """The records that the import made for its rows to name, table by table, with those that its undo removed.

    Raises NotFound.
    """
    batch = batch_of(db, batch_id)
    rows = db.execute(
        text(
            "select entity, array_agg(id order by id),"
            " array_agg(name order by name, id) filter (where name is not null) from ("
            "  select e.entity, e.id, max(e.before ->> 'name') as name from import_rows r"
            "  cross join lateral jsonb_to_recordset(r.effects)"
            "   as e(entity text, id bigint, action text, role text, before jsonb)"
            "  where r.account_id = :account and r.batch_id = :batch and e.action = 'insert'"
            "  and e.role is distinct from 'own' group by e.entity, e.id) made group by entity order by entity"
        ),
        {"account": db.context.account_id, "batch": batch.id},
    ).all()
    undone = batch.status is ImportStatus.UNDONE
    found = (_of_table(db, entity, ids, removed or (), undone=undone) for entity, ids, removed in rows)
    return tuple(made for made in found if made.count or made.removed)


def _of_table(
    db: TenantSession, entity: str, ids: Sequence[int], removed: Sequence[str], *, undone: bool
) -> MadeRecords:
    what, table, name = _WHAT.get(entity, entity), model_of(entity).__table__, name_column(entity)
    if name is None:
        return MadeRecords(what, 0, ())
    own = (table.c.account_id == db.context.account_id, bulk.among(table.c.id, ids))
    count = db.scalar(select(func.count()).select_from(table).where(*own)) or 0
    version: ColumnElement[Any] = table.c.version if "version" in table.c else literal(1)
    rows = db.execute(select(table.c.id, name, version).where(*own).order_by(name, table.c.id).limit(NAMED)).all()
    used = count_references(db, entity, [row[0] for row in rows]) if undone else {}
    records = tuple(
        MadeRecord(record_id, called, _stays(entity, used.get(record_id, {}), edited=number > 1) if undone else "")
        for record_id, called, number in rows
    )
    return MadeRecords(what, count, records, len(removed), tuple(removed[:NAMED]))


def _stays(entity: str, used: Mapping[str, int], *, edited: bool) -> str:
    """Why an undo left a record, as it stands today."""
    if used:
        return f"used by {naming.counted(used)}"
    if edited:
        return "edited since"
    if entity == "account_users":
        return "only who may manage the team removes it"
    return "no longer used"


@dataclass(frozen=True)
class Remark:
    """One thing said of rows of a file: the column and value it is about, why, and of how many rows."""

    column: str
    value: str
    reason: str
    rows: int


@query(requires=Permission.IMPORTS_RUN)
def import_remarks(db: TenantSession, batch_id: int, *, limit: int = 1000) -> tuple[Remark, ...]:
    """What was said of the rows of an import that has run, the most frequent first. Raises NotFound."""
    batch = batch_of(db, batch_id)
    rows = db.execute(
        text(
            "select e.\"column\", coalesce(e.value, ''), e.reason, count(*) from import_rows r"
            ' cross join lateral jsonb_to_recordset(r.errors) as e("column" text, value text, reason text)'
            " where r.account_id = :account and r.batch_id = :batch group by 1, 2, 3"
            " order by count(*) desc, min(r.row_no), 1, 2 limit :limit"
        ),
        {"account": db.context.account_id, "batch": batch.id, "limit": limit},
    )
    return tuple(Remark(*row) for row in rows)
