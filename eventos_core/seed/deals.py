"""The deals of the demo houses: two years of closed ones and an open pipeline, each with the stages it went through.

They come as a house would bring them: one export of its old system after the other, each with the stages as they were
then. The import dates every move by the day that the file names, and the database keeps the versions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from sqlalchemy import select

from eventos_core.crm.handlers import DEFAULT_LOST_REASONS
from eventos_core.enums.crm import OpportunityKind
from eventos_core.models.directory import Organization
from eventos_core.models.events import Event
from eventos_core.seed.world import OWNER, DbFactory, DemoHouse, Random, bring_in

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
_ON_THE_WAY = tuple(stage for stage, _ in OPEN_STAGES)
_MOST_BETWEEN = 3
"""Most stages a closed deal is seen in between its first and its last one."""
Row = Mapping[str, object]


@dataclass(frozen=True)
class Story:
    """One deal: as it was entered, the stages it came through with the day of each, and as it is now.

    `last` is empty for a deal that still is as it was entered.
    """

    first: Row
    between: tuple[tuple[str, dt.date], ...] = ()
    last: Row | None = None


def bring(db_factory: DbFactory, house: DemoHouse, rng: Random, today: dt.date) -> None:
    """Import the deals of a house, export by export."""
    stories = list(_stories(db_factory, house, rng, today))
    exports = [[story.first for story in stories]]
    for place in range(_MOST_BETWEEN):
        moved = [(story, story.between[place]) for story in stories if len(story.between) > place]
        exports.append(
            [
                {"external_id": story.first["external_id"], "stage": stage, "stage_since": since}
                for story, (stage, since) in moved
            ]
        )
    exports.append([story.last for story in stories if story.last is not None])
    numbers = count(1)
    for rows in filter(None, exports):
        bring_in(house, OWNER, "deals", f"old system, export {next(numbers)}.csv", rows)


def _stories(db_factory: DbFactory, house: DemoHouse, rng: Random, today: dt.date) -> Iterator[Story]:
    with db_factory(house) as db:
        account = db.context.account_id
        names = select(Organization.name).where(
            Organization.account_id == account, Organization.kind.in_(_BRANDS), Organization.archived_at.is_(None)
        )
        companies = db.scalars(names.order_by(Organization.id).limit(400)).all()
        held = select(Event.slug, Event.starts_at).where(Event.account_id == account, Event.archived_at.is_(None))
        events = [(row.slug, row.starts_at.date()) for row in db.execute(held.order_by(Event.starts_at, Event.id))]
    owners = [house.team[key].name for key in (OWNER, "sales", "sales", "producer")]
    closed = round(house.scale.deals * _CLOSED_SHARE)
    for number in range(house.scale.deals):
        row = _deal(rng, companies, owners, house.currency, number)
        if number < closed:
            yield _closed(rng, today, [event for event in events if event[1] < today], row)
        else:
            yield _open(rng, today, [event for event in events if event[1] >= today], row, number - closed)


def _deal(
    rng: Random, companies: Sequence[str], owners: Sequence[str], currency: str, number: int
) -> dict[str, object]:
    what, kind, (least, most) = rng.choice(WHAT)
    company = rng.choice(companies)
    # Every so often nobody knows yet what it may bring.
    amount = "" if rng.random() < 0.06 else rng.randrange(least * 2, most * 2) * 500
    return {
        "external_id": f"D-{number + 1:05}", "name": f"{what} {company}", "kind": kind.value, "organization": company,
        "event": "", "owner": rng.choice(owners), "stage": _ON_THE_WAY[0], "amount": amount,
        "currency": rng.choices((currency, "USD", "GBP"), (88, 8, 4))[0], "created_on": "", "expected_close_on": "",
        "stage_since": "", "source": rng.choice(SOURCES), "tags": rng.choice(("", "", "", "beauty", "vip", "renewal")),
    }  # fmt: skip


def _closed(rng: Random, today: dt.date, events: Sequence[tuple[str, dt.date]], row: dict[str, object]) -> Story:
    # More of it lately: the house grows.
    closed = today - dt.timedelta(days=int(700 * rng.random() ** 2) + 1)
    opened = closed - dt.timedelta(days=rng.randrange(1, 120))
    near = [name for name, day in events if 0 <= (day - closed).days < 150]
    won = rng.random() < 0.42
    # What was lost had come less far.
    reached = rng.choice((1, 2, 3) if won else (0, 0, 1, 2))
    through = sorted(rng.sample(range(1, len(_ON_THE_WAY)), reached))
    expected = closed + dt.timedelta(days=rng.choice((-14, 0, 0, 7, 21, 45)))
    first = row | {
        "created_on": opened, "stage_since": opened, "expected_close_on": expected,
        "event": rng.choice(near) if near else "",
    }  # fmt: skip
    last = {
        "external_id": row["external_id"], "stage": "Won" if won else "Lost", "closed_on": closed,
        "expected_close_on": closed, "lost_reason": "" if won else rng.choice(DEFAULT_LOST_REASONS),
        "stage_since": "", "next_step": "", "probability": "",
    }  # fmt: skip
    return Story(first, _dated(rng, [_ON_THE_WAY[place] for place in through], opened, closed), last)


def _open(
    rng: Random, today: dt.date, events: Sequence[tuple[str, dt.date]], row: dict[str, object], number: int
) -> Story:
    spread = [place for place, (_, weight) in enumerate(OPEN_STAGES) for _ in range(weight)]
    place = spread[number % len(spread)]
    since = today - dt.timedelta(days=rng.choice((0, 1, 2, 4, 6, 9, 12, 16, 25, 40)))
    opened = since - dt.timedelta(days=rng.randrange(place, 60)) if place else since
    event = rng.choice(events) if events and rng.random() < 0.8 else ("", today + dt.timedelta(days=120))
    latest = max(8, min(120, (event[1] - today).days))
    first = row | {
        "created_on": opened, "stage_since": opened, "event": event[0],
        "expected_close_on": today + dt.timedelta(days=rng.randrange(-6, latest)),
    }  # fmt: skip
    last = {
        "external_id": row["external_id"], "stage": _ON_THE_WAY[place], "closed_on": "", "expected_close_on": "",
        "lost_reason": "", "stage_since": since, "next_step": rng.choice(STEPS) if rng.random() < 0.6 else "",
        "probability": rng.choice((30, 55, 75)) if rng.random() < 0.1 else "",
    }  # fmt: skip
    return Story(first, _dated(rng, _ON_THE_WAY[1:place], opened, since), last)


def _dated(rng: Random, stages: Sequence[str], opened: dt.date, ended: dt.date) -> tuple[tuple[str, dt.date], ...]:
    """The stages between the first and the last one, each on a day of its own; as many as there are days for."""
    days = range(1, (ended - opened).days)
    fitting = stages[: min(len(days), _MOST_BETWEEN)]
    chosen = sorted(rng.sample(days, len(fitting)))
    return tuple((stage, opened + dt.timedelta(days=day)) for stage, day in zip(fitting, chosen, strict=True))
