"""What a stored file, and a house with all of its files, may hold."""

from __future__ import annotations

import os

from eventos_core.kernel.errors import SetupError

MAX_BYTES = 50 * 1024 * 1024
"""Size of one file; the table's own constraint says the same."""
MAX_PIXELS = 80_000_000
"""Width times height of a picture: above any camera's, and 240 MB when it is unpacked."""
THUMBNAIL_EDGE = 480
"""Longer edge of a thumbnail in pixels."""
_GIGABYTE = 1024**3
_VARIABLE = "EVENTOS_FILES_QUOTA_GB"


def quota_bytes() -> int:
    """What all versions of all files of one house may take: `EVENTOS_FILES_QUOTA_GB`, 20 where it is not set."""
    given = os.environ.get(_VARIABLE, "").strip() or "20"
    if not given.isdigit() or int(given) < 1:
        raise SetupError(f"{_VARIABLE} is “{given}”.", hint="Write whole gigabytes, such as 20.")
    return int(given) * _GIGABYTE


def size(count: int) -> str:
    """A byte count as a person reads it: `640 KB`, `26.2 MB`, `1.5 GB` (1 MB = 1,048,576 bytes)."""
    if count < 1024:
        return f"{count} bytes"
    if count < 1024**2:
        return f"{count / 1024:.0f} KB"
    return f"{count / 1024**2:.1f} MB" if count < _GIGABYTE else f"{count / _GIGABYTE:.1f} GB"
