"""What belongs to one person: in-app messages, preferences, calendar feeds."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.operations import FeedScope, MessageChannel, NoticeLevel, PreferenceMode
from eventos_core.models.base import Fence, Name, TenantTable, Timestamped, choice, ref
from eventos_core.models.types import SILENT, Digest, EntityName


class Notification(TenantTable, Timestamped):
    """An in-app message to one person; visible to that person only."""

    __domain__ = "operations"
    __tablename__ = "notifications"
    __fence__ = Fence(personal="user_id")
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "user_id", "dedupe_key"),
        CheckConstraint("(about is null) = (about_id is null)", name="about_with_id"),
        Index("ix_notifications_recent", "account_id", "user_id", text("created_at desc"), text("id desc")),
        Index(
            "ix_notifications_unread",
            "account_id",
            "user_id",
            postgresql_where=text("read_at is null and dismissed_at is null"),
        ),
        Index("ix_notifications_user_id", "user_id"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    """→ users: whose message."""
    kind: Mapped[str] = mapped_column(info={"check": "{c} ~ '^[a-z][a-z0-9_.]*$'"})
    """What it tells of, such as task.assigned; preferences go by it."""
    level: Mapped[NoticeLevel] = choice(NoticeLevel, NoticeLevel.INFO)
    """How urgent it is."""
    title: Mapped[Name]
    """One line."""
    body: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 4000"})
    """More, in Markdown."""
    link: Mapped[str | None] = mapped_column(info={"check": "{c} like '/%' and {c} not like '//%'"})
    """Page of the app to open, with its parameters."""
    event_id: Mapped[int | None] = ref("events", on_delete="SET NULL")
    """→ events: what it is about."""
    about: Mapped[EntityName | None]
    """Table of the record it is about."""
    about_id: Mapped[int | None]
    """Id of that record."""
    dedupe_key: Mapped[str | None] = mapped_column(info={"check": "length({c}) between 1 and 200"})
    """Says the same thing to the same person once; NULL = may repeat."""
    read_at: Mapped[dt.datetime | None]
    """When it was read; NULL while new."""
    dismissed_at: Mapped[dt.datetime | None]
    """When it was put away."""


class NotificationPreference(TenantTable, Timestamped):
    """How a person wants one kind of message on one channel; without a row the kind's default holds.

    Readable in the house, since whoever causes a message must know how it may be sent; the command lets a
    person change their own only.
    """

    __domain__ = "operations"
    __tablename__ = "notification_preferences"
    __table_args__ = (
        UniqueConstraint("account_id", "user_id", "kind", "channel"),
        Index("ix_notification_preferences_user_id", "user_id"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    """→ users: whose wish."""
    kind: Mapped[str] = mapped_column(info={"check": "{c} = '*' or {c} ~ '^[a-z][a-z0-9_.]*$'"})
    """Kind of message; * = all kinds without a row of their own."""
    channel: Mapped[MessageChannel] = choice(MessageChannel)
    """Which way it is about."""
    mode: Mapped[PreferenceMode] = choice(PreferenceMode, PreferenceMode.AT_ONCE)
    """At once, gathered once a day, or not at all."""


class CalendarToken(TenantTable, Timestamped):
    """A calendar feed that a member subscribed to from their own calendar program.

    The secret itself is a row of one_time_tokens (purpose public_link) with the same hash.
    """

    __domain__ = "operations"
    __tablename__ = "calendar_tokens"
    __fence__ = Fence(personal="member_id")
    __secret__ = ("token_hash",)
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("(scope = 'event') = (event_id is not null)", name="event_feed_names_an_event"),
    )

    member_id: Mapped[int] = ref("account_users")
    """→ account_users: whose feed; it shows what they may see."""
    name: Mapped[Name]
    """Where it is used, in the member's words."""
    scope: Mapped[FeedScope] = choice(FeedScope, FeedScope.MINE)
    """Own sessions, shifts and events; one event with its programme; own ones and all events of the house."""
    event_id: Mapped[int | None] = ref("events", on_delete="CASCADE")
    """→ events: which event, for a feed of one."""
    token_hash: Mapped[Digest]
    """SHA-256 of the token in the feed's address; unique in the installation."""
    last_fetched_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When a calendar program last fetched it."""
    content_sha256: Mapped[bytes | None] = mapped_column(info={"check": "octet_length({c}) = 32", **SILENT})
    """Checksum of what it held then."""
    content_changed_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When that was first seen to differ from before."""
    revoked_at: Mapped[dt.datetime | None]
    """When the member ended it; NULL while served."""
