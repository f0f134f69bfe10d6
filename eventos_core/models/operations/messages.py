"""Messages to people outside and inside: templates, outbox, deliveries, and who wants no more."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.operations import (
    BounceKind,
    DeliveryKind,
    MessageCategory,
    MessageChannel,
    QueueStatus,
    SendAnchor,
    SuppressionReason,
    SuppressionScope,
    TemplateStatus,
)
from eventos_core.models.base import (
    Authored,
    Cipher,
    Count,
    Editable,
    JsonList,
    JsonObject,
    Name,
    Positive,
    TenantTable,
    TextList,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.types import Digest, EntityName, LocaleCode


class NotificationTemplate(TenantTable, Editable):
    """One revision of a message's wording, by key, channel and language; a sent message names the one it used."""

    __domain__ = "operations"
    __tablename__ = "notification_templates"
    __table_args__ = (
        UniqueConstraint(
            "account_id", "key", "channel", "locale", "revision", name="uq_notification_templates_revision"
        ),
        CheckConstraint("channel <> 'email' or subject is not null", name="email_has_a_subject"),
        CheckConstraint("channel <> 'sms' or length(body) <= 1600", name="sms_fits"),
        Index(
            "uq_notification_templates_current",
            "account_id",
            "key",
            "channel",
            "locale",
            unique=True,
            postgresql_where=text("status = 'current'"),
        ),
    )

    key: Mapped[str] = mapped_column(info={"check": "{c} ~ '^[a-z][a-z0-9_.]*$'"})
    """What the message is for, such as order.confirmed; code asks for templates by it."""
    channel: Mapped[MessageChannel] = choice(MessageChannel, MessageChannel.EMAIL)
    """By which way it goes."""
    locale: Mapped[LocaleCode]
    """BCP 47 language of the wording; the house's is the fallback."""
    revision: Mapped[Positive] = mapped_column(server_default=text("1"))
    """Version of the wording: a change of a used one makes the next revision."""
    status: Mapped[TemplateStatus] = choice(TemplateStatus, TemplateStatus.DRAFT)
    """One revision per key, channel and language is current."""
    category: Mapped[MessageCategory] = choice(MessageCategory, MessageCategory.TRANSACTIONAL)
    """Marketing needs consent and carries a link to unsubscribe."""
    name: Mapped[Name]
    """As shown in the list of templates."""
    description: Mapped[str | None]
    """When it is sent and to whom."""
    subject: Mapped[str | None] = mapped_column(info={"check": "length({c}) between 1 and 300"})
    """Subject line or title, with placeholders; NULL where the channel has none."""
    preheader: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 300"})
    """Line that mail programs show beside the subject."""
    body: Mapped[str] = mapped_column(info={"check": "length({c}) between 1 and 100000"})
    """Wording in Markdown with placeholders in double braces."""
    placeholders: Mapped[TextList]
    """Placeholders found in subject and body; all were known when it was saved."""
    attachments: Mapped[TextList]
    """What goes along: keys of documents to render (ticket, invoice), and stored files as asset: and their id."""
    is_system: Mapped[bool] = mapped_column(server_default=text("false"))
    """Came with the installation; may be reworded, not removed."""


