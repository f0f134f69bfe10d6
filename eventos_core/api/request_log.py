"""The log of requests: one line for each request to a route of ours, and the request's id on every line until then.

What could open something never reaches the log: no query, no body, no header, and in place of a link's token a dash.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections.abc import Iterable
from contextvars import ContextVar
from urllib.parse import quote

from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from eventos_core.kernel.errors import SetupError

log = logging.getLogger("eventos_core.requests")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
HIDDEN = "-"
_QUIET = ("/healthz", "/readyz")
"""Asked every few seconds by whatever watches this process."""
_current: ContextVar[str] = ContextVar("request_id", default="")


class Addresses:
    """Our routes' addresses, as the log may show them."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        """`{token}` in a route's path is what nobody may read."""
        ours = [route for route in routes if isinstance(route, Route)]
        self.endpoints = {route.endpoint for route in ours if route.path not in _QUIET}
        heads = {re.escape(route.path.partition("{token}")[0]) for route in ours if "{token}" in route.path}
        self._secret = re.compile(f"({'|'.join(sorted(heads))})[^/]+" if heads else "$^")

    def shown(self, path: str) -> str:
        """`path` without its query, without the token of a link, and on one line."""
        return quote(self._secret.sub(rf"\1{HIDDEN}", path.partition("?")[0]), safe="/")


def begin(request_id: str) -> float:
    """From now on lines of the log carry `request_id`; returns when that was, for `end`."""
    _current.set(request_id)
    return time.perf_counter()


def end(scope: Scope, status: int, began: float, addresses: Addresses) -> None:
    """The line of a request that a route of ours has answered; pages and Streamlit's own files get none."""
    if scope.get("endpoint") in addresses.endpoints:
        milliseconds = (time.perf_counter() - began) * 1000
        log.info("%s %s %d in %.0f ms", scope["method"], addresses.shown(scope["path"]), status, milliseconds)


class _Named(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request = _current.get() or HIDDEN
        return True


class _Redacted(logging.Filter):
    """For the server's own log of requests, which `uvicorn app:app` writes with whole addresses."""

    def __init__(self, addresses: Addresses) -> None:
        super().__init__()
        self.addresses = addresses

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                self.addresses.shown(value) if isinstance(value, str) and value.startswith("/") else value
                for value in record.args
            )
        return True


def set_up(routes: Iterable[BaseRoute]) -> None:
    """Send what this package logs to standard error, from `EVENTOS_LOG_LEVEL` (default INFO) up; once per process.

    Raises SetupError for another level.
    """
    given = os.environ.get("EVENTOS_LOG_LEVEL", "").strip()
    level = given.upper() or "INFO"
    if level not in LEVELS:
        raise SetupError(f"EVENTOS_LOG_LEVEL is “{given}”.", hint=f"Set it to one of {', '.join(LEVELS)}.")
    ours, server = logging.getLogger("eventos_core"), logging.getLogger("uvicorn.access")
    ours.setLevel(level)
    if not any(isinstance(filter_, _Redacted) for filter_ in server.filters):
        server.addFilter(_Redacted(Addresses(routes)))
    if not ours.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s [%(request)s]: %(message)s"))
        handler.addFilter(_Named())
        ours.addHandler(handler)
