"""What the tenancy domain adds to Home, and its lists for export."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select

from eventos_core.db.session import TenantSession
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.exports import Column, Exportable, column, exportable, instant, label, words
from eventos_core.operations.list_joins import Everything, whole
from eventos_core.operations.needs import Need, Urgency, needs_me
from eventos_core.operations.privacy.registry import personal
from eventos_core.operations.settings import Section, section
from eventos_core.tenancy import queries, rules
from eventos_core.tenancy.queries import TeamFilter

_SOON = dt.timedelta(days=2)


@needs_me(Permission.TEAM_MANAGE)
def invitations_that_wait(db: TenantSession) -> list[Need]:
    """Invitations whose link has ended or ends within two days; at most 4, oldest first."""
    lasting = rules.LINK_LASTS
    rows = db.execute(
        select(AccountUser.id, AccountUser.display_name, AccountUser.invited_at)
        .where(
            AccountUser.account_id == db.context.account_id,
            AccountUser.status == MemberStatus.INVITED,
            AccountUser.invited_at < func.now() - (lasting - _SOON),
        )
        .order_by(AccountUser.invited_at, AccountUser.id)
        .limit(4)
    ).all()
    now = clock.now()
    return [_need(row.id, row.display_name, row.invited_at + lasting, now) for row in rows]


def _team_columns(db: TenantSession, wanted: TeamFilter) -> Sequence[Column]:
    return (
        column("Id", "id"),
        column("Name", "name"),
        column("E-mail address", "email"),
        words("Role", "role", lambda role: Role(role).label),
        column("Beyond the role", "preset", shown="rights"),
        column("Exceptions", "overrides", shown="rights"),
        label("Status", "status", MemberStatus, shown="state"),
        column("Department", "department"),
        instant("Invited", "invited_at"),
        instant("Last seen", "last_seen_at", shown="seen"),
    )


def _key_columns(db: TenantSession, wanted: Everything) -> Sequence[Column]:
    """What is known of the keys; the keys themselves are kept nowhere."""
    return (
        column("Id", "id"),
        column("Name", "name"),
        column("Begins with", "prefix", shown="begins"),
        column("May", "scopes", shown="may"),
        words("Status", "status", lambda status: status.replace("_", " ").capitalize(), shown="state"),
        instant("Ends", "expires_at"),
        instant("Last used", "last_used_at"),
        column("Last used from", "last_used_ip"),
        column("Requests a minute", "requests_per_minute"),
        column("Made by", "made_by"),
        instant("Made", "created_at"),
    )


exportable(
    Exportable(
        "team", "Team", Permission.TEAM_READ, TeamFilter, **whole(queries.team), columns=_team_columns,
        covers=("tenancy.team",),
    )
)  # fmt: skip
exportable(
    Exportable(
        "keys", "API keys", Permission.INTEGRATIONS_MANAGE, Everything,
        **whole(lambda db, _: queries.api_keys(db, include_ended=True)), columns=_key_columns,
        covers=("tenancy.api_keys",),
    )
)  # fmt: skip


def _need(member_id: int, name: str, ends: dt.datetime, now: dt.datetime) -> Need:
    link = {"member": str(member_id)}
    if ends <= now:
        return Need(f"Invite {name} again", "The link has ended unused", Urgency.LATE, "admin_team", link, ends)
    return Need(f"Remind {name} of the invitation", "The link ends soon", Urgency.SOON, "admin_team", link, ends)


section(
    Section(
        "sign_in",
        "Signing in and links",
        "phonelink_lock",
        "What the house demands of everybody who enters, and what opens without signing in.",
        writes=Permission.ACCOUNT_MANAGE,
        drawn=True,
        order=60,
    )
)
# Memberships in use are refused before: a colleague is no mere record, and the login is the person's own.
personal(
    "account_users",
    own=("display_name", "department", "job_title", "invited_email"),
    address=("invited_email",),
    title="Memberships that have ended, and placeholders",
)
