"""Files that go along with e-mail: named when a message is written, read when it is sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import AssetScan, AssetStorage, AssetVisibility, MessageChannel
from eventos_core.kernel.errors import InvalidInput, NotFound, TemporarilyUnavailable
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import MediaAsset, NotificationTemplate, QueuedMessage
from eventos_core.operations.documents.registry import DOCUMENTS
from eventos_core.operations.files import stores
from eventos_core.operations.files.limits import size
from eventos_core.operations.messages.senders.base import Attached, Deferred, Letter, Refused

MOST_BYTES = 10 * 1024**2
"""All files of one e-mail together: many servers refuse more, since it grows by a third on its way."""
MOST_FILES = 10
_ASSET = "asset:"


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


def of(db: TenantSession, row: QueuedMessage) -> tuple[Attached, ...]:
    """What goes along with a message: its template's files and its own, without their bytes, and its documents, made.

    At most two queries besides the documents'. Raises InvalidInput where one is gone: a letter without what it
    promises is worse than none.
    """
    return (*_stored(db, row), *(_made(db, one) for one in row.attachments if "document" in one))


def _made(db: TenantSession, wanted: Mapping[str, str]) -> Attached:
    kind = DOCUMENTS.get(wanted["document"])
    if kind is None or kind.attach is None:
        raise InvalidInput("A document that goes along is not known any more.", hint="Write the message again.")
    try:
        made = kind.attach(db, wanted["key"])
    except NotFound as error:
        raise InvalidInput("What a document that goes along is about is gone.") from error
    return Attached(made.name, made.content_type, made.content)


def _stored(db: TenantSession, row: QueuedMessage) -> tuple[Attached, ...]:
    wanted = [int(one["asset_id"]) for one in row.attachments if "asset_id" in one]
    if row.template_id is not None:
        kept = db.scalar(
            select(NotificationTemplate.attachments).where(
                NotificationTemplate.account_id == row.account_id, NotificationTemplate.id == row.template_id
            )
        )
        wanted = [*ids(kept or ()), *wanted]
    wanted = list(dict.fromkeys(wanted))
    if not wanted:
        return ()
    rows = {
        asset.id: asset
        for asset in db.scalars(
            select(MediaAsset).where(
                MediaAsset.account_id == row.account_id,
                MediaAsset.id.in_(wanted),
                MediaAsset.scan != AssetScan.REFUSED,
                MediaAsset.bytes_deleted_at.is_(None),
            )
        )
    }
    if len(rows) < len(wanted):
        raise InvalidInput("A file that goes along is not there any more.", hint="Attach another one.")
    return tuple(
        Attached(
            rows[one].file_name, rows[one].content_type, storage=rows[one].storage.value, key=rows[one].storage_key
        )
        for one in wanted
    )  # fmt: skip


def loaded(letter: Letter) -> Letter:
    """The letter with the bytes of its files; called outside any transaction. Raises Deferred, Refused."""
    if not letter.attachments:
        return letter
    files = []
    for file in letter.attachments:
        if not file.storage:
            files.append(file)
            continue
        try:
            content = b"".join(stores.of(AssetStorage(file.storage)).read(file.key, 0, None))
        except stores.FileMissing as error:
            raise Refused(f"The file {file.name} that goes along is missing.") from error
        except TemporarilyUnavailable as error:
            raise Deferred(f"The file {file.name} that goes along cannot be read now.") from error
        files.append(dataclasses.replace(file, content=content))
    return dataclasses.replace(letter, attachments=tuple(files))
