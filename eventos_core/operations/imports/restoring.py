"""Old values put back into a record: pure comparison of what stood, what the import wrote and what stands now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_KEYED = ("custom",)
"""Columns compared key by key."""
_SETS = ("tags",)
"""Columns compared element by element."""
_UNCHECKED = ("last_imported", "entity_id")
"""Columns of the engine's own memory, which people do not edit."""


@dataclass(frozen=True, slots=True)
class Image:
    """A record as it stands, columns as JSON values."""

    columns: Mapping[str, Any]

    @property
    def version(self) -> int | None:
        """Its version, if the table has one."""
        return self.columns.get("version")

    @property
    def erased(self) -> bool:
        """Whether the person was made unrecognisable."""
        return self.columns.get("erased_at") is not None

    def changed(self, after: Mapping[str, Any]) -> list[str]:
        """Columns that no longer hold what the import wrote."""
        return [name for name, value in after.items() if self.columns.get(name) != value]


def restored(image: Image, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """`(columns to write, what was edited since)`; the columns hold also for the edited ones, in case of force.

    Free attributes are put back key by key and tags label by label, so edits beside them stay.
    """
    columns: dict[str, Any] = {}
    edited: list[str] = []
    for name, old in before.items():
        value: Any
        current, wrote = image.columns.get(name), after.get(name)
        if name in _KEYED:
            value, touched = _keys(current or {}, old or {}, wrote or {})
            edited += [f"{name}.{key}" for key in touched]
        elif name in _SETS:
            added, gone = set(wrote or ()) - set(old or ()), set(old or ()) - set(wrote or ())
            value = sorted((set(current or ()) - added) | gone)
        else:
            value = old
            if name in after and name not in _UNCHECKED and current != wrote:
                edited.append(name)
        if value != current:
            columns[name] = value
    return columns, edited


def _keys(
    current: Mapping[str, Any], old: Mapping[str, Any], wrote: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    value, touched = dict(current), []
    for key in wrote.keys() | old.keys():
        if old.get(key) == wrote.get(key):
            continue
        if current.get(key) != wrote.get(key):
            touched.append(key)
        if key in old:
            value[key] = old[key]
        else:
            value.pop(key, None)
    return value, sorted(touched)
