"""What the demo houses sell: two years of closed deals, an open pipeline, things to do, quotas and rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import AddNote, LogActivity, PlanActivity, quotas, rates
from eventos_core.crm.commands.quotas import SetTargets, TargetRow
from eventos_core.crm.commands.rates import AddRate
from eventos_core.crm.handlers import DEFAULT_LOST_REASONS
from eventos_core.crm.queries import DealFilter
from eventos_core.crm.rules.activities import ActivityFields, Links
from eventos_core.enums.analytics import TargetPeriod
from eventos_core.enums.crm import ActivityKind, ActivityOutcome, OpportunityKind
from eventos_core.models.directory import Contact, Organization
from eventos_core.models.events import Event
from eventos_core.seed.world import OWNER, DbFactory, DemoHouse, Houses, Random, bring_in

WHAT: tuple[tuple[str, OpportunityKind, tuple[int, int]], ...] = (
    ("Title partner", OpportunityKind.SPONSORSHIP, (60, 180)),
    ("Beauty partner", OpportunityKind.SPONSORSHIP, (25, 70)),
    ("Front row package", OpportunityKind.SPONSORSHIP, (8, 30)),
    ("Champagne bar", OpportunityKind.SPONSORSHIP, (10, 35)),
    ("Hair and make-up", OpportunityKind.PARTNERSHIP, (5, 20)),
    ("Gift bags", OpportunityKind.PARTNERSHIP, (3, 12)),
    ("Livestream", OpportunityKind.PRODUCTION, (12, 40)),
    ("Showroom production", OpportunityKind.PRODUCTION, (15, 60)),
    ("Table of ten", OpportunityKind.TICKET_BLOCK, (4, 9)),
    ("Atelier hire", OpportunityKind.VENUE_HIRE, (3, 15)),
)
"""What is sold, its kind, and the least and most it brings, in thousands of the currency."""
OPEN_STAGES: tuple[tuple[str, int], ...] = (
    ("New", 9), ("Qualified", 8), ("Proposal", 7), ("Negotiation", 5), ("Verbal yes", 3),
)  # fmt: skip
"""Open stages with how many of every 32 open deals stand in them."""
SOURCES = ("Referral", "Fair", "Website", "Last season", "Cold call")
STEPS = ("Send the deck", "Book a site visit", "Get the contract back", "Ask about budget", "Send references")
_BRANDS = ("sponsor", "brand", "press", "retailer", "agency")
_CLOSED_SHARE = 0.55
"""Of all deals, those that are won or lost already."""


def seed(db_factory: DbFactory, houses: Houses, rng: Random, today: dt.date) -> None:
    """Deals through the import of deals, as a house would bring its old system's; the rest through commands."""
    for house in houses:
        with db_factory(house) as db:
            rates.add_rate(db, AddRate(dt.date(today.year - 2, 1, 1), "EUR", "USD", "1.09"))
            rates.add_rate(db, AddRate(dt.date(today.year - 2, 1, 1), "EUR", "GBP", "0.86"))
        rows = list(_rows(db_factory, house, rng, today))
        bring_in(house, OWNER, "deals", "deals from the old system.csv", rows)
        _quotas(db_factory, house, today)
        _to_do(db_factory, house, rng, today)


def _rows(db_factory: DbFactory, house: DemoHouse, rng: Random, today: dt.date) -> Iterator[Mapping[str, object]]:
    with db_factory(house) as db:
        account = db.context.account_id
        names = select(Organization.name).where(
            Organization.account_id == account, Organization.kind.in_(_BRANDS), Organization.archived_at.is_(None)
        )
        companies = db.scalars(names.order_by(Organization.id).limit(400)).all()
        held = select(Event.name, Event.starts_at).where(Event.account_id == account, Event.archived_at.is_(None))
        events = [(row.name, row.starts_at.date()) for row in db.execute(held.order_by(Event.starts_at, Event.id))]
    owners = [house.team[key].name for key in (OWNER, "sales", "sales", "producer")]
    closed = round(house.scale.deals * _CLOSED_SHARE)
    for number in range(house.scale.deals):
        row = _deal(rng, companies, owners, house.currency, number)
        if number < closed:
            yield row | _closing(rng, today, [event for event in events if event[1] < today])
        else:
            yield row | _standing(rng, today, [event for event in events if event[1] >= today], number - closed)


