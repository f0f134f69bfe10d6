"""Encryption of columns: AES-256-GCM, bound to account, table, column and row, with key rotation.

Stored form: version byte 1, key id (4 bytes), nonce (12 bytes), ciphertext with tag. The associated data make a
value useless in any other row. Keys come from `EVENTOS_SECRET_KEY` (one or more base64 keys of 32 bytes, newest
first, separated by commas) or from a 0600 file (`EVENTOS_KEY_FILE`, made at first use outside data directory and
backup).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, bindparam, text
from sqlalchemy.orm import Session

from eventos_core.kernel.errors import SetupError
from eventos_core.models import Base

_VERSION = b"\x01"


@dataclass(frozen=True)
class Place:
    """Where a value belongs; part of what is authenticated."""

    account_id: int
    table: str
    column: str
    row_id: int

    @property
    def associated_data(self) -> bytes:
        """`account|table|column|row`."""
        return f"{self.account_id}|{self.table}|{self.column}|{self.row_id}".encode()


class Keyring:
    """Keys by id, newest first; encrypts with the newest, decrypts with any."""

    def __init__(self, keys: list[bytes]) -> None:
        if not keys or any(len(key) != 32 for key in keys):
            raise SetupError(
                "The encryption key is not 32 bytes.", hint="Make one with `python -m eventos_core keys new`."
            )
        self._keys = {_key_id(key): key for key in keys}
        self.newest = _key_id(keys[0])

    @property
    def ids(self) -> frozenset[str]:
        """Ids of all keys, hexadecimal, as a backup's manifest names them."""
        return frozenset(key_id.hex() for key_id in self._keys)

    def encrypt(self, place: Place, plaintext: str) -> bytes:
        """The stored form of `plaintext` for that place."""
        nonce = secrets.token_bytes(12)
        sealed = AESGCM(self._keys[self.newest]).encrypt(nonce, plaintext.encode(), place.associated_data)
        return _VERSION + self.newest + nonce + sealed

    def decrypt(self, place: Place, stored: bytes) -> str:
        """The text stored there. Raises SetupError when its key is missing or the value was moved or altered."""
        if stored[:1] != _VERSION or len(stored) < 33:
            raise SetupError("A stored secret is unreadable.", hint="Restore it from a backup or enter it again.")
        key = self._keys.get(stored[1:5])
        if key is None:
            raise SetupError(
                "The key of a stored secret is missing.",
                hint="Add the older key to EVENTOS_SECRET_KEY or the key file.",
            )
        try:
            return AESGCM(key).decrypt(stored[5:17], stored[17:], place.associated_data).decode()
        except InvalidTag as error:
            raise SetupError("A stored secret does not belong to its row.", hint="Enter it again.") from error

    def is_current(self, stored: bytes) -> bool:
        """Whether the value is under the newest key."""
        return stored[1:5] == self.newest


def key_file() -> Path:
    """Where the key file is: `EVENTOS_KEY_FILE`, or `~/.config/eventos/key`."""
    given = os.environ.get("EVENTOS_KEY_FILE")
    return Path(given) if given else Path.home() / ".config" / "eventos" / "key"


def new_key() -> str:
    """A fresh key as base64 text."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """The process's keys. Raises SetupError naming what is wrong with the variable or the file."""
    given = os.environ.get("EVENTOS_SECRET_KEY")
    if given:
        return Keyring(_parse(given, "EVENTOS_SECRET_KEY"))
    path = key_file()
    if not path.exists():
        _write_new(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise SetupError(f"Others can read the key file {path}.", hint=f"Run: chmod 600 {path}")
    return Keyring(_parse(path.read_text(), str(path)))


def encrypt(account_id: int, table: str, column: str, row_id: int, plaintext: str) -> bytes:
    """Encrypt for a row that exists (its id is part of the seal)."""
    return keyring().encrypt(Place(account_id, table, column, row_id), plaintext)


def decrypt(account_id: int, table: str, column: str, row_id: int, stored: bytes) -> str:
    """The plaintext of a stored value."""
    return keyring().decrypt(Place(account_id, table, column, row_id), stored)


def add_key() -> Path:
    """Put a new key first in the key file (the older ones stay readable). Raises SetupError with EVENTOS_SECRET_KEY."""
    if os.environ.get("EVENTOS_SECRET_KEY"):
        raise SetupError(
            "The key comes from EVENTOS_SECRET_KEY.",
            hint="Put a new key first in that variable, separated by a comma, restart, and run `keys rotate` again.",
        )
    keyring()
    path = key_file()
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(new_key() + "\n" + path.read_text())
    fresh.replace(path)
    keyring.cache_clear()
    return path


def cipher_columns() -> list[tuple[str, str]]:
    """(table, column) of every encrypted column, from the models; plain binary ones (hashes, files) are not."""
    return [
        (name, column.name)
        for name, table in sorted(Base.metadata.tables.items())
        for column in table.columns
        if isinstance(column.type, LargeBinary) and "ncrypted" in (column.comment or "")
    ]


def rotate(db: Session, account_id: int) -> int:
    """Re-encrypt one house's secrets under the newest key; returns how many changed. Skips what is current."""
    ring, changed = keyring(), 0
    for table, column in cipher_columns():
        if "account_id" not in Base.metadata.tables[table].columns:
            continue
        rows = db.execute(
            text(f"select id, {column} from {table} where account_id = :a and {column} is not null for update"),
            {"a": account_id},
        ).all()
        for row_id, stored in rows:
            if ring.is_current(bytes(stored)):
                continue
            place = Place(account_id, table, column, row_id)
            sealed = ring.encrypt(place, ring.decrypt(place, bytes(stored)))
            statement = text(f"update {table} set {column} = :v where account_id = :a and id = :i").bindparams(
                bindparam("v", type_=LargeBinary)
            )
            db.execute(statement, {"v": sealed, "a": account_id, "i": row_id})
            changed += 1
    return changed


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"eventos key id" + key).digest()[:4]


def _parse(source: str, name: str) -> list[bytes]:
    keys = []
    for part in source.replace(",", "\n").split():
        try:
            keys.append(base64.b64decode(part, validate=True))
        except (binascii.Error, ValueError) as error:
            raise SetupError(
                f"{name} holds something that is not base64.", hint="Make a key with `keys new`."
            ) from error
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
