"""What the lists of this layer add to registries: messages, wordings, media, imports, jobs as files; media as trash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import func

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import (
    EndpointStatus,
    ImportKind,
    ImportStatus,
    MessageCategory,
    MessageChannel,
    QueueStatus,
    RunStatus,
    SuppressionReason,
    SuppressionScope,
    UsageRights,
)
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import MediaAsset
from eventos_core.operations.exports import Column, Exportable, column, exportable, instant, label, words
from eventos_core.operations.files import commands as media
from eventos_core.operations.files import queries as files
from eventos_core.operations.files.queries import MediaFilter
from eventos_core.operations.imports import queries as imports
from eventos_core.operations.imports.queries import ImportFilter
from eventos_core.operations.jobs import queries as jobs
from eventos_core.operations.jobs import registry, schedules
from eventos_core.operations.jobs.queries import JobFilter
from eventos_core.operations.lists import Cursor, PageOf, paged
from eventos_core.operations.messages import queries as messages
from eventos_core.operations.messages.queries import MessageFilter, SuppressionFilter
from eventos_core.operations.trash import Binned, binned
from eventos_core.operations.webhooks import queries as webhooks


@dataclass(frozen=True)
class Everything:
    """A short list without filters."""


def whole(read: Callable[[TenantSession, Any], pd.DataFrame]) -> dict[str, Any]:
    """`rows` and `count` of a short list that one query reads whole."""

    def rows(db: TenantSession, wanted: Any, cursor: str | None, size: int) -> PageOf:
        return PageOf(read(db, wanted), None, None)

    def count(db: TenantSession, wanted: Any, limit: int) -> int:
        return min(len(read(db, wanted)), limit)

    return {"rows": rows, "count": count}


def _message_columns(db: TenantSession, wanted: MessageFilter) -> Sequence[Column]:
    return (
        column("Id", "id"),
        instant("Made", "created_at"),
        column("Message", "what"),
        column("Subject", "subject"),
        column("To", "recipient"),
        column("Address", "address"),
        label("Channel", "channel", MessageChannel),
        label("Status", "status", QueueStatus),
        instant("Planned", "send_at"),
        instant("Sent", "sent_at"),
        column("Tries", "attempts"),
        column("Reason", "reason"),
        column("Event", "event"),
    )


def _template_columns(db: TenantSession, wanted: Everything) -> Sequence[Column]:
    return (
        column("Id", "id"),
        column("Template", "name"),
        column("Key", "key"),
        label("Channel", "channel", MessageChannel),
        column("Language", "locale"),
        label("Kind", "category", MessageCategory),
        column("Subject", "subject"),
        column("Revision", "revision", shown="state"),
        instant("Since", "changed_at"),
        column("By", "changed_by"),
    )


def _suppression_columns(db: TenantSession, wanted: SuppressionFilter) -> Sequence[Column]:
    return (
        column("Id", "id"),
        column("Address", "address"),
        column("Contact", "contact"),
        label("Channel", "channel", MessageChannel),
        label("Gets no", "scope", SuppressionScope),
        label("Because", "reason", SuppressionReason),
        instant("Since", "created_at"),
    )


def _media_columns(db: TenantSession, wanted: MediaFilter) -> Sequence[Column]:
    return (
        column("Id", "id"),
        column("Title", "title"),
        column("File", "file_name"),
        column("Type", "content_type"),
        column("Bytes", "size_bytes"),
        column("Width", "width"),
        column("Height", "height"),
        column("Description", "alt_text"),
        column("Event", "event"),
        label("Rights", "usage_rights", UsageRights),
        column("Rights until", "rights_until"),
        column("Credit", "credit"),
        column("Version", "version_no"),
        instant("Added", "created_at"),
    )


def _import_columns(db: TenantSession, wanted: ImportFilter) -> Sequence[Column]:
    return (
        column("Id", "id"),
        instant("Uploaded", "created_at"),
        column("By", "by"),
        column("File", "file_name"),
        column("Format", "format"),
        label("What", "kind", ImportKind),
        label("Status", "status", ImportStatus, shown="state"),
        column("Rows", "rows"),
        column("New", "created"),
        column("Changed", "updated"),
        column("Left out", "skipped"),
        column("Refused", "rejected"),
        column("Conflicts", "conflicts"),
        instant("Finished", "finished_at"),
        instant("Can be undone until", "undo_until"),
        column("Error", "error"),
    )


def _jobs(db: TenantSession, wanted: JobFilter, cursor: str | None, size: int) -> PageOf:
    place = Cursor.decode(cursor)
    found = jobs.house_jobs(db, wanted, limit=size + 1, before=place.values[0] if place else None)
    return paged(found, ("id",), place, size=size)


def _job_columns(db: TenantSession, wanted: JobFilter) -> Sequence[Column]:
    return (
        column("Id", "id"),
        words("Job", "task", registry.title_of, shown="about"),
        words("Status", "status", registry.state_of, shown="state"),
        column("Attempts", "attempts"),
        instant("Queued", "queued_at"),
        instant("Planned", "scheduled_at"),
        instant("Ended", "ended_at"),
        column("Reason", "error"),
    )


def _schedule_columns(db: TenantSession, wanted: Everything) -> Sequence[Column]:
    return (
        column("Id", "id"),
        column("Job", "name"),
        column("Schedule", "schedule", shown="said"),
        column("Time zone", "timezone", shown="said"),
        column("Runs by itself", "enabled", shown="result"),
        instant("Next", "next_run_at"),
        instant("Last", "last_run_at"),
        label("Result", "last_status", RunStatus, shown="result"),
        column("Reason", "last_error"),
    )


def _webhook_columns(db: TenantSession, wanted: Everything) -> Sequence[Column]:
    return (
        column("Id", "id"),
        column("Name", "name"),
        column("Address", "url"),
        column("Told of", "facts"),
        label("Status", "status", EndpointStatus),
        instant("Last taken", "last_success_at"),
        instant("Last refused", "last_failure_at"),
        column("Reason", "last_error"),
    )


def _restore_file(db: TenantSession, asset_id: int, version: int) -> None:
    media.restore_file(db, media.ArchiveFile(asset_id, version))


P = Permission
binned(
    Binned(
        MediaAsset, "File", P.PROMOTE_READ, P.PROMOTE_WRITE, "promote_media", "media",
        func.coalesce(MediaAsset.title, MediaAsset.file_name), MediaAsset.search_text.expression, _restore_file,
        "restore_file", icon="perm_media", context=MediaAsset.content_type.expression,
    )
)  # fmt: skip
exportable(
    Exportable(
        "messages", "Messages", P.PROMOTE_READ, MessageFilter,
        lambda db, wanted, cursor, size: messages.messages(db, wanted, cursor=cursor, size=size),
        messages.messages_counted, _message_columns, covers=("operations.messages",),
    )
)  # fmt: skip
exportable(
    Exportable(
        "templates", "Message templates", P.PROMOTE_READ, Everything,
        **whole(lambda db, _: messages.templates(db)), columns=_template_columns, covers=("operations.templates",),
    )
)  # fmt: skip
exportable(
    Exportable(
        "suppressions", "Addresses that get no more", P.PROMOTE_READ, SuppressionFilter,
        lambda db, wanted, cursor, size: messages.suppressions(db, wanted, cursor=cursor, size=size),
        messages.suppressions_counted, _suppression_columns, covers=("operations.suppressions",),
    )
)  # fmt: skip
exportable(
    Exportable(
        "media", "Media assets", P.PROMOTE_READ, MediaFilter,
        lambda db, wanted, cursor, size: files.media(db, wanted, cursor=cursor, size=size),
        files.media_counted, _media_columns, covers=("operations.media",),
    )
)  # fmt: skip
exportable(
    Exportable(
        "imports", "Imports", P.IMPORTS_RUN, ImportFilter,
        lambda db, wanted, cursor, size: imports.import_batches(db, wanted, cursor=cursor, size=size),
        imports.import_batches_counted, _import_columns, covers=("operations.import_batches",),
    )
)  # fmt: skip
exportable(
    Exportable(
        "jobs", "Jobs", P.JOBS_READ, JobFilter, _jobs, jobs.house_jobs_counted, _job_columns,
        covers=("operations.house_jobs",),
    )
)  # fmt: skip
exportable(
    Exportable(
        "webhooks", "Webhooks", P.INTEGRATIONS_MANAGE, Everything,
        **whole(lambda db, _: webhooks.webhook_endpoints(db)),
        columns=_webhook_columns, covers=("operations.webhook_endpoints",),
    )
)  # fmt: skip
exportable(
    Exportable(
        "schedules", "Schedules", P.JOBS_READ, Everything, **whole(lambda db, _: schedules.schedules(db)),
        columns=_schedule_columns, covers=("operations.schedules",),
    )
)  # fmt: skip
