"""The house's own fields at the end of a list's file, under the names that its people gave them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from eventos_core.db.session import TenantSession
from eventos_core.operations.custom.queries import held, named
from eventos_core.operations.exports.registry import Column, entry


def with_own_fields(db: TenantSession, entity: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """`columns`, and one for each custom field that records of `entity` hold something in; two queries.

    Those with a definition come first, in its order. The header is the label; where another column has it too the key
    stands behind it, and a field that nobody defined has its key alone. The rows have the object as `custom`.
    """
    labels, keys = named(db, entity), set(held(db, entity))
    ordered = [key for key in labels if key in keys] + sorted(keys - labels.keys())
    headers = {key: labels.get(key, key) for key in ordered}
    often = Counter(name.casefold() for name in [*(one.header for one in columns), *headers.values()])
    return (
        *columns,
        *(
            entry(f"{name} ({key})" if often[name.casefold()] > 1 and name != key else name, "custom", key)
            for key, name in headers.items()
        ),
    )
