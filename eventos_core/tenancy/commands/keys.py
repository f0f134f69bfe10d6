"""API keys: made, made anew, withdrawn. The key itself is shown once by whoever made it; here comes its hash."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass

from sqlalchemy import select

from eventos_core.db.editing import get
from eventos_core.db.registry import CLIENTS, command
from eventos_core.db.session import TenantSession
from eventos_core.kernel import clock
from eventos_core.kernel.errors import AlreadyExists, Conflict, InvalidInput, NotAllowedNow
from eventos_core.kernel.permissions import Permission
from eventos_core.models.tenancy import ApiKey
from eventos_core.tenancy import rules
from eventos_core.tenancy.commands.team import actor_rights
from eventos_core.tenancy.rules import KeyLimits


@dataclass(frozen=True)
class CreateKey:
    """A key for a program. `scopes` are permission names; `key_hash` is the SHA-256 of the whole key."""

    name: str
    scopes: tuple[str, ...]
    prefix: str
    key_hash: bytes
    expires_at: dt.datetime | None = None
    requests_per_minute: int = 300
    allowed_networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class RotateKey:
    """Put a new key in the place of one in force; the old one opens nothing from then on."""

    key_id: int
    version: int
    prefix: str
    key_hash: bytes


@dataclass(frozen=True)
class RevokeKey:
    """Withdraw a key for good."""

    key_id: int


@dataclass(frozen=True)
class KeySaved:
    """A key's id and version after the command."""

    key_id: int
    version: int


@command(requires=Permission.INTEGRATIONS_MANAGE, actors=CLIENTS)
def create_key(db: TenantSession, cmd: CreateKey) -> KeySaved:
    """Make a key that carries at most what the actor may do; one made by a key stays within that one's limits too.

    Needs team.manage as well. Raises InvalidInput (fields), PermissionDenied for a scope that the actor lacks, a limit
    beyond its own and for who does not manage the team, AlreadyExists where a key in force has the name.
    """
    rules.check_scopes(actor_rights(db), cmd.scopes, action="create_key")
    networks = _networks(cmd.allowed_networks)
    name = cmd.name.strip()
    if not 1 <= len(name) <= 200:
        raise InvalidInput("Say what the key is for.", fields={"name": "1 to 200 characters"})
    if cmd.expires_at is not None and cmd.expires_at.tzinfo is None:
        raise InvalidInput("Say when the key ends with its offset.", fields={"expires_at": "The offset is missing"})
    if cmd.expires_at is not None and cmd.expires_at <= clock.now():
        raise InvalidInput("A key must end in the future.", fields={"expires_at": "In the future"})
    if not 1 <= cmd.requests_per_minute <= 100_000:
        raise InvalidInput("Between 1 and 100,000 requests.", fields={"requests_per_minute": "1 to 100,000"})
    limits = KeyLimits(cmd.expires_at, cmd.requests_per_minute, tuple(networks))
    _check_within_own(db, limits, action="create_key")
    taken = select(ApiKey.id).where(
        ApiKey.account_id == db.context.account_id, ApiKey.name == name, ApiKey.revoked_at.is_(None)
    )
    if db.scalar(taken) is not None:
        raise AlreadyExists(f"A key in force is called “{name}” already.", hint="Choose another name for this one.")
    row = ApiKey(
        name=name,
        prefix=cmd.prefix,
        key_hash=cmd.key_hash,
        scopes=sorted(set(cmd.scopes)),
        expires_at=cmd.expires_at,
        requests_per_minute=cmd.requests_per_minute,
        allowed_networks=networks,
    )
    db.add(row)
    db.flush()
    return KeySaved(row.id, row.version)


@command(requires=Permission.INTEGRATIONS_MANAGE, actors=CLIENTS)
def rotate_key(db: TenantSession, cmd: RotateKey) -> KeySaved:
    """Give a key in force a new secret, with the same scopes, limits and end.

    Needs team.manage as well. Raises NotFound, Conflict, NotAllowedNow for one that has ended, PermissionDenied where
    it carries more than the actor may do, or has wider limits than the key that acts.
    """
    actor = actor_rights(db)
    row = get(db, ApiKey, cmd.key_id, lock=True, what="key")
    rules.check_scopes(actor, tuple(row.scopes), action="rotate_key")
    _check_within_own(db, _limits(row), action="rotate_key")
    if row.version != cmd.version:
        # Not an EditConflict: the two sides would be hashes of keys.
        raise Conflict(f"The key “{row.name}” was changed meanwhile.", hint="Look at it again, then decide.")
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= clock.now()):
        raise NotAllowedNow(f"The key “{row.name}” has ended.", hint="Create another one.")
    row.prefix, row.key_hash = cmd.prefix, cmd.key_hash
    db.flush()
    db.refresh(row)
    return KeySaved(row.id, row.version)


@command(requires=Permission.INTEGRATIONS_MANAGE, actors=CLIENTS)
def revoke_key(db: TenantSession, cmd: RevokeKey) -> KeySaved:
    """Withdraw a key from its next request on; one that was withdrawn stays so. Raises NotFound, PermissionDenied.

    Needs team.manage as well.
    """
    actor_rights(db)
    row = get(db, ApiKey, cmd.key_id, lock=True, what="key")
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        row.revoked_by = db.context.member_id
        db.flush()
        db.refresh(row)
    return KeySaved(row.id, row.version)


def _check_within_own(db: TenantSession, wanted: KeyLimits, *, action: str) -> None:
    if db.context.key_id is not None:
        rules.check_within(_limits(get(db, ApiKey, db.context.key_id, what="key")), wanted, action=action)


def _limits(row: ApiKey) -> KeyLimits:
    return KeyLimits(row.expires_at, row.requests_per_minute, tuple(row.allowed_networks))


def _networks(given: tuple[str, ...]) -> list[str]:
    try:
        return sorted({str(ipaddress.ip_network(network.strip(), strict=False)) for network in given})
    except ValueError as error:
        wrong = {"allowed_networks": "Write networks as 192.0.2.0/24 or 2001:db8::/32"}
        raise InvalidInput("That is not a network.", fields=wrong) from error
