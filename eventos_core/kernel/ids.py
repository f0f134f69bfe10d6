"""Identifiers that leave the system, and slugs that people read."""

from __future__ import annotations

import re
import secrets
import unicodedata
import uuid

from eventos_core.kernel.errors import InvalidInput

# No 0/O, 1/I/L: codes are read out at a door.
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def public_code(length: int = 8) -> str:
    """A short random code without look-alike characters (about 4.95 bits a character)."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(length))


def slugify(text: str, *, limit: int = 60) -> str:
    """`text` as a lower-case ASCII slug of at most `limit` characters; may be empty."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:limit].rstrip("-")


def check_slug(slug: str, *, field: str = "slug") -> str:
    """`slug` if it is one. Raises InvalidInput with what is allowed."""
    if not 1 <= len(slug) <= 63 or not _SLUG.fullmatch(slug):
        raise InvalidInput(
            f"“{slug}” cannot be part of a link.",
            hint="Use 1 to 63 lower-case letters, digits and single hyphens.",
            fields={field: "Lower-case letters, digits and hyphens only"},
        )
    return slug


def read_public_id(text: str) -> uuid.UUID:
    """The random id that a link names; for anything unreadable one that nobody has."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
