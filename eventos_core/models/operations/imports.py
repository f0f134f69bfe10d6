"""Imported files, line by line, with what an undo needs; and how a row is found again by its foreign id."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.operations import ImportFileType, ImportKind, ImportStatus, ImportVerdict, UndoVerdict
from eventos_core.models.base import (
    Count,
    Editable,
    JsonList,
    JsonObject,
    Name,
    Positive,
    TenantTable,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.types import SILENT, Digest, EntityName, OptionalObject, WebAddress


class ImportMapping(TenantTable, Editable):
    """A mapping saved by name, offered again for files with the same headers."""

    __domain__ = "operations"
    __tablename__ = "import_mappings"
    __table_args__ = (
        UniqueConstraint("account_id", "kind", "name"),
        Index("ix_import_mappings_header_hash", "account_id", "header_hash"),
    )

    kind: Mapped[ImportKind] = choice(ImportKind)
    """What such files bring in."""
    name: Mapped[Name]
    """Chosen by the person."""
    source_format: Mapped[str | None]
    """Recognised format it started from, such as pipedrive_deals; NULL for other files."""
    header_hash: Mapped[Digest | None]
    """SHA-256 of the normalised headers in order; recognises the next file."""
    columns: Mapped[JsonList]
    """Headers as they stood in the file, by position."""
    mapping: Mapped[JsonObject]
    """Column position → field; a missing position goes to the free attributes."""
    value_map: Mapped[JsonObject]
    """Field → value in the file → value here (stages, owners, kinds)."""
    options: Mapped[JsonObject]
    """Date order, decimal mark, zone, currency, what may be created."""
    last_used_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When a file was last read with it."""


