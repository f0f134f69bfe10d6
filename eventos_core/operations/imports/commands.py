"""What people do with imports: upload, map, start, cancel, undo, keep a mapping by name.

The usual way is `upload_import` → (`map_import`) → query `import_preview` → `start_import` (background) or
`running.run_import` (now) → `undo_import`. Every one needs `imports.run`; starting and undoing also need what the
kind writes.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ImportFileType, ImportStatus
from eventos_core.kernel.clock import now
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow, NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event
from eventos_core.models.operations import ImportBatch, ImportFile, ImportMapping
from eventos_core.operations.custom import entities
from eventos_core.operations.custom.queries import named
from eventos_core.operations.imports.batches import batch_of, check_event_in_use, check_may_write
from eventos_core.operations.imports.mapping import (
    MappingSpec,
    check_mapping,
    propose,
    remap,
    saved_onto,
    stored_mapping,
)
from eventos_core.operations.imports.plan import MadeAs
from eventos_core.operations.imports.reading import ReadOptions, read_file
from eventos_core.operations.imports.registry import Kind, kind_of
from eventos_core.operations.imports.running import is_running
from eventos_core.operations.imports.undoing import UndoResult, undo_batch
from eventos_core.operations.imports.values import squash
from eventos_core.operations.jobs import defer

_SOURCE = re.compile(r"[a-z][a-z0-9_]{0,59}")
_OPEN = (ImportStatus.UPLOADED, ImportStatus.MAPPED, ImportStatus.PREVIEWED, ImportStatus.FAILED)


@dataclass(frozen=True)
class UploadImport:
    """A file to import.

    `event` is the slug of the event it belongs to, where the kind needs or takes one. `format` names a known format
    instead of recognising it, `source` the system its ids belong to (default: the format, else `file`): a row is
    found again by its id within one source. Empty reading options mean: find out.
    """

    kind: str
    file_name: str
    content: bytes
    event: str | None = None
    format: str = ""
    source: str = ""
    mapping_id: int | None = None
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


@dataclass(frozen=True)
class ImportUploaded:
    """A stored file with its proposed mapping; `same_as` is an earlier import of the very same bytes."""

    batch_id: int
    rows: int
    refused: int
    format: str
    sheets: tuple[str, ...]
    same_as: int | None


@dataclass(frozen=True)
class MapImport:
    """Changes to a batch's mapping.

    `columns` are (column, target) pairs: the column by header, or `#3` by position; the target a field, `custom`,
    `custom.<key>` or `-`. `targets` instead gives every column's target by position. `value_maps` is field → text
    in the file → text to read instead. `made_as` is what to be made → its name → what of it → as text, for kinds that
    let people choose it (deals: `stages`, with `probability` in percent and `after`, the stage before, empty = first).
    None leaves a part as it was.
    """

    batch_id: int
    columns: tuple[tuple[str, str], ...] = ()
    targets: tuple[str, ...] | None = None
    value_maps: Mapping[str, Mapping[str, str]] | None = None
    constants: Mapping[str, str] | None = None
    create_missing: tuple[str, ...] | None = None
    made_as: MadeAs | None = None


@dataclass(frozen=True)
class ImportMapped:
    """The mapping as it now stands: targets by position."""

    batch_id: int
    targets: tuple[str, ...]


@dataclass(frozen=True)
class SaveMapping:
    """Keep a batch's mapping under a name; an existing one of that name and kind is replaced."""

    batch_id: int
    name: str


@dataclass(frozen=True)
class MappingSaved:
    """A mapping kept by name."""

    mapping_id: int


@dataclass(frozen=True)
class DeleteMapping:
    """A saved mapping to drop."""

    mapping_id: int


@dataclass(frozen=True)
class BatchNamed:
    """Which batch, for commands that take nothing else."""

    batch_id: int


@dataclass(frozen=True)
class ImportStarted:
    """The background job that runs the import; None when one waits for it already."""

    batch_id: int
    job_id: int | None


