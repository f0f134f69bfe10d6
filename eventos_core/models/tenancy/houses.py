"""Houses, memberships, API keys and retention policies."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.tenancy import (
    AccountPlan,
    AccountStatus,
    LegalBasis,
    MemberStatus,
    RetentionAction,
    RetentionAnchor,
)
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.models.base import (
    Base,
    CurrencyCode,
    Editable,
    Email,
    Fence,
    JsonObject,
    Name,
    Positive,
    Slug,
    TenantTable,
    TextList,
    Timestamped,
    Versioned,
    Zone,
    choice,
    ref,
)
from eventos_core.models.types import SILENT, CountryCode, Digest, LocaleCode


class Account(Base, Timestamped, Versioned):
    """A house: the tenant and the key of isolation everywhere."""

    __tablename__ = "accounts"
    __fence__ = Fence(scope="account", app="rwk", manage=Permission.TEAM_MANAGE)
    __audit__ = True
    __table_args__ = (
        UniqueConstraint("slug"),
        CheckConstraint("(status = 'suspended') = (suspended_at is not null)", name="suspended_has_a_time"),
        CheckConstraint("(status = 'closed') = (closed_at is not null)", name="closed_has_a_time"),
        CheckConstraint("status <> 'suspended' or suspended_reason is not null", name="suspended_has_a_reason"),
        Index("ix_accounts_status", "status", postgresql_where=text("status <> 'active'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True, sort_order=-100)
    """Identity; the account_id of every other table."""
    slug: Mapped[Slug]
    """The house in links; unique in the installation."""
    name: Mapped[Name]
    """As shown in the sidebar and to guests."""
    status: Mapped[AccountStatus] = choice(AccountStatus, AccountStatus.ACTIVE)
    """Only an active house may be entered; operators may enter any."""
    plan: Mapped[AccountPlan] = choice(AccountPlan, AccountPlan.TRIAL)
    """What the house has subscribed to."""
    base_currency: Mapped[CurrencyCode]
    """ISO 4217; figures over several currencies are converted to it."""
    timezone: Mapped[Zone]
    """IANA zone in which the house's days, months and due dates run."""
    locale: Mapped[LocaleCode] = mapped_column(server_default=text("'en'"))
    """BCP 47: language and formats of what the house sends."""
    country: Mapped[CountryCode | None]
    """ISO 3166-1 alpha-2; default for addresses, phone numbers and taxes."""
    fiscal_year_start_month: Mapped[int] = mapped_column(
        SmallInteger, server_default=text("1"), info={"check": "{c} between 1 and 12"}
    )
    """1 = January; where the fiscal year of reports begins."""
    week_start: Mapped[int] = mapped_column(
        SmallInteger, server_default=text("1"), info={"check": "{c} between 1 and 7"}
    )
    """ISO weekday on which weeks begin, 1 = Monday."""
    settings: Mapped[JsonObject]
    """House-wide switches and defaults by key; validated by the settings commands."""
    contact_email: Mapped[Email | None]
    """Where the installation's operator reaches the house."""
    trial_ends_at: Mapped[dt.datetime | None]
    """When a trial turns read-only; NULL for other plans."""
    suspended_at: Mapped[dt.datetime | None]
    """Since when nobody may enter; NULL unless suspended."""
    suspended_reason: Mapped[str | None]
    """Said to members who try to enter."""
    closed_at: Mapped[dt.datetime | None]
    """When the house was given up; its data await the retention policy."""


