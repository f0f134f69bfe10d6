"""The programme: sessions and their hosts. Spaces and persons are guarded by the clash rule in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text, union_all, update
from sqlalchemy.exc import DBAPIError

from eventos_core.db.editing import edit, get
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import AttendanceMode, HostRole, SessionKind
from eventos_core.events import rules
from eventos_core.events.commands.clashes import Wanted, in_the_way
from eventos_core.events.commands.conflicts import readable
from eventos_core.kernel import clock
from eventos_core.kernel.errors import Conflict, InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, Organization
from eventos_core.models.events import Event, EventSession, SessionHost, Venue, VenueSpace

_EXCLUSION = "23P01"


@dataclass(frozen=True)
class AddSession:
    """A new programme item; an end of None is unknown, and then nothing is booked."""

    event_id: int
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime | None = None
    kind: SessionKind = SessionKind.TALK
    track: str | None = None
    mode: AttendanceMode = AttendanceMode.ONSITE
    space_id: int | None = None
    location_text: str | None = None
    capacity: int | None = None
    language: str | None = None
    summary: str | None = None
    description: str | None = None
    url: str | None = None
    internal_notes: str | None = None
    tags: tuple[str, ...] = ()
    host_contact_ids: tuple[int, ...] = ()
    host_organization_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class EditSession:
    """The session's form as it was seen at `version`; hosts are replaced by those given."""

    session_id: int
    version: int
    values: AddSession


@dataclass(frozen=True)
class MoveSession:
    """New time and space; everything else stays. Naive times are on the event's wall clock."""

    session_id: int
    version: int
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    space_id: int | None


@dataclass(frozen=True)
class CancelSession:
    """Call a session off, take it back, or remove it."""

    session_id: int
    version: int
    reason: str | None = None


@dataclass(frozen=True)
class SetSessionHosts:
    """Who hosts a session, in order."""

    session_id: int
    contact_ids: tuple[int, ...] = ()
    organization_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class SessionChanged:
    """The session's id and version after the command."""

    session_id: int
    version: int


@command(requires=Permission.PROGRAMME_WRITE)
def add_session(db: TenantSession, cmd: AddSession) -> SessionChanged:
    """Add a programme item. Raises InvalidInput, NotFound, Conflict (archived event), Clash (what is in the way)."""
    event = _open_event(db, cmd.event_id)
    values = _values(db, cmd, event.timezone, None)
    _queue(db, [values["space_id"]], cmd.host_contact_ids)
    row = EventSession(event_id=event.id, **values)
    with _explained(db, Wanted(None, event.id, values["space_id"], (), values["starts_at"], values["ends_at"])):
        db.add(row)
        db.flush()
    _replace_hosts(db, row, cmd.host_contact_ids, cmd.host_organization_ids)
    db.refresh(row)
    return SessionChanged(row.id, row.version)


@command(requires=Permission.PROGRAMME_WRITE)
def edit_session(db: TenantSession, cmd: EditSession) -> SessionChanged:
    """Save the session's form. Raises InvalidInput, EditConflict, Clash, Conflict when the event is archived."""
    before = get(db, EventSession, cmd.session_id, what="session")
    if before.event_id != cmd.values.event_id:
        raise InvalidInput("This session belongs to another event.", hint="Open it from its own programme.")
    event = _open_event(db, before.event_id)
    values = _values(db, cmd.values, event.timezone, before.space_id)
    leaving = _hosts_of(db, before.id)
    _queue(db, [before.space_id, values["space_id"]], [*leaving, *cmd.values.host_contact_ids])
    staying = tuple(person for person in leaving if person in cmd.values.host_contact_ids)
    with _explained(db, _wanted(values, before, staying)):
        row = get(db, EventSession, cmd.session_id, lock=True, what="session")
        # Hosts who leave go first: the session's new time must not be refused for their sake.
        left = _drop_hosts(db, row, cmd.values.host_contact_ids, cmd.values.host_organization_ids)
        with readable(db, event.timezone):
            row = edit(db, EventSession, cmd.session_id, cmd.version, values, what="session")
    came = _replace_hosts(db, row, cmd.values.host_contact_ids, cmd.values.host_organization_ids)
    if (left or came) and row.version == cmd.version:
        _touch(db, row)
    db.refresh(row)
    return SessionChanged(row.id, row.version)


@command(requires=Permission.PROGRAMME_WRITE)
def move_session(db: TenantSession, cmd: MoveSession) -> SessionChanged:
    """Change time and space only. Raises InvalidInput, EditConflict, Clash, Conflict when the event is archived."""
    before = get(db, EventSession, cmd.session_id, what="session")
    event = _open_event(db, before.event_id)
    starts_at = clock.local_to_utc(cmd.starts_at, event.timezone)
    ends_at = clock.local_to_utc(cmd.ends_at, event.timezone) if cmd.ends_at is not None else None
    rules.check_session_times(starts_at, ends_at)
    _check_space(db, cmd.space_id, before.mode, before.space_id)
    values = {"starts_at": starts_at, "ends_at": ends_at, "space_id": cmd.space_id}
    hosts = _hosts_of(db, before.id)
    _queue(db, [before.space_id, cmd.space_id], hosts)
    with _explained(db, _wanted(values, before, hosts)), readable(db, event.timezone):
        row = edit(db, EventSession, cmd.session_id, cmd.version, values, what="session")
    return SessionChanged(row.id, row.version)


