"""People who sign in, their credentials, sessions and one-time tokens: global, not of a house."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.tenancy import (
    AttemptReason,
    LoginMailKind,
    SessionEnd,
    SessionKind,
    SignInMethod,
    TokenPurpose,
    UserStatus,
)
from eventos_core.models.base import (
    Base,
    Cipher,
    Count,
    Email,
    Fence,
    JsonObject,
    Name,
    Positive,
    Timestamped,
    Versioned,
    Zone,
    choice,
)
from eventos_core.models.types import Digest, LocaleCode

CREDENTIALS = Fence(scope="system", app="none")
"""Reached through definer functions only: no grant, no policy for the app."""


class User(Base, Timestamped, Versioned):
    """A person's login profile, shared by all houses they work for; credentials are kept apart."""

    __tablename__ = "users"
    __fence__ = Fence(scope="person", app="rwk")
    __derived__ = {"email_norm": "app.email_norm(new.email)", "name_sort": "app.sort_key(new.name)"}
    __table_args__ = (
        UniqueConstraint("email_norm"),
        CheckConstraint("(status = 'disabled') = (disabled_at is not null)", name="disabled_has_a_time"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True, sort_order=-100)
    """Identity; never shown outside."""
    email: Mapped[Email]
    """The address to sign in with, as written."""
    email_norm: Mapped[str] = mapped_column(server_default=text("''"))
    """Normalised form, kept by trigger; unique in the installation."""
    email_confirmed_at: Mapped[dt.datetime | None]
    """When the person proved the address by a link; NULL until then."""
    name: Mapped[Name]
    """Full name; a membership may show another."""
    name_sort: Mapped[str] = mapped_column(server_default=text("''"))
    """Sort key of the name, kept by trigger."""
    status: Mapped[UserStatus] = choice(UserStatus, UserStatus.ACTIVE)
    """A disabled person signs in nowhere; a membership is disabled per house instead."""
    disabled_at: Mapped[dt.datetime | None]
    """Since when sign-in is refused; NULL while active."""
    locale: Mapped[LocaleCode] = mapped_column(server_default=text("'en'"))
    """BCP 47: language and formats of the person's own pages and mails."""
    timezone: Mapped[Zone | None]
    """IANA zone for times that belong to no event; NULL = the house's."""
    preferences: Mapped[JsonObject]
    """Personal choices that hold in every house: theme, density, start page."""


class UserCredential(Base, Timestamped):
    """How a person proves who they are: password hash, second factor, single sign-on."""

    __tablename__ = "user_credentials"
    __fence__ = CREDENTIALS
    __secret__ = ("password_hash", "totp_secret", "recovery_code_hashes")
    __table_args__ = (
        UniqueConstraint("oidc_issuer", "oidc_subject"),
        CheckConstraint("(oidc_issuer is null) = (oidc_subject is null)", name="oidc_is_whole"),
        CheckConstraint("totp_confirmed_at is null or totp_secret is not null", name="factor_has_a_secret"),
    )

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, sort_order=-100
    )
    """→ users: one row per person."""
    password_hash: Mapped[str | None] = mapped_column(info={"check": "{c} like '$2%'"})
    """bcrypt; NULL where the person signs in through single sign-on only."""
    password_changed_at: Mapped[dt.datetime | None]
    """When the password was last set."""
    must_change_password: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the next sign-in leads to a new password."""
    totp_secret: Mapped[Cipher | None]
    """Encrypted TOTP secret; associated data account 0."""
    totp_confirmed_at: Mapped[dt.datetime | None]
    """When the person first entered a right code; the factor is demanded from then on."""
    totp_last_step: Mapped[int | None]
    """Number of the last 30-second step used, so that a code works once."""
    recovery_code_hashes: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary), server_default=text("'{}'::bytea[]"))
    """SHA-256 of the unused recovery codes; a used one is removed."""
    failed_attempts: Mapped[Count] = mapped_column(server_default=text("0"))
    """Failures in a row since the last success."""
    locked_until: Mapped[dt.datetime | None]
    """No sign-in before this time; NULL while open."""
    oidc_issuer: Mapped[str | None]
    """Issuer of the single sign-on identity; NULL without one."""
    oidc_subject: Mapped[str | None]
    """Subject at that issuer; unique per issuer."""


class LoginDevice(Base):
    """A browser that a person has signed in with; a sign-in with any other one is told to the person."""

    __tablename__ = "login_devices"
    __fence__ = CREDENTIALS
    __secret__ = ("device_hash",)
    __table_args__ = (
        UniqueConstraint("user_id", "device_hash"),
        Index("ix_login_devices_last_seen_at", "last_seen_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True, sort_order=-100)
    """Identity."""
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    """→ users: whose; a browser that two people use is one row each."""
    device_hash: Mapped[Digest]
    """SHA-256 of the browser's device cookie, which outlives signing out."""
    name: Mapped[Name]
    """Browser and system, as the browser names itself: Firefox on Windows."""
    first_seen_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """First sign-in with it."""
    last_seen_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """Latest sign-in with it; forgotten 400 days after, unless it is the person's last one."""


