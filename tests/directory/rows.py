"""A row of any table, made from the models: every required column filled, every required reference made."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

from sqlalchemy import (
    CHAR,
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    LargeBinary,
    SmallInteger,
    Uuid,
    insert,
)
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB

from eventos_core.models import Base

_numbers = itertools.count(1)
_NOW = dt.datetime(2026, 12, 12, 18, tzinfo=dt.UTC)
# What a table's rules demand beyond its columns' types.
EXTRA: dict[str, dict[str, Any]] = {
    "analytics": {"name": "made.row"},
    "contact_emails": {"is_primary": True},
    "contact_phones": {"is_primary": True, "number": lambda: f"+3361234{next(_numbers):04}"},
    "invoice_series": {"prefix": lambda: f"P{next(_numbers)}-"},
    "media_assets": {"content_type": "image/png"},
    "meeting_bookings": {
        "starts_at": _NOW,
        "ends_at": _NOW + dt.timedelta(hours=1),
        "busy_starts_at": _NOW,
        "busy_ends_at": _NOW + dt.timedelta(hours=1),
        "guest_email": "guest@made.example",
    },
    "notification_queue": {"body": "made"},
    "orders": {
        "code": lambda: f"MADE{next(_numbers)}",
        "expires_at": _NOW,
        "subtotal_minor": 100,
        "total_minor": 100,
    },
    "sponsor_contacts": {"role": "finance"},
    "sponsor_inventory_holds": {"expires_at": _NOW},
}


def make(db: Connection, account: int, name: str, /, **given: Any) -> dict[str, Any]:
    """Insert one row of table `name` with `given` columns and return it whole."""
    table = Base.metadata.tables[name]
    values: dict[str, Any] = {"account_id": account}
    for column, value in (EXTRA.get(name, {}) | given).items():
        values[column] = value() if callable(value) else value
    for column in table.columns:
        if column.name in values or not _required(column):
            continue
        reference = column.info.get("ref")
        target = reference.table if reference else _plain_target(column)
        if target is None:
            values[column.name] = _value(column)
        else:
            shared = {"event_id": values["event_id"]} if reference and reference.through_event else {}
            values[column.name] = make(db, account, target, **shared)["id"]
    found = db.execute(insert(table).values(values).returning(*table.columns)).mappings().one()
    return dict(found)


def _required(column: Column[Any]) -> bool:
    return not column.nullable and column.server_default is None and column.computed is None and column.identity is None


def _plain_target(column: Column[Any]) -> str | None:
    if column.name == "account_id":
        return None
    keys = [key for key in column.foreign_keys if len(key.constraint.columns) == 1]  # type: ignore[union-attr]
    return keys[0].column.table.name if keys else None


def _value(column: Column[Any]) -> Any:
    number = next(_numbers)
    enum = column.info.get("enum")
    if enum is not None:
        first = next(iter(enum))
        return [first.value] if isinstance(column.type, ARRAY) else first.value
    kind = column.type
    if isinstance(kind, CHAR):
        return {2: "FR", 3: "EUR"}.get(kind.length or 0, "x")
    if isinstance(kind, TIMESTAMP):
        late = any(word in column.name for word in ("ends", "to", "expires", "until", "due"))
        return _NOW + dt.timedelta(hours=number % 500, minutes=30 if late else 0)
    if isinstance(kind, Date):
        return _NOW.date()
    if isinstance(kind, LargeBinary):
        return number.to_bytes(32, "big")
    if isinstance(kind, Uuid):
        return uuid.uuid4()
    if isinstance(kind, JSONB):
        return {}
    if isinstance(kind, ARRAY):
        return ["x"]
    if isinstance(kind, INET):
        return "127.0.0.1"
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, (BigInteger, Integer, SmallInteger)):
        return 1 if column.info.get("check") else number
    if "email" in column.name:
        return f"p{number}@made.example"
    if "timezone" in column.name:
        return "Europe/Paris"
    if "locale" in column.name:
        return "en"
    if column.name.endswith("url") or "website" in column.name:
        return f"https://made.example/{number}"
    return f"made-{number}"
