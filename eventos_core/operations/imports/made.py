"""What an import made besides its own records: stages, owners, organisations and the like that its rows name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, text

from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import naming
from eventos_core.operations.imports.batches import batch_of
from eventos_core.operations.imports.references import count_references, model_of

NAMED = 50
"""Most records named per table."""
_WHAT = {"account_users": "owners", "sales_stages": "stages", "sales_pipelines": "pipelines"}
_NAMES = ("name", "display_name", "full_name")


@dataclass(frozen=True)
class MadeRecord:
    """One record; `used_by` is what points to it today, in words, empty for nothing."""

    id: int
    name: str
    used_by: str = ""


@dataclass(frozen=True)
class MadeRecords:
    """What is there of one table: `what` as `create_missing` calls it, how many, and the first `NAMED` by name."""

    what: str
    count: int
    records: tuple[MadeRecord, ...]


@query(requires=Permission.IMPORTS_RUN)
def import_made(db: TenantSession, batch_id: int) -> tuple[MadeRecords, ...]:
    """The records that the import made for its rows to name and that are still there, table by table.

    After an undo these are the ones that stayed; `used_by` says why. Raises NotFound.
    """
    batch = batch_of(db, batch_id)
    rows = db.execute(
        text(
            "select e.entity, array_agg(distinct e.id order by e.id) from import_rows r"
            " cross join lateral jsonb_to_recordset(r.effects) as e(entity text, id bigint, action text, role text)"
            " where r.account_id = :account and r.batch_id = :batch and e.action = 'insert'"
            " and e.role is distinct from 'own' group by e.entity order by e.entity"
        ),
        {"account": db.context.account_id, "batch": batch.id},
    ).all()
    found = (_present(db, entity, ids) for entity, ids in rows)
    return tuple(made for made in found if made is not None)


def _present(db: TenantSession, entity: str, ids: list[int]) -> MadeRecords | None:
    """None where nothing is left of them, or they have no names of their own (addresses of contacts)."""
    table = model_of(entity).__table__
    name = next((table.c[column] for column in _NAMES if column in table.c), None)
    if name is None:
        return None
    own = (table.c.account_id == db.context.account_id, table.c.id.in_(ids))
    count = db.scalar(select(func.count()).select_from(table).where(*own)) or 0
    rows = db.execute(select(table.c.id, name).where(*own).order_by(name, table.c.id).limit(NAMED)).all()
    used = count_references(db, entity, [row[0] for row in rows])
    records = tuple(MadeRecord(row[0], row[1], naming.counted(used.get(row[0], {}))) for row in rows)
    return MadeRecords(_WHAT.get(entity, entity), count, records) if records else None


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
