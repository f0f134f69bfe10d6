"""The outbox: a message is written in the transaction of what it tells of, and sent afterwards by a job.

If the transaction rolls back, nothing is sent; if it commits, the message is there for the worker, also after a
crash. `idempotency_key` says the same thing once.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import (
    MessageCategory,
    MessageChannel,
    QueueStatus,
    SendAnchor,
    TemplateStatus,
)
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput, NotFound
from eventos_core.models.events import Event
from eventos_core.models.operations import NotificationTemplate, QueuedMessage
from eventos_core.operations import encryption
from eventos_core.operations.messages import attaching, recipients, wording
from eventos_core.operations.messages.attaching import Enclosed
from eventos_core.operations.messages.kinds import kinds, known_placeholders

SEND = "send_messages"


@dataclass(frozen=True)
class Message:
    """What to tell whom. Name exactly one recipient, and either a template's key or subject and body.

    `values` fill the message's own placeholders (`{"inviter": "Ana"}`); `secrets` do too, but are kept encrypted and
    only until it is sent: links that open something. `anchor` with `offset_minutes` is a time relative to the event,
    which follows when the event moves; otherwise `send_at`, or now. Without `locale` a template is taken in the
    recipient's language, where the house has it.
    """

    template: str | None = None
    channel: MessageChannel = MessageChannel.EMAIL
    user_id: int | None = None
    contact_id: int | None = None
    attendee_id: int | None = None
    address: str | None = None
    subject: str | None = None
    body: str | None = None
    category: MessageCategory = MessageCategory.TRANSACTIONAL
    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    locale: str | None = None
    event_id: int | None = None
    about: str | None = None
    about_id: int | None = None
    platform_id: int | None = None
    event_marketing_campaign_id: int | None = None
    integration_id: int | None = None
    """The connected service to send it with; None = the channel's."""
    attachments: tuple[int, ...] = ()
    """Stored files that go along with an e-mail, besides the template's."""
    documents: tuple[Enclosed, ...] = ()
    """Documents that are made when it is sent; whoever writes the message answers for their reaching its reader."""
    priority: int = 5
    send_at: dt.datetime | None = None
    anchor: SendAnchor | None = None
    offset_minutes: int = 0


@dataclass(frozen=True)
class Queued:
    """The message's id and where it stands; `new` is False where that key had said it already."""

    message_id: int
    status: QueueStatus
    new: bool


def enqueue(db: TenantSession, message: Message, *, idempotency_key: str) -> Queued:
    """Put a message into the outbox in the caller's transaction; checks no permission, the caller's command does.

    Whoever may not be written to (no consent, unsubscribed, bounced) gets a row `suppressed` with the reason. Raises
    InvalidInput for a message that could never be sent, NotFound for an event or a template that does not exist.
    """
    _check_recipient(message)
    message = _with_number(db, message)
    recipient = recipients.resolve(db, message)
    wanted = _worded(db, message, message.locale or recipient.locale)
    send_at = _send_at(db, message)
    reason = recipients.stopped(db, recipient, message.channel, wanted.category)
    files = attaching.check(db, message.attachments, message.channel)
    values = {
        **_columns(message, wanted),
        "attachments": [{"asset_id": one} for one in files]
        + attaching.check_enclosed(message.documents, message.channel),
        "account_id": db.context.account_id,
        "send_at": send_at,
        "next_attempt_at": send_at,
        "status": QueueStatus.SUPPRESSED if reason else QueueStatus.QUEUED,
        "last_error": reason,
        "idempotency_key": idempotency_key,
    }
    db.flush()
    made = db.scalar(
        insert(QueuedMessage)
        .values(values)
        .on_conflict_do_nothing(index_elements=["account_id", "idempotency_key"])
        .returning(QueuedMessage.id)
    )
    if made is None:
        return _earlier(db, idempotency_key)
    if message.secrets and reason is None:
        _keep_secrets(db, made, message.secrets)
    if reason is None and send_at <= clock.now():
        send_soon(db)
    return Queued(made, values["status"], new=True)


def send_soon(db: TenantSession) -> None:
    """Let the sending job run as soon as this transaction has committed; one run takes all that is due."""
    db.execute(select(func.app.defer_outgoing(SEND)))


