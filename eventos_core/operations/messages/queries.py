"""Reading templates, the outbox with what became of each message, and who gets no more."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, func, or_, select

from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import (
    MessageCategory,
    MessageChannel,
    QueueStatus,
    SuppressionReason,
    SuppressionScope,
    TemplateStatus,
)
from eventos_core.kernel.errors import EventOSError, NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact
from eventos_core.models.events import Event
from eventos_core.models.operations import (
    MediaAsset,
    MessageDelivery,
    MessageSuppression,
    NotificationTemplate,
    QueuedMessage,
)
from eventos_core.models.tenancy import AccountUser
from eventos_core.models.ticketing import Attendee
from eventos_core.operations.files.limits import size as in_words
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, counted, keyset, paged
from eventos_core.operations.messages import attaching, filling, recipients, reports
from eventos_core.operations.messages.kinds import kinds
from eventos_core.operations.messages.recipients import declined_by
from eventos_core.operations.messages.wording import Rendered
from eventos_core.operations.needs import Need, Urgency, needs_me

MESSAGES = FrameSpec(
    id="int", created_at="instant", recipient="text", address="text", channel="text", subject="text", what="text",
    event="text", status="text", send_at="instant", sent_at="instant", attempts="int", reason="text",
)  # fmt: skip
"""One row per message; `what` names its template, `reason` says why it failed, waits or was suppressed."""

DELIVERIES = FrameSpec(occurred_at="instant", kind="text", attempt="int", provider="text", bounce="text", detail="text")
"""One row per report on a message, oldest first."""

TEMPLATES = FrameSpec(
    id="int", key="text", name="text", channel="text", locale="text", category="text", subject="text",
    revision="int", changed_at="instant", changed_by="text",
)  # fmt: skip
"""One row per template in use; standard wordings that the house has not reworded have no id and revision 0."""

REVISIONS = FrameSpec(
    id="int", revision="int", status="text", subject="text", body="text", created_at="instant", created_by="text"
)
"""One row per revision of a template, newest first."""

SUPPRESSIONS = FrameSpec(
    id="int", address="text", contact_id="int", contact="text", channel="text", scope="text", reason="text",
    created_at="instant",
)  # fmt: skip
"""One row per address that gets no more, newest first."""


@dataclass(frozen=True)
class MessageFilter:
    """What to list; None = any. `q` is part of a recipient's name, an address or a subject."""

    status: QueueStatus | None = None
    q: str = ""
    channel: MessageChannel | None = None
    category: MessageCategory | None = None
    event: int | None = None


@dataclass(frozen=True)
class SuppressionFilter:
    """Which of the addresses that get no more to list; None = any. `q` is part of an address or a person's name."""

    q: str = ""
    channel: MessageChannel | None = None
    scope: SuppressionScope | None = None
    reason: SuppressionReason | None = None


@dataclass(frozen=True)
class MessageDetail:
    """One message with all that the drawer shows; `rendered` is None where it cannot be shown, `problem` says why."""

    id: int
    status: QueueStatus
    channel: MessageChannel
    category: MessageCategory
    recipient: str
    address: str | None
    what: str
    template_id: int | None
    event: str | None
    contact_id: int | None
    created_at: dt.datetime
    send_at: dt.datetime
    next_attempt_at: dt.datetime
    sent_at: dt.datetime | None
    attempts: int
    max_attempts: int
    reason: str | None
    message_id: str | None
    rendered: Rendered | None
    problem: str


@dataclass(frozen=True)
class TemplateDetail:
    """One revision of a template; `id` is None for a standard wording that the house has not reworded."""

    id: int | None
    key: str
    channel: MessageChannel
    locale: str
    revision: int
    status: TemplateStatus
    category: MessageCategory
    name: str
    description: str | None
    subject: str | None
    preheader: str | None
    body: str
    is_system: bool
    attachments: tuple[int, ...] = ()
    """Ids of the stored files that go along."""
    documents: tuple[str, ...] = ()
    """Keys of the documents that go along."""


