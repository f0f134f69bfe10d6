"""Sharing a programme with people outside the house."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from eventos_core.db.editing import get
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import LinkKind
from eventos_core.kernel.errors import Conflict
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event
from eventos_core.operations import links
from eventos_core.operations.links import LinkMade


@dataclass(frozen=True)
class ShareProgramme:
    """A link to an event's public programme, for `label`, until `expires_at` (aware, at most two years ahead).

    `token_hash` is the SHA-256 of a random token that the caller made and alone knows: it is the link's last part.
    """

    event_id: int
    label: str
    token_hash: bytes
    expires_at: dt.datetime


@dataclass(frozen=True)
class WithdrawLink:
    """A link to a programme that opens nothing from now on."""

    link_id: int


@command(requires=Permission.EVENTS_PUBLISH)
def share_programme(db: TenantSession, cmd: ShareProgramme) -> LinkMade:
    """Make a link that shows the event's public sessions without signing in, until it ends or is withdrawn.

    Raises NotFound, Conflict for an archived event and where links are switched off, InvalidInput.
    """
    event = get(db, Event, cmd.event_id, lock=True, what="event")
    if event.archived_at is not None:
        raise Conflict("This event is archived.", hint="Restore it first.")
    return links.issue(
        db, LinkKind.PROGRAMME, cmd.token_hash, label=cmd.label, event_id=event.id, expires_at=cmd.expires_at
    )


@command(requires=Permission.EVENTS_PUBLISH)
def withdraw_link(db: TenantSession, cmd: WithdrawLink) -> LinkMade:
    """End a link to a programme at once, for everybody who has it; twice is once. Raises NotFound."""
    return links.withdraw(db, cmd.link_id, LinkKind.PROGRAMME)
