"""Stored files with their versions and rights, and exports on their way out."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    CheckConstraint,
    Computed,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.operations import (
    AssetPurpose,
    AssetScan,
    AssetStorage,
    AssetVisibility,
    ExportFormat,
    RunStatus,
    UsageRights,
)
from eventos_core.models.base import (
    Archivable,
    Authored,
    Count,
    Customised,
    Editable,
    Fence,
    JsonList,
    JsonObject,
    Positive,
    Tagged,
    TenantTable,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.types import Digest, PublicId, attributes, fragments, labels


class MediaAsset(TenantTable, Customised, Tagged, Archivable, Editable):
    """A file of the house: picture, document, proof; the columns describe its current version."""

    __domain__ = "operations"
    __tablename__ = "media_assets"
    __derived__ = {
        "search_text": "app.search_key(concat_ws(' ', new.title, new.file_name, new.alt_text, new.credit))",
    }
    __table_args__ = (
        UniqueConstraint("account_id", "public_id"),
        UniqueConstraint("account_id", "storage_key"),
        CheckConstraint("content_type ~ '^[a-z0-9.+-]+/[a-z0-9.+-]+$'", name="content_type_has_two_parts"),
        CheckConstraint("size_bytes between 0 and 52428800", name="size_within_limit"),
        CheckConstraint("(width is null) = (height is null)", name="width_and_height_together"),
        CheckConstraint("rights_from <= rights_until", name="rights_in_order"),
        Index("ix_media_assets_recent", "account_id", text("created_at desc"), text("id desc")),
        Index("ix_media_assets_event_recent", "account_id", "event_id", text("created_at desc"), text("id desc")),
        Index("ix_media_assets_sha256", "account_id", "sha256"),
        Index(
            "ix_media_assets_rights_until",
            "account_id",
            "rights_until",
            postgresql_where=text("rights_until is not null and archived_at is null"),
        ),
        Index(
            "ix_media_assets_archived",
            "account_id",
            text("archived_at desc"),
            postgresql_where=text("archived_at is not null"),
        ),
        fragments("media_assets", "search_text"),
        labels("media_assets"),
        attributes("media_assets"),
    )

    public_id: Mapped[PublicId]
    """Random id in file links; who may fetch it is decided per request."""
    event_id: Mapped[int | None] = ref("events")
    """→ events: the event it belongs to; NULL = the house."""
    uploaded_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who brought it; NULL for imports, public pages and rendered documents."""
    title: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 200"})
    """What it shows, for lists; NULL = the file name."""
    alt_text: Mapped[str | None]
    """Description for people who do not see the picture."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Normalised title, name and credit for fragment search, kept by trigger."""
    purpose: Mapped[AssetPurpose] = choice(AssetPurpose, AssetPurpose.PICTURE)
    """What it is for."""
    visibility: Mapped[AssetVisibility] = choice(AssetVisibility, AssetVisibility.HOUSE)
    """Who may fetch it: holders of the permission of its record, the house, anybody with the link."""
    file_name: Mapped[str] = mapped_column(info={"check": "length({c}) between 1 and 255"})
    """As uploaded; offered again when it is downloaded."""
    content_type: Mapped[str]
    """Media type found in the bytes, not the one the browser claimed."""
    media_kind: Mapped[str] = mapped_column(Computed("split_part(content_type, '/', 1)", persisted=True))
    """image, video, audio, application or text."""
    size_bytes: Mapped[int]
    """Bytes, at most 50 MB."""
    sha256: Mapped[Digest]
    """Checksum of the bytes; finds doubles and proves evidence."""
    storage: Mapped[AssetStorage] = choice(AssetStorage, AssetStorage.LOCAL)
    """Where the bytes lie."""
    storage_key: Mapped[str]
    """Path or object key of the current version below the store's root; begins with the account's id."""
    version_no: Mapped[Positive] = mapped_column(server_default=text("1"))
    """Which version is the current one."""
    scan: Mapped[AssetScan] = choice(AssetScan, AssetScan.PENDING)
    """What the check of type and content found; refused files are never served."""
    width: Mapped[Positive | None]
    """Pixels."""
    height: Mapped[Positive | None]
    """Pixels."""
    duration_ms: Mapped[Count | None]
    """Length of sound or film in milliseconds."""
    page_count: Mapped[Positive | None]
    """Pages of a document."""
    usage_rights: Mapped[UsageRights] = choice(UsageRights, UsageRights.UNCLEAR)
    """For what it may be used."""
    rights_note: Mapped[str | None]
    """Limits in words: territory, media, exclusivity."""
    rights_from: Mapped[dt.date | None]
    """First day on which it may be used; NULL = at once."""
    rights_until: Mapped[dt.date | None]
    """Last day on which it may be used; NULL = for good."""
    credit: Mapped[str | None]
    """Line to print beside it."""
    licensor_id: Mapped[int | None] = ref("contacts", on_delete="SET NULL")
    """→ contacts: photographer or whoever granted the rights."""
    people_consent: Mapped[bool | None]
    """Whether the people shown agreed; NULL = not asked or nobody shown."""
    bytes_deleted_at: Mapped[dt.datetime | None]
    """When the bytes were removed by retention or erasure; the row stays as evidence."""


