"""Fictional companies of every kind: groups with their houses written by hand, any number of others by pattern."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from eventos_core.enums.directory import OrganizationKind as Kind
from eventos_core.enums.directory import OrganizationSize
from eventos_core.seed.names import plain


@dataclass(frozen=True)
class Company:
    """A company to add; `parent` names one that comes earlier."""

    name: str
    kind: Kind
    industry: str
    city: str
    country: str
    parent: str | None = None
    tags: tuple[str, ...] = ()
    size: OrganizationSize | None = None
    site: str = ""
    """Name of its domain where its own name is not in Latin letters."""

    @property
    def domain(self) -> str:
        """An internet domain that belongs to nobody."""
        return f"{self.site or plain(self.name)[:50].strip('-')}.example"


_BIG, _MIDDLE, _LITTLE = OrganizationSize.HUGE, OrganizationSize.MEDIUM, OrganizationSize.SMALL

CORE: tuple[Company, ...] = (
    Company("Groupe Vermeil", Kind.BRAND, "Luxury group", "Paris", "FR", None, ("group",), _BIG),
    Company("Atelier Vermeil", Kind.BRAND, "Ready-to-wear", "Paris", "FR", "Groupe Vermeil"),
    Company("Vermeil Parfums", Kind.SPONSOR, "Fragrance", "Grasse", "FR", "Groupe Vermeil", ("beauty", "gold")),
    Company("Vermeil Horlogerie", Kind.SPONSOR, "Watches", "Genève", "CH", "Groupe Vermeil", ("watches", "platinum")),
    Company("Gruppo Sestante", Kind.BRAND, "Luxury group", "Milano", "IT", None, ("group",), _BIG),
    Company("Sestante Pelletteria", Kind.BRAND, "Leather goods", "Firenze", "IT", "Gruppo Sestante"),
    Company("Filatura Sestante", Kind.VENDOR, "Textile mill", "Biella", "IT", "Gruppo Sestante", ("fabrics",)),
    Company("Champagne Aubert-Lys", Kind.SPONSOR, "Wines and spirits", "Reims", "FR", None, ("drinks", "gold")),
    Company("Automobiles Corvin", Kind.SPONSOR, "Cars", "Stuttgart", "DE", None, ("mobility", "platinum"), _BIG),
    Company("Nivara Skincare", Kind.SPONSOR, "Cosmetics", "København", "DK", None, ("beauty", "silver")),
    Company("Banque Lorrain & Cie", Kind.SPONSOR, "Private bank", "Genève", "CH", None, ("finance",), _MIDDLE),
    Company("Acqua Serena", Kind.SPONSOR, "Mineral water", "Verona", "IT", None, ("drinks", "in kind")),
    Company("Lumen Telecom", Kind.SPONSOR, "Telecommunications", "London", "GB", None, ("technology",), _BIG),
    Company("Presse Coquelicot", Kind.PRESS, "Publishing", "Paris", "FR", None, ("print", "online"), _BIG),
    Company("Revue Étoffe", Kind.PRESS, "Fashion magazine", "Paris", "FR", "Presse Coquelicot", ("print", "tier 1")),
    Company("Coquelicot TV", Kind.PRESS, "Television", "Paris", "FR", "Presse Coquelicot", ("broadcast",)),
    Company("Il Filo", Kind.PRESS, "Fashion magazine", "Milano", "IT", None, ("print", "tier 1")),
    Company("The Seam", Kind.PRESS, "Online magazine", "London", "GB", None, ("online", "tier 1")),
    Company("Hemline Daily", Kind.PRESS, "Trade press", "New York", "US", None, ("online", "trade")),
    Company("装苑通信", Kind.PRESS, "Fashion magazine", "東京", "JP", None, ("print",), None, "soen-tsushin"),
    Company("Vitrine Radio", Kind.PRESS, "Podcast", "Bruxelles", "BE", None, ("audio",), _LITTLE),
    Company("Galeries Sénéchal", Kind.RETAILER, "Department store", "Paris", "FR", None, ("key account",), _BIG),
    Company("Magazzini Ottavia", Kind.RETAILER, "Department store", "Milano", "IT", None, ("key account",), _BIG),
    Company("Harcourt & Vale", Kind.RETAILER, "Department store", "London", "GB", None, ("key account",), _BIG),
    Company("丸福百貨店", Kind.RETAILER, "Department store", "大阪", "JP", None, ("key account",), _BIG, "marufuku"),
    Company("Souk Al Noor", Kind.RETAILER, "Multi-brand store", "دبي", "AE", None, ("franchise",)),
    Company("한들 편집숍", Kind.RETAILER, "Concept store", "서울", "KR", None, ("concept store",), _LITTLE, "handeul"),
    Company("Boutique Mirabelle", Kind.RETAILER, "Concept store", "Lyon", "FR", None, (), _LITTLE),
    Company("Silhouette Models", Kind.AGENCY, "Model agency", "Paris", "FR", None, ("models",)),
    Company("Contrasto Models", Kind.AGENCY, "Model agency", "Milano", "IT", None, ("models",)),
    Company("North Star Management", Kind.AGENCY, "Model agency", "London", "GB", None, ("models",)),
    Company("Bureau Éclipse", Kind.AGENCY, "Press office", "Paris", "FR", None, ("public relations",)),
    Company("Casting Zéphyr", Kind.AGENCY, "Casting", "Paris", "FR", None, ("casting",), _LITTLE),
    Company("Lumières du Nord", Kind.VENDOR, "Lighting", "Lille", "FR", None, ("lighting", "technical")),
    Company("Suono Vivo", Kind.VENDOR, "Sound", "Milano", "IT", None, ("sound", "technical")),
    Company("Maison Ficelle Traiteur", Kind.VENDOR, "Catering", "Paris", "FR", None, ("catering",)),
    Company("Fleurs de Passage", Kind.VENDOR, "Flowers", "Paris", "FR", None, ("décor",), _LITTLE),
    Company("Orizzonte Allestimenti", Kind.VENDOR, "Stage building", "Milano", "IT", None, ("set", "technical")),
    Company("Garde & Garde Sécurité", Kind.VENDOR, "Security", "Paris", "FR", None, ("security",)),
    Company("Swift Thread Couriers", Kind.VENDOR, "Transport", "London", "GB", None, ("transport",)),
    Company("Patrimoines Ouverts", Kind.VENUE_OPERATOR, "Historic venues", "Paris", "FR", None, ("venues",)),
    Company("Spazi Milano", Kind.VENUE_OPERATOR, "Event spaces", "Milano", "IT", None, ("venues",)),
    Company("Thameside Venues", Kind.VENUE_OPERATOR, "Event spaces", "London", "GB", None, ("venues",)),
    Company("Chambre de la Création", Kind.INSTITUTION, "Trade association", "Paris", "FR", None, ("federation",)),
    Company("École de la Coupe", Kind.INSTITUTION, "Fashion school", "Paris", "FR", None, ("education",)),
    Company("Rendez-vous Événements", Kind.ORGANIZER, "Event agency", "Paris", "FR", None, ("partner",), _LITTLE),
    Company("Fondation Aube", Kind.OTHER, "Foundation", "Bruxelles", "BE", None, ("charity",), _LITTLE),
)

_WORDS = (
    "Velours", "Mirador", "Argent", "Novella", "Filature", "Ombre", "Vermillon", "Tessuto", "Orchidée", "Meridian",
    "Halcyon", "Bastille", "Aurum", "Seta", "Pergola", "Cobalt", "Juniper", "Céladon", "Saffron", "Indigo", "Ardoise",
    "Bouclé", "Damas", "Organza", "Moiré", "Percale", "Jacquard", "Guipure", "Taffetas", "Batiste", "Popeline",
    "Chenille", "Crêpe", "Tulle", "Lurex", "Piqué", "Ottoman", "Sergé", "Toile", "Étamine",
)  # fmt: skip
_PATTERNS: tuple[tuple[Kind, str, str, int], ...] = (
    (Kind.PRESS, "{} Magazine {}", "Magazine", 14),
    (Kind.PRESS, "Gazette {} {}", "Newspaper", 6),
    (Kind.RETAILER, "{} Concept {}", "Concept store", 16),
    (Kind.RETAILER, "Boutique {} {}", "Multi-brand store", 16),
    (Kind.BRAND, "Atelier {} {}", "Ready-to-wear", 8),
    (Kind.AGENCY, "{} Models {}", "Model agency", 5),
    (Kind.AGENCY, "Agence {} {}", "Public relations", 6),
    (Kind.VENDOR, "{} Décors {}", "Set design", 7),
    (Kind.VENDOR, "{} Logistics {}", "Transport", 6),
    (Kind.SPONSOR, "{} Spirits {}", "Wines and spirits", 3),
    (Kind.SPONSOR, "{} Beauté {}", "Cosmetics", 4),
    (Kind.VENUE_OPERATOR, "{} Halls {}", "Event spaces", 3),
    (Kind.INSTITUTION, "Institut {} {}", "Fashion school", 3),
    (Kind.ORGANIZER, "{} Events {}", "Event agency", 2),
    (Kind.OTHER, "Fondation {} {}", "Foundation", 1),
)
_PLACES = (
    ("Paris", "FR"), ("Lyon", "FR"), ("Milano", "IT"), ("Firenze", "IT"), ("London", "GB"), ("Berlin", "DE"),
    ("Madrid", "ES"), ("Antwerpen", "BE"), ("New York", "US"), ("Tokyo", "JP"), ("Seoul", "KR"), ("Dubai", "AE"),
    ("Stockholm", "SE"), ("Warszawa", "PL"), ("Lisboa", "PT"), ("Wien", "AT"), ("Zürich", "CH"), ("İstanbul", "TR"),
)  # fmt: skip


def more(rng: random.Random) -> Iterator[Company]:
    """Companies without end, each name once."""
    taken = {company.name for company in CORE}
    weights = [weight for *_, weight in _PATTERNS]
    edition = 0
    while True:
        kind, pattern, industry, _ = rng.choices(_PATTERNS, weights)[0]
        city, country = rng.choice(_PLACES)
        name = pattern.format(rng.choice(_WORDS), city)
        while name in taken:
            edition += 1
            name = f"{pattern.format(rng.choice(_WORDS), city)} {edition}"
        taken.add(name)
        yield Company(name, kind, industry, city, country)
