"""Venues with their spaces in Paris, Milan and London."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eventos_core.enums.events import Setup, VenueKind
from eventos_core.events import commands
from eventos_core.seed.world import DbFactory, DemoHouse


@dataclass(frozen=True)
class Space:
    """A room: people it holds by set-up, area in square metres, daily rate in major units."""

    name: str
    capacities: Mapping[Setup, int]
    sqm: int
    rate: int


@dataclass(frozen=True)
class Place:
    """A venue; its first space is the main one."""

    name: str
    kind: VenueKind
    city: str
    district: str
    street: str
    latitude: float
    longitude: float
    operator: str
    spaces: tuple[Space, ...]
    tags: tuple[str, ...] = ()
    load_in: str = ""


@dataclass(frozen=True)
class Venue:
    """A venue that was added, with its spaces by name in order."""

    id: int
    place: Place
    spaces: Mapping[str, int]

    def space(self, position: int | None) -> int | None:
        """The id of the space at that position; None where there are fewer, so that nobody is in the way."""
        ids = list(self.spaces.values())
        return ids[position] if position is not None and position < len(ids) else None


ZONES = {
    "Paris": ("Europe/Paris", "FR", "EUR"), "Milano": ("Europe/Rome", "IT", "EUR"),
    "London": ("Europe/London", "GB", "GBP"),
}  # fmt: skip
"""City → time zone, country, currency."""

_R, _C, _T, _S, _B = Setup.RUNWAY, Setup.RECEPTION, Setup.THEATRE, Setup.SHOWROOM, Setup.BANQUET

PLACES: tuple[Place, ...] = (
    Place(
        "Halle Saint-Aubin", VenueKind.EVENT_HALL, "Paris", "Bastille", "3 rue des Tisserands", 48.8534, 2.3735,
        "Patrimoines Ouverts",
        (
            Space("Grande Nef", {_R: 620, _C: 900, _B: 420}, 1_150, 14_500),
            Space("Foyer", {_C: 250}, 260, 3_200),
            Space("Coulisses", {Setup.BACKSTAGE: 120}, 310, 2_400),
            Space("Mezzanine", {_S: 60, _C: 140}, 180, 2_100),
        ),
        ("runway", "daylight"), "Lorry access by the yard, 4.1 m clearance, from 06:00.",
    ),
    Place(
        "Hôtel de Varenne-Lucet", VenueKind.HISTORIC, "Paris", "Faubourg Saint-Germain", "41 rue de l'Orangerie",
        48.8556, 2.3186, "Patrimoines Ouverts",
        (
            Space("Salon des Miroirs", {_R: 180, _B: 160, _C: 260}, 290, 8_900),
            Space("Bibliothèque", {_T: 70, _C: 90}, 110, 2_600),
            Space("Jardin", {_C: 300}, 700, 4_000),
        ),
        ("historic", "garden"), "No nails, no open fire; floor protection by the house.",
    ),
    Place(
        "Atelier Vingt-Trois", VenueKind.SHOWROOM, "Paris", "Le Marais", "23 rue du Fil", 48.8603, 2.3622,
        "Patrimoines Ouverts",
        (Space("Showroom A", {_S: 80}, 240, 2_900), Space("Showroom B", {_S: 45}, 130, 1_700),
         Space("Boutique", {_C: 70}, 95, 1_900)),
        ("showroom", "pop-up"),
    ),
    Place(
        "Palazzo Serralunga", VenueKind.HISTORIC, "Milano", "Brera", "Via dei Tintori 9", 45.4721, 9.1876,
        "Spazi Milano",
        (
            Space("Salone d'Onore", {_R: 240, _B: 200, _C: 320}, 380, 9_800),
            Space("Cortile", {_C: 420, _R: 300}, 540, 6_500),
            Space("Sala degli Arazzi", {_T: 90, _S: 50}, 140, 2_700),
        ),
        ("historic", "courtyard"), "Load-in through Vicolo Stretto, vans only.",
    ),
    Place(
        "Officina 44", VenueKind.WAREHOUSE, "Milano", "Tortona", "Via dell'Officina 44", 45.4508, 9.1602,
        "Spazi Milano",
        (
            Space("Navata", {_R: 700, _C: 1_000}, 1_300, 12_800),
            Space("Cabina", {Setup.BACKSTAGE: 140}, 280, 2_000),
            Space("Galleria", {_C: 200, _S: 70}, 230, 2_600),
        ),
        ("runway", "industrial"), "Ground level, articulated lorries possible.",
    ),
    Place(
        "Spazio Trame", VenueKind.SHOWROOM, "Milano", "Porta Venezia", "Via del Telaio 12", 45.4745, 9.2051,
        "Spazi Milano",
        (Space("Primo Piano", {_S: 90}, 260, 2_800), Space("Secondo Piano", {_S: 60}, 170, 2_000),
         Space("Vetrina", {_C: 60}, 80, 1_600)),
        ("showroom", "pop-up"),
    ),
    Place(
        "Wharf Studios", VenueKind.STUDIO, "London", "Bermondsey", "8 Tanner's Walk", 51.4995, -0.0791,
        "Thameside Venues",
        (
            Space("Stage One", {_R: 380, _C: 550}, 620, 9_400),
            Space("Green Room", {Setup.BACKSTAGE: 60}, 90, 1_300),
            Space("Loft", {_S: 55, _C: 110}, 150, 2_300),
        ),
        ("runway", "studio"), "Dock level, book slots with the site team.",
    ),
    Place(
        "St Elmo's Gallery", VenueKind.GALLERY, "London", "Fitzrovia", "60 Needle Street", 51.5189, -0.1361,
        "Thameside Venues",
        (Space("Main Gallery", {_C: 220, _S: 70}, 300, 5_200), Space("Print Room", {_T: 60}, 85, 1_400)),
        ("gallery",),
    ),
)  # fmt: skip


def add_places(db_factory: DbFactory, house: DemoHouse) -> list[Venue]:
    """Every venue with its spaces, operated by companies of the directory."""
    added = []
    with db_factory(house, "producer") as db:
        for place in PLACES:
            zone, country, currency = ZONES[place.city]
            saved = commands.add_venue(
                db,
                commands.AddVenue(
                    name=place.name,
                    kind=place.kind,
                    organization_id=house.organizations[place.operator],
                    market=place.city,
                    district=place.district,
                    street=place.street,
                    city=place.city,
                    country=country,
                    latitude=place.latitude,
                    longitude=place.longitude,
                    timezone=zone,
                    capacity=max(max(space.capacities.values()) for space in place.spaces),
                    currency=currency,
                    daily_rate_minor=sum(space.rate for space in place.spaces) * 100,
                    load_in_notes=place.load_in or None,
                    tags=place.tags,
                ),
            )
            spaces = {
                space.name: commands.add_space(
                    db,
                    commands.AddSpace(
                        venue_id=saved.venue_id,
                        name=space.name,
                        capacity=max(space.capacities.values()),
                        capacities=tuple((setup.value, count) for setup, count in space.capacities.items()),
                        area_sqm=space.sqm,
                        daily_rate_minor=space.rate * 100,
                        currency=currency,
                    ),
                ).space_id
                for space in place.spaces
            }
            added.append(Venue(saved.venue_id, place, spaces))
    return added
