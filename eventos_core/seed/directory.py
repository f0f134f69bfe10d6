"""People and companies of the demo houses: the important ones by command, the many by import."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from eventos_core.directory import commands, queries
from eventos_core.directory.rules.contacts import ContactFields, EmailEntry, PhoneEntry
from eventos_core.directory.rules.house import Season
from eventos_core.directory.rules.organizations import OrganizationFields
from eventos_core.enums.directory import ConsentBasis, ContactLifecycle, EmailKind, MarketingConsent, PhoneKind
from eventos_core.enums.directory import OrganizationKind as Kind
from eventos_core.seed import names
from eventos_core.seed.companies import CORE, Company, more
from eventos_core.seed.seasons import season_bounds, season_code
from eventos_core.seed.world import DbFactory, DemoHouse, Houses, Random, bring_in

BY_COMMAND = 60
"""Contacts written one by one; what a house has beyond them is imported."""
PER_FILE = 50_000
"""Rows of one import file."""
_PER_TRANSACTION = 40


@dataclass(frozen=True)
class Part:
    """What somebody at a company of one kind does there."""

    title: str
    tags: tuple[str, ...]
    lifecycle: ContactLifecycle = ContactLifecycle.PARTNER


PARTS: Mapping[Kind, tuple[Part, ...]] = {
    Kind.PRESS: (
        Part("Fashion editor", ("press", "front row")),
        Part("Editor-in-chief", ("press", "front row", "vip")),
        Part("Photographer", ("press", "backstage")),
        Part("Stylist", ("press",)),
    ),
    Kind.RETAILER: (
        Part("Buyer, womenswear", ("buyer",), ContactLifecycle.CUSTOMER),
        Part("Fashion director", ("buyer", "front row"), ContactLifecycle.CUSTOMER),
        Part("Buyer, accessories", ("buyer",), ContactLifecycle.PROSPECT),
    ),
    Kind.AGENCY: (Part("Booker", ("agent", "models")), Part("Press attaché", ("agent", "public relations"))),
    Kind.SPONSOR: (
        Part("Head of partnerships", ("sponsor",), ContactLifecycle.PROSPECT),
        Part("Brand manager", ("sponsor",), ContactLifecycle.CUSTOMER),
    ),
    Kind.VENDOR: (Part("Project manager", ("vendor",)), Part("Technical director", ("vendor", "technical"))),
    Kind.VENUE_OPERATOR: (Part("Event coordinator", ("venue",)),),
    Kind.BRAND: (Part("Creative director", ("designer",)), Part("Chief executive", ("industry", "vip"))),
    Kind.INSTITUTION: (Part("Director", ("institution", "front row")), Part("Professor", ("institution",))),
    Kind.ORGANIZER: (Part("Producer", ("partner",)),),
    Kind.OTHER: (Part("Programme manager", ("partner",)),),
}
PRIVATE = (
    Part("", ("vip", "client"), ContactLifecycle.CUSTOMER),
    Part("", ("friend of the house",), ContactLifecycle.GUEST),
    Part("Content creator", ("influencer",), ContactLifecycle.GUEST),
    Part("Actor", ("vip", "talent", "front row"), ContactLifecycle.GUEST),
)
_SOURCES = ("showroom", "press office", "referral", "trade fair", "website", "business card", "fashion week")


@dataclass(frozen=True)
class Person:
    """Somebody to add, with what both ways of writing need."""

    name: names.PersonName
    part: Part
    company: str | None
    email: str
    phone: str | None
    city: str
    country: str
    consent: MarketingConsent
    source: str


def seed(db_factory: DbFactory, houses: Houses, rng: Random, today: dt.date) -> None:
    """Own data, companies with their groups, people with consent and tags, a few doubles to merge."""
    for house in houses:
        _own(db_factory, house, today)
        people = _people(house, rng, _companies(db_factory, house, rng))
        _by_command(db_factory, house, rng, today, list(itertools.islice(people, BY_COMMAND)))
        _by_import(house, rng, people, house.scale.contacts - BY_COMMAND)


def _own(db_factory: DbFactory, house: DemoHouse, today: dt.date) -> None:
    """What the house says of itself, with its calendar of seasons."""
    french = house.country == "FR"
    with db_factory(house) as db:
        own = queries.own_organization(db)
        seasons = [Season(season_code(day), season_code(day), *season_bounds(day)) for day in _season_days(today)]
        fields = replace(
            own.fields,
            legal_name=f"{house.name} {'SAS' if french else 'S.p.A.'}",
            legal_form="SAS" if french else "S.p.A.",
            represented_by=house.team["owner"].name,
            support_email=f"contact@{house.domain}",
            website=f"https://{house.domain}",
            sender_name=house.name,
            default_tax_ppm=200_000 if french else 220_000,
            street="14 passage des Ateliers" if french else "Via dei Tessitori 14",
            postal_code="75011" if french else "20121",
            city=house.city,
            country=house.country,
            primary_colour="#7a2e3a" if french else "#1f4e5f",
            accent_colour="#d9b38c" if french else "#c9a227",
            socials={"instagram": house.slug.replace("-", ".")},
            seasons=tuple(seasons),
        )
        commands.change_own_organization(db, commands.ChangeOwnOrganization(own.version, fields))


def _season_days(today: dt.date) -> list[dt.date]:
    return [today + dt.timedelta(days=183 * step) for step in (-1, 0, 1)]


def _companies(db_factory: DbFactory, house: DemoHouse, rng: Random) -> list[Company]:
    """Add the companies; returns them all, those of the groups first."""
    generated = list(itertools.islice(more(rng), max(0, house.scale.organizations - len(CORE))))
    imported = generated if len(generated) > 20 else []
    written = [*CORE, *(generated if not imported else [])]
    ids = house.organizations
    with db_factory(house, "sales") as db:
        for company in written:
            fields = OrganizationFields(
                name=company.name,
                kind=company.kind,
                parent_id=ids[company.parent] if company.parent else None,
                owner_id=house.team["sales" if company.kind in (Kind.RETAILER, Kind.SPONSOR) else "producer"].member_id,
                domain=company.domain,
                website=f"https://{company.domain}",
                email=f"hello@{company.domain}",
                phone=names.phone(rng, company.country),
                industry=company.industry,
                size=company.size,
                city=company.city,
                country=company.country,
                source=rng.choice(_SOURCES),
                payment_terms_days=rng.choice((None, 30, 45, 60)),
                tags=company.tags,
            )
            saved = commands.create_organization(db, commands.CreateOrganization(fields))
            ids[company.name] = saved.organization_id
    if imported:
        rows = [
            {
                "name": c.name,
                "kind": c.kind.value,
                "domain": c.domain,
                "industry": c.industry,
                "city": c.city,
                "country": c.country,
            }
            for c in imported
        ]
        bring_in(house, "sales", "organizations", "companies.csv", rows)
    return [*CORE, *generated]


def _people(house: DemoHouse, rng: Random, companies: Sequence[Company]) -> Iterator[Person]:
    """People without end: five of six at a company, the others private; no two of one name at one company."""
    at_home = names.FRENCH if house.country == "FR" else names.ITALIAN
    taken: set[str] = set()
    met: set[tuple[str, str]] = set()
    queue = itertools.cycle(companies)
    while True:
        name, culture = names.somebody(rng, at_home)
        company = None if rng.random() < 1 / 6 else next(queue)
        key = (name.full, company.name if company else "")
        if company is not None and key in met:
            continue
        met.add(key)
        part = rng.choice(PRIVATE if company is None else PARTS[company.kind])
        country = rng.choice(culture.countries) if company is None else company.country
        yield Person(
            name=name,
            part=part,
            company=company.name if company else None,
            email=names.address(name, company.domain if company else "post.example", taken),
            phone=names.phone(rng, country) if rng.random() < 0.7 else None,
            city=rng.choice(culture.cities) if company is None else company.city,
            country=country,
            consent=rng.choices(tuple(MarketingConsent), (35, 52, 7, 6))[0],
            source=rng.choice(_SOURCES),
        )


def _by_command(db_factory: DbFactory, house: DemoHouse, rng: Random, today: dt.date, people: Sequence[Person]) -> None:
    ids: list[int] = []
    for start in range(0, len(people), _PER_TRANSACTION):
        with db_factory(house, "sales") as db:
            for person in people[start : start + _PER_TRANSACTION]:
                fields = _fields(house, rng, today, person)
                ids.append(commands.create_contact(db, commands.CreateContact(fields)).contact_id)
                for tag in person.part.tags:
                    house.contacts.setdefault(tag, []).append(ids[-1])
    with db_factory(house, "sales") as db:
        for number, person in enumerate(rng.sample(people, 3)):
            # The same person again, from a business card: what the page of duplicates is for. One of them shares the
            # address with the other record, and the owner is asked about it.
            same = number == 0
            card = ContactFields(
                first_name=person.name.first,
                last_name=person.name.last,
                full_name=person.name.full,
                organization_id=house.organizations.get(person.company or ""),
                owner_id=house.team["owner"].member_id if same else None,
                source="business card",
                emails=(
                    EmailEntry(person.email)
                    if same
                    else EmailEntry(f"{person.name.plain}@post.example", EmailKind.PERSONAL),
                ),
            )
            commands.create_contact(db, commands.CreateContact(card, allow_duplicate=True))
        # The last of the list, so that hosts of sessions are people in use.
        commands.archive_contacts(db, commands.ArchiveContacts(tuple(ids[-3:])))
        for known in house.contacts.values():
            known[:] = [contact_id for contact_id in known if contact_id not in ids[-3:]]


def _fields(house: DemoHouse, rng: Random, today: dt.date, person: Person) -> ContactFields:
    vip = "vip" in person.part.tags
    asked = person.consent is not MarketingConsent.UNKNOWN
    granted = person.consent is MarketingConsent.GRANTED
    born = dt.date(rng.randrange(1956, 2004), rng.randrange(1, 13), rng.randrange(1, 29))
    at = dt.datetime.combine(today - dt.timedelta(days=rng.randrange(3, 900)), dt.time(10), dt.UTC)
    return ContactFields(
        first_name=person.name.first,
        last_name=person.name.last,
        full_name=person.name.full,
        organization_id=house.organizations.get(person.company or ""),
        job_title=person.part.title or None,
        owner_id=house.team[rng.choice(("sales", "sales", "producer"))].member_id if rng.random() < 0.8 else None,
        lifecycle=person.part.lifecycle,
        source=person.source,
        guest_rank=rng.randrange(1, 4) if vip or "front row" in person.part.tags else None,
        language={"FR": "fr", "IT": "it", "DE": "de", "JP": "ja", "ES": "es"}.get(person.country, "en"),
        birthday=born if vip else None,
        city=person.city,
        country=person.country,
        marketing_consent=person.consent,
        consent_basis=rng.choice((ConsentBasis.OPT_IN, ConsentBasis.DOUBLE_OPT_IN, ConsentBasis.SOFT_OPT_IN))
        if granted
        else None,
        consent_at=at if asked else None,
        consent_source=f"{person.source} form" if asked else None,
        do_not_contact=rng.random() < 0.02,
        socials={"instagram": person.name.plain} if "influencer" in person.part.tags else {},
        tags=person.part.tags,
        emails=(EmailEntry(person.email),),
        phones=(PhoneEntry(person.phone, PhoneKind.MOBILE),) if person.phone else (),
    )


def _by_import(house: DemoHouse, rng: Random, people: Iterator[Person], count: int) -> None:
    """The rest of the people from files; a small list also carries the mistakes that real lists carry."""
    numbers = itertools.count(1)
    while count > 0:
        rows = [_row(house, rng, f"D{next(numbers)}", p) for p in itertools.islice(people, min(count, PER_FILE))]
        count -= len(rows)
        if len(rows) < 100:
            rows.append({**rows[0], "external_id": "D-double"})
            rows.append({**rows[1], "external_id": "D-typo", "email": "name.example.com"})
        bring_in(house, "sales", "contacts", "press list.csv" if len(rows) < 100 else "guest lists.csv", rows)


def _row(house: DemoHouse, rng: Random, number: str, person: Person) -> dict[str, object]:
    return {
        "external_id": number,
        "first_name": person.name.first,
        "last_name": person.name.last,
        "full_name": person.name.full,
        "email": person.email,
        "phone": person.phone or "",
        "organization": person.company or "",
        "title": person.part.title,
        "owner": f"sales@{house.domain}" if rng.random() < 0.6 else "",
        "source": person.source,
        "tags": ";".join(person.part.tags),
        "city": person.city,
        "country": person.country,
        "marketing_consent": person.consent.value,
        "lifecycle": person.part.lifecycle.value,
    }
