"""What happens before the first request and after the last one.

The order matters: environment, database, migrations (where they are ours to run), the check that the app's login
is fenced, set-up link, background worker; then the process is tuned. What is wrong with the installation itself
refuses the start; a database that is only away for a moment does not: `/readyz` and the pages say so meanwhile.
"""

from __future__ import annotations

import gc
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool

from eventos_core import migrations
from eventos_core.api import request_log
from eventos_core.api.routes import ROUTES
from eventos_core.db import engine, urls
from eventos_core.kernel.errors import EventOSError
from eventos_core.operations import readiness, site, start
from eventos_core.operations.jobs import start_worker
from eventos_core.tenancy import identity

log = logging.getLogger(__name__)
Stop = Callable[[], None]


def lifespan(warm_up: Callable[[], None]) -> Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]:
    """The lifespan of the app; `warm_up` imports what the first page would otherwise import while somebody waits."""

    @asynccontextmanager
    async def running(_app: Any) -> AsyncIterator[dict[str, Any]]:
        stop_worker: Stop | None = None
        try:
            stop_worker = await run_in_threadpool(_start, warm_up)
            yield {}
        finally:
            await run_in_threadpool(_stop, stop_worker)

    return running


def _start(warm_up: Callable[[], None]) -> Stop | None:
    request_log.set_up(ROUTES)
    site.environment()
    site.base_url()
    site.public_links()
    start.load()
    warm_up()
    stop_worker = _prepare_database()
    port = tune_listening_sockets()
    if port is not None:
        site.listens_at(port)
    _announce()
    # Everything imported so far lives as long as the process: no collection needs to look at it again.
    gc.collect()
    gc.freeze()
    return stop_worker


def _prepare_database() -> Stop | None:
    """Migrate where that is ours to do, check the login, start the worker; None when the database is not ready."""
    urls.resolve("app")
    if urls.is_embedded() or os.environ.get("EVENTOS_MIGRATE_ON_START") == "1":
        applied = migrations.migrate(urls.resolve("migrator"))
        if applied:
            log.info("Applied migrations: %s", ", ".join(applied))
    # An unreachable server is no reason to refuse the start; a login that could pass the fence is.
    with suppress(DBAPIError):
        readiness.check_app_login()
    found = readiness.check()
    if not found.ready:
        log.error("Not ready: %s %s", found.reason, found.hint)
        return None
    return _start_worker()


def _start_worker() -> Stop | None:
    """The background worker inside this process, unless `EVENTOS_WORKER` says that it runs elsewhere."""
    if os.environ.get("EVENTOS_WORKER", "inside") == "elsewhere":
        return None
    return start_worker().stop


def _announce() -> None:
    """Print where EventOS answers and, while it is new, the one-time link that sets it up."""
    address = site.address()
    code = None
    try:
        code = identity.open_set_up()
    except (EventOSError, DBAPIError):
        log.warning("Whether this installation is new could not be asked", exc_info=True)
    click.echo(f"EventOS answers at {address}")
    if code:
        click.echo(f"This installation is new. Set it up here (the link works once):\n  {address}/?setup={code}")


def tune_listening_sockets() -> int | None:
    """Set TCP_NODELAY where this process listens (accepted sockets inherit it); returns the port, if there is one.

    Without it every rerun waits 40 ms for a delayed acknowledgement.
    """
    port = None
    for name in [entry.name for entry in Path("/dev/fd").iterdir()] if Path("/dev/fd").is_dir() else ():
        with suppress(OSError, ValueError):
            copy = socket.socket(fileno=os.dup(int(name)))
            with copy:
                if copy.family not in (socket.AF_INET, socket.AF_INET6) or copy.type != socket.SOCK_STREAM:
                    continue
                if copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    copy.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    port = copy.getsockname()[1]
    return port


def _stop(stop_worker: Stop | None) -> None:
    if stop_worker is not None:
        stop_worker()
    engine.dispose_all()
    if urls.is_embedded() and os.name == "posix":
        urls.embedded_server().release()
