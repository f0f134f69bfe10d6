"""Opening a connected service: which one serves a kind, its credentials decrypted and the reading audited."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import case, select, update

from eventos_core.db.editing import get
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import AuditAction, IntegrationKind, IntegrationStatus
from eventos_core.kernel import clock
from eventos_core.models.operations import Integration
from eventos_core.operations import encryption
from eventos_core.operations.audit import note
from eventos_core.operations.integrations.registry import CannotConnect, Connection

TABLE = "integrations"
TEST = "test"
"""Purpose of a try: one that is switched off may be tried too."""
USED = (IntegrationStatus.CONNECTED, IntegrationStatus.ERROR)
"""One in error is tried again: it may have been the network. A draft or one switched off is not used."""


def serving(db: TenantSession) -> Mapping[IntegrationKind, int]:
    """Which service is used for each kind where none is named: the default, else the oldest. One query."""
    rows = db.execute(
        select(Integration.kind, Integration.id)
        .where(Integration.account_id == db.context.account_id, Integration.status.in_(USED))
        .order_by(Integration.is_default.desc(), Integration.id)
    ).all()
    found: dict[IntegrationKind, int] = {}
    for kind, row_id in rows:
        found.setdefault(IntegrationKind(kind), row_id)
    return found


def opened(db: TenantSession, integration_id: int, *, purpose: str) -> Connection:
    """The service with its credentials in clear; the reading is audited with its purpose. Raises NotFound, SetupError,
    CannotConnect for one that is switched off.

    Checks no permission: the caller's command or job does.
    """
    row = get(db, Integration, integration_id, what="integration")
    if row.status is IntegrationStatus.DISABLED and purpose != TEST:
        raise CannotConnect(f"{row.name} is switched off.", hint="Switch it on under Admin, Integrations.")
    secrets = unsealed(row)
    if secrets:
        note(db, AuditAction.CREDENTIAL_READ.value, TABLE, row.id, {"provider": row.provider, "purpose": purpose})
    return Connection(row.id, row.provider, row.name, db.context.account_name, dict(row.settings), secrets)


def sealed(row: Integration, secrets: Mapping[str, str]) -> bytes | None:
    """The secrets as they are stored in that row; None where there are none."""
    if not secrets:
        return None
    return encryption.encrypt(row.account_id, TABLE, "credentials", row.id, json.dumps(dict(secrets)))


def unsealed(row: Integration) -> dict[str, str]:
    """The secrets in clear. Raises SetupError when the key is missing. Auditing is the caller's."""
    if row.credentials is None:
        return {}
    found: dict[str, str] = json.loads(
        encryption.decrypt(row.account_id, TABLE, "credentials", row.id, row.credentials)
    )
    return found


def report(db: TenantSession, integration_id: int, error: str | None, *, account: str | None = None) -> None:
    """Write down that the service worked, or why it did not; one that was switched off stays off. One query."""
    now, status = clock.now(), Integration.status
    off = status == IntegrationStatus.DISABLED
    values: dict[str, Any]
    if error is None:
        since = case((status == IntegrationStatus.CONNECTED, Integration.connected_at), else_=now)
        values = {
            "status": case((off, status), else_=IntegrationStatus.CONNECTED.value), "connected_at": since,
            "last_error": None, "last_error_at": None, "failures": 0, "last_sync_at": now,
        }  # fmt: skip
        if account is not None:
            values["external_account"] = account
    else:
        values = {
            "status": case((off, status), else_=IntegrationStatus.ERROR.value), "last_error": error[:2000],
            "last_error_at": now, "failures": Integration.failures + 1,
        }  # fmt: skip
    db.execute(
        update(Integration)
        .where(Integration.account_id == db.context.account_id, Integration.id == integration_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )
