"""What goes along with e-mail: stored files and documents, named when a message is written, made when it is sent.

A document is known by its key in the registry of documents; it is read in the transaction in which its letter is made
ready, and written after it, so that layout holds no connection.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select

from eventos_core.db.registry import plain, restored
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import AssetScan, AssetStorage, AssetVisibility, ExportFormat, MessageChannel
from eventos_core.kernel.errors import EventOSError, InvalidInput, TemporarilyUnavailable
from eventos_core.kernel.ids import slugify
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import MediaAsset, NotificationTemplate, QueuedMessage
from eventos_core.operations.documents.registry import DOCUMENTS, MEDIA_TYPES
from eventos_core.operations.files import stores
from eventos_core.operations.files.limits import size
from eventos_core.operations.messages.senders.base import Attached, Deferred, Letter, Refused

MOST_BYTES = 10 * 1024**2
"""All files of one e-mail together: many servers refuse more, since it grows by a third on its way."""
MOST_FILES = 10
_ASSET = "asset:"


@dataclass(frozen=True)
class Enclosed:
    """A document of the registry that goes along, by key; `given` says by ids what it is about."""

    document: str
    given: Any
    format: ExportFormat = ExportFormat.PDF


def check(
    db: TenantSession, asset_ids: Sequence[int], channel: MessageChannel, *, field: str = "attachments"
) -> list[int]:
    """The stored files to attach, each once. Raises InvalidInput for what cannot go along. At most one query."""
    wanted = list(dict.fromkeys(asset_ids))
    if not wanted:
        return []
    if channel is not MessageChannel.EMAIL:
        raise InvalidInput("Only e-mail carries files.", fields={field: "Leave it empty, or choose e-mail"})
    if len(wanted) > MOST_FILES:
        raise InvalidInput("These are too many files.", fields={field: f"At most {MOST_FILES}"})
    found = db.execute(
        select(MediaAsset.id, MediaAsset.size_bytes, MediaAsset.visibility).where(
            MediaAsset.account_id == db.context.account_id,
            MediaAsset.id.in_(wanted),
            MediaAsset.archived_at.is_(None),
            MediaAsset.scan != AssetScan.REFUSED,
            MediaAsset.bytes_deleted_at.is_(None),
        )
    ).all()
    may = db.context.can(Permission.PROMOTE_WRITE)
    if len(found) < len(wanted) or any(row.visibility is AssetVisibility.RESTRICTED and not may for row in found):
        raise InvalidInput("A file is not there any more.", fields={field: "Choose files of the library"})
    total = sum(row.size_bytes for row in found)
    if total > MOST_BYTES:
        raise InvalidInput(
            f"The files have {size(total)} together.", fields={field: f"At most {size(MOST_BYTES)} together"}
        )
    return wanted


def keys(asset_ids: Sequence[int]) -> list[str]:
    """As templates keep them."""
    return [f"{_ASSET}{asset_id}" for asset_id in asset_ids]


def ids(kept: Sequence[str]) -> tuple[int, ...]:
    """The stored files among what a template attaches."""
    return tuple(int(key.removeprefix(_ASSET)) for key in kept if key.startswith(_ASSET))


def check_papers(
    db: TenantSession, wanted: Sequence[str], channel: MessageChannel, *, field: str = "documents"
) -> list[str]:
    """The documents that a template takes along, by key, each once. Raises InvalidInput for what cannot go along."""
    keys_ = list(dict.fromkeys(wanted))
    if keys_ and channel is not MessageChannel.EMAIL:
        raise InvalidInput("Only e-mail carries documents.", fields={field: "Leave it empty, or choose e-mail"})
    if not set(keys_) <= papers(db).keys():
        raise InvalidInput("There is no such document to send.", fields={field: "Choose from the list"})
    return keys_


def papers(db: TenantSession) -> dict[str, str]:
    """Key → title of the documents that can go along with mail about an event, of those that the reader may read."""
    return {
        key: one.title for key, one in DOCUMENTS.items() if one.mailed is not None and db.context.can(one.permission)
    }


def check_enclosed(enclosed: Sequence[Enclosed], channel: MessageChannel) -> list[dict[str, Any]]:
    """The documents of one message as the outbox keeps them. Raises InvalidInput for what cannot go along."""
    if enclosed and channel is not MessageChannel.EMAIL:
        raise InvalidInput("Only e-mail carries documents.", fields={"documents": "Leave it empty, or choose e-mail"})
    for one in enclosed:
        kind = DOCUMENTS.get(one.document)
        if kind is None or one.format not in kind.write or not isinstance(one.given, kind.given_type):
            raise InvalidInput("There is no such document.", fields={"documents": "Choose from the list"})
    return [{"document": one.document, "format": one.format.value, "given": plain(one.given)} for one in enclosed]


def made(kept: Sequence[str]) -> tuple[str, ...]:
    """The keys of documents among what a template attaches; they are about the event of its message."""
    return tuple(key for key in kept if not key.startswith(_ASSET))


def about_event(db: TenantSession, wanted: Sequence[str], event_id: int | None) -> tuple[Enclosed, ...]:
    """A template's documents for one message about an event. Raises InvalidInput without one."""
    keys_ = check_papers(db, wanted, MessageChannel.EMAIL)
    if not keys_:
        return ()
    if event_id is None:
        raise InvalidInput("The documents need an event.", fields={"event_id": "Choose one"})
    found = ((key, DOCUMENTS[key].mailed) for key in keys_)
    return tuple(Enclosed(key, mailed(event_id)) for key, mailed in found if mailed is not None)


