"""Who may change whose membership: pure decisions."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from eventos_core.kernel.errors import InvalidInput, NotAllowedNow, PermissionDenied
from eventos_core.kernel.permissions import PRESETS, Permission, Preset, Role, effective, parse

LINK_DAYS = 7
"""How long an invitation link opens."""

LINK_LASTS = dt.timedelta(days=LINK_DAYS)
SECOND_FACTOR = "second_factor"
"""Key in the house's settings: true where nobody enters without a second factor."""
_OWNERS_HELP = "Ask an owner of the house."


@dataclass(frozen=True)
class Rights:
    """Role and overrides of a membership."""

    role: Role
    grants: frozenset[Permission] = frozenset()
    denials: frozenset[Permission] = frozenset()

    @property
    def permissions(self) -> frozenset[Permission]:
        """What they come to."""
        return effective(self.role, self.as_json())

    def as_json(self) -> dict[str, list[str]]:
        """The overrides as stored: sorted names, without what the role says anyway; none for an owner."""
        base = effective(self.role)
        if self.role is Role.OWNER:
            return {"grant": [], "deny": []}
        return {
            "grant": sorted(p.value for p in self.grants - self.denials - base),
            "deny": sorted(p.value for p in self.denials & base),
        }


def preset(key: str) -> Preset | None:
    """The preset of that key, if there is one."""
    return next((p for p in PRESETS if p.key == key), None)


def from_preset(chosen: Preset) -> Rights:
    """The rights that a preset stands for."""
    return Rights(chosen.role, chosen.grants, chosen.denials)


def wanted_rights(role: Role, grants: tuple[str, ...], denials: tuple[str, ...]) -> Rights:
    """The rights of these names. Raises InvalidInput for a permission that does not exist."""
    unknown = sorted({*grants, *denials} - {p.value for p in Permission})
    if unknown:
        raise InvalidInput(f"Unknown permission: {', '.join(unknown)}.", fields={"grants": "Unknown permission"})
    return Rights(role, parse(grants), parse(denials))


def kept_preset(key: str | None, wanted: Rights) -> str | None:
    """The preset's key while `wanted` is what it stands for; None where somebody changed it by hand.

    Raises InvalidInput for a preset that does not exist.
    """
    if not key:
        return None
    chosen = preset(key)
    if chosen is None:
        raise InvalidInput(f"There is no preset “{key}”.", fields={"preset": "Unknown"})
    return key if from_preset(chosen).as_json() == wanted.as_json() and chosen.role is wanted.role else None


def check_email(email: str) -> str:
    """`email` in its normal written form. Raises InvalidInput (field `email`); asks no name server."""
    if not email.strip():
        raise InvalidInput("Give the person's e-mail address.", fields={"email": "Required"})
    try:
        return str(validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized)
    except EmailNotValidError as error:
        raise InvalidInput("That is not an e-mail address.", fields={"email": str(error)}) from error


def check_name(name: str) -> str:
    """A person's name, trimmed. Raises InvalidInput (field `display_name`) unless 1 to 200 characters."""
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= 200:
        raise InvalidInput("Give a name of 1 to 200 characters.", fields={"display_name": "1 to 200 characters"})
    return trimmed


def assignable_roles(actor: Rights) -> tuple[Role, ...]:
    """The roles that `actor` may offer without giving more than they have, highest first."""
    return tuple(r for r in Role if r.rank <= actor.role.rank and effective(r) <= actor.permissions)


NOT_FOR_KEYS = frozenset({Permission.ACCOUNT_MANAGE})
"""What no key carries: how people sign in is for owners, so no key ranks as one."""


def rights_of_key(scopes: frozenset[Permission]) -> Rights:
    """A key's rights: exactly its scopes, at the rank of the highest role below owner that it carries whole."""
    ranks = [role for role in Role if role is not Role.OWNER and effective(role) <= scopes]
    role = ranks[0] if ranks else Role.VIEWER
    return Rights(role, scopes - effective(role), effective(role) - scopes)


@dataclass(frozen=True)
class KeyLimits:
    """Within which limits a key may be used. `networks` as CIDR ranges; none = from anywhere."""

    expires_at: dt.datetime | None
    requests_per_minute: int
    networks: tuple[str, ...]


def check_within(own: KeyLimits, wanted: KeyLimits, *, action: str) -> None:
    """A key makes none that goes beyond its own limits, and renews none that does. Raises PermissionDenied."""
    beyond = ""
    if own.expires_at is not None and (wanted.expires_at is None or wanted.expires_at > own.expires_at):
        beyond = f"This key ends at {own.expires_at.isoformat(timespec='seconds')}, and so must the other."
    elif wanted.requests_per_minute > own.requests_per_minute:
        beyond = f"This key has {own.requests_per_minute} requests a minute; the other may not have more."
    elif own.networks and not (wanted.networks and all(_inside(one, own.networks) for one in wanted.networks)):
        beyond = f"This key is bound to {', '.join(own.networks)}, and so must the other be."
    if beyond:
        raise PermissionDenied(
            beyond, hint=_OWNERS_HELP, permission=Permission.INTEGRATIONS_MANAGE.value, action=action
        )


