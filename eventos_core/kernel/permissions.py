"""Permissions, roles and presets: who may do what in a house.

A member has the permissions of their role, plus the grants and minus the denials stored on the membership.
A preset is a role with grants, kept as data so that the Team page can offer it. The database learns the
same table through `app.role_permissions`, generated from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Permission(StrEnum):
    """`<area>.<verb>`; everything but `.read` writes."""

    EVENTS_READ = "events.read"
    EVENTS_WRITE = "events.write"
    EVENTS_PUBLISH = "events.publish"
    EVENTS_ARCHIVE = "events.archive"
    PROGRAMME_WRITE = "programme.write"
    PLAN_WRITE = "plan.write"
    VENUES_READ = "venues.read"
    VENUES_WRITE = "venues.write"
    CONTACTS_READ = "contacts.read"
    CONTACTS_WRITE = "contacts.write"
    CONTACTS_MERGE = "contacts.merge"
    CONTACTS_EXPORT = "contacts.export"
    GUESTS_READ = "guests.read"
    GUESTS_WRITE = "guests.write"
    GUESTS_CHECKIN = "guests.checkin"
    SEATING_WRITE = "seating.write"
    SALES_READ = "sales.read"
    SALES_WRITE = "sales.write"
    SALES_SETTINGS = "sales.settings"
    SPONSORS_READ = "sponsors.read"
    SPONSORS_WRITE = "sponsors.write"
    SHOW_READ = "show.read"
    SHOW_WRITE = "show.write"
    MEASUREMENTS_READ = "measurements.read"
    ACCESS_NEEDS_READ = "access_needs.read"
    PAY_READ = "pay.read"
    BANK_READ = "bank.read"
    BANK_WRITE = "bank.write"
    PROMOTE_READ = "promote.read"
    PROMOTE_WRITE = "promote.write"
    MESSAGES_SEND = "messages.send"
    FINANCE_READ = "finance.read"
    FINANCE_WRITE = "finance.write"
    FINANCE_REFUND = "finance.refund"
    FIGURES_READ = "figures.read"
    IMPORTS_RUN = "imports.run"
    EXPORTS_RUN = "exports.run"
    HOUSE_READ = "house.read"
    HOUSE_WRITE = "house.write"
    SETTINGS_WRITE = "settings.write"
    TEAM_READ = "team.read"
    TEAM_MANAGE = "team.manage"
    INTEGRATIONS_MANAGE = "integrations.manage"
    JOBS_READ = "jobs.read"
    JOBS_MANAGE = "jobs.manage"
    AUDIT_READ = "audit.read"
    PRIVACY_MANAGE = "privacy.manage"
    ACCOUNT_MANAGE = "account.manage"

    @property
    def writes(self) -> bool:
        """Whether holding it lets an actor change anything."""
        return not self.value.endswith(".read")

    @property
    def area(self) -> str:
        """The part before the dot, for grouping on the Team page."""
        return self.value.partition(".")[0]


class Role(StrEnum):
    """Rank of a membership, highest first."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    MEMBER = "member"
    VIEWER = "viewer"

    @property
    def rank(self) -> int:
        """50 for an owner down to 10 for a viewer."""
        return {"owner": 50, "admin": 40, "manager": 30, "member": 20, "viewer": 10}[self.value]

    @property
    def label(self) -> str:
        """The role as a person reads it."""
        return self.value.capitalize()


P = Permission