@command(requires=Permission.PROGRAMME_WRITE)
def cancel_session(db: TenantSession, cmd: CancelSession) -> SessionChanged:
    """Call a session off: it stays in the programme, its space and hosts are free. Raises EditConflict, Conflict."""
    row = get(db, EventSession, cmd.session_id, lock=True, what="session")
    _open_event(db, row.event_id)
    if row.cancelled_at is not None:
        return SessionChanged(row.id, row.version)
    changes = {"cancelled_at": clock.now(), "cancel_reason": (cmd.reason or "").strip() or None}
    row = edit(db, EventSession, cmd.session_id, cmd.version, changes, what="session")
    return SessionChanged(row.id, row.version)


@command(requires=Permission.PROGRAMME_WRITE)
def reopen_session(db: TenantSession, cmd: CancelSession) -> SessionChanged:
    """Take a cancellation back. Raises EditConflict, Clash when its place or host is taken by now."""
    before = get(db, EventSession, cmd.session_id, what="session")
    _open_event(db, before.event_id)
    hosts = _hosts_of(db, before.id)
    _queue(db, [before.space_id], hosts)
    wanted = Wanted(before.id, before.event_id, before.space_id, hosts, before.starts_at, before.ends_at)
    with _explained(db, wanted):
        changes = {"cancelled_at": None, "cancel_reason": None}
        row = edit(db, EventSession, cmd.session_id, cmd.version, changes, what="session")
    return SessionChanged(row.id, row.version)


@command(requires=Permission.PROGRAMME_WRITE)
def remove_session(db: TenantSession, cmd: CancelSession) -> SessionChanged:
    """Delete a session that should never have been there, hosts included; the audit keeps it. Raises EditConflict."""
    row = get(db, EventSession, cmd.session_id, lock=True, what="session")
    _open_event(db, row.event_id)
    edit(db, EventSession, cmd.session_id, cmd.version, {}, what="session")
    version = row.version
    db.delete(row)
    db.flush()
    return SessionChanged(cmd.session_id, version)


@command(requires=Permission.PROGRAMME_WRITE)
def set_session_hosts(db: TenantSession, cmd: SetSessionHosts) -> SessionChanged:
    """Replace the hosts, in the order given. Raises NotFound, Clash when a person is taken at that time."""
    before = get(db, EventSession, cmd.session_id, what="session")
    _open_event(db, before.event_id)
    _queue(db, [], [*_hosts_of(db, before.id), *cmd.contact_ids])
    row = get(db, EventSession, cmd.session_id, lock=True, what="session")
    left = _drop_hosts(db, row, cmd.contact_ids, cmd.organization_ids)
    came = _replace_hosts(db, row, cmd.contact_ids, cmd.organization_ids)
    if left or came:
        _touch(db, row)
    return SessionChanged(row.id, row.version)


def _open_event(db: TenantSession, event_id: int) -> Event:
    event = get(db, Event, event_id, what="event")
    if event.archived_at is not None:
        raise Conflict("This event is archived.", hint="Restore it first.")
    return event


def _values(db: TenantSession, cmd: AddSession, timezone: str, space_before: int | None) -> dict[str, Any]:
    skipped = {"event_id", "host_contact_ids", "host_organization_ids"}
    values = {name: getattr(cmd, name) for name in AddSession.__dataclass_fields__ if name not in skipped}
    for name, value in values.items():
        if type(value) is str:
            values[name] = value.strip() or None
    starts_at = clock.local_to_utc(cmd.starts_at, timezone)
    ends_at = clock.local_to_utc(cmd.ends_at, timezone) if cmd.ends_at is not None else None
    title = " ".join(cmd.title.split())
    rules.check_session(title, cmd.track, starts_at, ends_at, cmd.capacity)
    _check_space(db, cmd.space_id, cmd.mode, space_before)
    return values | {"title": title, "starts_at": starts_at, "ends_at": ends_at, "tags": rules.tags(cmd.tags)}


def _check_space(db: TenantSession, space_id: int | None, mode: AttendanceMode, before: int | None) -> None:
    if space_id is None:
        return
    if mode is AttendanceMode.ONLINE:
        raise InvalidInput("An online session takes no space.", fields={"space_id": "Leave it empty"})
    space = get(db, VenueSpace, space_id, what="space")
    if space_id == before:
        return
    if space.archived_at is not None or get(db, Venue, space.venue_id, what="venue").archived_at is not None:
        raise InvalidInput(f"“{space.name}” is out of use.", fields={"space_id": "Choose a space in use"})


