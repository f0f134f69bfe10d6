"""Fetching a stored file: who may, which bytes, and what is noted about it. Used by the file route."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Exists, and_, select, text

from eventos_core.db.engine import app_engine
from eventos_core.db.registry import query, read
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import AssetScan, AssetStorage, AssetVisibility, UsageRights
from eventos_core.kernel import clock, ids
from eventos_core.kernel.credentials import KeyCredential, MemberCredential
from eventos_core.kernel.errors import FileRefused, NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import MediaAsset, MediaAssetVersion
from eventos_core.operations.files import kinds, pictures, stores

log = logging.getLogger(__name__)
Fetcher = MemberCredential | KeyCredential
"""Who fetches files by their links."""
_FREE = (UsageRights.PROMOTION, UsageRights.UNLIMITED)
_openers: list[tuple[Permission, Callable[[int, int], Exists]]] = []


def opens_restricted(
    requires: Permission,
) -> Callable[[Callable[[int, int], Exists]], Callable[[int, int], Exists]]:
    """Register `(account_id, asset_id) -> exists(…)`: who holds `requires` may fetch restricted files used there."""

    def register(used: Callable[[int, int], Exists]) -> Callable[[int, int], Exists]:
        _openers.append((requires, used))
        return used

    return register


@dataclass(frozen=True)
class FileFound:
    """One version of a file that this actor may fetch."""

    asset_id: int
    version_no: int
    name: str
    content_type: str
    size: int
    sha256: str
    storage: AssetStorage
    storage_key: str
    noted: bool
    """Whether its rights demand that fetching it is audited."""

    @property
    def inline(self) -> bool:
        """Whether a browser may show it in its window."""
        return kinds.may_show(self.content_type)

    def pieces(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes. Raises FileMissing before the first one."""
        return stores.of(self.storage).read(self.storage_key, start, length)


@query(requires=Permission.HOUSE_READ)
def stored_file(db: TenantSession, public_id: str, version_no: int | None = None) -> FileFound:
    """The file behind a link, its current version or an earlier one, if this actor may fetch it. Raises NotFound.

    A restricted file is for who brought it, for whom may change the library, and for readers of a record that it
    belongs to.
    """
    account = db.context.account_id
    found = db.execute(
        select(MediaAsset, MediaAssetVersion)
        .join(
            MediaAssetVersion,
            and_(
                MediaAssetVersion.account_id == MediaAsset.account_id,
                MediaAssetVersion.asset_id == MediaAsset.id,
                MediaAssetVersion.version_no == (MediaAsset.version_no if version_no is None else version_no),
            ),
        )
        .where(
            MediaAsset.account_id == account,
            MediaAsset.public_id == ids.read_public_id(public_id),
            MediaAsset.scan != AssetScan.REFUSED,
            MediaAsset.bytes_deleted_at.is_(None),
        )
    ).one_or_none()
    if found is None or not _may_fetch(db, found[0]):
        raise NotFound("There is no such file for you.", hint="Ask whoever gave you the link.")
    asset, version = found
    return FileFound(
        asset.id, version.version_no, version.file_name, version.content_type, version.size_bytes,
        version.sha256.hex(), version.storage, version.storage_key,
        _is_limited(asset, clock.now().astimezone(db.context.zone).date()),
    )  # fmt: skip


def fetch(credential: Fetcher, public_id: str, version_no: int | None = None) -> FileFound:
    """`stored_file` in a transaction of its own."""
    return read(credential, stored_file, public_id, version_no)


def thumbnail(file: FileFound) -> bytes:
    """A small WebP copy, made at the first request and stored beside the file. Raises NotFound if none can be made."""
    if not pictures.is_readable(file.content_type):
        raise NotFound("There is no small copy of this file.")
    store = stores.of(file.storage)
    key = file.storage_key + stores.THUMBNAIL
    try:
        return b"".join(store.read(key))
    except stores.FileMissing:
        pass
    try:
        made = pictures.thumbnail(b"".join(file.pieces()), file.content_type)
    except FileRefused as error:
        raise NotFound("There is no small copy of this file: the picture is damaged.") from error
    store.put(key, made)
    return made


def note_download(credential: Fetcher, file: FileFound, request_id: str) -> None:
    """Audit that the file was fetched, in a transaction of its own: who may only read gets a read-only one."""
    details = {"file_name": file.name, "version": file.version_no, "bytes": file.size}
    if isinstance(credential, KeyCredential):
        kind, secret, house = "api_key", credential.key_hash, ""
    else:
        kind, secret, house = "member", credential.token_hash, credential.house
    with app_engine().begin() as connection:
        connection.execute(
            text("select app.audit_download(:k, :s, :h, :r, 'media_assets', :i, cast(:d as jsonb))"),
            {
                "k": kind, "s": secret, "h": house, "r": request_id, "i": str(file.asset_id), "d": json.dumps(details),
            },
        )  # fmt: skip


def _may_fetch(db: TenantSession, asset: MediaAsset) -> bool:
    if asset.visibility is not AssetVisibility.RESTRICTED:
        return True
    context = db.context
    if context.can(Permission.PROMOTE_WRITE) or (context.member_id and asset.uploaded_by == context.member_id):
        return True
    uses = [used(asset.account_id, asset.id) for permission, used in _openers if context.can(permission)]
    return any(db.scalar(select(one)) for one in uses)


def _is_limited(asset: MediaAsset, today: dt.date) -> bool:
    over = asset.rights_until is not None and asset.rights_until < today
    return over or asset.usage_rights not in _FREE or asset.visibility is AssetVisibility.RESTRICTED
