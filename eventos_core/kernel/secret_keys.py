"""The installation's own keys: what encrypts columns and marks what must not be guessed from a stored hash.

They come from `EVENTOS_SECRET_KEY` (one or more base64 keys of 32 bytes, newest first, separated by commas) or from a
0600 file (`EVENTOS_KEY_FILE`, made at first use outside data directory and backup).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from eventos_core.kernel.errors import SetupError


def key_file() -> Path:
    """Where the key file is: `EVENTOS_KEY_FILE`, or `~/.config/eventos/key`."""
    given = os.environ.get("EVENTOS_KEY_FILE")
    return Path(given) if given else Path.home() / ".config" / "eventos" / "key"


def new_key() -> str:
    """A fresh key as base64 text."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def installed() -> list[bytes]:
    """The keys, newest first; a missing file is made. Raises SetupError naming what is wrong with variable or file."""
    given = os.environ.get("EVENTOS_SECRET_KEY")
    if given:
        return _parse(given, "EVENTOS_SECRET_KEY")
    path = key_file()
    if not path.exists():
        _write_new(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise SetupError(f"Others can read the key file {path}.", hint=f"Run: chmod 600 {path}")
    return _parse(path.read_text(), str(path))


def add() -> Path:
    """Put a new key first in the key file; the older ones stay. Raises SetupError with EVENTOS_SECRET_KEY."""
    if os.environ.get("EVENTOS_SECRET_KEY"):
        raise SetupError(
            "The key comes from EVENTOS_SECRET_KEY.",
            hint="Put a new key first in that variable, separated by a comma, restart, and run `keys rotate` again.",
        )
    installed()
    path = key_file()
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(new_key() + "\n" + path.read_text())
    fresh.replace(path)
    return path


def marks(purpose: str, content: bytes) -> list[bytes]:
    """HMAC-SHA-256 of `content` for `purpose` under each key, the newest first.

    Unlike a plain digest it tells who reads the database nothing about content that could be guessed. Store the first;
    a stored one matches when it is any of them, so that adding a key invalidates nothing.
    """
    return [hmac.digest(key, purpose.encode() + b"\0" + content, hashlib.sha256) for key in installed()]


def _parse(source: str, name: str) -> list[bytes]:
    keys = []
    for part in source.replace(",", "\n").split():
        try:
            keys.append(base64.b64decode(part, validate=True))
        except (binascii.Error, ValueError) as error:
            raise SetupError(
                f"{name} holds something that is not base64.", hint="Make a key with `keys new`."
            ) from error
    if not keys or any(len(key) != 32 for key in keys):
        raise SetupError("The encryption key is not 32 bytes.", hint="Make one with `python -m eventos_core keys new`.")
    return keys


def _write_new(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(new_key() + "\n")
    # link() fails when another process was first: its key stands.
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(temporary)
    temporary.unlink()
