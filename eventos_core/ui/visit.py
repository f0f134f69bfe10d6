"""Who looks at this page, in which house, with which event: worked out anew for every full run of a page.

The session row and the membership are asked each time, never remembered: a revoked session or a changed role holds
from the next click on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import streamlit as st

from eventos_core.db.session import reading
from eventos_core.kernel.context import Context
from eventos_core.kernel.credentials import MemberCredential, hash_token
from eventos_core.kernel.errors import NotSignedIn
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import search, site
from eventos_core.operations.messages import notices
from eventos_core.operations.search import EventRef
from eventos_core.tenancy import identity
from eventos_core.tenancy.identity import House, Person

_RUN = "_eventos_visit"


@dataclass(frozen=True)
class Visitor:
    """A signed-in person; `token_hash` stands for their session, the token itself goes no further than here."""

    person: Person
    token_hash: bytes = field(repr=False)


@dataclass(frozen=True)
class Visit:
    """A person inside one of their houses."""

    visitor: Visitor
    house: House
    context: Context
    event: EventRef | None
    wanted_event: str | None
    """The slug in the URL, also when the house has no such event."""
    events: tuple[EventRef, ...]
    unread: int = 0
    """Unread notices of the person in this house."""

    @property
    def credential(self) -> MemberCredential:
        """What every transaction of this page enters the house with."""
        return MemberCredential(self.visitor.token_hash, self.house.slug)

    @property
    def zone(self) -> ZoneInfo:
        """The event's zone where one is chosen, else the house's."""
        return ZoneInfo(self.event.timezone) if self.event else self.context.zone


def visitor() -> Visitor | None:
    """The person of this browser's session cookie; None for nobody, a revoked, expired or forged one."""
    token = site.session_token(st.context.cookies, secure=site.behind_tls())
    if not token:
        return None
    hashed = hash_token(token)
    person = identity.session(hashed, wanted_house())
    return Visitor(person, hashed) if person else None


def wanted_house() -> str | None:
    """The house's slug in the URL."""
    return st.query_params.get("house") or None


def enter(who: Visitor, house: House) -> Visit:
    """Enter the house: context, permissions, the events of the picker. Raises what entering raises."""
    wanted = st.query_params.get("event") or None
    with reading(MemberCredential(who.token_hash, house.slug)) as db:
        context = db.context
        events: list[EventRef] = []
        event = None
        if context.can(Permission.EVENTS_READ):
            events = search.event_choices(db)
            event = next((e for e in events if e.slug == wanted), None)
            if event is None and wanted:
                event = search.event_by_slug(db, wanted)
        unread = notices.unread_notices(db)
    return Visit(who, house, context, event, wanted, tuple(events), unread)


def keep(visit: Visit | None) -> None:
    """Hand the visit of this run to the page that the shell is about to run."""
    st.session_state[_RUN] = visit


def take() -> Visit:
    """The visit of this run, once; a page that the shell did not start works it out itself.

    Raises NotSignedIn when there is no session, or no house in the URL to enter.
    """
    kept: Visit | None = st.session_state.pop(_RUN, None)
    if kept is not None and kept.house.slug == wanted_house():
        return kept
    who = visitor()
    slug = wanted_house()
    house = next((h for h in who.person.houses if h.slug == slug), None) if who else None
    if who is None or house is None:
        raise NotSignedIn("You are not signed in here.", hint="Open EventOS again and sign in.")
    return enter(who, house)
