"""Column types that several domains share, beside those of `eventos_core.models.base`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Annotated, Any

from sqlalchemy import CHAR, Dialect, Index, LargeBinary, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

CountryCode = Annotated[str, mapped_column(CHAR(2), info={"check": "{c} ~ '^[A-Z]{{2}}$'"})]
"""ISO 3166-1 alpha-2."""
LocaleCode = Annotated[str, mapped_column(Text, info={"check": "{c} ~ '^[a-z]{{2,3}}([-_][A-Za-z0-9]{{2,8}})*$'"})]
"""BCP 47 language tag, such as fr or fr-CH."""
Digest = Annotated[bytes, mapped_column(LargeBinary, info={"check": "octet_length({c}) = 32"})]
"""A SHA-256 digest."""
WebAddress = Annotated[str, mapped_column(Text, info={"check": "{c} ~ '^https?://[^ ]+$' and length({c}) <= 2000"})]
"""An absolute http or https address."""
Colour = Annotated[str, mapped_column(Text, info={"check": "{c} ~ '^#[0-9a-f]{{6}}$'"})]
"""A colour as #rrggbb in lower case."""
OptionalObject = Annotated[
    dict[str, Any],
    mapped_column(JSONB(none_as_null=True), info={"check": "jsonb_typeof({c}) = 'object'"}),
]
"""A JSON object or SQL NULL; never the JSON value null."""
PublicId = Annotated[uuid.UUID, mapped_column(Uuid, server_default=text("gen_random_uuid()"))]
"""A random id for links, so that row numbers stay inside the house."""
MetricKey = Annotated[str, mapped_column(Text, info={"check": "{c} ~ '^[a-z][a-z0-9_]*$'"})]
"""Key of the metric registry."""
EntityName = Annotated[str, mapped_column(Text, info={"check": "{c} ~ '^[a-z][a-z0-9_]*$'"})]
"""Name of the table whose row is meant."""

SILENT: dict[str, Any] = {"silent": True}
"""Column info: bookkeeping that neither raises the version nor counts as an edit for the audit."""


class XID8(UserDefinedType[int]):
    """A 64-bit transaction id of PostgreSQL (`xid8`), an int in Python; it never wraps around."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **kw: Any) -> str:  # noqa: ARG002 signature of SQLAlchemy
        """The type's name in DDL."""
        return "xid8"

    def bind_processor(self, dialect: Dialect) -> Callable[[int | None], str | None]:  # noqa: ARG002 signature of SQLAlchemy
        """As text, since no cast leads from bigint to xid8."""
        return lambda value: None if value is None else str(value)

    def result_processor(
        self,
        dialect: Dialect,  # noqa: ARG002 signature of SQLAlchemy
        coltype: object,  # noqa: ARG002 signature of SQLAlchemy
    ) -> Callable[[Any], int | None]:
        """An int, whether the driver gives text or a number."""
        return lambda value: None if value is None else int(value)


class Addressed:
    """Mixin: a postal address."""

    street: Mapped[str | None]
    """Street and house number."""
    street2: Mapped[str | None]
    """Building, floor, care of."""
    city: Mapped[str | None]
    """Town, in the country's own spelling."""
    region: Mapped[str | None]
    """State, province or canton, where the country writes one."""
    postal_code: Mapped[str | None]
    """As printed on an envelope of that country."""
    country: Mapped[CountryCode | None]
    """ISO 3166-1 alpha-2."""


def fragments(table: str, column: str) -> Index:
    """Trigram index for fragments of `column`, led by the house; used by the definer search functions.

    The operator class is qualified because migrations and restores run under other search paths.
    """
    return Index(
        f"ix_{table}_{column}_trgm",
        "account_id",
        text(f"{column} extensions.gin_trgm_ops"),
        postgresql_using="gin",
    )


def labels(table: str) -> Index:
    """GIN index for the tags of `table`, led by the house; used by the definer search functions."""
    return Index(f"ix_{table}_tags", "account_id", "tags", postgresql_using="gin")


def attributes(table: str) -> Index:
    """GIN index for the free attributes of `table`, led by the house; used by the definer search functions."""
    return Index(f"ix_{table}_custom", "account_id", text("custom jsonb_path_ops"), postgresql_using="gin")