@dataclass(frozen=True)
class BatchState:
    """Where a batch stands now."""

    batch_id: int
    status: ImportStatus


@dataclass(frozen=True)
class UndoImport:
    """An import to take back; `force_rows` are row numbers whose later edits are given up."""

    batch_id: int
    force_rows: tuple[int, ...] = field(default=())


@command(requires=Permission.IMPORTS_RUN)
def upload_import(db: TenantSession, cmd: UploadImport) -> ImportUploaded:
    """Read a file whole and store it with a proposed mapping; nothing of it is imported yet.

    Raises FileRefused with the reason before anything is stored, InvalidInput for an unknown kind, format or
    source, NotFound for an unknown event or saved mapping.
    """
    kind = kind_of(cmd.kind)
    event_id = _event(db, kind, cmd.event)
    table = read_file(cmd.file_name, cmd.content, ReadOptions(cmd.encoding, cmd.delimiter, cmd.sheet))
    own = _own_fields(db, kind.key)
    mapping = propose(kind.fields, kind.formats, table.headers, format_key=cmd.format, own=own)
    saved = _saved(db, kind, cmd.mapping_id, table.headers)
    if saved is not None:
        mapping = saved_onto(_spec(saved), table.headers, own)
        saved.last_used_at = now()
    source = cmd.source or mapping.format or "file"
    if not _SOURCE.fullmatch(source):
        raise InvalidInput(f"“{source}” cannot name a source.", hint="Use lower-case letters, digits and _.")
    digest = hashlib.sha256(cmd.content).digest()
    same = db.scalar(
        select(ImportBatch.id)
        .where(
            ImportBatch.account_id == db.context.account_id,
            ImportBatch.sha256 == digest,
            ImportBatch.status == ImportStatus.DONE,
        )
        .order_by(ImportBatch.id.desc())
        .limit(1)
    )
    batch = ImportBatch(
        kind=kind.key,
        status=ImportStatus.MAPPED if _maps_something(kind, mapping) else ImportStatus.UPLOADED,
        source_format=mapping.format or None,
        source=source,
        file_name=cmd.file_name[-255:] or "file",
        file_type=ImportFileType(table.kind),
        size_bytes=len(cmd.content),
        sha256=digest,
        encoding=table.encoding or None,
        delimiter=table.delimiter or None,
        sheet=table.sheet or None,
        columns=list(table.headers),
        mapping_id=saved.id if saved is not None else None,
        mapping=mapping.targets,
        value_map={key: dict(values) for key, values in mapping.value_maps.items()},
        options=mapping.options,
        event_id=event_id,
        rows_total=table.total,
    )
    db.add(batch)
    db.flush()
    db.add(ImportFile(batch_id=batch.id, content=cmd.content))
    return ImportUploaded(batch.id, table.total, len(table.refused), mapping.format, table.sheets, same)


@command(requires=Permission.IMPORTS_RUN)
def map_import(db: TenantSession, cmd: MapImport) -> ImportMapped:
    """Change a batch's mapping. Raises InvalidInput for unknown columns or fields, NotAllowedNow once it has run."""
    batch = _open_batch(db, cmd.batch_id)
    kind = kind_of(batch.kind)
    mapping = batch_mapping(batch)
    if cmd.targets is not None:
        if len(cmd.targets) != len(mapping.columns):
            raise InvalidInput("The mapping does not fit the columns of this file.", hint="Map the columns again.")
        pairs = [(f"#{i + 1}", target) for i, target in enumerate(cmd.targets)]
        # All go to `custom` first, so that two columns may trade places.
        mapping = replace(mapping, columns=tuple(replace(c, target="-") for c in mapping.columns))
        mapping = remap(mapping, kind.fields, pairs)
    mapping = remap(mapping, kind.fields, cmd.columns)
    if cmd.value_maps is not None:
        mapping = replace(mapping, value_maps={key: dict(values) for key, values in cmd.value_maps.items()})
    if cmd.constants is not None:
        mapping = replace(mapping, constants=dict(cmd.constants))
    if cmd.create_missing is not None:
        mapping = replace(mapping, create_missing=_creatable(kind, cmd.create_missing))
    if cmd.made_as is not None:
        mapping = replace(mapping, made_as=_made_as(kind, cmd.made_as))
    check_mapping(mapping, kind.fields, [c.header for c in mapping.columns])
    batch.mapping, batch.options = mapping.targets, mapping.options
    batch.value_map = {key: dict(values) for key, values in mapping.value_maps.items()}
    batch.status = ImportStatus.MAPPED
    return ImportMapped(batch.id, tuple(c.target for c in mapping.columns))