def _inside(network: str, ranges: tuple[str, ...]) -> bool:
    inner = ipaddress.ip_network(network)
    outers = [outer for outer in map(ipaddress.ip_network, ranges) if outer.version == inner.version]
    return any(inner[0] in outer and inner[-1] in outer for outer in outers)


def scopes_on_offer(actor: Rights) -> tuple[Permission, ...]:
    """What `actor` may give a key, in the order in which permissions are declared."""
    return tuple(p for p in Permission if p in actor.permissions and p not in NOT_FOR_KEYS)


def check_scopes(actor: Rights, scopes: tuple[str, ...], *, action: str) -> None:
    """Whether `actor` may have a key with these scopes. Raises InvalidInput (field `scopes`), PermissionDenied."""
    known = parse(scopes)
    wrong = sorted({*scopes} - {p.value for p in known - NOT_FOR_KEYS})
    if not scopes or wrong:
        problem = f"No key carries {', '.join(wrong)}." if wrong else "Choose at least one thing that it may do."
        raise InvalidInput(problem, fields={"scopes": problem})
    beyond = sorted(p.value for p in known - actor.permissions)
    if beyond:
        raise PermissionDenied(
            f"A key cannot do what you cannot: {', '.join(beyond)}.",
            hint=_OWNERS_HELP,
            permission=beyond[0],
            action=action,
        )


def check_rank(actor: Rights, current: Rights, *, action: str) -> None:
    """Nobody touches who ranks above them. Raises PermissionDenied."""
    if current.role.rank > actor.role.rank:
        raise PermissionDenied(
            "This person ranks above you.", hint=_OWNERS_HELP, permission=Permission.TEAM_MANAGE.value, action=action
        )


def check_assignable(actor: Rights, wanted: Rights, current: Rights | None, *, own: bool, action: str = "team") -> None:
    """Whether `actor` may give `wanted` to a membership that now has `current` (None = a new one).

    Nobody gives more than they have, nobody touches who ranks above them, and only owners touch owners.
    `action` names the command in the audit of the denial. Raises PermissionDenied with whom to ask.
    """
    if current is not None:
        check_rank(actor, current, action=action)
    if wanted.role.rank > actor.role.rank:
        raise PermissionDenied(
            f"You cannot make somebody {wanted.role.label.lower()}.",
            hint=_OWNERS_HELP,
            permission=Permission.TEAM_MANAGE.value,
            action=action,
        )
    if own and current is not None and wanted.role.rank > current.role.rank:
        raise PermissionDenied(
            "You cannot raise your own role.", hint=_OWNERS_HELP, permission=Permission.TEAM_MANAGE.value, action=action
        )
    before = current.permissions if current is not None else frozenset()
    beyond = sorted(p.value for p in (wanted.permissions - before) - actor.permissions)
    if beyond:
        raise PermissionDenied(
            f"You cannot give what you do not have: {', '.join(beyond)}.",
            hint=_OWNERS_HELP,
            permission=beyond[0],
            action=action,
        )


def check_owner_remains(other_active_owners: int, *, was_owner: bool, stays_owner: bool) -> None:
    """A house never loses its last active owner. Raises NotAllowedNow."""
    if was_owner and not stays_owner and other_active_owners == 0:
        raise NotAllowedNow("This is the last owner of the house.", hint="Make somebody else an owner first.")


def link_open(invited_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether the link made at `invited_at` still opens, unless it was withdrawn."""
    return invited_at is not None and now < invited_at + LINK_LASTS


class Because(StrEnum):
    """Why a membership holds a permission, or does not."""

    ROLE = "role"
    GRANTED = "granted"
    DENIED = "denied"
    NOT_GIVEN = "not_given"

    @property
    def held(self) -> bool:
        """Whether it comes to holding it."""
        return self in (Because.ROLE, Because.GRANTED)


def matrix(rights: Rights) -> dict[str, dict[Permission, Because]]:
    """Every permission by area, in the order they are declared, with why it is held or not."""
    base, stored = effective(rights.role), rights.as_json()
    found: dict[str, dict[Permission, Because]] = {}
    for permission in Permission:
        if permission.value in stored["deny"]:
            because = Because.DENIED
        elif permission in base:
            because = Because.ROLE
        elif permission.value in stored["grant"]:
            because = Because.GRANTED
        else:
            because = Because.NOT_GIVEN
        found.setdefault(permission.area, {})[permission] = because
    return found
