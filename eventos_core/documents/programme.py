"""The programme of an event on paper: by day and time, or by day and place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

from reportlab.platypus import Flowable

from eventos_core.documents import engine, parts
from eventos_core.documents.catalogue import Programme
from eventos_core.documents.engine import Head
from eventos_core.documents.parts import Cell, Column
from eventos_core.enums.events import EventStatus
from eventos_core.events.queries import GuestProgramme, GuestSession
from eventos_core.operations import formats

_NO_PLACE = "Place still open"


def pdf(read: Programme) -> bytes:
    """The programme as a PDF, times on the event's own clock."""
    event, zone = read.guest, ZoneInfo(read.guest.timezone)
    found: list[Flowable] = [
        parts.title(
            event.name, formats.span(event.starts_at, event.ends_at, zone, event.lang), event.place or "",
            event.tagline or "", code=event.website,
        ),
        *_notices(event),
    ]  # fmt: skip
    if not event.sessions:
        found.append(parts.paragraph("No sessions are planned yet."))
    for day, sessions in _days(event.sessions, zone):
        found += parts.heading(formats.date(day, event.lang))
        found += (
            _by_place(sessions, zone, event) if read.by == "place" else [_table(sessions, zone, event, places=True)]
        )
    return engine.pdf(Head(event.house, f"Programme · {event.name}", read.as_of, zone, event.lang, read.colour), found)


def _notices(event: GuestProgramme) -> Iterator[Flowable]:
    if event.status is EventStatus.CANCELLED:
        yield parts.notice("Cancelled" + (f": {event.reason}" if event.reason else ""))
    elif event.status is EventStatus.DRAFT:
        yield parts.notice("Draft: nothing here is settled")
    if event.archived:
        yield parts.notice("Archived: kept as it was")


def _days(sessions: Sequence[GuestSession], zone: ZoneInfo) -> Iterator[tuple[dt.date, list[GuestSession]]]:
    for day, group in groupby(sessions, key=lambda session: session.starts_at.astimezone(zone).date()):
        yield day, list(group)


def _by_place(sessions: list[GuestSession], zone: ZoneInfo, event: GuestProgramme) -> Iterator[Flowable]:
    order = sorted(sessions, key=lambda session: (session.place is None, session.place or ""))
    for place, group in groupby(order, key=lambda session: session.place):
        yield from parts.subheading(place or _NO_PLACE)
        yield _table(list(group), zone, event, places=False)


def _table(sessions: Sequence[GuestSession], zone: ZoneInfo, event: GuestProgramme, *, places: bool) -> Flowable:
    columns = [Column(f"Time ({formats.zone_label(zone)})", 17), Column("Session", 55 if places else 83)]
    if places:
        columns.append(Column("Place", 28))
    return parts.table(columns, [_row(session, zone, event.lang, places=places) for session in sessions])


def _row(session: GuestSession, zone: ZoneInfo, lang: str, *, places: bool) -> list[Cell | str]:
    marks = [session.kind.label, session.track or "", "" if session.public else "By invitation"]
    off = "Cancelled" + (f": {session.reason}" if session.reason else "") if session.cancelled else ""
    about = " · ".join(mark for mark in marks if mark)
    more = "\n".join(part for part in (about, session.summary) if part)
    what = Cell(session.title, session.hosts or "", more, alert=off, off=session.cancelled)
    row: list[Cell | str] = [_times(session, zone, lang), what]
    return [*row, session.place or "–"] if places else row


def _times(session: GuestSession, zone: ZoneInfo, lang: str) -> str:
    first = formats.clock(session.starts_at, zone)
    if session.ends_at is None:
        return f"from {first}"
    start, end = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    last = formats.clock(session.ends_at, zone)
    if (end - start).days >= 1 or (end.date() > start.date() and end.hour >= 8):
        return f"{first} – {formats.date(end.date(), lang, year=False)}, {last}"
    return f"{first}–{last}"
