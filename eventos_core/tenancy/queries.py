"""What the Team and House pages read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import case, func, select, text

from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import CLIENTS, query
from eventos_core.db.session import TenantSession
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel.permissions import Permission, Role, parse
from eventos_core.models.tenancy import Account, AccountUser, ApiKey, User
from eventos_core.tenancy import rules
from eventos_core.tenancy.rules import Rights

TEAM = FrameSpec(
    id="int",
    name="text",
    email="text",
    role="text",
    preset="text",
    status="text",
    department="text",
    overrides="int",
    invited_at="instant",
    link_open="bool",
    last_seen_at="instant",
    version="int",
)
"""One row per membership; `email` is the login's, or the address invited; `overrides` counts grants and denials;
`link_open` says of invited ones whether the link's seven days still run."""


FAILURES = FrameSpec(email="text", failures="int", last_at="instant")
"""One row per member's address with failed sign-ins."""


KEYS = FrameSpec(
    id="int",
    name="text",
    prefix="text",
    scopes="list",
    status="text",
    expires_at="instant",
    last_used_at="instant",
    last_used_ip="text",
    requests_per_minute="int",
    made_by="text",
    created_at="instant",
    version="int",
)
"""One row per API key; `status` is in_force, ended or revoked."""


@dataclass(frozen=True)
class TeamFilter:
    """Whom to list: words of name, address, department or title, a role, and whether disabled ones too."""

    q: str = ""
    role: Role | None = None
    disabled: bool = False


@dataclass(frozen=True)
class Member:
    """One membership with its rights."""

    id: int
    name: str
    email: str | None
    rights: Rights
    preset: str | None
    status: MemberStatus
    department: str | None
    job_title: str | None
    joined_at: dt.datetime | None
    invited_at: dt.datetime | None
    invited_by: str | None
    disabled_at: dt.datetime | None
    last_seen_at: dt.datetime | None
    version: int

    def link_open(self, now: dt.datetime) -> bool:
        """Whether an invitation waits whose link's seven days still run."""
        return self.status is MemberStatus.INVITED and rules.link_open(self.invited_at, now)


@dataclass(frozen=True)
class HouseSettings:
    """The account row as the House page edits it."""

    id: int
    slug: str
    name: str
    base_currency: str
    timezone: str
    locale: str
    country: str | None
    fiscal_year_start_month: int
    week_start: int
    contact_email: str | None
    version: int
    demands_second_factor: bool = False


@dataclass(frozen=True)
class MemberLogin:
    """What who manages the team may know of a member's login."""

    has_second_factor: bool
    ours_alone: bool
    """Whether no other house shares it, so that this one may help the person back in."""


@query(requires=Permission.TEAM_READ)
def team(db: TenantSession, wanted: TeamFilter | None = None, *, include_disabled: bool = False) -> pd.DataFrame:
    """The memberships by rank and name, as `TEAM`; placeholders last. At most 500 rows."""
    wanted = wanted or TeamFilter(disabled=include_disabled)
    rank = func.array_position([role.value for role in Role], AccountUser.role)
    statement = (
        select(
            AccountUser.id,
            AccountUser.display_name.label("name"),
            func.coalesce(User.email, AccountUser.invited_email).label("email"),
            AccountUser.role,
            AccountUser.preset,
            AccountUser.status,
            AccountUser.department,
            (
                func.jsonb_array_length(AccountUser.permissions["grant"])
                + func.jsonb_array_length(AccountUser.permissions["deny"])
            ).label("overrides"),
            AccountUser.invited_at,
            (
                (AccountUser.status == MemberStatus.INVITED) & (AccountUser.invited_at > func.now() - rules.LINK_LASTS)
            ).label("link_open"),
            AccountUser.last_seen_at,
            AccountUser.version,
        )
        .outerjoin(User, User.id == AccountUser.user_id)
        .where(AccountUser.account_id == db.context.account_id)
        .order_by(AccountUser.status == MemberStatus.PLACEHOLDER, rank, AccountUser.name_sort, AccountUser.id)
        .limit(500)
    )
    if not wanted.disabled:
        statement = statement.where(AccountUser.status != MemberStatus.DISABLED)
    if wanted.role is not None:
        statement = statement.where(AccountUser.role == wanted.role)
    for word in wanted.q.split()[:8]:
        said = func.concat_ws(" ", AccountUser.display_name, User.email, AccountUser.invited_email,
                              AccountUser.department, AccountUser.job_title)  # fmt: skip
        statement = statement.where(func.strpos(func.app.search_key(said), func.app.search_key(word)) > 0)
    return TEAM.query(db, statement)