def reschedule(db: TenantSession, event_id: int) -> int:
    """Move the waiting messages whose time is relative to the event; returns how many. Two queries."""
    event = _event(db, event_id)
    rows = db.execute(
        select(QueuedMessage.id, QueuedMessage.send_anchor, QueuedMessage.send_offset_minutes).where(
            QueuedMessage.account_id == db.context.account_id,
            QueuedMessage.event_id == event_id,
            QueuedMessage.status == QueueStatus.QUEUED,
            QueuedMessage.attempts == 0,
            QueuedMessage.send_anchor.is_not(None),
        )
    ).all()
    moved: dict[dt.datetime, list[int]] = {}
    for row_id, anchor, offset in rows:
        at = _anchored(event, anchor, offset)
        if at is not None:
            moved.setdefault(at, []).append(row_id)
    for at, found in moved.items():
        db.execute(
            update(QueuedMessage)
            .where(QueuedMessage.account_id == db.context.account_id, QueuedMessage.id.in_(found))
            .values(send_at=at, next_attempt_at=at)
        )
    return sum(len(found) for found in moved.values())


def withdraw_for_event(db: TenantSession, event_id: int, reason: str) -> int:
    """Cancel the waiting messages whose time is relative to the event; returns how many."""
    gone = db.execute(
        update(QueuedMessage)
        .where(
            QueuedMessage.account_id == db.context.account_id,
            QueuedMessage.event_id == event_id,
            QueuedMessage.status == QueueStatus.QUEUED,
            QueuedMessage.send_anchor.is_not(None),
        )
        .values(status=QueueStatus.CANCELLED, cancelled_at=clock.now(), last_error=reason, secret_values=None)
        .returning(QueuedMessage.id)
    ).all()
    return len(gone)


@dataclass(frozen=True)
class _Wording:
    template_id: int | None
    subject: str | None
    body: str | None
    category: MessageCategory


def current_template(
    db: TenantSession, key: str, channel: MessageChannel, locale: str | None
) -> NotificationTemplate | None:
    """The house's current wording: in that language, else its base language, else the house's own language."""
    rows = db.scalars(
        select(NotificationTemplate).where(
            NotificationTemplate.account_id == db.context.account_id,
            NotificationTemplate.key == key,
            NotificationTemplate.channel == channel,
            NotificationTemplate.status == TemplateStatus.CURRENT,
        )
    ).all()
    by_locale = {row.locale: row for row in rows}
    for wanted in (locale, (locale or "").partition("-")[0], db.context.locale):
        if wanted in by_locale:
            return by_locale[wanted]
    return next(iter(rows), None)


def _worded(db: TenantSession, message: Message, locale: str | None) -> _Wording:
    if message.template is None:
        return _Wording(None, message.subject, _own_body(message), message.category)
    row = current_template(db, message.template, message.channel, locale)
    if row is not None:
        _check_values(row.placeholders, message, row.category)
        if message.event_id is None and attaching.made(row.attachments):
            raise InvalidInput(
                "The template takes a document along but the message names no event.", fields={"event_id": "Required"}
            )
        return _Wording(row.id, None, None, row.category)
    kind = kinds().get(message.template)
    if kind is None or kind.channel is not message.channel:
        raise NotFound(f"There is no template {message.template}.", hint="Write it under Promote, Messages.")
    used = {*wording.placeholders_of(kind.subject, field="subject"), *wording.placeholders_of(kind.body, field="body")}
    _check_values(sorted(used), message, kind.category)
    return _Wording(None, kind.subject, kind.body, kind.category)


def _own_body(message: Message) -> str:
    if not (message.body or "").strip():
        raise InvalidInput("The message is empty.", fields={"body": "Required"})
    if message.channel is MessageChannel.EMAIL and not (message.subject or "").strip():
        raise InvalidInput("The message has no subject.", fields={"subject": "Required"})
    own = dict.fromkeys((*message.values, *message.secrets), "")
    known = {**known_placeholders("", message.category), **own}
    used = wording.check(message.subject or "", known, field="subject")
    _check_values([*used, *wording.check(message.body or "", known, field="body")], message, message.category)
    return message.body or ""