class MediaAssetVersion(TenantTable, Authored):
    """One version of a file, the current one included; append-only."""

    __domain__ = "operations"
    __tablename__ = "media_asset_versions"
    __fence__ = Fence(app="ra")
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "asset_id", "version_no"),
        CheckConstraint("size_bytes between 0 and 52428800", name="size_within_limit"),
        Index("ix_media_asset_versions_storage_key", "account_id", "storage_key"),
    )

    asset_id: Mapped[int] = ref("media_assets", on_delete="CASCADE")
    """→ media_assets: the file."""
    version_no: Mapped[Positive]
    """Counts from 1 per file."""
    file_name: Mapped[str] = mapped_column(info={"check": "length({c}) between 1 and 255"})
    """As uploaded."""
    content_type: Mapped[str]
    """Media type found in the bytes."""
    size_bytes: Mapped[int]
    """Bytes."""
    sha256: Mapped[Digest]
    """Checksum of the bytes."""
    storage: Mapped[AssetStorage] = choice(AssetStorage, AssetStorage.LOCAL)
    """Where the bytes lie."""
    storage_key: Mapped[str]
    """Path or object key below the store's root."""
    note: Mapped[str | None]
    """What changed."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was stored."""


class Export(TenantTable, Timestamped):
    """One file taken out of the house: who, what, with which filters; fetched through the export route."""

    __domain__ = "operations"
    __tablename__ = "exports"
    __fence__ = Fence(app="rw")
    # The act itself is audited as `export` and `download`; progress would only be noise.
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "public_id"),
        CheckConstraint(
            "status <> 'done' or (size_bytes is not null and sha256 is not null)", name="done_has_size_and_checksum"
        ),
        CheckConstraint("status not in ('failed', 'cancelled') or error is not null", name="failed_has_an_error"),
        CheckConstraint("status = 'queued' or started_at is not null", name="begun_has_a_start"),
        CheckConstraint("(status in ('queued', 'running')) = (finished_at is null)", name="ended_has_an_end"),
        CheckConstraint("member_id is null or api_key_id is null", name="one_owner_at_most"),
        Index("ix_exports_recent", "account_id", "member_id", text("created_at desc")),
        Index("ix_exports_recent_of_key", "account_id", "api_key_id", text("created_at desc")),
        Index(
            "ix_exports_expires_at",
            "account_id",
            "expires_at",
            postgresql_where=text("storage_key is not null"),
        ),
    )

    public_id: Mapped[PublicId]
    """Random id in the download link."""
    member_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who asked, and alone may fetch it; NULL for jobs and keys."""
    api_key_id: Mapped[int | None] = ref("api_keys")
    """→ api_keys: the key that asked, and alone may fetch it; NULL for people and jobs."""
    query: Mapped[str] = mapped_column(info={"check": "{c} ~ '^[a-z][a-z0-9_.]*$'"})
    """Key of the query or report that is exported."""
    permission: Mapped[str]
    """Permission that reading it takes; asked again at the download."""
    title: Mapped[str]
    """What it is, as shown in the list and used for the file name."""
    filters: Mapped[JsonObject]
    """Filters and sort as the page had them."""
    columns: Mapped[JsonList]
    """Columns in order; empty = all."""
    format: Mapped[ExportFormat] = choice(ExportFormat, ExportFormat.CSV)
    """What it is written as."""
    status: Mapped[RunStatus] = choice(RunStatus, RunStatus.QUEUED)
    """Where its latest download stands: not begun, running, complete, failed, or broken off by whoever took it."""
    job_id: Mapped[int | None]
    """Job that writes it (procrastinate); NULL where it is streamed."""
    rows: Mapped[Count] = mapped_column(Integer, server_default=text("0"))
    """Rows of the list when a download was last asked for; rows of the file once one was complete."""
    size_bytes: Mapped[int | None]
    """Bytes of the latest download that was complete."""
    sha256: Mapped[Digest | None]
    """Checksum of the latest download that was complete."""
    storage_key: Mapped[str | None]
    """Where the file lies; NULL where it was streamed, before it is done and after it expired."""
    started_at: Mapped[dt.datetime | None]
    """When the latest download began."""
    finished_at: Mapped[dt.datetime | None]
    """When the latest download was complete, failed or was broken off."""
    expires_at: Mapped[dt.datetime]
    """When the file is removed."""
    downloads: Mapped[Count] = mapped_column(Integer, server_default=text("0"))
    """How many downloads began."""
    error: Mapped[str | None]
    """Why the latest download failed or ended early, in words for the person."""
