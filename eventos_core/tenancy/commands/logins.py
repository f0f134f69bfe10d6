"""Helping members back into their logins, and demanding a second factor of everybody."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select, text

from eventos_core.db.editing import get
from eventos_core.db.registry import PEOPLE, command
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import AuditAction
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel.errors import NotAllowedNow
from eventos_core.kernel.permissions import Permission
from eventos_core.models.tenancy import Account, AccountUser
from eventos_core.operations.audit import note
from eventos_core.tenancy import rules
from eventos_core.tenancy.commands.house import HouseChanged
from eventos_core.tenancy.commands.team import MemberChanged, actor_rights
from eventos_core.tenancy.queries import rights_of


@dataclass(frozen=True)
class MakePasswordLink:
    """A link with which a member sets a new password. `token_hash`: SHA-256 of the link's token."""

    member_id: int
    token_hash: bytes


@dataclass(frozen=True)
class PasswordLinkMade:
    """For whom, and until when the link opens."""

    member_id: int
    expires_at: dt.datetime


@dataclass(frozen=True)
class ResetSecondFactor:
    """Forget the second factor of a member who has lost it."""

    member_id: int


@dataclass(frozen=True)
class DemandSecondFactor:
    """Whether the house admits nobody without a second factor."""

    demanded: bool


@command(requires=Permission.TEAM_MANAGE, actors=PEOPLE)
def make_password_link(db: TenantSession, cmd: MakePasswordLink) -> PasswordLinkMade:
    """Make a one-time link (24 hours) for a member who forgot their password; older ones stop working.

    Raises NotFound, PermissionDenied for a member with rights beyond the actor's own, NotAllowedNow for oneself, for
    who cannot sign in, and for a login that another house shares: no house decides over that one alone.
    """
    row = _helped(db, cmd.member_id, "make_password_link")
    expires: dt.datetime | None = db.scalar(
        text("select app.issue_password_link(:m, :h)"), {"m": row.id, "h": cmd.token_hash}
    )
    if expires is None:
        raise _shared(row)
    note(db, AuditAction.PASSWORD_LINK.value, "account_users", row.id)
    return PasswordLinkMade(row.id, expires)


@command(requires=Permission.TEAM_MANAGE, actors=PEOPLE)
def reset_second_factor(db: TenantSession, cmd: ResetSecondFactor) -> MemberChanged:
    """Forget a member's second factor and end all their sign-ins; their password is then enough.

    Raises as `make_password_link`, and NotAllowedNow where there is no second factor.
    """
    row = _helped(db, cmd.member_id, "reset_second_factor")
    done: bool | None = db.scalar(text("select app.reset_factor(:m)"), {"m": row.id})
    if done is None:
        raise _shared(row)
    if not done:
        raise NotAllowedNow(f"{row.display_name} has no second factor.")
    note(db, AuditAction.SECOND_FACTOR_RESET.value, "account_users", row.id)
    return MemberChanged(row.id, row.version)


@command(requires=Permission.ACCOUNT_MANAGE, actors=PEOPLE)
def demand_second_factor(db: TenantSession, cmd: DemandSecondFactor) -> HouseChanged:
    """Admit from now on only sign-ins that have passed a second factor, or everybody again.

    Members without one are led to setting one up at their next click.
    """
    row = db.scalars(select(Account).where(Account.id == db.context.account_id).with_for_update()).one()
    kept = {key: value for key, value in row.settings.items() if key != rules.SECOND_FACTOR}
    row.settings = {**kept, rules.SECOND_FACTOR: True} if cmd.demanded else kept
    db.flush()
    db.refresh(row)
    return HouseChanged(row.version)


def _helped(db: TenantSession, member_id: int, action: str) -> AccountUser:
    row = get(db, AccountUser, member_id, lock=True, what="member")
    # Whoever holds the link can act as that person: it must not bring more rights than its maker has.
    rules.check_assignable(actor_rights(db), rights_of(row), None, own=False, action=action)
    if row.id == db.context.member_id:
        raise NotAllowedNow("This is your own login.", hint="Change it on the page of your account.")
    if row.status is not MemberStatus.ACTIVE:
        raise NotAllowedNow(f"{row.display_name} cannot sign in to this house.", hint="Invite or restore them first.")
    return row


def _shared(row: AccountUser) -> NotAllowedNow:
    return NotAllowedNow(
        f"{row.display_name} signs in to another house with the same login.",
        hint="They can ask for a link by mail on the sign-in page; the operator of this installation can help too.",
    )
