"""What there is to do and what was done: my day, the list, the calendar, the next activity of deals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, case, func, null, or_, select
from sqlalchemy.orm import aliased

from eventos_core.crm.rules.activities import ActivityFields, DueState, Horizon, Links, horizon, state_of
from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.crm import ActivityKind, ActivityOutcome
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput, NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Activity, Opportunity
from eventos_core.models.directory import Contact, ContactPhone, Organization
from eventos_core.models.events import Event
from eventos_core.models.sponsors import Sponsor
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, counted, keyset, paged

ACTIVITIES = FrameSpec(
    id="int", kind="text", subject="text", body="text", contact_id="int", contact="text", phone="text",
    do_not_contact="bool", organization_id="int", organization="text", opportunity_id="int", deal="text",
    event_id="int", event="text", sponsor_id="int", sponsor="text", owner_id="int", owner="text", direction="text",
    priority="text", due_at="instant", all_day="bool", duration_minutes="int", location="text", done_at="instant",
    outcome="text", outcome_note="text", meeting_booking_id="int", archived_at="instant", created_at="instant",
    timeline_at="instant", version="int", state="text",
)  # fmt: skip
"""One row per activity; `phone` is the contact's primary one, to call; `state` a DueState, NA once it is done."""

MOST_OF_A_DAY = 200
"""Activities that my day shows at most."""
MOST_OF_A_CALENDAR = 1000


class Shown(LabelledEnum):
    """The main state of the list."""

    OPEN = "open"
    DUE = "due"
    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    DONE = "done"

    @property
    def label(self) -> str:
        """The state as a person reads it."""
        return {"due": "Due by today", "soon": "Next 7 days"}.get(self.value, super().label)


