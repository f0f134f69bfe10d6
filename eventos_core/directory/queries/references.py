"""Which columns of which tables point at a table, read from the models: what a merge has to move."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Column, ForeignKeyConstraint, Table, func, literal, select, union_all

from eventos_core.db.session import TenantSession
from eventos_core.models import Base

# Where a record went is history, not a reference to move: a chain of merges is followed, and taken back, link by link.
_KEPT = frozenset({("contacts", "merged_into_id"), ("organizations", "merged_into_id")})
BY_NAME = {"external_refs": ("entity", "entity_id"), "notification_queue": ("about", "about_id")}
"""Tables that name a record by table and id: (column of the table's name, column of the id)."""


@dataclass(frozen=True)
class Reference:
    """A foreign key into a table: which local columns hold which of its columns (account_id aside)."""

    table: Table
    pairs: tuple[tuple[str, str], ...]
    """(local column, remote column)."""

    @property
    def column(self) -> str:
        """The local column that holds the id."""
        return next(local for local, remote in self.pairs if remote == "id")


@cache
def references(target: str) -> tuple[Reference, ...]:
    """Every foreign key into `target` that a merge moves, by name of table and column.

    Columns that another foreign key carries along by ON UPDATE CASCADE are left out: they follow by themselves.
    Of several keys over the same id column the widest is taken, since all its columns must change together.
    """
    found: dict[tuple[str, str], Reference] = {}
    for table in sorted(Base.metadata.tables.values(), key=lambda t: t.name):
        if "account_id" not in table.columns:
            continue
        for key in table.foreign_key_constraints:
            reference = _reference(table, key, target)
            if reference is None or (table.name, reference.column) in _KEPT:
                continue
            if _carried(table, reference.column, besides=key):
                continue
            place = (table.name, reference.column)
            if place not in found or len(reference.pairs) > len(found[place].pairs):
                found[place] = reference
    return tuple(found[place] for place in sorted(found))


def count_references(db: TenantSession, target: str, row_id: int) -> dict[str, int]:
    """Table → rows that point at the record, in one statement; tables without any are left out."""
    parts = [
        select(literal(r.table.name).label("name"), func.count().label("rows"))
        .select_from(r.table)
        .where(r.table.c.account_id == db.context.account_id, r.table.c[r.column] == row_id)
        for r in references(target)
    ]
    for name, (entity, id_column) in BY_NAME.items():
        table = Base.metadata.tables[name]
        parts.append(
            select(literal(name).label("name"), func.count().label("rows"))
            .select_from(table)
            .where(table.c.account_id == db.context.account_id, table.c[entity] == target, table.c[id_column] == row_id)
        )
    each = union_all(*parts).subquery()
    rows = db.execute(
        select(each.c.name, func.sum(each.c.rows)).where(each.c.rows > 0).group_by(each.c.name).order_by(each.c.name)
    )
    return {name: int(count) for name, count in rows}


def _reference(table: Table, key: ForeignKeyConstraint, target: str) -> Reference | None:
    if key.elements[0].target_fullname.split(".")[0] != target:
        return None
    pairs = tuple(
        (element.parent.name, element.target_fullname.split(".")[1])
        for element in key.elements
        if element.parent.name != "account_id"
    )
    computed = any(table.c[local].computed is not None for local, _ in pairs)
    if computed or "id" not in {remote for _, remote in pairs}:
        return None
    return Reference(table, pairs)


def _carried(table: Table, column: str, *, besides: ForeignKeyConstraint) -> bool:
    """Whether another key of the table brings `column` along when the row it points at changes."""
    return any(
        key is not besides
        and key.onupdate == "CASCADE"
        and any(e.parent.name == column and _is_reference(e.column) for e in key.elements)
        for key in table.foreign_key_constraints
    )


def _is_reference(column: Column[object]) -> bool:
    return column.name != "account_id" and column.info.get("ref") is not None
