"""What the values of a file mean here: those that name nothing of the house's, counted, with what they may mean.

Stages, owners, companies and the like are unknown until they are mapped to one of ours or made on request. Free
texts are never unknown, but one spelling among several is pointed out.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports.batches import LoadedBatch, batch_of, load
from eventos_core.operations.imports.fields import Field, Incoming
from eventos_core.operations.imports.mapping import read_loosely
from eventos_core.operations.imports.memory import young_collections_only
from eventos_core.operations.imports.records import Link, NewRecord
from eventos_core.operations.imports.values import BadValue, squash

SHOWN = 300
"""Most values listed per field, the most frequent ones."""
_NEAR = 0.75
_SAME_TEXT = 0.9
_COMPARED = 400
_FIND_CHUNK = 10_000
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Meaning:
    """One text of a field as the file writes it, in how many rows; `unknown` of them name nothing of ours.

    `along` of the unknown ones are made with another record that the import makes (a stage with its pipeline).
    `read_as` is what the mapping reads instead, empty where it replaces nothing. `nearest` are names of ours, or more
    frequent spellings, that it may mean, the likeliest first.
    """

    value: str
    rows: int
    unknown: int
    read_as: str
    nearest: tuple[str, ...]
    along: int = 0


@dataclass(frozen=True)
class FieldMeanings:
    """The texts of one field that need a meaning or were given one; `left_out` more are not listed.

    `creatable` is what may be made for the unknown ones (`create_missing`), empty for nothing; `may_create` whether
    this actor may. `choices` are names of ours to choose from; a free text has none. `new` are the records that would
    be made, where a person may choose what they are like.
    """

    field: str
    label: str
    creatable: str
    may_create: bool
    choices: tuple[str, ...]
    values: tuple[Meaning, ...]
    left_out: int
    new: tuple[NewRecord, ...] = ()

    @property
    def unknown_rows(self) -> int:
        """In how many rows the listed values name nothing."""
        return sum(meaning.unknown for meaning in self.values)

    @property
    def along_rows(self) -> int:
        """In how many of those rows what they name is made with another record."""
        return sum(meaning.along for meaning in self.values)


@query(requires=Permission.IMPORTS_RUN)
def import_meanings(db: TenantSession, batch_id: int) -> tuple[FieldMeanings, ...]:
    """The values of a batch's file that need a meaning, field by field; fields without such values are left out.

    Reads the whole file: cache it by the mapping. Raises NotFound, Conflict once the file is gone.
    """
    with young_collections_only():
        loaded = load(db, batch_of(db, batch_id))
        keys = loaded.kind.explained
        rows = read_loosely(
            loaded.kind.fields, loaded.kind.refine, loaded.table, loaded.mapping, loaded.scope.hints, keys
        )
        links = _prepared(db, loaded, [row for row, _ in rows])
        fields = {known.key: known for known in loaded.kind.fields}
        found = []
        for key in keys:
            counted = Counter(texts[key] for _, texts in rows if key in texts)
            if counted:
                found.append(_of_field(db, loaded, fields[key], links.get(key), rows, counted))
    return tuple(meanings for meanings in found if meanings.values)


def _prepared(db: TenantSession, loaded: LoadedBatch, rows: Sequence[Incoming]) -> dict[str, Link]:
    """The links of the records that the rows are, once their values are completed."""
    groups: dict[str, list[Incoming]] = {}
    records = {}
    for row in rows:
        record = loaded.kind.records(row.values)
        records[record.entity] = record
        groups.setdefault(record.entity, []).append(row)
    for entity, own in groups.items():
        records[entity].prepare(db, loaded.scope, own)
    return {link.field: link for record in records.values() for link in record.links if not link.optional}


def _of_field(
    db: TenantSession,
    loaded: LoadedBatch,
    field: Field,
    link: Link | None,
    rows: Sequence[tuple[Incoming, Mapping[str, str]]],
    counted: Counter[str],
) -> FieldMeanings:
    replaced = {squash(old): new for old, new in loaded.mapping.value_maps.get(field.key, {}).items()}
    read_as = {value: new for value in counted if (new := replaced.get(squash(value), value)) != value}
    unknown: Mapping[str, int] = {}
    along: Mapping[str, int] = {}
    choices: Sequence[str] = field.choices
    drafts: dict[str, NewRecord] = {}
    if link is not None:
        unknown, along, drafts = _unlinked(db, loaded, field.key, link, rows)
        choices = link.offer(db, list(unknown)) if link.offer else ()
    elif field.choices:
        unknown = _unreadable(loaded, field, counted, read_as)
    free = link is None and not field.choices
    if free:
        read: Counter[str] = Counter()
        for value, number in counted.items():
            read[read_as.get(value, value)] += number
        spelt = _spellings(read)
        near = {value: spelt.get(read_as.get(value, value), ()) for value in counted}
    else:
        near = {value: _nearest(value, choices) for value in unknown}
    wanted = [
        Meaning(value, number, unknown.get(value, 0), read_as.get(value, ""), near.get(value, ()), along.get(value, 0))
        for value, number in counted.most_common()
        if value in unknown or value in read_as or near.get(value)
    ]
    wanted.sort(key=lambda meaning: -meaning.unknown)
    creatable = link.what if link is not None and link.what in loaded.kind.creatable else ""
    may = link is None or link.needs is None or db.context.can(link.needs)
    return FieldMeanings(
        field.key, field.label, creatable, may, tuple(choices), tuple(wanted[:SHOWN]), max(0, len(wanted) - SHOWN),
        tuple(drafts.values()),
    )  # fmt: skip


def _unlinked(
    db: TenantSession,
    loaded: LoadedBatch,
    key: str,
    link: Link,
    rows: Iterable[tuple[Incoming, Mapping[str, str]]],
) -> tuple[dict[str, int], dict[str, int], dict[str, NewRecord]]:
    """Text → in how many rows it names no record, or several, and in how many of these one that is made with another.

    Besides what would be made for them, by name.
    """
    terms: Counter[tuple[str, str]] = Counter()
    first: dict[str, Incoming] = {}
    for row, texts in rows:
        if key in texts and key in row.values:
            term = link.term(row.values[key], row.values)
            terms[term, texts[key]] += 1
            first.setdefault(term, row)
    known: set[str] = set()
    waiting: set[str] = set()
    for chunk in bulk.chunks(list(first), _FIND_CHUNK):
        for term, targets in link.find(db, loaded.scope, chunk).items():
            if len(targets) == 1:
                (waiting if targets[0][0].id is None else known).add(term)
    found: Counter[str] = Counter()
    along: Counter[str] = Counter()
    for (term, value), number in terms.items():
        if term not in known:
            found[value] += number
        if term in waiting:
            along[value] += number
    lacking = (row.values for term, row in first.items() if term not in known)
    drafts = (link.drafted(values) for values in lacking) if link.drafted is not None else ()
    return found, along, {draft.name: draft for draft in drafts if draft is not None}


def _unreadable(
    loaded: LoadedBatch, field: Field, counted: Mapping[str, int], read_as: Mapping[str, str]
) -> dict[str, int]:
    found = {}
    for value, number in counted.items():
        try:
            field.read(read_as.get(value, value), loaded.scope.hints)
        except BadValue:
            found[value] = number
    return found


def _nearest(value: str, names: Sequence[str], *, cutoff: float = _NEAR) -> tuple[str, ...]:
    # Its own name elsewhere (a stage of another pipeline) is no other meaning.
    keys = {squash(name): name for name in reversed(names) if name != value}
    return tuple(keys[key] for key in difflib.get_close_matches(squash(value), keys, n=3, cutoff=cutoff))


def _spellings(counted: Counter[str]) -> dict[str, tuple[str, ...]]:
    """Text → a more frequent text that differs only in spelling; numbers in it must be the same."""
    common = [value for value, _ in counted.most_common(_COMPARED)]
    found: dict[str, tuple[str, ...]] = {}
    for rank, value in enumerate(common):
        digits = _DIGITS.findall(value)
        before = [other for other in common[:rank] if other not in found and _DIGITS.findall(other) == digits]
        near = _nearest(value, before, cutoff=_SAME_TEXT)
        if near:
            found[value] = near[:1]
    return found