class QueuedMessage(TenantTable, Timestamped, Authored):
    """A message on its way: written in the transaction of what it tells of, sent by the worker."""

    __domain__ = "operations"
    __tablename__ = "notification_queue"
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "idempotency_key"),
        CheckConstraint(
            "num_nonnulls(user_id, contact_id, attendee_id, address) = 1"
            " or (channel = 'social' and num_nonnulls(user_id, contact_id, attendee_id, address) = 0)",
            name="exactly_one_recipient",
        ),
        CheckConstraint("(channel = 'social') = (platform_id is not null)", name="social_has_a_platform"),
        CheckConstraint("channel <> 'in_app' or user_id is not null", name="in_app_goes_to_a_user"),
        CheckConstraint("attendee_id is null or event_id is not null", name="attendee_has_an_event"),
        CheckConstraint("(send_anchor is null) = (send_offset_minutes is null)", name="relative_time_is_whole"),
        CheckConstraint("send_anchor is null or event_id is not null", name="relative_to_an_event"),
        CheckConstraint("template_id is not null or body is not null", name="template_or_body"),
        CheckConstraint("attempts <= max_attempts", name="attempts_within_limit"),
        CheckConstraint("(status = 'sent') = (sent_at is not null)", name="sent_has_a_time"),
        CheckConstraint("status <> 'sending' or claimed_until is not null", name="sending_is_claimed"),
        CheckConstraint("status <> 'failed' or last_error is not null", name="failed_has_an_error"),
        Index(
            "ix_notification_queue_due",
            "account_id",
            "next_attempt_at",
            "priority",
            postgresql_where=text("status = 'queued'"),
        ),
        Index(
            "ix_notification_queue_claimed",
            "account_id",
            "claimed_until",
            postgresql_where=text("status = 'sending'"),
        ),
        Index("ix_notification_queue_recent", "account_id", text("created_at desc"), text("id desc")),
        Index("ix_notification_queue_event_recent", "account_id", "event_id", text("created_at desc"), text("id desc")),
        Index("ix_notification_queue_failed", "account_id", "updated_at", postgresql_where=text("status = 'failed'")),
        Index(
            "ix_notification_queue_provider_message_id",
            "account_id",
            "provider",
            "provider_message_id",
            postgresql_where=text("provider_message_id is not null"),
        ),
        Index(
            "ix_notification_queue_about",
            "account_id",
            "about",
            "about_id",
            postgresql_where=text("about is not null"),
        ),
        Index("ix_notification_queue_user_id", "user_id", "account_id"),
    )

    template_id: Mapped[int | None] = ref("notification_templates")
    """→ notification_templates: the exact revision; NULL for a text written for the occasion."""
    channel: Mapped[MessageChannel] = choice(MessageChannel, MessageChannel.EMAIL)
    """By which way it goes."""
    category: Mapped[MessageCategory] = choice(MessageCategory, MessageCategory.TRANSACTIONAL)
    """Marketing is stopped by missing consent and by suppressions of marketing."""
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """→ users: recipient of the house; exactly one recipient is named, none for a social post."""
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: recipient."""
    attendee_id: Mapped[int | None] = ref("attendees", through_event=True)
    """→ attendees: recipient, of the event named."""
    address: Mapped[str | None] = mapped_column(info={"check": "length({c}) between 1 and 2000"})
    """Recipient without a record: e-mail address, phone number or web address."""
    event_id: Mapped[int | None] = ref("events")
    """→ events: what it is about; its zone is used for times in the text."""
    event_marketing_campaign_id: Mapped[int | None] = ref("event_marketing_campaigns")
    """→ event_marketing_campaigns: the campaign it belongs to."""
    platform_id: Mapped[int | None] = ref("social_media_platforms")
    """→ social_media_platforms: where a social post appears."""
    integration_id: Mapped[int | None] = ref("integrations", on_delete="SET NULL")
    """→ integrations: the service to send it with; NULL = the channel's default."""
    about: Mapped[EntityName | None]
    """Table of the record it tells of, such as orders."""
    about_id: Mapped[int | None]
    """Id of that record."""
    locale: Mapped[LocaleCode | None]
    """BCP 47 language it is written in; NULL = the recipient's."""
    subject: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 300"})
    """Subject as sent, or as written for the occasion."""
    body: Mapped[str | None]
    """Text as written for the occasion; NULL = the template's."""
    payload: Mapped[JsonObject]
    """Values of the placeholders; redacted by an erasure."""
    secret_values: Mapped[Cipher | None]
    """Encrypted JSON of placeholders that open something, such as an invitation's link; emptied once it is sent."""
    attachments: Mapped[JsonList]
    """What goes along: objects with asset_id (a stored file), or document, format and given (its ids)."""
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("5"), info={"check": "{c} between 1 and 9"})
    """1 first (door, tickets), 9 last (bulk)."""
    send_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When to send; recomputed when the event moves, where the time is relative."""
    send_anchor: Mapped[SendAnchor | None] = choice(SendAnchor)
    """What the time is relative to; NULL = absolute."""
    send_offset_minutes: Mapped[int | None] = mapped_column(Integer)
    """Minutes after the anchor, negative before it."""
    status: Mapped[QueueStatus] = choice(QueueStatus, QueueStatus.QUEUED)
    """Where it stands."""
    attempts: Mapped[Count] = mapped_column(server_default=text("0"))
    """Tries so far."""
    max_attempts: Mapped[Positive] = mapped_column(server_default=text("8"))
    """Tries before it counts as failed."""
    next_attempt_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When the worker takes it next: send_at at first, later after a growing wait."""
    claimed_until: Mapped[dt.datetime | None]
    """A worker has it until then; afterwards another may take it. Only what is being handed over is `sending`."""
    last_error: Mapped[str | None]
    """What went wrong last, or why it was suppressed."""
    provider: Mapped[str | None]
    """Adapter that sent it."""
    provider_message_id: Mapped[str | None]
    """Its id at the provider (the Message-ID of an e-mail, fixed from the first try); bounces come back under it."""
    idempotency_key: Mapped[str] = mapped_column(info={"check": "length({c}) between 1 and 200"})
    """Says the same thing once, such as order.confirmed:4711; unique per house."""
    sent_at: Mapped[dt.datetime | None]
    """When the provider took it."""
    cancelled_at: Mapped[dt.datetime | None]
    """When it was withdrawn before it went."""
    redacted_at: Mapped[dt.datetime | None]
    """When an erasure removed payload, text and address; NULL while whole."""


