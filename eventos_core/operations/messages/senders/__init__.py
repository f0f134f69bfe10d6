"""Which adapter sends what: the house's own service where it has one, else what the operator set; one protocol."""

from __future__ import annotations

from eventos_core.enums.operations import IntegrationKind, MessageChannel
from eventos_core.kernel.errors import SetupError
from eventos_core.operations.integrations.registry import Connection, provider_of
from eventos_core.operations.messages import settings
from eventos_core.operations.messages.senders import house_smtp as house_smtp
from eventos_core.operations.messages.senders import posts as posts
from eventos_core.operations.messages.senders import texts as texts
from eventos_core.operations.messages.senders.base import (
    Attached,
    ChannelDown,
    Deferred,
    Letter,
    Receipt,
    Refused,
    Sender,
    SendingFailed,
    Uncertain,
)
from eventos_core.operations.messages.senders.files import MailFiles, Sandbox
from eventos_core.operations.messages.senders.smtp import SmtpSender
from eventos_core.operations.messages.senders.webhook import WebhookSender

__all__ = [
    "KINDS", "Attached", "ChannelDown", "Deferred", "Letter", "Receipt", "Refused", "Sender", "SendingFailed",
    "Uncertain", "choose", "mail_is_set_up", "mail_reaches_people", "mailbox_in_words", "of_house",
]  # fmt: skip

KINDS = {
    MessageChannel.EMAIL: IntegrationKind.EMAIL,
    MessageChannel.SMS: IntegrationKind.SMS,
    MessageChannel.SOCIAL: IntegrationKind.SOCIAL,
}
"""Channel → kind of the connected services that send on it."""
_REPEATABLE = {MessageChannel.EMAIL, MessageChannel.WEBHOOK}


def choose(channel: MessageChannel) -> Sender:
    """The installation's sender of that channel. Raises ChannelDown where none is set up."""
    if channel is MessageChannel.WEBHOOK:
        return WebhookSender()
    folder = settings.mailbox()
    if channel is MessageChannel.EMAIL:
        server = settings.smtp_server()
        if server is not None:
            return SmtpSender(server, settings.mail_from())
        if folder is not None:
            return MailFiles(folder, settings.mail_from())
        raise ChannelDown("No mail server is set up: the operator names one in EVENTOS_SMTP_URL.")
    if channel in (MessageChannel.SMS, MessageChannel.SOCIAL) and folder is not None:
        return Sandbox(folder / channel.value)
    raise ChannelDown(
        f"Nothing is set up that sends {channel.label} messages.", hint="Connect a service under Admin, Integrations."
    )


def of_house(connection: Connection) -> Sender:
    """The sender of a service that the house has connected."""
    sender: Sender = provider_of(connection.provider).opens(connection)
    return sender


def repeatable(channel: MessageChannel, provider: str | None) -> bool:
    """Whether a message that a dead worker was handing over may be handed over again."""
    if channel in _REPEATABLE:
        return True
    return provider in ("mastodon", "sandbox")


def mail_reaches_people() -> bool:
    """Whether e-mail goes out to people, rather than into the development mailbox or nowhere."""
    return settings.smtp_server() is not None


def mail_is_set_up() -> bool:
    """Whether e-mail goes anywhere: to people, or into the development mailbox."""
    try:
        return settings.smtp_server() is not None or settings.mailbox() is not None
    except SetupError:
        return False


def mailbox_in_words(*, where: bool = True) -> str:
    """Where e-mail goes: empty where it reaches people, else what to say about it.

    The folder is named to who may know it (`where`).
    """
    if mail_reaches_people():
        return ""
    folder = settings.mailbox()
    if not folder:
        return "No mail server is set up yet."
    return f"E-mail is written to {folder if where else 'files'} instead of being sent."
