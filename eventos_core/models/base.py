"""What every table is made of: keys that carry the house, references, fences, comments.

A model states its columns; `Base.__table_cls__` derives what must never be forgotten: composite foreign keys
and an index under each, CHECK constraints, and COMMENT ON from the docstrings under class and columns.
How the app may touch the table (`__fence__`), what is audited, derived or booked, is read from the class by
`eventos_core.db.sync`.
"""

from __future__ import annotations

import ast
import datetime as dt
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

from sqlalchemy import (
    CHAR,
    TIMESTAMP,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Dialect,
    FetchedValue,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator

from eventos_core.kernel.permissions import Permission

ACCOUNT_IN_CONTEXT = "nullif(current_setting('app.account_id', true), '')::bigint"
MEMBER_IN_CONTEXT = "nullif(current_setting('app.member_id', true), '')::bigint"
USER_IN_CONTEXT = "nullif(current_setting('app.user_id', true), '')::bigint"


@dataclass(frozen=True)
class Fence:
    """How the app role may touch a table; `eventos_core.db.sync` turns it into grants and policies.

    `app`: rw = read, insert, update, delete; rwk = the same without delete; ra = read and insert; r = read;
    none = no grant at all (definer functions only).
    `manage`: permission that the database itself demands for writing (read stays open to the house).
    `personal`: column that must equal the member (`member_id`…) or user (`user_id`) in context;
    `personal_or_shared`: boolean column that, when true, opens a personal row to the house for reading.
    `scope`: how the row names its house: tenant = `account_id`; account = its own `id`; person = a user
    visible to themselves and to members of the house in context; system = no house at all.
    """

    app: Literal["rw", "rwk", "ra", "r", "none"] = "rw"
    manage: Permission | None = None
    personal: str | None = None
    personal_or_shared: str | None = None
    scope: Literal["tenant", "account", "person", "system"] = "tenant"


@dataclass(frozen=True)
class Booking:
    """One way in which rows of a table take a resource: kept in `bookings` by trigger (the clash rule).

    `resource` is the column with the resource's id; `starts`, `ends` the time columns; `active` an SQL
    condition on `new`; `event` the column with the event's id or None; `rest_minutes_column` the column with the
    minutes of rest by which the time taken is lengthened at its end.
    """

    kind: Literal["person", "space", "vehicle", "item"]
    layer: Literal["hold", "shift", "use"]
    resource: str
    starts: str
    ends: str
    active: str = "true"
    event: str | None = "event_id"
    rest_minutes_column: str | None = None


@dataclass(frozen=True)
class Ref:
    """A reference to another table of the same house (`ref()`)."""

    table: str
    on_delete: str
    through_event: bool
    index: bool
    implied: bool = False
    """Another foreign key of the table holds this one and more."""


class StrEnumType(TypeDecorator[StrEnum]):
    """A StrEnum stored as text: text compares leakproof, so indexes work under row security; enum types do not."""

    impl = Text
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The member's value; a plain string must be one of them."""
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        """The member of that value."""
        return None if value is None else self.enum(value)


NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

MinorUnits = Annotated[int, mapped_column(BigInteger)]
"""Money in minor units (cents) of the row's currency."""
CurrencyCode = Annotated[str, mapped_column(CHAR(3), info={"check": "{c} ~ '^[A-Z]{{3}}$'"})]
"""ISO 4217."""
Ppm = Annotated[int, mapped_column(Integer, info={"check": "{c} between 0 and 1000000"})]
"""A share in parts per million."""
RateE12 = Annotated[int, mapped_column(BigInteger, info={"check": "{c} > 0"})]
"""An exchange rate times 10^12."""
Slug = Annotated[str, mapped_column(Text, info={"check": "{c} ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length({c}) <= 63"})]
"""Part of a link."""
Zone = Annotated[str, mapped_column(Text, info={"check": "{c} <> ''"})]
"""IANA time zone name."""
Email = Annotated[str, mapped_column(Text, info={"check": "{c} ~ '^[^@ ]+@[^@ ]+$' and length({c}) <= 320"})]
"""An e-mail address as written."""
Positive = Annotated[int, mapped_column(Integer, info={"check": "{c} > 0"})]
Count = Annotated[int, mapped_column(Integer, info={"check": "{c} >= 0"})]
Minutes = Annotated[int, mapped_column(Integer, info={"check": "{c} >= 0"})]
Cipher = Annotated[bytes, mapped_column(LargeBinary)]
"""AES-256-GCM with key-id prefix; associated data account|table|column|row."""
Name = Annotated[str, mapped_column(Text, info={"check": "length({c}) between 1 and 200"})]
"""1 to 200 characters."""
JsonObject = Annotated[
    dict[str, Any],
    mapped_column(JSONB, server_default=text("'{}'::jsonb"), info={"check": "jsonb_typeof({c}) = 'object'"}),
]
JsonList = Annotated[
    list[Any],
    mapped_column(JSONB, server_default=text("'[]'::jsonb"), info={"check": "jsonb_typeof({c}) = 'array'"}),
]
TextList = Annotated[list[str], mapped_column(ARRAY(Text), server_default=text("'{}'::text[]"))]


def ref(
    table: str,
    *,
    on_delete: Literal["RESTRICT", "CASCADE", "SET NULL"] = "RESTRICT",
    through_event: bool = False,
    index: bool = True,
    implied: bool = False,
    **kwargs: Any,
) -> MappedColumn[Any]:
    """A column that points into `table` of the same house.

    The foreign key is `(account_id, column)`, or `(account_id, event_id, column)` when `through_event`, so a link
    across houses (or events) cannot be stored. SET NULL empties only the column, never `account_id`. There is none of
    its own where it is `implied` by one that the table declares: each is a query for every row written.
    """
    info = {"ref": Ref(table, on_delete, through_event, index, implied), **kwargs.pop("info", {})}
    return mapped_column(BigInteger, info=info, **kwargs)


def choice(enum: type[StrEnum], default: StrEnum | None = None, **kwargs: Any) -> MappedColumn[Any]:
    """A text column that admits the values of `enum` only (CHECK), with an optional server default."""
    values = ", ".join(f"'{member.value}'" for member in enum)
    info = {"check": f"{{c}} in ({values})", "enum": enum, **kwargs.pop("info", {})}
    if default is not None:
        kwargs["server_default"] = text(f"'{default.value}'")
    return mapped_column(StrEnumType(enum), info=info, **kwargs)


@cache
def _module_docs(path: str) -> Mapping[str, Mapping[str, str]]:
    """`{class: {attribute: docstring under it}}` of one source file."""
    with open(path, encoding="utf-8") as source:  # noqa: PTH123 inspect gives a string
        tree = ast.parse(source.read())
    docs: dict[str, dict[str, str]] = {}
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        found = docs.setdefault(node.name, {})
        for statement, follower in zip(node.body, node.body[1:], strict=False):
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(statement.target, ast.Name)
                and isinstance(follower, ast.Expr)
                and isinstance(follower.value, ast.Constant)
                and isinstance(follower.value.value, str)
            ):
                found[statement.target.id] = inspect.cleandoc(follower.value.value).replace("\n", " ")
    return docs