class MessageDelivery(TenantTable):
    """What became of a message: accepted, delivered, opened, bounced, unsubscribed; one row per report."""

    __domain__ = "operations"
    __tablename__ = "message_deliveries"
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "provider", "provider_event_id", name="uq_message_deliveries_provider_event"),
        CheckConstraint("(kind = 'bounced') = (bounce is not null)", name="bounce_has_a_kind"),
        CheckConstraint("kind <> 'clicked' or url is not null", name="click_has_an_address"),
        Index("ix_message_deliveries_message", "account_id", "message_id", "occurred_at"),
        Index("ix_message_deliveries_kind", "account_id", "kind", text("occurred_at desc")),
        Index("ix_message_deliveries_address_norm", "account_id", "address_norm"),
    )

    message_id: Mapped[int] = ref("notification_queue", on_delete="CASCADE")
    """→ notification_queue: the message."""
    kind: Mapped[DeliveryKind] = choice(DeliveryKind)
    """What happened."""
    occurred_at: Mapped[dt.datetime]
    """When, as the provider says."""
    recorded_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When we learned of it."""
    attempt: Mapped[Count] = mapped_column(server_default=text("0"))
    """Which try it belongs to."""
    address_norm: Mapped[str | None]
    """Address it went to, normalised; emptied by an erasure."""
    provider: Mapped[str]
    """Adapter that reported it."""
    provider_event_id: Mapped[str | None]
    """Id of the report; one reported twice is kept once."""
    bounce: Mapped[BounceKind | None] = choice(BounceKind)
    """Whether a bounce is for good."""
    url: Mapped[str | None]
    """Link that was followed."""
    detail: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 2000"})
    """What the provider said."""
    raw: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """The report as received, without the address."""


class MessageSuppression(TenantTable, Timestamped, Authored):
    """An address that gets nothing more on a channel: unsubscribed, bounced for good, complained."""

    __domain__ = "operations"
    __tablename__ = "message_suppressions"
    __secret__ = ("address_norm",)
    __table_args__ = (
        Index(
            "uq_message_suppressions_active",
            "account_id",
            "channel",
            "address_hash",
            "scope",
            unique=True,
            postgresql_where=text("lifted_at is null"),
        ),
        CheckConstraint("lifted_by is null or lifted_at is not null", name="lifted_by_has_a_time"),
    )

    channel: Mapped[MessageChannel] = choice(MessageChannel, MessageChannel.EMAIL)
    """On which way."""
    address_hash: Mapped[Digest]
    """SHA-256 of the normalised address; works on after the address itself was erased."""
    address_norm: Mapped[str | None]
    """Normalised address, to show; emptied by an erasure."""
    contact_id: Mapped[int | None] = ref("contacts", on_delete="SET NULL")
    """→ contacts: whose address, where known."""
    scope: Mapped[SuppressionScope] = choice(SuppressionScope, SuppressionScope.MARKETING)
    """Marketing only (unsubscribed), or everything (bounced, complained)."""
    reason: Mapped[SuppressionReason] = choice(SuppressionReason)
    """Why."""
    message_id: Mapped[int | None] = ref("notification_queue", on_delete="SET NULL")
    """→ notification_queue: the message that led to it."""
    note: Mapped[str | None]
    """What the person said."""
    lifted_at: Mapped[dt.datetime | None]
    """When messages were allowed again; NULL while in force."""
    lifted_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who lifted it."""
