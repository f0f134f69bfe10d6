"""Messages to people outside and inside: wording, outbox, senders, in-app notices and what became of each.

`enqueue` writes a message in the transaction of what it tells of; a job sends it. `notify` tells a member in the app.
"""

from eventos_core.operations.messages.kinds import MessageKind, message_kind
from eventos_core.operations.messages.outbox import Message, Queued, enqueue

__all__ = ["Message", "MessageKind", "Queued", "enqueue", "message_kind"]
