"""Meetings that are booked, the kinds that can be, and the times that are free."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, func, select

from eventos_core.crm.queries.activities import visible_rows
from eventos_core.crm.queries.slots import offer_of, slots
from eventos_core.crm.rules.meetings import ACTIVE, MOST_DAYS, Slot, bookable_days
from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.crm import MeetingMode, MeetingStatus
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput, NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Activity, MeetingBooking, MeetingType, Opportunity
from eventos_core.models.directory import Contact, Organization
from eventos_core.models.events import Event
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, counted, keyset, paged

MEETINGS = FrameSpec(
    id="int", subject="text", kind="text", status="text", starts_at="instant", ends_at="instant", timezone="text",
    host_id="int", host="text", contact_id="int", guest="text", guest_email="text", organization="text",
    opportunity_id="int", deal="text", event="text", place="text", note="text", cancel_reason="text",
    created_at="instant", version="int",
)  # fmt: skip
"""One row per booked meeting; `kind` is its meeting type."""


class When(LabelledEnum):
    """The main state of the list of meetings."""

    COMING = "coming"
    TO_CONFIRM = "to_confirm"
    PAST = "past"
    CALLED_OFF = "called_off"


@dataclass(frozen=True)
class MeetingFilter:
    """What to list; `host` and `kind` by id. Without `show` all of them."""

    show: When | None = None
    q: str = ""
    host: int | None = None
    meeting_type: int | None = None
    event: int | None = None


@dataclass(frozen=True)
class MeetingKind:
    """A kind of meeting that can be booked, in what a form needs of it."""

    id: int
    name: str
    minutes: int
    mode: MeetingMode
    place: str | None
    zone: str
    host_id: int | None
    event_id: int | None
    needs_confirmation: bool
    bookable: bool
    """Whether it has bookable hours at all."""


@dataclass(frozen=True)
class FreeTimes:
    """Free slots of one kind with one host; `first` and `last` are the days looked at, in `zone`."""

    host_id: int
    host: str
    zone: str
    first: dt.date
    last: dt.date
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class MeetingDetail:
    """One booked meeting with all that its drawer shows."""

    id: int
    version: int
    subject: str
    kind_id: int
    kind: str
    mode: MeetingMode
    status: MeetingStatus
    starts_at: dt.datetime
    ends_at: dt.datetime
    timezone: str
    host_id: int
    host: str
    contact_id: int | None
    guest: str | None
    guest_email: str | None
    links: Mapping[str, tuple[int, str]]
    """Records it is about, by column: id and name."""
    place: str | None
    note: str | None
    cancel_reason: str | None
    activity_id: int | None
    created_at: dt.datetime


@query(requires=Permission.SALES_READ)
def meeting_kinds(db: TenantSession) -> tuple[MeetingKind, ...]:
    """Kinds of meetings in use, by name, at most 200."""
    m = MeetingType
    rows = db.scalars(
        select(m)
        .where(m.account_id == db.context.account_id, m.archived_at.is_(None))
        .order_by(func.lower(m.name), m.id)
        .limit(200)
    )
    return tuple(
        MeetingKind(
            row.id, row.name, row.duration_minutes, row.mode, row.place, row.timezone, row.host_id, row.event_id,
            row.needs_confirmation, bool(offer_of(row).windows),
        )
        for row in rows
    )  # fmt: skip


@query(requires=Permission.SALES_READ)
def host_choices(db: TenantSession) -> dict[int, str]:
    """Members who can host, by id → name; at most 500."""
    m = AccountUser
    rows = db.execute(
        select(m.id, m.display_name)
        .where(m.account_id == db.context.account_id, m.status == MemberStatus.ACTIVE, m.contact_id.is_not(None))
        .order_by(m.name_sort, m.id)
        .limit(500)
    ).all()
    return {row.id: row.display_name for row in rows}


@query(requires=Permission.SALES_READ)
def free_times(
    db: TenantSession,
    meeting_type_id: int,
    *,
    host_id: int | None = None,
    first: dt.date | None = None,
    days: int = 14,
    besides: int | None = None,
) -> FreeTimes:
    """Free slots from `first` (None: the first bookable day) over `days` days, at most 62. Four queries.

    The host is `host_id`, else the type's, else whoever asks; `besides` is a meeting that moves. Raises NotFound for
    the type or the host, InvalidInput for a host who is no person of the house.
    """
    kind = get(db, MeetingType, meeting_type_id, what="kind of meeting")
    host = db.execute(
        select(AccountUser.id, AccountUser.contact_id, AccountUser.display_name).where(
            AccountUser.account_id == db.context.account_id,
            AccountUser.id == (host_id or kind.host_id or db.context.member_id or 0),
        )
    ).one_or_none()
    if host is None:
        raise NotFound("This person is not in the team.", hint="Choose another host.")
    if host.contact_id is None:
        raise InvalidInput(f"{host.display_name} cannot host meetings.", fields={"host_id": "Choose somebody else"})
    earliest, _ = bookable_days(offer_of(kind), clock.now())
    begins = max(first or earliest, earliest)
    last = begins + dt.timedelta(days=max(1, min(days, MOST_DAYS)) - 1)
    found = slots(db, kind, host.contact_id, begins, last, besides=besides)
    return FreeTimes(host.id, host.display_name, kind.timezone, begins, last, tuple(found))


@query(requires=Permission.SALES_READ)
def meetings(
    db: TenantSession, wanted: MeetingFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of meetings as `MEETINGS`; what comes soonest first, everything else latest first.

    Raises InvalidInput for a damaged cursor.
    """
    wanted = wanted or MeetingFilter()
    place = Cursor.decode(cursor)
    direction: Literal["asc", "desc"] = "asc" if wanted.show in (When.COMING, When.TO_CONFIRM) else "desc"
    order: list[tuple[Any, Literal["asc", "desc"]]] = [
        (MeetingBooking.starts_at.expression, direction), (MeetingBooking.id.expression, direction),
    ]  # fmt: skip
    statement = _rows(db).where(*_wanted(db, wanted))
    frame = MEETINGS.query(db, keyset(statement, order, place, size=size))
    return paged(frame, ("starts_at", "id"), place, size=size)


