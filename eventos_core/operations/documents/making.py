"""Asking for a document, and the job that makes a long one."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from eventos_core.db.editing import get
from eventos_core.db.registry import command, plain, restored
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import AuditAction, ExportFormat, NoticeLevel, RunStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import EventOSError, InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import Export
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations import exports
from eventos_core.operations.documents.registry import DOCUMENTS
from eventos_core.operations.files import stores
from eventos_core.operations.jobs.defer import defer
from eventos_core.operations.jobs.registry import house_job
from eventos_core.operations.messages.notices import Notice, NoticeKind, notice_kind, notify

READY = notice_kind(NoticeKind("document.ready", "Documents", "A long document that you asked for is ready to fetch."))


@dataclass(frozen=True)
class RequestDocument:
    """The document `kind` about `given`."""

    kind: str
    given: Any
    format: ExportFormat = ExportFormat.PDF


@dataclass(frozen=True)
class DocumentLink:
    """What `/h/{house}/exports/{public_id}`, or for a key `/api/v1/exports/{public_id}`, gives until `expires_at`.

    At once, or when a job has made it: the query `operations.export` of `export_id` tells.
    """

    public_id: str
    title: str
    format: ExportFormat
    waiting: bool
    """Whether a job makes it; a person who asked is told when it is there."""
    expires_at: dt.datetime
    export_id: int


@command(requires=Permission.EXPORTS_RUN, actors=exports.TAKERS)
def request_document(db: TenantSession, cmd: RequestDocument) -> DocumentLink:
    """Register a document to be fetched within 24 hours, by this member or key alone; audited as `export`.

    Needs what reading it takes as well. A short one is written when it is fetched, a long one by a job. Raises
    PermissionDenied, NotFound for what it is about, InvalidInput for an unknown document or format.
    """
    kind = DOCUMENTS.get(cmd.kind)
    if kind is None or not isinstance(cmd.given, kind.given_type):
        raise InvalidInput("There is no such document.", hint="Ask for it on its page.")
    if cmd.format not in kind.write:
        raise InvalidInput(f"This is not written as {cmd.format.label}.", hint="Choose another format.")
    exports.check(db, kind)
    about = kind.of(db, cmd.given)
    made = Export(
        public_id=uuid.uuid4(), member_id=db.context.member_id, api_key_id=db.context.key_id, query=kind.key,
        permission=kind.permission.value, title=f"{kind.title}, {about}" if about else kind.title,
        filters=plain(cmd.given), format=cmd.format, expires_at=clock.now() + exports.LASTS,
    )  # fmt: skip
    db.add(made)
    db.flush()
    waiting = kind.long(db, cmd.given)
    if waiting:
        made.job_id = defer(db, "make_document", export_id=made.id)
    exports.note(db, AuditAction.EXPORT, made)
    return DocumentLink(str(made.public_id), made.title, made.format, waiting, made.expires_at, made.id)


@house_job("make_document", title="Make a document")
def make_document(db: TenantSession, export_id: int) -> None:
    """Write a long document into the store and tell who asked for it."""
    row = get(db, Export, export_id, lock=True, what="document")
    if row.status is RunStatus.DONE:
        return
    kind = DOCUMENTS[row.query]
    row.status, row.started_at = RunStatus.RUNNING, clock.now()
    try:
        exports.check(db, kind)
        content = kind.write[row.format](kind.read(db, restored(row.filters, kind.given_type)))
    except EventOSError as error:
        row.status, row.error, row.finished_at = RunStatus.FAILED, str(error), clock.now()
        _tell(db, row, f"{row.title} could not be made", str(error), NoticeLevel.WARNING)
        return
    key = stores.new_key(db.context.account_id)
    stores.current().put(key, content)
    row.status, row.finished_at, row.storage_key = RunStatus.DONE, clock.now(), key
    row.size_bytes, row.sha256 = len(content), hashlib.sha256(content).digest()
    _tell(db, row, f"{row.title} is ready", "", NoticeLevel.SUCCESS)


def _tell(db: TenantSession, row: Export, title: str, text: str, level: NoticeLevel) -> None:
    user_id = db.scalar(
        select(func.max(AccountUser.user_id)).where(
            AccountUser.account_id == db.context.account_id, AccountUser.id == row.member_id
        )
    )
    if user_id is None:
        return
    link = f"/h/{db.context.account_slug}/exports/{row.public_id}" if row.status is RunStatus.DONE else None
    notify(db, user_id, Notice(READY.key, title[:200], text, link, level, dedupe=f"document:{row.id}"))
