"""Creating, editing, publishing, archiving events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from eventos_core.db.editing import edit, get, set_archived
from eventos_core.db.facts import emit
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import AdmissionMode, AttendanceMode, EventKind, EventStatus, StageKind, StageProcess
from eventos_core.events import rules
from eventos_core.events.commands.conflicts import readable
from eventos_core.kernel import clock, ids, money
from eventos_core.kernel.errors import AlreadyExists, Conflict, InvalidInput, PermissionDenied
from eventos_core.kernel.facts import EventCreated, EventMoved, EventStatusChanged
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event, PipelineStage, Venue
from eventos_core.operations.custom.queries import settle


@dataclass(frozen=True)
class CreateEvent:
    """A new event. Times are aware; a slug of None is made from the name."""

    name: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    timezone: str
    kind: EventKind = EventKind.FASHION_SHOW
    slug: str | None = None
    season: str | None = None
    capacity: int | None = None
    currency: str | None = None
    venue_id: int | None = None
    location_text: str | None = None
    host_organization_id: int | None = None
    attendance: AttendanceMode = AttendanceMode.ONSITE
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class EditEvent:
    """All editable fields of an event, as the form saw them at `version`."""

    event_id: int
    version: int
    name: str
    slug: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    timezone: str
    kind: EventKind
    currency: str
    attendance: AttendanceMode
    admission: AdmissionMode
    doors_at: dt.datetime | None = None
    assets_due_at: dt.datetime | None = None
    season: str | None = None
    series: str | None = None
    tagline: str | None = None
    description: str | None = None
    internal_notes: str | None = None
    owner_id: int | None = None
    stage_id: int | None = None
    host_organization_id: int | None = None
    venue_id: int | None = None
    location_text: str | None = None
    capacity: int | None = None
    target_attendance: int | None = None
    target_revenue_minor: int | None = None
    target_sponsorship_minor: int | None = None
    budget_minor: int | None = None
    dress_code: str | None = None
    website: str | None = None
    tags: tuple[str, ...] = ()
    custom: Mapping[str, Any] | None = None
    """The custom fields as they should be; None leaves them."""


@dataclass(frozen=True)
class ChangeEventStatus:
    """Move an event along its life; `reason` is asked for when it is cancelled."""

    event_id: int
    version: int
    status: EventStatus
    reason: str | None = None


@dataclass(frozen=True)
class ArchiveEvent:
    """Take an event out of the lists, or bring it back."""

    event_id: int
    version: int


@dataclass(frozen=True)
class EventSaved:
    """The event's id, slug and version after the command."""

    event_id: int
    slug: str
    version: int


@command(requires=Permission.EVENTS_WRITE)
def create_event(db: TenantSession, cmd: CreateEvent) -> EventSaved:
    """Create a draft event in the first planning stage. Raises InvalidInput, AlreadyExists for a taken slug."""
    name = _name(cmd.name)
    zone = clock.zone(cmd.timezone).key
    starts_at, ends_at = clock.local_to_utc(cmd.starts_at, zone), clock.local_to_utc(cmd.ends_at, zone)
    rules.check_times(starts_at, ends_at)
    _positive("capacity", cmd.capacity)
    _check_texts(cmd.season, None)
    _check_venue(db, cmd.venue_id, None)
    account = db.context.account_id
    if cmd.slug is None:
        # Two events of one name made at once would count up to the same link name.
        db.execute(text("select pg_advisory_xact_lock(hashtextextended('event-slugs:' || :a, 0))"), {"a": str(account)})
        base = ids.slugify(name, limit=55) or "event"
        taken = db.scalars(select(Event.slug).where(Event.account_id == account, Event.slug.startswith(base))).all()
        slug = rules.free_slug(name, set(taken))
    else:
        slug = ids.check_slug(cmd.slug)
        _check_free(db, slug, None)
    row = Event(
        name=name,
        slug=slug,
        kind=cmd.kind,
        season=(cmd.season or "").strip() or None,
        starts_at=starts_at,
        ends_at=ends_at,
        timezone=zone,
        capacity=cmd.capacity,
        currency=money.check_currency(cmd.currency or db.context.currency),
        venue_id=cmd.venue_id,
        location_text=(cmd.location_text or "").strip() or None,
        host_organization_id=cmd.host_organization_id,
        attendance=cmd.attendance,
        owner_id=db.context.member_id,
        stage_id=_first_stage(db),
        stage_changed_at=clock.now(),
        tags=rules.tags(cmd.tags),
    )
    db.add(row)
    db.flush()
    emit(db, EventCreated(row.id))
    db.refresh(row)
    return EventSaved(row.id, row.slug, row.version)