@query(requires=Permission.SALES_READ)
def meetings_counted(db: TenantSession, wanted: MeetingFilter, limit: int) -> int:
    """How many meetings the filter lists, counted up to `limit`."""
    statement = select(MeetingBooking.id).where(
        MeetingBooking.account_id == db.context.account_id, *_wanted(db, wanted)
    )
    return counted(db, statement, limit)


@query(requires=Permission.SALES_READ)
def meeting_calendar(
    db: TenantSession, first: dt.datetime, last: dt.datetime, wanted: MeetingFilter | None = None
) -> pd.DataFrame:
    """Meetings of the filter that touch [first, last), called-off ones aside, as `MEETINGS`; at most 1 000."""
    b = MeetingBooking
    statement = (
        _rows(db)
        .where(*_wanted(db, wanted or MeetingFilter()), b.status.in_(ACTIVE), b.starts_at < last, b.ends_at > first)
        .order_by(b.starts_at, b.id)
        .limit(1000)
    )
    return MEETINGS.query(db, statement)


@query(requires=Permission.SALES_READ)
def meeting(db: TenantSession, booking_id: int) -> MeetingDetail:
    """One meeting, called-off ones too. Raises NotFound. Two queries."""
    row = get(db, MeetingBooking, booking_id, what="meeting")
    names = db.execute(
        _joined(
            select(
                MeetingType.name.label("kind"), MeetingType.mode, AccountUser.display_name.label("host"),
                Contact.full_name.label("contact_id"), Organization.name.label("organization_id"),
                Opportunity.name.label("opportunity_id"), Event.name.label("event_id"),
                Activity.id.label("activity_id"),
            ).select_from(MeetingBooking)
        )
        .outerjoin(
            Activity,
            and_(Activity.account_id == MeetingBooking.account_id, Activity.meeting_booking_id == MeetingBooking.id),
        )
        .where(MeetingBooking.account_id == row.account_id, MeetingBooking.id == row.id)
        .limit(1)
    ).one()  # fmt: skip
    linked = ("contact_id", "organization_id", "opportunity_id", "event_id")
    links = {name: (value, getattr(names, name)) for name in linked if (value := getattr(row, name)) is not None}
    return MeetingDetail(
        row.id, row.version, row.subject, row.meeting_type_id, names.kind, names.mode, row.status, row.starts_at,
        row.ends_at, row.timezone, row.host_id, names.host, row.contact_id, row.guest_name, row.guest_email, links,
        row.place, row.note, row.cancel_reason, names.activity_id, row.created_at,
    )  # fmt: skip


def _wanted(db: TenantSession, wanted: MeetingFilter) -> list[ColumnElement[bool]]:
    b, now = MeetingBooking, clock.now()
    gone = b.status.in_([MeetingStatus.CANCELLED, MeetingStatus.DECLINED])
    shown: dict[When, ColumnElement[bool]] = {
        When.COMING: and_(~gone, b.ends_at > now),
        When.TO_CONFIRM: b.status == MeetingStatus.REQUESTED,
        When.PAST: and_(~gone, b.ends_at <= now),
        When.CALLED_OFF: gone,
    }
    found = visible_rows(db, b)
    found += [shown[wanted.show]] if wanted.show is not None else []
    found += [b.host_id == wanted.host] if wanted.host is not None else []
    found += [b.meeting_type_id == wanted.meeting_type] if wanted.meeting_type is not None else []
    found += [b.event_id == wanted.event] if wanted.event is not None else []
    where = func.app.search_key(func.concat_ws(" ", b.subject, b.guest_name, b.place))
    found += [func.strpos(where, func.app.search_key(word)) > 0 for word in wanted.q.split()[:8]]
    return found


def _rows(db: TenantSession) -> Select[*tuple[Any, ...]]:
    b = MeetingBooking
    statement = select(
        b.id, b.subject, MeetingType.name.label("kind"), b.status, b.starts_at, b.ends_at, b.timezone, b.host_id,
        AccountUser.display_name.label("host"), b.contact_id, b.guest_name.label("guest"), b.guest_email,
        Organization.name.label("organization"), b.opportunity_id, Opportunity.name.label("deal"),
        Event.name.label("event"), b.place, b.note, b.cancel_reason, b.created_at, b.version,
    )  # fmt: skip
    return _joined(statement).where(b.account_id == db.context.account_id)


def _joined(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    def same(model: Any, column: Any) -> ColumnElement[bool]:
        return and_(model.account_id == MeetingBooking.account_id, model.id == column)

    return (
        statement.join(MeetingType, same(MeetingType, MeetingBooking.meeting_type_id))
        .join(AccountUser, same(AccountUser, MeetingBooking.host_id))
        .outerjoin(Contact, same(Contact, MeetingBooking.contact_id))
        .outerjoin(Organization, same(Organization, MeetingBooking.organization_id))
        .outerjoin(Opportunity, same(Opportunity, MeetingBooking.opportunity_id))
        .outerjoin(Event, same(Event, MeetingBooking.event_id))
    )
