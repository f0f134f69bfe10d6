"""What a kind of import can take: fields, the formats of other programs, and a row once it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from eventos_core.operations.imports import values
from eventos_core.operations.imports.values import Reader

Measure = Literal["text", "money", "instant"]
_MEASURES: Mapping[Reader, Measure] = {values.minor_units: "money", values.instant: "instant"}

CUSTOM = "custom."
"""Prefix of fields that go to the record's `custom` object."""
IGNORED = "-"
"""Target of a column that is left out on purpose."""


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Field:
    """One field of a kind.

    `aliases` are headers that mean it, in any case and spelling (`squash`). `joined` lets several columns feed
    the field, their texts joined by it. `is_set` merges values element by element. `compare` turns a value into
    what decides whether two are the same. An `aux` field is never compared or written by itself: it only helps to
    find or make something else. `priced` says that the kind's check turns the value into integer minor units of the
    row's `currency`. `choices` are the values it can have, as they may be written, where they are few.
    """

    key: str
    label: str
    read: Reader
    aliases: tuple[str, ...] = ()
    joined: str | None = None
    is_set: bool = False
    is_date: bool = False
    aux: bool = False
    choices: tuple[str, ...] = ()
    priced: bool = False
    compare: Callable[[Any], Any] = _same

    @property
    def measure(self) -> Measure:
        """`money` for integer minor units of the row's or house's currency, `instant` for ISO 8601 text in UTC."""
        if self.priced:
            return "money"
        return _MEASURES.get(self.read, "text")


@dataclass(frozen=True)
class Format:
    """How another program exports a kind: recognised when all `marks` are among the headers.

    `marks` and the keys of `columns` are squashed headers; `columns` maps to fields and overrides the aliases of
    the fields. `constants` are values for every row, `create_missing` what such files bring along by nature.
    """

    key: str
    label: str
    marks: frozenset[str]
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    create_missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incoming:
    """One row, read: values by field key, free attributes under `custom.<key>`; absent = empty or not mapped."""

    number: int
    values: dict[str, Any]
