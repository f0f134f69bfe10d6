"""A queued message as a letter: wording and values as they stand when it is sent, or shown."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from babel.core import UnknownLocaleError
from babel.dates import format_date, format_time
from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.kernel import clock
from eventos_core.kernel.errors import NotFound
from eventos_core.models.directory import MyOrganizationMetadata
from eventos_core.models.events import Event, Venue
from eventos_core.models.operations import NotificationTemplate, QueuedMessage
from eventos_core.models.tenancy import Account
from eventos_core.operations import encryption, site
from eventos_core.operations.messages import attaching, wording
from eventos_core.operations.messages.recipients import Recipient
from eventos_core.operations.messages.senders.base import Letter
from eventos_core.operations.messages.wording import Rendered

HIDDEN = "(shown to the recipient only)"
"""What stands in place of a secret value where others look at the message."""


def values_of(
    db: TenantSession, recipient: Recipient, *, event_id: int | None = None, locale: str | None = None
) -> dict[str, Any]:
    """The common placeholders' values: the house, the recipient, the event in its own zone. At most one query."""
    house = db.context
    values: dict[str, Any] = {
        "house": {"name": house.account_name},
        "recipient": {"name": recipient.name, "first_name": recipient.first_name},
        "unsubscribe_link": "",
    }
    if event_id is not None:
        values["event"] = _event(db, event_id, locale or recipient.locale or house.locale)
    return values


def preview(
    db: TenantSession,
    subject: str | None,
    body: str,
    recipient: Recipient,
    *,
    event_id: int | None = None,
    samples: dict[str, str] | None = None,
    locale: str | None = None,
) -> Rendered:
    """A wording in `locale`, filled for that recipient and event; what only the sender knows comes from `samples`."""
    values = values_of(db, recipient, event_id=event_id, locale=locale)
    values["unsubscribe_link"] = f"{site.base_url()}/u/…"
    return wording.render(subject, body, nested(samples or {}) | values)


def render(db: TenantSession, row: QueuedMessage, recipient: Recipient, *, secrets: bool, link: str = "") -> Rendered:
    """What `row` says to `recipient`; without `secrets` the values that open something are left out.

    Raises InvalidInput when a placeholder has no value.
    """
    subject, body, locale = row.subject, row.body, row.locale
    if row.template_id is not None and row.body is None:
        # Days and times read as the rest of the letter, whatever its reader's own language.
        subject, body, locale = db.execute(
            select(NotificationTemplate.subject, NotificationTemplate.body, NotificationTemplate.locale).where(
                NotificationTemplate.account_id == row.account_id, NotificationTemplate.id == row.template_id
            )
        ).one()
    values = dict(row.payload) | _secrets(row, shown=secrets)
    values |= values_of(db, recipient, event_id=row.event_id, locale=locale)
    # A test to oneself reads as it would to somebody else.
    values["recipient"] |= row.payload.get("as_recipient", {})
    values["unsubscribe_link"] = link or row.payload.get("unsubscribe_link", "")
    return wording.render(subject, body or "", values)


@dataclass(frozen=True)
class Letterhead:
    """What a house's messages have in common: the name and address that they come from, and what stands under them."""

    sender: str = ""
    reply_to: str | None = None
    signature: str = ""


def letterhead(db: TenantSession) -> Letterhead:
    """The house's own, as the House page says; where it names no address, answers go to its contact. One query."""
    own = MyOrganizationMetadata
    row = db.execute(
        select(Account.contact_email, own.sender_name, own.reply_to_email, own.email_signature)
        .select_from(Account)
        .outerjoin(own, own.account_id == Account.id)
        .where(Account.id == db.context.account_id)
    ).one()
    return Letterhead(row.sender_name or "", row.reply_to_email or row.contact_email, row.email_signature or "")


def letter(
    db: TenantSession,
    row: QueuedMessage,
    recipient: Recipient,
    *,
    unsubscribe: str = "",
    head: Letterhead = Letterhead(),
) -> Letter:
    """The letter that goes to the sender. Raises InvalidInput when a placeholder has no value or a file is gone."""
    said = render(db, row, recipient, secrets=True, link=unsubscribe)
    headers = {"X-EventOS-House": db.context.account_slug}
    if unsubscribe:
        headers["List-Unsubscribe"] = f"<{unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return Letter(
        message_id=row.provider_message_id or str(row.id),
        address=recipient.address or "",
        name=recipient.name,
        subject=said.subject,
        text=said.text,
        html=said.html,
        house=db.context.account_name,
        sent_at=clock.now(),
        reply_to=head.reply_to,
        sender=head.sender,
        signature=head.signature,
        attachments=attaching.of(db, row),
        headers=headers,
    )


def message_id(account_id: int, row_id: int, mail_from: str) -> str:
    """The Message-ID of a message, without angle brackets: made from its id, under the domain of the first sender."""
    key = encryption.keyring().newest + f"{account_id}|{row_id}".encode()
    mark = hashlib.sha256(b"message id" + key).hexdigest()[:16]
    return f"{account_id}.{row_id}.{mark}@{mail_from.rpartition('@')[2] or 'eventos.invalid'}"


def nested(flat: dict[str, str]) -> dict[str, Any]:
    """`{"a.b": 1}` as `{"a": {"b": 1}}`."""
    found: dict[str, Any] = {}
    for name, value in flat.items():
        first, _, rest = name.partition(".")
        if rest:
            inner = found.setdefault(first, {})
            if isinstance(inner, dict):
                inner.update(nested({rest: value}))
        else:
            found[first] = value
    return found


def _secrets(row: QueuedMessage, *, shown: bool) -> dict[str, str]:
    if row.secret_values is None:
        return {}
    opened: dict[str, str] = json.loads(
        encryption.decrypt(row.account_id, "notification_queue", "secret_values", row.id, row.secret_values)
    )
    return opened if shown else dict.fromkeys(opened, HIDDEN)


def _event(db: TenantSession, event_id: int, locale: str) -> dict[str, str]:
    found = db.execute(
        select(Event.name, Event.starts_at, Event.timezone, Event.location_text, Venue.name.label("venue"))
        .outerjoin(Venue, (Venue.account_id == Event.account_id) & (Venue.id == Event.venue_id))
        .where(Event.account_id == db.context.account_id, Event.id == event_id)
    ).one_or_none()
    if found is None:
        raise NotFound("This event does not exist.", hint="Choose another one.")
    zone = ZoneInfo(found.timezone)
    start: dt.datetime = found.starts_at.astimezone(zone)
    language = locale.replace("-", "_")
    place = zone.key.rpartition("/")[2].replace("_", " ")
    try:
        date = format_date(start.date(), "full", language)
        time = format_time(start.time(), "short", locale=language)
    except (UnknownLocaleError, ValueError):
        date, time = format_date(start.date(), "full", "en"), f"{start:%H:%M}"
    return {
        "name": found.name,
        "date": date,
        "time": f"{time} ({place})",
        "place": found.venue or found.location_text or "",
    }
