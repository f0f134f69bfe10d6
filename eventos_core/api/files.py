"""`GET /h/{house}/files/{public_id}` and `…/thumb`: stored files, authorised for every request under row security.

`?version=N` gives an earlier version, `?download` a file to keep even of what a browser could show. Not signed in:
401; not a member, no such file, or none for this member: 404. A browser may keep a copy, but asks each time whether it
still may show it. What can carry scripts is never shown inside this site: it leaves as a download, in a sandbox, typed
by its bytes. `GET /api/v1/files/{public_id}` gives the same to an API key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from eventos_core.api import entry
from eventos_core.api.middleware import request_id
from eventos_core.operations.files import fetching
from eventos_core.operations.files.fetching import Fetcher, FileFound

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_HEADERS = {
    # A copy may be kept, never used without asking again: rights and membership change.
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie, Authorization",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def stored_file(request: Request) -> Response:
    """The file for the member whose cookie it is."""
    return await send(request, entry.member(request))


async def send(request: Request, credential: Fetcher) -> Response:
    """The file, whole or the range that was asked for."""
    found = await run_in_threadpool(_found, credential, request)
    tag = f'"{found.sha256}"'
    headers = _HEADERS | {"ETag": tag, "Accept-Ranges": "bytes"}
    headers["Content-Disposition"] = disposition(
        found.name, inline=found.inline and "download" not in request.query_params
    )
    if _unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    wanted = asked_range(request.headers, found.size, tag)
    if wanted is None:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{found.size}"})
    start, length = wanted
    headers["Content-Length"] = str(length)
    if length < found.size:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{found.size}"
    status = 206 if length < found.size else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=found.content_type)
    pieces = await run_in_threadpool(_begin, credential, found, start, length, request_id(request.scope))
    return StreamingResponse(pieces, status_code=status, headers=headers, media_type=found.content_type)


async def thumbnail(request: Request) -> Response:
    """A small copy of a picture, as WebP."""
    credential = entry.member(request)
    found = await run_in_threadpool(_found, credential, request)
    tag = f'"{found.sha256}-small"'
    headers = _HEADERS | {"ETag": tag, "Content-Disposition": "inline"}
    if _unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    content = await run_in_threadpool(fetching.thumbnail, found)
    return Response(content, headers=headers, media_type="image/webp")


def disposition(name: str, *, inline: bool) -> str:
    """A Content-Disposition that every browser reads: ASCII for old ones, the whole name for the others (RFC 6266)."""
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def asked_range(headers: Mapping[str, str], size: int, tag: str) -> tuple[int, int] | None:
    """(start, length) of the one range asked for; None where it lies beyond the end.

    Everything where none is asked for, several are, or the copy that is to be continued is of another version.
    """
    found = _RANGE.fullmatch(headers.get("range", "").strip())
    if found is None or found[1] == found[2] == "" or headers.get("if-range", tag) != tag:
        return 0, size
    if not found[1]:  # the last so many bytes
        length = min(int(found[2]), size)
        return (size - length, length) if length else None
    start = int(found[1])
    end = min(int(found[2]), size - 1) if found[2] else size - 1
    return (start, end - start + 1) if start <= end else None


def _found(credential: Fetcher, request: Request) -> FileFound:
    version = request.query_params.get("version", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else None
    return fetching.fetch(credential, request.path_params["public_id"], number)


def _begin(credential: Fetcher, found: FileFound, start: int, length: int, request: str) -> Iterator[bytes]:
    pieces = found.pieces(start, length)
    if found.noted and start == 0:  # the rest of a film that is being watched is no other download
        fetching.note_download(credential, found, request)
    return pieces


def _unchanged(request: Request, tag: str) -> bool:
    return tag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]


ROUTES = [
    Route("/h/{house}/files/{public_id}", stored_file, methods=["GET"]),
    Route("/h/{house}/files/{public_id}/thumb", thumbnail, methods=["GET"]),
]
