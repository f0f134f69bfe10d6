"""Encrypted columns: bound to their row, rotated, and never readable with the wrong key."""

import base64
import os
import secrets
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from eventos_core.kernel.errors import SetupError
from eventos_core.operations import encryption
from eventos_core.operations.encryption import Keyring, Place

HERE = Place(1, "integrations", "credentials", 7)


def test_a_value_reads_back_only_in_its_own_place() -> None:
    ring = Keyring([secrets.token_bytes(32)])
    stored = ring.encrypt(HERE, "s3cret é")
    assert ring.decrypt(HERE, stored) == "s3cret é"
    for other in (
        Place(2, "integrations", "credentials", 7),
        Place(1, "webhook_endpoints", "credentials", 7),
        Place(1, "integrations", "secret", 7),
        Place(1, "integrations", "credentials", 8),
    ):
        with pytest.raises(SetupError, match="does not belong"):
            ring.decrypt(other, stored)


def test_every_flipped_byte_is_noticed() -> None:
    ring = Keyring([secrets.token_bytes(32)])
    stored = ring.encrypt(HERE, "secret")
    for position in range(len(stored)):
        broken = bytearray(stored)
        broken[position] ^= 1
        with pytest.raises(SetupError):
            ring.decrypt(HERE, bytes(broken))


def test_older_keys_read_and_the_newest_writes() -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    stored = Keyring([old]).encrypt(HERE, "x")
    both = Keyring([new, old])
    assert both.decrypt(HERE, stored) == "x"
    assert not both.is_current(stored)
    assert both.is_current(both.encrypt(HERE, "x"))
    with pytest.raises(SetupError, match="key of a stored secret is missing"):
        Keyring([new]).decrypt(HERE, stored)


def test_the_key_file_is_made_once_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVENTOS_SECRET_KEY", raising=False)
    monkeypatch.setenv("EVENTOS_KEY_FILE", str(tmp_path / "k" / "key"))
    encryption.keyring.cache_clear()
    first = encryption.keyring()
    assert stat.S_IMODE((tmp_path / "k" / "key").stat().st_mode) == 0o600
    encryption.keyring.cache_clear()
    assert encryption.keyring().newest == first.newest
    encryption.add_key()
    assert encryption.keyring().newest != first.newest
    assert encryption.keyring().decrypt(HERE, first.encrypt(HERE, "old")) == "old"
    (tmp_path / "k" / "key").chmod(0o644)
    encryption.keyring.cache_clear()
    with pytest.raises(SetupError, match="chmod 600"):
        encryption.keyring()
    encryption.keyring.cache_clear()


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    program = "from eventos_core.operations.encryption import keyring; print(keyring().newest.hex())"
    environment = {**os.environ, "EVENTOS_KEY_FILE": str(tmp_path / "key"), "PYTHONPATH": str(Path.cwd())}
    environment.pop("EVENTOS_SECRET_KEY", None)
    running = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    answers = {process.communicate()[0].strip() for process in running}
    assert len(answers) == 1
    assert len(answers.pop()) == 8


@pytest.mark.parametrize("given", ["not base64!", base64.b64encode(b"short").decode()])
def test_an_unusable_key_says_what_to_do(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTOS_SECRET_KEY", given)
    encryption.keyring.cache_clear()
    with pytest.raises(SetupError, match="keys new"):
        encryption.keyring()
    encryption.keyring.cache_clear()


def test_encrypted_columns_are_found_from_the_models() -> None:
    found = encryption.cipher_columns()
    assert ("integrations", "credentials") in found or any(table == "integrations" for table, _ in found)
    assert not any("hash" in column for _, column in found)
