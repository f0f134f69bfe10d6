"""Activities: planned, done with an outcome, moved by a click; calls, e-mails and meetings logged when they are over.

Every command asks for `contacts.write`; about a deal or a sponsor `sales.write` besides (`rules.activities.needed`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import update

from eventos_core.crm.commands.linking import check_keeper, check_targets, links_of, permit, readable
from eventos_core.crm.rules import activities as rules
from eventos_core.crm.rules.activities import ActivityFields, Links, Move
from eventos_core.db.editing import edit, get, set_archived
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import ActivityDirection, ActivityKind, ActivityOutcome, MeetingStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Activity, MeetingBooking

_WHAT = "activity"


@dataclass(frozen=True)
class PlanActivity:
    """Something to do; whoever plans it does it, unless `fields.owner_id` names somebody else."""

    fields: ActivityFields


@dataclass(frozen=True)
class EditActivity:
    """All fields of an activity as they should be; `version` is the one that was edited."""

    activity_id: int
    version: int
    fields: ActivityFields


@dataclass(frozen=True)
class NextStep:
    """What comes after: planned in the same transaction, about the same records, for the same person.

    A naive `due_at` is on the house's wall clock.
    """

    subject: str
    kind: ActivityKind = ActivityKind.TASK
    due_at: dt.datetime | None = None
    all_day: bool = True


@dataclass(frozen=True)
class CompleteActivity:
    """That it is done, and how it ended; `done_at` None is now."""

    activity_id: int
    version: int
    outcome: ActivityOutcome | None = None
    note: str | None = None
    done_at: dt.datetime | None = None
    next_step: NextStep | None = None


@dataclass(frozen=True)
class LogActivity:
    """Something that is over already; `done_at` None is now."""

    links: Links
    kind: ActivityKind = ActivityKind.CALL
    subject: str = ""
    body: str | None = None
    direction: ActivityDirection | None = None
    outcome: ActivityOutcome | None = None
    duration_minutes: int | None = None
    done_at: dt.datetime | None = None
    next_step: NextStep | None = None


@dataclass(frozen=True)
class RescheduleActivity:
    """A new day by one click, as seen at `version`."""

    activity_id: int
    version: int
    to: Move


@dataclass(frozen=True)
class OneActivity:
    """An activity as seen at `version`."""

    activity_id: int
    version: int


@dataclass(frozen=True)
class ActivitySaved:
    """The activity's id and version after the command; `next_id` is the next step's, where one was planned."""

    activity_id: int
    version: int
    next_id: int | None = None


@command(requires=Permission.CONTACTS_WRITE)
def plan_activity(db: TenantSession, cmd: PlanActivity) -> ActivitySaved:
    """Add something to do. Raises InvalidInput, NotFound for what it is about, PermissionDenied."""
    values = rules.check_activity(cmd.fields, db.context.timezone)
    permit(db, values, "plan_activity")
    check_targets(db, values)
    values["owner_id"] = cmd.fields.owner_id or db.context.member_id
    check_keeper(db, cmd.fields.owner_id)
    row = Activity(**values)
    db.add(row)
    return _saved(db, row)


@command(requires=Permission.CONTACTS_WRITE)
def edit_activity(db: TenantSession, cmd: EditActivity) -> ActivitySaved:
    """Write all fields. Raises NotFound, InvalidInput, EditConflict, Conflict when archived, PermissionDenied.

    Who, when and how long a booked meeting is stays with its booking: NotAllowedNow.
    """
    row = get(db, Activity, cmd.activity_id, lock=True, what=_WHAT)
    values = rules.check_activity(cmd.fields, db.context.timezone)
    permit(db, links_of(row), "edit_activity")
    permit(db, values, "edit_activity")
    if row.version == cmd.version:
        check_targets(db, values, links_of(row))
        check_keeper(db, cmd.fields.owner_id, row.owner_id)
        booked = ("owner_id", "due_at", "all_day", "duration_minutes", "kind")
        if row.meeting_booking_id is not None and any(values[name] != getattr(row, name) for name in booked):
            raise _booked()
    with readable(db):
        row = edit(db, Activity, cmd.activity_id, cmd.version, values, what=_WHAT)
    return ActivitySaved(row.id, row.version)


@command(requires=Permission.CONTACTS_WRITE)
def complete_activity(db: TenantSession, cmd: CompleteActivity) -> ActivitySaved:
    """Mark it done, say how it ended, and plan the next step with it, all or nothing.

    A booked meeting counts as held, or as missed by the guest where the outcome says so. Raises NotFound,
    NotAllowedNow when it is done already, InvalidInput, EditConflict, Conflict when archived, PermissionDenied.
    """
    row = get(db, Activity, cmd.activity_id, lock=True, what=_WHAT)
    permit(db, links_of(row), "complete_activity")
    changes = rules.check_outcome(cmd.outcome, cmd.note)
    changes["done_at"] = rules.check_done(cmd.done_at, clock.now(), db.context.timezone)
    changes["done_by_id"] = db.context.member_id
    if row.version == cmd.version and row.done_at is not None:
        raise NotAllowedNow("This activity is done already.", hint="Open it again to change how it ended.")
    with readable(db):
        row = edit(db, Activity, cmd.activity_id, cmd.version, changes, what=_WHAT)
    if row.meeting_booking_id is not None:
        missed = cmd.outcome is ActivityOutcome.NO_SHOW
        _set_meeting(db, row.meeting_booking_id, MeetingStatus.NO_SHOW if missed else MeetingStatus.HELD)
    return ActivitySaved(row.id, row.version, _plan_next(db, row, cmd.next_step))


@command(requires=Permission.CONTACTS_WRITE)
def log_activity(db: TenantSession, cmd: LogActivity) -> ActivitySaved:
    """Note a call, an e-mail sent elsewhere, a meeting or a visit that is over, and plan the next step with it.

    Raises InvalidInput, NotFound for what it is about, PermissionDenied.
    """
    given = ActivityFields(
        cmd.links, cmd.kind, cmd.subject, cmd.body, direction=cmd.direction, duration_minutes=cmd.duration_minutes
    )
    values = rules.check_activity(given, db.context.timezone)
    permit(db, values, "log_activity")
    check_targets(db, values)
    values |= rules.check_outcome(cmd.outcome, None)
    values["owner_id"] = values["done_by_id"] = db.context.member_id
    values["done_at"] = rules.check_done(cmd.done_at, clock.now(), db.context.timezone)
    row = Activity(**values)
    db.add(row)
    db.flush()
    return _saved(db, row, _plan_next(db, row, cmd.next_step))


@command(requires=Permission.CONTACTS_WRITE)
def reopen_activity(db: TenantSession, cmd: OneActivity) -> ActivitySaved:
    """Take back that it is done; outcome and its note go. Raises NotFound, EditConflict, Conflict, PermissionDenied."""
    row = get(db, Activity, cmd.activity_id, lock=True, what=_WHAT)
    permit(db, links_of(row), "reopen_activity")
    changes = {"done_at": None, "done_by_id": None, "outcome": None, "outcome_note": None}
    with readable(db):
        row = edit(db, Activity, cmd.activity_id, cmd.version, changes, what=_WHAT)
    if row.meeting_booking_id is not None:
        _set_meeting(db, row.meeting_booking_id, MeetingStatus.CONFIRMED)
    return ActivitySaved(row.id, row.version)


@command(requires=Permission.CONTACTS_WRITE)
def reschedule_activity(db: TenantSession, cmd: RescheduleActivity) -> ActivitySaved:
    """Move it to tomorrow or to Monday of next week, at its time of day; without a time it is for the whole day.

    Raises NotFound, NotAllowedNow when it is done or a booked meeting, EditConflict, Conflict, PermissionDenied.
    """
    row = get(db, Activity, cmd.activity_id, lock=True, what=_WHAT)
    permit(db, links_of(row), "reschedule_activity")
    if row.meeting_booking_id is not None:
        raise _booked()
    if row.version == cmd.version and row.done_at is not None:
        raise NotAllowedNow("This activity is done already.", hint="Open it again, or plan another one.")
    due_at = rules.moved(row.due_at, row.all_day, cmd.to, now=clock.now(), zone=db.context.timezone)
    changes = {"due_at": due_at, "all_day": row.all_day or row.due_at is None}
    with readable(db):
        row = edit(db, Activity, cmd.activity_id, cmd.version, changes, what=_WHAT)
    return ActivitySaved(row.id, row.version)


@command(requires=Permission.CONTACTS_WRITE)
def archive_activity(db: TenantSession, cmd: OneActivity) -> ActivitySaved:
    """Take it out of lists and timelines. Raises NotFound, EditConflict, NotAllowedNow for a booked meeting."""
    return _archive(db, cmd, archived=True)


@command(requires=Permission.CONTACTS_WRITE)
def restore_activity(db: TenantSession, cmd: OneActivity) -> ActivitySaved:
    """Bring an archived activity back. Raises NotFound, EditConflict, NotAllowedNow for a cancelled meeting's."""
    return _archive(db, cmd, archived=False)