@command(requires=Permission.EVENTS_WRITE)
def edit_event(db: TenantSession, cmd: EditEvent) -> EventSaved:
    """Save the event's form. Raises InvalidInput, AlreadyExists, EditConflict, Conflict when archived."""
    zone = clock.zone(cmd.timezone).key
    starts_at, ends_at = clock.local_to_utc(cmd.starts_at, zone), clock.local_to_utc(cmd.ends_at, zone)
    doors_at = clock.local_to_utc(cmd.doors_at, zone) if cmd.doors_at else None
    rules.check_times(starts_at, ends_at, doors_at)
    slug = ids.check_slug(cmd.slug)
    _check_free(db, slug, cmd.event_id)
    _check_texts(cmd.season, cmd.series)
    for field in ("capacity", "target_attendance", "target_revenue_minor", "target_sponsorship_minor", "budget_minor"):
        _positive(field, getattr(cmd, field), zero=field != "capacity")
    changes: dict[str, Any] = {
        name: getattr(cmd, name)
        for name in EditEvent.__dataclass_fields__
        if name not in {"event_id", "version", "tags", "custom"}
    }
    for name, value in changes.items():
        if type(value) is str:  # not the enums
            changes[name] = value.strip() or None
    changes |= {
        "name": _name(cmd.name),
        "slug": slug,
        "timezone": zone,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "doors_at": doors_at,
        "assets_due_at": clock.local_to_utc(cmd.assets_due_at, zone) if cmd.assets_due_at else None,
        "currency": money.check_currency(cmd.currency),
        "tags": rules.tags(cmd.tags),
    }
    before = get(db, Event, cmd.event_id, what="event")
    if cmd.stage_id != before.stage_id:
        _check_stage(db, cmd.stage_id)
    _check_venue(db, cmd.venue_id, before.venue_id)
    if cmd.custom is not None:
        changes["custom"] = settle(db, "events", cmd.custom, before.custom)
    moments = (before.starts_at, before.ends_at, before.assets_due_at)
    with readable(db, zone):
        row = edit(db, Event, cmd.event_id, cmd.version, changes, what="event")
    if moments != (row.starts_at, row.ends_at, row.assets_due_at):
        emit(db, EventMoved(row.id))
    return EventSaved(row.id, row.slug, row.version)


@command(requires=Permission.EVENTS_WRITE)
def change_event_status(db: TenantSession, cmd: ChangeEventStatus) -> EventSaved:
    """Move the event on; what guests notice needs `events.publish`. Raises NotAllowedNow, EditConflict.

    Emits EventStatusChanged. Cancelling frees nothing by itself: handlers of the fact do.
    """
    needed = rules.required_permission(cmd.status)
    if not db.context.can(needed):
        raise PermissionDenied(
            "You may not publish, complete or cancel events.",
            hint="Ask an owner or admin of the house for it.",
            permission=needed.value,
            action="change_event_status",
        )
    row = get(db, Event, cmd.event_id, lock=True, what="event")
    old, now = EventStatus(row.status), clock.now()
    rules.check_transition(old, cmd.status, starts_at=row.starts_at, now=now)
    reason = (cmd.reason or "").strip()
    if cmd.status is EventStatus.CANCELLED and not reason:
        raise InvalidInput("Say why the event is cancelled.", fields={"reason": "Required"})
    changes: dict[str, Any] = {"status": cmd.status}
    moment = {
        EventStatus.LIVE: "went_live_at",
        EventStatus.COMPLETED: "completed_at",
        EventStatus.CANCELLED: "cancelled_at",
    }.get(cmd.status)
    if moment:
        changes[moment] = now
    if cmd.status in (EventStatus.ON_SALE, EventStatus.LIVE) and row.published_at is None:
        changes["published_at"] = now
    if cmd.status is EventStatus.CANCELLED:
        changes["cancel_reason"] = reason
    if stage := _stage_for(db, cmd.status):
        changes["stage_id"] = stage
    row = edit(db, Event, cmd.event_id, cmd.version, changes, what="event")
    emit(db, EventStatusChanged(row.id, old.value, cmd.status.value))
    return EventSaved(row.id, row.slug, row.version)


