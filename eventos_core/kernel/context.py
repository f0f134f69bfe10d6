"""Who acts, in which house, with which rights: what the database answered when the transaction entered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from eventos_core.kernel.permissions import Permission, Role


class ActorKind(StrEnum):
    """Kinds of actors that a command may declare and that the audit names."""

    MEMBER = "member"
    API_KEY = "api_key"
    JOB = "job"
    PUBLIC_TOKEN = "public_token"  # noqa: S105 a kind of actor, not a secret
    OPERATOR = "operator"
    SETUP = "setup"


@dataclass(frozen=True)
class Context:
    """The answer of `app.enter_*`, valid for the transaction that asked."""

    account_id: int
    account_slug: str
    account_name: str
    timezone: str
    currency: str
    locale: str
    member_id: int | None
    user_id: int | None
    display_name: str
    actor_kind: ActorKind
    actor_id: str
    role: Role | None
    permissions: frozenset[Permission]
    permission_version: str

    @property
    def zone(self) -> ZoneInfo:
        """The house's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def can_write(self) -> bool:
        """Whether any of the permissions changes data; without one the transaction is read-only."""
        return any(permission.writes for permission in self.permissions)

    @property
    def key_id(self) -> int | None:
        """The API key that acts; None for every other actor."""
        return int(self.actor_id) if self.actor_kind is ActorKind.API_KEY else None

    def can(self, permission: Permission) -> bool:
        """Whether the actor holds `permission`."""
        return permission in self.permissions
