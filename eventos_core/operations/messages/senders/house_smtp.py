"""A house's own mail server: its e-mail goes out under its own address instead of the installation's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventos_core.enums.operations import IntegrationKind
from eventos_core.operations.fields import Field, Kind
from eventos_core.operations.integrations.registry import Answer, Connection, Provider, provider
from eventos_core.operations.messages import inboxes
from eventos_core.operations.messages.senders.smtp import SmtpSender
from eventos_core.operations.messages.settings import SmtpServer

_SECURITY = {"tls": "TLS (usually port 465)", "starttls": "STARTTLS (usually port 587)", "none": "None"}


def sender(connection: Connection) -> SmtpSender:
    """A sender over that server, which may not lie in a private network."""
    given = connection.settings
    server = SmtpServer(
        given["host"], int(given["port"]), given.get("user") or "", connection.secrets.get("password", ""),
        tls=given["security"] == "tls", starttls=given["security"] == "starttls",
    )  # fmt: skip
    return SmtpSender(server, given["from_address"], guarded=True)


def _probe(connection: Connection) -> Answer:
    sender(connection).try_out()
    given = connection.settings
    signed_in = f" and signed in as {given['user']}" if given.get("user") else ""
    said = f"Connected to {given['host']}{signed_in}."
    place = inboxes.mailbox(connection)
    if place is not None:
        inboxes.try_out(place)
        said += f" Mail that comes back is read from {place.host}."
    return Answer(said, given["from_address"])


def _problems(values: Mapping[str, Any]) -> Mapping[str, str]:
    wrong = {}
    if values.get("password") and not values.get("user"):
        wrong["user"] = "A password needs its user name"
    if values.get("password") and values["security"] == "none":
        wrong["security"] = "A password must not travel unencrypted"
    for key in ("host", inboxes.HOST):
        host = values.get(key) or ""
        if any(sign in host for sign in "/@: ") or not host.isascii():
            wrong[key] = "Only the name, as mail.example.com"
    if values.get(inboxes.HOST) and not values.get(inboxes.USER):
        wrong[inboxes.USER] = "The mailbox has a user name"
    return wrong


HOUSE_SMTP = provider(
    Provider(
        "smtp",
        IntegrationKind.EMAIL,
        "Own mail server",
        "Mail of this house goes out over your own SMTP server, from your own address.",
        (
            Field("host", "Server", required=True, most=255, placeholder="mail.example.com"),
            Field("port", "Port", Kind.INTEGER, required=True, default=587, least=1, most=65535),
            Field("security", "Encryption", Kind.CHOICE, required=True, default="starttls", choices=_SECURITY),
            Field("user", "User name", most=255),
            Field("password", "Password", Kind.SECRET),
            Field(
                "from_address", "Address in the From line", Kind.EMAIL, required=True,
                help="One that this server may send for, or mail ends up as spam.",
            ),
            Field(
                inboxes.HOST, "Mailbox for mail that comes back (IMAP server)", most=255,
                placeholder="imap.example.com",
                help="The inbox of the address in the From line. Addresses that no longer exist get no more mail then.",
            ),
            Field(
                inboxes.PORT, "Its port, with TLS", Kind.INTEGER, default=inboxes.TLS_PORT, least=1, most=65535
            ),
            Field(inboxes.USER, "Its user name", most=255),
            Field(inboxes.PASSWORD, "Its password", Kind.SECRET),
        ),
        _probe,
        sender,
        _problems,
        icon="mail",
    )
)  # fmt: skip
