"""Writing templates, and what people do with messages: test, send again, cancel, allow an address again."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from eventos_core.db.editing import get
from eventos_core.db.registry import CLIENTS, PEOPLE, command
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import (
    IntegrationStatus,
    MessageCategory,
    MessageChannel,
    QueueStatus,
    TemplateStatus,
)
from eventos_core.kernel import clock
from eventos_core.kernel.errors import AlreadyExists, EditConflict, InvalidInput, NotAllowedNow, NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.marketing import SocialMediaPlatform
from eventos_core.models.operations import Integration, MessageSuppression, NotificationTemplate, QueuedMessage
from eventos_core.operations import settings
from eventos_core.operations.messages import attaching, filling, house_settings, recipients, segments, senders, wording
from eventos_core.operations.messages.kinds import kinds, known_placeholders
from eventos_core.operations.messages.outbox import Message, enqueue, send_soon

_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")


@dataclass(frozen=True)
class AddTemplate:
    """A first wording. `key` is what code or a campaign asks for it by; one per key, channel and language."""

    key: str
    locale: str
    name: str
    body: str
    subject: str | None = None
    preheader: str | None = None
    description: str | None = None
    channel: MessageChannel = MessageChannel.EMAIL
    category: MessageCategory = MessageCategory.TRANSACTIONAL
    attachments: tuple[int, ...] = ()
    """Stored files that go along with every e-mail of it."""
    documents: tuple[str, ...] = ()
    """Keys of documents about the event of the message, made when it is sent."""


@dataclass(frozen=True)
class RewordTemplate:
    """Another wording for a template; `version` is the revision that was edited."""

    template_id: int
    version: int
    name: str
    body: str
    subject: str | None = None
    preheader: str | None = None
    description: str | None = None
    attachments: tuple[int, ...] | None = None
    """Stored files that go along; None leaves them."""
    documents: tuple[str, ...] | None = None
    """Keys of documents that go along; None leaves them."""


@dataclass(frozen=True)
class RetireTemplate:
    """A template to take out of use."""

    template_id: int


@dataclass(frozen=True)
class TemplateSaved:
    """The revision that now stands: its id and number."""

    template_id: int
    revision: int


@dataclass(frozen=True)
class SendTest:
    """A wording to send to oneself, filled as for that contact and event."""

    key: str
    subject: str | None
    body: str
    channel: MessageChannel = MessageChannel.EMAIL
    category: MessageCategory = MessageCategory.TRANSACTIONAL
    contact_id: int | None = None
    event_id: int | None = None
    attachments: tuple[int, ...] = ()
    documents: tuple[str, ...] = ()
    """Keys of documents about the event; they need one."""
    locale: str | None = None
    """The wording's language, for days and times; without it the one of who asks."""


@dataclass(frozen=True)
class SendTrial:
    """A message to try a connected service with: a text to a number, a post, an e-mail to an address."""

    integration_id: int
    body: str
    subject: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class OneMessage:
    """A message of the outbox."""

    message_id: int


@dataclass(frozen=True)
class MessageChanged:
    """A message of the outbox and where it now stands."""

    message_id: int
    status: QueueStatus


@dataclass(frozen=True)
class LiftSuppression:
    """An address to write to again."""

    suppression_id: int


@dataclass(frozen=True)
class SuppressionLifted:
    """The suppression that no longer holds."""

    suppression_id: int