def _attribute_docs(cls: type) -> dict[str, str]:
    docs: dict[str, str] = {}
    for klass in reversed(cls.__mro__):
        if klass.__module__.startswith("eventos_core.models"):
            docs.update(_module_docs(inspect.getfile(klass)).get(klass.__name__, {}))
    return docs


class Base(DeclarativeBase):
    """Declarative base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        int: BigInteger,
        bool: Boolean,
        bytes: LargeBinary,
        dt.datetime: TIMESTAMP(timezone=True),
        dt.date: Date,
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
    }

    __fence__: ClassVar[Fence] = Fence(scope="system", app="none")
    __audit__: ClassVar[bool] = False
    """Whether a row trigger writes before and after into the audit log."""
    __secret__: ClassVar[Sequence[str]] = ()
    """Columns that the audit leaves out."""
    __derived__: ClassVar[Mapping[str, str]] = {}
    """Columns kept by trigger: name → SQL expression over `new`."""
    __books__: ClassVar[Sequence[Booking]] = ()
    """How rows take people, spaces and things (the clash rule)."""
    __event_key__: ClassVar[bool] = False
    """Whether others point here through `(account_id, event_id, id)`."""
    __domain__: ClassVar[str] = ""

    @classmethod
    def __table_cls__(cls, name: str, metadata: MetaData, *args: Any, **kwargs: Any) -> Table:
        columns = [arg for arg in args if isinstance(arg, Column)]
        docs = _attribute_docs(cls)
        extra: list[Any] = []
        for column in columns:
            if column.comment is None:
                column.comment = docs.get(column.key)
            extra.extend(_derived_constraints(name, column))
        if cls.__event_key__:
            extra.append(UniqueConstraint("account_id", "event_id", "id", name=f"uq_{name}_event_key"))
        kwargs.setdefault("comment", inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0].replace("\n", " "))
        table = Table(name, metadata, *args, *extra, **kwargs)
        table.info.update(
            fence=cls.__fence__,
            audit=cls.__audit__,
            secret=tuple(cls.__secret__),
            derived=dict(cls.__derived__),
            books=tuple(cls.__books__),
            domain=cls.__domain__ or cls.__module__.rsplit(".", 1)[-1],
        )
        _index_references(table)
        return table


def _derived_constraints(table: str, column: Column[Any]) -> list[Any]:
    found: list[Any] = []
    if check := column.info.get("check"):
        found.append(CheckConstraint(check.format(c=column.name), name=column.name))
    reference: Ref | None = column.info.get("ref")
    if reference is not None and not reference.implied:
        middle = ["event_id"] if reference.through_event else []
        on_delete = f"SET NULL ({column.name})" if reference.on_delete == "SET NULL" else reference.on_delete
        found.append(
            ForeignKeyConstraint(
                ["account_id", *middle, column.name],
                [f"{reference.table}.{part}" for part in ("account_id", *middle, "id")],
                name=f"fk_{table}_{column.name}",
                ondelete=on_delete,
            )
        )
    if reference is not None and column.comment is None:
        column.comment = f"→ {reference.table}"
    return found


def _index_references(table: Table) -> None:
    """An index under every foreign key that no key or index already leads with, without rows that point nowhere."""
    leads = [tuple(c.name for c in table.primary_key.columns)]
    leads += [tuple(c.name for c in u.columns) for u in table.constraints if isinstance(u, UniqueConstraint)]
    leads += [
        tuple(getattr(e, "name", "") for e in index.expressions)
        for index in table.indexes
        if index.dialect_options["postgresql"]["where"] is None
    ]
    for column in list(table.columns):
        reference: Ref | None = column.info.get("ref")
        if reference is None or not reference.index:
            continue
        wanted = ("account_id", *(["event_id"] if reference.through_event else []), column.name)
        if not any(lead[: len(wanted)] == wanted for lead in leads):
            filled = text(f"{column.name} is not null") if column.nullable else None
            Index(f"ix_{table.name}_{column.name}", *(table.c[part] for part in wanted), postgresql_where=filled)


class TenantTable(Base):
    """A table whose rows belong to one house."""

    __abstract__ = True
    __fence__: ClassVar[Fence] = Fence()
    __audit__: ClassVar[bool] = True

    account_id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text(ACCOUNT_IN_CONTEXT), sort_order=-100
    )
    """The house; part of every key, foreign key and policy."""
    # The sentinel lets the ORM write many new rows in one statement and still know which is which: of a key of two
    # columns it would not choose one itself, and send each row alone.
    id: Mapped[int] = mapped_column(
        BigInteger, Identity(always=True), primary_key=True, insert_sentinel=True, sort_order=-99
    )
    """Identity; unique within the installation, meaningful within the house."""

    @classmethod
    def __table_cls__(cls, name: str, metadata: MetaData, *args: Any, **kwargs: Any) -> Table:
        account = ForeignKeyConstraint(["account_id"], ["accounts.id"], name=f"fk_{name}_account_id")
        return super().__table_cls__(name, metadata, *args, account, **kwargs)


class Timestamped:
    """Mixin: when the row was made and last changed."""

    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"), sort_order=900)
    """When the row was made."""
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"), sort_order=901)
    """When the row last changed; kept by trigger."""


class Authored:
    """Mixin: which member made the row and last changed it."""

    created_by: Mapped[int | None] = mapped_column(
        BigInteger,
        server_default=text(MEMBER_IN_CONTEXT),
        info={"ref": Ref("account_users", "RESTRICT", False, True)},
        sort_order=902,
    )
    """→ account_users: who made it; empty for imports by job, public pages and the command line."""
    updated_by: Mapped[int | None] = mapped_column(
        BigInteger,
        server_default=text(MEMBER_IN_CONTEXT),
        info={"ref": Ref("account_users", "RESTRICT", False, True)},
        sort_order=903,
    )
    """→ account_users: who changed it last; kept by trigger."""


class Versioned:
    """Mixin: a counter that shows two people editing one row; raised by trigger on every update."""

    version: Mapped[int] = mapped_column(
        Integer, server_default=text("1"), server_onupdate=FetchedValue(), sort_order=904
    )
    """Raised by every update; an edit names the version it saw."""


class Archivable:
    """Mixin: out of lists and hot indexes, read-only, restorable."""

    archived_at: Mapped[dt.datetime | None] = mapped_column(sort_order=905)
    """When it was archived; NULL while in use."""


class Customised:
    """Mixin: free attributes, typed by `event_xpls`."""

    custom: Mapped[JsonObject] = mapped_column(sort_order=800)
    """Free attributes by field key; imports put unmapped columns here."""


class Tagged:
    """Mixin: free labels."""

    tags: Mapped[TextList] = mapped_column(sort_order=801)
    """Free labels, lower-case, no duplicates."""


class Editable(Timestamped, Authored, Versioned):
    """Mixin of a row that people edit."""
