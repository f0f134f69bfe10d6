"""Which messages there are: what each tells, the placeholders it offers, and its wording until a house rewords it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from eventos_core.enums.operations import MessageCategory, MessageChannel

COMMON: Mapping[str, str] = {
    "house.name": "Name of your house",
    "recipient.name": "Whole name of the person written to",
    "recipient.first_name": "First name, or the whole name where no first one is known",
}
"""Placeholders of every message."""
OF_EVENT: Mapping[str, str] = {
    "event.name": "Name of the event",
    "event.date": "Day it starts, in the event's zone",
    "event.time": "Time it starts, with the zone",
    "event.place": "Venue or place, empty where none is set",
}
"""Placeholders of a message that is about an event."""
OF_MARKETING: Mapping[str, str] = {"unsubscribe_link": "Where the person declines further marketing"}
"""Placeholders of marketing; the link stands under every such message anyway."""


@dataclass(frozen=True)
class MessageKind:
    """A message that EventOS itself sends: `placeholders` are its own besides the common ones."""

    key: str
    name: str
    about: str
    subject: str
    body: str
    placeholders: Mapping[str, str] = field(default_factory=dict)
    category: MessageCategory = MessageCategory.TRANSACTIONAL
    channel: MessageChannel = MessageChannel.EMAIL
    of_event: bool = False

    @property
    def known(self) -> Mapping[str, str]:
        """Every placeholder that its wording may use, with what it stands for."""
        return {**COMMON, **(OF_EVENT if self.of_event else {}), **self.placeholders}


_KINDS: dict[str, MessageKind] = {}


def message_kind(kind: MessageKind) -> MessageKind:
    """Register a kind; called at import by the domain that sends it. Raises TypeError for a key taken."""
    if kind.key in _KINDS:
        raise TypeError(f"Two kinds of messages are called {kind.key}.")
    _KINDS[kind.key] = kind
    return kind


def kinds() -> Mapping[str, MessageKind]:
    """All registered kinds by key."""
    return dict(_KINDS)


def known_placeholders(key: str, category: MessageCategory) -> Mapping[str, str]:
    """What a template of that key may use; one that no code asks for gets the common ones and the event's."""
    own = _KINDS.get(key)
    offered = own.known if own is not None else {**COMMON, **OF_EVENT}
    return {**offered, **(OF_MARKETING if category is MessageCategory.MARKETING else {})}


NOTICE = message_kind(
    MessageKind(
        "notice",
        "Notification by e-mail",
        "To a member who wants a kind of notification by e-mail at once.",
        "{{ title }}",
        "Hello {{ recipient.first_name }},\n\n{{ title }}\n\n{{ text }}\n"
        "{% if link %}\n[Open it in EventOS]({{ link }})\n{% endif %}",
        {"title": "What happened, in one line", "text": "More about it", "link": "Page of EventOS to open"},
        MessageCategory.OPERATIONAL,
    )
)
DIGEST = message_kind(
    MessageKind(
        "digest",
        "Daily summary",
        "Once a day to each member who has unread notifications.",
        "{{ count }} waiting for you at {{ house.name }}",
        "Hello {{ recipient.first_name }},\n\nsince yesterday at {{ house.name }}:\n\n{{ lines }}\n\n"
        "{% if link %}[Open your notifications]({{ link }})\n{% endif %}",
        {"count": "How many, in words", "lines": "What happened, by kind", "link": "Your notifications in EventOS"},
        MessageCategory.OPERATIONAL,
    )
)
