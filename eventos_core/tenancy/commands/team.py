"""Memberships: invitations, rights, names, closing and opening the house to a person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select, text

from eventos_core.db.editing import edit, get
from eventos_core.db.facts import emit
from eventos_core.db.registry import CLIENTS, command
from eventos_core.db.session import TenantSession
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel import clock
from eventos_core.kernel.context import ActorKind
from eventos_core.kernel.errors import (
    AlreadyExists,
    NotAllowedNow,
    PermissionDenied,
)
from eventos_core.kernel.facts import MemberJoined, RightsChanged
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.models.tenancy import AccountUser, User
from eventos_core.operations.audit import note
from eventos_core.tenancy import rules
from eventos_core.tenancy.inviting import mail_link
from eventos_core.tenancy.queries import rights_of
from eventos_core.tenancy.rules import Rights


@dataclass(frozen=True)
class MemberChanged:
    """A membership's id and version after the command."""

    member_id: int
    version: int


@dataclass(frozen=True)
class InviteMember:
    """Somebody to invite. `token_hash` is the SHA-256 of the link's token: the token itself is never stored.

    With `link`, the address that opens it, the invitation goes to the person by e-mail.
    """

    email: str
    display_name: str
    role: Role
    token_hash: bytes
    preset: str | None = None
    grants: tuple[str, ...] = ()
    denials: tuple[str, ...] = ()
    department: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class Invited:
    """The membership that waits for its person, until when the link opens, and whether it goes out by e-mail."""

    member_id: int
    expires_at: dt.datetime
    mailed: bool = False


@dataclass(frozen=True)
class RenewInvitation:
    """A new link for a membership that is still invited, or for a placeholder that now gets an address."""

    member_id: int
    token_hash: bytes
    email: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class RevokeInvitation:
    """Make the open link of an invited membership useless."""

    member_id: int


@dataclass(frozen=True)
class ChangeRights:
    """Role, preset and overrides of a membership."""

    member_id: int
    version: int
    role: Role
    preset: str | None = None
    grants: tuple[str, ...] = ()
    denials: tuple[str, ...] = ()


@dataclass(frozen=True)
class DescribeMember:
    """What colleagues see of a member."""

    member_id: int
    version: int
    display_name: str
    department: str | None = None
    job_title: str | None = None


@dataclass(frozen=True)
class DisableMember:
    """Close the house to a member; their records stay."""

    member_id: int
    version: int


@dataclass(frozen=True)
class RestoreMember:
    """Open the house again to a disabled member."""

    member_id: int
    version: int


@command(requires=Permission.TEAM_MANAGE, actors=CLIENTS)
def invite_member(db: TenantSession, cmd: InviteMember) -> Invited:
    """Create a membership in status invited and its one-time link (7 days).

    Raises InvalidInput, AlreadyExists when the address is a member or invited, PermissionDenied for rights above the
    actor's own. With a link and a mail server the invitation is mailed; the page shows the link anyway.
    """
    email, name = rules.check_email(cmd.email), rules.check_name(cmd.display_name)
    wanted = rules.wanted_rights(cmd.role, cmd.grants, cmd.denials)
    rules.check_assignable(actor_rights(db), wanted, None, own=False, action="invite_member")
    _check_address_free(db, email)
    row = AccountUser(
        display_name=name,
        role=wanted.role,
        preset=rules.kept_preset(cmd.preset, wanted),
        permissions=wanted.as_json(),
        status=MemberStatus.INVITED,
        department=cmd.department or None,
        invited_email=email,
        invited_by=db.context.member_id,
        invited_at=clock.now(),
    )
    db.add(row)
    db.flush()
    expires = _issue(db, row.id, cmd.token_hash)
    return Invited(row.id, expires, mail_link(db, row, cmd.link, cmd.token_hash, expires))


@command(requires=Permission.TEAM_MANAGE, actors=CLIENTS)
def renew_invitation(db: TenantSession, cmd: RenewInvitation) -> Invited:
    """Make a new link; older ones stop working.

    Raises NotFound, NotAllowedNow unless invited or a placeholder, InvalidInput, AlreadyExists when the new address
    is a member or invited, PermissionDenied for rights above the actor's own.
    """
    row = get(db, AccountUser, cmd.member_id, lock=True, what="member")
    if row.status not in (MemberStatus.INVITED, MemberStatus.PLACEHOLDER):
        raise NotAllowedNow(*_not_waiting(row))
    address = rules.check_email(cmd.email or row.invited_email or "")
    rules.check_assignable(actor_rights(db), rights_of(row), None, own=False, action="renew_invitation")
    _check_address_free(db, address, except_id=row.id)
    row.invited_email = address
    row.status = MemberStatus.INVITED
    row.invited_by = db.context.member_id
    row.invited_at = clock.now()
    db.flush()
    expires = _issue(db, row.id, cmd.token_hash)
    return Invited(row.id, expires, mail_link(db, row, cmd.link, cmd.token_hash, expires))