@command(requires=Permission.EVENTS_ARCHIVE)
def archive_event(db: TenantSession, cmd: ArchiveEvent) -> EventSaved:
    """Take an event out of lists and pickers; it becomes read-only. Live ones stay. Raises Conflict, EditConflict."""
    row = get(db, Event, cmd.event_id, lock=True, what="event")
    if row.status in (EventStatus.LIVE, EventStatus.ON_SALE):
        raise Conflict("An event on sale or live cannot be archived.", hint="Complete or cancel it first.")
    set_archived(db, row, cmd.version, archived=True, what="event")
    db.flush()
    db.refresh(row)
    return EventSaved(row.id, row.slug, row.version)


@command(requires=Permission.EVENTS_ARCHIVE)
def restore_event(db: TenantSession, cmd: ArchiveEvent) -> EventSaved:
    """Bring an archived event back. Raises EditConflict."""
    row = get(db, Event, cmd.event_id, lock=True, what="event")
    set_archived(db, row, cmd.version, archived=False, what="event")
    db.flush()
    db.refresh(row)
    return EventSaved(row.id, row.slug, row.version)


def _name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not 1 <= len(cleaned) <= 200:
        raise InvalidInput("Give the event a name of 1 to 200 characters.", fields={"name": "1 to 200 characters"})
    return cleaned


def _positive(field: str, value: int | None, *, zero: bool = False) -> None:
    if value is not None and (value < 0 or (value == 0 and not zero)):
        raise InvalidInput("Give a number above zero, or leave it empty.", fields={field: "Above zero"})


def _check_texts(season: str | None, series: str | None) -> None:
    fields = {
        name: f"At most {most} characters"
        for name, value, most in (("season", season, 40), ("series", series, 120))
        if value is not None and len(value.strip()) > most
    }
    if fields:
        raise InvalidInput("Check the marked fields.", fields=fields)


def _check_venue(db: TenantSession, venue_id: int | None, before: int | None) -> None:
    """A venue out of use may stay where it is, but not be chosen."""
    if venue_id is None or venue_id == before:
        return
    venue = get(db, Venue, venue_id, what="venue")
    if venue.archived_at is not None:
        raise InvalidInput(f"“{venue.name}” is archived.", fields={"venue_id": "Choose a venue in use"})


def _check_free(db: TenantSession, slug: str, event_id: int | None) -> None:
    found = db.scalar(select(Event.id).where(Event.account_id == db.context.account_id, Event.slug == slug))
    if found is not None and found != event_id:
        raise AlreadyExists(f"Another event has the link name “{slug}”.", hint="Choose another link name.")


def _first_stage(db: TenantSession) -> int | None:
    return db.scalar(
        select(PipelineStage.id)
        .where(
            PipelineStage.account_id == db.context.account_id,
            PipelineStage.process == StageProcess.EVENT_PLANNING,
            PipelineStage.kind == StageKind.OPEN,
            PipelineStage.archived_at.is_(None),
        )
        .order_by(PipelineStage.position, PipelineStage.id)
        .limit(1)
    )


def _stage_for(db: TenantSession, status: EventStatus) -> int | None:
    """The done or cancelled stage that a final status leads to; open statuses leave the stage alone."""
    kind = {EventStatus.COMPLETED: StageKind.DONE, EventStatus.CANCELLED: StageKind.CANCELLED}.get(status)
    if kind is None:
        return None
    return db.scalar(
        select(PipelineStage.id)
        .where(
            PipelineStage.account_id == db.context.account_id,
            PipelineStage.process == StageProcess.EVENT_PLANNING,
            PipelineStage.kind == kind,
            PipelineStage.archived_at.is_(None),
        )
        .order_by(PipelineStage.position)
        .limit(1)
    )


def _check_stage(db: TenantSession, stage_id: int | None) -> None:
    if stage_id is None:
        return
    stage = get(db, PipelineStage, stage_id, what="stage")
    if stage.process is not StageProcess.EVENT_PLANNING or stage.archived_at is not None:
        raise InvalidInput("That is not a planning stage in use.", fields={"stage_id": "Choose another stage"})
