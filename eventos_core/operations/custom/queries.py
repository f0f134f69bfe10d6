"""Reading the definitions of custom fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, literal, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import EventXpl
from eventos_core.operations.custom.registry import entity_of
from eventos_core.operations.custom.rules import CustomField, settled
from eventos_core.operations.settings import Section, section

MOST_COUNTED = 1000


@query(requires=Permission.HOUSE_READ)
def custom_fields(db: TenantSession, entity: str, *, retired: bool = False) -> tuple[CustomField, ...]:
    """The house's fields of that kind of record in order; with `retired` those taken off forms too. One query.

    Raises NotFound.
    """
    return defined(db, entity, retired=retired)


def defined(db: TenantSession, entity: str, *, retired: bool = False) -> tuple[CustomField, ...]:
    """`custom_fields` for a caller that has asked for the permission to its records already. Raises NotFound."""
    entity_of(entity)
    current = select(EventXpl).where(
        EventXpl.account_id == db.context.account_id, EventXpl.entity == entity, EventXpl.event_id.is_(None)
    )
    if not retired:
        rows = db.scalars(current.where(EventXpl.retired_at.is_(None)).order_by(EventXpl.position, EventXpl.id)).all()
        return tuple(shown(row) for row in rows)
    # Of each key its last revision only: earlier ones were replaced, not retired.
    last = current.ext(distinct_on(EventXpl.field_key)).order_by(EventXpl.field_key, EventXpl.revision.desc())
    found = [shown(row) for row in db.scalars(last)]
    return tuple(sorted(found, key=lambda one: (one.retired, one.position, one.id)))


@query(requires=Permission.SETTINGS_WRITE)
def custom_field_uses(db: TenantSession, entity: str, key: str) -> int:
    """How many records have a value in that field, counted up to 1 000. One query. Raises NotFound."""
    model = entity_of(entity).model
    found = (
        select(literal(1))
        .where(model.account_id == db.context.account_id, model.custom.has_key(key))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return int(db.scalar(select(func.count()).select_from(found)) or 0)


def named(db: TenantSession, entity: str) -> dict[str, str]:
    """Key → label of that kind of record's fields in their order, those taken off forms last. One query."""
    return {one.key: one.label for one in defined(db, entity, retired=True)}


def held(db: TenantSession, entity: str) -> list[str]:
    """The keys under which records of that kind hold something, by name; at most 200. One query."""
    model = entity_of(entity).model
    each = func.jsonb_each(model.custom).table_valued("key", "value").lateral("each")
    statement = (
        select(each.c.key)
        .select_from(model)
        .join(each, true())
        .where(model.account_id == db.context.account_id, func.jsonb_typeof(each.c.value) != "null")
        .group_by(each.c.key)
        .order_by(each.c.key)
        .limit(200)
    )
    return list(db.scalars(statement))


def settle(db: TenantSession, entity: str, wanted: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The custom values of a record as its command stores them, checked against the definitions. One query.

    Raises InvalidInput that names every field that is wrong as `custom.<key>`.
    """
    rows = db.scalars(
        select(EventXpl).where(
            EventXpl.account_id == db.context.account_id, EventXpl.entity == entity, EventXpl.event_id.is_(None),
            EventXpl.retired_at.is_(None),
        )
    )  # fmt: skip
    return settled([shown(row) for row in rows], wanted, stored)


def shown(row: EventXpl) -> CustomField:
    """A definition's row as what forms and checks read."""
    options = tuple((str(one["value"]), str(one.get("label") or one["value"])) for one in row.options)
    return CustomField(
        row.id, row.entity, row.field_key, row.revision, row.label, row.data_type, row.help_text, options, row.required,
        row.min_value, row.max_value, row.position, row.retired_at is not None, row.version,
    )  # fmt: skip


section(
    Section(
        "custom_fields",
        "Custom fields",
        "tune",
        "Fields of your own on contacts, organisations, events and venues.",
        drawn=True,
        order=20,
    )
)
