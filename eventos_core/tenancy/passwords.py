"""Password hashing for everything but the sign-in form's check (bcrypt, cost from the environment).

The sign-in form checks through streamlit-authenticator, which imports Streamlit; a contract test proves that both
agree on every hash made here.
"""

from __future__ import annotations

import os
from functools import lru_cache

import bcrypt

from eventos_core.kernel.errors import InvalidInput, SetupError

MIN_LENGTH = 12
MAX_BYTES = 72
"""bcrypt reads no further; longer passwords are refused, never cut."""

# The first entries of every leaked list, at 12 characters and more, and what people make of the product's name.
_COMMON = frozenset(
    {"password1234", "123456789012", "1234567890123", "qwertyuiop12", "qwertyuiop123", "passwordpassword"}
    | {"iloveyou1234", "eventoseventos", "eventos123456", "changemechangeme", "letmeinletmein", "welcome12345"}
)


def check_strength(password: str, *, email: str = "") -> None:
    """Raises InvalidInput (field `password`) with what to change; length counts more than kinds of characters."""
    stripped = password.strip()
    problem = ""
    if stripped != password:
        problem = "Remove the spaces at its start or end."
    elif len(password) < MIN_LENGTH:
        problem = f"Use at least {MIN_LENGTH} characters; a few words do well."
    elif len(password.encode()) > MAX_BYTES:
        problem = f"Use at most {MAX_BYTES} bytes; accented letters count two or more."
    elif "\x00" in password:
        problem = "Remove the control character."
    elif len(set(password)) < 5 or password.lower() in _COMMON:
        problem = "This one is easy to guess; use a few unrelated words."
    elif email and password.lower() in {email.lower(), email.lower().partition("@")[0]}:
        problem = "Do not use your e-mail address."
    if problem:
        raise InvalidInput(problem, fields={"password": problem})


def hash_password(password: str) -> str:
    """The bcrypt hash (60 characters); takes about a quarter of a second at the default cost."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=_cost())).decode()


def verify_password(password: str, hashed: str) -> bool:
    """Whether `password` made `hashed`; False for anything unreadable."""
    encoded = password.encode()
    if len(encoded) > MAX_BYTES:
        return False
    try:
        return bcrypt.checkpw(encoded, hashed.encode())
    except ValueError:
        return False


@lru_cache(maxsize=1)
def decoy_hash() -> str:
    """A hash that no password matches, at the same cost: unknown users take as long as known ones."""
    return hash_password(os.urandom(24).hex())


def _cost() -> int:
    raw = os.environ.get("EVENTOS_BCRYPT_COST", "12")
    if not raw.isdigit() or not 4 <= int(raw) <= 16:
        raise SetupError(
            f"EVENTOS_BCRYPT_COST is “{raw}”.", hint="Give a whole number from 4 to 16; 12 is the default."
        )
    return int(raw)