def _check_values(used: list[str] | tuple[str, ...], message: Message, category: MessageCategory) -> None:
    """Every placeholder must get a value when the message is sent, or it would fail hours later."""
    given = {*message.values, *message.secrets}
    for name in used:
        if name.startswith("event.") and message.event_id is None:
            raise InvalidInput(
                f"The message uses {{{{ {name} }}}} but names no event.", fields={"event_id": "Required"}
            )
        common = name in known_placeholders("", category)
        if not common and name.partition(".")[0] not in given:
            raise InvalidInput(
                f"The message has no value for {{{{ {name} }}}}.", fields={"values": f"{name} is missing"}
            )


def _check_recipient(message: Message) -> None:
    named = [message.user_id, message.contact_id, message.attendee_id, message.address]
    count = sum(value is not None for value in named)
    if count != (0 if message.channel is MessageChannel.SOCIAL and count == 0 else 1):
        raise InvalidInput("A message goes to exactly one recipient.", fields={"recipient": "Name one"})
    if message.channel is MessageChannel.IN_APP and message.user_id is None:
        raise InvalidInput("In the app only members can be told.", fields={"recipient": "Name a member"})
    if message.channel is MessageChannel.EMAIL and message.address is not None and "@" not in message.address:
        raise InvalidInput("This is no e-mail address.", fields={"address": "Write it as name@example.com"})
    if (message.channel is MessageChannel.SOCIAL) is not (message.platform_id is not None):
        raise InvalidInput("A post names the account that it appears on.", fields={"platform_id": "Choose one"})


def _with_number(db: TenantSession, message: Message) -> Message:
    """A text to a number goes to its international form, so that one person has one number everywhere."""
    if message.channel is not MessageChannel.SMS or message.address is None:
        return message
    number = recipients.number(db, message.address)
    if number is None:
        raise InvalidInput("This is no telephone number.", fields={"address": "Write it as +33 6 12 34 56 78"})
    return dataclasses.replace(message, address=number)


def _columns(message: Message, wanted: _Wording) -> dict[str, Any]:
    same = (
        "channel", "user_id", "contact_id", "attendee_id", "event_id", "about", "about_id", "locale", "platform_id",
        "event_marketing_campaign_id", "integration_id", "priority",
    )  # fmt: skip
    return {
        **{name: getattr(message, name) for name in same},
        "address": message.address.strip() if message.address else None,
        "template_id": wanted.template_id,
        "subject": wanted.subject,
        "body": wanted.body,
        "category": wanted.category,
        "payload": json.loads(json.dumps(dict(message.values), default=str)),
        "send_anchor": message.anchor,
        "send_offset_minutes": message.offset_minutes if message.anchor else None,
    }


def _send_at(db: TenantSession, message: Message) -> dt.datetime:
    if message.anchor is None:
        return message.send_at or clock.now()
    if message.event_id is None:
        raise InvalidInput("A relative time needs an event.", fields={"event_id": "Required"})
    at = _anchored(_event(db, message.event_id), message.anchor, message.offset_minutes)
    if at is None:
        raise InvalidInput("The event has no such date yet.", fields={"anchor": "Set that date at the event first"})
    return at


def _event(db: TenantSession, event_id: int) -> Any:
    row = db.execute(
        select(Event.starts_at, Event.ends_at, Event.assets_due_at).where(
            Event.account_id == db.context.account_id, Event.id == event_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("This event does not exist.")
    return row


def _anchored(event: Any, anchor: SendAnchor | None, offset: int | None) -> dt.datetime | None:
    moments: dict[SendAnchor, dt.datetime | None] = {
        SendAnchor.EVENT_START: event.starts_at,
        SendAnchor.EVENT_END: event.ends_at,
        SendAnchor.ASSETS_DUE: event.assets_due_at,
    }
    moment = moments[anchor] if anchor is not None else None
    return None if moment is None else moment + dt.timedelta(minutes=offset or 0)


def _keep_secrets(db: TenantSession, message_id: int, secrets: Mapping[str, str]) -> None:
    account = db.context.account_id
    sealed = encryption.encrypt(account, "notification_queue", "secret_values", message_id, json.dumps(dict(secrets)))
    db.execute(
        update(QueuedMessage)
        .where(QueuedMessage.account_id == account, QueuedMessage.id == message_id)
        .values(secret_values=sealed)
    )


def _earlier(db: TenantSession, key: str) -> Queued:
    row = db.execute(
        text("select id, status from notification_queue where account_id = :a and idempotency_key = :k"),
        {"a": db.context.account_id, "k": key},
    ).one()
    return Queued(row.id, QueueStatus(row.status), new=False)
