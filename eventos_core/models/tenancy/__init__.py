"""Houses, logins, credentials, memberships, API keys and retention policies."""

from eventos_core.models.tenancy.houses import Account, AccountUser, ApiKey, RetentionPolicy
from eventos_core.models.tenancy.logins import (
    CREDENTIALS,
    LoginAttempt,
    LoginDevice,
    LoginMail,
    LoginSession,
    OneTimeToken,
    RateLimit,
    User,
    UserCredential,
)

__all__ = [
    "CREDENTIALS",
    "Account",
    "AccountUser",
    "ApiKey",
    "LoginAttempt",
    "LoginDevice",
    "LoginMail",
    "LoginSession",
    "OneTimeToken",
    "RateLimit",
    "RetentionPolicy",
    "User",
    "UserCredential",
]
