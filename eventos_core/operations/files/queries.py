"""The media library as lists and drawers show it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import BigInteger, Date, DateTime, Text, and_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.operations import AssetPurpose, AssetVisibility, UsageRights
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event
from eventos_core.models.operations import MediaAsset, MediaAssetVersion
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.files import limits, storing
from eventos_core.operations.files.commands import MediaFields
from eventos_core.operations.files.kinds import Family
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, paged

SOON = dt.timedelta(days=30)
"""Rights that end within this time count as expiring."""

MEDIA = FrameSpec(
    id="int",
    public_id="text",
    title="text",
    file_name="text",
    content_type="text",
    size_bytes="int",
    width="int",
    height="int",
    alt_text="text",
    event="text",
    usage_rights="text",
    rights_until="date",
    credit="text",
    version_no="int",
    created_at="instant",
)
"""One row per file, newest first; `title` is the file's name where it has none."""

VERSIONS = FrameSpec(
    version_no="int",
    file_name="text",
    content_type="text",
    size_bytes="int",
    note="text",
    by="text",
    created_at="instant",
)
"""One row per version of a file, the current one first."""


class Rights(LabelledEnum):
    """What to list by the state of a file's rights."""

    EXPIRING = "expiring"
    EXPIRED = "expired"
    UNCLEAR = "unclear"

    @property
    def label(self) -> str:
        """As the filter says it."""
        return {"expiring": "Expire within 30 days", "expired": "Expired", "unclear": "Unclear"}[self.value]


@dataclass(frozen=True)
class MediaFilter:
    """What to list: words in title, file name or credit, all of the tags."""

    q: str = ""
    family: Family | None = None
    tag: tuple[str, ...] = ()
    event: int | None = None
    rights: Rights | None = None
    archived: bool = False


@dataclass(frozen=True)
class MediaDetail:
    """One file with all that its drawer shows and its form edits."""

    id: int
    version: int
    public_id: str
    file_name: str
    content_type: str
    size_bytes: int
    width: int | None
    height: int | None
    version_no: int
    sha256: str
    fields: MediaFields
    event: str | None
    uploaded_by: str | None
    created_at: dt.datetime
    archived_at: dt.datetime | None


@dataclass(frozen=True)
class MediaRoom:
    """What the house's files take, all versions counted, and may take; in bytes."""

    used: int
    quota: int


