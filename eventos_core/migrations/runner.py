"""Upgrade, rollback and the questions about them."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from psycopg import errors as pg
from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from eventos_core.db.names import OWNER
from eventos_core.db.sync import Report, is_current, sync
from eventos_core.db.sync import revisions as known
from eventos_core.kernel.errors import InvalidInput, SetupError, TemporarilyUnavailable

T = TypeVar("T")
_LOCK = 7_405_000
_ATTEMPTS = 8
_LOCK_TIMEOUT = "3s"


def migrate(url: str) -> list[str]:
    """Apply every pending revision, then sync and make partitions; returns the revisions applied.

    `url` is the migrator's. A second call meanwhile waits for the first. A revision that cannot get its locks
    within 3 seconds is tried again, so that running work is never blocked for long; after eight attempts
    TemporarilyUnavailable. Revisions already applied stay. Raises SetupError when the roles are missing.
    """
    with _exclusive(url) as engine:
        before = _applied(engine)
        _patiently(lambda: _alembic(engine, lambda config: command.upgrade(config, "head")))
        applied = [revision for revision in _applied(engine) if revision not in before]
        _patiently(lambda: _settle(engine))
        return applied


def rollback(url: str, revision: str) -> list[str]:
    """Downgrade to `revision` (an id, an unambiguous prefix, or `base`) and sync; returns the revisions undone.

    The tables of the revisions undone go with their rows. Raises InvalidInput for an unknown revision.
    """
    with _exclusive(url) as engine:
        before = _applied(engine)
        try:
            target = revision if revision == "base" else known.script().get_revision(revision)
        except CommandError:
            target = None
        if target is None or (target != "base" and target.revision not in before):  # type: ignore[union-attr]
            raise InvalidInput(
                f"There is no applied revision “{revision}”.", hint=f"Applied are: {', '.join(before) or 'none'}."
            )
        name = target if isinstance(target, str) else target.revision
        _patiently(lambda: _alembic(engine, lambda config: command.downgrade(config, name)))
        after = _applied(engine)
        if after:
            _patiently(lambda: _settle(engine))
        return [revision for revision in reversed(before) if revision not in after]


def settle(connection: Connection) -> Report:
    """Sync, then make partitions, in the caller's transaction as the migrator."""
    report = sync(connection)
    if connection.exec_driver_sql("select to_regprocedure('app.ensure_partitions()') is not null").scalar():
        connection.exec_driver_sql("select app.ensure_partitions()")
    return report


def pending(url: str) -> list[str]:
    """Revisions that this database lacks, oldest first; `url` may be the migrator's or the app's."""
    with _engine(url).connect() as connection:
        return known.pending(connection)


def check(url: str) -> list[str]:
    """What `migrate` would do: the pending revisions, and `sync` when the last sync is not this version's."""
    with _engine(url).connect() as connection:
        found = known.pending(connection)
        return found if is_current(connection) else [*found, "sync"]


def _engine(url: str) -> Engine:
    return create_engine(make_url(url), poolclass=NullPool)


def _applied(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return known.applied(connection)


def _alembic(engine: Engine, work: Callable[[Config], None]) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql(f"set role {OWNER}")
        connection.exec_driver_sql(f"set lock_timeout = '{_LOCK_TIMEOUT}'")
        connection.exec_driver_sql("set search_path = public, extensions")
        connection.commit()
        config = known.config()
        config.attributes["connection"] = connection
        work(config)


def _settle(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
        settle(connection)


@contextmanager
def _exclusive(url: str) -> Iterator[Engine]:
    """The engine, while this process alone migrates the database."""
    engine = _engine(url)
    try:
        guard = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    except OperationalError as error:
        raise SetupError(
            "The migrator cannot log in to the database.", hint="Run `bootstrap`, and check EVENTOS_MIGRATOR_URL."
        ) from error
    with guard:
        if not guard.exec_driver_sql(f"select pg_has_role(current_user, '{OWNER}', 'member')").scalar():
            raise SetupError(f"This login is not a member of {OWNER}.", hint="Use the migrator's URL.")
        guard.exec_driver_sql(f"select pg_advisory_lock({_LOCK})")
        yield engine


def _patiently(work: Callable[[], T]) -> T:
    """Run `work` again when it could not get its locks in time."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return work()
        except DBAPIError as error:
            if not isinstance(error.orig, pg.LockNotAvailable | pg.DeadlockDetected):
                raise
            if attempt == _ATTEMPTS:
                raise TemporarilyUnavailable(
                    "The tables are busy; the migration did not get its locks.",
                    hint="Try again when fewer people work; what was applied so far stays.",
                ) from error
            threading.Event().wait(random.uniform(0.2, 0.6) * attempt)  # noqa: S311 not for secrets
    raise AssertionError("unreachable")