_VIEWER = frozenset(
    {P.EVENTS_READ, P.VENUES_READ, P.CONTACTS_READ, P.GUESTS_READ, P.SALES_READ, P.SPONSORS_READ, P.SHOW_READ}
    | {P.PROMOTE_READ, P.FIGURES_READ, P.HOUSE_READ, P.TEAM_READ}
)
_MEMBER = _VIEWER | {P.EVENTS_WRITE, P.PROGRAMME_WRITE, P.PLAN_WRITE, P.VENUES_WRITE, P.CONTACTS_WRITE, P.EXPORTS_RUN}
_MANAGER = _MEMBER | {
    P.EVENTS_PUBLISH, P.EVENTS_ARCHIVE, P.CONTACTS_MERGE, P.CONTACTS_EXPORT, P.GUESTS_WRITE, P.GUESTS_CHECKIN,
    P.SEATING_WRITE, P.SALES_WRITE, P.SPONSORS_WRITE, P.SHOW_WRITE, P.MEASUREMENTS_READ, P.ACCESS_NEEDS_READ,
    P.PROMOTE_WRITE, P.MESSAGES_SEND, P.FINANCE_READ, P.IMPORTS_RUN, P.JOBS_READ,
}  # fmt: skip
_ADMIN = _MANAGER | {
    P.SALES_SETTINGS, P.PAY_READ, P.BANK_READ, P.BANK_WRITE, P.FINANCE_WRITE, P.FINANCE_REFUND, P.HOUSE_WRITE,
    P.SETTINGS_WRITE, P.TEAM_MANAGE, P.INTEGRATIONS_MANAGE, P.JOBS_MANAGE, P.AUDIT_READ, P.PRIVACY_MANAGE,
}  # fmt: skip

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset(_VIEWER),
    Role.MEMBER: frozenset(_MEMBER),
    Role.MANAGER: frozenset(_MANAGER),
    Role.ADMIN: frozenset(_ADMIN),
    Role.OWNER: frozenset(Permission),
}


@dataclass(frozen=True)
class Preset:
    """A named starting point for a membership: a role and what it gets besides."""

    key: str
    label: str
    role: Role
    grants: frozenset[Permission]
    denials: frozenset[Permission] = frozenset()
    about: str = ""


PRESETS: tuple[Preset, ...] = (
    Preset("door", "Door", Role.VIEWER, frozenset({P.GUESTS_CHECKIN}),
           frozenset({P.SALES_READ, P.SPONSORS_READ, P.FIGURES_READ, P.CONTACTS_READ, P.PROMOTE_READ}),
           "Scans tickets and finds guests; sees no deals and no figures."),
    Preset("sales", "Sales", Role.MEMBER,
           frozenset({P.SALES_WRITE, P.CONTACTS_MERGE, P.IMPORTS_RUN, P.CONTACTS_EXPORT}), frozenset(),
           "Works the pipeline, contacts and imports."),
    Preset("sponsor", "Sponsor", Role.MEMBER, frozenset({P.SALES_WRITE, P.SPONSORS_WRITE, P.CONTACTS_MERGE}),
           frozenset(), "Sells packages and tracks deliverables."),
    Preset("producer", "Producer", Role.MEMBER,
           frozenset({P.SHOW_WRITE, P.MEASUREMENTS_READ, P.EVENTS_PUBLISH, P.SEATING_WRITE}),
           frozenset(), "Builds the show: line-up, castings, run of show."),
    Preset("finance", "Finance", Role.VIEWER,
           frozenset({P.FINANCE_READ, P.FINANCE_WRITE, P.FINANCE_REFUND, P.PAY_READ, P.BANK_READ, P.EXPORTS_RUN}),
           frozenset(), "Invoices, payments and refunds."),
    Preset("executive", "Executive", Role.VIEWER, frozenset({P.FINANCE_READ, P.EXPORTS_RUN, P.AUDIT_READ}),
           frozenset(), "Reads everything that steers the house."),
)  # fmt: skip


def effective(role: Role, overrides: Mapping[str, Any] | None = None) -> frozenset[Permission]:
    """What a membership may do: role, plus `overrides["grant"]`, minus `overrides["deny"]`.

    Unknown names are ignored (an older installation may have written them). An owner cannot be denied
    anything, so that a house never locks itself out.
    """
    base = ROLE_PERMISSIONS[role]
    if role is Role.OWNER or not overrides:
        return base
    return (base | parse(overrides.get("grant", ()))) - parse(overrides.get("deny", ()))


def parse(names: Iterable[str]) -> frozenset[Permission]:
    """The known permissions among `names`."""
    known = {permission.value: permission for permission in Permission}
    return frozenset(known[name] for name in names if name in known)
