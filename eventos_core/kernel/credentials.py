"""How an actor proves who it is; what a transaction enters the database with.

Secrets never travel further than this: a token is hashed before it becomes a credential.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal


def new_token() -> str:
    """A random 256-bit token for a URL or cookie; store only its `hash_token`."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """SHA-256 of a random token (32 bytes); a slow hash is needless for 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


KEY_MARK = "eos_"
"""How every API key begins, so that scanners of leaked secrets can know one."""
KEY_PREFIX = 12
"""Characters of a key that are stored and shown to tell it by."""


def new_key() -> tuple[str, str]:
    """A random API key and its prefix; store only the prefix and its `hash_token`."""
    key = KEY_MARK + new_token()
    return key, key[:KEY_PREFIX]


@dataclass(frozen=True)
class MemberCredential:
    """A person's sign-in session, for one of their houses (by slug)."""

    token_hash: bytes
    house: str


@dataclass(frozen=True)
class KeyCredential:
    """An API key; the house is the key's own."""

    key_hash: bytes


@dataclass(frozen=True)
class TokenCredential:
    """A public link's token, valid for one purpose; the house is the token's own."""

    token_hash: bytes
    purpose: str


@dataclass(frozen=True)
class JobCredential:
    """A background job that is running now; the house is the one it was deferred for."""

    job_id: int


@dataclass(frozen=True)
class OperatorCredential:
    """The command line, through a ticket that the migrator login opened, for one house (by slug)."""

    token_hash: bytes
    house: str


@dataclass(frozen=True)
class FoundingCredential:
    """Leave to found a house: the set-up code of a new installation (`setup`) or an operator session (`operator`).

    Entering with it makes the account, the owner's login (unless the address has one) and the membership.
    """

    kind: Literal["setup", "operator"]
    secret_hash: bytes
    details: str
    """JSON: slug, name, currency, timezone, locale, owner_email, owner_name, password_hash."""


@dataclass(frozen=True)
class InvitationCredential:
    """A one-time invitation being taken up; entering with it activates the membership."""

    token_hash: bytes
    name: str
    password_hash: str | None
    session_hash: bytes | None
    """The sign-in of the person whose address has a login already."""


Credential = (
    MemberCredential
    | KeyCredential
    | TokenCredential
    | JobCredential
    | OperatorCredential
    | FoundingCredential
    | InvitationCredential
)
