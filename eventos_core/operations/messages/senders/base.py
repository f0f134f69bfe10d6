"""What every way of sending has in common: a letter in, a receipt out, and four ways to fail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from eventos_core.kernel.errors import EventOSError


@dataclass(frozen=True)
class Attached:
    """A file that goes along with an e-mail; its bytes are read, or written, just before it is handed over."""

    name: str
    content_type: str
    content: bytes = field(default=b"", repr=False)
    storage: str = ""
    key: str = ""
    write: Callable[[], bytes] | None = field(default=None, repr=False)
    """Writes a document; None for a stored file."""


@dataclass(frozen=True)
class Letter:
    """One message, filled and addressed. `message_id` is the same at every try."""

    message_id: str
    address: str
    name: str
    subject: str
    text: str
    html: str
    house: str
    sent_at: dt.datetime
    reply_to: str | None = None
    sender: str = ""
    """Name in the From line; empty = the house's."""
    signature: str = ""
    """Plain text under an e-mail."""
    attachments: tuple[Attached, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """The provider took it; `note` is what it said."""

    note: str = ""


class Sender(Protocol):
    """One connection to one provider, for as many letters as one likes."""

    name: str
    """Adapter key, as the delivery log names it."""
    repeatable: bool
    """Whether the provider recognises a message that is handed over twice, by its id."""

    def send(self, letter: Letter) -> Receipt:
        """Hand one letter over. Raises Deferred, Refused, Uncertain or ChannelDown."""
        ...

    def close(self) -> None:
        """End the connection; safe to call twice."""
        ...


class SendingFailed(EventOSError):
    """Base of what can go wrong with one letter."""


class Deferred(SendingFailed):
    """Not taken now; a later try may succeed."""


class Refused(SendingFailed):
    """Not taken, and it never will be. `bounced`: the address itself does not exist."""

    def __init__(self, message: str, *, bounced: bool = False) -> None:
        super().__init__(message)
        self.bounced = bounced


class Uncertain(SendingFailed):
    """Handed over whole, but the answer was lost: it may have been taken.

    `repeatable`: the provider recognises a second try by its id. Where it does not, there is no second try.
    """

    def __init__(self, message: str, *, repeatable: bool = True) -> None:
        super().__init__(message)
        self.repeatable = repeatable


class ChannelDown(SendingFailed):
    """The provider cannot be reached or does not let us in: nothing can be sent on this channel now."""
