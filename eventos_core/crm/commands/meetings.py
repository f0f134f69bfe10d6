"""Meetings: booked, moved, cancelled, held. The host's time is guarded by the clash rule in the database.

A booked meeting is an activity of its host as well, which follows it; the guest gets a calendar file by e-mail.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from eventos_core.crm.commands.guests import guest_contact
from eventos_core.crm.commands.invitations import Told, tell_guest
from eventos_core.crm.commands.linking import check_targets, links_of, readable
from eventos_core.crm.commands.placing import Host, host_of, placed, queue_for
from eventos_core.crm.rules import activities
from eventos_core.crm.rules import meetings as rules
from eventos_core.crm.rules.meetings import Arrangement
from eventos_core.db.editing import edit, get
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import ActivityKind, ActivityOutcome, MeetingStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Activity, MeetingBooking, MeetingType
from eventos_core.operations import calendars

S = MeetingStatus
_WHAT = "meeting"
_ENDS = {S.HELD: ActivityOutcome.DONE, S.NO_SHOW: ActivityOutcome.NO_SHOW}


@dataclass(frozen=True)
class BookMeeting:
    """A meeting of that type, beginning at `starts_at` (naive: on the type's wall clock).

    The guest is `contact_id`, or a person by name and e-mail address, who is found or added. `host_id` None is the
    type's host, else whoever books. `anyway` books a time that the type does not offer; the clash rule holds all the
    same. `timezone` is the guest's, for the mail; None = the house's.
    """

    meeting_type_id: int
    starts_at: dt.datetime
    contact_id: int | None = None
    guest_name: str = ""
    guest_email: str = ""
    host_id: int | None = None
    organization_id: int | None = None
    opportunity_id: int | None = None
    event_id: int | None = None
    subject: str = ""
    place: str | None = None
    note: str | None = None
    timezone: str | None = None
    anyway: bool = False
    tell_guest: bool = True


@dataclass(frozen=True)
class MoveMeeting:
    """Another time (naive: on the type's wall clock), and another host where one is named."""

    booking_id: int
    version: int
    starts_at: dt.datetime
    host_id: int | None = None
    place: str | None = None
    """Another place; None leaves it."""
    anyway: bool = False
    tell_guest: bool = True


@dataclass(frozen=True)
class CancelMeeting:
    """Call a meeting off, as seen at `version`."""

    booking_id: int
    version: int
    reason: str | None = None
    tell_guest: bool = True


@dataclass(frozen=True)
class AnswerMeeting:
    """Confirm or decline what a guest asked for, as seen at `version`."""

    booking_id: int
    version: int
    confirm: bool
    tell_guest: bool = True


@dataclass(frozen=True)
class CloseMeeting:
    """What became of a meeting, as seen at `version`: held, no-show, or confirmed again after a slip."""

    booking_id: int
    version: int
    status: MeetingStatus = MeetingStatus.HELD
    note: str | None = None


@dataclass(frozen=True)
class MeetingSaved:
    """The booking's id and version, its activity, and whether an e-mail to the guest was queued."""

    booking_id: int
    version: int
    activity_id: int | None
    told: bool


@command(requires=Permission.SALES_WRITE)
def book_meeting(db: TenantSession, cmd: BookMeeting) -> MeetingSaved:
    """Book it for host and guest. Raises InvalidInput, NotFound, NotAllowedNow for a time that is not offered.

    Raises Clash, with what is in the way and which times are free, where the host is taken.
    """
    kind = get(db, MeetingType, cmd.meeting_type_id, what="kind of meeting")
    if kind.archived_at is not None:
        raise InvalidInput("This kind of meeting is out of use.", fields={"meeting_type_id": "Choose another one"})
    host = host_of(db, cmd.host_id or kind.host_id or db.context.member_id)
    links = {
        "contact_id": cmd.contact_id, "organization_id": cmd.organization_id, "opportunity_id": cmd.opportunity_id,
        "event_id": cmd.event_id or kind.event_id,
    }  # fmt: skip
    check_targets(db, links)
    guest = guest_contact(db, cmd.contact_id, cmd.guest_name, cmd.guest_email)
    links |= {"contact_id": guest.id, "organization_id": cmd.organization_id or guest.organization_id}
    starts_at = clock.local_to_utc(cmd.starts_at, kind.timezone)
    row = MeetingBooking(
        meeting_type_id=kind.id, host_id=host.member_id, host_contact_id=host.contact_id, **links,
        venue_space_id=kind.venue_space_id, status=S.REQUESTED if kind.needs_confirmation else S.CONFIRMED,
        timezone=clock.zone(cmd.timezone or db.context.timezone).key, subject=_subject(cmd.subject, kind, guest.name),
        place=_text(cmd.place) or kind.place, note=_text(cmd.note), guest_name=guest.name, guest_email=guest.email,
        ics_uid=calendars.uid("meeting", uuid.uuid4()),
    )  # fmt: skip
    with placed(db, kind, host, starts_at, anyway=cmd.anyway) as slot:
        _set_time(row, slot)
        db.add(row)
        db.flush()
    activity = _activity_of(row, host)
    db.add(activity)
    db.flush()
    told = cmd.tell_guest and tell_guest(db, row, host.name, Told.BOOKED)
    db.refresh(row)
    return MeetingSaved(row.id, row.version, activity.id, told)


@command(requires=Permission.SALES_WRITE)
def move_meeting(db: TenantSession, cmd: MoveMeeting) -> MeetingSaved:
    """Give it another time, host or place; the calendar file keeps its UID and counts one up. Raises as `book_meeting`.

    Raises EditConflict when somebody changed it meanwhile, NotAllowedNow for a meeting that is over or called off, and
    InvalidInput where time, host and place stay as they are.
    """
    before = get(db, MeetingBooking, cmd.booking_id, what=_WHAT)
    if before.status not in (S.REQUESTED, S.CONFIRMED):
        raise NotAllowedNow(f"This meeting is {before.status.label.lower()}.", hint="Book another one.")
    kind = get(db, MeetingType, before.meeting_type_id, what="kind of meeting")
    host = host_of(db, cmd.host_id or before.host_id)
    starts_at = clock.local_to_utc(cmd.starts_at, kind.timezone)
    place = before.place if cmd.place is None else _text(cmd.place)
    changed = rules.changed(
        Arrangement(before.starts_at, before.place, before.host_id), Arrangement(starts_at, place, host.member_id)
    )
    if not changed and cmd.version == before.version:
        raise InvalidInput(
            "Nothing would change: the meeting is at that time, with that host, in that place already.",
            hint="Choose another time, host or place.", fields={"starts_at": "It is at this time already"},
        )  # fmt: skip
    also = (before.host_contact_id,)
    with placed(db, kind, host, starts_at, anyway=cmd.anyway, besides=before.id, also=also) as slot, readable(db):
        changes: dict[str, Any] = {
            "starts_at": slot.starts_at, "ends_at": slot.ends_at, "busy_starts_at": slot.busy_starts_at,
            "busy_ends_at": slot.busy_ends_at, "host_id": host.member_id, "host_contact_id": host.contact_id,
            "place": place,
            "ics_sequence": before.ics_sequence + 1,
        }  # fmt: skip
        row = edit(db, MeetingBooking, cmd.booking_id, cmd.version, changes, what=_WHAT)
    _follow(db, row, owner_id=host.member_id, due_at=row.starts_at, location=row.place)
    told = cmd.tell_guest and tell_guest(db, row, host.name, Told.MOVED, changed=changed)
    return _saved(db, row, told=told)


@command(requires=Permission.SALES_WRITE)
def cancel_meeting(db: TenantSession, cmd: CancelMeeting) -> MeetingSaved:
    """Call it off: the host is free again, the guest is told. Raises NotFound, NotAllowedNow, EditConflict."""
    row = _in_order(db, cmd.booking_id)
    return _called_off(db, row, cmd.version, S.CANCELLED, reason=_text(cmd.reason), tell=cmd.tell_guest)


@command(requires=Permission.SALES_WRITE)
def answer_meeting(db: TenantSession, cmd: AnswerMeeting) -> MeetingSaved:
    """Confirm a request, or decline it and free the host. Raises NotFound, NotAllowedNow, EditConflict."""
    row = _in_order(db, cmd.booking_id)
    if row.status is not S.REQUESTED:
        raise NotAllowedNow(f"This meeting is {row.status.label.lower()} already.")
    if not cmd.confirm:
        return _called_off(db, row, cmd.version, S.DECLINED, reason=None, tell=cmd.tell_guest)
    changes = {"status": S.CONFIRMED, "ics_sequence": row.ics_sequence + 1}
    with readable(db):
        row = edit(db, MeetingBooking, row.id, cmd.version, changes, what=_WHAT)
    told = cmd.tell_guest and tell_guest(db, row, host_of(db, row.host_id).name, Told.BOOKED)
    return _saved(db, row, told=told)


@command(requires=Permission.SALES_WRITE)
def close_meeting(db: TenantSession, cmd: CloseMeeting) -> MeetingSaved:
    """Say what became of it; its activity is done with it. Raises NotFound, InvalidInput, NotAllowedNow, EditConflict.

    A meeting that has not begun cannot be held.
    """
    row = get(db, MeetingBooking, cmd.booking_id, lock=True, what=_WHAT)
    rules.check_step(row.status, cmd.status)
    if cmd.status not in (*_ENDS, S.CONFIRMED):
        raise InvalidInput("Choose held or no-show.", fields={"status": "Held or no-show"})
    now = clock.now()
    if cmd.status in _ENDS and row.starts_at > now:
        raise NotAllowedNow("This meeting has not begun.", hint="Cancel it, or say so once it is over.")
    with readable(db):
        row = edit(db, MeetingBooking, row.id, cmd.version, {"status": cmd.status}, what=_WHAT)
    outcome = _ENDS.get(cmd.status)
    done = {"done_at": min(row.ends_at, now), "done_by_id": db.context.member_id} if outcome else {
        "done_at": None, "done_by_id": None}  # fmt: skip
    ended = activities.check_outcome(outcome, cmd.note)
    _follow(db, row, **done, **ended)
    return _saved(db, row, told=False)


def _in_order(db: TenantSession, booking_id: int) -> MeetingBooking:
    """The locked meeting, behind the host's queue: everybody takes the person first, then the row."""
    queue_for(db, [get(db, MeetingBooking, booking_id, what=_WHAT).host_contact_id])
    return get(db, MeetingBooking, booking_id, lock=True, what=_WHAT)


def _called_off(
    db: TenantSession, row: MeetingBooking, version: int, status: MeetingStatus, *, reason: str | None, tell: bool
) -> MeetingSaved:
    rules.check_step(row.status, status)
    now = clock.now()
    changes = {
        "status": status, "cancel_reason": reason, "ics_sequence": row.ics_sequence + 1,
        "cancelled_at": now if status is S.CANCELLED else None,
    }  # fmt: skip
    with readable(db):
        row = edit(db, MeetingBooking, row.id, version, changes, what=_WHAT)
    _follow(db, row, archived_at=now)
    host = host_of(db, row.host_id, whoever=True)
    told = tell and tell_guest(db, row, host.name, Told.CANCELLED)
    return _saved(db, row, told=told)


def _follow(db: TenantSession, row: MeetingBooking, **values: Any) -> None:
    """The meeting's activity goes with it."""
    db.execute(
        update(Activity)
        .where(Activity.account_id == row.account_id, Activity.meeting_booking_id == row.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _activity_of(row: MeetingBooking, host: Host) -> Activity:
    minutes = int((row.ends_at - row.starts_at).total_seconds() // 60)
    return Activity(
        kind=ActivityKind.MEETING, subject=row.subject, owner_id=host.member_id, due_at=row.starts_at,
        duration_minutes=minutes, location=row.place, meeting_booking_id=row.id, **links_of(row),
    )  # fmt: skip


def _set_time(row: MeetingBooking, slot: rules.Slot) -> None:
    row.starts_at, row.ends_at = slot.starts_at, slot.ends_at
    row.busy_starts_at, row.busy_ends_at = slot.busy_starts_at, slot.busy_ends_at


def _subject(given: str, kind: MeetingType, guest: str) -> str:
    return (" ".join(given.split()) or f"{kind.name} with {guest}")[:200]


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None


def _saved(db: TenantSession, row: MeetingBooking, *, told: bool) -> MeetingSaved:
    db.flush()
    db.refresh(row)
    activity = db.scalar(
        select(Activity.id)
        .where(Activity.account_id == row.account_id, Activity.meeting_booking_id == row.id)
        .order_by(Activity.id)
        .limit(1)
    )
    return MeetingSaved(row.id, row.version, activity, told)
