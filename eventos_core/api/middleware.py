"""Pure-ASGI middleware around pages and routes alike: request ids, security headers, limits, guards, errors.

Pure ASGI rather than `BaseHTTPMiddleware`, so that WebSockets and streamed bodies pass through untouched.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from http.cookies import CookieError, SimpleCookie

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eventos_core.api import request_log
from eventos_core.api.errors import RequestRefused, answer_to
from eventos_core.api.request_log import Addresses
from eventos_core.kernel.credentials import hash_token
from eventos_core.kernel.errors import NotFound, NotSignedIn
from eventos_core.operations import site
from eventos_core.tenancy import identity

MEGABYTE = 1024 * 1024
BODY_LIMITS: tuple[tuple[str, int], ...] = (
    ("/_stcore/upload_file", 61 * MEGABYTE),
    ("/", MEGABYTE),
)
"""Largest request body by path prefix, first match; a route for uploads adds its own before the last."""

GUARDED = ("/media/", "/_stcore/metrics", "/_stcore/upload_file")
"""Streamlit's own paths that it serves to anyone who knows the address: only for people who are signed in."""
CLOSED = ("/_stcore/agent", "/_stcore/script-health-check", "/component/")
"""Streamlit's own paths that nobody needs; the last serves components of the first generation."""


def request_id(scope: Scope) -> str:
    """The id of this request, as the response's `X-Request-Id` and the audit name it."""
    return str(scope.get("state", {}).get("request_id", ""))


def is_secure(scope: Scope) -> bool:
    """Whether this request came over TLS, at this server or at the proxy before it."""
    return scope.get("scheme") in ("https", "wss") or site.behind_tls()


def cookies(scope: Scope) -> Mapping[str, str]:
    """The request's cookies; unreadable ones are none."""
    jar: SimpleCookie = SimpleCookie()
    for value in Headers(scope=scope).getlist("cookie"):
        try:
            jar.load(value)
        except CookieError:
            continue
    return {name: morsel.value for name, morsel in jar.items()}


def plain_address(host: str) -> str:
    """A network address as its family writes it: a socket for both families says `::ffff:192.0.2.1` of IPv4."""
    try:
        mapped = ipaddress.IPv6Address(host).ipv4_mapped
    except ValueError:
        return host
    return str(mapped) if mapped is not None else host


class Outermost:
    """Gives every request an id and a plain address, answers errors, logs it, sets each response's security headers."""

    def __init__(self, app: ASGIApp, addresses: Addresses, inline_scripts: Sequence[str] = ()) -> None:
        self.app = app
        self.addresses = addresses
        hashes = " ".join(f"'sha256-{digest}'" for digest in inline_scripts) or "'unsafe-inline'"
        self.policy = "; ".join(
            (
                "default-src 'self'",
                f"script-src 'self' {hashes} blob:",
                "style-src 'self' 'unsafe-inline'",
                "img-src 'self' data: blob:",
                "media-src 'self' data: blob:",
                "font-src 'self' data:",
                "connect-src 'self'",
                "worker-src 'self' blob:",
                "object-src 'none'",
                "base-uri 'self'",
                "form-action 'self'",
                "frame-ancestors 'none'",
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if scope.get("client"):
            scope["client"] = (plain_address(scope["client"][0]), scope["client"][1])
        scope.setdefault("state", {})["request_id"] = secrets.token_hex(8)
        began = request_log.begin(request_id(scope))
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            if scope["type"] != "http" or status:
                raise
            # A browser that follows a link asks for HTML first; scripts and programs do not.
            to_person = Headers(scope=scope).get("accept", "").startswith("text/html")
            await answer_to(error, request_id(scope), to_person=to_person)(scope, receive, sending)
        finally:
            request_log.end(scope, status, began, self.addresses)

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        headers["X-Request-Id"] = request_id(scope)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers.setdefault("Referrer-Policy", "same-origin")
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        # The door uses the camera to read tickets; nothing else of the device is needed.
        headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"
        headers.setdefault("Content-Security-Policy", self.policy)
        if is_secure(scope):
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"


class BodyLimit:
    """Refuses request bodies above the limit of their path with 413, announced or not."""

    def __init__(self, app: ASGIApp, limits: Sequence[tuple[str, int]] = BODY_LIMITS) -> None:
        self.app = app
        self.limits = tuple(limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = next((size for prefix, size in self.limits if scope["path"].startswith(prefix)), MEGABYTE)
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdigit() or int(announced) > limit:
            raise _too_large(limit)
        seen = 0

        async def receiving() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > limit:
                    raise _too_large(limit)
            return message

        await self.app(scope, receiving, send)


class Guard:
    """Closes what Streamlit leaves open.

    Only signed-in people get at its media, uploads and metrics, nobody at its agent interface, and a WebSocket opens
    only from a page of this very site: its own check would also admit any page on localhost.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "websocket" and not _from_own_page(scope):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if path.startswith(CLOSED):
            raise NotFound("There is nothing here.")
        if scope["type"] == "http" and path.startswith(GUARDED):
            token = site.session_token(cookies(scope), secure=is_secure(scope))
            person = await run_in_threadpool(identity.session, hash_token(token)) if token else None
            if person is None:
                raise NotSignedIn("Sign in to open this.", hint="Open EventOS and sign in.")
        await self.app(scope, receive, send)


def check_same_origin(scope: Scope) -> None:
    """Raises RequestRefused unless a browser says the request comes from a page of this very site."""
    headers = Headers(scope=scope)
    site_header = headers.get("sec-fetch-site")
    if site_header is not None:
        acceptable = site_header == "same-origin"
    else:  # a browser without Fetch Metadata still names the origin of a POST
        origin = headers.get("origin", "")
        acceptable = origin.partition("://")[2] == headers.get("host", "") and bool(origin)
    if not acceptable:
        raise RequestRefused(403, "wrong_origin", "This request does not come from EventOS itself.")


def _from_own_page(scope: Scope) -> bool:
    """Whether a WebSocket comes from a page of this host, or from a program (browsers always send an origin)."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is None:
        return True
    own = {headers.get("host", ""), site.base_url().partition("://")[2]} - {""}
    return origin.partition("://")[2] in own


def _too_large(limit: int) -> RequestRefused:
    return RequestRefused(413, "too_large", f"That is more than {limit // MEGABYTE} MB.", hint="Send less at once.")