@command(requires=Permission.TEAM_MANAGE, actors=CLIENTS)
def revoke_invitation(db: TenantSession, cmd: RevokeInvitation) -> MemberChanged:
    """Withdraw the open link; the membership stays as a placeholder with its rights, to be invited again.

    Raises NotFound, NotAllowedNow when the person has joined or was never invited.
    """
    row = get(db, AccountUser, cmd.member_id, lock=True, what="member")
    if row.status is not MemberStatus.INVITED:
        raise NotAllowedNow(*_not_waiting(row))
    rules.check_rank(actor_rights(db), rights_of(row), action="revoke_invitation")
    row.status = MemberStatus.PLACEHOLDER
    db.flush()
    db.execute(text("select app.revoke_invitations(:m)"), {"m": row.id})
    db.refresh(row)
    return MemberChanged(row.id, row.version)


@command(requires=Permission.TEAM_MANAGE, actors=CLIENTS)
def change_rights(db: TenantSession, cmd: ChangeRights) -> MemberChanged:
    """Set role, preset and overrides; the change of rights is audited as an act besides the row's change.

    Raises NotFound, EditConflict, InvalidInput, PermissionDenied, NotAllowedNow for the last owner and for a
    disabled member.
    """
    _one_at_a_time(db)
    row = get(db, AccountUser, cmd.member_id, lock=True, what="member")
    if row.status is MemberStatus.DISABLED:
        raise NotAllowedNow(f"{row.display_name} is disabled.", hint="Restore the membership first.")
    before, wanted = rights_of(row), rules.wanted_rights(cmd.role, cmd.grants, cmd.denials)
    rules.check_assignable(actor_rights(db), wanted, before, own=row.id == db.context.member_id, action="change_rights")
    _check_owner_remains(db, row, stays=wanted.role is Role.OWNER)
    changes = {
        "role": wanted.role,
        "preset": rules.kept_preset(cmd.preset, wanted),
        "permissions": wanted.as_json(),
    }
    row = edit(db, AccountUser, cmd.member_id, cmd.version, changes, what="member")
    if wanted != before:
        details = {"from": before.role.value, "to": wanted.role.value, **wanted.as_json()}
        note(db, "role_change", "account_users", row.id, details)
        emit(db, RightsChanged(row.id, before.role.value, wanted.role.value))
    return MemberChanged(row.id, row.version)


@command(requires=Permission.TEAM_MANAGE, actors=CLIENTS)
def describe_member(db: TenantSession, cmd: DescribeMember) -> MemberChanged:
    """Set the name and place shown to colleagues. Raises NotFound, EditConflict, InvalidInput, PermissionDenied."""
    rules.check_rank(
        actor_rights(db), rights_of(get(db, AccountUser, cmd.member_id, what="member")), action="describe_member"
    )
    changes = {
        "display_name": rules.check_name(cmd.display_name),
        "department": (cmd.department or "").strip() or None,
        "job_title": (cmd.job_title or "").strip() or None,
    }
    row = edit(db, AccountUser, cmd.member_id, cmd.version, changes, what="member")
    return MemberChanged(row.id, row.version)


@command(requires=Permission.TEAM_MANAGE, actors=CLIENTS)
def disable_member(db: TenantSession, cmd: DisableMember) -> MemberChanged:
    """Refuse the house to a member from their next action on; withdraws open invitations.

    The login, which another house may share, stays as it is. Raises NotAllowedNow for the last owner.
    """
    _one_at_a_time(db)
    row = get(db, AccountUser, cmd.member_id, lock=True, what="member")
    rules.check_rank(actor_rights(db), rights_of(row), action="disable_member")
    if row.status is MemberStatus.DISABLED:
        return MemberChanged(row.id, row.version)
    _check_owner_remains(db, row, stays=False)
    changes = {
        "status": MemberStatus.DISABLED,
        "disabled_at": clock.now(),
        "disabled_by": db.context.member_id,
    }
    row = edit(db, AccountUser, cmd.member_id, cmd.version, changes, what="member")
    db.execute(text("select app.revoke_invitations(:m)"), {"m": row.id})
    return MemberChanged(row.id, row.version)