def _archive(db: TenantSession, cmd: OneActivity, *, archived: bool) -> ActivitySaved:
    row = get(db, Activity, cmd.activity_id, lock=True, what=_WHAT)
    permit(db, links_of(row), "archive_activity" if archived else "restore_activity")
    if row.meeting_booking_id is not None:
        raise NotAllowedNow(
            "This is a booked meeting.", hint="Cancel the meeting." if archived else "Book the meeting again."
        )
    set_archived(db, row, cmd.version, archived=archived, what=_WHAT)
    return _saved(db, row)


def _plan_next(db: TenantSession, after: Activity, step: NextStep | None) -> int | None:
    """The next step's id; it is about the same records and for the same person."""
    if step is None:
        return None
    if not step.subject.strip():
        raise InvalidInput("Name the next step.", fields={"next_subject": "Required"})
    links = links_of(after)
    given = ActivityFields(
        Links(**links), step.kind, step.subject, owner_id=after.owner_id, due_at=step.due_at, all_day=step.all_day
    )
    row = Activity(**rules.check_activity(given, db.context.timezone))
    db.add(row)
    db.flush()
    return row.id


def _set_meeting(db: TenantSession, booking_id: int, status: MeetingStatus) -> None:
    db.execute(
        update(MeetingBooking)
        .where(MeetingBooking.account_id == db.context.account_id, MeetingBooking.id == booking_id)
        .values(status=status)
        .execution_options(synchronize_session=False)
    )


def _booked() -> NotAllowedNow:
    return NotAllowedNow("This is a booked meeting.", hint="Move the meeting itself, so that the guest is told.")


def _saved(db: TenantSession, row: Activity, next_id: int | None = None) -> ActivitySaved:
    db.flush()
    db.refresh(row)
    return ActivitySaved(row.id, row.version, next_id)
