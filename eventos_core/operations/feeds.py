"""Calendar feeds: what concerns a member, in their own calendar program, by an address that only they know.

A feed reads with the member's own rights as they are at that moment, and ends with the membership. What is in it comes
from the domains: each joins with `part`, as with Home.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import and_, select, text
from sqlalchemy.exc import DBAPIError

from eventos_core.db.editing import get
from eventos_core.db.engine import app_engine
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import PEOPLE, query, read
from eventos_core.db.session import TenantSession, entering_error, reading
from eventos_core.enums.operations import FeedScope, LinkKind
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential, hash_token
from eventos_core.kernel.errors import Conflict, InvalidInput, NotAllowedNow, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event
from eventos_core.models.operations import CalendarToken
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations import calendars, links
from eventos_core.operations.calendars import Entry

MOST = 10
"""Feeds that a member has in one house at a time."""
PER_ADDRESS = 300
"""Requests a minute from one network address: the large calendar services ask for many people from few addresses."""
BEHIND, AHEAD = dt.timedelta(days=180), dt.timedelta(days=730)
"""What lies further back or ahead is left out."""

FEEDS = FrameSpec(id="int", name="text", scope="text", event="text", created_at="instant", last_fetched_at="instant")
"""One row per own feed in force, newest first."""


@dataclass(frozen=True)
class Wanted:
    """Whose feed it is and what it shall hold; things that start within `[since, until)`."""

    scope: FeedScope
    event_id: int | None
    """The one event, where `scope` says so."""
    member_id: int
    contact_id: int | None
    """The member as a person: who hosts sessions and works shifts."""
    since: dt.datetime
    until: dt.datetime


@dataclass(frozen=True)
class Feed:
    """A feed's file and when its content last changed."""

    content: bytes
    etag: str
    changed_at: dt.datetime


Part = Callable[[TenantSession, Wanted], list[Entry]]
_parts: list[tuple[Permission, Part]] = []


def part(requires: Permission) -> Callable[[Part], Part]:
    """Register a contribution to every feed (one query); skipped for members without `requires`."""

    def register(contribution: Part) -> Part:
        _parts.append((requires, contribution))
        return contribution

    return register


def fetch(token: str, ip: str) -> Feed:
    """What the feed of that address holds now, noted as fetched. Raises NotFound, RateLimited, and as entering does."""
    credential = links.admit(token, LinkKind.CALENDAR, ip, per_address=PER_ADDRESS)
    content = read(credential, feed)
    digest = hashlib.sha256(content).digest()
    changed_at = _call("select app.note_feed(:h, :d)", h=hash_token(token), d=digest)
    if changed_at is None:
        raise NotFound("There is nothing here.")
    return Feed(content, f'"{digest.hex()[:32]}"', changed_at)


@query(requires=Permission.HOUSE_READ, actors=links.VISITORS)
def feed(db: TenantSession) -> bytes:
    """The feed of the visitor's address as a calendar file. Raises NotFound. Two statements and one for each part."""
    found = db.execute(
        select(CalendarToken.scope, CalendarToken.event_id, AccountUser.id, AccountUser.contact_id, Event.name)
        .join(AccountUser, and_(AccountUser.account_id == CalendarToken.account_id,
                                AccountUser.id == CalendarToken.member_id))
        .outerjoin(Event, and_(Event.account_id == CalendarToken.account_id, Event.id == CalendarToken.event_id))
        .where(
            CalendarToken.account_id == db.context.account_id, CalendarToken.id == links.subject(db, LinkKind.CALENDAR),
            CalendarToken.member_id == db.context.member_id, CalendarToken.revoked_at.is_(None),
        )
    ).one_or_none()  # fmt: skip
    if found is None:
        raise NotFound("There is nothing here.")
    # By whole days, so that the same content gives the same file all day.
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = Wanted(found.scope, found.event_id, found.id, found.contact_id, today - BEHIND, today + AHEAD)
    entries = [entry for need, ask in _parts if db.context.can(need) for entry in ask(db, wanted)]
    entries.sort(key=lambda entry: (entry.starts_at, entry.uid))
    return calendars.calendar(f"{found.name or db.context.account_name} · EventOS", entries)


@query(requires=Permission.HOUSE_READ, actors=PEOPLE)
def own_feeds(db: TenantSession) -> pd.DataFrame:
    """The person's own feeds in this house that are in force, as `FEEDS`."""
    statement = (
        select(
            CalendarToken.id, CalendarToken.name, CalendarToken.scope, Event.name.label("event"),
            CalendarToken.created_at, CalendarToken.last_fetched_at,
        )
        .outerjoin(Event, and_(Event.account_id == CalendarToken.account_id, Event.id == CalendarToken.event_id))
        .where(
            CalendarToken.account_id == db.context.account_id, CalendarToken.member_id == db.context.member_id,
            CalendarToken.revoked_at.is_(None),
        )
        .order_by(CalendarToken.created_at.desc(), CalendarToken.id.desc())
    )  # fmt: skip
    return FEEDS.query(db, statement)


def add(who: MemberCredential, token_hash: bytes, name: str, scope: FeedScope, event_id: int | None = None) -> int:
    """A feed of one's own in a house, behind the token of that hash; returns its id, the same for the same token.

    Raises InvalidInput for its name or event, NotAllowedNow where links are switched off, Conflict for too many.
    """
    name = name.strip()
    if not 1 <= len(name) <= 200:
        raise InvalidInput("Check the marked fields.", fields={"name": "1 to 200 characters"})
    with reading(who) as db:
        if not links.allowed(db):
            raise NotAllowedNow("Calendar feeds are switched off in this house.", hint="Ask an admin of the house.")
        if scope is FeedScope.EVENT:
            if event_id is None:
                raise InvalidInput("Check the marked fields.", fields={"event_id": "Choose the event"})
            if not db.context.can(Permission.EVENTS_READ):
                raise PermissionDenied("You may not see this event.", hint="Ask an owner or admin of the house for it.")
            get(db, Event, event_id, what="event")
    event = event_id if scope is FeedScope.EVENT else None
    made = _call(
        "select app.add_feed(:s, :h, :t, :n, :c, :e, :m)",
        s=who.token_hash, h=who.house, t=token_hash, n=name, c=scope.value, e=event, m=MOST,
    )  # fmt: skip
    if made is None:
        raise Conflict(f"You have {MOST} calendar feeds in this house.", hint="End one that you no longer use.")
    return int(made)


def renew(who: MemberCredential, feed_id: int, token_hash: bytes) -> None:
    """Give an own feed a new address; the old one ends at once. Raises NotFound."""
    _changed(who, feed_id, token_hash)


def end(who: MemberCredential, feed_id: int) -> None:
    """End an own feed. Raises NotFound."""
    _changed(who, feed_id, None)


def _changed(who: MemberCredential, feed_id: int, token_hash: bytes | None) -> None:
    if not _call(
        "select app.renew_feed(:s, :h, :i, cast(:t as bytea))", s=who.token_hash, h=who.house, i=feed_id, t=token_hash
    ):
        raise NotFound("This calendar feed has ended.", hint="Add another one.")


def _call(statement: str, **values: object) -> Any:
    try:
        with app_engine().begin() as connection:
            return connection.execute(text(statement), values).scalar()
    except DBAPIError as error:
        raise entering_error(error) from error