@command(requires=Permission.IMPORTS_RUN)
def start_import(db: TenantSession, cmd: BatchNamed) -> ImportStarted:
    """Run a mapped import in the background. One that was killed may be started again.

    Raises NotAllowedNow when it is not mapped, running or done; PermissionDenied without the kind's permission.
    """
    batch = batch_of(db, cmd.batch_id, lock=True)
    check_may_write(db, kind_of(batch.kind))
    stopped = batch.status is ImportStatus.RUNNING and not is_running(db, batch.id)
    if batch.status not in (ImportStatus.MAPPED, ImportStatus.PREVIEWED, ImportStatus.FAILED) and not stopped:
        raise NotAllowedNow(
            f"This import is {batch.status.label.lower()}.", hint="Only a mapped one that has not run can be started."
        )
    batch.job_id = defer(db, "run_import", once=f"import:{batch.id}", batch_id=batch.id)
    return ImportStarted(batch.id, batch.job_id)


@command(requires=Permission.IMPORTS_RUN)
def cancel_import(db: TenantSession, cmd: BatchNamed) -> BatchState:
    """Stop an import that has not finished; a running one ends at its next progress note and leaves nothing.

    Raises NotAllowedNow for one that is done or undone.
    """
    batch = batch_of(db, cmd.batch_id, lock=True)
    if batch.status not in (*_OPEN, ImportStatus.RUNNING):
        raise NotAllowedNow(f"This import is {batch.status.label.lower()}.", hint="A finished one can be undone.")
    batch.status = ImportStatus.CANCELLED
    return BatchState(batch.id, ImportStatus.CANCELLED)


@command(requires=Permission.IMPORTS_RUN)
def undo_import(db: TenantSession, cmd: UndoImport) -> UndoResult:
    """Take a finished import back; see `undoing.undo_batch` for what stays and what it raises."""
    check_may_write(db, kind_of(batch_of(db, cmd.batch_id).kind))
    return undo_batch(db, cmd.batch_id, force_rows=cmd.force_rows)


@command(requires=Permission.IMPORTS_RUN)
def save_mapping(db: TenantSession, cmd: SaveMapping) -> MappingSaved:
    """Keep a batch's mapping by name for the next file. Raises InvalidInput for a name that is empty or too long."""
    batch = batch_of(db, cmd.batch_id)
    name = " ".join(cmd.name.split())
    if not 1 <= len(name) <= 200:
        raise InvalidInput("Give the mapping a name.", fields={"name": "1 to 200 characters"})
    found = db.scalars(
        select(ImportMapping).where(
            ImportMapping.account_id == db.context.account_id,
            ImportMapping.kind == batch.kind,
            ImportMapping.name == name,
        )
    ).one_or_none()
    if found is None:
        found = ImportMapping(kind=batch.kind, name=name)
        db.add(found)
    found.source_format = batch.source_format
    found.header_hash = header_hash(batch.columns)
    found.columns, found.mapping = batch.columns, batch.mapping
    found.value_map, found.options = batch.value_map, batch.options
    db.flush()
    return MappingSaved(found.id)


