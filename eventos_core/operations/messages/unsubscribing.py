"""Declining marketing by the link in a message: no sign-in, one press, and it holds from then on."""

from __future__ import annotations

from dataclasses import dataclass

from eventos_core.db.editing import get
from eventos_core.db.facts import emit
from eventos_core.db.registry import command, query
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import DeliveryKind, LinkKind, SuppressionReason, SuppressionScope
from eventos_core.kernel import clock
from eventos_core.kernel.facts import MarketingDeclined
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import MessageDelivery, QueuedMessage
from eventos_core.operations import links
from eventos_core.operations.messages import recipients
from eventos_core.operations.messages.reports import sent_to


@dataclass(frozen=True)
class Unsubscribe:
    """Nothing to say besides the link itself. `one_click`: the mail program asked, not the person's browser."""

    one_click: bool = False


@dataclass(frozen=True)
class Unsubscribed:
    """The house that sends no more marketing to the address."""

    house: str


@query(requires=Permission.CONTACTS_WRITE, actors=links.VISITORS)
def unsubscribe_offer(db: TenantSession) -> Unsubscribed:
    """Which house the link is of. Raises NotFound for a link of another kind."""
    _message(db)
    return Unsubscribed(db.context.account_name)


@command(requires=Permission.CONTACTS_WRITE, actors=links.VISITORS)
def unsubscribe(db: TenantSession, cmd: Unsubscribe) -> Unsubscribed:
    """Stop marketing to the address that the link's message went to; pressed twice, it is once. Raises NotFound."""
    message = _message(db)
    address = sent_to(db, message)
    fresh = address is not None and recipients.suppress(
        db, address, channel=message.channel, scope=SuppressionScope.MARKETING,
        reason=SuppressionReason.UNSUBSCRIBED, contact_id=message.contact_id, message_id=message.id,
    )  # fmt: skip
    if address is not None and fresh:
        detail = "By the mail program" if cmd.one_click else "By the link in the message"
        db.add(
            MessageDelivery(
                message_id=message.id, kind=DeliveryKind.UNSUBSCRIBED, occurred_at=clock.now(), provider="link",
                address_norm=recipients.address_norm(address), detail=detail,
            )
        )  # fmt: skip
        emit(db, MarketingDeclined(recipients.address_norm(address), message.contact_id))
    return Unsubscribed(db.context.account_name)


def _message(db: TenantSession) -> QueuedMessage:
    return get(db, QueuedMessage, links.subject(db, LinkKind.UNSUBSCRIBE), what="message")
