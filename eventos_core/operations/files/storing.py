"""Checking a file and storing it with its row, inside a command of any domain."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import AssetScan
from eventos_core.kernel.errors import FileRefused
from eventos_core.models.operations import MediaAsset, MediaAssetVersion
from eventos_core.operations.files import kinds, limits, pictures, stores
from eventos_core.operations.files.kinds import Kind


@dataclass(frozen=True)
class Checked:
    """A file that is taken: what it is, and its bytes."""

    name: str
    kind: Kind
    content: bytes
    sha256: bytes
    width: int | None
    height: int | None


def check(file_name: str, content: bytes) -> Checked:
    """What the file is, by its bytes. Raises FileRefused."""
    kind = kinds.recognise(file_name, content)
    width = height = None
    if pictures.is_readable(kind.content_type):
        width, height = pictures.measure(content, kind.content_type)
    return Checked(kinds.clean_name(file_name), kind, content, hashlib.sha256(content).digest(), width, height)


def keep(db: TenantSession, file: Checked, **values: Any) -> MediaAsset:
    """Store the bytes, then add the row with `values` and its first version; returns the flushed row.

    Raises FileRefused when the house's files would take more than its quota, TemporarilyUnavailable when the store
    does not answer. If the transaction rolls back, upkeep removes the bytes.
    """
    row = MediaAsset(uploaded_by=db.context.member_id, version_no=1, **_stored(db, file), **values)
    db.add(row)
    db.flush()
    _note_version(db, row, None)
    db.refresh(row)
    return row


def replace(db: TenantSession, row: MediaAsset, file: Checked, note: str | None) -> None:
    """Store the bytes as the next version of the locked row; earlier ones stay. Raises as `keep`."""
    for name, value in _stored(db, file).items():
        setattr(row, name, value)
    row.version_no += 1
    db.flush()
    _note_version(db, row, note)
    db.refresh(row)


def used_bytes(db: TenantSession) -> int:
    """What all versions of the house's files take."""
    total = select(func.coalesce(func.sum(MediaAssetVersion.size_bytes), 0)).where(
        MediaAssetVersion.account_id == db.context.account_id
    )
    return int(db.scalar(total) or 0)


def _stored(db: TenantSession, file: Checked) -> dict[str, Any]:
    _check_room(db, len(file.content))
    store = stores.current()
    key = stores.new_key(db.context.account_id)
    store.put(key, file.content)
    # What is refused only now leaves bytes without a row, which upkeep removes.
    _queue(db)
    _check_room(db, len(file.content))
    return {
        "file_name": file.name,
        "content_type": file.kind.content_type,
        "size_bytes": len(file.content),
        "sha256": file.sha256,
        "storage": store.kind,
        "storage_key": key,
        "scan": AssetScan.CLEAN,
        "width": file.width,
        "height": file.height,
    }


def _queue(db: TenantSession) -> None:
    """Wait for whoever stores a file of this house and has not committed: each would see room for itself.

    Called once the bytes are stored, so that nobody waits for another's upload.
    """
    db.execute(
        text("select pg_advisory_xact_lock(hashtextextended('files:' || cast(:a as text), 0))"),
        {"a": db.context.account_id},
    )


def _check_room(db: TenantSession, more: int) -> None:
    quota = limits.quota_bytes()
    if used_bytes(db) + more > quota:
        raise FileRefused(
            f"The house's files would take more than {limits.size(quota)}.",
            hint="Ask your operator for more room.",
        )


def _note_version(db: TenantSession, row: MediaAsset, note: str | None) -> None:
    db.add(
        MediaAssetVersion(
            asset_id=row.id,
            version_no=row.version_no,
            file_name=row.file_name,
            content_type=row.content_type,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            storage=row.storage,
            storage_key=row.storage_key,
            note=note,
        )
    )
    db.flush()
