"""Codes of the second factor: pure functions over `cryptography`'s RFC 6238.

A secret is 20 random bytes (RFC 4226 asks for 128 bits at least), shown as base32 without padding; a code has six
digits and belongs to one step of 30 seconds. A recovery code carries 80 random bits, so that a plain SHA-256 keeps it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_SECONDS = 30
DRIFT = 1
"""Steps before and after the present one that still count: clocks differ, and typing takes time."""
RECOVERY_CODES = 10
ISSUER = "EventOS"


def new_secret() -> str:
    """A fresh secret in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, step: int) -> str:
    """The six digits of that time step (seconds since 1970 divided by 30)."""
    return _totp(secret).generate(step * STEP_SECONDS).decode()


def step_of(secret: str, code: str, now: float) -> int | None:
    """The time step whose code this is, at most one away from `now` (seconds since 1970); None for a wrong one.

    Takes equally long whichever step it is; that a step is used once is the caller's to see to.
    """
    given = "".join(code.split())
    if not re.fullmatch(r"[0-9]{6}", given):
        return None
    present = int(now) // STEP_SECONDS
    matching = [
        step
        for step in range(present - DRIFT, present + DRIFT + 1)
        if hmac.compare_digest(code_at(secret, step), given)
    ]
    return matching[-1] if matching else None


def address(secret: str, email: str) -> str:
    """The `otpauth://` address that the QR code of an enrolment holds."""
    return _totp(secret).get_provisioning_uri(email, ISSUER)


def in_groups(secret: str) -> str:
    """The secret as a person types it: groups of four."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def new_recovery_codes() -> tuple[str, ...]:
    """Ten fresh recovery codes, such as `K7QF-2M4A-XN3B-R6WD`."""
    return tuple(_dashed(base64.b32encode(secrets.token_bytes(10)).decode()) for _ in range(RECOVERY_CODES))


def recovery_hash(code: str) -> bytes | None:
    """SHA-256 of a recovery code however it is typed; None for what cannot be one."""
    plain = re.sub(r"[\s-]", "", code).upper()
    return hashlib.sha256(plain.encode()).digest() if re.fullmatch(r"[A-Z2-7]{16}", plain) else None


def _dashed(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), 6, SHA1(), STEP_SECONDS)  # noqa: S303 what every authenticator app speaks
