"""Kinds of meeting that can be booked: add, change, archive, bring back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from eventos_core.crm.rules import meeting_types as rules
from eventos_core.crm.rules.meeting_types import MeetingTypeFields
from eventos_core.db.editing import edit, get, set_archived
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.directory.commands.checks import check_owner
from eventos_core.events.rules import free_slug
from eventos_core.kernel.errors import AlreadyExists, NotAllowedNow
from eventos_core.kernel.ids import check_slug
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import MeetingType
from eventos_core.models.events import Event, VenueSpace

MOST_TYPES = 100


@dataclass(frozen=True)
class AddMeetingType:
    """A kind of meeting."""

    fields: MeetingTypeFields


@dataclass(frozen=True)
class EditMeetingType:
    """A kind of meeting as it should be; `version` is the one that was edited. An empty slug stays as it is."""

    meeting_type_id: int
    version: int
    fields: MeetingTypeFields


@dataclass(frozen=True)
class OneMeetingType:
    """A kind of meeting; `version` is the one that was seen."""

    meeting_type_id: int
    version: int


@dataclass(frozen=True)
class MeetingTypeSaved:
    """The type's id and version after the command, and its part of booking links."""

    meeting_type_id: int
    version: int
    slug: str


@command(requires=Permission.SALES_SETTINGS)
def add_meeting_type(db: TenantSession, cmd: AddMeetingType) -> MeetingTypeSaved:
    """Add a kind of meeting. Raises InvalidInput, NotFound, AlreadyExists for a slug in use, NotAllowedNow."""
    values = _values(db, cmd.fields)
    taken = set(db.scalars(select(MeetingType.slug).where(MeetingType.account_id == db.context.account_id)))
    if len(taken) >= MOST_TYPES:
        raise NotAllowedNow(f"There are {MOST_TYPES} kinds of meeting already.", hint="Change one of them.")
    values["slug"] = _free(db, cmd.fields.slug, None) if cmd.fields.slug else free_slug(values["name"], taken)
    row = MeetingType(**values)
    db.add(row)
    db.flush()
    db.refresh(row)
    return MeetingTypeSaved(row.id, row.version, row.slug)


@command(requires=Permission.SALES_SETTINGS)
def edit_meeting_type(db: TenantSession, cmd: EditMeetingType) -> MeetingTypeSaved:
    """Save a kind of meeting; meetings that are booked stay as they are.

    Raises NotFound, InvalidInput, AlreadyExists for a slug in use, EditConflict, Conflict where it is archived.
    """
    get(db, MeetingType, cmd.meeting_type_id, what="kind of meeting")
    values = _values(db, cmd.fields)
    if cmd.fields.slug:
        values["slug"] = _free(db, cmd.fields.slug, cmd.meeting_type_id)
    row = edit(db, MeetingType, cmd.meeting_type_id, cmd.version, values, what="kind of meeting")
    return MeetingTypeSaved(row.id, row.version, row.slug)


@command(requires=Permission.SALES_SETTINGS)
def archive_meeting_type(db: TenantSession, cmd: OneMeetingType) -> MeetingTypeSaved:
    """Let nobody book it any more; meetings that are booked stay. Raises NotFound, EditConflict."""
    return _set_archived(db, cmd, archived=True)


@command(requires=Permission.SALES_SETTINGS)
def restore_meeting_type(db: TenantSession, cmd: OneMeetingType) -> MeetingTypeSaved:
    """Let it be booked again. Raises NotFound, EditConflict."""
    return _set_archived(db, cmd, archived=False)


def _set_archived(db: TenantSession, cmd: OneMeetingType, *, archived: bool) -> MeetingTypeSaved:
    row = get(db, MeetingType, cmd.meeting_type_id, lock=True, what="kind of meeting")
    set_archived(db, row, cmd.version, archived=archived, what="kind of meeting")
    db.flush()
    db.refresh(row)
    return MeetingTypeSaved(row.id, row.version, row.slug)


def _values(db: TenantSession, given: MeetingTypeFields) -> dict[str, Any]:
    values = rules.checked(given, db.context.timezone)
    check_owner(db, given.host_id, field="host_id")
    if given.event_id is not None:
        get(db, Event, given.event_id, what="event")
    if given.venue_space_id is not None:
        get(db, VenueSpace, given.venue_space_id, what="space")
    return values


def _free(db: TenantSession, slug: str, type_id: int | None) -> str:
    wanted = check_slug(slug.strip())
    holder = db.scalar(
        select(MeetingType.id).where(MeetingType.account_id == db.context.account_id, MeetingType.slug == wanted)
    )
    if holder is not None and holder != type_id:
        raise AlreadyExists(f"“{wanted}” is the link of another kind of meeting.", hint="Choose another one.")
    return wanted
