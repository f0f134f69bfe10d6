"""`GET /healthz`: the process answers. `GET /readyz`: it can serve, or why not."""

from __future__ import annotations

import logging
import secrets

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from eventos_core import __version__
from eventos_core.operations import readiness

log = logging.getLogger(__name__)
_FRESH = {"Cache-Control": "no-store"}


async def healthz(request: Request) -> JSONResponse:
    """200 as long as the process runs; asks no database."""
    return JSONResponse({"status": "ok", "version": __version__}, headers=_FRESH)


async def readyz(request: Request) -> JSONResponse:
    """200 only with database and current migrations; 503 with the reason otherwise.

    What a server said of itself stays in the log, under the reference that the answer carries.
    """
    found = await run_in_threadpool(readiness.check)
    body = {"status": "ready" if found.ready else "not ready", "version": __version__}
    if not found.ready:
        body |= {"reason": found.told, "hint": found.hint}
        if found.told != found.reason:
            body["reference"] = secrets.token_hex(4).upper()
            log.error("Not ready %s: %s %s", body["reference"], found.reason, found.hint)
    return JSONResponse(
        {**body, "pending": list(found.pending)}, status_code=200 if found.ready else 503, headers=_FRESH
    )


ROUTES = [Route("/healthz", healthz, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]
