"""A row of an import in words: what a record is called first, amounts and times as people write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from eventos_core.operations.imports.fields import CUSTOM
from eventos_core.operations.imports.queries import FieldShown, KindShown
from eventos_core.ui import formats
from eventos_core.ui.page import PageContext

_SHOWN = 4
_SOURCE_ID = "external_id"


def values(ctx: PageContext, kind: KindShown | None, row: Mapping[str, Any]) -> str:
    """The first values of a row by field key, with the names of their fields."""
    known, currency = _fields(kind), str(row.get("currency") or ctx.house.currency)
    parts = " ".join(str(row[key]) for key in ("first_name", "last_name") if row.get(key))
    if row.get("full_name") == parts:
        row = {key: value for key, value in row.items() if key != "full_name"}  # it was made of the other two
    told = {key: f"{_field(known, key).label}: {_plain(ctx, _field(known, key), row[key], currency)}" for key in row}
    return _listed(known, told)


def changes(
    ctx: PageContext, kind: KindShown | None, row: Mapping[str, tuple[Any, Any]], currency: object = None
) -> str:
    """The first changes of a row: field key → (now, then); amounts in the row's currency, else the house's."""
    known, code = _fields(kind), str(currency or ctx.house.currency)
    told = {}
    for key, (now, then) in row.items():
        field = _field(known, key)
        told[key] = f"{field.label}: {_plain(ctx, field, now, code)} → {_plain(ctx, field, then, code)}"
    return _listed(known, told)


def _fields(kind: KindShown | None) -> dict[str, FieldShown]:
    return {field.key: field for field in kind.fields} if kind else {}


def _field(known: Mapping[str, FieldShown], key: str) -> FieldShown:
    return known.get(key) or FieldShown(key, key.removeprefix(CUSTOM).replace("_", " "))


def _listed(known: Mapping[str, FieldShown], told: Mapping[str, str]) -> str:
    """In the order of the kind's fields; what another program calls the record, and extra fields, come last."""
    ranks = {key: rank for rank, key in enumerate(key for key in known if key != _SOURCE_ID)}
    keys = sorted(told, key=lambda key: ranks.get(key, len(ranks)))
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return " · ".join(told[key] for key in keys[:_SHOWN]) + more


def _plain(ctx: PageContext, field: FieldShown, value: Any, currency: str) -> str:
    if value is None or value == "":
        return formats.DASH
    if field.measure == "money":
        return formats.money(value, currency, ctx.locale)
    if field.measure == "instant":
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        return formats.instant(moment, ctx.zone, ctx.locale)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(sorted(str(item) for item in value))
    return str(value)
