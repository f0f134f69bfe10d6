"""Parts that the tables of the events domain share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from sqlalchemy import Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

from eventos_core.models.base import TenantTable, ref

Link = Annotated[str, mapped_column(Text, info={"check": "length({c}) between 1 and 2000"})]
"""A link as its source wrote it; pages make it clickable only when it starts with http:// or https://."""
Score = Annotated[int, mapped_column(Integer, info={"check": "{c} between 1 and 5"})]
"""A step on a scale from 1 (least) to 5 (most)."""


class EventsTable(TenantTable):
    """A table of the events domain, whichever module it stands in."""

    __abstract__ = True
    __domain__: ClassVar[str] = "events"


class OfEvent:
    """Mixin: a row that belongs to one event and never moves to another."""

    event_id: Mapped[int] = ref("events", sort_order=-98)
    """→ events: the event it belongs to; part of the keys that tie its children to each other."""


def choices(enum: type[StrEnum]) -> MappedColumn[Any]:
    """A text array of values of `enum`, at least one."""
    values = ", ".join(f"'{member.value}'" for member in enum)
    check = f"{{c}} <@ array[{values}]::text[] and cardinality({{c}}) > 0"
    return mapped_column(ARRAY(Text), info={"check": check, "enum": enum})
