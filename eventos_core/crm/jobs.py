"""Reminders: what is due soon, told once; what is overdue, told once a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import and_, func, select

from eventos_core.crm.queries.activities import overdue
from eventos_core.crm.rules.activities import horizon
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import NoticeLevel
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel import clock
from eventos_core.models.crm import Activity
from eventos_core.models.directory import Contact
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations import formats
from eventos_core.operations.jobs.registry import scheduled
from eventos_core.operations.messages.notices import Notice, NoticeKind, notice_kind, notify

SOON = dt.timedelta(minutes=30)
"""How long before its time an activity is called to mind."""
_MOST = 500

DUE_SOON = notice_kind(
    NoticeKind("activity.due", "Activities due soon", "A call, meeting or task of yours begins within half an hour.")
)
OVERDUE = notice_kind(
    NoticeKind("activity.overdue", "Overdue activities", "Once a day, how many activities of yours are overdue.")
)


@scheduled("remind_of_activities", title="Remind of activities", cron="*/10 * * * *")
def remind_of_activities(db: TenantSession) -> dict[str, Any]:
    """Tell owners of timed activities that begin within half an hour; each time of each activity once."""
    now = clock.now()
    a = Activity
    rows = db.execute(
        select(a.id, a.kind, a.subject, a.due_at, a.location, a.event_id, AccountUser.user_id, Contact.full_name)
        .join(AccountUser, _owner())
        .outerjoin(Contact, and_(Contact.account_id == a.account_id, Contact.id == a.contact_id))
        .where(*_open(db), ~a.all_day, a.due_at >= now, a.due_at < now + SOON)
        .order_by(a.due_at, a.id)
        .limit(_MOST)
    ).all()
    told = 0
    for row in rows:
        who = f" with {row.full_name}" if row.full_name else ""
        notice = Notice(
            DUE_SOON.key, f"{formats.clock(row.due_at, db.context.zone)}: {row.subject}{who}"[:200],
            row.location or "", _link(db, row.id), NoticeLevel.INFO, row.event_id, "activities", row.id,
            dedupe=f"{DUE_SOON.key}:{row.id}:{row.due_at.astimezone(dt.UTC):%Y%m%dT%H%M}",
        )  # fmt: skip
        told += notify(db, row.user_id, notice) is not None
    return {"told": told}


@scheduled("overdue_activities", title="Tell of overdue activities", cron="0 8 * * *")
def overdue_activities(db: TenantSession) -> dict[str, Any]:
    """Tell each member once a day how many of their activities are overdue, and which is the oldest."""
    days = horizon(clock.now(), db.context.timezone, db.context.timezone)
    a = Activity
    first = func.row_number().over(partition_by=a.owner_id, order_by=(a.due_at, a.id)).label("place")
    number = func.count().over(partition_by=a.owner_id).label("number")
    each = (
        select(AccountUser.user_id, a.subject, first, number)
        .join(AccountUser, _owner())
        .where(*_open(db), overdue(days))
        .subquery()
    )
    told = 0
    for row in db.execute(select(each).where(each.c.place == 1).order_by(each.c.user_id)):
        notice = Notice(
            OVERDUE.key, f"{formats.plural(row.number, 'activity is', 'activities are')} overdue",
            f"The oldest: {row.subject}", _link(db), NoticeLevel.WARNING, dedupe=f"{OVERDUE.key}:{days.today}",
        )  # fmt: skip
        told += notify(db, row.user_id, notice) is not None
    return {"told": told}


def _open(db: TenantSession) -> list[Any]:
    return [
        Activity.account_id == db.context.account_id, Activity.done_at.is_(None), Activity.archived_at.is_(None),
        AccountUser.status == MemberStatus.ACTIVE, AccountUser.user_id.is_not(None),
    ]  # fmt: skip


def _owner() -> Any:
    return and_(AccountUser.account_id == Activity.account_id, AccountUser.id == Activity.owner_id)


def _link(db: TenantSession, activity_id: int | None = None) -> str:
    more = f"&activity={activity_id}" if activity_id is not None else ""
    return f"/sales_activities?house={db.context.account_slug}{more}"
