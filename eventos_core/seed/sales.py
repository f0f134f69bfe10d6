"""What the demo houses sell: deals of two years, quotas and rates, meetings, calls and notes, and what is due."""

from __future__ import annotations

import contextlib
import datetime as dt

from sqlalchemy import select

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import (
    AddNote,
    BookMeeting,
    CloseMeeting,
    LogActivity,
    PlanActivity,
    meeting_types,
    quotas,
    rates,
)
from eventos_core.crm.commands.meeting_types import AddMeetingType
from eventos_core.crm.commands.quotas import SetTargets, TargetRow
from eventos_core.crm.commands.rates import AddRate
from eventos_core.crm.queries import DealFilter
from eventos_core.crm.rules import targets
from eventos_core.crm.rules.activities import ActivityFields, Links
from eventos_core.crm.rules.meeting_types import BookableHours, MeetingTypeFields
from eventos_core.enums.analytics import TargetPeriod
from eventos_core.enums.crm import ActivityKind, ActivityOutcome, MeetingMode
from eventos_core.kernel.errors import Clash
from eventos_core.models.directory import Contact
from eventos_core.seed import deals
from eventos_core.seed.deals import STEPS
from eventos_core.seed.world import OWNER, DbFactory, DemoHouse, Houses, Random

_QUARTERS = range(-4, 3)
"""Quarters with quotas, counted from the present one: a year back and half a year ahead."""
_WEEK = tuple(
    BookableHours(weekday, begins, ends)
    for weekday in range(1, 6)
    for begins, ends in ((dt.time(9, 30), dt.time(12, 30)), (dt.time(14), dt.time(18)))
)


def seed(db_factory: DbFactory, houses: Houses, rng: Random, today: dt.date) -> None:
    """Deals through the import of deals, as a house would bring its old system's; the rest through commands."""
    for house in houses:
        with db_factory(house) as db:
            rates.add_rate(db, AddRate(dt.date(today.year - 2, 1, 1), "EUR", "USD", "1.09"))
            rates.add_rate(db, AddRate(dt.date(today.year - 2, 1, 1), "EUR", "GBP", "0.86"))
        deals.bring(db_factory, house, rng, today)
        _quotas(db_factory, house, today)
        _meetings(db_factory, house, rng, today)
        _to_do(db_factory, house, rng, today)


def _quotas(db_factory: DbFactory, house: DemoHouse, today: dt.date) -> None:
    """Set by the head of sales, for a year: the house's target and quotas of those who sell, by quarter and month."""
    this, _ = targets.span_of(TargetPeriod.QUARTER, today)
    with db_factory(house, "sales") as db:
        for place in _QUARTERS:
            quarter = targets.shifted(TargetPeriod.QUARTER, this, place)
            # The house grows, and so does what is asked of it.
            step = house.scale.deals * (12_000 + 500 * place)
            quotas.set_targets(db, SetTargets(TargetPeriod.QUARTER, quarter, _targets(house, step * 3)))
            for month in range(3):
                first = targets.shifted(TargetPeriod.MONTH, quarter, month)
                quotas.set_targets(db, SetTargets(TargetPeriod.MONTH, first, _targets(house, step)))


def _targets(house: DemoHouse, step: int) -> tuple[TargetRow, ...]:
    return (
        TargetRow(value_minor=step * 9),
        TargetRow(house.team["sales"].member_id, value_minor=step * 5),
        TargetRow(house.team[OWNER].member_id, value_minor=step * 3),
    )


def _meetings(db_factory: DbFactory, house: DemoHouse, rng: Random, today: dt.date) -> None:
    """Three kinds of meeting with their hosts, and meetings booked around today; those that are over were held."""
    seller, owner = house.team["sales"].member_id, house.team[OWNER].member_id
    kinds = (
        (10, MeetingTypeFields("Introduction", 30, hours=_WEEK, min_notice_minutes=120)),
        (
            14,
            MeetingTypeFields(
                "Showroom visit", 60, mode=MeetingMode.IN_PERSON, place=f"Showroom, {house.city}", hours=_WEEK,
                buffer_after_minutes=15, host_id=seller,
            ),
        ),
        (16, MeetingTypeFields("Partnership review", 45, mode=MeetingMode.PHONE, hours=_WEEK, host_id=owner)),
    )  # fmt: skip
    with db_factory(house, "sales") as db:
        people = select(Contact.id).where(
            Contact.account_id == db.context.account_id, Contact.organization_id.is_not(None),
            Contact.archived_at.is_(None),
        )  # fmt: skip
        guests = db.scalars(people.order_by(Contact.id).limit(60)).all()
        for hour, fields in kinds:
            kind = meeting_types.add_meeting_type(db, AddMeetingType(fields))
            for offset in (-8, -3, 1, 2, 5, 9):
                day = today + dt.timedelta(days=offset)
                day -= dt.timedelta(days=max(0, day.isoweekday() - 5))  # a Friday instead of a weekend
                wanted = BookMeeting(
                    kind.meeting_type_id, dt.datetime.combine(day, dt.time(hour)), contact_id=rng.choice(guests),
                    host_id=fields.host_id or seller, anyway=True, tell_guest=False,
                )  # fmt: skip
                # Where the host works at an event, there is no meeting.
                with contextlib.suppress(Clash):
                    booked = commands.book_meeting(db, wanted)
                    if day < today:
                        commands.close_meeting(db, CloseMeeting(booked.booking_id, booked.version))


def _to_do(db_factory: DbFactory, house: DemoHouse, rng: Random, today: dt.date) -> None:
    """Calls and notes of the last days, and what is due: late, today, soon."""
    kinds = (ActivityKind.CALL, ActivityKind.EMAIL, ActivityKind.MEETING, ActivityKind.TASK)
    for who in (OWNER, "sales"):
        with db_factory(house, who) as db:
            mine = DealFilter(owner=house.team[who].member_id)
            mine_now = queries.deals(db, mine, size=24).frame
            held = db.execute(
                select(Contact.organization_id, Contact.id)
                .where(Contact.account_id == db.context.account_id, Contact.organization_id.is_not(None))
                .order_by(Contact.id.desc())
                .limit(2000)
            )
            people = {row.organization_id: row.id for row in held}
            for place, (deal, company) in enumerate(zip(mine_now["id"], mine_now["organization_id"], strict=True)):
                company_id = None if company != company else int(company)
                links = Links(people.get(company_id), company_id, int(deal))
                if place % 3 == 0:
                    commands.log_activity(
                        db, LogActivity(links, rng.choice(kinds[:3]), "Talked about the package",
                                        outcome=rng.choice((ActivityOutcome.INTERESTED, ActivityOutcome.LEFT_MESSAGE))),
                    )  # fmt: skip
                if place % 5 == 0:
                    commands.add_note(db, AddNote(links, "Wants seats in the first row, and a mention in the film."))
                if place % 2 == 0:
                    day = today + dt.timedelta(days=rng.choice((-2, -1, 0, 0, 1, 2, 3, 6)))
                    due = dt.datetime.combine(day, dt.time(rng.randrange(9, 18)))
                    given = ActivityFields(links, rng.choice(kinds), rng.choice(STEPS), due_at=due)
                    commands.plan_activity(db, PlanActivity(given))
