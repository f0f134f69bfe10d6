"""TenantSession and the edges around it: one action, one transaction, entered for one house.

Ring 1 of tenancy: the context is set in `after_begin` (so also after every commit, never across the pool) and
an explicit account filter is added to every ORM select, which lets the planner prune. Ring 2 (row security)
and ring 3 (composite keys) stand in the database.
"""

from __future__ import annotations

import logging
import random
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from psycopg import errors as pg
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, with_loader_criteria

from eventos_core.db.engine import app_engine
from eventos_core.kernel.context import ActorKind, Context
from eventos_core.kernel.credentials import (
    Credential,
    FoundingCredential,
    InvitationCredential,
    JobCredential,
    KeyCredential,
    MemberCredential,
    OperatorCredential,
    TokenCredential,
)
from eventos_core.kernel.errors import (
    NotFound,
    NotSignedIn,
    PermissionDenied,
    SecondFactorDemanded,
    TemporarilyUnavailable,
    TenantContextMissing,
)
from eventos_core.kernel.permissions import Role, parse
from eventos_core.models.base import TenantTable

log = logging.getLogger(__name__)
T = TypeVar("T")

_ENTERS: dict[type[Any], tuple[str, Callable[[Any], tuple[Any, ...]]]] = {
    MemberCredential: ("app.enter_member(%s, %s, %s, %s)", lambda c: (c.token_hash, c.house)),
    KeyCredential: ("app.enter_key(%s, %s, %s)", lambda c: (c.key_hash,)),
    TokenCredential: ("app.enter_token(%s, %s, %s, %s)", lambda c: (c.token_hash, c.purpose)),
    JobCredential: ("app.enter_job(%s, %s, %s)", lambda c: (c.job_id,)),
    OperatorCredential: ("app.enter_operator(%s, %s, %s, %s)", lambda c: (c.token_hash, c.house)),
    FoundingCredential: (
        "app.enter_founding(%s, %s, %s::jsonb, %s, %s)",
        lambda c: (c.kind, c.secret_hash, c.details),
    ),
    InvitationCredential: (
        "app.enter_invitation(%s, %s, %s, %s, %s, %s)",
        lambda c: (c.token_hash, c.name, c.password_hash, c.session_hash),
    ),
}


class TenantSession(Session):
    """A SQLAlchemy session that can only work inside one house.

    Made by `unit_of_work` and `reading`; nothing else constructs it. `context` is what the database answered
    when the current transaction entered.
    """

    def __init__(self, *, credential: Credential | None, read_only: bool, request_id: str, **kwargs: Any) -> None:
        super().__init__(expire_on_commit=False, autoflush=True, **kwargs)
        self.credential = credential
        self.read_only = read_only
        self.request_id = request_id
        self._context: Context | None = None

    @property
    def context(self) -> Context:
        """Who acts where; begins the transaction if none has begun. Raises what entering raises."""
        if self._context is None or not self.in_transaction():
            self.connection()
        if self._context is None:
            raise TenantContextMissing("This session has entered no house.")
        return self._context

    def rollback_to_end(self) -> None:
        """Roll back and forget the context; used by the edges."""
        self._context = None
        self.rollback()


