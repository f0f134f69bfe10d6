"""Who points to a record: every foreign key of the models, asked for many ids at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Table, select, text

from eventos_core.db.session import TenantSession
from eventos_core.models.base import Base, Ref, TenantTable
from eventos_core.operations.imports import bulk

_NAMES = ("name", "display_name", "full_name")


@cache
def tables() -> Mapping[str, type[TenantTable]]:
    """Tables of a house by name."""
    return {
        str(mapper.class_.__tablename__): mapper.class_
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, TenantTable)
    }


def model_of(entity: str) -> type[TenantTable]:
    """The model of that table."""
    return tables()[entity]


def name_column(entity: str) -> ColumnElement[Any] | None:
    """What records of that table are called by; None where they have no names of their own (addresses of contacts)."""
    table = model_of(entity).__table__
    return next((table.c[column] for column in _NAMES if column in table.c), None)


def names_of(db: TenantSession, entity: str, ids: Sequence[int]) -> dict[int, str]:
    """Id → name of those records that are there and have one."""
    name, table = name_column(entity), model_of(entity).__table__
    if name is None or not ids:
        return {}
    found = select(table.c.id, name).where(table.c.account_id == db.context.account_id, bulk.among(table.c.id, ids))
    return {row[0]: row[1] for row in db.execute(found)}


def deletion_order(entities: Sequence[str]) -> list[str]:
    """`entities` with those that point to others first; where they point in a circle, as they came."""
    left, ordered = list(dict.fromkeys(entities)), []
    while left:
        free = next((e for e in left if not any(_points(other, e) for other in left if other != e)), left[0])
        left.remove(free)
        ordered.append(free)
    return ordered


@cache
def _points(source: str, target: str) -> bool:
    references = (column.info.get("ref") for column in tables()[source].__table__.columns)
    return any(isinstance(reference, Ref) and reference.table == target for reference in references)


def pointing(entity: str, *, restricting_only: bool = False) -> Iterator[tuple[str, str]]:
    """`(table, column)` of every reference to `entity` that the app may read."""
    for name, model in sorted(tables().items()):
        table = model.__table__
        if not isinstance(table, Table) or table.info["fence"].app == "none":
            continue
        for column in table.columns:
            reference: Ref | None = column.info.get("ref")
            if reference is None or reference.table != entity:
                continue
            if not restricting_only or reference.on_delete == "RESTRICT":
                yield name, column.name


def count_references(
    db: TenantSession, entity: str, ids: Sequence[int], *, restricting_only: bool = False
) -> dict[int, dict[str, int]]:
    """Id → table → how many of its rows point to the record; ids that nothing points to are missing."""
    found: dict[int, dict[str, int]] = {}
    if not ids:
        return found
    for name, column in pointing(entity, restricting_only=restricting_only):
        rows = db.execute(
            text(
                f"select {column}, count(*) from {name} where account_id = :account and {column} = any(:ids)"
                f" group by {column}"
            ),
            {"account": db.context.account_id, "ids": list(ids)},
        )
        for record_id, number in rows:
            per_table = found.setdefault(record_id, {})
            per_table[name] = per_table.get(name, 0) + number
    return found
