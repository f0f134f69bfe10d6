"""Messages of the demo houses: two templates of their own, mail that went, one that could not, one that waits."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from eventos_core.enums.operations import MessageCategory, SendAnchor
from eventos_core.models.directory import Contact, ContactEmail
from eventos_core.models.events import Event
from eventos_core.operations.messages import Message, commands, enqueue, senders, sending
from eventos_core.operations.messages.commands import AddTemplate
from eventos_core.seed.world import OWNER, DbFactory, Houses, Random

TEMPLATES = (
    AddTemplate(
        "guest.reminder", "en", "Reminder before the doors open",
        "Dear {{ recipient.first_name }},\n\nwe look forward to seeing you at **{{ event.name }}**.\n\n"
        "{{ event.date }}, {{ event.time }}{% if event.place %}, {{ event.place }}{% endif %}\n\n{{ house.name }}\n",
        subject="{{ event.name }}: see you soon", description="To confirmed guests, a day ahead.",
    ),
    AddTemplate(
        "press.preview", "en", "Preview for the press",
        "Dear {{ recipient.first_name }},\n\n{{ house.name }} opens its doors to you before **{{ event.name }}**.\n",
        subject="A first look at {{ event.name }}", category=MessageCategory.MARKETING,
    ),
)  # fmt: skip


def seed(db_factory: DbFactory, houses: Houses, rng: Random, today: dt.date) -> None:
    """Templates, then messages to contacts about the next event; they are written as files, nobody is mailed."""
    for house in houses:
        with db_factory(house) as db:
            for template in TEMPLATES:
                commands.add_template(db, template)
            if senders.mail_reaches_people():
                continue  # invented people are not written to
            account = db.context.account_id
            event_id = db.scalar(
                select(Event.id)
                .where(Event.account_id == account, Event.archived_at.is_(None))
                .order_by(Event.starts_at.desc(), Event.id)
                .limit(1)
            )
            people = db.scalars(
                select(Contact.id)
                .join(ContactEmail, (ContactEmail.account_id == account) & (ContactEmail.contact_id == Contact.id))
                .where(Contact.account_id == account, ContactEmail.is_primary)
                .order_by(Contact.id)
            ).all()
            if event_id is None:
                continue
            chosen = rng.sample(people, min(6, len(people)))
            for contact_id in chosen:
                message = Message("guest.reminder", contact_id=contact_id, event_id=event_id)
                enqueue(db, message, idempotency_key=f"demo:reminder:{contact_id}")
            gone = Message("guest.reminder", address=f"guest@{house.slug}.invalid", event_id=event_id)
            enqueue(db, gone, idempotency_key="demo:gone")
            for contact_id in chosen[:1]:
                later = Message(
                    "guest.reminder", contact_id=contact_id, event_id=event_id, anchor=SendAnchor.EVENT_START,
                    offset_minutes=-24 * 60,
                )  # fmt: skip
                enqueue(db, later, idempotency_key="demo:later")
        sending.send_due(house.team[OWNER].credential)