@event.listens_for(TenantSession, "after_begin")
def _enter(session: TenantSession, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.nested:
        return  # savepoints inherit transaction-local settings
    if session.credential is None:
        raise TenantContextMissing(
            "Tenant data was asked for without a credential.", hint="Open the session through unit_of_work or reading."
        )
    call, arguments = _ENTERS[type(session.credential)]
    values = (*arguments(session.credential), session.read_only, session.request_id)
    try:
        row = connection.exec_driver_sql(f"select * from {call}", values).mappings().one()
    except DBAPIError as error:
        raise entering_error(error) from error
    session._context = Context(
        account_id=row["account_id"],
        account_slug=row["account_slug"],
        account_name=row["account_name"],
        timezone=row["account_timezone"],
        currency=row["account_currency"],
        locale=row["account_locale"],
        member_id=row["member_id"],
        user_id=row["user_id"],
        display_name=row["display_name"],
        actor_kind=ActorKind(row["actor_kind"]),
        actor_id=row["actor_id"],
        role=Role(row["role"]) if row["role"] else None,
        permissions=parse(row["permissions"]),
        permission_version=row["permission_version"],
    )


def entering_error(error: DBAPIError) -> Exception:
    """What it means that a house could not be entered; an unknown error is returned unchanged."""
    state = getattr(error.orig, "sqlstate", None)
    if state == "EO001":
        return NotSignedIn("Your session has ended.", hint="Sign in again.")
    if state == "EO002":
        return NotFound("There is no such house for you.", hint="Choose one of your houses.")
    if state == "EO003":
        return PermissionDenied("This house is suspended.", hint="Ask the operator of this installation.")
    if state == "EO004":
        return SecondFactorDemanded(
            "This house demands a second factor.", hint="Set one up on the page of your account, or sign in with it."
        )
    if isinstance(error, OperationalError):
        return TemporarilyUnavailable("The database does not answer.", hint="Try again in a moment.")
    return error


@event.listens_for(TenantSession, "do_orm_execute")
def _scope(state: ORMExecuteState) -> None:
    if not (state.is_select or state.is_update or state.is_delete) or state.is_column_load:
        return
    if state.is_relationship_load:
        return
    if not isinstance(state.session, TenantSession):
        return
    account_id = state.session.context.account_id
    state.statement = state.statement.options(
        with_loader_criteria(TenantTable, lambda cls: cls.account_id == account_id, include_aliases=True)
    )


@event.listens_for(TenantSession, "before_flush")
def _stamp(session: TenantSession, *_: Any) -> None:
    for row in session.new:
        if isinstance(row, TenantTable):
            row.account_id = row.account_id or session.context.account_id


@contextmanager
def unit_of_work(
    credential: Credential, *, engine: Engine | None = None, request_id: str | None = None
) -> Iterator[TenantSession]:
    """One transaction for one action; commits at the end, rolls back on any exception.

    An actor without any write permission gets a read-only transaction from the database. A `PermissionDenied`
    raised inside is audited in a transaction of its own after the rollback.
    """
    yield from _unit(credential, engine, request_id, read_only=False)


@contextmanager
def reading(
    credential: Credential, *, engine: Engine | None = None, request_id: str | None = None
) -> Iterator[TenantSession]:
    """One READ ONLY transaction for queries."""
    yield from _unit(credential, engine, request_id, read_only=True)


def _unit(
    credential: Credential, engine: Engine | None, request_id: str | None, *, read_only: bool
) -> Iterator[TenantSession]:
    request = request_id or uuid.uuid4().hex[:16]
    db = TenantSession(credential=credential, read_only=read_only, request_id=request, bind=engine or app_engine())
    try:
        yield db
        db.commit()
    except PermissionDenied as denial:
        db.rollback_to_end()
        _audit_denial(credential, engine, request, denial)
        raise
    except BaseException:
        # BaseException: Streamlit aborts a run with one, and the half-done write must go.
        db.rollback_to_end()
        raise
    finally:
        db.close()


def _audit_denial(credential: Credential, engine: Engine | None, request: str, denial: PermissionDenied) -> None:
    """One row in the house's audit, through a definer function: the actor's own transaction may be read-only."""
    if not denial.permission:
        return
    if type(credential) not in _DENIALS:  # the house that was being founded went with the rollback
        log.warning("Denied %s, which needs %s (request %s)", denial.action, denial.permission, request)
        return
    kind, values = _DENIALS[type(credential)](credential)
    try:
        with (engine or app_engine()).begin() as connection:
            connection.exec_driver_sql(
                "select app.audit_denied(%s, %s, %s, %s, %s, %s)",
                (kind, *values, request, denial.action or "unknown", denial.permission),
            )
    except DBAPIError:
        log.exception("A denied command could not be audited (request %s)", request)


# (actor kind, (secret's hash or job id as bytes, house or purpose)) for app.audit_denied
_DENIALS: dict[type[Any], Callable[[Any], tuple[str, tuple[bytes, str]]]] = {
    MemberCredential: lambda c: ("member", (c.token_hash, c.house)),
    KeyCredential: lambda c: ("api_key", (c.key_hash, "")),
    TokenCredential: lambda c: ("public_token", (c.token_hash, c.purpose)),
    JobCredential: lambda c: ("job", (str(c.job_id).encode(), "")),
    OperatorCredential: lambda c: ("operator", (c.token_hash, c.house)),
    InvitationCredential: lambda c: ("invitation", (c.token_hash, "")),
}


RETRIED = (pg.DeadlockDetected, pg.LockNotAvailable, pg.SerializationFailure)
ATTEMPTS = 4


def retrying(work: Callable[[], T]) -> T:
    """Run `work` again when the database asks for it (deadlock 40P01, lock timeout 55P03), at most 4 times.

    `work` must be a whole transaction. Raises TemporarilyUnavailable when the last attempt fails the same way.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except DBAPIError as error:
            if not isinstance(error.orig, RETRIED):
                raise
            if attempt == ATTEMPTS:
                raise TemporarilyUnavailable(
                    "Many people are changing the same records right now.", hint="Try again in a moment."
                ) from error
            # Two victims that retry at once would meet again; spread them out.
            threading.Event().wait(random.uniform(0.02, 0.08) * attempt)  # noqa: S311 not for secrets
    raise AssertionError("unreachable")
