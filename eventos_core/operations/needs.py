"""What Home asks of a person: what needs them today (every domain contributes), and a new house's first steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Exists, select

from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ImportKind, ImportStatus
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.models.directory import MyOrganizationMetadata
from eventos_core.models.events import Event, Venue
from eventos_core.models.operations import ImportBatch
from eventos_core.models.tenancy import AccountUser


class Urgency(StrEnum):
    """How soon; the order on Home."""

    LATE = "late"
    TODAY = "today"
    SOON = "soon"
    WHENEVER = "whenever"


@dataclass(frozen=True)
class Need:
    """One thing that waits for somebody, and where to do it."""

    title: str
    context: str
    urgency: Urgency
    page: str
    """Key of the page that does it."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    due_at: dt.datetime | None = None


Contribution = Callable[[TenantSession], list[Need]]
_contributions: list[tuple[Permission, Contribution]] = []


def needs_me(requires: Permission) -> Callable[[Contribution], Contribution]:
    """Register a contribution (at most a handful of needs, one query); skipped for who lacks `requires`."""

    def register(contribution: Contribution) -> Contribution:
        _contributions.append((requires, contribution))
        return contribution

    return register


@query(requires=Permission.HOUSE_READ)
def needs(db: TenantSession, *, limit: int = 12) -> list[Need]:
    """What needs this person, most urgent first, at most `limit`."""
    found = [need for permission, ask in _contributions if db.context.can(permission) for need in ask(db)]
    order = list(Urgency)
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    found.sort(key=lambda need: (order.index(need.urgency), need.due_at or far, need.title))
    return found[:limit]


@dataclass(frozen=True)
class Step:
    """One of the first steps of a new house, and whether the data say that it is done."""

    title: str
    about: str
    done: bool
    page: str
    """Key of the page that does it."""
    parameters: Mapping[str, str] = field(default_factory=dict)


@query(requires=Permission.HOUSE_READ)
def first_steps(db: TenantSession) -> tuple[Step, ...]:
    """The first steps that this person may take, in order, with what is done; empty once all are. One query."""
    wanted = [step for step in _STEPS if db.context.can(step.requires)]
    if not wanted:
        return ()
    account = db.context.account_id
    found = db.execute(select(*(step.done(account).label(step.key) for step in wanted))).one()
    if all(found):
        return ()
    return tuple(
        Step(step.title, step.about, bool(done), step.page, step.parameters)
        for step, done in zip(wanted, found, strict=True)
    )


@dataclass(frozen=True)
class _FirstStep:
    key: str
    title: str
    about: str
    requires: Permission
    done: Callable[[int], Exists]
    page: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def _any(model: type[TenantTable], *conditions: Any) -> Callable[[int], Exists]:
    return lambda account: select(model.id).where(model.account_id == account, *conditions).exists()


def _colleague(account: int) -> Exists:
    # The owner is there from the start: a second membership that is, or may become, a person.
    return (
        select(AccountUser.id)
        .where(
            AccountUser.account_id == account,
            AccountUser.status.in_([MemberStatus.ACTIVE, MemberStatus.INVITED]),
        )
        .offset(1)
        .exists()
    )


_STEPS = (
    _FirstStep(
        "own", "Complete your own organisation", "Legal name and address, as invoices and mails need them.",
        Permission.HOUSE_WRITE,
        _any(
            MyOrganizationMetadata,
            MyOrganizationMetadata.street.is_not(None),
            MyOrganizationMetadata.city.is_not(None),
            MyOrganizationMetadata.country.is_not(None),
        ),
        "admin_house",
    ),
    _FirstStep(
        "invite", "Invite somebody", "Colleagues get a link and choose their own password.",
        Permission.TEAM_MANAGE, _colleague, "admin_team", {"invite": "member"},
    ),
    _FirstStep(
        "contacts", "Import your contacts", "From a spreadsheet or your old CRM; an import can be undone.",
        Permission.IMPORTS_RUN,
        _any(ImportBatch, ImportBatch.kind == ImportKind.CONTACTS, ImportBatch.status == ImportStatus.DONE),
        "admin_imports",
    ),
    _FirstStep(
        "venue", "Add a venue", "The rooms your events take place in, with their spaces.",
        Permission.VENUES_WRITE, _any(Venue), "plan_venues", {"new": "venue"},
    ),
    _FirstStep(
        "event", "Create the first event", "A name and a date are enough; venue, programme and team come next.",
        Permission.EVENTS_WRITE, _any(Event), "plan_events", {"new": "event"},
    ),
)  # fmt: skip
"""In the order in which they help each other."""
