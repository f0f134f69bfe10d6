"""Links that open one thing without signing in: made and withdrawn in the house, let in at one door.

A domain that offers one makes it with `issue` in a command of its own and names what may be read or done in queries
and commands of the actor `public_token`, which find their record with `subject`. The route behind it stands in
`eventos_core.api.public`; every request passes `admit` first.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import case, func, select, text
from sqlalchemy.exc import DBAPIError

from eventos_core.db.editing import get
from eventos_core.db.engine import app_engine
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import command, query
from eventos_core.db.session import TenantSession, entering_error
from eventos_core.enums.operations import LinkKind
from eventos_core.kernel import clock
from eventos_core.kernel.context import ActorKind
from eventos_core.kernel.credentials import TokenCredential, hash_token
from eventos_core.kernel.errors import Conflict, InvalidInput, NotAllowedNow, NotFound, RateLimited
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import PublicLink
from eventos_core.models.tenancy import Account
from eventos_core.operations import site

PURPOSE = "public_link"
VISITORS = frozenset({ActorKind.PUBLIC_TOKEN})
"""Whoever holds a link: what a query or command for them declares as its actors."""
PER_ADDRESS = 120
"""Requests a minute from one network address."""
PER_LINK = 240
"""Requests a minute to one link: a hall full of phones reads the programme at once, a program that hammers stops."""
SWITCH = "public_links"
"""Key of the house's settings; false = none opens."""
LONGEST = dt.timedelta(days=731)
"""How far ahead a link may end."""
MOST = 50
"""Links in force for one record."""

LINKS = FrameSpec(
    id="int", kind="text", label="text", state="text", created_at="instant", expires_at="instant",
    revoked_at="instant", views="int", last_opened_at="instant", version="int",
)  # fmt: skip
"""One row per link, newest first. `state`: open, ended or withdrawn."""


@dataclass(frozen=True)
class LinkMade:
    """A link that now opens, until `expires_at`."""

    link_id: int
    expires_at: dt.datetime
    version: int


@dataclass(frozen=True)
class AllowLinks:
    """Whether the house's public links and calendar feeds open at all."""

    allowed: bool


@dataclass(frozen=True)
class LinksAllowed:
    """Whether they open now."""

    allowed: bool


def admit(
    token: str,
    kind: LinkKind,
    ip: str,
    *,
    per_address: int | None = None,
    per_link: int | None = None,
    counts: bool = False,
) -> TokenCredential:
    """Count a request and let it in; with `counts` as one more view of a link that shows them.

    Each kind has its own count of an address, so that one who reads a programme can still decline messages.
    Limits that are not given are `PER_ADDRESS` and `PER_LINK`.

    Raises RateLimited over a limit, and NotFound for a link that does not open, whatever the reason: unknown, of
    another kind, ended, withdrawn, or switched off by house or installation. A link in a sent message by which a
    person declines more cannot be switched off.
    """
    closed = NotFound("There is nothing here.")
    if kind is not LinkKind.UNSUBSCRIBE and not site.public_links():
        raise closed
    digest = hash_token(token)
    try:
        with app_engine().begin() as connection:
            wait = connection.execute(
                text("select app.open_link(:h, :k, :ip, :pa, :pl, :c)"),
                {
                    "h": digest, "k": kind.value, "ip": ip, "c": counts,
                    "pa": PER_ADDRESS if per_address is None else per_address,
                    "pl": PER_LINK if per_link is None else per_link,
                },
            ).scalar_one()  # fmt: skip
    except DBAPIError as error:
        raise entering_error(error) from error
    if wait < 0:
        raise closed
    if wait:
        raise RateLimited("This is asked for too often.", hint=f"Wait {wait} seconds.", retry_after=wait)
    return TokenCredential(digest, PURPOSE)


