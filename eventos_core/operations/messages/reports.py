"""What mail providers report afterwards: delivered, bounced, complained; and what follows from it."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from sqlalchemy import select, text

from eventos_core.db.engine import app_engine
from eventos_core.db.facts import emit
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import BounceKind, DeliveryKind, QueueStatus, SuppressionReason, SuppressionScope
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.facts import MarketingDeclined
from eventos_core.models.operations import MessageDelivery, QueuedMessage
from eventos_core.operations.jobs.registry import house_job
from eventos_core.operations.messages import recipients
from eventos_core.operations.messages.sending import gone_for_good

KINDS = (
    DeliveryKind.DELIVERED, DeliveryKind.BOUNCED, DeliveryKind.COMPLAINED, DeliveryKind.DEFERRED, DeliveryKind.OPENED,
)  # fmt: skip
CAME_BACK, REPORTED = "Came back", "Spam report"
"""What becomes of a message after it was sent; its reason says more."""
_OURS = re.compile(r"<?((\d{1,18})\.(\d{1,18})\.[0-9a-f]{16}@[^<>\s]{1,255})>?")


_SPAM = "The recipient reported it as spam."


def outcome(status: QueueStatus, reason: str | None) -> str:
    """What became of a message, in a word: one that went and came back is more than sent."""
    if status is not QueueStatus.SENT or not reason:
        return status.label
    return REPORTED if reason == _SPAM else CAME_BACK


@dataclass(frozen=True)
class Report:
    """One report. `message_id` is the Message-ID of our mail, `report_id` tells a repeat from a second report."""

    message_id: str
    kind: DeliveryKind
    report_id: str
    bounce: BounceKind | None = None
    detail: str = ""
    at: dt.datetime | None = None


def parse_dsn(raw: bytes) -> Report:
    """A delivery status notification (RFC 3464) as it comes back by mail. Raises InvalidInput for any other mail."""
    mail = message_from_bytes(raw, policy=policy.default)
    status, detail, original = "", "", ""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for fields in part.iter_parts() if isinstance(part, EmailMessage) else ():
                status = str(fields.get("Status", status))
                detail = str(fields.get("Diagnostic-Code", detail))
        elif kind in ("message/rfc822", "text/rfc822-headers"):
            found = re.search(r"^Message-ID:\s*(\S+)", _content(part), re.IGNORECASE | re.MULTILINE)
            original = found[1] if found else original
    if not original or not re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", status.strip()):
        raise InvalidInput("This mail is no delivery report.", hint="Forward the report as it came.")
    report_id = hashlib.sha256(f"{original} {status} {detail}".encode()).hexdigest()[:32]
    if status.startswith("2"):
        return Report(original, DeliveryKind.DELIVERED, report_id, detail=detail)
    if status.startswith("4"):
        return Report(original, DeliveryKind.DEFERRED, report_id, detail=detail)
    return Report(original, DeliveryKind.BOUNCED, report_id, BounceKind.HARD, detail)


def take(report: Report, *, provider: str, of: int | None = None) -> bool:
    """Keep a report of whichever house's message it is of; False for one told before or of no message of ours.

    With `of` only the messages of that account count: a house's own mailbox tells nothing of another's mail.

    Raises InvalidInput for a kind that providers do not report.
    """
    if report.kind not in KINDS:
        raise InvalidInput(f"There is no report “{report.kind}”.", fields={"kind": ", ".join(KINDS)})
    found = _OURS.fullmatch(report.message_id.strip())
    if found is None or of not in (None, int(found[2])):
        return False
    bounce = (report.bounce or BounceKind.SOFT).value if report.kind is DeliveryKind.BOUNCED else None
    with app_engine().begin() as connection:
        return bool(
            connection.execute(
                text(
                    "select app.report_delivery(:account, :message, :id, :kind, :at, :provider, :event, :bounce,"
                    " :detail)"
                ),
                {
                    "account": int(found[2]), "message": int(found[3]), "id": found[1], "kind": report.kind.value,
                    "at": report.at or clock.now(), "provider": provider, "event": report.report_id[:200],
                    "bounce": bounce, "detail": report.detail.replace("\x00", "") or None,
                },
            ).scalar_one()
        )  # fmt: skip


@house_job("take_in_report", title="Take in a delivery report")
def take_in_report(db: TenantSession, delivery_id: int) -> None:
    """Draw the consequences of a mail provider's report: bounced and complaining addresses get no more."""
    account = db.context.account_id
    found = db.execute(
        select(MessageDelivery, QueuedMessage)
        .join(
            QueuedMessage,
            (QueuedMessage.account_id == MessageDelivery.account_id) & (QueuedMessage.id == MessageDelivery.message_id),
        )
        .where(MessageDelivery.account_id == account, MessageDelivery.id == delivery_id)
    ).one_or_none()
    if found is None:
        return
    delivery, message = found
    address = sent_to(db, message)
    if delivery.kind is DeliveryKind.BOUNCED:
        message.last_error = f"It came back. {delivery.detail or ''}".strip()
        if delivery.bounce is BounceKind.HARD and address:
            gone_for_good(db, message, address)
    elif delivery.kind is DeliveryKind.COMPLAINED and address:
        message.last_error = _SPAM
        recipients.suppress(
            db, address, channel=message.channel, scope=SuppressionScope.ALL, reason=SuppressionReason.COMPLAINT,
            contact_id=message.contact_id, message_id=message.id,
        )  # fmt: skip
        emit(db, MarketingDeclined(recipients.address_norm(address), message.contact_id, complained=True))


def sent_to(db: TenantSession, message: QueuedMessage) -> str | None:
    """The address that the message went to, or would go to now where its log does not say."""
    logged = db.scalar(
        select(MessageDelivery.address_norm)
        .where(
            MessageDelivery.account_id == db.context.account_id,
            MessageDelivery.message_id == message.id,
            MessageDelivery.address_norm.is_not(None),
        )
        .order_by(MessageDelivery.occurred_at.desc(), MessageDelivery.id.desc())
        .limit(1)
    )
    return logged or recipients.resolve(db, message).address


def _content(part: EmailMessage) -> str:
    content = part.get_payload()
    if isinstance(content, list):
        inner = [item for item in content if isinstance(item, EmailMessage)]
        return "\n".join(f"{name}: {value}" for item in inner for name, value in item.items())
    return str(content)
