"""One engine per process for the app's login, and the settings that every connection gets.

Pages run in threads of their own, so the pool is sized by `EVENTOS_POOL_SIZE` (default 10, overflow 10).
"""

from __future__ import annotations

import os
import threading

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from eventos_core.db import urls
from eventos_core.kernel.errors import SetupError

_lock = threading.Lock()
_engines: dict[str, Engine] = {}


def engine_for(url: str) -> Engine:
    """The process-wide engine of `url`; created on first use.

    `search_path` is set by the role in the database, not per connection, so that poolers in transaction mode work.
    """
    with _lock:
        if url not in _engines:
            _engines[url] = create_engine(
                make_url(url),
                pool_size=_positive("EVENTOS_POOL_SIZE", 10),
                max_overflow=_positive("EVENTOS_POOL_OVERFLOW", 10),
                pool_pre_ping=True,
                pool_recycle=1800,
                # What a statement was given may be secret or personal; an error in the log needs only the statement.
                hide_parameters=True,
                connect_args={"connect_timeout": 10, "application_name": "eventos"},
            )
        return _engines[url]


def app_engine() -> Engine:
    """The engine of the app's restricted login (`EVENTOS_DATABASE_URL`, or the embedded server)."""
    return engine_for(urls.resolve("app"))


def migrator_engine() -> Engine:
    """The engine of the migrator's login; for operators: migrations, tickets, keys, the demo's past (ADR 68)."""
    return engine_for(urls.resolve("migrator"))


def dispose_all() -> None:
    """Close every pooled connection and forget the engines; for process end and tests."""
    with _lock:
        for engine in _engines.values():
            engine.dispose()
        _engines.clear()


def _positive(name: str, default: int) -> int:
    raw = os.environ.get(name, "")
    if not raw:
        return default
    if not raw.isdigit() or int(raw) < 1:
        raise SetupError(f"{name} is “{raw}”.", hint="Give a whole number above zero.")
    return int(raw)