class AccountUser(TenantTable, Editable):
    """A membership: a person in a house. Without a user it is a placeholder, claimed later by invitation."""

    __tablename__ = "account_users"
    __fence__ = Fence(manage=Permission.TEAM_MANAGE, app="rwk")
    __derived__ = {
        "name_sort": "app.sort_key(new.display_name)",
        "invited_email_norm": "coalesce(app.email_norm(new.invited_email), '')",
    }
    __table_args__ = (
        UniqueConstraint("account_id", "user_id"),
        CheckConstraint("status <> 'active' or user_id is not null", name="active_has_a_user"),
        CheckConstraint("status <> 'placeholder' or user_id is null", name="placeholder_has_no_user"),
        CheckConstraint("status <> 'invited' or invited_email is not null", name="invited_has_an_address"),
        CheckConstraint("(status = 'disabled') = (disabled_at is not null)", name="disabled_has_a_time"),
        CheckConstraint(
            # Not `=`: of a missing key it would be unknown, and a CHECK lets that pass.
            "jsonb_typeof(permissions -> 'grant') is not distinct from 'array'"
            " and jsonb_typeof(permissions -> 'deny') is not distinct from 'array'"
            " and permissions - 'grant' - 'deny' = '{}'::jsonb"
            """ and not jsonb_path_exists(permissions, '$.*[*] ? (@.type() <> "string")')""",
            name="permissions_grant_and_deny",
        ),
        Index("ix_account_users_user_id", "user_id", "account_id"),
        Index("ix_account_users_name", "account_id", "name_sort", "id"),
        Index(
            "ix_account_users_owners",
            "account_id",
            "id",
            postgresql_where=text("role = 'owner' and status = 'active'"),
        ),
        Index(
            "uq_account_users_invited_email_norm",
            "account_id",
            "invited_email_norm",
            unique=True,
            postgresql_where=text("status = 'invited'"),
        ),
    )

    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """→ users: the login; NULL for a placeholder and for an invitation to somebody without a login."""
    display_name: Mapped[Name]
    """As colleagues see them; from the import for a placeholder."""
    name_sort: Mapped[str] = mapped_column(server_default=text("''"))
    """Sort key of the display name, kept by trigger."""
    role: Mapped[Role] = choice(Role, Role.MEMBER)
    """Rank and base of the permissions; the last active owner cannot be removed."""
    preset: Mapped[str | None] = mapped_column(info={"check": "{c} ~ '^[a-z][a-z0-9_]*$'"})
    """Key of the preset that role and grants were taken from; NULL where set by hand."""
    permissions: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("""'{"grant": [], "deny": []}'::jsonb""")
    )
    """Beyond the role: `grant` and `deny`, lists of permission names."""
    status: Mapped[MemberStatus] = choice(MemberStatus, MemberStatus.PLACEHOLDER)
    """Only an active membership opens the house."""
    department: Mapped[str | None]
    """Free text, as on the call sheet."""
    job_title: Mapped[str | None]
    """What they do in the house."""
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the member as a person (clash rule, meetings); made when they join."""
    invited_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who sent the last invitation."""
    invited_email: Mapped[Email | None]
    """Address the invitation went to; stays after it was accepted."""
    invited_email_norm: Mapped[str] = mapped_column(server_default=text("''"))
    """Normalised form, kept by trigger; one open invitation per address and house."""
    invited_at: Mapped[dt.datetime | None]
    """When the last invitation was sent."""
    joined_at: Mapped[dt.datetime | None]
    """When the membership first became active."""
    disabled_at: Mapped[dt.datetime | None]
    """Since when they may not enter; NULL unless disabled."""
    disabled_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who disabled them."""
    last_seen_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """Last use of the house; written at most once an hour, by definer functions only."""


class ApiKey(TenantTable, Editable):
    """A key for programs: shown once, stored as prefix and hash."""

    __tablename__ = "api_keys"
    __fence__ = Fence(manage=Permission.TEAM_MANAGE, app="rwk")
    __secret__ = ("key_hash",)
    __table_args__ = (
        UniqueConstraint("key_hash"),
        UniqueConstraint("account_id", "prefix"),
        CheckConstraint("cardinality(scopes) > 0", name="scopes_not_empty"),
        CheckConstraint("expires_at is null or expires_at > created_at", name="expires_after_creation"),
        CheckConstraint("revoked_by is null or revoked_at is not null", name="revoked_by_has_a_time"),
        Index(
            "uq_api_keys_live_name",
            "account_id",
            "name",
            unique=True,
            postgresql_where=text("revoked_at is null"),
        ),
    )

    name: Mapped[Name]
    """What the key is for; unique among the keys in force."""
    prefix: Mapped[str] = mapped_column(info={"check": "length({c}) between 6 and 20"})
    """First characters of the key, to tell it by."""
    key_hash: Mapped[Digest]
    """SHA-256 of the whole key; unique in the installation, since it is looked up before any house is known."""
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Permission names the key carries."""
    expires_at: Mapped[dt.datetime | None]
    """From when it opens nothing; NULL = until revoked."""
    requests_per_minute: Mapped[Positive] = mapped_column(Integer, server_default=text("300"))
    """Limit, counted in rate_limits."""
    allowed_networks: Mapped[TextList]
    """CIDR ranges it may be used from; empty = from anywhere."""
    last_used_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """Last use, written at most once a minute by a definer function."""
    last_used_ip: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 45", **SILENT})
    """Address of the last use, as text."""
    revoked_at: Mapped[dt.datetime | None]
    """When it was withdrawn; NULL while in force."""
    revoked_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who withdrew it."""


class RetentionPolicy(TenantTable, Editable):
    """How long data of one kind are kept on one legal basis, and what happens then; worked off by a job."""

    __tablename__ = "retention_policies"
    __fence__ = Fence(manage=Permission.TEAM_MANAGE)
    __table_args__ = (
        UniqueConstraint("account_id", "entity", "legal_basis"),
        Index("ix_retention_policies_enabled", "account_id", postgresql_where=text("enabled")),
    )

    entity: Mapped[str] = mapped_column(info={"check": "{c} ~ '^[a-z][a-z0-9_]*$'"})
    """Table or kind of data, as in the erasure registry."""
    legal_basis: Mapped[LegalBasis] = choice(LegalBasis)
    """Ground on which the data are kept (Article 6 GDPR)."""
    months: Mapped[Positive]
    """Months kept after the anchor."""
    anchor: Mapped[RetentionAnchor] = choice(RetentionAnchor, RetentionAnchor.LAST_ACTIVITY)
    """From when the months are counted."""
    action: Mapped[RetentionAction] = choice(RetentionAction, RetentionAction.ANONYMISE)
    """What the job does when the time is up."""
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether the job works it off."""
    note: Mapped[str | None]
    """Why this long: the law or the reasoning."""
