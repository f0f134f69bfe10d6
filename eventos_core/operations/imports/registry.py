"""The kinds of import: each domain registers what it can take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eventos_core.enums.operations import ImportKind
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.imports.fields import Field, Format
from eventos_core.operations.imports.mapping import Refine
from eventos_core.operations.imports.records import RecordType


@dataclass(frozen=True)
class Kind:
    """One kind of import.

    `records` says as what a row is written (most kinds have one record type). `writes` is what the actor must
    hold besides `imports.run`. `creatable` are the values that `create_missing` may have. `explained` are fields
    whose values a person may give another meaning after seeing them counted: links, choices, and free texts that
    come in several spellings. A kind that `takes_event` may be brought into one event, but need not. `checked_new` is
    what can be made → the check of what people choose of it (name, settings), which raises InvalidInput.
    """

    key: ImportKind
    label: str
    fields: tuple[Field, ...]
    formats: tuple[Format, ...]
    refine: Refine
    records: Callable[[Mapping[str, Any]], RecordType]
    writes: Permission
    needs_event: bool = False
    creatable: tuple[str, ...] = ()
    explained: tuple[str, ...] = ()
    takes_event: bool = False
    checked_new: Mapping[str, Callable[[str, Mapping[str, str]], Mapping[str, str]]] = field(default_factory=dict)

    @property
    def field_keys(self) -> tuple[str, ...]:
        """Keys a column can be mapped to."""
        return tuple(known.key for known in self.fields)


_KINDS: dict[ImportKind, Kind] = {}


def register(kind: Kind) -> Kind:
    """Add a kind; called once, when the domain's `importers` module is imported."""
    if kind.key in _KINDS:
        raise TypeError(f"Two kinds of import are called {kind.key}.")
    _KINDS[kind.key] = kind
    return kind


def kinds() -> tuple[Kind, ...]:
    """All kinds, in the order of the enum."""
    return tuple(_KINDS[key] for key in ImportKind if key in _KINDS)


def kind_of(key: ImportKind | str) -> Kind:
    """The kind of that key. Raises InvalidInput with the keys there are."""
    for known in kinds():
        if known.key.value == key:
            return known
    raise InvalidInput(
        f"“{key}” cannot be imported.", hint=f"Possible are: {', '.join(known.key.value for known in kinds())}."
    )
