"""A real SMTP server in this process that takes mail, refuses some of it, and can die."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class MailServer:
    """Counts what it took, connection by connection; `answer(n)` says what the n-th message is told.

    An answer of None is a death: the message was taken, and every connection is cut before the reply.
    """

    def __init__(self, answer: Callable[[int], str | None] = lambda _: "250 OK") -> None:
        self.port = free_port()
        self.answer = answer
        self.offered = 0
        self.connections = 0
        self.taken: Counter[str] = Counter()
        self.unanswered: list[str] = []
        self.letters: list[Any] = []
        self.recipients: Callable[[str], str | None] = lambda _: None
        self._open: list[SMTP] = []
        self._controller: Controller | None = None

    def start(self) -> MailServer:
        """Listen, or listen again after a death."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def stop(self) -> None:
        """Listen no more."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    @property
    def url(self) -> str:
        """For EVENTOS_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        self._open.append(server)
        return responses

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        refused = self.recipients(address)
        if refused is not None:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.offered += 1
        letter = message_from_bytes(envelope.content or b"")
        answer = self.answer(self.offered)
        if answer is None:
            self.taken[letter["Message-ID"]] += 1
            self.unanswered.append(letter["Message-ID"])
            self._die()
            return "250 never sent"
        if answer.startswith("2"):
            self.taken[letter["Message-ID"]] += 1
            self.letters.append(letter)
        return answer

    def _die(self) -> None:
        controller = self._controller
        if controller is not None and controller.server is not None:
            controller.server.close()
        for server in self._open:
            if server.transport is not None:
                server.transport.abort()
        self._open.clear()