@command(requires=Permission.IMPORTS_RUN)
def delete_mapping(db: TenantSession, cmd: DeleteMapping) -> MappingSaved:
    """Drop a saved mapping; imports made with it keep their own copy. Raises NotFound."""
    found = _mapping(db, cmd.mapping_id)
    db.delete(found)
    return MappingSaved(cmd.mapping_id)


def header_hash(headers: Sequence[str]) -> bytes:
    """SHA-256 of the headers as they are compared; a saved mapping is offered for files with the same one."""
    return hashlib.sha256("\n".join(squash(header) for header in headers).encode()).digest()


def batch_mapping(batch: ImportBatch) -> MappingSpec:
    """The mapping stored on a batch."""
    return stored_mapping(batch.source_format, batch.columns, batch.mapping, batch.value_map, batch.options)


def _own_fields(db: TenantSession, kind: str) -> dict[str, str]:
    """Squashed header → key of the house's custom fields of these records, as exports name them."""
    if kind not in entities():
        return {}
    labels = named(db, kind)
    often = Counter(map(squash, labels.values()))
    alone = {squash(label): key for key, label in labels.items() if often[squash(label)] == 1}
    return {squash(f"{label} {key}"): key for key, label in labels.items()} | alone


def _event(db: TenantSession, kind: Kind, slug: str | None) -> int | None:
    if not kind.needs_event and not (kind.takes_event and slug):
        return None
    if not slug:
        raise InvalidInput(
            f"{kind.label} belong to an event.", hint="Name the event.", fields={"event": "Choose an event"}
        )
    found = db.scalar(select(Event.id).where(Event.account_id == db.context.account_id, Event.slug == slug))
    if found is None:
        raise NotFound(f"There is no event “{slug}”.", hint="Check the event's link name.")
    check_event_in_use(db, found)
    return found


def _saved(db: TenantSession, kind: Kind, mapping_id: int | None, headers: Sequence[str]) -> ImportMapping | None:
    if mapping_id is None:
        return None
    found = _mapping(db, mapping_id)
    if found.kind is not kind.key:
        raise InvalidInput(f"“{found.name}” maps {found.kind.label.lower()}.", hint="Choose another saved mapping.")
    known = {squash(header) for header in found.columns}
    if not known & {squash(header) for header in headers}:
        raise InvalidInput(f"“{found.name}” knows none of these columns.", hint="Map the columns by hand.")
    return found


def _mapping(db: TenantSession, mapping_id: int) -> ImportMapping:
    found = db.scalars(
        select(ImportMapping).where(ImportMapping.account_id == db.context.account_id, ImportMapping.id == mapping_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such saved mapping.", hint="Choose another one.")
    return found


def _spec(saved: ImportMapping) -> MappingSpec:
    return stored_mapping(saved.source_format, saved.columns, saved.mapping, saved.value_map, saved.options)


def _maps_something(kind: Kind, mapping: MappingSpec) -> bool:
    return any(c.target in kind.field_keys for c in mapping.columns)


def _made_as(kind: Kind, wanted: MadeAs) -> MadeAs:
    unknown = [what for what in wanted if what not in kind.checked_new]
    if unknown:
        raise InvalidInput(f"Of {unknown[0]} nothing can be chosen in an import of {kind.label.lower()}.")
    return {
        what: {name: kind.checked_new[what](name, settings) for name, settings in named.items()}
        for what, named in wanted.items()
        if named
    }


def _creatable(kind: Kind, wanted: Sequence[str]) -> tuple[str, ...]:
    unknown = [what for what in wanted if what not in kind.creatable]
    if unknown:
        possible = ", ".join(kind.creatable) or "nothing"
        raise InvalidInput(f"{kind.label} cannot create {unknown[0]}.", hint=f"Possible: {possible}.")
    return tuple(dict.fromkeys(wanted))


def _open_batch(db: TenantSession, batch_id: int) -> ImportBatch:
    batch = batch_of(db, batch_id, lock=True)
    if batch.status not in _OPEN:
        raise NotAllowedNow(f"This import is {batch.status.label.lower()}.", hint="Upload the file again.")
    return batch