class LoginMail(Base):
    """A mail about a person's login, on its way.

    It belongs to no house: the login does not either. So no house can read it, reword it into a trap for a login that
    another house shares, or stop it by a suppression, and who belongs to none gets theirs as well.
    """

    __tablename__ = "login_mails"
    __fence__ = CREDENTIALS
    __table_args__ = (
        CheckConstraint("(user_id is null) <> (email_norm is null)", name="one_recipient"),
        CheckConstraint("(kind = 'password_link') = (email_norm is not null)", name="link_goes_to_an_address"),
        Index("ix_login_mails_due", "next_attempt_at", "id", postgresql_where=text("sent_at is null")),
        Index("ix_login_mails_user_id", "user_id"),
        Index("ix_login_mails_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True, sort_order=-100)
    """Identity; part of the Message-ID, which is the same at every try."""
    kind: Mapped[LoginMailKind] = choice(LoginMailKind)
    """What it tells; the wording is the program's own."""
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    """→ users: who is told something; NULL where somebody asks for a link."""
    email_norm: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 320"})
    """The address that a link was asked for, known or not; whose it is, is looked up when it is sent."""
    details: Mapped[JsonObject]
    """What the wording says of the occasion: device, network address; never anything that opens something."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was asked for, or happened."""
    expires_at: Mapped[dt.datetime]
    """From when it is no longer worth sending; deleted a week later."""
    attempts: Mapped[Count] = mapped_column(server_default=text("0"))
    """Tries so far."""
    next_attempt_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it is tried next; ahead while a worker has it in hand."""
    sent_at: Mapped[dt.datetime | None]
    """When the mail server took it."""
    last_error: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 500"})
    """What went wrong last."""


class LoginSession(Base):
    """One signed-in browser, or one run of the command line."""

    __tablename__ = "login_sessions"
    __fence__ = CREDENTIALS
    __secret__ = ("token_hash",)
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("kind = 'operator' or user_id is not null", name="member_has_a_user"),
        CheckConstraint("created_at < expires_at", name="expires_after_creation"),
        CheckConstraint("(revoked_at is null) = (revoked_reason is null)", name="revoked_for_a_reason"),
        Index("ix_login_sessions_user_id", "user_id", text("last_seen_at desc")),
        Index("ix_login_sessions_expires_at", "expires_at"),
        Index("ix_login_sessions_device_id", "device_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True, sort_order=-100)
    """Identity."""
    token_hash: Mapped[Digest]
    """SHA-256 of the cookie's token; the token itself is stored nowhere."""
    kind: Mapped[SessionKind] = choice(SessionKind, SessionKind.MEMBER)
    """A person in a browser, or an operator at the command line."""
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    """→ users: whose session; for an operator NULL, or the person acted as."""
    method: Mapped[SignInMethod] = choice(SignInMethod, SignInMethod.PASSWORD)
    """How the person proved who they are; an operator by the migrator's login."""
    device_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("login_devices.id", ondelete="SET NULL"))
    """→ login_devices: the browser it was opened in; NULL where that has been forgotten, or is none."""
    second_factor_at: Mapped[dt.datetime | None]
    """When the second factor was passed; NULL where none is set up."""
    operator_name: Mapped[str | None]
    """Operating-system user at the command line; goes to the audit."""
    ip: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 45"})
    """Address the session was opened from, as text."""
    user_agent: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 500"})
    """Browser, as it names itself; shown in the list of own sessions."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was opened."""
    last_seen_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """Last use, written at most once a minute."""
    expires_at: Mapped[dt.datetime]
    """From when it no longer opens anything."""
    revoked_at: Mapped[dt.datetime | None]
    """When it was ended before its time; NULL while usable."""
    revoked_reason: Mapped[SessionEnd | None] = choice(SessionEnd)
    """Why it was ended."""
    entered_account_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'::bigint[]"))
    """Houses this session has entered: the sign-in is audited in each once, at first entry."""


class LoginAttempt(Base):
    """One try to sign in, good or bad; shown to the person and to admins of their houses."""

    __tablename__ = "login_attempts"
    __fence__ = CREDENTIALS
    __table_args__ = (
        CheckConstraint("ok = (reason is null)", name="refused_for_a_reason"),
        Index("ix_login_attempts_email_norm", "email_norm", text("at desc")),
        Index("ix_login_attempts_ip", "ip", text("at desc")),
        Index("ix_login_attempts_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True, sort_order=-100)
    """Identity."""
    email_norm: Mapped[str]
    """Normalised address that was tried, known or not."""
    ip: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 45"})
    """Address the try came from, as text."""
    user_agent: Mapped[str | None] = mapped_column(info={"check": "length({c}) <= 500"})
    """Browser, as it names itself."""
    ok: Mapped[bool]
    """Whether a session came of it."""
    reason: Mapped[AttemptReason | None] = choice(AttemptReason)
    """Why it was refused; never told to whoever tried."""
    at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When; deleted after 90 days."""


class OneTimeToken(Base):
    """A link or ticket that opens one thing for a limited time: invitation, reset, public link."""

    __tablename__ = "one_time_tokens"
    __fence__ = CREDENTIALS
    __secret__ = ("token_hash",)
    __table_args__ = (
        UniqueConstraint("token_hash"),
        ForeignKeyConstraint(
            ["account_id", "member_id"],
            ["account_users.account_id", "account_users.id"],
            name="fk_one_time_tokens_member_id",
            ondelete="CASCADE",
        ),
        CheckConstraint("created_at < expires_at", name="expires_after_creation"),
        CheckConstraint("max_uses is null or uses <= max_uses", name="uses_within_limit"),
        CheckConstraint("member_id is null or account_id is not null", name="member_has_a_house"),
        CheckConstraint(
            "purpose <> 'invitation' or (account_id is not null and member_id is not null)",
            name="invitation_names_a_membership",
        ),
        CheckConstraint(
            "purpose not in ('reset', 'session_ticket', 'email_confirm') or user_id is not null",
            name="personal_ticket_names_a_user",
        ),
        CheckConstraint("purpose <> 'public_link' or account_id is not null", name="public_link_names_a_house"),
        Index("ix_one_time_tokens_account_id_member_id", "account_id", "member_id"),
        Index("ix_one_time_tokens_user_id", "user_id", "purpose"),
        Index("ix_one_time_tokens_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True, sort_order=-100)
    """Identity; the actor id of a public-token transaction."""
    token_hash: Mapped[Digest]
    """SHA-256 of the token in the link."""
    purpose: Mapped[TokenPurpose] = choice(TokenPurpose)
    """The only thing it opens."""
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("accounts.id"))
    """→ accounts: the house it belongs to; NULL for tokens of a person or of set-up."""
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    """→ users: for whom; NULL where the person has no login yet."""
    member_id: Mapped[int | None]
    """→ account_users: the membership an invitation is for, or on whose behalf a link acts."""
    payload: Mapped[JsonObject]
    """What the link is about: `permissions` (list) of a public link, ids of its subject; no personal data."""
    expires_at: Mapped[dt.datetime]
    """From when it no longer opens anything."""
    used_at: Mapped[dt.datetime | None]
    """When its last permitted use was made; NULL while usable."""
    revoked_at: Mapped[dt.datetime | None]
    """When it was withdrawn; NULL while usable."""
    max_uses: Mapped[Positive | None] = mapped_column(server_default=text("1"))
    """How often it may be used; NULL = as often as one likes until it expires."""
    uses: Mapped[Count] = mapped_column(server_default=text("0"))
    """How often it was used."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was made."""


class RateLimit(Base):
    """How often something was tried within one window of time."""

    __tablename__ = "rate_limits"
    __fence__ = CREDENTIALS
    __table_args__ = (
        PrimaryKeyConstraint("bucket", "window_start"),
        Index("ix_rate_limits_window_start", "window_start"),
    )

    bucket: Mapped[str] = mapped_column(info={"check": "length({c}) between 1 and 200"})
    """What is limited and for whom, such as sign_in:ip:203.0.113.7."""
    window_start: Mapped[dt.datetime]
    """Start of the window; its length belongs to the kind of bucket."""
    count: Mapped[Count] = mapped_column(server_default=text("0"))
    """Tries in this window."""
