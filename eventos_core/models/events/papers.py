"""Documents of an event and announcements about it."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.events import DocumentKind, DocumentStatus, UpdateAudience
from eventos_core.models.base import (
    Archivable,
    Authored,
    Count,
    Customised,
    Editable,
    Name,
    Positive,
    Tagged,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.events._parts import EventsTable, Link, OfEvent, choices


class EventDocument(EventsTable, OfEvent, Editable, Archivable, Customised, Tagged):
    """A document of an event under one title; its files are document versions, the highest number counts."""

    __tablename__ = "event_documents"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        Index("ix_event_documents_list", "account_id", "event_id", "kind", "title"),
        Index(
            "ix_event_documents_expiring",
            "account_id",
            "expires_on",
            postgresql_where=text("archived_at is null and expires_on is not null"),
        ),
        Index(
            "ix_event_documents_unsigned",
            "account_id",
            "event_id",
            postgresql_where=text("needs_signature and signed_at is null"),
        ),
        CheckConstraint("valid_from <= expires_on", name="valid_before_expiry"),
        CheckConstraint("status <> 'signed' or signed_at is not null", name="signed_has_time"),
    )

    kind: Mapped[DocumentKind] = choice(DocumentKind)
    """What sort of document it is."""
    title: Mapped[Name]
    """What it is called in the event."""
    description: Mapped[str | None]
    """What it settles."""
    status: Mapped[DocumentStatus] = choice(DocumentStatus, DocumentStatus.DRAFT)
    """Where it stands."""
    organization_id: Mapped[int | None] = ref("organizations")
    """→ organizations: the other party, or the authority that issued it."""
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: who signs for the other party."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who keeps it."""
    venue_id: Mapped[int | None] = ref("venues")
    """→ venues: the venue it is about."""
    is_required: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the event may not go live without it."""
    needs_signature: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it counts only when signed."""
    due_on: Mapped[dt.date | None]
    """By when it must be there."""
    valid_from: Mapped[dt.date | None]
    """First day on which it holds."""
    expires_on: Mapped[dt.date | None]
    """Last day on which it holds."""
    reminder_days: Mapped[Count] = mapped_column(server_default=text("14"))
    """Days before expiry on which its owner is reminded."""
    sent_at: Mapped[dt.datetime | None]
    """When it went out for signature."""
    signed_at: Mapped[dt.datetime | None]
    """When the last party signed."""
    signed_by: Mapped[str | None]
    """Who signed, as written under it."""
    reference: Mapped[str | None]
    """Number of the permit, policy or contract."""
    share_with_crew: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether staff on the call sheet may open it."""


class DocumentVersion(EventsTable, OfEvent, Timestamped, Authored):
    """One file of a document; a new file is a new version, an old one is never replaced."""

    __tablename__ = "document_versions"
    __table_args__ = (
        UniqueConstraint("account_id", "document_id", "number", name="uq_document_versions_number"),
        CheckConstraint("num_nonnulls(asset_id, url) = 1", name="file_or_link"),
    )

    document_id: Mapped[int] = ref("event_documents", on_delete="CASCADE", through_event=True)
    number: Mapped[Positive]
    """Version of the document, from 1."""
    asset_id: Mapped[int | None] = ref("media_assets")
    """→ media_assets: the stored file; empty only where `url` says where it lies."""
    url: Mapped[Link | None]
    """Where the file lies, when it is kept elsewhere."""
    note: Mapped[str | None]
    """What changed."""


class EventUpdate(EventsTable, OfEvent, Editable, Archivable):
    """An announcement about an event to some of its circles; publishing it notifies them."""

    __tablename__ = "event_updates"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        Index("ix_event_updates_feed", "account_id", "event_id", "pinned", "published_at"),
        Index(
            "ix_event_updates_due",
            "account_id",
            "publish_at",
            postgresql_where=text("published_at is null and publish_at is not null"),
        ),
        CheckConstraint("published_at < expires_at", name="published_before_expiry"),
        CheckConstraint("not needs_receipt or audiences && array['staff']::text[]", name="receipts_are_for_staff"),
    )

    audiences: Mapped[list[str]] = choices(UpdateAudience)
    """Who it is for; at least one circle."""
    title: Mapped[Name]
    """Headline and subject."""
    body: Mapped[str]
    """In Markdown."""
    publish_at: Mapped[dt.datetime | None]
    """When a job is to publish it; empty: by hand."""
    published_at: Mapped[dt.datetime | None]
    """When it was published; empty: draft. Later edits do not notify again."""
    published_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who published it."""
    expires_at: Mapped[dt.datetime | None]
    """When it leaves the feed."""
    pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it stays on top of the feed."""
    is_urgent: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it goes out by the fastest channel each person has."""
    needs_receipt: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether staff must say that they have read it."""
    asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: a picture or file with it."""


class UpdateReceipt(EventsTable, OfEvent, Timestamped):
    """That one person got or read an announcement: a member of the house or a contact, exactly one."""

    __tablename__ = "update_receipts"
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "update_id", "member_id", name="uq_update_receipts_member"),
        UniqueConstraint("account_id", "update_id", "contact_id", name="uq_update_receipts_contact"),
        CheckConstraint("num_nonnulls(member_id, contact_id) = 1", name="member_or_contact"),
    )

    update_id: Mapped[int] = ref("event_updates", on_delete="CASCADE", through_event=True)
    member_id: Mapped[int | None] = ref("account_users")
    """→ account_users: the member who got it."""
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the outside person who got it."""
    delivered_at: Mapped[dt.datetime | None]
    """When it reached them, as far as the channel tells."""
    read_at: Mapped[dt.datetime | None]
    """When they opened it."""
    acknowledged_at: Mapped[dt.datetime | None]
    """When they said that they have read it."""
