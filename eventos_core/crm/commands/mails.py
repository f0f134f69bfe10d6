"""An e-mail to one contact, written on a deal or a record: it leaves through the outbox and stays on the timeline.

It is an activity, done, of kind e-mail, and the message is about that activity: one entry on every timeline it belongs
to, with what became of it, and a touch that counts for the deal. An e-mail sent elsewhere is logged as an activity.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from eventos_core.crm.commands.linking import check_targets
from eventos_core.crm.rules import activities as rules
from eventos_core.crm.rules.activities import ActivityFields, Links
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import ActivityDirection, ActivityKind
from eventos_core.enums.operations import MessageChannel, QueueStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Activity
from eventos_core.models.directory import Contact
from eventos_core.operations.messages import Message, enqueue, recipients

ABOUT = "activities"
"""What the outbox says such a message is about."""


@dataclass(frozen=True)
class WriteMail:
    """An e-mail to `links.contact_id`, about the other records in `links`."""

    links: Links
    subject: str
    body: str


@dataclass(frozen=True)
class MailWritten:
    """The activity that stands for the e-mail, its message in the outbox, and whether that waits or is stopped."""

    activity_id: int
    message_id: int
    status: QueueStatus


@command(requires=Permission.SALES_WRITE)
def write_mail(db: TenantSession, cmd: WriteMail) -> MailWritten:
    """Queue the e-mail and log it as done, both or neither.

    Raises InvalidInput (no recipient, no address, no text, a placeholder that does not exist), NotFound, NotAllowedNow
    for somebody who asked not to be contacted.
    """
    given = ActivityFields(cmd.links, ActivityKind.EMAIL, cmd.subject, cmd.body, direction=ActivityDirection.OUTGOING)
    values = rules.check_activity(given, db.context.timezone)
    contact_id = cmd.links.contact_id
    if contact_id is None:
        raise InvalidInput("Choose who gets the e-mail.", fields={"contact_id": "Required"})
    if not cmd.subject.strip():
        raise InvalidInput("The e-mail has no subject.", fields={"subject": "Required"})
    check_targets(db, values)
    _check_reachable(db, contact_id)
    values["owner_id"] = values["done_by_id"] = db.context.member_id
    row = Activity(**values, done_at=clock.now())
    db.add(row)
    db.flush()
    message = Message(
        contact_id=contact_id, subject=values["subject"], body=values["body"], event_id=values["event_id"],
        about=ABOUT, about_id=row.id,
    )  # fmt: skip
    queued = enqueue(db, message, idempotency_key=f"activity:{row.id}")
    return MailWritten(row.id, queued.message_id, queued.status)


def _check_reachable(db: TenantSession, contact_id: int) -> None:
    declined = db.scalar(
        select(Contact.do_not_contact).where(Contact.account_id == db.context.account_id, Contact.id == contact_id)
    )
    if declined:
        raise NotAllowedNow("This person asked not to be contacted.", hint="Ask them by another way first.")
    found = recipients.contact(db, contact_id, MessageChannel.EMAIL)
    if found.address is None:
        raise InvalidInput(found.missing, hint="Add an address to the contact.", fields={"contact_id": "No address"})
