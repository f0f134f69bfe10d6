"""Enums of accounts, logins and memberships."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class AccountStatus(LabelledEnum):
    """Whether a house may be entered."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class AccountPlan(LabelledEnum):
    """What a house has subscribed to."""

    TRIAL = "trial"
    STARTER = "starter"
    TEAM = "team"
    HOUSE = "house"
    INTERNAL = "internal"


class UserStatus(LabelledEnum):
    """Whether a person may sign in at all."""

    ACTIVE = "active"
    DISABLED = "disabled"


class MemberStatus(LabelledEnum):
    """Where a membership stands; members are disabled, never deleted."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"
    PLACEHOLDER = "placeholder"


class SessionKind(LabelledEnum):
    """Who holds a session: a person in a browser, or the command line."""

    MEMBER = "member"
    OPERATOR = "operator"


class SessionEnd(LabelledEnum):
    """Why a session was revoked."""

    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 a reason, not a secret
    USER_DISABLED = "user_disabled"
    ADMIN = "admin"


class AttemptReason(LabelledEnum):
    """Why a sign-in attempt was refused."""

    UNKNOWN_USER = "unknown_user"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 a reason, not a secret
    WRONG_CODE = "wrong_code"
    DISABLED = "disabled"
    LOCKED = "locked"
    RATE_LIMITED = "rate_limited"
    NO_MEMBERSHIP = "no_membership"
    NO_PASSWORD = "no_password"  # noqa: S105 a reason, not a secret
    UNVERIFIED_EMAIL = "unverified_email"
    OTHER_IDENTITY = "other_identity"


class TokenPurpose(LabelledEnum):
    """What a one-time token opens."""

    INVITATION = "invitation"
    RESET = "reset"
    SESSION_TICKET = "session_ticket"
    SETUP = "setup"
    OPERATOR = "operator"
    PUBLIC_LINK = "public_link"
    EMAIL_CONFIRM = "email_confirm"
    IDENTITY = "identity"


class SignInMethod(LabelledEnum):
    """How a person proved who they are, the second factor aside."""

    PASSWORD = "password"  # noqa: S105 a way, not a secret
    SINGLE_SIGN_ON = "single_sign_on"


class LoginMailKind(LabelledEnum):
    """What a person is told about their login."""

    PASSWORD_LINK = "password_link"  # noqa: S105 a kind of mail, not a secret
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 a kind of mail, not a secret
    NEW_DEVICE = "new_device"


class LegalBasis(LabelledEnum):
    """Article 6 GDPR: on what ground personal data are kept."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTEREST = "vital_interest"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTEREST = "legitimate_interest"


class RetentionAction(LabelledEnum):
    """What happens to a row whose time is up."""

    ERASE = "erase"
    ANONYMISE = "anonymise"
    ARCHIVE = "archive"


class RetentionAnchor(LabelledEnum):
    """From when the months of a retention policy are counted."""

    CREATED = "created"
    LAST_ACTIVITY = "last_activity"
    EVENT_END = "event_end"
    CLOSED = "closed"