@query(requires=Permission.PROMOTE_READ)
def media(
    db: TenantSession, wanted: MediaFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of files as `MEDIA`, in one statement. Raises InvalidInput for a damaged cursor."""
    wanted = wanted or MediaFilter()
    at = Cursor.decode(cursor)
    today = clock.now().astimezone(db.context.zone).date()
    ids = func.array(select(_search(wanted, at, today, size + 1)).scalar_subquery())
    order = (MediaAsset.created_at, MediaAsset.id)
    backwards = at is not None and at.direction == "previous"
    statement = (
        select(
            MediaAsset.id,
            MediaAsset.public_id,
            func.coalesce(MediaAsset.title, MediaAsset.file_name).label("title"),
            MediaAsset.file_name,
            MediaAsset.content_type,
            MediaAsset.size_bytes,
            MediaAsset.width,
            MediaAsset.height,
            MediaAsset.alt_text,
            Event.name.label("event"),
            MediaAsset.usage_rights,
            MediaAsset.rights_until,
            MediaAsset.credit,
            MediaAsset.version_no,
            MediaAsset.created_at,
        )
        .outerjoin(Event, and_(Event.account_id == MediaAsset.account_id, Event.id == MediaAsset.event_id))
        .where(MediaAsset.account_id == db.context.account_id, MediaAsset.id == func.any(ids))
        .order_by(*(column.asc() if backwards else column.desc() for column in order))
    )
    return paged(MEDIA.query(db, statement), ("created_at", "id"), at, size=size)


@query(requires=Permission.PROMOTE_READ)
def media_counted(db: TenantSession, wanted: MediaFilter, limit: int) -> int:
    """How many files the filter lists, counted up to `limit` (at most 200 001)."""
    today = clock.now().astimezone(db.context.zone).date()
    return db.scalar(select(func.count()).select_from(_search(wanted, None, today, limit).alias())) or 0


@query(requires=Permission.PROMOTE_READ)
def media_asset(db: TenantSession, asset_id: int) -> MediaDetail:
    """One file, archived or not, in two queries. Raises NotFound."""
    row = get(db, MediaAsset, asset_id, what="file")
    names = db.execute(
        select(
            select(Event.name).where(Event.account_id == row.account_id, Event.id == row.event_id).scalar_subquery(),
            select(AccountUser.display_name)
            .where(AccountUser.account_id == row.account_id, AccountUser.id == row.uploaded_by)
            .scalar_subquery(),
        )
    ).one()
    fields = MediaFields(
        title=row.title or "",
        alt_text=row.alt_text or "",
        event_id=row.event_id,
        purpose=AssetPurpose(row.purpose),
        visibility=AssetVisibility(row.visibility),
        tags=tuple(row.tags),
        usage_rights=UsageRights(row.usage_rights),
        rights_note=row.rights_note or "",
        rights_from=row.rights_from,
        rights_until=row.rights_until,
        credit=row.credit or "",
        people_consent=row.people_consent,
    )
    return MediaDetail(
        row.id, row.version, str(row.public_id), row.file_name, row.content_type, row.size_bytes, row.width,
        row.height, row.version_no, row.sha256.hex(), fields, names[0], names[1], row.created_at, row.archived_at,
    )  # fmt: skip


@query(requires=Permission.PROMOTE_READ)
def media_versions(db: TenantSession, asset_id: int) -> pd.DataFrame:
    """The versions of a file as `VERSIONS`, at most 100."""
    author = aliased(AccountUser)
    statement = (
        select(
            MediaAssetVersion.version_no,
            MediaAssetVersion.file_name,
            MediaAssetVersion.content_type,
            MediaAssetVersion.size_bytes,
            MediaAssetVersion.note,
            author.display_name.label("by"),
            MediaAssetVersion.created_at,
        )
        .outerjoin(
            author,
            and_(author.account_id == MediaAssetVersion.account_id, author.id == MediaAssetVersion.created_by),
        )
        .where(MediaAssetVersion.account_id == db.context.account_id, MediaAssetVersion.asset_id == asset_id)
        .order_by(MediaAssetVersion.version_no.desc())
        .limit(100)
    )
    return VERSIONS.query(db, statement)


@query(requires=Permission.PROMOTE_READ)
def media_tags(db: TenantSession) -> list[str]:
    """The tags of files in use, sorted; at most 200."""
    tag = func.unnest(MediaAsset.tags).label("tag")
    rows = db.scalars(
        select(tag)
        .where(MediaAsset.account_id == db.context.account_id, MediaAsset.archived_at.is_(None))
        .distinct()
        .order_by(tag)
        .limit(200)
    )
    return list(rows)


@query(requires=Permission.PROMOTE_READ)
def media_room(db: TenantSession) -> MediaRoom:
    """What the house's files take and may take."""
    return MediaRoom(storing.used_bytes(db), limits.quota_bytes())


def _search(wanted: MediaFilter, at: Cursor | None, today: dt.date, limit: int) -> Any:
    """The call of `app.search_media`: ids of the list from `at` on."""
    first = last = None
    if wanted.rights is Rights.EXPIRING:
        first, last = today, today + SOON
    elif wanted.rights is Rights.EXPIRED:
        last = today - dt.timedelta(days=1)
    after, after_id = at.values if at is not None and len(at.values) == 2 else (None, None)
    if at is not None and not (isinstance(after, dt.datetime) and isinstance(after_id, int)):
        raise InvalidInput("This link into the list is damaged.", hint="Start from the first page.")
    return func.app.search_media(
        wanted.q,
        cast(list(wanted.tag), ARRAY(Text)),
        cast(wanted.family.media_kinds if wanted.family else [], ARRAY(Text)),
        cast([UsageRights.UNCLEAR.value] if wanted.rights is Rights.UNCLEAR else [], ARRAY(Text)),
        cast(wanted.event, BigInteger),
        cast(first, Date),
        cast(last, Date),
        wanted.archived,
        cast(after, DateTime(timezone=True)),
        cast(after_id, BigInteger),
        at is not None and at.direction == "previous",
        limit,
    )
