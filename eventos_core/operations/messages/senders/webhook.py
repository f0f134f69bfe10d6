"""A message as JSON to a web address, such as the incoming webhook of a chat."""

from __future__ import annotations

import json

from eventos_core.operations import outbound
from eventos_core.operations.messages import settings
from eventos_core.operations.messages.senders.base import Deferred, Letter, Receipt, Refused


class WebhookSender:
    """A `Sender` that posts `{"id", "title", "text"}`."""

    name = "webhook"
    repeatable = True

    def send(self, letter: Letter) -> Receipt:
        """Post one message. Raises Deferred for 429, 5xx and network errors, Refused for other answers."""
        body = json.dumps({"id": letter.message_id, "title": letter.subject, "text": letter.text}).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": letter.message_id}
        try:
            answer = outbound.post(letter.address, body, headers, allow_private=settings.private_addresses_allowed())
        except outbound.AddressRefused as error:
            raise Refused(str(error)) from error
        except outbound.NoAnswer as error:
            raise Deferred(str(error)) from error
        if answer.ok:
            return Receipt(f"{answer.status}")
        words = f"The address answered {answer.status} {answer.excerpt[:200]}".strip()
        raise Deferred(words) if answer.status == 429 or answer.status >= 500 else Refused(words)

    def close(self) -> None:
        """Nothing to end."""
