"""Where the bytes lie: on this machine's disk, or in a bucket of S3-compatible storage.

A key is `<house>/<two hex digits>/<random>`, and a derived file (a thumbnail) has the key of its original with an
ending. What is stored under a key never changes. Rows say which of the two stores they mean, so an installation can
move from one to the other while both stay readable.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from obstore.exceptions import BaseError
from obstore.store import S3Store

from eventos_core.db import urls
from eventos_core.enums.operations import AssetStorage
from eventos_core.kernel.errors import NotFound, SetupError, TemporarilyUnavailable

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import S3Config

PIECE = 256 * 1024
THUMBNAIL = ".thumb.webp"
LEDGER = ".erasure"
"""Ending of what an erasure notes beside the database, for a restored backup; no row refers to it."""
_KEY = re.compile(r"\d+/[0-9a-f]{2}/[0-9a-f]{40}(\.[a-z0-9.]{1,20})?")
_INCOMING = ".incoming"


class FileMissing(NotFound):
    """The row is there, its bytes are not."""


@dataclass(frozen=True)
class Stored:
    """One stored file; `written_at` in UTC."""

    key: str
    size: int
    written_at: dt.datetime


class Store(Protocol):
    """What both stores do. All raise TemporarilyUnavailable when the store does not answer."""

    kind: AssetStorage

    def put(self, key: str, content: bytes) -> None:
        """Store `content`; when this returns, it is there for good."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` on, in pieces. Raises FileMissing before the first piece."""

    def size(self, key: str) -> int | None:
        """How many bytes; None where there is no such file."""

    def delete(self, key: str) -> None:
        """Remove it; nothing happens where it is gone already."""

    def listing(self, prefix: str) -> Iterator[Stored]:
        """Every file whose key begins with `prefix`, which ends in a slash."""


def new_key(account_id: int) -> str:
    """A fresh random key of a house."""
    name = secrets.token_hex(20)
    return f"{account_id}/{name[:2]}/{name}"


def original(key: str) -> str:
    """The key of the file that a derived one was made from; a file's own key."""
    return key.partition(".")[0]


