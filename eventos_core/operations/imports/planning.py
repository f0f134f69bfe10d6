"""Verdicts for all rows at once: found by reference, then by the kind's own steps, compared, linked.

Reads only (apart from row locks when a run follows), with one query per step and chunk; the decisions are pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import text

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ImportVerdict
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports.fields import Field, Incoming
from eventos_core.operations.imports.merging import Decision, decide
from eventos_core.operations.imports.plan import Candidate, Existing, Planned, Reference, Scope, Target
from eventos_core.operations.imports.records import Link, RecordType
from eventos_core.operations.imports.references import deletion_order
from eventos_core.operations.imports.registry import Kind
from eventos_core.operations.imports.table import RowProblem, shortened
from eventos_core.operations.imports.values import name_key

Column = Callable[[str], str]
"""The header that feeds a field, for messages."""

WRITTEN = (ImportVerdict.CREATE, ImportVerdict.UPDATE, ImportVerdict.CONFLICT)
_FIND_CHUNK = 10_000


def plan(
    db: TenantSession, kind: Kind, scope: Scope, rows: Sequence[Incoming], column: Column, *, lock: bool
) -> Iterator[tuple[RecordType, list[Planned]]]:
    """What to do with every row, one record type after the other, those first that others point to.

    A run carries out each group before it asks for the next, whose links may mean what was just made. With `lock`
    the records that rows mean are locked until the transaction ends, so that the verdicts hold.
    """
    groups: dict[str, tuple[RecordType, list[Incoming]]] = {}
    for row in rows:
        record = kind.records(row.values)
        groups.setdefault(record.entity, (record, []))[1].append(row)
    for entity in reversed(deletion_order(list(groups))):
        record, own = groups[entity]
        yield record, _Planner(db, kind, record, scope, column, lock).plan(own)


class _Planner:
    def __init__(
        self, db: TenantSession, kind: Kind, record: RecordType, scope: Scope, column: Column, lock: bool
    ) -> None:
        self.db, self.kind, self.record, self.scope, self.column, self.lock = db, kind, record, scope, column, lock
        self.fields: Mapping[str, Field] = {known.key: known for known in kind.fields}

    def plan(self, rows: Sequence[Incoming]) -> list[Planned]:
        self.record.prepare(self.db, self.scope, rows)
        planned = self._without_duplicates(rows)
        open_rows = [p for p in planned if p.verdict is ImportVerdict.PENDING]
        references = self._references(open_rows)
        found = {p.number: references[p.external_id].entity_id for p in open_rows if p.external_id in references}
        existing = self._current(found)
        for p in open_rows:
            if p.number in found and found[p.number] in existing:
                p.reference = references[p.external_id]
            elif p.number in found:
                del found[p.number]
                p.lost = references[p.external_id]
        self._match(open_rows, found, existing)
        self._decide(open_rows, found, existing)
        writing = [p for p in open_rows if p.verdict in WRITTEN]
        for link in self.record.links:
            # Also those that another link refused: a person is told at once of all that is unknown.
            self._resolve(link, writing)
        for p in open_rows:
            self._finish(p)
        self._check([p for p in open_rows if p.verdict in WRITTEN])
        return planned

    def _check(self, planned: Sequence[Planned]) -> None:
        """Let the record refuse rows; it names fields, a person is told the columns that feed them."""
        said = {p.number: len(p.problems) for p in planned}
        self.record.check(self.db, self.scope, planned)
        for p in planned:
            for i in range(said[p.number], len(p.problems)):
                problem = p.problems[i]
                if problem.column in self.fields:
                    p.problems[i] = problem._replace(column=self.column(problem.column))

    def _without_duplicates(self, rows: Sequence[Incoming]) -> list[Planned]:
        """The first row of each identity counts; later ones are left out and say which one it was."""
        first: dict[str, int] = {}
        planned: list[Planned] = []
        for row in rows:
            external = row.values.get("external_id")
            identities = self.record.identities(row.values)
            keys = [f"={external}", *identities] if external else identities
            p = Planned(row, ImportVerdict.PENDING, self._external_id(external, identities))
            planned.append(p)
            same = next((first[key] for key in keys if key in first), None)
            if same is not None:
                self._leave_out(p, f"Row {same} is the same; that one was taken.")
                continue
            first.update(dict.fromkeys(keys, row.number))
        return planned

    def _leave_out(self, p: Planned, reason: str) -> None:
        p.verdict = ImportVerdict.SKIP
        p.problems.append(RowProblem(p.number, "", shortened(self._name(p)), reason))

    def _external_id(self, external: str | None, identities: Sequence[str]) -> str:
        """The key of the row's reference; rows without an id of their own are known by what they match on."""
        key = external or f"~{identities[0]}"
        if self.kind.needs_event:
            key = f"{self.scope.event_id}/{key}"
        return key if len(key) <= 400 else f"~sha256:{hashlib.sha256(key.encode()).hexdigest()}"

    def _references(self, planned: Sequence[Planned]) -> dict[str, Reference]:
        found: dict[str, Reference] = {}
        for chunk in bulk.chunks(planned, _FIND_CHUNK):
            rows = self.db.execute(
                text(
                    "select external_id, id, entity_id, last_imported from external_refs"
                    " where account_id = :account and entity = :entity and source = :source"
                    # IS TRUE keeps it a hashed lookup. As a join, or as = any() in a prepared plan, every row was
                    # compared with every key where statistics are missing: minutes for a large file.
                    " and (external_id in (select unnest(cast(:keys as text[])))) is true"
                ),
                {
                    "account": self.scope.account_id,
                    "entity": self.record.entity,
                    "source": self.scope.source,
                    "keys": [p.external_id for p in chunk],
                },
            )
            found |= {row.external_id: Reference(row.id, row.entity_id, row.last_imported) for row in rows}
        return found

    def _current(self, found: Mapping[int, int]) -> dict[int, Existing]:
        existing: dict[int, Existing] = {}
        ids = sorted(set(found.values()))
        for chunk in bulk.chunks(ids, _FIND_CHUNK):
            if self.lock:
                bulk.lock(self.db, self.record.model, chunk)
            existing |= self.record.current(self.db, self.scope, chunk)
        return existing

    def _match(self, planned: Sequence[Planned], found: dict[int, int], existing: dict[int, Existing]) -> None:
        for step in self.record.matches:
            waiting = [p for p in planned if p.number not in found and p.verdict is ImportVerdict.PENDING]
            taken = {existing[record_id].id for record_id in found.values() if record_id in existing}
            new: dict[int, int] = {}
            for chunk in bulk.chunks(waiting, _FIND_CHUNK):
                candidates = step.find(self.db, self.scope, [p.row for p in chunk])
                for p in chunk:
                    offered = candidates.get(p.number, ())
                    chosen = [c for c in offered if not (step.weak and c.id in taken)]
                    if len(chosen) == 1:
                        new[p.number] = chosen[0].id
                    elif chosen:
                        p.refuse("", shortened(self._name(p)), f"By {step.by} it may be {_either(chosen)}.")
            existing |= self._current(new)
            found |= {number: record_id for number, record_id in new.items() if record_id in existing}

    def _decide(self, planned: Sequence[Planned], found: Mapping[int, int], existing: Mapping[int, Existing]) -> None:
        claimed: dict[int, int] = {}
        unwritten = {key for key, known in self.fields.items() if known.aux}
        for p in planned:
            if p.verdict is not ImportVerdict.PENDING:
                continue
            p.entity = self.record.entity
            values = {key: value for key, value in p.row.values.items() if key not in unwritten and key[0] != "_"}
            if p.number not in found:
                p.verdict, p.decision = ImportVerdict.CREATE, Decision(values, (), values)
                continue
            p.existing = record = existing[found[p.number]]
            p.entity_id, p.entity_version = record.id, record.version
            if record.id in claimed:
                self._leave_out(p, f"Row {claimed[record.id]} means the same record; that one was taken.")
                continue
            claimed[record.id] = p.number
            if record.erased:
                p.verdict = ImportVerdict.ERASED
            elif record.blocked:
                p.refuse("", record.name, record.blocked)
            else:
                imported = p.reference.imported if p.reference else {}
                p.decision = decide(self.fields, values, imported, self.record.compared(record, values))
                p.verdict = ImportVerdict.CONFLICT if p.decision.conflicts else ImportVerdict.UPDATE

    def _resolve(self, link: Link, planned: Sequence[Planned]) -> None:
        """Give every row that writes the link its target, or refuse the row."""
        rows = [p for p in planned if link.field in p.decision.write]
        terms = {p.number: link.term(p.decision.write[link.field], p.row.values) for p in rows}
        keys = {term: name_key(term) for term in set(terms.values())}
        texts = {keys[terms[p.number]]: terms[p.number] for p in reversed(rows)}
        found: dict[str, Sequence[tuple[Target, str]]] = {}
        for chunk in bulk.chunks(list(texts.items()), _FIND_CHUNK):
            offered = link.find(self.db, self.scope, [value for _, value in chunk])
            found |= {key: offered.get(value, ()) for key, value in chunk}
        may_create = link.create is not None and (link.always_create or link.what in self.scope.create_missing)
        for p in rows:
            value = p.decision.write[link.field]
            targets = found[keys[terms[p.number]]]
            if len(targets) == 1:
                p.targets[link.field] = targets[0][0]
            elif link.optional:
                continue
            elif targets:
                either = _either([Candidate(target.id or 0, name) for target, name in targets])
                p.refuse(self.column(link.field), shortened(value), f"It may be {either}.")
            elif not may_create:
                reason = f"There is none of this name among the {link.what}; create it first or allow creating."
                p.refuse(self.column(link.field), shortened(value), reason)
            elif link.needs is not None and not self.db.context.can(link.needs):
                p.refuse(self.column(link.field), shortened(value), f"You may not create {link.what}.")
            else:
                p.targets[link.field] = Target(link.what, None)

    def _finish(self, p: Planned) -> None:
        if p.verdict not in WRITTEN:
            return
        p.columns = self.record.columns_of(self.scope, p)
        if p.existing is None:
            return
        for key in p.decision.conflicts:
            theirs = _shown(p.existing.values.get(key))
            reason = (
                f"Changed here to “{theirs}” and in the file as well; ours was kept."
                if theirs
                else ("Emptied here and changed in the file; it was left empty.")
            )
            p.problems.append(RowProblem(p.number, self.column(key), _shown(p.row.values[key]), reason))
        waits = any(target.id is None for target in p.targets.values())
        nothing = not p.columns and not waits and not self.record.has_children(p.decision.write)
        if nothing and p.verdict is ImportVerdict.UPDATE:
            p.verdict = ImportVerdict.SKIP

    def _name(self, p: Planned) -> str:
        values = p.row.values
        parts = [values[key] for key in _NAMING if isinstance(values.get(key), str)]
        return " ".join(parts[:2]) or p.external_id.lstrip("~")


_NAMING = ("first_name", "last_name", "full_name", "space", "title", "name", "email", "external_id")


def _either(candidates: Sequence[Candidate]) -> str:
    shown = [f"{c.name} (#{c.id})" for c in candidates[:5]]
    more = f" or {len(candidates) - 5} more" if len(candidates) > 5 else ""
    return " or ".join(shown) + more


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return shortened("; ".join(map(str, value)) if isinstance(value, list) else str(value))


def counts(planned: Sequence[Planned]) -> dict[str, int]:
    """How many rows have each verdict."""
    ordered = sorted(p.verdict.value for p in planned)
    return {verdict: len(list(group)) for verdict, group in groupby(ordered)}
