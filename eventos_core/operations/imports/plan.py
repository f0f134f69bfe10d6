"""What an import will do, row by row, before anything is written: the data that preview and run share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eventos_core.enums.operations import ImportVerdict
from eventos_core.operations.imports.fields import Incoming
from eventos_core.operations.imports.merging import Decision
from eventos_core.operations.imports.table import RowProblem
from eventos_core.operations.imports.values import Hints

MadeAs = Mapping[str, Mapping[str, Mapping[str, str]]]
"""What is made (stages) → its name → what of it (probability) → as text."""


@dataclass(frozen=True)
class Scope:
    """Into what the rows go: the house, perhaps an event, the system their ids belong to, and what may be made."""

    account_id: int
    batch_id: int
    source: str
    hints: Hints
    now: dt.datetime
    event_id: int | None = None
    file_name: str = ""
    create_missing: frozenset[str] = frozenset()
    made_as: MadeAs = field(default_factory=dict)
    """What people chose for records to be made."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An existing record that a row may mean, and how it calls itself to a person."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What is remembered of a row's last import."""

    id: int
    entity_id: int
    imported: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Existing:
    """A record as it stands: values by field for comparison, columns for before-images.

    `blocked` says why it must not be changed (archived); `erased` that its person was made unrecognisable.
    """

    id: int
    name: str
    version: int | None
    values: Mapping[str, Any]
    columns: Mapping[str, Any]
    blocked: str = ""
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """The record that a link's text means; `id` is None while it waits to be created.

    `also` are further records that were made with it, for the undo.
    """

    entity: str
    id: int | None
    also: tuple[Target, ...] = ()


@dataclass(slots=True)
class Planned:
    """One row with its verdict and all that is needed to carry it out."""

    row: Incoming
    verdict: ImportVerdict
    external_id: str
    reference: Reference | None = None
    lost: Reference | None = None
    """A reference whose record is gone; it is pointed to the new one."""
    existing: Existing | None = None
    decision: Decision = field(default_factory=Decision)
    targets: dict[str, Target] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)
    """Columns of the main record to write."""
    problems: list[RowProblem] = field(default_factory=list)
    entity: str = ""
    entity_id: int | None = None
    entity_version: int | None = None
    effects: list[dict[str, Any]] = field(default_factory=list)
    before: dict[str, Any] | None = None
    number: int = field(init=False)
    """The row's number in the file; kept beside the row, since it is asked for dozens of times a row."""

    def __post_init__(self) -> None:
        self.number = self.row.number

    def refuse(self, column: str, value: str, reason: str) -> None:
        """Make it a rejected row."""
        self.verdict = ImportVerdict.REJECT
        self.problems.append(RowProblem(self.number, column, value, reason))
