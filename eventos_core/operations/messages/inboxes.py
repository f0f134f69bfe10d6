"""The mailbox that mail of a house's own mail server comes back to, opened over IMAP with TLS."""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field

from eventos_core.operations import outbound
from eventos_core.operations.integrations.registry import CannotConnect, Connection
from eventos_core.operations.messages import settings

HOST, PORT, USER, PASSWORD = "returned_host", "returned_port", "returned_user", "returned_password"
"""Settings and secret of an own mail server; without a host nothing is read."""
TLS_PORT = 993
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Mailbox:
    """Where mail comes back to; always over TLS, since it has a password."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)


def mailbox(connection: Connection) -> Mailbox | None:
    """The mailbox of an own mail server; None where it names none."""
    given = connection.settings
    if not given.get(HOST):
        return None
    port = int(given.get(PORT) or TLS_PORT)
    return Mailbox(given[HOST], port, given.get(USER) or "", connection.secrets.get(PASSWORD, ""))


def try_out(place: Mailbox) -> None:
    """Sign in and open the inbox, changing nothing. Raises CannotConnect."""
    with inbox(place, readonly=True):
        pass


@contextlib.contextmanager
def inbox(place: Mailbox, *, readonly: bool = False) -> Iterator[imaplib.IMAP4]:
    """The inbox, open. Raises CannotConnect for whatever goes wrong with it, also while it is used."""
    name = f"{place.host}:{place.port}"
    imap: imaplib.IMAP4 | None = None
    try:
        address = outbound.resolve(place.host, place.port, allow_private=settings.private_addresses_allowed())
        imap = _Pinned(place.host, place.port, address)
        try:
            imap.login(place.user, place.password)
        except (imaplib.IMAP4.error, UnicodeError) as error:
            raise CannotConnect(f"The mailbox {name} refused user name or password.") from error
        status, _ = imap.select("INBOX", readonly=readonly)
        if status != "OK":
            raise CannotConnect(f"The mailbox {name} has no inbox.")
        yield imap
    except (outbound.AddressRefused, outbound.NoAnswer) as error:
        raise CannotConnect(f"The mailbox {name} cannot be reached: {error}") from error
    except (imaplib.IMAP4.error, OSError) as error:
        raise CannotConnect(f"The mailbox {name} broke off: {error}.") from error
    finally:
        if imap is not None:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                imap.logout()


class _Pinned(imaplib.IMAP4_SSL):
    """A connection to an address that was checked; the host's name stays in the certificate check."""

    def __init__(self, host: str, port: int, pin: str) -> None:
        self.pin = pin
        super().__init__(host, port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        raw = socket.create_connection((self.pin, self.port), timeout)
        context: ssl.SSLContext = self.ssl_context
        return context.wrap_socket(raw, server_hostname=self.host)