def of(db: TenantSession, row: QueuedMessage) -> tuple[Attached, ...]:
    """What goes along with a message: its template's and its own, files without their bytes, documents read but not
    yet written. At most two queries, and those that read a document.

    Raises InvalidInput where one is gone: a letter without what it promises is worse than none.
    """
    kept: Sequence[str] = ()
    if row.template_id is not None:
        kept = db.scalar(
            select(NotificationTemplate.attachments).where(
                NotificationTemplate.account_id == row.account_id, NotificationTemplate.id == row.template_id
            )
        ) or ()  # fmt: skip
    files = _files(db, [*ids(kept), *(int(one["asset_id"]) for one in row.attachments if "asset_id" in one)])
    enclosed = [_of_event(key, row.event_id) for key in made(kept)]
    enclosed += [
        Enclosed(one["document"], one["given"], ExportFormat(one["format"]))
        for one in row.attachments
        if "document" in one
    ]
    return (*files, *(_read(db, one) for one in enclosed))


def _of_event(key: str, event_id: int | None) -> Enclosed:
    kind = DOCUMENTS.get(key)
    if kind is None or kind.mailed is None or event_id is None:
        raise InvalidInput(f"The document {key} that goes along cannot be made.", hint="Take it off the template.")
    return Enclosed(key, plain(kind.mailed(event_id)))


def _read(db: TenantSession, one: Enclosed) -> Attached:
    kind = DOCUMENTS.get(one.document)
    if kind is None or one.format not in kind.write:
        raise InvalidInput(f"The document {one.document} that goes along is made no more.")
    given = restored(one.given, kind.given_type)
    try:
        found, about = kind.read(db, given), kind.of(db, given)
    except EventOSError as error:
        raise InvalidInput(f"{kind.title} that goes along cannot be made: {error.message}") from error
    name = slugify(f"{kind.title} {about}", limit=80) or "document"
    media_type = MEDIA_TYPES[one.format] if kind.media_type is None else kind.media_type(found)
    return Attached(f"{name}.{one.format.value}", media_type, write=partial(kind.write[one.format], found))


def _files(db: TenantSession, asset_ids: Sequence[int]) -> list[Attached]:
    wanted = list(dict.fromkeys(asset_ids))
    if not wanted:
        return []
    rows = {
        asset.id: asset
        for asset in db.scalars(
            select(MediaAsset).where(
                MediaAsset.account_id == db.context.account_id,
                MediaAsset.id.in_(wanted),
                MediaAsset.scan != AssetScan.REFUSED,
                MediaAsset.bytes_deleted_at.is_(None),
            )
        )
    }
    if len(rows) < len(wanted):
        raise InvalidInput("A file that goes along is not there any more.", hint="Attach another one.")
    return [
        Attached(
            rows[one].file_name, rows[one].content_type, storage=rows[one].storage.value, key=rows[one].storage_key
        )
        for one in wanted
    ]


def loaded(letter: Letter) -> Letter:
    """The letter with the bytes of what goes along; called outside any transaction. Raises Deferred, Refused."""
    if not letter.attachments:
        return letter
    files = []
    for file in letter.attachments:
        if file.write is not None:
            files.append(dataclasses.replace(file, content=file.write()))
            continue
        try:
            content = b"".join(stores.of(AssetStorage(file.storage)).read(file.key, 0, None))
        except stores.FileMissing as error:
            raise Refused(f"The file {file.name} that goes along is missing.") from error
        except TemporarilyUnavailable as error:
            raise Deferred(f"The file {file.name} that goes along cannot be read now.") from error
        files.append(dataclasses.replace(file, content=content))
    total = sum(len(file.content) for file in files)
    if total > MOST_BYTES:
        raise Refused(f"What goes along has {size(total)}, and an e-mail carries {size(MOST_BYTES)}.")
    return dataclasses.replace(letter, attachments=tuple(files))
