"""Connected services and outgoing webhooks."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.operations import EndpointStatus, IntegrationKind, IntegrationStatus, WebhookStatus
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import (
    Cipher,
    Count,
    Editable,
    Fence,
    JsonObject,
    Name,
    Positive,
    TenantTable,
    TextList,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.types import SILENT, PublicId, WebAddress


class Integration(TenantTable, Editable):
    """A connected service with its settings and encrypted credentials."""

    __domain__ = "operations"
    __tablename__ = "integrations"
    __fence__ = Fence(manage=Permission.TEAM_MANAGE)
    __secret__ = ("credentials",)
    __table_args__ = (
        UniqueConstraint("account_id", "provider", "name"),
        CheckConstraint("status <> 'connected' or connected_at is not null", name="connected_has_a_time"),
        CheckConstraint("status <> 'error' or last_error is not null", name="error_is_said"),
        Index(
            "uq_integrations_default",
            "account_id",
            "kind",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        Index(
            "ix_integrations_due",
            "account_id",
            "next_sync_at",
            postgresql_where=text("status = 'connected' and next_sync_at is not null"),
        ),
    )

    kind: Mapped[IntegrationKind] = choice(IntegrationKind)
    """What it does for the house."""
    provider: Mapped[str] = mapped_column(info={"check": "{c} ~ '^[a-z][a-z0-9_]*$'"})
    """Key of the adapter: smtp, stripe, eventbrite, instagram …"""
    name: Mapped[Name]
    """To tell two of one provider apart."""
    status: Mapped[IntegrationStatus] = choice(IntegrationStatus, IntegrationStatus.DRAFT)
    """Whether it works."""
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it is taken where none is named; one per kind."""
    settings: Mapped[JsonObject]
    """Settings that are no secret: host, sender, folders, field mapping."""
    credentials: Mapped[Cipher | None]
    """Encrypted JSON of tokens and passwords; every read is audited."""
    credential_hints: Mapped[JsonObject]
    """Which credentials are set, by field: the last four signs of a long one, empty for a short one."""
    credentials_expire_at: Mapped[dt.datetime | None]
    """When the tokens end and the person must connect again; NULL = never."""
    external_account: Mapped[str | None]
    """Account at the provider, as it names it."""
    granted_scopes: Mapped[TextList]
    """What the provider lets us do."""
    connected_at: Mapped[dt.datetime | None]
    """Since when it has worked without a break; NULL before the first try that did."""
    sync_every_minutes: Mapped[Positive | None]
    """How often to fetch; NULL = only when asked."""
    sync_cursor: Mapped[str | None] = mapped_column(info=SILENT)
    """Where the last fetch ended, in the provider's terms."""
    next_sync_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When the next fetch is due."""
    last_sync_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When data were last exchanged successfully."""
    last_error: Mapped[str | None] = mapped_column(info=SILENT)
    """What went wrong last; NULL once it works again."""
    last_error_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When that was."""
    failures: Mapped[int] = mapped_column(Integer, server_default=text("0"), info={"check": "{c} >= 0", **SILENT})
    """Failures in a row; lengthens the wait before the next try."""


class WebhookEndpoint(TenantTable, Editable):
    """An address of the house's own systems that is told about facts, signed with a secret."""

    __domain__ = "operations"
    __tablename__ = "webhook_endpoints"
    __fence__ = Fence(manage=Permission.TEAM_MANAGE)
    __secret__ = ("secret", "previous_secret")
    __table_args__ = (
        UniqueConstraint("account_id", "url"),
        CheckConstraint("cardinality(facts) > 0", name="facts_not_empty"),
        CheckConstraint("(previous_secret is null) = (previous_secret_until is null)", name="previous_secret_ends"),
        Index("ix_webhook_endpoints_active", "account_id", postgresql_where=text("status = 'active'")),
    )

    name: Mapped[Name]
    """What is behind it."""
    url: Mapped[WebAddress]
    """Where to post; private networks are refused when it is called."""
    secret: Mapped[Cipher]
    """Encrypted key of the HMAC-SHA256 signature."""
    previous_secret: Mapped[Cipher | None]
    """Encrypted key before the last rotation; signatures carry both until it ends."""
    previous_secret_until: Mapped[dt.datetime | None]
    """Until when the previous key still signs."""
    facts: Mapped[TextList]
    """Names of the facts it is told about; * = all."""
    event_id: Mapped[int | None] = ref("events")
    """→ events: only facts of this event; NULL = of all."""
    status: Mapped[EndpointStatus] = choice(EndpointStatus, EndpointStatus.ACTIVE)
    """Failing = switched off after too many failures, until a person switches it on."""
    failures: Mapped[int] = mapped_column(Integer, server_default=text("0"), info={"check": "{c} >= 0", **SILENT})
    """Failures in a row."""
    last_success_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When it last answered with 2xx."""
    last_failure_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When it last did not."""
    last_error: Mapped[str | None] = mapped_column(info=SILENT)
    """What it answered then."""


class WebhookDelivery(TenantTable, Timestamped):
    """One fact on its way to one endpoint, with every try."""

    __domain__ = "operations"
    __tablename__ = "webhook_deliveries"
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "public_id"),
        CheckConstraint(
            "(status in ('pending', 'retrying')) = (next_attempt_at is not null)", name="open_has_a_next_attempt"
        ),
        CheckConstraint("(status = 'delivered') = (delivered_at is not null)", name="delivered_has_a_time"),
        Index(
            "ix_webhook_deliveries_due",
            "account_id",
            "next_attempt_at",
            postgresql_where=text("status in ('pending', 'retrying')"),
        ),
        Index("ix_webhook_deliveries_recent", "account_id", "endpoint_id", text("created_at desc"), text("id desc")),
    )

    public_id: Mapped[PublicId]
    """Sent as the delivery id, so that the receiver recognises a repeat."""
    endpoint_id: Mapped[int] = ref("webhook_endpoints", on_delete="CASCADE")
    """→ webhook_endpoints: to whom."""
    fact: Mapped[str] = mapped_column(info={"check": "length({c}) between 1 and 100"})
    """Name of the fact."""
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, info={"check": "jsonb_typeof({c}) = 'object'"})
    """Body as sent; ids and plain values."""
    status: Mapped[WebhookStatus] = choice(WebhookStatus, WebhookStatus.PENDING)
    """Where it stands."""
    attempts: Mapped[Count] = mapped_column(server_default=text("0"))
    """Tries so far."""
    next_attempt_at: Mapped[dt.datetime | None] = mapped_column(server_default=text("now()"))
    """When the next try is due; NULL when there is none."""
    response_status: Mapped[int | None] = mapped_column(SmallInteger, info={"check": "{c} between 100 and 599"})
    """HTTP status of the last answer; NULL where none came."""
    response_excerpt: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 2000"})
    """Beginning of the last answer, or the network error."""
    duration_ms: Mapped[Count | None]
    """How long the last try took, in milliseconds."""
    delivered_at: Mapped[dt.datetime | None]
    """When it was answered with 2xx."""
