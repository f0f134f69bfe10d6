"""Two seasons of events around today, past ones completed, the next ones planned and one on sale."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from eventos_core.db.session import TenantSession
from eventos_core.enums.events import AdmissionMode, AttendanceMode, EventStatus
from eventos_core.enums.events import EventKind as K
from eventos_core.events import commands, queries
from eventos_core.seed.places import ZONES, Venue, add_places
from eventos_core.seed.programmes import PROGRAMMES
from eventos_core.seed.seasons import season_code
from eventos_core.seed.world import DbFactory, DemoHouse, Houses, Random

S = EventStatus
_PER_TRANSACTION = 25
HISTORY_WITH_PROGRAMME = 60
"""Of the many older events only so many have a programme."""


@dataclass(frozen=True)
class Plan:
    """One event: `day` counts from today, `start` is local; money in major units of the event's currency."""

    key: str
    name: str
    kind: K
    day: int
    start: dt.time
    hours: int
    place: str
    capacity: int
    status: EventStatus
    admission: AdmissionMode = AdmissionMode.INVITATION
    budget: int = 0
    revenue: int = 0
    sponsorship: int = 0
    tagline: str = ""
    dress_code: str = ""
    tags: tuple[str, ...] = ()
    series: str | None = None
    archived: bool = False
    searching: bool = False
    """Whether the venue is still sought; `place` then only says in which city."""


_EVENING, _MORNING, _NOON = dt.time(20), dt.time(9, 30), dt.time(11)
_HALLE, _HOTEL, _ATELIER = "Halle Saint-Aubin", "Hôtel de Varenne-Lucet", "Atelier Vingt-Trois"
_TICKETS, _LIST = AdmissionMode.TICKETS, AdmissionMode.REGISTRATION

PARIS: tuple[Plan, ...] = (
    Plan("show_past", "Défilé {season} “Résonance”", K.FASHION_SHOW, -162, _EVENING, 5, _HALLE, 600,
         S.COMPLETED, budget=480_000, sponsorship=220_000, tagline="Forty looks, one breath",
         dress_code="Black, one colour", tags=("fashion week", "runway"), series="Défilé"),
    Plan("presentation_past", "{season} Presentation, London", K.PRESENTATION, -158, _NOON, 5, "St Elmo's Gallery", 180,
         S.COMPLETED, budget=60_000, tags=("press",), series="London presentation"),
    Plan("showroom_past", "{season} Showroom Paris", K.SHOWROOM, -159, _MORNING, 9, _ATELIER, 80,
         S.COMPLETED, budget=45_000, revenue=1_900_000, tags=("sales campaign",), series="Showroom Paris"),
    Plan("press_day_past", "Journée presse {season}", K.PRESS_DAY, -117, dt.time(10), 6, _HOTEL, 90,
         S.COMPLETED, budget=28_000, tags=("press",), series="Journée presse"),
    Plan("gala_past", "Bal de l'Aube", K.GALA, -75, dt.time(19), 8, _HOTEL, 150, S.COMPLETED, _TICKETS,
         190_000, 260_000, 140_000, "For the Fondation Aube", "Black tie", ("charity", "annual"), "Bal de l'Aube"),
    Plan("pop_up_past", "Pop-up Le Marais", K.POP_UP, -40, dt.time(18), 120, _ATELIER, 70, S.COMPLETED, _LIST,
         36_000, 85_000, tags=("retail",)),
    Plan("rooftop", "Rooftop launch “Céladon”", K.PARTY, -30, dt.time(19), 5, "Wharf Studios", 200, S.CANCELLED,
         budget=40_000, tags=("launch",)),
    Plan("dinner_past", "Ambassadors' dinner", K.DINNER, -12, _EVENING, 4, _HOTEL, 60, S.COMPLETED,
         budget=22_000, dress_code="Cocktail", tags=("vip",)),
    Plan("press_day", "Journée presse {season}", K.PRESS_DAY, 6, dt.time(10), 6, _HOTEL, 90, S.PLANNED,
         budget=30_000, tags=("press",), series="Journée presse"),
    Plan("show", "Défilé {season} “Clairière”", K.FASHION_SHOW, 24, _EVENING, 5, _HALLE, 600, S.PLANNED,
         budget=510_000, sponsorship=260_000, tagline="A clearing in the city", dress_code="Something green",
         tags=("fashion week", "runway"), series="Défilé"),
    Plan("showroom", "{season} Showroom Paris", K.SHOWROOM, 26, _MORNING, 9, _ATELIER, 80, S.PLANNED,
         budget=48_000, revenue=2_200_000, tags=("sales campaign",), series="Showroom Paris"),
    Plan("presentation", "{season} Presentation, Milan", K.PRESENTATION, 33, _NOON, 5, "Palazzo Serralunga", 160, 
         S.PLANNED, budget=64_000, tags=("press",)),
    Plan("gala", "Gala des Ateliers", K.GALA, 47, dt.time(19), 8, _HALLE, 400, S.ON_SALE, _TICKETS,
         240_000, 420_000, 180_000, "The people who make the clothes", "Black tie", ("charity", "annual"), "Gala"),
    Plan("pop_up", "Pop-up London", K.POP_UP, 61, dt.time(18), 120, "St Elmo's Gallery", 70, S.PLANNED, _LIST,
         38_000, 95_000, tags=("retail",), searching=True),
    Plan("symposium", "Symposium Fil & Code", K.CONFERENCE, 82, dt.time(10), 9, _HALLE, 350, S.PLANNED, _LIST,
         90_000, 60_000, 45_000, "Craft meets software", tags=("talks", "trade")),
    Plan("resort", "Resort capsule", K.PRESENTATION, 20, _NOON, 5, _HOTEL, 120, S.DRAFT,
         budget=55_000, tags=("idea",)),
)  # fmt: skip

