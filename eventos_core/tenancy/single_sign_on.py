"""Signing in through an identity provider (OpenID Connect): whom its proof stands for, and parting from it again.

Streamlit talks to the provider and checks the token's signature, audience and nonce. What it keeps of that is a signed
cookie of 30 days without any state here, so that cookie is never a session: a fresh proof in it counts once and gets
one of our own, which is looked up, listed and revoked like any other.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from eventos_core.enums.tenancy import AttemptReason
from eventos_core.kernel import clock
from eventos_core.kernel.errors import NotAllowedNow, NotSignedIn
from eventos_core.tenancy import identity, second_factor
from eventos_core.tenancy.outside import anonymous

FRESH = dt.timedelta(minutes=10)
"""How old a proof may be: the way back from the provider takes seconds."""
SKEW = dt.timedelta(minutes=5)
"""How far the provider's clock may be ahead of ours."""


@dataclass(frozen=True)
class Recognised:
    """Whom a proof stands for. `takes_code`: a second factor comes next, as after a password."""

    user_id: int
    email: str
    takes_code: bool


def recognise(claims: Mapping[str, Any], ip: str | None) -> Recognised | None:
    """The person that the claims of an ID token stand for; None for a proof that is old or has counted before.

    By the identity that they are linked with, else by their verified address, with which this links them. Notes the
    attempt. Raises NotSignedIn for an address that is not verified or belongs to nobody here, NotAllowedNow for a
    disabled login and for one that is linked with another identity.
    """
    issuer, subject = str(claims.get("iss") or ""), str(claims.get("sub") or "")
    issued = _moment(claims.get("iat"))
    if not issuer or not subject or issued is None or not -SKEW <= clock.now() - issued <= FRESH:
        return None
    email = str(claims.get("email") or "").strip()
    vouched = claims.get("email_verified")
    if not email or (vouched is not True and vouched != "true"):
        identity.record_attempt(email, ip, False, AttemptReason.UNVERIFIED_EMAIL)
        raise NotSignedIn(
            f"The provider does not vouch for {email or 'an e-mail address of yours'}.",
            hint="Verify the address there, or sign in with your password.",
        )
    with anonymous() as connection:
        found = connection.execute(
            text("select * from app.sign_in_by_identity(:i, :s, app.email_norm(:e), :p)"),
            {"i": issuer, "s": subject, "e": email, "p": _proof(claims, issuer, subject)},
        ).one()
    if found.refusal == "used":
        return None
    if found.user_id is None:
        identity.record_attempt(found.email or email, ip, False, AttemptReason(found.refusal))
        raise _refusal(AttemptReason(found.refusal), email)
    takes_code = second_factor.demanded_of(found.user_id)
    if not takes_code:
        identity.record_attempt(found.email, ip, True)
    return Recognised(found.user_id, found.email, takes_code)


def linked_with(token_hash: bytes) -> str | None:
    """The issuer that the person's own login is linked with; None for none."""
    with anonymous() as connection:
        issuer: str | None = connection.execute(text("select app.own_identity(:h)"), {"h": token_hash}).scalar()
    return issuer


def unlink(token_hash: bytes, password: str) -> bool:
    """Part the person's login from its identity; False where it had none. Ends no sign-in.

    Takes the password, so that nobody is left without a way in. Raises InvalidInput (field `old`), NotSignedIn,
    RateLimited.
    """
    identity.confirm_password(token_hash, password)
    with anonymous() as connection:
        return bool(connection.execute(text("select app.unlink_identity(:h)"), {"h": token_hash}).scalar())


def _refusal(reason: AttemptReason, email: str) -> NotSignedIn | NotAllowedNow:
    if reason is AttemptReason.DISABLED:
        return NotAllowedNow("This login is disabled.", hint="Ask an admin of your house.")
    if reason is AttemptReason.OTHER_IDENTITY:
        return NotAllowedNow(
            f"The login of {email} is linked with another identity.",
            hint="Sign in with your password and unlink it under Your account.",
        )
    return NotSignedIn(
        f"Nobody here signs in with {email}.", hint="Ask an owner or admin of your house to invite that address."
    )


def _moment(value: Any) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(int(value), dt.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _proof(claims: Mapping[str, Any], issuer: str, subject: str) -> bytes:
    """What tells this proof from every other: the nonce was made for one sign-in."""
    parts = (issuer, subject, str(claims.get("nonce") or ""), str(claims.get("iat")))
    return hashlib.sha256("\0".join(parts).encode()).digest()
