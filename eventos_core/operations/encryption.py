"""Encryption of columns: AES-256-GCM, bound to account, table, column and row, with key rotation.

Stored form: version byte 1, key id (4 bytes), nonce (12 bytes), ciphertext with tag. The associated data make a
value useless in any other row. The keys are those of `kernel.secret_keys`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, bindparam, text
from sqlalchemy.orm import Session

from eventos_core.kernel import secret_keys
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


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """The process's keys. Raises SetupError naming what is wrong with the variable or the file."""
    return Keyring(secret_keys.installed())


def encrypt(account_id: int, table: str, column: str, row_id: int, plaintext: str) -> bytes:
    """Encrypt for a row that exists (its id is part of the seal)."""
    return keyring().encrypt(Place(account_id, table, column, row_id), plaintext)


def decrypt(account_id: int, table: str, column: str, row_id: int, stored: bytes) -> str:
    """The plaintext of a stored value."""
    return keyring().decrypt(Place(account_id, table, column, row_id), stored)


def add_key() -> Path:
    """Put a new key first in the key file (the older ones stay readable). Raises SetupError with EVENTOS_SECRET_KEY."""
    path = secret_keys.add()
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