_IN_MILAN = {
    _HALLE: "Officina 44", _HOTEL: "Palazzo Serralunga", _ATELIER: "Spazio Trame",
    "Palazzo Serralunga": _HOTEL,
}  # fmt: skip
_NAMED_IN_MILAN = {
    "show_past": "Sfilata {season} “Risonanza”", "showroom_past": "{season} Showroom Milano",
    "press_day_past": "Press day {season}", "gala_past": "Ballo dell'Alba", "pop_up_past": "Pop-up Brera",
    "rooftop": "Rooftop launch “Verde Acqua”", "press_day": "Press day {season}", "show": "Sfilata {season} “Radura”",
    "showroom": "{season} Showroom Milano", "presentation": "{season} Presentation, Paris", "gala": "Gala delle Sarte",
    "symposium": "Simposio Filo & Codice",
}  # fmt: skip
MILAN: tuple[Plan, ...] = tuple(
    replace(
        plan,
        name=_NAMED_IN_MILAN.get(plan.key, plan.name),
        place=_IN_MILAN.get(plan.place, plan.place),
        day=plan.day - 4 if plan.day < 0 else plan.day + 3,
        series=None if plan.series is None else plan.series.replace("Paris", "Milano"),
    )
    for plan in PARIS
)
"""The same two seasons at the look-alike house, a few days apart."""


def seed(db_factory: DbFactory, houses: Houses, rng: Random, today: dt.date) -> None:
    """Venues, the two seasons with their programmes, and as much history as the scale asks for."""
    for house in houses:
        venues = {venue.place.name: venue for venue in add_places(db_factory, house)}
        plans = PARIS if house.city == "Paris" else MILAN
        hosts = _Hosts(house)
        for plan in plans:
            with db_factory(house, "owner") as db:
                house.events[plan.key] = _event(db, house, plan, venues[plan.place], today)
            with db_factory(house, "producer") as db:
                _programme(db, house, plan, venues[plan.place], hosts, today, house.events[plan.key])
            with db_factory(house, "owner") as db:
                _progress(db, plan, house.events[plan.key])
        _history(db_factory, house, rng, today, venues, hosts, house.scale.events - len(plans))


class _Hosts:
    """Hands out people by tag in turn, so that nobody is wanted twice at one event."""

    def __init__(self, house: DemoHouse) -> None:
        self._people = house.contacts
        self._queues: dict[str, Iterator[int]] = {
            tag: itertools.cycle(ids) for tag, ids in house.contacts.items() if ids
        }

    def one(self, tag: str | None, busy: set[int]) -> tuple[int, ...]:
        """The next person with that tag who is not `busy`, if there is one; adds them to `busy`."""
        if tag not in self._queues:
            return ()
        waiting = (next(self._queues[tag]) for _ in self._people[tag])
        chosen = next((person for person in waiting if person not in busy), None)
        if chosen is None:
            return ()
        busy.add(chosen)
        return (chosen,)


def _starts(plan: Plan, today: dt.date, city: str) -> dt.datetime:
    zone = ZoneInfo(ZONES[city][0])
    return dt.datetime.combine(today + dt.timedelta(days=plan.day), plan.start, zone)