class DiskStore:
    """Files below one directory that no server serves, readable by this program's account only."""

    kind = AssetStorage.LOCAL

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, content: bytes) -> None:
        """Write beside, flush to the disk, rename: a crash leaves the whole file or none."""
        target = self._path(key)
        try:
            incoming = self.root / _INCOMING
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (incoming, target.parent.parent, target.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
            beside = incoming / secrets.token_hex(20)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                beside.rename(target)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
            for folder in (target.parent, target.parent.parent, self.root):
                _sync(folder)
        except OSError as error:
            raise TemporarilyUnavailable(
                "The file could not be written to the disk.", hint="Tell your operator: is there space left?"
            ) from error

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """As the protocol says; the file is opened at once."""
        try:
            file = self._path(key).open("rb")
        except OSError as error:
            raise _missing(key) from error

        def pieces() -> Iterator[bytes]:
            left = length
            with file:
                file.seek(start)
                while left is None or left > 0:
                    piece = file.read(PIECE if left is None else min(PIECE, left))
                    if not piece:
                        return
                    left = None if left is None else left - len(piece)
                    yield piece

        return pieces()

    def size(self, key: str) -> int | None:
        """As the protocol says."""
        try:
            return self._path(key).stat().st_size
        except OSError:
            return None

    def delete(self, key: str) -> None:
        """As the protocol says."""
        self._path(key).unlink(missing_ok=True)

    def listing(self, prefix: str) -> Iterator[Stored]:
        """As the protocol says; remains of interrupted writes are not files."""
        folder = self.root / prefix
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file():
                found = path.stat()
                written = dt.datetime.fromtimestamp(found.st_mtime, dt.UTC)
                yield Stored(path.relative_to(self.root).as_posix(), found.st_size, written)

    def _path(self, key: str) -> Path:
        return self.root / _checked(key)


class ObjectStore:
    """Files in a bucket of S3-compatible storage."""

    kind = AssetStorage.OBJECT

    def __init__(self, store: S3Store) -> None:
        self.store = store

    def put(self, key: str, content: bytes) -> None:
        """In one request, so that nothing half sent stays behind. Raises SetupError where there is no such bucket."""
        try:
            self.store.put(_checked(key), content, use_multipart=False)
        except FileNotFoundError as error:
            raise SetupError("The bucket for files does not exist.", hint="Check EVENTOS_S3_BUCKET.") from error
        except BaseError as error:
            raise _away() from error

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """As the protocol says; the request is sent at once."""
        if length == 0:
            return iter(())
        wanted: GetOptions = {"range": {"offset": start} if length is None else (start, start + length)}
        try:
            found = self.store.get(_checked(key), options=wanted if start or length is not None else None)
        except FileNotFoundError as error:
            raise _missing(key) from error
        except BaseError as error:
            raise _away() from error
        return (bytes(piece) for piece in found.stream(min_chunk_size=PIECE))

    def size(self, key: str) -> int | None:
        """As the protocol says."""
        try:
            return int(self.store.head(_checked(key))["size"])
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise _away() from error

    def delete(self, key: str) -> None:
        """As the protocol says."""
        try:
            self.store.delete(_checked(key))
        except FileNotFoundError:
            return
        except BaseError as error:
            raise _away() from error

    def listing(self, prefix: str) -> Iterator[Stored]:
        """As the protocol says."""
        try:
            for page in self.store.list(prefix):
                for found in page:
                    yield Stored(str(found["path"]), int(found["size"]), found["last_modified"])
        except BaseError as error:
            raise _away() from error


def current() -> Store:
    """Where new files go: the bucket where one is configured, else the disk."""
    return of(AssetStorage.OBJECT if os.environ.get("EVENTOS_S3_BUCKET", "").strip() else AssetStorage.LOCAL)


def of(storage: AssetStorage) -> Store:
    """The store that a row names. Raises SetupError for a bucket that is not configured any more."""
    if storage is AssetStorage.LOCAL:
        return DiskStore(directory())
    bucket = os.environ.get("EVENTOS_S3_BUCKET", "").strip()
    if not bucket:
        raise SetupError(
            "Some files lie in S3-compatible storage that is not configured.", hint="Set EVENTOS_S3_BUCKET again."
        )
    return ObjectStore(
        _bucket(
            bucket,
            os.environ.get("EVENTOS_S3_ENDPOINT", "").strip(),
            os.environ.get("EVENTOS_S3_REGION", "").strip() or "us-east-1",
            os.environ.get("EVENTOS_S3_ACCESS_KEY_ID", "").strip(),
            os.environ.get("EVENTOS_S3_SECRET_ACCESS_KEY", "").strip(),
        )
    )


def configured() -> list[Store]:
    """Every store of this installation: the disk, and the bucket where one is configured."""
    kinds = [AssetStorage.LOCAL] + ([AssetStorage.OBJECT] if os.environ.get("EVENTOS_S3_BUCKET", "").strip() else [])
    return [of(kind) for kind in kinds]


def holding(key: str) -> Store:
    """The store in which the file lies. Raises FileMissing where none has it."""
    for store in configured():
        if store.size(key) is not None:
            return store
    raise _missing(key)


def directory() -> Path:
    """Where files lie on the disk: `EVENTOS_FILES_DIR`, or `files` in the data directory."""
    named = os.environ.get("EVENTOS_FILES_DIR", "").strip()
    return Path(named).expanduser().resolve() if named else urls.data_dir() / "files"


@lru_cache(maxsize=4)
def _bucket(bucket: str, endpoint: str, region: str, key_id: str, secret: str) -> S3Store:
    if bool(key_id) != bool(secret):
        raise SetupError(
            "Only one half of the login for S3-compatible storage is set.",
            hint="Set EVENTOS_S3_ACCESS_KEY_ID and EVENTOS_S3_SECRET_ACCESS_KEY, or neither.",
        )
    config: S3Config = {"bucket": bucket, "region": region}
    if key_id:
        config |= {"access_key_id": key_id, "secret_access_key": secret}
    if endpoint:
        config |= {"endpoint": endpoint}
    # Servers of one's own seldom have a name per bucket.
    config["virtual_hosted_style_request"] = not endpoint
    return S3Store(
        config=config,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": "5s",
            "timeout": "60s",
        },
        retry_config={"max_retries": 3, "retry_timeout": dt.timedelta(seconds=30)},
    )


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of a stored file")
    return key


def _missing(key: str) -> FileMissing:
    return FileMissing(
        "The content of this file is missing.", hint="Tell your operator: it must come back from a backup."
    )


def _away() -> TemporarilyUnavailable:
    return TemporarilyUnavailable("The storage for files does not answer.", hint="Try again in a moment.")


def _sync(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