def issue(
    db: TenantSession, kind: LinkKind, token_hash: bytes, *, label: str, event_id: int, expires_at: dt.datetime
) -> LinkMade:
    """Add a link about an event, in the caller's transaction; the token itself is known to the caller alone.

    Raises InvalidInput for a label or an end that cannot be, Conflict where links are switched off or too many are
    open. Checks no permission: the caller's command does. The same token again gives the same link.
    """
    if not allowed(db):
        raise NotAllowedNow(
            "Public links are switched off.", hint="An admin of the house switches them on under House, Signing in."
        )
    earlier = db.scalars(
        select(PublicLink).where(PublicLink.account_id == db.context.account_id, PublicLink.token_hash == token_hash)
    ).one_or_none()
    if earlier is not None:
        return LinkMade(earlier.id, earlier.expires_at, earlier.version)
    _check(label, token_hash, expires_at)
    now_open = db.scalar(
        select(func.count()).where(
            PublicLink.account_id == db.context.account_id, PublicLink.event_id == event_id,
            PublicLink.kind == kind, PublicLink.revoked_at.is_(None), PublicLink.expires_at > func.now(),
        )
    )  # fmt: skip
    if (now_open or 0) >= MOST:
        raise Conflict(f"{MOST} links to this are open already.", hint="Withdraw one that is no longer needed.")
    row = PublicLink(kind=kind, event_id=event_id, label=label.strip(), token_hash=token_hash, expires_at=expires_at)
    db.add(row)
    db.flush()
    db.execute(select(func.app.issue_link(token_hash, kind.value, event_id, expires_at)))
    db.refresh(row)
    return LinkMade(row.id, row.expires_at, row.version)


def withdraw(db: TenantSession, link_id: int, kind: LinkKind) -> LinkMade:
    """End a link of that kind at once, in the caller's transaction; twice is once. Raises NotFound."""
    row = get(db, PublicLink, link_id, lock=True, what="link")
    if row.kind is not kind:
        raise NotFound("This link does not exist.", hint="Go back to the list.")
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        db.flush()
        db.execute(select(func.app.revoke_link(row.token_hash)))
        db.refresh(row)
    return LinkMade(row.id, row.expires_at, row.version)


def subject(db: TenantSession, kind: LinkKind) -> int:
    """The id of what the visitor's link opens. Raises NotFound for a link of another kind."""
    found = db.scalar(select(func.app.link_subject(kind.value)))
    if found is None:
        raise NotFound("There is nothing here.")
    return int(found)


@query(requires=Permission.EVENTS_READ)
def event_links(db: TenantSession, event_id: int, kind: LinkKind = LinkKind.PROGRAMME) -> pd.DataFrame:
    """The newest hundred links of that kind to an event, as `LINKS`."""
    statement = (
        select(
            PublicLink.id, PublicLink.kind, PublicLink.label,
            case(
                (PublicLink.revoked_at.is_not(None), "withdrawn"),
                (PublicLink.expires_at <= func.now(), "ended"),
                else_="open",
            ).label("state"),
            PublicLink.created_at, PublicLink.expires_at, PublicLink.revoked_at, PublicLink.views,
            PublicLink.last_opened_at, PublicLink.version,
        )
        .where(
            PublicLink.account_id == db.context.account_id, PublicLink.event_id == event_id, PublicLink.kind == kind
        )
        .order_by(PublicLink.created_at.desc(), PublicLink.id.desc())
        .limit(100)
    )  # fmt: skip
    return LINKS.query(db, statement)


@query(requires=Permission.HOUSE_READ)
def links_allowed(db: TenantSession) -> LinksAllowed:
    """Whether the house's public links and calendar feeds open: the house's own switch and the installation's."""
    return LinksAllowed(allowed(db))


@command(requires=Permission.TEAM_MANAGE)
def allow_links(db: TenantSession, cmd: AllowLinks) -> LinksAllowed:
    """Switch the house's public links and calendar feeds on or off; those that are out open again when it is on."""
    row = db.scalars(select(Account).where(Account.id == db.context.account_id).with_for_update()).one()
    kept = {key: value for key, value in row.settings.items() if key != SWITCH}
    row.settings = kept if cmd.allowed else {**kept, SWITCH: False}
    db.flush()
    return LinksAllowed(allowed(db))


def allowed(db: TenantSession) -> bool:
    """Whether links of the house in context open now."""
    settings = db.scalar(select(Account.settings).where(Account.id == db.context.account_id))
    return site.public_links() and (settings or {}).get(SWITCH) is not False


def _check(label: str, token_hash: bytes, expires_at: dt.datetime) -> None:
    errors = {}
    if not 1 <= len(label.strip()) <= 200:
        errors["label"] = "1 to 200 characters"
    if len(token_hash) != 32:
        errors["token_hash"] = "The SHA-256 of a random token, 32 bytes"  # noqa: S105 words
    if expires_at.tzinfo is None or not clock.now() < expires_at <= clock.now() + LONGEST:
        errors["expires_at"] = "Between now and two years ahead"
    if errors:
        raise InvalidInput("Check the marked fields.", fields=errors)
