"""Reading endpoints and what was delivered to them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select

from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import EndpointStatus
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import WebhookDelivery, WebhookEndpoint

ENDPOINTS = FrameSpec(
    id="int", name="text", url="text", facts="list", status="text", last_success_at="instant",
    last_failure_at="instant", last_error="text",
)  # fmt: skip
"""One row per endpoint by name."""

DELIVERED = FrameSpec(
    id="int", fact="text", status="text", attempts="int", created_at="instant", next_attempt_at="instant",
    response_status="int", response_excerpt="text", duration_ms="int",
)  # fmt: skip
"""One row per delivery, newest first; durations in milliseconds."""


@dataclass(frozen=True)
class Endpoint:
    """One endpoint without its secret."""

    id: int
    version: int
    name: str
    url: str
    facts: tuple[str, ...]
    event_id: int | None
    status: EndpointStatus
    failures: int
    last_error: str | None
    previous_secret_until: dt.datetime | None


@query(requires=Permission.INTEGRATIONS_MANAGE)
def webhook_endpoints(db: TenantSession) -> pd.DataFrame:
    """The house's endpoints by name as `ENDPOINTS`."""
    columns = [getattr(WebhookEndpoint, name) for name in ENDPOINTS.columns]
    return ENDPOINTS.query(
        db,
        select(*columns)
        .where(WebhookEndpoint.account_id == db.context.account_id)
        .order_by(WebhookEndpoint.name, WebhookEndpoint.id),
    )


@query(requires=Permission.INTEGRATIONS_MANAGE)
def webhook_endpoint(db: TenantSession, endpoint_id: int) -> Endpoint:
    """One endpoint. Raises NotFound."""
    row = get(db, WebhookEndpoint, endpoint_id, what="endpoint")
    return Endpoint(
        row.id, row.version, row.name, row.url, tuple(row.facts), row.event_id, row.status, row.failures,
        row.last_error, row.previous_secret_until,
    )  # fmt: skip


@query(requires=Permission.INTEGRATIONS_MANAGE)
def webhook_log(db: TenantSession, endpoint_id: int, *, limit: int = 50) -> pd.DataFrame:
    """The newest deliveries to one endpoint as `DELIVERED`, at most `limit`."""
    columns = [getattr(WebhookDelivery, name) for name in DELIVERED.columns]
    return DELIVERED.query(
        db,
        select(*columns)
        .where(WebhookDelivery.account_id == db.context.account_id, WebhookDelivery.endpoint_id == endpoint_id)
        .order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc())
        .limit(limit),
    )
