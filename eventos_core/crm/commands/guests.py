"""The guest of a meeting: a contact of the house, found by e-mail address or added."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.directory.commands import CreateContact, create_contact
from eventos_core.directory.queries.matching import match_by_email
from eventos_core.directory.rules.contacts import ContactFields, EmailEntry
from eventos_core.enums.operations import MessageChannel
from eventos_core.kernel.errors import InvalidInput
from eventos_core.models.directory import Contact
from eventos_core.operations.messages import recipients

SOURCE = "meeting"


@dataclass(frozen=True)
class Guest:
    """Who comes, and where the calendar file goes; `email` None where no address works."""

    id: int
    name: str
    email: str | None
    organization_id: int | None


def guest_contact(db: TenantSession, contact_id: int | None, name: str, email: str) -> Guest:
    """The guest as a contact, added where nobody has the address (which takes `contacts.write`).

    Raises InvalidInput without a contact and without name and address.
    """
    name, email = " ".join(name.split()), email.strip()
    if contact_id is None:
        if not email:
            raise InvalidInput("Say who comes.", fields={"contact_id": "Choose a contact, or give an e-mail address"})
        found = match_by_email(db, email)
        contact_id = found.id if found is not None else _add(db, name, email)
    row = db.execute(
        select(Contact.id, Contact.full_name, Contact.organization_id).where(
            Contact.account_id == db.context.account_id, Contact.id == contact_id
        )
    ).one()
    address = email or recipients.contact(db, row.id, MessageChannel.EMAIL).address
    return Guest(row.id, row.full_name, address, row.organization_id)


def _add(db: TenantSession, name: str, email: str) -> int:
    first, _, last = name.rpartition(" ")
    if not name:
        raise InvalidInput("Say who comes.", fields={"guest_name": "Required for somebody new"})
    fields = ContactFields(
        first_name=first or None, last_name=last, emails=(EmailEntry(email, is_primary=True),), source=SOURCE
    )
    return create_contact(db, CreateContact(fields)).contact_id
