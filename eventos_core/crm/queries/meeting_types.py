"""The kinds of meeting that can be booked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select

from eventos_core.crm.rules.meeting_types import BookableHours, MeetingQuestion, hours_of
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import MeetingMode
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import MeetingType
from eventos_core.models.tenancy import AccountUser


@dataclass(frozen=True)
class MeetingTypeShown:
    """One kind of meeting; `host` is None where the host is chosen when booking."""

    id: int
    name: str
    slug: str
    description: str | None
    event_id: int | None
    host_id: int | None
    host: str | None
    venue_space_id: int | None
    mode: MeetingMode
    place: str | None
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    hours: tuple[BookableHours, ...]
    timezone: str
    bookable_from_on: dt.date | None
    bookable_until_on: dt.date | None
    min_notice_minutes: int
    days_ahead: int
    max_per_day: int | None
    needs_confirmation: bool
    public: bool
    questions: tuple[MeetingQuestion, ...]
    archived: bool
    version: int


@query(requires=Permission.SALES_READ)
def meeting_types(db: TenantSession, *, archived: bool = False) -> tuple[MeetingTypeShown, ...]:
    """The kinds of meeting by name; with `archived` those out of use too, last. One query."""
    wanted = (
        select(MeetingType, AccountUser.display_name)
        .outerjoin(
            AccountUser, (AccountUser.account_id == MeetingType.account_id) & (AccountUser.id == MeetingType.host_id)
        )
        .where(MeetingType.account_id == db.context.account_id)
        .order_by(MeetingType.archived_at.is_not(None), func.app.sort_key(MeetingType.name), MeetingType.id)
    )
    if not archived:
        wanted = wanted.where(MeetingType.archived_at.is_(None))
    return tuple(_shown(row, host) for row, host in db.execute(wanted))


def _shown(row: MeetingType, host: str | None) -> MeetingTypeShown:
    return MeetingTypeShown(
        id=row.id, name=row.name, slug=row.slug, description=row.description, event_id=row.event_id,
        host_id=row.host_id, host=host, venue_space_id=row.venue_space_id, mode=row.mode, place=row.place,
        duration_minutes=row.duration_minutes, buffer_before_minutes=row.buffer_before_minutes,
        buffer_after_minutes=row.buffer_after_minutes, hours=hours_of(row.bookable_hours), timezone=row.timezone,
        bookable_from_on=row.bookable_from_on, bookable_until_on=row.bookable_until_on,
        min_notice_minutes=row.min_notice_minutes, days_ahead=row.days_ahead, max_per_day=row.max_per_day,
        needs_confirmation=row.needs_confirmation, public=row.public,
        questions=tuple(MeetingQuestion(one["label"], bool(one.get("required"))) for one in row.questions),
        archived=row.archived_at is not None, version=row.version,
    )  # fmt: skip
