"""Asks an ASGI app in the same process: requests with a cookie jar, and whether a WebSocket opens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Answer:
    """A response; header names in lower case."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Client:
    """A browser of one address; `cookies` are sent and kept."""

    app: ASGIApp
    base_url: str = "http://events.test"
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = "127.0.0.1"

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", path, headers=headers)

    def post(
        self,
        path: str,
        *,
        json: Any = None,
        content: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        body = content if json is None else _dumped(json)
        return self.request("POST", path, body, headers)

    def request(
        self,
        method: str,
        path: str,
        content: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request; bytes are announced by their length, an iterable is sent in pieces without one."""
        given = {"host": urlsplit(self.base_url).netloc, **(headers or {})}
        if isinstance(content, bytes):
            given["content-length"] = str(len(content))
            pieces = [content]
        else:
            pieces = list(content)
        if self.cookies and "cookie" not in given:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = asyncio.run(self._http(method, path, given, pieces))
        start = sent[0]
        received = [(name.decode().lower(), value.decode()) for name, value in start["headers"]]
        for name, value in received:
            if name == "set-cookie":
                self._keep(value)
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(start["status"], dict(received), body)

    def socket_opens(self, path: str, headers: Mapping[str, str] | None = None) -> bool:
        """Whether the app accepts a WebSocket with these headers."""
        given = {"host": urlsplit(self.base_url).netloc, **(headers or {})}
        return asyncio.run(self._websocket(path, given))

    async def _http(self, method: str, path: str, headers: Mapping[str, str], pieces: list[bytes]) -> list[Message]:
        scope = self._scope("http", path, headers) | {"method": method}
        waiting = [
            {"type": "http.request", "body": piece, "more_body": i < len(pieces) - 1} for i, piece in enumerate(pieces)
        ]
        sent: list[Message] = []

        async def receive() -> Message:
            if not waiting:
                await asyncio.Event().wait()  # the browser stays until it has the whole answer
            return waiting.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return sent

    async def _websocket(self, path: str, headers: Mapping[str, str]) -> bool:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(self._scope("websocket", path, headers), receive, send)
        return sent[0]["type"] == "websocket.accept"

    def _scope(self, kind: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        scheme = urlsplit(self.base_url).scheme
        path, _, query = path.partition("?")
        return {
            "type": kind,
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": scheme if kind == "http" else scheme.replace("http", "ws"),
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": (self.address, 50000),
            "server": ("events.test", 80),
            "subprotocols": [],
        }

    def _keep(self, header: str) -> None:
        jar: SimpleCookie = SimpleCookie(header)
        for name, morsel in jar.items():
            if morsel["max-age"] == "0" or not morsel.value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()
