"""Putting something harmless in a column's place: what it may hold depends on its type and rules."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, text, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from eventos_core.db.session import TenantSession
from eventos_core.models.base import Base
from eventos_core.operations.imports import bulk
from eventos_core.operations.privacy.identifiers import ERASED, Identifiers, Kind
from eventos_core.operations.privacy.registry import ANONYMOUS, ANONYMOUS_ADDRESS, Personal

BY_DEFINER = frozenset({
    "notifications", "saved_views", "calendar_tokens", "analytics", "check_ins", "media_asset_versions", "event_roi",
    "ledger_entries", "account_users", "api_keys", "integrations", "webhook_endpoints", "retention_policies",
    "opportunity_versions",
})  # fmt: skip
"""Tables that the app may not write, or only with other rights: `app.erase_columns` does."""


def write(db: TenantSession, entity: str, row_id: int, columns: Mapping[str, Any]) -> None:
    """Set columns of one row of the house."""
    if not columns:
        return
    table = Base.metadata.tables[entity]
    if entity in BY_DEFINER:
        db.execute(
            text("select app.erase_columns(:entity, :id, cast(:columns as jsonb))"),
            {"entity": entity, "id": row_id, "columns": json.dumps(dict(columns))},
        )
        return
    db.execute(
        update(table).where(table.c.account_id == db.context.account_id, table.c.id == row_id).values(dict(columns))
    )


def anonymise(db: TenantSession, said: Personal, ids: Collection[int]) -> None:
    """Empty what the rows say of the person, or delete them where nothing else is left of them."""
    table = Base.metadata.tables[said.table]
    rows = sorted(ids)
    mine = (table.c.account_id == db.context.account_id, bulk.among(table.c.id, rows))
    if said.goes:
        db.execute(table.delete().where(*mine))
        return
    columns = {name: emptied(table.c[name]) for name in said.own}
    if said.table in BY_DEFINER:
        for row_id in rows:
            write(db, said.table, row_id, columns)
    elif columns or said.sets:
        values = {table.c[name]: value for name, value in columns.items()}
        values |= {table.c[name]: text(expression) for name, expression in said.sets.items()}
        db.execute(update(table).where(*mine).values(values))


def emptied(column: Column[Any]) -> Any:
    """What a column holds once it says nothing: NULL where it may, else its emptiest value."""
    if column.nullable:
        return None
    if isinstance(column.type, JSONB):
        return [] if "'array'" in str(column.info.get("check", "")) else {}
    if isinstance(column.type, ARRAY):
        return []
    if "@" in str(column.info.get("check", "")):
        return ANONYMOUS_ADDRESS
    empty = column.server_default is not None and str(getattr(column.server_default, "arg", "")) == "''"
    return "" if empty else ANONYMOUS


def replaced(named: Identifiers, table: Table, column: str, row_id: int, value: Any, kinds: Collection[Kind]) -> Any:
    """The value of one column without what names the person, in a form that the column admits."""
    if value is None:
        return None
    made = named.without(value, kinds=kinds)
    if not isinstance(made, str) or made == value:
        return made
    found = table.c[column]
    whole = made.strip() == ERASED
    if "@" in str(found.info.get("check", "")):
        return None if found.nullable else ANONYMOUS_ADDRESS
    if whole and found.nullable and not _demanded(table, column):
        return None
    return f"{made}-{row_id}" if _unique(table, column) else made


def _demanded(table: Table, column: str) -> bool:
    """Whether a rule of the table asks for a value in some rows."""
    return any(
        column in str(getattr(rule, "sqltext", "")) and str(rule.name) != f"ck_{table.name}_{column}"
        for rule in table.constraints
    )


def _unique(table: Table, column: str) -> bool:
    keys = [list(key.columns.keys()) for key in table.constraints if isinstance(key, UniqueConstraint)]
    keys += [[getattr(part, "name", "") for part in index.expressions] for index in table.indexes if index.unique]
    return any(column in key for key in keys)