def _hosts_of(db: TenantSession, session_id: int) -> tuple[int, ...]:
    """The persons who host the session, by contact id."""
    rows = db.scalars(
        select(SessionHost.contact_id).where(
            SessionHost.account_id == db.context.account_id,
            SessionHost.session_id == session_id,
            SessionHost.contact_id.is_not(None),
        )
    )
    return tuple(contact_id for contact_id in rows if contact_id is not None)


def _queue(db: TenantSession, spaces: Iterable[int | None], persons: Iterable[int]) -> None:
    """Queue for everything the command books, spaces before persons: its statements would else lock in their order."""
    for kind, ids in (("space", spaces), ("person", persons)):
        wanted = sorted({one for one in ids if one is not None})
        if wanted:
            db.execute(text("select app.lock_resources(:kind, :ids)"), {"kind": kind, "ids": wanted})


def _wanted(values: dict[str, Any], row: EventSession, persons: Sequence[int]) -> Wanted:
    return Wanted(row.id, row.event_id, values["space_id"], tuple(persons), values["starts_at"], values["ends_at"])


@contextmanager
def _explained(db: TenantSession, wanted: Wanted) -> Iterator[None]:
    """Write inside a savepoint, so that what is in the way can be looked up before the clash is raised."""
    try:
        with db.begin_nested():
            yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _EXCLUSION:
            raise
        raise in_the_way(db, wanted) from error


def _host_rows(db: TenantSession, row: EventSession) -> dict[tuple[str, int], SessionHost]:
    rows = db.scalars(
        select(SessionHost).where(SessionHost.account_id == db.context.account_id, SessionHost.session_id == row.id)
    )
    return {_subject(host): host for host in rows}


def _subject(host: SessionHost) -> tuple[str, int]:
    return ("c", host.contact_id) if host.contact_id is not None else ("o", host.organization_id or 0)


def _drop_hosts(
    db: TenantSession, row: EventSession, contact_ids: Sequence[int], organization_ids: Sequence[int]
) -> bool:
    """Delete the hosts that are not named; whether there were any."""
    keep = {("c", one) for one in contact_ids} | {("o", one) for one in organization_ids}
    gone = [host for subject, host in _host_rows(db, row).items() if subject not in keep]
    for host in gone:
        db.delete(host)
    db.flush()
    return bool(gone)


def _check_in_use(db: TenantSession, contact_ids: Sequence[int], organization_ids: Sequence[int]) -> None:
    """Who is archived may stay where they are, but not be chosen."""
    chosen = (
        select(Contact.full_name.label("name")).where(
            Contact.account_id == db.context.account_id, Contact.id.in_(contact_ids), Contact.archived_at.is_not(None)
        ),
        select(Organization.name).where(
            Organization.account_id == db.context.account_id,
            Organization.id.in_(organization_ids),
            Organization.archived_at.is_not(None),
        ),
    )
    archived = db.scalar(union_all(*chosen).limit(1)) if contact_ids or organization_ids else None
    if archived is not None:
        raise InvalidInput(
            f"“{archived}” is archived.", hint="Restore them first.", fields={"host_contact_ids": "Choose hosts in use"}
        )


def _replace_hosts(
    db: TenantSession, row: EventSession, contact_ids: Sequence[int], organization_ids: Sequence[int]
) -> bool:
    """Add the hosts that are missing and put all in order, persons first; whether anything changed."""
    wanted = [("c", one) for one in dict.fromkeys(contact_ids)] + [
        ("o", one) for one in dict.fromkeys(organization_ids)
    ]
    present = _host_rows(db, row)
    added = [subject for subject in wanted if subject not in present]
    persons = tuple(one for kind, one in added if kind == "c")
    _check_in_use(db, persons, tuple(one for kind, one in added if kind == "o"))
    moved = False
    with _explained(db, Wanted(row.id, row.event_id, None, persons, row.starts_at, row.ends_at)):
        for position, subject in enumerate(wanted):
            if subject in present:
                moved = moved or present[subject].position != position
                present[subject].position = position
                continue
            kind, one = subject
            db.add(
                SessionHost(
                    event_id=row.event_id,
                    session_id=row.id,
                    contact_id=one if kind == "c" else None,
                    organization_id=one if kind == "o" else None,
                    role=HostRole.HOST,
                    position=position,
                )
            )
        db.flush()
    return bool(added) or moved


def _touch(db: TenantSession, row: EventSession) -> None:
    """A new version for the session whose hosts changed, so that a form opened before notices."""
    db.execute(
        update(EventSession)
        .where(EventSession.account_id == db.context.account_id, EventSession.id == row.id)
        .values(position=EventSession.position)
        .execution_options(synchronize_session=False)
    )
    db.refresh(row)