@query(requires=Permission.TEAM_READ)
def member(db: TenantSession, member_id: int) -> Member:
    """One membership. Raises NotFound."""
    row = get(db, AccountUser, member_id, what="member")
    email = db.scalar(select(User.email).where(User.id == row.user_id)) if row.user_id else None
    inviter = None
    if row.invited_by is not None:
        inviter = get(db, AccountUser, row.invited_by, what="member").display_name
    return Member(
        id=row.id,
        name=row.display_name,
        email=email or row.invited_email,
        rights=rights_of(row),
        preset=row.preset,
        status=MemberStatus(row.status),
        department=row.department,
        job_title=row.job_title,
        joined_at=row.joined_at,
        invited_at=row.invited_at,
        invited_by=inviter,
        disabled_at=row.disabled_at,
        last_seen_at=row.last_seen_at,
        version=row.version,
    )


@query(requires=Permission.TEAM_MANAGE)
def failed_sign_ins(db: TenantSession) -> pd.DataFrame:
    """Failed sign-ins of members in the last 30 days as `FAILURES`, newest first; at most 100 addresses."""
    return FAILURES.query(db, text("select email, failures, last_at from app.team_attempts()"))


@query(requires=Permission.TEAM_MANAGE, actors=CLIENTS)
def member_logins(db: TenantSession) -> dict[int, MemberLogin]:
    """The logins of the active members by member id."""
    rows = db.execute(text("select member_id, has_factor, ours_alone from app.member_factors()")).all()
    return {row.member_id: MemberLogin(row.has_factor, row.ours_alone) for row in rows}


@query(requires=Permission.INTEGRATIONS_MANAGE, actors=CLIENTS)
def api_keys(db: TenantSession, *, include_ended: bool = False) -> pd.DataFrame:
    """The house's API keys as `KEYS`, those in force first, newest first; at most 500. Never the keys themselves."""
    ended = ApiKey.expires_at <= func.now()
    status = case((ApiKey.revoked_at.is_not(None), "revoked"), (ended, "ended"), else_="in_force")
    statement = (
        select(
            ApiKey.id,
            ApiKey.name,
            ApiKey.prefix,
            ApiKey.scopes,
            status.label("status"),
            ApiKey.expires_at,
            ApiKey.last_used_at,
            ApiKey.last_used_ip,
            ApiKey.requests_per_minute,
            AccountUser.display_name.label("made_by"),
            ApiKey.created_at,
            ApiKey.version,
        )
        .outerjoin(AccountUser, (AccountUser.account_id == ApiKey.account_id) & (AccountUser.id == ApiKey.created_by))
        .where(ApiKey.account_id == db.context.account_id)
        .order_by(status != "in_force", ApiKey.created_at.desc(), ApiKey.id.desc())
        .limit(500)
    )
    if not include_ended:
        statement = statement.where(ApiKey.revoked_at.is_(None), func.coalesce(ended, False).is_(False))
    return KEYS.query(db, statement)


@query(requires=Permission.HOUSE_READ)
def house_settings(db: TenantSession) -> HouseSettings:
    """The house's own row."""
    row = db.scalars(select(Account).where(Account.id == db.context.account_id)).one()
    return HouseSettings(
        id=row.id,
        slug=row.slug,
        name=row.name,
        base_currency=row.base_currency,
        timezone=row.timezone,
        locale=row.locale,
        country=row.country,
        fiscal_year_start_month=row.fiscal_year_start_month,
        week_start=row.week_start,
        contact_email=row.contact_email,
        version=row.version,
        demands_second_factor=row.settings.get(rules.SECOND_FACTOR) is True,
    )


@query(requires=Permission.TEAM_READ)
def member_choices(db: TenantSession) -> dict[int, str]:
    """Active members and placeholders by id → name, for owner pickers; sorted by name, at most 500."""
    rows = db.execute(
        select(AccountUser.id, AccountUser.display_name)
        .where(
            AccountUser.account_id == db.context.account_id,
            AccountUser.status.in_([MemberStatus.ACTIVE, MemberStatus.PLACEHOLDER, MemberStatus.INVITED]),
        )
        .order_by(AccountUser.name_sort, AccountUser.id)
        .limit(500)
    ).all()
    return {row.id: row.display_name for row in rows}


def rights_of(row: AccountUser) -> Rights:
    """Role and overrides of a membership row."""
    stored = row.permissions
    return Rights(Role(row.role), parse(stored.get("grant", ())), parse(stored.get("deny", ())))
