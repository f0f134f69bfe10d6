"""Whom the team's changes concern is told."""

from __future__ import annotations

from sqlalchemy import select

from eventos_core.db.facts import on
from eventos_core.db.session import TenantSession
from eventos_core.kernel.facts import MemberJoined, RightsChanged
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.messages.notices import Notice, notify
from eventos_core.tenancy.inviting import JOINED, RIGHTS_CHANGED


@on(RightsChanged)
def tell_whose_rights_changed(db: TenantSession, fact: RightsChanged) -> None:
    """The member learns of it; who changed their own knows."""
    row = _member(db, fact.member_id)
    if row is None or row.user_id is None or row.user_id == db.context.user_id:
        return
    by = db.context.display_name
    if fact.old_role == fact.new_role:
        title = f"{by} changed what you may do"
    else:
        title = f"{by} made you {row.role.label.lower()} of {db.context.account_name}"
    link = f"/admin_team?house={db.context.account_slug}&member={row.id}"
    notify(db, row.user_id, Notice(RIGHTS_CHANGED.key, title, link=link, about="account_users", about_id=row.id))


@on(MemberJoined)
def tell_who_invited(db: TenantSession, fact: MemberJoined) -> None:
    """Whoever invited a person learns that they joined."""
    row = _member(db, fact.member_id)
    host = _member(db, row.invited_by) if row is not None and row.invited_by is not None else None
    if row is None or host is None or host.user_id is None or host.id == row.id:
        return
    link = f"/admin_team?house={db.context.account_slug}&member={row.id}"
    notice = Notice(
        JOINED.key, f"{row.display_name} joined {db.context.account_name}", link=link, about="account_users",
        about_id=row.id, dedupe=f"joined:{row.id}",
    )  # fmt: skip
    notify(db, host.user_id, notice)


def _member(db: TenantSession, member_id: int) -> AccountUser | None:
    return db.scalars(
        select(AccountUser).where(AccountUser.account_id == db.context.account_id, AccountUser.id == member_id)
    ).one_or_none()
