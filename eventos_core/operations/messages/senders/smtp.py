"""E-mail over SMTP: one connection for many letters, and a clear answer to “was it taken?”.

`smtplib.sendmail` does not tell whether a connection broke before or after the letter was handed over; so the
commands are given one by one. Only a connection lost between the final dot and its reply leaves a doubt.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from typing import Any

from eventos_core.operations import outbound
from eventos_core.operations.messages import mime, settings
from eventos_core.operations.messages.senders.base import ChannelDown, Deferred, Letter, Receipt, Refused, Uncertain
from eventos_core.operations.messages.settings import SmtpServer

TIMEOUT_SECONDS = 30
PER_CONNECTION = 200
"""Letters after which a fresh connection is opened; servers close longer ones."""
_NO_SUCH_ADDRESS = re.compile(rb"\b5\.1\.[0-36]\b")


class SmtpSender:
    """A `Sender` over one connection, opened at the first letter and again when it was lost."""

    name = "smtp"
    repeatable = True

    def __init__(self, server: SmtpServer, mail_from: str, *, guarded: bool = False) -> None:
        self.server = server
        self.mail_from = mail_from
        self.guarded = guarded
        """Whether the server was named by a house: then it may not lie in a private network."""
        self._smtp: smtplib.SMTP | None = None
        self._letters = 0

    def send(self, letter: Letter) -> Receipt:
        """Hand one letter over. Raises Deferred, Refused, Uncertain or ChannelDown."""
        content = mime.as_bytes(mime.build(letter, self.mail_from))
        smtp = self._connection()
        try:
            self._envelope(smtp, letter.address)
            code, said = smtp.docmd("DATA")
            if code == 354:
                smtp.send(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            # Without the final dot the server cannot have taken it.
            self._drop()
            raise Deferred(f"The connection broke before the message was handed over: {error}.") from error
        if code != 354:
            self._reset(smtp)
            raise _answer(code, said)
        try:
            code, said = smtp.getreply()
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            raise Uncertain("The connection broke before the server said whether it took the message.") from error
        if code == 421:
            self._drop()
        if code >= 400:
            self._reset(smtp)
            raise _answer(code, said)
        self._letters += 1
        if self._letters >= PER_CONNECTION:
            self.close()
        return Receipt(said.decode(errors="replace")[:300])

    def close(self) -> None:
        """Say goodbye; safe to call twice."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()

    def _envelope(self, smtp: smtplib.SMTP, address: str) -> None:
        code, said = smtp.mail(self.mail_from)
        if code == 250:
            code, said = smtp.rcpt(address)
            if code in (250, 251):
                return
            self._reset(smtp)
            raise _answer(code, said, address=True)
        self._reset(smtp)
        raise _answer(code, said)

    def _connection(self) -> smtplib.SMTP:
        if self._smtp is not None:
            return self._smtp
        place = f"{self.server.host}:{self.server.port}"
        try:
            smtp = self._connected()
        except outbound.AddressRefused as error:
            raise ChannelDown(f"The mail server {place} may not be used: {error}") from error
        except outbound.NoAnswer as error:
            raise ChannelDown(f"The mail server {place} does not answer: {error}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelDown(f"The mail server {place} does not answer: {error}.") from error
        try:
            if self.server.starttls:
                smtp.starttls(context=ssl.create_default_context())
            if self.server.user:
                smtp.login(self.server.user, self.server.password)
            smtp.ehlo_or_helo_if_needed()
        except smtplib.SMTPAuthenticationError as error:
            smtp.close()
            raise ChannelDown(f"The mail server {place} refused user name or password.") from error
        except UnicodeError as error:
            smtp.close()
            raise ChannelDown("User name and password of a mail server are plain ASCII.") from error
        except (smtplib.SMTPException, OSError) as error:
            smtp.close()
            raise ChannelDown(f"The mail server {place} broke off: {error}.") from error
        self._smtp, self._letters = smtp, 0
        return smtp

    def _connected(self) -> smtplib.SMTP:
        server = self.server
        address = None
        if self.guarded:
            allowed = settings.private_addresses_allowed()
            address = outbound.resolve(server.host, server.port, allow_private=allowed)
        if server.tls:
            return _PinnedTls(
                server.host, server.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context(), pin=address
            )
        return _Pinned(server.host, server.port, timeout=TIMEOUT_SECONDS, pin=address)

    def try_out(self) -> None:
        """Connect and sign in without sending anything. Raises ChannelDown."""
        self._connection()
        self.close()

    def _reset(self, smtp: smtplib.SMTP) -> None:
        if smtp is not self._smtp:
            return
        try:
            code, _ = smtp.rset()
        except (smtplib.SMTPException, OSError):
            code = 0
        if code != 250:
            self._drop()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


class _Pinned(smtplib.SMTP):
    """A connection to an address that was checked; the host's name stays in the certificate check."""

    def __init__(self, *given: Any, pin: str | None, **options: Any) -> None:
        self.pin = pin
        super().__init__(*given, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((self.pin or host, port), timeout)


class _PinnedTls(smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""

    def __init__(self, *given: Any, pin: str | None, **options: Any) -> None:
        self.pin = pin
        super().__init__(*given, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        raw = socket.create_connection((self.pin or host, port), timeout)
        return self.context.wrap_socket(raw, server_hostname=host)


def _answer(code: int, said: bytes, *, address: bool = False) -> Deferred | Refused:
    words = f"The mail server said {code} {said.decode(errors='replace')[:300]}"
    if code < 500:
        return Deferred(words)
    # 550 to a recipient also says “refused by policy”; without an enhanced code it is read as “no such mailbox”.
    enhanced = re.search(rb"\b5\.\d+\.\d+\b", said)
    gone = address and bool(_NO_SUCH_ADDRESS.search(said) or (enhanced is None and code in (550, 551, 553)))
    return Refused(words, bounced=gone)
