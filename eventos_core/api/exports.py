"""`GET /h/{house}/exports/{public_id}`: a list on its way out, as `operations.exports` writes it.

For the member who asked for it, with the permission asked again. Not signed in: 401; not a member, no such export,
somebody else's or an expired one: 404. What an API key asked for it fetches from `/api/v1/exports/{public_id}`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from eventos_core.api import entry
from eventos_core.api.errors import RequestRefused
from eventos_core.api.middleware import request_id
from eventos_core.operations import exports
from eventos_core.operations.exports import ExportFile, Outgoing, Taker


class ExportResponse(StreamingResponse):
    """Streams a download and sees to it that its end is noted, also when the browser went away in between."""

    def __init__(self, pieces: Outgoing, *, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(pieces, media_type=media_type, headers=headers)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; whatever ends it, the row says so."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            # Also when this task is cancelled, as it is when the browser has gone.
            await asyncio.shield(run_in_threadpool(self._pieces.close))


async def export(request: Request) -> Response:
    """The file for the member whose cookie it is."""
    return await send(request, lambda: entry.member(request))


async def send(request: Request, enter: Callable[[], Taker]) -> Response:
    """Stream the file; its first rows are read before the answer begins, so that what is wrong shows as an error."""
    if request.method != "GET":  # asking for headers alone would count as a download
        raise RequestRefused(405, "method_not_allowed", "An export can only be fetched.")

    def fetch() -> ExportFile:
        return exports.fetch(enter(), request.path_params["public_id"], request_id=request_id(request.scope))

    file = await run_in_threadpool(fetch)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store, private"}
    if file.size is not None:
        headers["Content-Length"] = str(file.size)
    return ExportResponse(file.pieces, media_type=file.media_type, headers=headers)


ROUTES = [Route("/h/{house}/exports/{public_id}", export, methods=["GET"])]
