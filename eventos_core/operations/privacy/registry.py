"""What each table holds of people: every domain says it of its own tables, so that nothing is forgotten.

A table joins with one `personal(…)` in the `joins` of its domain. `tests/architecture` demands it of every table that
points to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeDecorator

from eventos_core.enums.tenancy import LegalBasis
from eventos_core.models.base import Base, StrEnumType

ANONYMOUS = "Erased person"
"""The name of somebody who was erased."""
ANONYMOUS_ADDRESS = "erased@erased.invalid"
"""Where a column demands an address; the domain can never receive mail (RFC 2606)."""


@dataclass(frozen=True)
class Personal:
    """How rows of one table belong to a person, and what of them says who it is.

    A row is the person's if one of `link` points to a row of theirs, or one of `address` holds an e-mail address of
    theirs and no link points to somebody else. Columns of `own` lose their content by an erasure; in all other texts
    of the row the person's name, addresses and numbers are replaced. The row itself stays, so that figures do.
    """

    table: str
    own: tuple[str, ...] = ()
    link: tuple[str, ...] = ("contact_id",)
    address: tuple[str, ...] = ()
    sets: Mapping[str, str] = field(default_factory=dict)
    """Further columns and the SQL expression that each is set to."""
    goes: bool = False
    """Whether an erasure deletes the row: nothing of it is left without the person."""
    files: tuple[str, ...] = ()
    """Columns that point to a file which shows the person; its bytes go."""
    inner: tuple[str, ...] = ()
    """Columns of how the house works with the row, which a copy for the person leaves out."""
    kept: str = ""
    """SQL condition of rows that must be kept as they are, with `ground`."""
    ground: LegalBasis | None = None
    """Why rows are kept against the wish of the person."""
    title: str = ""
    """What the rows are called; empty = the table's name."""

    @property
    def cleared(self) -> frozenset[str]:
        """Every column that an erasure sets."""
        return frozenset({*self.own, *self.sets})

    @property
    def label(self) -> str:
        """What the rows are called, as in a list of what was found."""
        return self.title or self.table.replace("_", " ").capitalize()


_PERSONAL: dict[str, Personal] = {}
COPIES: dict[str, str] = {}
"""Tables that hold copies which the program made, with what they are called: redacted without asking anybody."""


def personal(table: str, **said: Any) -> None:
    """Say what `table` holds of people. Raises TypeError for a table said twice, or columns that it does not have."""
    made = Personal(table, **said)
    columns = Base.metadata.tables[table].columns
    named = {*made.own, *made.link, *made.address, *made.files, *made.sets, *made.inner}
    if unknown := named - set(columns.keys()):
        raise TypeError(f"{table} has no columns {sorted(unknown)}.")
    if table in _PERSONAL:
        raise TypeError(f"What {table} holds of people is said twice.")
    _PERSONAL[table] = made


def copies(**titles: str) -> None:
    """Say which tables hold copies of what stands elsewhere, made by the program."""
    COPIES.update(titles)


def registered() -> Mapping[str, Personal]:
    """All tables that hold rows of people, by name in order."""
    return dict(sorted(_PERSONAL.items()))


def title_of(table: str) -> str:
    """What the rows of a table are called."""
    said = _PERSONAL.get(table)
    return said.label if said is not None else COPIES.get(table, table.replace("_", " ").capitalize())


def searched() -> list[Table]:
    """Every table of a house whose texts may name a person, the audit aside."""
    tables = [
        table
        for table in Base.metadata.tables.values()
        if "account_id" in table.primary_key.columns and table.name not in _APART and texts(table)
    ]
    return sorted(tables, key=lambda table: table.name)


def texts(table: Table) -> list[Column[Any]]:
    """The columns of a table in which a person may be named; those that triggers keep follow by themselves."""
    derived = table.info["derived"]
    return [
        column
        for column in table.columns
        if _is_text(column) and column.name not in derived and column.computed is None
    ]


def _is_text(column: Column[Any]) -> bool:
    kind = column.type
    if isinstance(kind, StrEnumType) or column.info.get("enum") is not None:
        return False
    if isinstance(kind, ARRAY):
        return kind.item_type.python_type is str
    plain = kind.impl if isinstance(kind, TypeDecorator) else kind
    return isinstance(plain, JSONB) or (plain.python_type is str and getattr(plain, "length", None) is None)


_APART = frozenset({"audit_log", "audit_seals", "event_xpls"})
"""Erased by functions of its own; hashes; and names of fields, which are no data."""
