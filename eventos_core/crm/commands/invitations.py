"""What a meeting's guest is told by e-mail, with the calendar file."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import update

from eventos_core.crm.queries.invitations import DOCUMENT, MeetingFile
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ExportFormat, MessageChannel, QueueStatus
from eventos_core.kernel import clock
from eventos_core.models.crm import MeetingBooking
from eventos_core.models.operations import QueuedMessage
from eventos_core.operations import formats, naming
from eventos_core.operations.messages import Message, MessageKind, enqueue, message_kind, recipients
from eventos_core.operations.messages.attaching import Enclosed

ABOUT = "meeting_bookings"
_PLACEHOLDERS = {
    "subject": "What the meeting is called",
    "when": "Day and time, in the guest's zone, which is named",
    "place": "Address, number or link; may be empty",
    "host": "Who hosts it",
    "reason": "Why it was called off; may be empty",
}
_CHANGED = {"change": "What is new: the time, the place, the host, or several of them"}
_FOOT = "\n{% if place %}\nWhere: {{ place }}\n{% endif %}\nThe calendar file attached keeps your calendar right.\n"


class Told(StrEnum):
    """What happened to the meeting; each is a message that a house can reword."""

    BOOKED = "meeting.booked"
    MOVED = "meeting.moved"
    CANCELLED = "meeting.cancelled"


message_kind(
    MessageKind(
        Told.BOOKED.value, "Meeting booked", "To the guest of a meeting when it is booked or confirmed.",
        "{{ subject }}, {{ when }}",
        "Hello {{ recipient.first_name }},\n\n**{{ subject }}** with {{ host }}, {{ when }}." + _FOOT,
        _PLACEHOLDERS,
    )
)  # fmt: skip
message_kind(
    MessageKind(
        Told.MOVED.value, "Meeting changed", "To the guest of a meeting when its time, place or host changes.",
        "{{ change }}: {{ subject }}, {{ when }}",
        "Hello {{ recipient.first_name }},\n\n{{ change }} for **{{ subject }}**: {{ when }}, with {{ host }}." + _FOOT,
        _PLACEHOLDERS | _CHANGED,
    )
)  # fmt: skip
message_kind(
    MessageKind(
        Told.CANCELLED.value, "Meeting called off", "To the guest of a meeting when it is cancelled or declined.",
        "Called off: {{ subject }}, {{ when }}",
        "Hello {{ recipient.first_name }},\n\n**{{ subject }}**, {{ when }}, does not take place."
        "{% if reason %}\n\n{{ reason }}{% endif %}\n\nThe calendar file attached takes it out of your calendar.\n",
        _PLACEHOLDERS,
    )
)  # fmt: skip


def tell_guest(db: TenantSession, row: MeetingBooking, host: str, what: Told, *, changed: tuple[str, ...] = ()) -> bool:
    """Queue the e-mail; False where the guest has no address or gets no mail any more.

    An earlier one about this meeting that still waits is withdrawn: its text would be wrong by now. `changed` are the
    words of `rules.changed`.
    """
    db.flush()
    withdrawn = _withdraw(db, row)
    by_contact = (
        row.contact_id is not None
        and recipients.contact(db, row.contact_id, MessageChannel.EMAIL).address == row.guest_email
    )
    if row.guest_email is None:
        return False
    message = Message(
        template=what.value, contact_id=row.contact_id if by_contact else None,
        address=None if by_contact else row.guest_email, event_id=row.event_id, about=ABOUT, about_id=row.id,
        priority=3, documents=(Enclosed(DOCUMENT, MeetingFile(row.id), ExportFormat.ICS),),
        values={
            "subject": row.subject, "place": row.place or "", "host": host, "reason": row.cancel_reason or "",
            "when": formats.span(row.starts_at, row.ends_at, clock.zone(row.timezone), db.context.locale),
            # Whoever never read of an earlier change must not take this one for all that is new.
            **({"change": "New details" if withdrawn else f"New {naming.listed(changed)}"} if changed else {}),
        },
    )  # fmt: skip
    queued = enqueue(db, message, idempotency_key=f"meeting:{row.id}:{row.ics_sequence}:{what.value}")
    return queued.status is QueueStatus.QUEUED


def _withdraw(db: TenantSession, row: MeetingBooking) -> bool:
    """Withdraw what waits to be sent about the meeting; whether there was anything."""
    gone = db.scalars(
        update(QueuedMessage)
        .where(
            QueuedMessage.account_id == row.account_id, QueuedMessage.about == ABOUT, QueuedMessage.about_id == row.id,
            QueuedMessage.status == QueueStatus.QUEUED, QueuedMessage.attempts == 0,
        )
        .values(status=QueueStatus.CANCELLED, cancelled_at=clock.now(), last_error="The meeting was changed again.")
        .returning(QueuedMessage.id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    return bool(gone.all())
