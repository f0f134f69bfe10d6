"""Which documents there are: what each is about, what it takes to read it, what it is written as.

Layout and its library are imported when the first document is written: most processes start without.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal
from zoneinfo import ZoneInfo

from eventos_core.db.session import TenantSession
from eventos_core.directory import queries as directory
from eventos_core.directory.queries import ContactCard, ContactDetail
from eventos_core.enums.operations import ExportFormat
from eventos_core.events import queries as events
from eventos_core.events.queries import EventFilter, GuestProgramme, ProgrammePaper, ProgrammeSlice
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import calendars
from eventos_core.operations.documents.registry import Document, document

LONG_PROGRAMME = 800
"""Sessions from which a job writes the programme."""
LONG_PORTFOLIO = 800
MOST_EVENTS = 2000
_BATCH = 500


@dataclass(frozen=True)
class Programme:
    """What a programme is written from; for people of the house with the sessions that guests do not read of."""

    guest: GuestProgramme
    by: Literal["time", "place"]
    as_of: dt.datetime
    colour: str | None = None


@dataclass(frozen=True)
class Portfolio:
    """What the list of events is written from: rows as `EVENTS_IN_FULL`, by start."""

    house: str
    lang: str
    zone: ZoneInfo
    as_of: dt.datetime
    rows: tuple[dict[str, Any], ...]
    colour: str | None = None


@dataclass(frozen=True)
class Card:
    """What a contact's card is written from."""

    house: str
    lang: str
    zone: ZoneInfo
    contact: ContactDetail
    as_of: dt.datetime


def _programme(db: TenantSession, given: ProgrammePaper) -> Programme:
    found = events.guest_programme(db, given.event_id, inside=not given.public)
    return Programme(found, given.by, clock.now(), directory.house_colour(db))


def _long_programme(db: TenantSession, given: ProgrammePaper) -> bool:
    limit = LONG_PROGRAMME + 1
    return events.programme_counted(db, ProgrammeSlice(given.event_id), limit) >= limit


def _programme_pdf(read: Programme) -> bytes:
    return _write("programme", read)


def _programme_ics(read: Programme) -> bytes:
    return calendars.calendar(read.guest.name, read.guest.entries())


def _event_name(db: TenantSession, given: ProgrammePaper) -> str:
    return events.event(db, given.event_id).name


def _portfolio(db: TenantSession, wanted: EventFilter) -> Portfolio:
    if events.events_counted(db, wanted, MOST_EVENTS + 1) > MOST_EVENTS:
        raise InvalidInput(f"The list has more than {MOST_EVENTS:,} events.", hint="Narrow it by its filters.")
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        found = events.events_in_full(db, wanted, cursor=cursor, size=_BATCH)
        rows += [{str(name): value for name, value in row.items()} for row in found.frame.to_dict("records")]
        cursor = found.next
        if cursor is None:
            break
    context = db.context
    colour = directory.house_colour(db)
    return Portfolio(context.account_name, context.locale, context.zone, clock.now(), tuple(rows), colour)


def _long_portfolio(db: TenantSession, wanted: EventFilter) -> bool:
    return events.events_counted(db, wanted, LONG_PORTFOLIO + 1) > LONG_PORTFOLIO


def _portfolio_pdf(read: Portfolio) -> bytes:
    return _write("portfolio", read)


def _card(db: TenantSession, given: ContactCard) -> Card:
    contact = directory.contact(db, given.contact_id)
    return Card(db.context.account_name, db.context.locale, db.context.zone, contact, clock.now())


def _card_pdf(read: Card) -> bytes:
    return _write("card", read)


def _contact_name(db: TenantSession, given: ContactCard) -> str:
    return directory.contact(db, given.contact_id).name


def _write(module: str, read: Any) -> bytes:
    written: bytes = import_module(f"eventos_core.documents.{module}").pdf(read)
    return written


document(
    Document(
        "paper.programme", "Programme", Permission.EVENTS_READ, ProgrammePaper, _programme,
        {ExportFormat.PDF: _programme_pdf, ExportFormat.ICS: _programme_ics}, _event_name, _long_programme,
        mailed=lambda event_id: ProgrammePaper(event_id, public=True),
    )
)  # fmt: skip
document(
    Document(
        "paper.events", "Events", Permission.EVENTS_READ, EventFilter, _portfolio, {ExportFormat.PDF: _portfolio_pdf},
        lambda _db, _wanted: "", _long_portfolio,
    )
)  # fmt: skip
document(
    Document(
        "paper.contact", "Contact", Permission.CONTACTS_EXPORT, ContactCard, _card, {ExportFormat.PDF: _card_pdf},
        _contact_name, reads=Permission.CONTACTS_READ,
    )
)  # fmt: skip
