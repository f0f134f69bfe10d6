"""How one kind of record is found, compared, made and changed in bulk; domains subclass `RecordType`.

What most records share is done here from a few tables: plain fields to columns, tags, free attributes, links to
other records by name. Children (addresses, hosts) and derived columns are hooks.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports.fields import CUSTOM, Field, Incoming
from eventos_core.operations.imports.plan import Candidate, Existing, Planned, Scope, Target

Step = Callable[[TenantSession, Scope, Sequence[Incoming]], Mapping[int, Sequence[Candidate]]]
"""One way of finding: candidates by row number; one set-based query per chunk of rows."""


@dataclass(frozen=True)
class Match:
    """A step of matching by name for messages; a `weak` one does not take records that other rows mean."""

    by: str
    find: Step
    weak: bool = False


def _bare(text: str, values: Mapping[str, Any]) -> str:
    return text


@dataclass(frozen=True)
class NewRecord:
    """A record that would be made for rows that lack it, as it would be made now.

    `settings` is what of it a person may choose → its value as text; `choices` are the possible texts of a setting
    with their labels, for one that is chosen from a list.
    """

    name: str
    settings: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Link:
    """A field whose text names another record.

    `term` gives what is looked up for a row, where the text alone does not say it (a stage within its pipeline).
    `find` gives the records that each term means. `create` makes those that are missing and returns id by term;
    it is called with (db, scope, terms, a row for each term). `needs` is what the actor must hold besides, as the
    database demands. With `optional` a term that means nothing, or several, is left unlinked. `offer` names records
    that texts without one may mean: all where a house has few of them, else those that begin alike. `drafted` says how
    the record that a row lacks would be made, where a person may choose it.
    """

    field: str
    what: str
    find: Callable[[TenantSession, Scope, Sequence[str]], Mapping[str, Sequence[tuple[Target, str]]]]
    create: Callable[[TenantSession, Scope, Sequence[str], Sequence[Incoming]], Mapping[str, Target]] | None = None
    always_create: bool = False
    optional: bool = False
    needs: Permission | None = None
    column: str | None = None
    term: Callable[[str, Mapping[str, Any]], str] = _bare
    offer: Callable[[TenantSession, Sequence[str]], Sequence[str]] | None = None
    drafted: Callable[[Mapping[str, Any]], NewRecord | None] | None = None


@dataclass(slots=True)
class Change:
    """One row's write, as `create` and `update` hand it on to the children."""

    planned: Planned
    record_id: int
    effects: list[dict[str, Any]] = field(default_factory=list)

    def inserted(self, entity: str, row_id: int, after: Mapping[str, Any]) -> None:
        """Note that a further row was made."""
        self.effects.append({"entity": entity, "id": row_id, "action": "insert", "after": dict(after)})

    def updated(self, entity: str, row_id: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Note that a further row was changed."""
        effect = {"entity": entity, "id": row_id, "action": "update", "before": dict(before), "after": dict(after)}
        self.effects.append(effect)


class RecordType(ABC):
    """One kind of record an import writes."""

    model: ClassVar[type[TenantTable]]
    fields: ClassVar[Mapping[str, Field]]
    columns: ClassVar[Mapping[str, str]] = {}
    """Plain fields → columns of the same value."""
    links: ClassVar[tuple[Link, ...]] = ()
    matches: ClassVar[tuple[Match, ...]] = ()
    """How to find a record that no reference names, in order."""
    defaults: ClassVar[Mapping[str, Any]] = {"tags": [], "custom": {}}
    """What columns hold in a new record where the file says nothing; all others NULL."""
    derived: ClassVar[tuple[str, ...]] = ()
    """Columns that `derive` may give besides."""

    @property
    def entity(self) -> str:
        """Name of the table."""
        return str(self.model.__tablename__)

    def prepare(self, db: TenantSession, scope: Scope, rows: Sequence[Incoming]) -> None:  # noqa: B027 a hook
        """Complete the rows' values from the house's records before anything is compared; a query per kind of record.

        Keys that begin with `_` are carried on to the other hooks and go nowhere else.
        """

    @abstractmethod
    def identities(self, values: Mapping[str, Any]) -> list[str]:
        """Keys that no other row of the file may share; the first stands in for an external id where there is none.

        May be empty for a row with an external id.
        """

    @abstractmethod
    def current(self, db: TenantSession, scope: Scope, ids: Sequence[int]) -> Mapping[int, Existing]:
        """The records as they stand; merged ones may come back under the id asked for."""

    def compared(self, existing: Existing, values: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 a hook
        """The existing values to compare a row with; a hook for fields that may stand in several places."""
        return existing.values

    def derive(self, scope: Scope, planned: Planned, write: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 a hook
        """Further columns that follow from the fields to write."""
        return {}

    def write_children(self, db: TenantSession, scope: Scope, changes: Sequence[Change], *, new: bool) -> None:  # noqa: B027 a hook
        """Write what hangs on the records, and note it in each change."""

    def check(self, db: TenantSession, scope: Scope, rows: Sequence[Planned]) -> None:  # noqa: B027 a hook
        """Refuse rows that cannot be written; called for those about to be created or changed."""

    def has_children(self, write: Mapping[str, Any]) -> bool:  # noqa: ARG002 a hook
        """Whether fields to write concern children, so that a row without columns to change still is an update."""
        return False

    def columns_of(self, scope: Scope, planned: Planned) -> dict[str, Any]:
        """Columns to write for the row's decision; of an existing record only those that differ."""
        write = planned.decision.write
        found: dict[str, Any] = {self.columns[key]: value for key, value in write.items() if key in self.columns}
        if "tags" in write:
            found["tags"] = write["tags"]
        custom = {key.removeprefix(CUSTOM): value for key, value in write.items() if key.startswith(CUSTOM)}
        existing = planned.existing
        if custom:
            found["custom"] = {**(existing.columns.get("custom") or {}), **custom} if existing else custom
        for link in self.links:
            if link.column and link.field in planned.targets:
                found[link.column] = planned.targets[link.field].id
        found |= self.derive(scope, planned, write)
        if existing is not None:
            waiting = {link.column for link in self.links if _waits(planned, link)}
            found = {
                name: value
                for name, value in found.items()
                if name in waiting or bulk.to_json(existing.columns.get(name)) != bulk.to_json(value)
            }
        return found

    def create(self, db: TenantSession, scope: Scope, rows: Sequence[Planned]) -> list[Change]:
        """Insert the records and their children; one statement per table."""
        names = self.insertable
        ids = bulk.insert(
            db, self.model, names, [{**self.defaults, **self.constants(scope), **p.columns} for p in rows]
        )
        changes = [Change(p, i) for p, i in zip(rows, ids, strict=True)]
        self.write_children(db, scope, changes, new=True)
        return changes

    def update(self, db: TenantSession, scope: Scope, rows: Sequence[Planned]) -> tuple[list[Change], dict[int, Any]]:
        """Write the changed columns and children; also returns the new version by id of the rows changed."""
        changes = [Change(p, p.existing.id) for p in rows if p.existing is not None]
        versions = bulk.update(
            db, self.model, [{"id": c.record_id, **c.planned.columns} for c in changes if c.planned.columns]
        )
        self.write_children(db, scope, changes, new=False)
        return changes, versions

    def constants(self, scope: Scope) -> dict[str, Any]:  # noqa: ARG002 a hook
        """Columns that every new record gets, such as its event."""
        return {}

    @property
    def insertable(self) -> tuple[str, ...]:
        """All columns a new record is written with."""
        linked = [link.column for link in self.links if link.column]
        present = [name for name in ("tags", "custom") if name in self.model.__table__.c]
        return tuple(dict.fromkeys([*self.columns.values(), *linked, *self.defaults, *present, *self.derived]))


def _waits(planned: Planned, link: Link) -> bool:
    target = planned.targets.get(link.field)
    return target is not None and target.id is None