@dataclass(frozen=True)
class ActivityFilter:
    """What to list. Words of `q` must all occur; `owner` 0 means nobody's; without `show` everything.

    `since` and `until` are days of the house, both included, by the place on timelines (done, else due, else made).
    """

    show: Shown | None = None
    q: str = ""
    kind: tuple[ActivityKind, ...] = ()
    owner: int | None = None
    event: int | None = None
    outcome: tuple[ActivityOutcome, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    archived: bool = False


@dataclass(frozen=True)
class MyDay:
    """What one member has to do: overdue, today, in the next 7 days, and without a date; frames as `ACTIVITIES`."""

    today: dt.date
    overdue: pd.DataFrame
    due_today: pd.DataFrame
    soon: pd.DataFrame
    undated: pd.DataFrame
    done_today: int
    more: bool
    """Whether there is more than `MOST_OF_A_DAY`."""


@dataclass(frozen=True)
class ActivityDetail:
    """One activity with all that its drawer shows and its form edits."""

    id: int
    version: int
    fields: ActivityFields
    names: Mapping[str, str]
    """What the records it is about are called, by column."""
    owner: str | None
    phone: str | None
    do_not_contact: bool
    state: DueState | None
    """Where it stands; None once it is done."""
    done_at: dt.datetime | None
    done_by: str | None
    outcome: ActivityOutcome | None
    outcome_note: str | None
    meeting_booking_id: int | None
    archived_at: dt.datetime | None
    created_at: dt.datetime
    created_by: str | None


@query(requires=Permission.CONTACTS_READ)
def my_day(db: TenantSession, *, owner_id: int | None = None, zone: str | None = None) -> MyDay:
    """What `owner_id` (None: whoever asks) has to do around today in `zone` (None: the house's). Two queries."""
    days = _days(db, zone)
    owner = owner_id or db.context.member_id or 0
    mine = and_(Activity.owner_id == owner, Activity.done_at.is_(None), Activity.archived_at.is_(None))
    soon = or_(Activity.due_at.is_(None), _before(days.whole[2], days.timed[1]))
    statement = (
        _rows(db, days)
        .where(mine, soon)
        .order_by(Activity.due_at.asc().nulls_last(), Activity.id)
        .limit(MOST_OF_A_DAY + 1)
    )
    found = ACTIVITIES.query(db, statement)
    done = db.scalar(
        select(func.count()).where(
            Activity.account_id == db.context.account_id, Activity.done_by_id == owner, Activity.archived_at.is_(None),
            Activity.done_at >= clock.day_bounds(days.today, zone or db.context.timezone)[0], *visible(db),
        )
    )  # fmt: skip
    shown = found.head(MOST_OF_A_DAY)

    def of(state: DueState) -> pd.DataFrame:
        return shown[shown["state"] == state.value].reset_index(drop=True)

    return MyDay(
        days.today, of(DueState.OVERDUE), of(DueState.TODAY), of(DueState.SOON), of(DueState.UNDATED), done or 0,
        len(found) > MOST_OF_A_DAY,
    )  # fmt: skip


@query(requires=Permission.CONTACTS_READ)
def activities(
    db: TenantSession, wanted: ActivityFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of activities as `ACTIVITIES`, by their place on timelines. Raises InvalidInput for a damaged cursor.

    What is open comes soonest first, everything else latest first.
    """
    wanted = wanted or ActivityFilter()
    place = Cursor.decode(cursor)
    days = _days(db, None)
    upwards: Literal["asc", "desc"] = "asc" if wanted.show not in (None, Shown.DONE) else "desc"
    order: list[tuple[Any, Literal["asc", "desc"]]] = [
        (Activity.timeline_at.expression, upwards), (Activity.id.expression, upwards),
    ]  # fmt: skip
    statement = _rows(db, days).where(*_wanted(db, wanted, days))
    frame = ACTIVITIES.query(db, keyset(statement, order, place, size=size))
    return paged(frame, ("timeline_at", "id"), place, size=size)


@query(requires=Permission.CONTACTS_READ)
def activities_counted(db: TenantSession, wanted: ActivityFilter, limit: int) -> int:
    """How many activities the filter lists, counted up to `limit`."""
    days = _days(db, None)
    statement = select(Activity.id).where(
        Activity.account_id == db.context.account_id, *visible(db), *_wanted(db, wanted, days)
    )
    return counted(db, statement, limit)


@query(requires=Permission.CONTACTS_READ)
def activity_calendar(
    db: TenantSession, first: dt.datetime, last: dt.datetime, wanted: ActivityFilter | None = None
) -> pd.DataFrame:
    """Activities of the filter that are due, or were done, within [first, last), as `ACTIVITIES`; at most 1 000."""
    days = _days(db, None)
    statement = (
        _rows(db, days)
        .where(
            *_wanted(db, wanted or ActivityFilter(), days),
            or_(Activity.due_at.is_not(None), Activity.done_at.is_not(None)),
            Activity.timeline_at >= first,
            Activity.timeline_at < last,
        )
        .order_by(Activity.timeline_at, Activity.id)
        .limit(MOST_OF_A_CALENDAR)
    )
    return ACTIVITIES.query(db, statement)


@query(requires=Permission.CONTACTS_READ)
def open_activities_of(db: TenantSession, entity: str, row_id: int, *, limit: int = 20) -> pd.DataFrame:
    """What is still to do about one record (a table's name and an id), soonest first, as `ACTIVITIES`."""
    statement = (
        _rows(db, _days(db, None))
        .where(
            of_record(Activity, entity, row_id), Activity.done_at.is_(None), Activity.archived_at.is_(None),
        )
        .order_by(Activity.due_at.asc().nulls_last(), Activity.id)
        .limit(limit)
    )  # fmt: skip
    return ACTIVITIES.query(db, statement)


@query(requires=Permission.CONTACTS_READ)
def activity(db: TenantSession, activity_id: int) -> ActivityDetail:
    """One activity, archived ones too, in two queries. Raises NotFound, also where it is about what one may not see."""
    row = get(db, Activity, activity_id, what="activity")
    author, doer = aliased(AccountUser), aliased(AccountUser)
    statement = _joined(
        select(
            Contact.full_name.label("contact_id"), Organization.name.label("organization_id"),
            Opportunity.name.label("opportunity_id"), Event.name.label("event_id"),
            _SPONSOR.name.label("sponsor_id"), AccountUser.display_name.label("owner"), _phone().label("phone"),
            Contact.do_not_contact, author.display_name.label("created_by"), doer.display_name.label("done_by"),
        ).select_from(Activity)
    )  # fmt: skip
    found = db.execute(
        statement.outerjoin(author, and_(author.account_id == Activity.account_id, author.id == Activity.created_by))
        .outerjoin(doer, and_(doer.account_id == Activity.account_id, doer.id == Activity.done_by_id))
        .where(Activity.account_id == db.context.account_id, Activity.id == activity_id, *visible(db))
    ).one_or_none()
    if found is None:
        raise NotFound("This activity does not exist.", hint="It may have been deleted; go back to the list.")
    links = Links(row.contact_id, row.organization_id, row.opportunity_id, row.event_id, row.sponsor_id)
    fields = ActivityFields(
        links, row.kind, row.subject, row.body, row.owner_id, row.direction, row.priority, row.due_at, row.all_day,
        row.duration_minutes, row.location,
    )  # fmt: skip
    names = {name: getattr(found, name) for name in links.given()}
    state = None if row.done_at is not None else state_of(row.due_at, row.all_day, _days(db, None))
    return ActivityDetail(
        row.id, row.version, fields, names, found.owner, found.phone, bool(found.do_not_contact), state, row.done_at,
        found.done_by, row.outcome, row.outcome_note, row.meeting_booking_id, row.archived_at, row.created_at,
        found.created_by,
    )  # fmt: skip


def visible(db: TenantSession) -> list[ColumnElement[bool]]:
    """Which activities the actor may see: those about deals and sponsors take the right to read these."""
    return visible_rows(db, Activity)


def visible_rows(db: TenantSession, model: Any) -> list[ColumnElement[bool]]:
    """The same for any table that points to deals and sponsors."""
    hidden = (
        (Permission.SALES_READ, "opportunity_id"),
        (Permission.SPONSORS_READ, "sponsor_id"),
    )
    return [
        getattr(model, name).is_(None) for right, name in hidden if hasattr(model, name) and not db.context.can(right)
    ]


_ON_CARDS: Mapping[DueState, Literal["overdue", "today"]] = {
    DueState.OVERDUE: "overdue", DueState.TODAY: "today",
}  # fmt: skip
_COLUMN_OF = {
    "contacts": "contact_id", "organizations": "organization_id", "opportunities": "opportunity_id",
    "events": "event_id", "sponsors": "sponsor_id",
}  # fmt: skip


def of_record(model: Any, entity: str, row_id: int) -> ColumnElement[bool]:
    """That a row is about one record, named by its table. Raises InvalidInput for a table that nothing is about."""
    if entity not in _COLUMN_OF:
        raise InvalidInput(
            f"Nothing is planned or noted about “{entity[:80]}”.", hint=f"Use one of {', '.join(_COLUMN_OF)}.",
            fields={"entity": "Unknown"},
        )  # fmt: skip
    condition: ColumnElement[bool] = getattr(model, _COLUMN_OF[entity]) == row_id
    return condition


def overdue(days: Horizon) -> ColumnElement[bool]:
    """That an open activity is overdue; the rule of `rules.activities.state_of` in SQL."""
    return _before(days.whole[0], days.now)


def due_today(days: Horizon) -> ColumnElement[bool]:
    """That it is due today and not overdue."""
    return and_(~overdue(days), _before(days.whole[1], days.timed[0]))


def open_of(db: TenantSession, owner_id: int | None = None) -> list[ColumnElement[bool]]:
    """Open activities of the house, or of one member."""
    mine = [] if owner_id is None else [Activity.owner_id == owner_id]
    return [
        Activity.account_id == db.context.account_id, Activity.done_at.is_(None), Activity.archived_at.is_(None),
        *mine, *visible(db),
    ]  # fmt: skip


def _days(db: TenantSession, zone: str | None) -> Horizon:
    return horizon(clock.now(), zone or db.context.timezone, db.context.timezone)


def _before(whole: dt.datetime, timed: dt.datetime) -> ColumnElement[bool]:
    """That it is due before an instant: another one for whole days than for timed activities."""
    return Activity.due_at < case((Activity.all_day, whole), else_=timed)


def _state(days: Horizon) -> ColumnElement[Any]:
    return case(
        (Activity.done_at.is_not(None), null()),
        (Activity.due_at.is_(None), DueState.UNDATED.value),
        (overdue(days), DueState.OVERDUE.value),
        (_before(days.whole[1], days.timed[0]), DueState.TODAY.value),
        (_before(days.whole[2], days.timed[1]), DueState.SOON.value),
        else_=DueState.LATER.value,
    )


def _wanted(db: TenantSession, wanted: ActivityFilter, days: Horizon) -> list[ColumnElement[bool]]:
    a = Activity
    shown: dict[Shown, ColumnElement[bool]] = {
        Shown.OPEN: a.done_at.is_(None),
        Shown.DUE: and_(a.done_at.is_(None), or_(overdue(days), due_today(days))),
        Shown.OVERDUE: and_(a.done_at.is_(None), overdue(days)),
        Shown.TODAY: and_(a.done_at.is_(None), due_today(days)),
        Shown.SOON: and_(
            a.done_at.is_(None), ~_before(days.whole[1], days.timed[0]), _before(days.whole[2], days.timed[1])
        ),
        Shown.DONE: a.done_at.is_not(None),
    }
    found: list[ColumnElement[bool]] = [a.archived_at.is_not(None) if wanted.archived else a.archived_at.is_(None)]
    found += [shown[wanted.show]] if wanted.show is not None else []
    found += [a.kind.in_(wanted.kind)] if wanted.kind else []
    found += [a.outcome.in_(wanted.outcome)] if wanted.outcome else []
    if wanted.owner is not None:
        found.append(a.owner_id == wanted.owner if wanted.owner else a.owner_id.is_(None))
    if wanted.event is not None:
        found.append(a.event_id == wanted.event)
    zone = db.context.timezone
    found += [a.timeline_at >= clock.day_bounds(wanted.since, zone)[0]] if wanted.since else []
    found += [a.timeline_at < clock.day_bounds(wanted.until, zone)[1]] if wanted.until else []
    found += [func.strpos(a.search_text, func.app.search_key(word)) > 0 for word in wanted.q.split()[:8]]
    return found


_SPONSOR = aliased(Organization)


def _rows(db: TenantSession, days: Horizon) -> Select[*tuple[Any, ...]]:
    """Activities that the actor may see, as `ACTIVITIES`."""
    a = Activity
    statement = select(
        a.id, a.kind, a.subject, a.body, a.contact_id, Contact.full_name.label("contact"), _phone().label("phone"),
        Contact.do_not_contact, a.organization_id, Organization.name.label("organization"), a.opportunity_id,
        Opportunity.name.label("deal"), a.event_id, Event.name.label("event"), a.sponsor_id,
        _SPONSOR.name.label("sponsor"), a.owner_id, AccountUser.display_name.label("owner"), a.direction, a.priority,
        a.due_at, a.all_day, a.duration_minutes, a.location, a.done_at, a.outcome, a.outcome_note,
        a.meeting_booking_id, a.archived_at, a.created_at, a.timeline_at, a.version, _state(days).label("state"),
    )  # fmt: skip
    return _joined(statement).where(a.account_id == db.context.account_id, *visible(db))


def _joined(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    def same(model: Any, column: Any) -> ColumnElement[bool]:
        return and_(model.account_id == Activity.account_id, model.id == column)

    return (
        statement.outerjoin(Contact, same(Contact, Activity.contact_id))
        .outerjoin(Organization, same(Organization, Activity.organization_id))
        .outerjoin(Opportunity, same(Opportunity, Activity.opportunity_id))
        .outerjoin(Event, same(Event, Activity.event_id))
        .outerjoin(Sponsor, same(Sponsor, Activity.sponsor_id))
        .outerjoin(_SPONSOR, and_(_SPONSOR.account_id == Activity.account_id, _SPONSOR.id == Sponsor.organization_id))
        .outerjoin(AccountUser, same(AccountUser, Activity.owner_id))
    )


def _phone() -> Any:
    """The contact's primary number, as a phone dials it."""
    p = ContactPhone
    return (
        select(func.coalesce(p.e164, p.number))
        .where(p.account_id == Activity.account_id, p.contact_id == Activity.contact_id, p.is_primary)
        .limit(1)
        .correlate(Activity)
        .scalar_subquery()
    )
