"""A local HTTP server in the place of a text gateway or a social network: keeps what it got, answers as told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Got(NamedTuple):
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


class Gateway:
    """`answer(request)` gives status and body; None cuts the connection without an answer."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.answer: Callable[[Got], tuple[int, str] | None] = lambda _: (200, "{}")
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
                got = Got(self.command, self.path, dict(self.headers), body)
                gateway.got.append(got)
                answer = gateway.answer(got)
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer[0])
                self.end_headers()
                self.wfile.write(answer[1].encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def posted(self) -> list[Got]:
        """What was handed over."""
        return [one for one in self.got if one.method == "POST"]

    def stop(self) -> None:
        """Listen no more."""
        self.server.shutdown()
        self.server.server_close()