def _deal(
    rng: Random, companies: Sequence[str], owners: Sequence[str], currency: str, number: int
) -> dict[str, object]:
    what, kind, (least, most) = rng.choice(WHAT)
    company = rng.choice(companies)
    # Every so often nobody knows yet what it may bring.
    amount = "" if rng.random() < 0.06 else rng.randrange(least * 2, most * 2) * 500
    return {
        "external_id": f"D-{number + 1:05}", "name": f"{what} {company}", "kind": kind.value, "organization": company,
        "event": "", "owner": rng.choice(owners), "stage": "", "amount": amount,
        "currency": rng.choices((currency, "USD", "GBP"), (88, 8, 4))[0], "probability": "", "created_on": "",
        "expected_close_on": "", "closed_on": "", "stage_since": "", "source": rng.choice(SOURCES), "lost_reason": "",
        "next_step": "", "tags": rng.choice(("", "", "", "beauty", "vip", "renewal")),
    }  # fmt: skip


def _closing(rng: Random, today: dt.date, events: Sequence[tuple[str, dt.date]]) -> dict[str, object]:
    # More of it lately: the house grows.
    days = int(700 * rng.random() ** 1.5) + 1
    closed = today - dt.timedelta(days=days)
    opened = closed - dt.timedelta(days=rng.randrange(0, 120))
    near = [name for name, day in events if 0 <= (day - closed).days < 150]
    won = rng.random() < 0.42
    return {
        "stage": "Won" if won else "Lost", "closed_on": closed, "created_on": opened, "expected_close_on": closed,
        "event": rng.choice(near) if near else "", "lost_reason": "" if won else rng.choice(DEFAULT_LOST_REASONS),
    }  # fmt: skip


def _standing(rng: Random, today: dt.date, events: Sequence[tuple[str, dt.date]], number: int) -> dict[str, object]:
    spread = [stage for stage, weight in OPEN_STAGES for _ in range(weight)]
    stage = spread[number % len(spread)]
    since = today - dt.timedelta(days=rng.choice((0, 1, 2, 4, 6, 9, 12, 16, 25, 40)))
    event = rng.choice(events) if events and rng.random() < 0.8 else ("", today + dt.timedelta(days=120))
    latest = max(8, min(120, (event[1] - today).days))
    return {
        "stage": stage, "stage_since": since, "created_on": since - dt.timedelta(days=rng.randrange(0, 60)),
        "expected_close_on": today + dt.timedelta(days=rng.randrange(-6, latest)), "event": event[0],
        "next_step": rng.choice(STEPS) if rng.random() < 0.6 else "",
        "probability": rng.choice((30, 55, 75)) if rng.random() < 0.1 else "",
    }  # fmt: skip


def _quotas(db_factory: DbFactory, house: DemoHouse, today: dt.date) -> None:
    """This quarter's and last quarter's target of the house and quotas of those who sell."""
    first = dt.date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    before = (first - dt.timedelta(days=1)).replace(day=1)
    before = dt.date(before.year, 3 * ((before.month - 1) // 3) + 1, 1)
    step = house.scale.deals * 50_000
    rows = (
        TargetRow(value_minor=step * 9),
        TargetRow(house.team["sales"].member_id, value_minor=step * 5),
        TargetRow(house.team[OWNER].member_id, value_minor=step * 3),
    )
    with db_factory(house) as db:
        for start in (before, first):
            quotas.set_targets(db, SetTargets(TargetPeriod.QUARTER, start, rows))


def _to_do(db_factory: DbFactory, house: DemoHouse, rng: Random, today: dt.date) -> None:
    """Calls and notes of the last days, and what is due: late, today, soon."""
    kinds = (ActivityKind.CALL, ActivityKind.EMAIL, ActivityKind.MEETING, ActivityKind.TASK)
    for who in (OWNER, "sales"):
        with db_factory(house, who) as db:
            mine = DealFilter(owner=house.team[who].member_id)
            deals = queries.deals(db, mine, size=24).frame
            held = db.execute(
                select(Contact.organization_id, Contact.id)
                .where(Contact.account_id == db.context.account_id, Contact.organization_id.is_not(None))
                .order_by(Contact.id.desc())
                .limit(2000)
            )
            people = {row.organization_id: row.id for row in held}
            for place, (deal, company) in enumerate(zip(deals["id"], deals["organization_id"], strict=True)):
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