class ImportBatch(TenantTable, Editable):
    """One imported file from upload to undo."""

    __domain__ = "operations"
    __tablename__ = "import_batches"
    # Progress would drown the audit; import and undo are audited as acts, the rows they write as rows.
    __audit__ = False
    __table_args__ = (
        CheckConstraint("size_bytes between 0 and 26214400", name="size_within_limit"),
        CheckConstraint("rows_total <= 200000", name="rows_within_limit"),
        CheckConstraint("progress_rows <= rows_total", name="progress_within_rows"),
        CheckConstraint(
            "created_count + updated_count + skipped_count + rejected_count + conflict_count <= rows_total",
            name="counts_within_rows",
        ),
        CheckConstraint("status <> 'failed' or error is not null", name="failed_has_an_error"),
        CheckConstraint("status <> 'running' or started_at is not null", name="running_has_a_start"),
        CheckConstraint("status not in ('done', 'undone') or finished_at is not null", name="done_has_an_end"),
        CheckConstraint("(status = 'undone') = (undone_at is not null)", name="undone_has_a_time"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        Index("ix_import_batches_recent", "account_id", text("created_at desc"), text("id desc")),
        Index("ix_import_batches_sha256", "account_id", "sha256"),
        Index(
            "ix_import_batches_open",
            "account_id",
            "status",
            postgresql_where=text("status in ('uploaded', 'mapped', 'previewed', 'running', 'undoing')"),
        ),
    )

    kind: Mapped[ImportKind] = choice(ImportKind)
    """What the file brings in."""
    status: Mapped[ImportStatus] = choice(ImportStatus, ImportStatus.UPLOADED)
    """Where it stands."""
    source_format: Mapped[str | None]
    """Format recognised by its headers, such as hubspot_deals; NULL where mapped by hand."""
    source: Mapped[str] = mapped_column(server_default=text("'file'"), info={"check": "{c} ~ '^[a-z][a-z0-9_]*$'"})
    """System the ids in the file belong to; external_refs are kept under it."""
    file_name: Mapped[str] = mapped_column(info={"check": "length({c}) between 1 and 255"})
    """As uploaded."""
    file_type: Mapped[ImportFileType] = choice(ImportFileType, ImportFileType.CSV)
    """How it is written, found in the bytes."""
    size_bytes: Mapped[int]
    """Bytes, at most 25 MB."""
    sha256: Mapped[Digest]
    """Checksum of the file; the same file again is pointed out."""
    encoding: Mapped[str | None]
    """Character encoding found; NULL for spreadsheets."""
    delimiter: Mapped[str | None] = mapped_column(info={"check": "length({c}) = 1"})
    """Separator found; NULL for spreadsheets and JSON."""
    sheet: Mapped[str | None]
    """Sheet that was read; NULL for files without sheets."""
    header_row: Mapped[Positive] = mapped_column(server_default=text("1"))
    """Line of the headers, from 1."""
    columns: Mapped[JsonList]
    """Headers as they stand in the file, by position; names may repeat."""
    mapping_id: Mapped[int | None] = ref("import_mappings", on_delete="SET NULL")
    """→ import_mappings: the saved mapping it started from."""
    mapping: Mapped[JsonObject]
    """Column position → field, as used."""
    value_map: Mapped[JsonObject]
    """Field → value in the file → value here, as used."""
    options: Mapped[JsonObject]
    """Date order, decimal mark, zone, currency, what may be created, as used."""
    event_id: Mapped[int | None] = ref("events")
    """→ events: into which event; NULL for kinds that belong to none."""
    parent_id: Mapped[int | None] = ref("import_batches", on_delete="SET NULL")
    """→ import_batches: the run whose rejected or conflicting lines this one repeats."""
    rows_total: Mapped[Count] = mapped_column(server_default=text("0"))
    """Lines in the file, headers and blank ones aside."""
    progress_rows: Mapped[Count] = mapped_column(server_default=text("0"))
    """Lines worked off so far, in the phase that runs now."""
    created_count: Mapped[Count] = mapped_column(server_default=text("0"))
    """Lines that made a new record."""
    updated_count: Mapped[Count] = mapped_column(server_default=text("0"))
    """Lines that changed a record."""
    skipped_count: Mapped[Count] = mapped_column(server_default=text("0"))
    """Lines without anything new, or left out on purpose."""
    rejected_count: Mapped[Count] = mapped_column(server_default=text("0"))
    """Lines with an error."""
    conflict_count: Mapped[Count] = mapped_column(server_default=text("0"))
    """Lines that disagree with an edit made here since the last import."""
    started_at: Mapped[dt.datetime | None]
    """When writing began."""
    finished_at: Mapped[dt.datetime | None]
    """When writing ended, well or not."""
    error: Mapped[str | None]
    """Why the whole file failed, in words for the person."""
    job_id: Mapped[int | None]
    """Job that works on it now (procrastinate)."""
    before_expires_at: Mapped[dt.datetime | None]
    """Until when it can be undone; a job then empties the before-images."""
    undone_at: Mapped[dt.datetime | None]
    """When it was undone; NULL while it stands."""
    undone_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who undid it."""
    undo_counts: Mapped[JsonObject]
    """Lines by what the undo did with them."""


class ImportFile(TenantTable):
    """The bytes of an uploaded import file, kept until the import can no longer be undone."""

    __domain__ = "operations"
    __tablename__ = "import_files"
    __audit__ = False
    __secret__ = ("content",)
    __table_args__ = (
        UniqueConstraint("account_id", "batch_id"),
        CheckConstraint("octet_length(content) <= 26214400", name="size_within_limit"),
        Index("ix_import_files_expires_at", "account_id", "expires_at"),
    )

    batch_id: Mapped[int] = ref("import_batches", on_delete="CASCADE")
    """→ import_batches: the import it belongs to."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """The file as uploaded."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was uploaded."""
    expires_at: Mapped[dt.datetime] = mapped_column(server_default=text("now() + interval '30 days'"))
    """From when a job removes it."""


class ImportRow(TenantTable):
    """One line of an imported file: as read, as understood, what was done, and what was there before."""

    __domain__ = "operations"
    __tablename__ = "import_rows"
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "batch_id", "row_no"),
        CheckConstraint("(entity is null) = (entity_id is null)", name="entity_with_id"),
        CheckConstraint("verdict <> 'reject' or errors <> '[]'::jsonb", name="reject_has_errors"),
        CheckConstraint("before is null or before_expires_at is not null", name="before_expires"),
        Index("ix_import_rows_verdict", "account_id", "batch_id", "verdict", "row_no"),
        Index(
            "ix_import_rows_entity",
            "account_id",
            "entity",
            "entity_id",
            postgresql_where=text("entity_id is not null"),
        ),
        Index(
            "ix_import_rows_expiring",
            "account_id",
            "before_expires_at",
            postgresql_where=text("before is not null"),
        ),
    )

    batch_id: Mapped[int] = ref("import_batches", on_delete="CASCADE")
    """→ import_batches: the import it belongs to."""
    row_no: Mapped[Positive]
    """Line in the file as a spreadsheet counts it, headers included."""
    raw: Mapped[JsonList]
    """Cells as read, by column position."""
    parsed: Mapped[JsonObject]
    """Field → value as understood."""
    verdict: Mapped[ImportVerdict] = choice(ImportVerdict, ImportVerdict.PENDING)
    """What is, or was, done with it; the preview writes it before the run."""
    errors: Mapped[JsonList]
    """Objects with column, value and reason; also warnings, with level."""
    conflicts: Mapped[JsonList]
    """Objects with field, here, file and last_imported, where both sides changed."""
    entity: Mapped[EntityName | None]
    """Table of the main record."""
    entity_id: Mapped[int | None]
    """Id of the main record; no foreign key, since the line outlives it."""
    entity_version: Mapped[int | None]
    """Version of the main record right after the import: a higher one means that it was edited since."""
    before: Mapped[OptionalObject | None]
    """The main record's changed columns as they were; NULL where it was created, expired or erased."""
    effects: Mapped[JsonList]
    """Further rows it made or changed, in order: objects with entity, id, action, version and before."""
    before_expires_at: Mapped[dt.datetime | None]
    """From when a job empties raw, parsed, conflicts, before and the values in errors and effects."""
    undo: Mapped[UndoVerdict | None] = choice(UndoVerdict)
    """What the undo did with it; NULL while the import stands."""
    undo_reason: Mapped[str | None]
    """Why it could not be undone, in words for the person."""


class ExternalRef(TenantTable, Timestamped):
    """Which record here is which record in another system: how imports and integrations find it again."""

    __domain__ = "operations"
    __tablename__ = "external_refs"
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "entity", "source", "external_id", name="uq_external_refs_external"),
        Index("ix_external_refs_entity", "account_id", "entity", "entity_id"),
    )

    entity: Mapped[EntityName]
    """Table of the record here."""
    source: Mapped[str] = mapped_column(info={"check": "{c} ~ '^[a-z][a-z0-9_]*$'"})
    """The other system, such as hubspot, pretix or the name of a house's own file."""
    external_id: Mapped[str] = mapped_column(info={"check": "length({c}) between 1 and 400"})
    """Its id there, as text."""
    entity_id: Mapped[int]
    """Id of the record here; no foreign key, since the table differs."""
    last_imported: Mapped[JsonObject]
    """Field → value as last imported: a field is written only where the file differs from it."""
    url: Mapped[WebAddress | None]
    """Its page in the other system."""
    batch_id: Mapped[int | None] = ref("import_batches", on_delete="SET NULL")
    """→ import_batches: the import that saw it last."""
    integration_id: Mapped[int | None] = ref("integrations", on_delete="SET NULL")
    """→ integrations: the connection that keeps it; NULL for files."""
    seen_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When the other system last named it."""
