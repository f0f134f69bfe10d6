"""Signed requests between programs: a time and an HMAC-SHA256 over time and body, as `t=…,v1=…`."""

from __future__ import annotations

import hashlib
import hmac

from eventos_core.kernel import clock

HEADER = "X-EventOS-Signature"
TOLERANCE_SECONDS = 300
"""How old a signed request may be; an older one may be a copy of one that was seen."""


def sign(body: bytes, *secrets: bytes, at: int | None = None) -> str:
    """The header's value for `body`, with one `v1` for each secret (two while a secret is being changed)."""
    when = int(clock.now().timestamp()) if at is None else at
    marks = ",".join(f"v1={_mark(secret, when, body)}" for secret in secrets)
    return f"t={when},{marks}"


def is_genuine(header: str, body: bytes, secret: bytes) -> bool:
    """Whether one of the marks is `secret`'s for this body, and the time is near."""
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name.strip() == "t" and value.isascii() and value.isdigit()]
    if len(times) != 1 or len(times[0]) > 12 or abs(clock.now().timestamp() - int(times[0])) > TOLERANCE_SECONDS:
        return False
    wanted = _mark(secret, int(times[0]), body)
    marks = [value for name, _, value in parts if name.strip() == "v1"]
    return any(hmac.compare_digest(wanted.encode(), mark.encode()) for mark in marks)


def _mark(secret: bytes, when: int, body: bytes) -> str:
    return hmac.new(secret, str(when).encode() + b"." + body, hashlib.sha256).hexdigest()