def _recipient() -> ColumnElement[str]:
    return func.coalesce(Contact.full_name, Attendee.name, AccountUser.display_name, QueuedMessage.address, "")


def _what() -> ColumnElement[Any]:
    """What a message is called: its template, its subject, or how a text or post without either begins."""
    begins = func.left(func.regexp_replace(QueuedMessage.body, r"\s+", " ", "g"), 60)
    return func.coalesce(NotificationTemplate.name, QueuedMessage.subject, begins)


def _joined(statement: Any) -> Any:
    """With whom and what a message is about; at most one row each."""
    same = QueuedMessage.account_id
    return (
        statement.select_from(QueuedMessage)
        .outerjoin(Contact, (Contact.account_id == same) & (Contact.id == QueuedMessage.contact_id))
        .outerjoin(Attendee, (Attendee.account_id == same) & (Attendee.id == QueuedMessage.attendee_id))
        .outerjoin(AccountUser, (AccountUser.account_id == same) & (AccountUser.user_id == QueuedMessage.user_id))
        .outerjoin(Event, (Event.account_id == same) & (Event.id == QueuedMessage.event_id))
        .outerjoin(
            NotificationTemplate,
            (NotificationTemplate.account_id == same) & (NotificationTemplate.id == QueuedMessage.template_id),
        )
    )