@command(requires=Permission.TEAM_MANAGE, actors=CLIENTS)
def restore_member(db: TenantSession, cmd: RestoreMember) -> MemberChanged:
    """Let a disabled member in again: active with a login, else a placeholder to invite."""
    row = get(db, AccountUser, cmd.member_id, lock=True, what="member")
    if row.status is not MemberStatus.DISABLED:
        raise NotAllowedNow(f"{row.display_name} is not disabled.")
    rules.check_assignable(actor_rights(db), rights_of(row), None, own=False, action="restore_member")
    status = MemberStatus.ACTIVE if row.user_id is not None else MemberStatus.PLACEHOLDER
    row = edit(
        db,
        AccountUser,
        cmd.member_id,
        cmd.version,
        {"status": status, "disabled_at": None, "disabled_by": None},
        what="member",
    )
    return MemberChanged(row.id, row.version)


@command(requires=Permission.TEAM_MANAGE, actors=frozenset({ActorKind.OPERATOR}))
def add_existing_login(db: TenantSession, cmd: MemberChanged) -> MemberChanged:
    """Attach the login that the invited address has already (command line `user add`); its password stays.

    Raises NotAllowedNow when the address has no login: then the invitation link is the way.
    """
    row = get(db, AccountUser, cmd.member_id, lock=True, what="member")
    norm = (row.invited_email or "").strip().lower()
    attached = db.scalar(text("select app.add_existing_login(:m, :e)"), {"m": row.id, "e": norm})
    if not attached:
        raise NotAllowedNow(f"{row.invited_email} has no login yet.")
    db.refresh(row)
    emit(db, MemberJoined(row.id, row.display_name, row.invited_email))
    return MemberChanged(row.id, row.version)


def actor_rights(db: TenantSession) -> Rights:
    """The actor's own rights as they stand now: a key's are its scopes, the operator acts as an owner.

    A member's are read again rather than taken from the context: while this transaction waited for its turn, somebody
    may have changed them. Raises PermissionDenied for who does not manage the team.
    """
    if db.context.key_id is not None:
        return _managing(rules.rights_of_key(db.context.permissions))
    if db.context.member_id is None:
        return Rights(Role.OWNER)
    row = db.scalars(
        select(AccountUser)
        .where(AccountUser.account_id == db.context.account_id, AccountUser.id == db.context.member_id)
        .execution_options(populate_existing=True)
    ).one()
    return _managing(rights_of(row), active=row.status is MemberStatus.ACTIVE)


def _managing(rights: Rights, *, active: bool = True) -> Rights:
    if not active or Permission.TEAM_MANAGE not in rights.permissions:
        raise PermissionDenied(
            "You may not do this.",
            hint="Ask an owner or admin of the house for it.",
            permission=Permission.TEAM_MANAGE.value,
            action="team",
        )
    return rights


def _one_at_a_time(db: TenantSession) -> None:
    # Two owners demoting each other at once would each see the other as remaining.
    db.execute(
        text("select pg_advisory_xact_lock(hashtextextended('team:' || cast(:a as text), 0))"),
        {"a": db.context.account_id},
    )


def _check_owner_remains(db: TenantSession, row: AccountUser, *, stays: bool) -> None:
    others = db.scalar(
        select(func.count())
        .select_from(AccountUser)
        .where(
            AccountUser.account_id == db.context.account_id,
            AccountUser.role == Role.OWNER,
            AccountUser.status == MemberStatus.ACTIVE,
            AccountUser.id != row.id,
        )
    )
    was = row.role is Role.OWNER and row.status is MemberStatus.ACTIVE
    rules.check_owner_remains(others or 0, was_owner=was, stays_owner=stays)


def _issue(db: TenantSession, member_id: int, token_hash: bytes) -> dt.datetime:
    expires: dt.datetime | None = db.scalar(
        text("select app.issue_invitation(:m, :h)"), {"m": member_id, "h": token_hash}
    )
    if expires is None:
        raise NotAllowedNow("There is nobody to invite.")
    return expires


def _not_waiting(row: AccountUser) -> tuple[str]:
    states = {
        MemberStatus.ACTIVE: "has joined already",
        MemberStatus.DISABLED: "is disabled",
        MemberStatus.PLACEHOLDER: "has no open invitation",
    }
    return (f"{row.display_name} {states[MemberStatus(row.status)]}.",)


def _check_address_free(db: TenantSession, email: str, *, except_id: int | None = None) -> None:
    norm = email.strip().lower()
    statement = (
        select(AccountUser.display_name)
        .outerjoin(User, User.id == AccountUser.user_id)
        .where(
            AccountUser.account_id == db.context.account_id,
            (User.email_norm == norm)
            | ((AccountUser.invited_email_norm == norm) & (AccountUser.status == MemberStatus.INVITED)),
        )
        .limit(1)
    )
    if except_id is not None:
        statement = statement.where(AccountUser.id != except_id)
    taken = db.scalar(statement)
    if taken is not None:
        raise AlreadyExists(f"{email} is in the team already ({taken}).", hint="Change that membership instead.")
