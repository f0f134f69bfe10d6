"""What happens at each kind of event: sessions in minutes from the start, in the venue's spaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eventos_core.enums.events import EventKind, SessionKind


@dataclass(frozen=True)
class Item:
    """One session. `space` is the position of the space in its venue; None = no space of ours."""

    title: str
    kind: SessionKind
    start: int
    minutes: int | None
    space: int | None = 0
    host: str | None = None
    """Tag of the person who hosts it."""
    track: str | None = None
    where: str | None = None
    partner: str | None = None
    """Company that hosts it."""


S = SessionKind

_SHOW = (
    Item("Doors and champagne", S.NETWORKING, -45, 40, 1, None, "Guests", partner="Champagne Aubert-Lys"),
    Item("The show", S.SHOW, 0, 22, 0, "designer", "Guests"),
    Item("Backstage interviews", S.MEETING, 30, 45, 2, "press", "Press"),
    Item("Buyers' first look", S.TOUR, 40, 60, 1, "buyer", "Trade"),
    Item("After-show drinks", S.PARTY, 110, 150, 0, None, "Guests"),
)
_PRESENTATION = (
    Item("Press hour", S.PRESENTATION, 0, 60, 0, "press", "Press"),
    Item("Talk: the making of the collection", S.TALK, 75, 40, 1, "designer", "Guests"),
    Item("Open presentation", S.PRESENTATION, 120, 120, 0, None, "Guests"),
)
_SHOWROOM = (
    Item("Buyer appointments, key accounts", S.MEETING, 0, 510, 0, "buyer", "Trade"),
    Item("Press previews", S.TOUR, 60, 120, 1, "press", "Press"),
    Item("Lunch for the buyers", S.MEAL, 210, 75, 2, None, "Trade"),
    Item("Line presentation", S.PRESENTATION, 300, 60, 1, "designer", "Trade"),
)
_GALA = (
    Item("Red carpet", S.NETWORKING, -30, 60, None, None, "Arrivals", "Main entrance"),
    Item("Cocktail", S.NETWORKING, 15, 60, 1, None, "Evening", partner="Champagne Aubert-Lys"),
    Item("Dinner", S.MEAL, 90, 120, 0, None, "Evening"),
    Item("Charity auction", S.CEREMONY, 215, 45, 0, "vip", "Evening", partner="Fondation Aube"),
    Item("Live set", S.PERFORMANCE, 270, 60, 0, "talent", "Night"),
    Item("Open end", S.PARTY, 340, None, 0, None, "Night"),
)
_PRESS_DAY = (
    Item("Welcome coffee", S.BREAK, -30, 30, 1, None, "Press"),
    Item("Walk through the collection", S.TOUR, 0, 75, 0, "designer", "Press"),
    Item("One-to-one interviews", S.MEETING, 90, 120, 1, "press", "Press"),
    Item("Still life and portraits", S.OTHER, 90, 180, 2, "backstage", "Press"),
)
_POP_UP = (
    Item("Opening night", S.PARTY, 0, 180, 2, "influencer", "Evenings"),
    Item("Embroidery workshop", S.WORKSHOP, 1440, 120, 1, "designer", "Workshops"),
    Item("Repair café", S.WORKSHOP, 2880, 180, 1, None, "Workshops"),
    Item("Talk: second life of clothes", S.TALK, 4320, 60, 2, "institution", "Evenings"),
)
_DINNER = (
    Item("Aperitif", S.NETWORKING, 0, 45, 1, None, "Evening"),
    Item("Dinner", S.MEAL, 50, 140, 0, "vip", "Evening"),
)
_CONFERENCE = (
    Item("Registration and coffee", S.BREAK, -45, 45, 1),
    Item("Opening", S.KEYNOTE, 0, 40, 0, "institution", "Main stage"),
    Item("Craft in the age of pattern software", S.TALK, 45, 40, 0, "designer", "Main stage"),
    Item("What a buyer reads in a line sheet", S.PANEL, 45, 60, 1, "buyer", "Trade"),
    Item("Coffee", S.BREAK, 110, 25, 1),
    Item("Deadstock as a starting point", S.TALK, 140, 40, 0, "designer", "Main stage"),
    Item("Pitching to editors", S.WORKSHOP, 140, 75, 2, "press", "Press"),
    Item("Lunch", S.MEAL, 225, 60, 1, partner="Maison Ficelle Traiteur"),
    Item("Models' rights, two years on", S.PANEL, 300, 60, 0, "models", "Main stage"),
    Item("Sponsors who stay", S.TALK, 300, 45, 1, "sponsor", "Trade"),
    Item("Closing conversation", S.KEYNOTE, 375, 40, 0, "vip", "Main stage"),
    Item("Drinks", S.NETWORKING, 420, 90, 1),
)

PROGRAMMES: Mapping[EventKind, tuple[Item, ...]] = {
    EventKind.FASHION_SHOW: _SHOW,
    EventKind.PRESENTATION: _PRESENTATION,
    EventKind.SHOWROOM: _SHOWROOM,
    EventKind.GALA: _GALA,
    EventKind.PRESS_DAY: _PRESS_DAY,
    EventKind.POP_UP: _POP_UP,
    EventKind.DINNER: _DINNER,
    EventKind.CONFERENCE: _CONFERENCE,
    EventKind.PARTY: _DINNER,
}
"""Kind of event → its programme."""