@query(requires=Permission.PROMOTE_READ)
def messages(
    db: TenantSession, wanted: MessageFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """The outbox newest first as `MESSAGES`, one page, one query. Raises InvalidInput for a damaged cursor."""
    wanted, place = wanted or MessageFilter(), Cursor.decode(cursor)
    statement = _joined(
        select(
            QueuedMessage.id, QueuedMessage.created_at, _recipient().label("recipient"), QueuedMessage.address,
            QueuedMessage.channel, func.coalesce(QueuedMessage.subject, NotificationTemplate.subject).label("subject"),
            _what().label("what"), Event.name.label("event"), QueuedMessage.status, QueuedMessage.send_at,
            QueuedMessage.sent_at, QueuedMessage.attempts, QueuedMessage.last_error.label("reason"),
        )
    ).where(*_conditions(db, wanted))  # fmt: skip
    order: list[tuple[Any, Literal["asc", "desc"]]] = [
        (QueuedMessage.created_at.expression, "desc"),
        (QueuedMessage.id.expression, "desc"),
    ]
    frame = MESSAGES.query(db, keyset(statement, order, place, size=size))
    return paged(frame, ("created_at", "id"), place, size=size)


@query(requires=Permission.PROMOTE_READ)
def messages_counted(db: TenantSession, wanted: MessageFilter, limit: int) -> int:
    """How many messages the filter lists, counted up to `limit`."""
    return counted(db, _joined(select(QueuedMessage.id)).where(*_conditions(db, wanted)), limit)


def _conditions(db: TenantSession, wanted: MessageFilter) -> list[ColumnElement[bool]]:
    given = (
        (QueuedMessage.status, wanted.status),
        (QueuedMessage.channel, wanted.channel),
        (QueuedMessage.category, wanted.category),
        (QueuedMessage.event_id, wanted.event),
    )
    conditions = [
        QueuedMessage.account_id == db.context.account_id,
        *(column == value for column, value in given if value is not None),
    ]
    if words := wanted.q.strip():
        places = (_recipient(), QueuedMessage.address, QueuedMessage.subject, NotificationTemplate.subject)
        conditions.append(or_(*(place.icontains(words, autoescape=True) for place in places)))
    return conditions


@query(requires=Permission.PROMOTE_READ)
def message_counts(db: TenantSession) -> dict[QueueStatus, int]:
    """How many messages wait, are being sent and failed. One query over the indexes of these states."""
    open_states = (QueueStatus.QUEUED, QueueStatus.SENDING, QueueStatus.FAILED)
    rows = db.execute(
        select(QueuedMessage.status, func.count())
        .where(QueuedMessage.account_id == db.context.account_id, QueuedMessage.status.in_(open_states))
        .group_by(QueuedMessage.status)
    ).all()
    found = {QueueStatus(status): int(count) for status, count in rows}
    return {state: found.get(state, 0) for state in open_states}


@query(requires=Permission.PROMOTE_READ)
def message(db: TenantSession, message_id: int) -> MessageDetail:
    """One message as its recipient reads it; what opens something is left out. Raises NotFound."""
    row = get(db, QueuedMessage, message_id, what="message")
    named = db.execute(
        _joined(select(_recipient().label("recipient"), _what().label("what"), Event.name.label("event"))).where(
            QueuedMessage.account_id == db.context.account_id, QueuedMessage.id == message_id
        )
    ).one()
    recipient = recipients.resolve(db, row)
    rendered, problem = None, ""
    if row.redacted_at is not None:
        problem = "The content was erased."
    else:
        try:
            rendered = filling.render(db, row, _named(recipient, named.recipient), secrets=False, link=filling.HIDDEN)
        except EventOSError:
            problem = "What it said is no longer kept whole: a link in it was removed once it was sent."
    return MessageDetail(
        id=row.id, status=row.status, channel=row.channel, category=row.category, recipient=named.recipient,
        address=row.address or reports.sent_to(db, row), what=named.what or "", template_id=row.template_id,
        event=named.event, contact_id=row.contact_id, created_at=row.created_at, send_at=row.send_at,
        next_attempt_at=row.next_attempt_at, sent_at=row.sent_at, attempts=row.attempts,
        max_attempts=row.max_attempts, reason=row.last_error, message_id=row.provider_message_id, rendered=rendered,
        problem=problem,
    )  # fmt: skip


def _named(recipient: recipients.Recipient, name: str) -> recipients.Recipient:
    """Who has left since is still named as the message named them."""
    if recipient.name or not name:
        return recipient
    return recipients.Recipient(name, name.split(" ")[0], recipient.address)


@query(requires=Permission.PROMOTE_READ)
def deliveries(db: TenantSession, message_id: int) -> pd.DataFrame:
    """What became of one message, oldest first, as `DELIVERIES`; at most 200."""
    return DELIVERIES.query(
        db,
        select(
            MessageDelivery.occurred_at, MessageDelivery.kind, MessageDelivery.attempt, MessageDelivery.provider,
            MessageDelivery.bounce, MessageDelivery.detail,
        )
        .where(MessageDelivery.account_id == db.context.account_id, MessageDelivery.message_id == message_id)
        .order_by(MessageDelivery.occurred_at, MessageDelivery.id)
        .limit(200),
    )  # fmt: skip


@query(requires=Permission.PROMOTE_READ)
def templates(db: TenantSession) -> pd.DataFrame:
    """The wordings in use by name as `TEMPLATES`, standard ones that were not reworded included. One query."""
    rows = db.execute(
        select(
            NotificationTemplate.id, NotificationTemplate.key, NotificationTemplate.name, NotificationTemplate.channel,
            NotificationTemplate.locale, NotificationTemplate.category, NotificationTemplate.subject,
            NotificationTemplate.revision, NotificationTemplate.created_at, AccountUser.display_name,
        )
        .outerjoin(
            AccountUser,
            (AccountUser.account_id == NotificationTemplate.account_id)
            & (AccountUser.id == NotificationTemplate.created_by),
        )
        .where(
            NotificationTemplate.account_id == db.context.account_id,
            NotificationTemplate.status == TemplateStatus.CURRENT,
        )
        .order_by(NotificationTemplate.name, NotificationTemplate.locale, NotificationTemplate.id)
    ).all()  # fmt: skip
    own = {row.key for row in rows}
    standard = [
        (None, kind.key, kind.name, kind.channel, "en", kind.category, kind.subject, 0, None, None)
        for kind in sorted(kinds().values(), key=lambda kind: kind.name)
        if kind.key not in own
    ]
    return TEMPLATES.build([*(tuple(row) for row in rows), *standard])


@query(requires=Permission.PROMOTE_READ)
def template(db: TenantSession, template_id: int) -> TemplateDetail:
    """One revision of a template. Raises NotFound."""
    row = get(db, NotificationTemplate, template_id, what="template")
    return TemplateDetail(
        row.id, row.key, row.channel, row.locale, row.revision, row.status, row.category, row.name, row.description,
        row.subject, row.preheader, row.body, row.is_system, attaching.ids(row.attachments),
        attaching.made(row.attachments),
    )  # fmt: skip


@query(requires=Permission.PROMOTE_READ)
def standard_template(db: TenantSession, key: str) -> TemplateDetail:
    """The wording that a message of EventOS has until the house rewords it. Raises NotFound."""
    kind = kinds().get(key)
    if kind is None:
        raise NotFound("There is no such message.", hint="Go back to the list.")
    return TemplateDetail(
        None, kind.key, kind.channel, db.context.locale, 0, TemplateStatus.CURRENT, kind.category, kind.name,
        kind.about, kind.subject, None, kind.body, True,
    )  # fmt: skip


@query(requires=Permission.PROMOTE_READ)
def template_revisions(db: TenantSession, template_id: int) -> pd.DataFrame:
    """All revisions of that template, newest first, as `REVISIONS`; at most 100. Raises NotFound."""
    one = get(db, NotificationTemplate, template_id, what="template")
    return REVISIONS.query(
        db,
        select(
            NotificationTemplate.id, NotificationTemplate.revision, NotificationTemplate.status,
            NotificationTemplate.subject, NotificationTemplate.body, NotificationTemplate.created_at,
            AccountUser.display_name.label("created_by"),
        )
        .outerjoin(
            AccountUser,
            (AccountUser.account_id == NotificationTemplate.account_id)
            & (AccountUser.id == NotificationTemplate.created_by),
        )
        .where(
            NotificationTemplate.account_id == db.context.account_id,
            NotificationTemplate.key == one.key,
            NotificationTemplate.channel == one.channel,
            NotificationTemplate.locale == one.locale,
        )
        .order_by(NotificationTemplate.revision.desc())
        .limit(100),
    )  # fmt: skip


@query(requires=Permission.PROMOTE_READ)
def template_preview(
    db: TenantSession,
    subject: str | None,
    body: str,
    *,
    contact_id: int | None = None,
    event_id: int | None = None,
    samples: dict[str, str] | None = None,
    locale: str | None = None,
) -> Rendered:
    """A wording filled with a contact and an event of the house. Raises InvalidInput naming what has no value.

    Days and times are in `locale`, the wording's language; without it in the contact's.
    """
    if contact_id is not None:
        recipient = recipients.contact(db, contact_id, MessageChannel.EMAIL)
        if not recipient.name:
            raise NotFound("This contact does not exist.", hint="Choose another one.")
    else:
        recipient = recipients.Recipient("Ana Keller", "Ana", None)
    return filling.preview(db, subject, body, recipient, event_id=event_id, samples=samples, locale=locale)


@query(requires=Permission.PROMOTE_READ)
def attachable_files(db: TenantSession, *, also: tuple[int, ...] = ()) -> dict[int, str]:
    """Stored files that mail may carry, by id → name and size: the newest 200, and those of `also`. One query."""
    small = (MediaAsset.size_bytes <= attaching.MOST_BYTES) & MediaAsset.archived_at.is_(None)
    rows = db.execute(
        select(MediaAsset.id, MediaAsset.title, MediaAsset.file_name, MediaAsset.size_bytes)
        .where(
            MediaAsset.account_id == db.context.account_id,
            MediaAsset.bytes_deleted_at.is_(None),
            small | MediaAsset.id.in_(also),
        )
        .order_by(MediaAsset.id.in_(also).desc(), MediaAsset.created_at.desc(), MediaAsset.id.desc())
        .limit(200)
    ).all()
    return {row.id: f"{row.title or row.file_name} ({in_words(row.size_bytes)})" for row in rows}


@query(requires=Permission.PROMOTE_READ)
def attachable_documents(db: TenantSession) -> dict[str, str]:
    """Documents about an event that mail may carry, by key → title; those that the reader may read. No query."""
    return attaching.papers(db)


@query(requires=Permission.PROMOTE_READ)
def suppressions(
    db: TenantSession,
    wanted: SuppressionFilter | None = None,
    *,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
    only: int | None = None,
    contact_id: int | None = None,
) -> PageOf:
    """The addresses that get no more, newest first, as `SUPPRESSIONS`, one page, or the one with the id `only`.

    With `contact_id` only what that person declined themselves, by link or spam report, at any of their addresses.

    Raises InvalidInput.
    """
    place = Cursor.decode(cursor)
    statement = _declined(
        select(
            MessageSuppression.id, MessageSuppression.address_norm.label("address"), MessageSuppression.contact_id,
            Contact.full_name.label("contact"), MessageSuppression.channel, MessageSuppression.scope,
            MessageSuppression.reason, MessageSuppression.created_at,
        ),
        db,
        wanted or SuppressionFilter(),
    )  # fmt: skip
    if only is not None:
        statement = statement.where(MessageSuppression.id == only)
    if contact_id is not None:
        statement = statement.where(declined_by(db.context.account_id, contact_id))
    order: list[tuple[Any, Literal["asc", "desc"]]] = [
        (MessageSuppression.created_at.expression, "desc"),
        (MessageSuppression.id.expression, "desc"),
    ]
    frame = SUPPRESSIONS.query(db, keyset(statement, order, place, size=size))
    return paged(frame, ("created_at", "id"), place, size=size)


@query(requires=Permission.PROMOTE_READ)
def suppressions_counted(db: TenantSession, wanted: SuppressionFilter, limit: int) -> int:
    """How many addresses the filter lists, counted up to `limit`."""
    return counted(db, _declined(select(MessageSuppression.id), db, wanted), limit)


def _declined(statement: Any, db: TenantSession, wanted: SuppressionFilter) -> Any:
    """What is in force and fits, each with whose address it is."""
    same = Contact.account_id == MessageSuppression.account_id
    given = (
        (MessageSuppression.channel, wanted.channel),
        (MessageSuppression.scope, wanted.scope),
        (MessageSuppression.reason, wanted.reason),
    )
    found = (
        statement.select_from(MessageSuppression)
        .outerjoin(Contact, same & (Contact.id == MessageSuppression.contact_id))
        .where(
            MessageSuppression.account_id == db.context.account_id,
            MessageSuppression.lifted_at.is_(None),
            *(column == value for column, value in given if value is not None),
        )
    )
    if words := wanted.q.strip():
        places = (MessageSuppression.address_norm, Contact.full_name)
        found = found.where(or_(*(place.icontains(words, autoescape=True) for place in places)))
    return found


@needs_me(Permission.MESSAGES_SEND)
def failed_messages(db: TenantSession) -> list[Need]:
    """One line where messages of the last two weeks failed."""
    failed = db.scalar(
        select(func.count()).where(
            QueuedMessage.account_id == db.context.account_id,
            QueuedMessage.status == QueueStatus.FAILED,
            QueuedMessage.updated_at > func.now() - dt.timedelta(days=14),
        )
    )
    if not failed:
        return []
    title = "A message could not be sent" if failed == 1 else f"{failed} messages could not be sent"
    found = Need(
        title, "See why, and send them again", Urgency.TODAY, "promote_messages", {"messages_status": "failed"}
    )
    return [found]
