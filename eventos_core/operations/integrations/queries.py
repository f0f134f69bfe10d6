"""Reading connected services: never a credential, only whether it is set."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import IntegrationKind, IntegrationStatus
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import Integration, QueuedMessage
from eventos_core.operations.needs import Need, Urgency, needs_me

INTEGRATIONS = FrameSpec(
    id="int", name="text", kind="text", provider="text", status="text", is_default="bool", external_account="text",
    last_sync_at="instant", last_error="text", last_error_at="instant",
)  # fmt: skip
"""One row per connected service, by kind and name; `last_sync_at` is when it last worked."""

SENT = FrameSpec(
    id="int",
    created_at="instant",
    status="text",
    address="text",
    subject="text",
    text="text",
    sent_at="instant",
    reason="text",
)
"""One row per message that was handed to a service, newest first; `text` is the beginning of one with its own text."""


@dataclass(frozen=True)
class IntegrationDetail:
    """One connected service; `hints` names the credentials that are set, with the last four signs of long ones."""

    id: int
    name: str
    kind: IntegrationKind
    provider: str
    status: IntegrationStatus
    is_default: bool
    settings: dict[str, Any]
    hints: dict[str, str]
    external_account: str | None
    connected_at: dt.datetime | None
    last_sync_at: dt.datetime | None
    last_error: str | None
    last_error_at: dt.datetime | None
    version: int


@query(requires=Permission.INTEGRATIONS_MANAGE)
def integrations(db: TenantSession) -> pd.DataFrame:
    """The connected services as `INTEGRATIONS`; at most 200. One query."""
    return INTEGRATIONS.query(
        db,
        select(
            Integration.id, Integration.name, Integration.kind, Integration.provider, Integration.status,
            Integration.is_default, Integration.external_account, Integration.last_sync_at, Integration.last_error,
            Integration.last_error_at,
        )
        .where(Integration.account_id == db.context.account_id)
        .order_by(Integration.kind, Integration.name, Integration.id)
        .limit(200),
    )  # fmt: skip


@query(requires=Permission.INTEGRATIONS_MANAGE)
def integration(db: TenantSession, integration_id: int) -> IntegrationDetail:
    """One connected service without its credentials. Raises NotFound."""
    row = get(db, Integration, integration_id, what="integration")
    return IntegrationDetail(
        row.id, row.name, row.kind, row.provider, row.status, row.is_default, dict(row.settings),
        dict(row.credential_hints), row.external_account, row.connected_at, row.last_sync_at, row.last_error,
        row.last_error_at, row.version,
    )  # fmt: skip


@query(requires=Permission.INTEGRATIONS_MANAGE)
def sent_through(db: TenantSession, integration_id: int, *, limit: int = 20) -> pd.DataFrame:
    """The last messages that went through a service, newest first, as `SENT`; at most `limit`."""
    return SENT.query(
        db,
        select(
            QueuedMessage.id, QueuedMessage.created_at, QueuedMessage.status, QueuedMessage.address,
            QueuedMessage.subject, func.left(QueuedMessage.body, 300).label("text"), QueuedMessage.sent_at,
            QueuedMessage.last_error.label("reason"),
        )
        .where(
            QueuedMessage.account_id == db.context.account_id, QueuedMessage.integration_id == integration_id
        )
        .order_by(QueuedMessage.created_at.desc(), QueuedMessage.id.desc())
        .limit(limit),
    )  # fmt: skip


@needs_me(Permission.INTEGRATIONS_MANAGE)
def broken_integrations(db: TenantSession) -> list[Need]:
    """Each service in error, at most three."""
    rows = db.execute(
        select(Integration.id, Integration.name, Integration.last_error)
        .where(Integration.account_id == db.context.account_id, Integration.status == IntegrationStatus.ERROR)
        .order_by(Integration.last_error_at.desc(), Integration.id)
        .limit(3)
    ).all()
    return [
        Need(
            f"{row.name} does not work", (row.last_error or "")[:160], Urgency.TODAY, "admin_integrations",
            {"integration": str(row.id)},
        )
        for row in rows
    ]  # fmt: skip