@command(requires=Permission.PROMOTE_WRITE)
def add_template(db: TenantSession, cmd: AddTemplate) -> TemplateSaved:
    """Add the first revision of a template; placeholders are checked. Raises InvalidInput, AlreadyExists."""
    key = cmd.key.strip().lower()
    wrong = {}
    if not _KEY.fullmatch(key) or len(key) > 80:
        wrong["key"] = "Lower-case letters, digits and underscores, parts separated by dots"
    if not re.fullmatch(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*", cmd.locale):
        wrong["locale"] = "Write it as en, fr or fr-CH"
    if wrong:
        raise InvalidInput("Check the marked fields.", fields=wrong)
    kind = kinds().get(key)
    category = kind.category if kind is not None else cmd.category
    channel = kind.channel if kind is not None else cmd.channel
    values = _checked(db, key, channel, category, cmd) | _files(db, channel, cmd.attachments, cmd.documents, ())
    if _current(db, key, channel, cmd.locale) is not None:
        raise AlreadyExists("There is such a template already.", hint="Open it and reword it.")
    row = NotificationTemplate(
        key=key, channel=channel, locale=cmd.locale, category=category, status=TemplateStatus.CURRENT,
        is_system=kind is not None, revision=_next_revision(db, key, channel, cmd.locale), **values,
    )  # fmt: skip
    db.add(row)
    db.flush()
    return TemplateSaved(row.id, row.revision)


@command(requires=Permission.PROMOTE_WRITE)
def reword_template(db: TenantSession, cmd: RewordTemplate) -> TemplateSaved:
    """Make the next revision current and keep the one before; nothing happens where nothing differs.

    Raises InvalidInput, NotFound, NotAllowedNow for a retired template, EditConflict when somebody reworded it since.
    """
    seen = get(db, NotificationTemplate, cmd.template_id, what="template")
    row = _current(db, seen.key, seen.channel, seen.locale, lock=True)
    if row is None:
        raise NotAllowedNow("This template is out of use.", hint="Add it again.")
    values = _checked(db, row.key, row.channel, row.category, cmd)
    values |= _files(db, row.channel, cmd.attachments, cmd.documents, row.attachments)
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    differing.pop("placeholders", None)
    if row.revision != cmd.version:
        raise EditConflict(
            "Somebody reworded this template while you were editing.",
            version=row.revision,
            theirs={name: getattr(row, name) for name in differing},
            mine=differing,
        )
    if not differing:
        return TemplateSaved(row.id, row.revision)
    row.status = TemplateStatus.RETIRED
    db.flush()
    fresh = NotificationTemplate(
        key=row.key, channel=row.channel, locale=row.locale, category=row.category, status=TemplateStatus.CURRENT,
        is_system=row.is_system, revision=_next_revision(db, row.key, row.channel, row.locale), **values,
    )  # fmt: skip
    db.add(fresh)
    db.flush()
    return TemplateSaved(fresh.id, fresh.revision)


@command(requires=Permission.PROMOTE_WRITE)
def retire_template(db: TenantSession, cmd: RetireTemplate) -> TemplateSaved:
    """Take a template out of use; messages that EventOS itself sends fall back to their standard wording.

    What is queued with it is still sent. Raises NotFound, NotAllowedNow when it is out of use already.
    """
    row = get(db, NotificationTemplate, cmd.template_id, lock=True, what="template")
    if row.status is not TemplateStatus.CURRENT:
        raise NotAllowedNow("This template is out of use already.")
    row.status = TemplateStatus.RETIRED
    db.flush()
    return TemplateSaved(row.id, row.revision)


@command(requires=Permission.MESSAGES_SEND, actors=PEOPLE)
def send_test(db: TenantSession, cmd: SendTest) -> MessageChanged:
    """Send a wording to oneself, marked as a test. Raises InvalidInput, NotFound, NotAllowedNow without a login."""
    if db.context.user_id is None:
        raise NotAllowedNow("A test goes to whoever asks for it.", hint="Act as a member of the house.")
    known = known_placeholders(cmd.key, cmd.category)
    used = {
        *wording.check(cmd.subject or "", known, field="subject"),
        *wording.check(cmd.body, known, field="body"),
    }
    own = {name: f"({known[name]})" for name in used if not name.startswith(("house.", "recipient.", "event."))}
    values: dict[str, Any] = filling.nested(own)
    if cmd.contact_id is not None:
        contact = recipients.contact(db, cmd.contact_id, cmd.channel)
        if not contact.name:
            raise NotFound("This contact does not exist.", hint="Choose another one.")
        values["as_recipient"] = {"name": contact.name, "first_name": contact.first_name}
    message = Message(
        user_id=db.context.user_id, subject=f"[Test] {cmd.subject or ''}".strip(), body=cmd.body, values=values,
        event_id=cmd.event_id, about="notification_templates", priority=2, locale=cmd.locale,
        attachments=cmd.attachments, documents=attaching.about_event(db, cmd.documents, cmd.event_id),
    )  # fmt: skip
    queued = enqueue(db, message, idempotency_key=f"test:{uuid.uuid4().hex}")
    return MessageChanged(queued.message_id, queued.status)


@command(requires=Permission.MESSAGES_SEND, actors=CLIENTS)
def send_trial(db: TenantSession, cmd: SendTrial) -> MessageChanged:
    """Send one message with a connected service, whether or not it is the one used by default.

    Raises NotFound, InvalidInput, NotAllowedNow for a service that is off or sends nothing.
    """
    row = get(db, Integration, cmd.integration_id, what="integration")
    channel = next((one for one, kind in senders.KINDS.items() if kind is row.kind), None)
    if channel is None or row.status is IntegrationStatus.DISABLED:
        raise NotAllowedNow("Nothing can be sent with this now.", hint="Switch it on first.")
    platform = None
    if channel is MessageChannel.SOCIAL:
        own = select(SocialMediaPlatform.id).where(
            SocialMediaPlatform.account_id == row.account_id, SocialMediaPlatform.integration_id == row.id
        )
        platform = db.scalar(own.limit(1))
    message = Message(
        channel=channel, address=None if platform else cmd.address, platform_id=platform, subject=cmd.subject,
        body=cmd.body, integration_id=row.id, about="integrations", about_id=row.id, priority=2,
    )  # fmt: skip
    queued = enqueue(db, message, idempotency_key=f"trial:{uuid.uuid4().hex}")
    return MessageChanged(queued.message_id, queued.status)


@command(requires=Permission.MESSAGES_SEND)
def cancel_message(db: TenantSession, cmd: OneMessage) -> MessageChanged:
    """Withdraw a message that waits. Raises NotFound, NotAllowedNow when it is on its way or went already."""
    row = get(db, QueuedMessage, cmd.message_id, lock=True, what="message")
    if row.status is not QueueStatus.QUEUED:
        raise NotAllowedNow(f"This message is {row.status.label.lower()}.", hint="Only what waits can be cancelled.")
    row.status, row.cancelled_at, row.secret_values = QueueStatus.CANCELLED, clock.now(), None
    db.flush()
    return MessageChanged(row.id, row.status)


@command(requires=Permission.MESSAGES_SEND)
def resend_message(db: TenantSession, cmd: OneMessage) -> MessageChanged:
    """Send a failed or cancelled message again, under the same Message-ID; of one that went, a copy.

    Raises NotFound, NotAllowedNow for what waits, for what may not be sent, and for a message whose link is no longer
    kept.
    """
    row = get(db, QueuedMessage, cmd.message_id, lock=True, what="message")
    if row.status in (QueueStatus.QUEUED, QueueStatus.SENDING):
        raise NotAllowedNow("This message is on its way already.")
    recipient = recipients.resolve(db, row)
    if reason := recipients.stopped(db, recipient, row.channel, row.category):
        raise NotAllowedNow(reason, hint="Allow the address again first, if the person wants that.")
    if row.redacted_at is not None:
        raise NotAllowedNow("The content of this message was erased.")
    try:
        filling.render(db, row, recipient, secrets=False)
    except InvalidInput as error:
        raise NotAllowedNow(
            "The link in this message is no longer kept.", hint="Send a new one where it was made."
        ) from error
    if row.status is QueueStatus.SENT:
        return _copy(db, row)
    row.status, row.attempts, row.last_error, row.cancelled_at = QueueStatus.QUEUED, 0, None, None
    row.next_attempt_at, row.claimed_until = clock.now(), None
    db.flush()
    send_soon(db)
    return MessageChanged(row.id, row.status)


@command(requires=Permission.MESSAGES_SEND)
def lift_suppression(db: TenantSession, cmd: LiftSuppression) -> SuppressionLifted:
    """Write to an address again, because its owner asked for it.

    Raises NotFound, NotAllowedNow when lifted, and where a program would lift more than a bounce.
    """
    row = get(db, MessageSuppression, cmd.suppression_id, lock=True, what="entry")
    if row.lifted_at is not None:
        raise NotAllowedNow("This address gets messages again already.")
    if not recipients.may_write_again(db, row.reason):
        raise NotAllowedNow(
            "Whoever has this address declined messages.", hint="Only a member of the house can allow them again."
        )
    row.lifted_at, row.lifted_by = clock.now(), db.context.member_id
    db.flush()
    return SuppressionLifted(row.id)


def _files(
    db: TenantSession,
    channel: MessageChannel,
    files: tuple[int, ...] | None,
    documents: tuple[str, ...] | None,
    kept: Sequence[str],
) -> dict[str, Any]:
    """What a template attaches, as it is stored. What is not changed is not checked: it may be gone since."""
    stored, made = attaching.ids(kept), attaching.made(kept)
    if documents is not None and documents != made:
        made = tuple(attaching.check_papers(db, documents, channel))
    if files is not None and files != stored:
        stored = tuple(attaching.check(db, files, channel))
    return {"attachments": [*made, *attaching.keys(stored)]}


def _checked(
    db: TenantSession,
    key: str,
    channel: MessageChannel,
    category: MessageCategory,
    given: AddTemplate | RewordTemplate,
) -> dict[str, Any]:
    """Columns of a template as they are stored. Raises InvalidInput with every wrong field."""
    name, subject, body = given.name.strip(), (given.subject or "").strip(), given.body.strip()
    wrong: dict[str, str] = {}
    if not 1 <= len(name) <= 200:
        wrong["name"] = "1 to 200 characters"
    if not body:
        wrong["body"] = "Required"
    if channel is MessageChannel.EMAIL and not subject:
        wrong["subject"] = "Required"
    if len(subject) > 300:
        wrong["subject"] = "At most 300 characters"
    if len(body) > (1600 if channel is MessageChannel.SMS else 100_000):
        wrong["body"] = "At most 1 600 characters for a text message, 100 000 otherwise"
    known, used = known_placeholders(key, category), set[str]()
    for field, text in (("subject", subject), ("preheader", given.preheader or ""), ("body", body)):
        try:
            used |= set(wording.check(text, known, field=field))
        except InvalidInput as error:
            wrong.setdefault(field, error.fields[field])
    if channel is MessageChannel.SMS and body and "body" not in wrong:
        most, found = settings.values(db)[house_settings.TEXT_PARTS], segments.measure(body).parts
        if found > most:
            wrong["body"] = f"These are {found} parts, and the house sends at most {most}: shorten it"
    if wrong:
        raise InvalidInput("Check the marked fields.", fields=wrong)
    return {
        "name": name,
        "subject": subject or None,
        "preheader": (given.preheader or "").strip() or None,
        "description": (given.description or "").strip() or None,
        "body": body,
        "placeholders": sorted(used),
    }


def _current(
    db: TenantSession, key: str, channel: MessageChannel, locale: str, *, lock: bool = False
) -> NotificationTemplate | None:
    statement = select(NotificationTemplate).where(
        NotificationTemplate.account_id == db.context.account_id,
        NotificationTemplate.key == key,
        NotificationTemplate.channel == channel,
        NotificationTemplate.locale == locale,
        NotificationTemplate.status == TemplateStatus.CURRENT,
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.scalars(statement).one_or_none()


def _next_revision(db: TenantSession, key: str, channel: MessageChannel, locale: str) -> int:
    latest = db.scalar(
        select(func.max(NotificationTemplate.revision)).where(
            NotificationTemplate.account_id == db.context.account_id,
            NotificationTemplate.key == key,
            NotificationTemplate.channel == channel,
            NotificationTemplate.locale == locale,
        )
    )
    return (latest or 0) + 1


def _copy(db: TenantSession, row: QueuedMessage) -> MessageChanged:
    same = (
        "template_id", "channel", "category", "user_id", "contact_id", "attendee_id", "address", "event_id", "about",
        "about_id", "platform_id", "integration_id", "event_marketing_campaign_id", "locale", "body", "payload",
        "attachments", "priority",
    )  # fmt: skip
    again = QueuedMessage(
        **{name: getattr(row, name) for name in same},
        subject=row.subject if row.body is not None else None,
        idempotency_key=f"again:{row.id}:{uuid.uuid4().hex}",
    )
    db.add(again)
    db.flush()
    send_soon(db)
    return MessageChanged(again.id, QueueStatus.QUEUED)
