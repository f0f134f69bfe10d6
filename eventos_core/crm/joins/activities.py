"""What activities add to registries: timelines, what waits for a person, lists for export, trash, figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select

from eventos_core.crm import commands, queries
from eventos_core.crm.queries import moments
from eventos_core.crm.queries.activities import ActivityFilter, due_today, open_of, overdue, visible, visible_rows
from eventos_core.crm.rules.activities import horizon
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import ActivityDirection, ActivityKind, ActivityOutcome, Priority
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Activity, Note
from eventos_core.models.directory import Contact, Organization
from eventos_core.operations import formats
from eventos_core.operations.exports import Column, Exportable, column, exportable, instant, label
from eventos_core.operations.needs import Need, Urgency, needs_me
from eventos_core.operations.timeline import Moment, Source, timeline_source
from eventos_core.operations.trash import Binned, binned

P = Permission
_READS = {
    "contacts": P.CONTACTS_READ, "organizations": P.CONTACTS_READ, "events": P.CONTACTS_READ,
    "opportunities": P.SALES_READ, "sponsors": P.SPONSORS_READ,
}  # fmt: skip
"""Whose timelines hold activities and notes, and what reading them there takes."""
_MOST_NEEDS = 6


def _on_timelines(entity: str, requires: Permission) -> None:
    def source(read: Any, name: str) -> Source:
        def moments_of(db: TenantSession, row_id: int, before: dt.datetime | None, limit: int) -> Sequence[Moment]:
            found: list[Moment] = read(db, entity, row_id, before, limit)
            return found

        moments_of.__qualname__ = f"{name}_of_{entity}"
        return moments_of

    timeline_source(entity, requires=requires)(source(moments.activities, "activities"))
    timeline_source(entity, requires=requires)(source(moments.notes, "notes"))
    if entity != "sponsors":
        timeline_source(entity, requires=P.SALES_READ)(source(moments.meetings, "meetings"))


for _entity, _requires in _READS.items():
    _on_timelines(_entity, _requires)
timeline_source("contacts", requires=P.PROMOTE_READ)(moments.mails)


@needs_me(P.CONTACTS_WRITE)
def activities_that_wait(db: TenantSession) -> list[Need]:
    """The member's own activities that are overdue or due today, the oldest first; what is more is one line."""
    member = db.context.member_id
    if member is None:
        return []
    zone = db.context.zone
    days = horizon(clock.now(), zone.key, zone.key)
    about = func.coalesce(Contact.full_name, Organization.name)
    late = overdue(days)
    rows = db.execute(
        select(Activity, late.label("late"), about.label("about"), func.count().over().label("all"))
        .outerjoin(Contact, and_(Contact.account_id == Activity.account_id, Contact.id == Activity.contact_id))
        .outerjoin(
            Organization,
            and_(Organization.account_id == Activity.account_id, Organization.id == Activity.organization_id),
        )
        .where(*open_of(db, member), or_(late, due_today(days)))
        .order_by(Activity.due_at, Activity.id)
        .limit(_MOST_NEEDS)
    ).all()
    found = [_need(row, zone, db.context.locale) for row in rows]
    more = (rows[0].all if rows else 0) - len(found)
    if more:
        found.append(Need(f"{formats.plural(more, 'more activity', 'more activities')} due", "See my day",
                          Urgency.TODAY, "sales_activities"))  # fmt: skip
    return found


def _need(row: Any, zone: Any, lang: str) -> Need:
    one: Activity = row[0]
    if one.due_at is None:
        raise AssertionError("what has no date is not due")
    what = f"{one.kind.label}: {one.subject}" if one.subject != one.kind.label else one.kind.label
    title = f"{what} ({row.about})" if row.about and row.about not in what else what
    day = formats.date(one.due_at.astimezone(zone).date(), lang, year=False)
    if row.late:
        context, urgency = f"Was due {day}", Urgency.LATE
    else:
        context = "Today" if one.all_day else f"Today at {formats.clock(one.due_at, zone)}"
        urgency = Urgency.TODAY
    return Need(title, context, urgency, "sales_activities", {"activity": str(one.id)}, one.due_at)


def _columns(db: TenantSession, wanted: ActivityFilter) -> Sequence[Column]:
    return (
        column("Id", "id"),
        label("Kind", "kind", ActivityKind),
        column("Subject", "subject"),
        instant("Due", "due_at", shown="when"),
        column("Whole day", "all_day", shown="when"),
        instant("Done", "done_at", shown="when"),
        label("Outcome", "outcome", ActivityOutcome),
        column("How it ended", "outcome_note", shown="outcome"),
        column("Contact", "contact"),
        column("Organisation", "organization"),
        column("Deal", "deal"),
        column("Event", "event"),
        column("Sponsor", "sponsor"),
        column("Owner", "owner"),
        label("Direction", "direction", ActivityDirection),
        label("Priority", "priority", Priority),
        column("Minutes", "duration_minutes"),
        column("Where", "location"),
        column("Text", "body"),
        instant("Created", "created_at"),
    )


def _restore_activity(db: TenantSession, activity_id: int, version: int) -> None:
    commands.restore_activity(db, commands.OneActivity(activity_id, version))


def _restore_note(db: TenantSession, note_id: int, version: int) -> None:
    commands.restore_note(db, commands.OneNote(note_id, version))


exportable(
    Exportable(
        "activities", "Activities", P.CONTACTS_READ, ActivityFilter,
        lambda db, wanted, cursor, size: queries.activities(db, wanted, cursor=cursor, size=size),
        queries.activities_counted, _columns, covers=("crm.activities", "crm.activity_calendar"),
    )
)  # fmt: skip
binned(
    Binned(
        Activity, "Activity", P.CONTACTS_READ, P.CONTACTS_WRITE, "sales_activities", "activity",
        Activity.subject.expression, Activity.search_text.expression, _restore_activity, "restore_activity",
        icon="task_alt", context=Activity.kind.expression, where=(Activity.meeting_booking_id.is_(None),),
        seen=visible,
    )
)  # fmt: skip
binned(
    Binned(
        Note, "Note", P.CONTACTS_READ, P.CONTACTS_WRITE, "sales_activities", "note", func.left(Note.body, 80),
        Note.search_text.expression, _restore_note, "restore_note", icon="sticky_note_2",
        seen=lambda db: visible_rows(db, Note),
    )
)  # fmt: skip
