"""Stored files and their rows kept together: bytes that nothing refers to go, rows without bytes are found.

Home learns here which rights end soon.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, select, union

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import AssetStorage
from eventos_core.kernel import clock
from eventos_core.kernel.errors import Conflict
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import Export, MediaAsset, MediaAssetVersion
from eventos_core.operations.files import limits, stores
from eventos_core.operations.files.queries import SOON
from eventos_core.operations.jobs.registry import scheduled
from eventos_core.operations.needs import Need, Urgency, needs_me

ORPHANED = dt.timedelta(days=1)
"""Bytes younger than this may belong to a transaction that has not committed yet."""
_AT_ONCE = 1000


@dataclass(frozen=True)
class Expected:
    """What a row says of its bytes."""

    storage: AssetStorage
    key: str
    name: str
    size: int


@scheduled("clean_files", title="Clear what no file refers to", cron="50 3 * * *")
def clean_files(db: TenantSession) -> dict[str, Any]:
    """Delete stored bytes that no file, version or export refers to, a day after they were written."""
    until = clock.now() - ORPHANED
    gone = freed = 0
    for store in stores.configured():
        listing = store.listing(f"{db.context.account_id}/")
        while batch := list(itertools.islice(listing, _AT_ONCE)):
            known = _known(db, {stores.original(found.key) for found in batch})
            for found in batch:
                noted = found.key.endswith(stores.LEDGER)
                if found.written_at < until and stores.original(found.key) not in known and not noted:
                    store.delete(found.key)
                    gone, freed = gone + 1, freed + found.size
    return {"removed": gone, "freed": limits.size(freed)}


@scheduled("verify_files", title="Prove stored files", cron="20 4 * * 0", attempts=1)
def verify_files(db: TenantSession) -> dict[str, Any]:
    """Look for the bytes of every version of every file; missing or cut ones count as a failure."""
    total, wrong = 0, []
    for expected in versions(db):
        total += 1
        if stores.of(expected.storage).size(expected.key) != expected.size:
            wrong.append(expected.name)
    if wrong:
        raise Conflict(
            f"The bytes of {len(wrong)} files are missing or cut, first “{wrong[0]}”.",
            hint="Tell the operator of this installation: they must come back from a backup.",
        )
    return {"files": total}


def versions(db: TenantSession) -> Iterator[Expected]:
    """What must be in the stores for this house, a thousand rows at a time."""
    after = 0
    while True:
        rows = db.execute(
            select(MediaAssetVersion.id, MediaAssetVersion.storage, MediaAssetVersion.storage_key,
                   MediaAssetVersion.file_name, MediaAssetVersion.size_bytes)
            .join(MediaAsset, (MediaAsset.account_id == MediaAssetVersion.account_id)
                  & (MediaAsset.id == MediaAssetVersion.asset_id))
            .where(MediaAssetVersion.account_id == db.context.account_id, MediaAssetVersion.id > after,
                   MediaAsset.bytes_deleted_at.is_(None))
            .order_by(MediaAssetVersion.id)
            .limit(_AT_ONCE)
        ).all()  # fmt: skip
        for row in rows:
            yield Expected(row.storage, row.storage_key, row.file_name, row.size_bytes)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].id


@needs_me(Permission.PROMOTE_WRITE)
def rights_that_end(db: TenantSession) -> list[Need]:
    """Files in use whose rights end within 30 days, the first to end first."""
    today = clock.now().astimezone(db.context.zone).date()
    rows = db.execute(
        select(MediaAsset.id, MediaAsset.title, MediaAsset.file_name, MediaAsset.rights_until)
        .where(
            MediaAsset.account_id == db.context.account_id,
            MediaAsset.archived_at.is_(None),
            MediaAsset.rights_until.between(today, today + SOON),
        )
        .order_by(MediaAsset.rights_until, MediaAsset.id)
        .limit(4)
    ).all()
    return [_need(db, row.id, row.title or row.file_name, row.rights_until, today) for row in rows]


def _need(db: TenantSession, asset_id: int, name: str, until: dt.date, today: dt.date) -> Need:
    days = (until - today).days
    when = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
    ends = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), tzinfo=db.context.zone).astimezone(dt.UTC)
    return Need(
        f"Renew the rights of “{name}”", f"They end {when}", Urgency.TODAY if days <= 7 else Urgency.SOON,
        "promote_media", {"media": str(asset_id)}, ends,
    )  # fmt: skip


def _known(db: TenantSession, keys: set[str]) -> set[str]:
    account = db.context.account_id
    named: CompoundSelect[*tuple[str | None]] = union(
        select(MediaAssetVersion.storage_key).where(
            MediaAssetVersion.account_id == account, MediaAssetVersion.storage_key.in_(keys)
        ),
        select(MediaAsset.storage_key).where(MediaAsset.account_id == account, MediaAsset.storage_key.in_(keys)),
        select(Export.storage_key).where(
            Export.account_id == account, Export.storage_key.in_(keys), Export.expires_at > clock.now()
        ),
    )
    return {str(key) for (key,) in db.execute(named)}
