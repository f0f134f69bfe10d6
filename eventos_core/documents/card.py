"""The card of one contact, with a QR code that a phone takes into its address book."""

from __future__ import annotations

from reportlab.platypus import Flowable

from eventos_core.directory.rules.contacts import vcard
from eventos_core.directory.rules.values import show_phone
from eventos_core.documents import engine, parts
from eventos_core.documents.catalogue import Card
from eventos_core.documents.engine import Head


def pdf(read: Card) -> bytes:
    """The card as a PDF of A6."""
    contact, fields = read.contact, read.contact.fields
    lines = [
        " · ".join(part for part in (fields.job_title, contact.organization) if part),
        *(email.email for email in fields.emails[:2]),
        *(show_phone(phone.e164, phone.number) for phone in fields.phones[:2]),
        fields.website or "",
    ]
    found: list[Flowable] = [
        parts.title(contact.name),
        *(parts.paragraph(line) for line in lines if line),
        parts.space(14),
        parts.square(vcard(contact.name, fields, contact.organization), 150),
        parts.paragraph("Scan it to take the contact into your phone.", small=True),
    ]
    return engine.pdf(Head(read.house, contact.name, read.as_of, read.zone, read.lang, card=True), found)
