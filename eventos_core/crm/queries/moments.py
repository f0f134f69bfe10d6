"""Activities, notes, meetings and mails as moments on the timelines of the records that they are about."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import and_, func, or_, select

from eventos_core.crm.queries.activities import of_record, visible_rows
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import ActivityDirection, ActivityKind, MeetingStatus
from eventos_core.enums.operations import MessageChannel, QueueStatus
from eventos_core.kernel import clock
from eventos_core.models.crm import Activity, MeetingBooking, Note
from eventos_core.models.operations import NotificationTemplate, QueuedMessage
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations import formats
from eventos_core.operations.timeline import Moment

PAGE = "sales_activities"
_SHORT = 2000
_SAID = {
    QueueStatus.QUEUED: "Waits to be sent", QueueStatus.SENDING: "Is being sent", QueueStatus.SENT: "Sent",
    QueueStatus.FAILED: "Could not be sent", QueueStatus.CANCELLED: "Withdrawn before it was sent",
    QueueStatus.SUPPRESSED: "Not sent",
}  # fmt: skip


def activities(db: TenantSession, entity: str, row_id: int, before: dt.datetime | None, limit: int) -> list[Moment]:
    """Activities about the record, with what became of e-mails sent from here. Booked meetings stand for themselves."""
    a, m = Activity, QueuedMessage
    statement = (
        select(a, AccountUser.display_name, m.status.label("sent"), m.last_error)
        .outerjoin(
            AccountUser,
            and_(AccountUser.account_id == a.account_id, AccountUser.id == func.coalesce(a.done_by_id, a.owner_id)),
        )
        .outerjoin(
            m, and_(m.account_id == a.account_id, m.about == "activities", m.about_id == a.id, a.kind == "email")
        )
        .where(
            a.account_id == db.context.account_id, of_record(a, entity, row_id), a.archived_at.is_(None),
            a.meeting_booking_id.is_(None), *visible_rows(db, a), *([a.timeline_at < before] if before else []),
        )
        .order_by(a.timeline_at.desc(), a.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [_activity(row, db) for row in db.execute(statement)]


def notes(db: TenantSession, entity: str, row_id: int, before: dt.datetime | None, limit: int) -> list[Moment]:
    """Notes about the record, where they were written."""
    n = Note
    statement = (
        select(n, AccountUser.display_name)
        .outerjoin(AccountUser, and_(AccountUser.account_id == n.account_id, AccountUser.id == n.created_by))
        .where(
            n.account_id == db.context.account_id, of_record(n, entity, row_id), n.archived_at.is_(None),
            *visible_rows(db, n), *([n.created_at < before] if before else []),
        )
        .order_by(n.created_at.desc(), n.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [
        Moment(
            row[0].created_at, "note", "Note, pinned" if row[0].pinned else "Note", row[0].body[:_SHORT],
            row.display_name or "", written=True,
        )
        for row in db.execute(statement)
    ]  # fmt: skip


def meetings(db: TenantSession, entity: str, row_id: int, before: dt.datetime | None, limit: int) -> list[Moment]:
    """Booked meetings about the record, at the time they are at."""
    b = MeetingBooking
    statement = (
        select(b, AccountUser.display_name)
        .join(AccountUser, and_(AccountUser.account_id == b.account_id, AccountUser.id == b.host_id))
        .where(
            b.account_id == db.context.account_id, of_record(b, entity, row_id), *visible_rows(db, b),
            *([b.starts_at < before] if before else []),
        )
        .order_by(b.starts_at.desc(), b.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [_meeting(row) for row in db.execute(statement)]


def mails(db: TenantSession, contact_id: int, before: dt.datetime | None, limit: int) -> list[Moment]:
    """Messages of the outbox to a contact, besides those that are logged as activities."""
    m, t = QueuedMessage, NotificationTemplate
    at = func.coalesce(m.sent_at, m.created_at)
    statement = (
        select(at.label("at"), func.coalesce(m.subject, t.name).label("title"), m.id, m.channel, m.status, m.last_error)
        .outerjoin(t, and_(t.account_id == m.account_id, t.id == m.template_id))
        .where(
            m.account_id == db.context.account_id, m.contact_id == contact_id,
            or_(m.about.is_(None), m.about != "activities"), *([at < before] if before else []),
        )
        .order_by(at.desc(), m.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [
        Moment(
            row.at, "email" if row.channel is MessageChannel.EMAIL else "message",
            f"{row.channel.label}: {row.title or 'message'}", _fate(row.status, row.last_error),
            page="promote_messages", parameters={"message": str(row.id)},
        )
        for row in db.execute(statement)
    ]  # fmt: skip


def _activity(row: Any, db: TenantSession) -> Moment:
    a: Activity = row[0]
    stands_at_its_day = a.done_at is None and a.due_at is not None
    return Moment(
        a.timeline_at, a.kind.value, _title(a, db), _body(a, row.sent, row.last_error), row.display_name or "",
        page=PAGE, parameters={"activity": str(a.id)}, whole_day=a.all_day and stands_at_its_day,
    )  # fmt: skip


def _title(a: Activity, db: TenantSession) -> str:
    what = a.kind.label
    if a.kind in (ActivityKind.CALL, ActivityKind.EMAIL) and a.direction is ActivityDirection.INCOMING:
        what = f"{what} received"
    subject = "" if a.subject == a.kind.label else f": {a.subject}"
    if a.done_at is not None:
        ended = f" · {a.outcome.label}" if a.outcome is not None else ""
        return f"{what}{subject}{ended}"
    if a.due_at is None:
        return f"Planned {what.lower()}{subject}"
    zone = db.context.zone
    day = formats.date(a.due_at.astimezone(zone).date(), db.context.locale)
    when = day if a.all_day else f"{day}, {formats.clock(a.due_at, zone)}"
    late = "was due" if a.due_at < clock.now() and not a.all_day else "due"
    return f"Planned {what.lower()}{subject} · {late} {when}"


def _body(a: Activity, sent: QueueStatus | None, error: str | None) -> str:
    parts = [a.outcome_note, (a.body or "")[:_SHORT], _fate(sent, error) if sent is not None else ""]
    return "\n".join(part for part in parts if part)


def _fate(status: QueueStatus, error: str | None) -> str:
    said = _SAID[status]
    return f"{said}: {error}" if error and status is not QueueStatus.SENT else f"{said}."


def _meeting(row: Any) -> Moment:
    b: MeetingBooking = row[0]
    status = "" if b.status is MeetingStatus.CONFIRMED else f" · {b.status.label}"
    when = formats.span(b.starts_at, b.ends_at, clock.zone(b.timezone))
    detail = [when, b.place or "", b.cancel_reason or ""]
    return Moment(
        b.starts_at, "meeting", f"Meeting: {b.subject}{status}", " · ".join(part for part in detail if part),
        row.display_name or "", page=PAGE, parameters={"meeting": str(b.id)},
    )  # fmt: skip