def _event(db: TenantSession, house: DemoHouse, plan: Plan, venue: Venue, today: dt.date) -> int:
    """Create the event and fill its form; returns its id."""
    city = venue.place.city
    zone, _, currency = ZONES[city]
    starts = _starts(plan, today, city)
    season = season_code(starts.date())
    created = commands.create_event(
        db,
        commands.CreateEvent(
            name=plan.name.format(season=season),
            starts_at=starts,
            ends_at=starts + dt.timedelta(hours=plan.hours),
            timezone=zone,
            kind=plan.kind,
            season=season,
            capacity=plan.capacity,
            currency=currency,
            venue_id=None if plan.searching else venue.id,
            tags=plan.tags,
        ),
    )
    now = queries.event(db, created.event_id)
    ahead = "Production" if plan.day < 30 else "Planning" if plan.day < 70 else "Concept"
    stage = next((id_ for id_, name in queries.stages(db).items() if name == ahead), now.stage_id)
    producer = house.team["producer"].member_id
    commands.edit_event(
        db,
        commands.EditEvent(
            event_id=now.id,
            version=now.version,
            name=now.name,
            slug=now.slug,
            starts_at=now.starts_at,
            ends_at=now.ends_at,
            timezone=zone,
            kind=plan.kind,
            currency=currency,
            attendance=AttendanceMode(now.attendance),
            admission=plan.admission,
            doors_at=now.starts_at - dt.timedelta(minutes=45),
            assets_due_at=now.starts_at - dt.timedelta(days=10),
            season=season,
            series=plan.series,
            tagline=plan.tagline or None,
            owner_id=producer,
            stage_id=stage,
            venue_id=None if plan.searching else venue.id,
            capacity=plan.capacity,
            target_attendance=round(plan.capacity * 0.85),
            target_revenue_minor=plan.revenue * 100 or None,
            target_sponsorship_minor=plan.sponsorship * 100 or None,
            budget_minor=plan.budget * 100 or None,
            dress_code=plan.dress_code or None,
            tags=plan.tags,
        ),
    )
    return now.id


def _programme(
    db: TenantSession, house: DemoHouse, plan: Plan, venue: Venue, hosts: _Hosts, today: dt.date, event_id: int
) -> None:
    starts = _starts(plan, today, venue.place.city)
    busy: set[int] = set()
    for item in PROGRAMMES[plan.kind]:
        begins = starts + dt.timedelta(minutes=item.start)
        commands.add_session(
            db,
            commands.AddSession(
                event_id=event_id,
                title=item.title,
                starts_at=begins,
                ends_at=None if item.minutes is None else begins + dt.timedelta(minutes=item.minutes),
                kind=item.kind,
                track=item.track,
                space_id=None if plan.searching else venue.space(item.space),
                location_text=item.where,
                language="en",
                host_contact_ids=hosts.one(item.host, busy),
                host_organization_ids=(house.organizations[item.partner],) if item.partner else (),
            ),
        )


def _progress(db: TenantSession, plan: Plan, event_id: int) -> None:
    """Bring the event to its status, step by step as people do."""
    ways = {
        S.DRAFT: (),
        S.PLANNED: (S.PLANNED,),
        S.ON_SALE: (S.PLANNED, S.ON_SALE),
        S.COMPLETED: (S.PLANNED, S.LIVE, S.COMPLETED),
        S.CANCELLED: (S.PLANNED, S.CANCELLED),
    }
    version = queries.event(db, event_id).version
    for status in ways[plan.status]:
        reason = "The roof may not be used before spring." if status is S.CANCELLED else None
        version = commands.change_event_status(
            db, commands.ChangeEventStatus(event_id, version, status, reason)
        ).version
    if plan.archived:
        commands.archive_event(db, commands.ArchiveEvent(event_id, version))


def _history(
    db_factory: DbFactory,
    house: DemoHouse,
    rng: Random,
    today: dt.date,
    venues: dict[str, Venue],
    hosts: _Hosts,
    count: int,
) -> None:
    """`count` older events, completed, the oldest archived; over ten years at most, one venue after the other."""
    if count <= 0:
        return
    bases = [plan for plan in (PARIS if house.city == "Paris" else MILAN) if plan.status is S.COMPLETED]
    places = list(venues)
    step = min(9.0, 3_400 / count)
    plans = []
    for number in range(count):
        base = bases[number % len(bases)]
        plans.append(
            replace(
                base,
                day=-220 - round(number * step),
                place=places[number % len(places)],
                capacity=max(40, round(base.capacity * rng.uniform(0.6, 1.1) / 10) * 10),
                hours=min(base.hours, 9),
                archived=number * step > 1_500,
                series=base.series,
            )
        )
    for start in range(0, count, _PER_TRANSACTION):
        with db_factory(house, "owner") as db:
            for number, plan in enumerate(plans[start : start + _PER_TRANSACTION], start):
                venue = venues[plan.place]
                event_id = _event(db, house, plan, venue, today)
                if number < HISTORY_WITH_PROGRAMME and plan.kind is not K.POP_UP:
                    _programme(db, house, plan, venue, hosts, today, event_id)
                _progress(db, plan, event_id)
