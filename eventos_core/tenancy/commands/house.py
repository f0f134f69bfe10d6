"""Founding a house, joining it, and its own settings."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select

from eventos_core.db.facts import emit
from eventos_core.db.registry import CLIENTS, command
from eventos_core.db.session import TenantSession
from eventos_core.kernel import clock, money
from eventos_core.kernel.errors import Conflict, EditConflict, InvalidInput, NotSignedIn, PermissionDenied
from eventos_core.kernel.facts import HouseFounded, MemberJoined
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.models.tenancy import Account, User
from eventos_core.tenancy import rules


@dataclass(frozen=True)
class ChangeHouse:
    """Settings of the account."""

    version: int
    name: str
    base_currency: str
    timezone: str
    locale: str
    fiscal_year_start_month: int = 1
    week_start: int = 1
    country: str | None = None
    contact_email: str | None = None


@dataclass(frozen=True)
class HouseChanged:
    """The account's version after the change."""

    version: int


def found(db: TenantSession) -> None:
    """Finish a house that was just entered by founding it: every domain adds what a new house needs.

    Called inside the founding transaction only. Raises NotSignedIn in any other.
    """
    context = db.context
    if context.permission_version != "founding" or context.member_id is None:
        raise NotSignedIn("A house is founded once.")
    emit(db, HouseFounded(context.account_id, context.member_id))
    email = db.scalar(select(User.email).where(User.id == context.user_id))
    emit(db, MemberJoined(context.member_id, context.display_name, email))


def welcome(db: TenantSession, email: str) -> None:
    """Tell the house that the member who entered by invitation has joined."""
    context = db.context
    if context.permission_version != "invitation" or context.member_id is None:
        raise NotSignedIn("This is not an invitation.")
    emit(db, MemberJoined(context.member_id, context.display_name, email))


@command(requires=Permission.HOUSE_WRITE, actors=CLIENTS)
def change_house(db: TenantSession, cmd: ChangeHouse) -> HouseChanged:
    """Change the account's settings. Raises InvalidInput, EditConflict, PermissionDenied, Conflict.

    Needs team.manage as well: the database lets nobody else write the account's row. The base currency may change
    only while no rate into it is frozen, since what is closed, issued or posted was converted with that rate.
    """
    if not db.context.can(Permission.TEAM_MANAGE):
        raise PermissionDenied(
            "Only who manages the team may change the house's settings.",
            hint="Ask an owner or admin of the house.",
            permission=Permission.TEAM_MANAGE.value,
            action="change_house",
        )
    wanted = _house_values(cmd)
    row = db.scalars(
        select(Account)
        .where(Account.id == db.context.account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    differing = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if row.version != cmd.version:
        raise EditConflict(
            "Somebody changed the house's settings while you were editing.",
            version=row.version,
            theirs={name: getattr(row, name) for name in differing},
            mine=differing,
        )
    if "base_currency" in differing and _has_frozen_rates(db):
        raise Conflict(
            f"Amounts were converted to {row.base_currency} for good already.",
            hint="The base currency can change only before anything is closed, invoiced or paid.",
        )
    for name, value in differing.items():
        setattr(row, name, value)
    db.flush()
    db.refresh(row)
    return HouseChanged(row.version)


def _house_values(cmd: ChangeHouse) -> dict[str, object]:
    errors = {}
    if not 1 <= len(cmd.name.strip()) <= 200:
        errors["name"] = "1 to 200 characters"
    if not 1 <= cmd.fiscal_year_start_month <= 12:
        errors["fiscal_year_start_month"] = "1 to 12"
    if not 1 <= cmd.week_start <= 7:
        errors["week_start"] = "1 (Monday) to 7"
    if errors:
        raise InvalidInput("Check the marked fields.", fields=errors)
    contact = (cmd.contact_email or "").strip()
    return {
        "name": cmd.name.strip(),
        "base_currency": money.check_currency(cmd.base_currency),
        "timezone": clock.zone(cmd.timezone).key,
        "locale": cmd.locale,
        "fiscal_year_start_month": cmd.fiscal_year_start_month,
        "week_start": cmd.week_start,
        "country": (cmd.country or "").strip().upper() or None,
        "contact_email": rules.check_email(contact) if contact else None,
    }


def _has_frozen_rates(db: TenantSession) -> bool:
    found = [
        select(table.c.account_id)
        .where(table.c.account_id == db.context.account_id, table.c.rate_to_base_e12.is_not(None))
        .exists()
        for table in TenantTable.metadata.tables.values()
        if "rate_to_base_e12" in table.c
    ]
    return bool(db.scalar(select(or_(*found))))
