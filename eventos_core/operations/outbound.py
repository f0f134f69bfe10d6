"""Calls to addresses that people type in: never to private networks, never followed elsewhere, never for long.

The host is resolved once, every address it has is checked, and the connection goes to the checked one: a name that
answers differently the second time gains nothing.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from eventos_core.kernel.errors import EventOSError

TIMEOUT_SECONDS = 10.0
EXCERPT = 2000


class AddressRefused(EventOSError):
    """The address may not be called: another scheme than http and https, or a private network."""


class NoAnswer(EventOSError):
    """The network failed; the same call may succeed later. `sent`: the request had gone out, its answer was lost."""

    def __init__(self, message: str, *, hint: str = "", sent: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.sent = sent


@dataclass(frozen=True)
class Answer:
    """What came back: HTTP status, the beginning of the body, how long it took."""

    status: int
    excerpt: str
    duration_ms: int

    @property
    def ok(self) -> bool:
        """Whether it was taken (2xx); redirects are not followed."""
        return 200 <= self.status < 300


def check(url: str) -> None:
    """Raises AddressRefused for an address that could never be called: no http(s), no host, user name in it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("This is no web address.", hint="Write it as https://example.com/hook.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or port == 0:
        raise AddressRefused("This is no web address.", hint="Write it as https://example.com/hook.")
    if not url.isascii():
        raise AddressRefused("This address has letters that must be encoded.", hint="Copy it from a browser's bar.")


def resolve(host: str, port: int, *, allow_private: bool) -> str:
    """An IP address of `host` to connect to. Raises NoAnswer, AddressRefused where any of its addresses is private."""
    try:
        found = {str(item[4][0]) for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise NoAnswer(f"The host {host} cannot be found.") from error
    if not allow_private:
        for address in found:
            if not _is_public(address):
                raise AddressRefused(
                    f"{host} lies in a private network.",
                    hint="Only public addresses are called; the operator may allow others.",
                )
    return min(found, key=lambda address: (":" in address, address))


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool, timeout: float = TIMEOUT_SECONDS
) -> Answer:
    """POST `body` once. Raises AddressRefused and NoAnswer; any HTTP answer, good or bad, is returned."""
    return call("POST", url, body, headers, allow_private=allow_private, timeout=timeout)


def get(url: str, headers: Mapping[str, str], *, allow_private: bool, timeout: float = TIMEOUT_SECONDS) -> Answer:
    """GET once. Raises AddressRefused and NoAnswer; any HTTP answer, good or bad, is returned."""
    return call("GET", url, None, headers, allow_private=allow_private, timeout=timeout)


def call(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], *, allow_private: bool, timeout: float
) -> Answer:
    """One HTTP request. Raises AddressRefused and NoAnswer; any HTTP answer, good or bad, is returned."""
    check(url)
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = resolve(host, port, allow_private=allow_private)
    connection = _Pinned(host, port, address, tls=parts.scheme == "https", timeout=timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    began, sent = time.monotonic(), False
    try:
        connection.connect()
        sent = True  # from here on the other side may have it
        connection.request(method, target, body, {"User-Agent": "EventOS", **headers})
        answer = connection.getresponse()
        excerpt = answer.read(EXCERPT).decode(errors="replace").replace("\x00", "")
        return Answer(answer.status, excerpt, int((time.monotonic() - began) * 1000))
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"{host} did not answer: {error or type(error).__name__}.", sent=sent) from error
    finally:
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked; the host name stays in the certificate check and the headers."""

    def __init__(self, host: str, port: int, address: str, *, tls: bool, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self.address = address
        self.tls = tls
        self.default_port = 443 if tls else 80

    def connect(self) -> None:
        """Connect to the checked address, with TLS where asked for."""
        raw = socket.create_connection((self.address, self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=self.host) if self.tls else raw


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (mapped is None or mapped.is_global)
