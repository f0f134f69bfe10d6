"""The link to a file: what a person wants is registered, and asked for again when it is fetched."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, select

from eventos_core.db.registry import command, plain, restored
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import AuditAction, ExportFormat, RunStatus
from eventos_core.kernel import clock
from eventos_core.kernel.context import ActorKind
from eventos_core.kernel.errors import (
    Conflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
)
from eventos_core.kernel.ids import read_public_id
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import Export
from eventos_core.operations import audit
from eventos_core.operations.documents.registry import DOCUMENTS, Document
from eventos_core.operations.exports.registry import (
    EXCEL_ROWS,
    EXPORTABLES,
    LIST_TYPES,
    PACKAGES,
    ROWS,
    Exportable,
    Package,
)

LASTS = dt.timedelta(hours=24)
"""How long a link can be fetched."""
_MOST_COLUMNS = 60
TAKERS = frozenset({ActorKind.MEMBER, ActorKind.API_KEY})
"""Who takes files out, a person at a page or a key: what they asked for is theirs alone to fetch."""


@dataclass(frozen=True)
class RequestExport:
    """The list `kind` as `filters` narrow it, as CSV or Excel.

    `columns` are the page's columns, by name and in order, that the file is to hold; none = everything there is.
    """

    kind: str
    filters: Any
    format: ExportFormat = ExportFormat.CSV
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportLink:
    """What `/h/{house}/exports/{public_id}`, or for a key `/api/v1/exports/{public_id}`, gives until `expires_at`.

    `rows` as counted now; the query `operations.export` of `export_id` tells what became of it.
    """

    public_id: str
    title: str
    rows: int
    expires_at: dt.datetime
    export_id: int


@dataclass(frozen=True)
class FetchExport:
    """The export behind a link."""

    public_id: str


@dataclass(frozen=True)
class FetchedExport:
    """What the link stands for, allowed just now."""

    account_id: int
    public_id: str
    download: int
    """Which download of it this is, counted from 1."""
    kind: str
    title: str
    filters: Any
    """As stored: plain JSON."""
    format: ExportFormat
    rows: int | None
    """As counted when it was asked for, of a list just now."""
    columns: tuple[str, ...] = ()
    storage_key: str | None = None
    """Where a document lies that a job has made."""


@command(requires=Permission.EXPORTS_RUN, actors=TAKERS)
def request_export(db: TenantSession, cmd: RequestExport) -> ExportLink:
    """Register a list to be fetched within 24 hours, by this member or key alone; audited as `export`.

    Needs what reading and exporting the list takes as well. Nothing is written to a store: the row is `queued` until
    its first download begins. Raises PermissionDenied, and
    InvalidInput for an unknown list or format, and for more rows than a file takes.
    """
    kind = EXPORTABLES.get(cmd.kind)
    if kind is None or not isinstance(cmd.filters, kind.filter_type):
        raise InvalidInput("There is no such list to export.", hint="Export it from its page.")
    if cmd.format not in LIST_TYPES:
        raise InvalidInput(f"Lists are not written as {cmd.format.label}.", hint="Choose CSV or Excel.")
    check(db, kind)
    rows = _counted(db, kind, cmd.filters, cmd.format)
    title = kind.titled(db, cmd.filters)
    columns = _names(cmd.columns)
    made = Export(
        public_id=uuid.uuid4(),
        member_id=db.context.member_id,
        api_key_id=db.context.key_id,
        query=kind.key,
        permission=kind.permission.value,
        title=title,
        filters=plain(cmd.filters),
        columns=columns,
        format=cmd.format,
        rows=rows,
        expires_at=clock.now() + LASTS,
    )
    db.add(made)
    db.flush()
    note(db, AuditAction.EXPORT, made)
    return ExportLink(str(made.public_id), title, rows, made.expires_at, made.id)


def offer_package(db: TenantSession, kind: Package, filters: Any, *, rows: int) -> Export:
    """Register a package to be fetched within 24 hours, by who asks alone; audited as `export` without its filters.

    For commands of domains. Raises PermissionDenied.
    """
    check(db, kind)
    made = Export(
        public_id=uuid.uuid4(),
        member_id=db.context.member_id,
        api_key_id=db.context.key_id,
        query=kind.key,
        permission=kind.permission.value,
        title=kind.title,
        filters=plain(filters),
        format=ExportFormat.ZIP,
        rows=rows,
        expires_at=clock.now() + LASTS,
    )
    db.add(made)
    db.flush()
    audit.note(db, AuditAction.EXPORT.value, "exports", made.id, {"title": made.title, "format": "zip", "rows": rows})
    return made


@command(requires=Permission.EXPORTS_RUN, actors=TAKERS)
def fetch_export(db: TenantSession, cmd: FetchExport) -> FetchedExport:
    """Check a link and note that a download begins, audited as `download`.

    Raises NotFound for a link that is not this member's or key's or has expired, PermissionDenied where the right to
    the list is gone, InvalidInput where it has meanwhile more rows than a file takes, Conflict for a document that is
    still being made or could not be.
    """
    row = db.scalars(
        select(Export)
        .where(
            Export.account_id == db.context.account_id,
            Export.public_id == read_public_id(cmd.public_id),
            own(db),
        )
        .with_for_update()
    ).one_or_none()
    kind = _kind(row.query) if row is not None else None
    if row is None or kind is None:
        raise NotFound("There is no such export for you.", hint="Open the list and export it again.")
    if row.expires_at <= clock.now():
        raise NotFound("This link to an export has expired.", hint="Open the list and export it again.")
    check(db, kind)
    if isinstance(kind, Exportable):
        row.rows = _counted(db, kind, restored(row.filters, kind.filter_type), row.format)
    elif row.job_id is not None:
        _check_made(row)
    row.downloads += 1
    if row.job_id is None:
        row.status, row.started_at, row.finished_at, row.error = RunStatus.RUNNING, clock.now(), None, None
    if isinstance(kind, Package):
        audit.note(db, AuditAction.DOWNLOAD.value, "exports", row.id, {"title": row.title, "format": "zip"})
    else:
        note(db, AuditAction.DOWNLOAD, row)
    return FetchedExport(
        row.account_id, str(row.public_id), row.downloads, kind.key, row.title, row.filters, row.format, row.rows,
        tuple(row.columns), row.storage_key,
    )  # fmt: skip


def check(db: TenantSession, kind: Exportable | Document | Package) -> None:
    """Raises PermissionDenied for who may not read what is to leave the house."""
    for needed in kind.permissions:
        if not db.context.can(needed):
            raise PermissionDenied(
                f"You may not take this out of the house: {kind.title}.",
                hint="Ask an owner or admin of the house for it.",
                permission=needed.value,
                action="export",
            )


def own(db: TenantSession) -> ColumnElement[bool]:
    """What this member or key asked for; nothing for any other actor."""
    context = db.context
    if context.member_id is not None:
        return Export.member_id == context.member_id
    return Export.api_key_id == context.key_id if context.key_id is not None else false()


def note(db: TenantSession, action: AuditAction, row: Export) -> None:
    """Write into the audit that something leaves the house."""
    used = {name: value for name, value in row.filters.items() if value not in (None, "", [], False)}
    details = {"title": row.title, "format": row.format.value, "rows": row.rows, "filter": used}
    audit.note(db, action.value, "exports", row.id, details)


def _names(given: Sequence[str]) -> list[str]:
    if len(given) > _MOST_COLUMNS or any(not 1 <= len(name) <= 80 for name in given):
        raise InvalidInput("These columns cannot be exported.", hint="Choose them anew on the page.")
    return list(dict.fromkeys(given))


def _kind(query: str) -> Exportable | Document | Package | None:
    return EXPORTABLES.get(query) or DOCUMENTS.get(query) or PACKAGES.get(query)


def _check_made(row: Export) -> None:
    if row.status is RunStatus.FAILED:
        raise Conflict("This document could not be made.", hint=row.error or "Ask for it again.")
    if row.status is not RunStatus.DONE:
        raise NotAllowedNow("This document is still being made.", hint="You are told when it is there.")


def _counted(db: TenantSession, kind: Exportable, wanted: Any, file_format: ExportFormat) -> int:
    limit = EXCEL_ROWS if file_format is ExportFormat.XLSX else ROWS
    rows = kind.count(db, wanted, limit + 1)
    if rows > limit:
        raise InvalidInput(
            f"The list has more than {limit:,} rows.",
            hint="Narrow it by its filters."
            if file_format is ExportFormat.CSV
            else f"Narrow it by its filters, or take CSV, which holds {ROWS:,}.",
        )
    return rows
