"""Columns to fields: proposed from the headers, changed by a person, saved by name; then rows to values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.ids import slugify
from eventos_core.operations.imports.fields import CUSTOM, IGNORED, Field, Format, Incoming
from eventos_core.operations.imports.plan import MadeAs
from eventos_core.operations.imports.table import REJECTED_BECAUSE, REJECTED_ROW, RowProblem, SourceTable, shortened
from eventos_core.operations.imports.values import BadValue, Hints, day_first, squash

Refine = Callable[[dict[str, Any], Hints], list[tuple[str, str]]]
"""Checks a row as a whole and may complete its values; returns (field, reason) pairs that reject it.

A key that begins with `_` carries something on to the kind's own code: it is never compared, written or stored."""

_OURS = {squash(REJECTED_ROW), squash(REJECTED_BECAUSE)}
_CUSTOM_KEY = re.compile(r"custom\.[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True)
class ColumnMapping:
    """Where one column goes: a field key, `custom.<key>`, or `-` for nowhere."""

    position: int
    header: str
    target: str


@dataclass(frozen=True)
class MappingSpec:
    """A whole mapping: columns by position, values replaced before reading, constants, what may be created.

    `value_maps` is field → text in the file → text to read instead (compared case-folded); `made_as` what was chosen
    for records that are to be made.
    """

    format: str
    columns: tuple[ColumnMapping, ...]
    value_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    create_missing: tuple[str, ...] = ()
    made_as: MadeAs = field(default_factory=dict)

    @property
    def targets(self) -> dict[str, str]:
        """Position (as text, for JSON) → target, as batches and saved mappings store it."""
        return {str(column.position): column.target for column in self.columns}

    @property
    def options(self) -> dict[str, Any]:
        """What is stored besides columns and value maps."""
        found = {"constants": dict(self.constants), "create_missing": list(self.create_missing)}
        return found | ({"made_as": self.made_as} if self.made_as else {})


def stored_mapping(
    format_key: str | None,
    headers: Sequence[str],
    targets: Mapping[str, str],
    value_maps: Mapping[str, Mapping[str, str]],
    options: Mapping[str, Any],
) -> MappingSpec:
    """The mapping as a batch or a saved mapping stores it; a position without target goes to `custom`."""
    columns = (ColumnMapping(i, header, targets.get(str(i), CUSTOM)) for i, header in enumerate(headers))
    return MappingSpec(
        format=format_key or "",
        columns=_with_custom_keys(columns),
        value_maps=value_maps,
        constants=options.get("constants", {}),
        create_missing=tuple(options.get("create_missing", ())),
        made_as=options.get("made_as", {}),
    )


def recognise(formats: Iterable[Format], headers: Sequence[str]) -> Format | None:
    """The format all of whose marks are among the headers; with several, the one with most marks, then the first."""
    present = {squash(header) for header in headers}
    fitting = [known for known in formats if known.marks <= present]
    return max(fitting, key=lambda known: len(known.marks), default=None)


def propose(
    fields: Sequence[Field],
    formats: Sequence[Format],
    headers: Sequence[str],
    *,
    format_key: str = "",
    own: Mapping[str, str] | None = None,
) -> MappingSpec:
    """A mapping by format, then by field names and aliases; what is left goes to `custom`.

    `own` is squashed header → key of the house's custom fields, which exports write under their labels.

    Of several columns for one field the one whose header comes first among the aliases gets it. `format_key`
    names the format instead of recognising it; raises InvalidInput for an unknown one.
    """
    chosen = _named(formats, format_key) if format_key else recognise(formats, headers)
    wanted: dict[str, list[tuple[int, int]]] = {}
    ignored: set[int] = set()
    for position, header in enumerate(headers):
        squashed = squash(header)
        if chosen is not None and squashed in chosen.columns:
            target = chosen.columns[squashed]
            if target == IGNORED:
                ignored.add(position)
            else:
                wanted.setdefault(target, []).append((-1, position))
            continue
        for known in fields:
            names = [squash(known.key), squash(known.label), *map(squash, known.aliases)]
            if squashed and squashed in names:
                wanted.setdefault(known.key, []).append((names.index(squashed), position))
                break
    targets: dict[int, str] = dict.fromkeys(ignored, IGNORED)
    joined = {known.key for known in fields if known.joined is not None}
    for key, ranked in wanted.items():
        ranked.sort()
        for _, position in ranked if key in joined else ranked[:1]:
            targets[position] = key
    columns = [ColumnMapping(i, h, targets.get(i) or _otherwise(h, own or {})) for i, h in enumerate(headers)]
    return MappingSpec(
        format=chosen.key if chosen else "",
        columns=_with_custom_keys(columns),
        constants=dict(chosen.constants) if chosen else {},
        create_missing=chosen.create_missing if chosen else (),
    )


def remap(mapping: MappingSpec, fields: Sequence[Field], changes: Iterable[tuple[str, str]]) -> MappingSpec:
    """`mapping` with columns sent elsewhere: `(column, field)`, the column by header or as `#3` by position.

    The field may be a key, `custom`, `custom.<key>` or `-`. A column that held the field before goes to `custom`.
    Raises InvalidInput for unknown columns and fields and for a header that occurs twice.
    """
    columns = list(mapping.columns)
    for column, target in changes:
        position = _position(columns, column)
        target = target.strip()
        if target == CUSTOM.rstrip("."):
            target = CUSTOM
        known = next((f for f in fields if f.key == target), None)
        if known is None and target not in (IGNORED, CUSTOM) and not _CUSTOM_KEY.fullmatch(target):
            raise InvalidInput(
                f"There is no field “{target}”.", hint=f"Fields: {', '.join(f.key for f in fields)}, custom, -."
            )
        if known is not None and known.joined is None:
            columns = [replace(c, target=CUSTOM) if c.target == target else c for c in columns]
        columns[position] = replace(columns[position], target=target)
    return replace(mapping, columns=_with_custom_keys(columns))


def check_mapping(mapping: MappingSpec, fields: Sequence[Field], headers: Sequence[str]) -> None:
    """Raise InvalidInput when a mapping does not fit the file or sends two columns to one field."""
    if [c.position for c in mapping.columns] != list(range(len(headers))):
        raise InvalidInput("The mapping does not fit the columns of this file.", hint="Map the columns again.")
    known = {f.key: f for f in fields}
    counts = Counter(c.target for c in mapping.columns)
    for target, count in counts.items():
        if target == IGNORED:
            continue
        if target not in known and not _CUSTOM_KEY.fullmatch(target):
            raise InvalidInput(f"There is no field “{target}”.", hint="Choose one of the fields, custom or -.")
        if count > 1 and (target not in known or known[target].joined is None):
            raise InvalidInput(f"{count} columns go to “{target}”.", hint="One column may feed a field.")
    unknown = (set(mapping.value_maps) | set(mapping.constants)) - set(known)
    if unknown:
        raise InvalidInput(f"There is no field “{min(unknown)}”.", hint=f"Fields: {', '.join(known)}.")
    if all(c.target == IGNORED or c.target.startswith(CUSTOM) for c in mapping.columns):
        raise InvalidInput(
            "No column is mapped to a field.", hint=f"Map at least one column to one of: {', '.join(known)}."
        )


def saved_onto(saved: MappingSpec, headers: Sequence[str], own: Mapping[str, str] | None = None) -> MappingSpec:
    """A saved mapping moved to another file's columns: same headers in the same order of occurrence.

    Columns that the saved mapping does not know go to `custom`, `own` as in `propose`; its columns that are missing are
    dropped.
    """
    waiting: dict[str, list[str]] = {}
    for column in saved.columns:
        waiting.setdefault(squash(column.header), []).append(column.target)
    columns = []
    for position, header in enumerate(headers):
        queue = waiting.get(squash(header))
        columns.append(ColumnMapping(position, header, queue.pop(0) if queue else _otherwise(header, own or {})))
    return replace(saved, columns=_with_custom_keys(columns))


def _otherwise(header: str, own: Mapping[str, str]) -> str:
    """Where a column goes that is no field: to the custom field of that name, unless we wrote it ourselves."""
    squashed = squash(header)
    if squashed in _OURS:
        return IGNORED
    return f"{CUSTOM}{own[squashed]}" if squashed in own else CUSTOM


def read_rows(
    fields: Sequence[Field], refine: Refine, table: SourceTable, mapping: MappingSpec, hints: Hints
) -> tuple[list[Incoming], list[RowProblem]]:
    """Every row of the table as values, and a problem per cell that could not be read (its row is then left out)."""
    readers, hints = _readers({f.key: f for f in fields}, table, mapping, hints)
    rows: list[Incoming] = []
    problems: list[RowProblem] = []
    for row in table.rows:
        values, bad = readers.read(row.cells)
        if not bad:
            bad = [(key, str(values.get(key, "")), reason) for key, reason in refine(values, hints)]
        if bad:
            problems += [
                RowProblem(row.number, readers.column(key), shortened(value), reason) for key, value, reason in bad
            ]
        else:
            rows.append(Incoming(row.number, values))
    return rows, problems


def read_loosely(
    fields: Sequence[Field], refine: Refine, table: SourceTable, mapping: MappingSpec, hints: Hints, keys: Iterable[str]
) -> list[tuple[Incoming, dict[str, str]]]:
    """Every row with what of it could be read, and the texts of the fields `keys` as the file writes them."""
    known = {f.key: f for f in fields}
    readers, _ = _readers(known, table, mapping, hints)
    wanted = [key for key in keys if key in readers.sources]
    rows = []
    for row in table.rows:
        values, _ = readers.read(row.cells)
        refine(values, readers.hints)
        texts = {key: text for key in wanted if (text := readers.raw(key, row.cells))}
        rows.append((Incoming(row.number, values), texts))
    return rows


def _readers(
    known: Mapping[str, Field], table: SourceTable, mapping: MappingSpec, hints: Hints
) -> tuple[_RowReader, Hints]:
    sources: dict[str, list[int]] = {}
    for column in mapping.columns:
        if column.target != IGNORED:
            sources.setdefault(column.target, []).append(column.position)
    hints = _date_order(known, sources, table, hints)
    maps = {key: {squash(old): new for old, new in replaced.items()} for key, replaced in mapping.value_maps.items()}
    return _RowReader(known, sources, maps, mapping.constants, table, hints), hints


@dataclass(frozen=True)
class _RowReader:
    known: Mapping[str, Field]
    sources: Mapping[str, list[int]]
    maps: Mapping[str, Mapping[str, str]]
    constants: Mapping[str, str]
    table: SourceTable
    hints: Hints

    def read(self, cells: tuple[str, ...]) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
        """Values of one row, and (field, raw value, reason) of what could not be read."""
        values: dict[str, Any] = {}
        bad: list[tuple[str, str, str]] = []
        for key in self.sources:
            known = self.known.get(key)
            raw = self.raw(key, cells)
            if not raw:
                raw = self.constants.get(key, "")
            if key in self.maps and raw:
                raw = self.maps[key].get(squash(raw), raw)
            if not raw:
                continue
            if known is None:
                values[key] = raw
                continue
            try:
                values[key] = known.read(raw, self.hints)
            except BadValue as error:
                bad.append((key, raw, str(error)))
        for key, raw in self.constants.items():
            if key not in values and key not in self.sources:
                values[key] = self.known[key].read(raw, self.hints)
        return values, bad

    def raw(self, key: str, cells: tuple[str, ...]) -> str:
        """The text of a field as the row writes it."""
        positions = self.sources[key]
        if len(positions) == 1:
            return cells[positions[0]].strip()
        known = self.known.get(key)
        joiner = known.joined if known and known.joined is not None else " "
        return joiner.join(part for part in (cells[i].strip() for i in positions) if part)

    def column(self, key: str) -> str:
        """The header that feeds a field, for messages; the field's name where no column does."""
        positions = self.sources.get(key)
        return self.table.label(positions[0]) if positions else key


def _date_order(
    known: Mapping[str, Field], sources: Mapping[str, list[int]], table: SourceTable, hints: Hints
) -> Hints:
    positions = [i for key, places in sources.items() if key in known and known[key].is_date for i in places]
    cells = (row.cells[i] for row in table.rows for i in positions)
    return replace(hints, day_first=day_first(cells, default=hints.day_first))


def _named(formats: Sequence[Format], key: str) -> Format:
    for known in formats:
        if known.key == key:
            return known
    names = ", ".join(known.key for known in formats) or "none for this kind"
    raise InvalidInput(f"There is no format “{key}”.", hint=f"Formats: {names}.")


def _position(columns: Sequence[ColumnMapping], column: str) -> int:
    numbered = re.fullmatch(r"#(\d+)", column.strip())
    if numbered and 1 <= int(numbered[1]) <= len(columns):
        return int(numbered[1]) - 1
    found = [c.position for c in columns if squash(c.header) == squash(column)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput(
            f"“{column}” occurs {len(found)} times.",
            hint=f"Name the column by position: {' or '.join(f'#{i + 1}' for i in found)}.",
        )
    raise InvalidInput(
        f"There is no column “{column}”.", hint=f"Columns: {', '.join(c.header for c in columns if c.header)}."
    )


def _with_custom_keys(columns: Iterable[ColumnMapping]) -> tuple[ColumnMapping, ...]:
    """Columns with a key of their own under `custom`, made from the header."""
    done = list(columns)
    used = {column.target for column in done}
    for i, column in enumerate(done):
        if column.target != CUSTOM:
            continue
        base = slugify(column.header, limit=50).replace("-", "_")
        base = base if base[:1].isalpha() else f"column_{base or column.position + 1}"
        key, number = base, 1
        while f"{CUSTOM}{key}" in used:
            number += 1
            key = f"{base}_{number}"
        used.add(f"{CUSTOM}{key}")
        done[i] = replace(column, target=f"{CUSTOM}{key}")
    return tuple(done)
