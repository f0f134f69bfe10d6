"""How permissions read to people."""

from __future__ import annotations

from eventos_core.kernel.permissions import Permission
from eventos_core.tenancy import rules
from eventos_core.tenancy.rules import Because, Rights

_AREAS = {
    "plan": "Tasks and plan",
    "guests": "Guests and tickets",
    "sales": "Sales",
    "show": "Show",
    "measurements": "Measurements",
    "access_needs": "Access and medical needs",
    "pay": "Pay",
    "bank": "Bank data",
    "promote": "Campaigns",
    "figures": "Figures and targets",
    "house": "The house itself",
    "account": "The account",
    "jobs": "Background jobs",
}
_VERBS = {
    "read": "see",
    "write": "edit",
    "checkin": "check in",
    "manage": "manage",
    "run": "run",
}


def area(key: str) -> str:
    """An area's name, such as “Guests and tickets”."""
    return _AREAS.get(key, key.replace("_", " ").capitalize())


def verb(permission: Permission) -> str:
    """What it lets one do, such as “check in”."""
    raw = permission.value.partition(".")[2]
    return _VERBS.get(raw, raw.replace("_", " "))


def label(permission: Permission) -> str:
    """Area and verb, such as “Guests and tickets: check in”."""
    return f"{area(permission.area)}: {verb(permission)}"


def overview(rights: Rights) -> list[tuple[str, str, str]]:
    """A row per area: its name, what the member may do there, what not; what is set by hand says so."""
    rows = []
    for key, permissions in rules.matrix(rights).items():
        may = [_told(p, why) for p, why in permissions.items() if why.held]
        may_not = [_told(p, why) for p, why in permissions.items() if not why.held]
        rows.append((area(key), ", ".join(may) or "–", ", ".join(may_not) or "–"))
    return rows


def _told(permission: Permission, why: Because) -> str:
    if why in (Because.GRANTED, Because.DENIED):
        return f"{verb(permission)} ({why.value})"
    return verb(permission)
