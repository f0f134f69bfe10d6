"""Trying a connection: read the credentials, call the service outside any transaction, write down what came of it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from eventos_core.db.session import TenantSession, retrying, unit_of_work
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import EventOSError, PermissionDenied
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.integrations import opening
from eventos_core.operations.integrations.registry import Connection, provider_of

log = logging.getLogger(__name__)
TRY = "try_integration"
"""The job that tries one service."""


@dataclass(frozen=True)
class Tried:
    """What came of a try: whether it worked, what is to be said about it, and how long it took in milliseconds."""

    ok: bool
    said: str
    took_ms: int


def try_connection(credential: Credential, integration_id: int) -> Tried:
    """Try the service and keep the result. Nothing is sent. Raises PermissionDenied, NotFound, SetupError."""
    connection = retrying(lambda: _read(credential, integration_id))
    account, error = None, None
    began = time.monotonic()
    try:
        answer = provider_of(connection.provider).probe(connection)
        said, account = answer.said, answer.account
    except EventOSError as problem:
        said = error = str(problem)
    except Exception as problem:
        log.exception("Integration %d could not be tried", integration_id)
        said = error = f"A defect in the adapter ({type(problem).__name__}); the log has it."
    took = int((time.monotonic() - began) * 1000)

    def write() -> None:
        with unit_of_work(credential) as db:
            guard(db)
            opening.report(db, integration_id, error, account=account)

    retrying(write)
    return Tried(error is None, said, took)


def _read(credential: Credential, integration_id: int) -> Connection:
    with unit_of_work(credential) as db:
        guard(db)
        return opening.opened(db, integration_id, purpose="test")


def guard(db: TenantSession) -> None:
    """Raises PermissionDenied for who may not have credentials read to try them."""
    for needed in (Permission.TEAM_MANAGE, Permission.INTEGRATIONS_MANAGE):
        if not db.context.can(needed):
            raise PermissionDenied(
                "You may not do this.", hint="Ask an owner or admin of the house for it.",
                permission=needed.value, action="try_integration",
            )  # fmt: skip
