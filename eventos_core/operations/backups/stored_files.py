"""The stored files of a backup: copied after the database, under their checksum, so that the same bytes lie there once.

What is stored under a key never changes, so whatever the rows of the dump name is either there or was deleted since,
and then the rows of today no longer name it. Anything else that is missing, or whose bytes are not those that its row
says, is told by name, and the rest is kept: one lost picture must not cost the whole backup.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from eventos_core.enums.operations import AssetStorage
from eventos_core.kernel.errors import NotFound, SetupError
from eventos_core.operations.backups import tools
from eventos_core.operations.files import stores

POOL = "files"
LIST = "files.jsonl"
_NAMED = """
select v.storage_key, min(v.storage), max(v.size_bytes), min(encode(v.sha256, 'hex')), min(v.file_name)
  from media_asset_versions v join media_assets a on a.account_id = v.account_id and a.id = v.asset_id
 where a.bytes_deleted_at is null group by v.storage_key order by v.storage_key
"""


@dataclass(frozen=True)
class Listed:
    """One stored file as its row names it; `sha256` in hexadecimal."""

    key: str
    storage: str
    size: int
    sha256: str
    name: str


@dataclass(frozen=True)
class Kept:
    """What a backup holds of stored files; `list_sha256` is the checksum of its list, None where they were left out."""

    files: int = 0
    bytes: int = 0
    list_sha256: str | None = None
    missing: tuple[str, ...] = ()
    """“name (key): what is wrong” of each file that could not be kept."""


def named(connection: psycopg.Connection) -> list[Listed]:
    """What the rows that this connection sees name, by key."""
    return [Listed(*row) for row in connection.execute(_NAMED.encode()).fetchall()]


def keep(wanted: Sequence[Listed], part: Path, pool: Path, login: str, *, recheck: bool = True) -> Kept:
    """Copy what is not in `pool` yet and write the list into `part`; every byte copied is read and compared.

    With `recheck` what is there is read as well, and copied again where it suffered. `login` is asked again about files
    that are gone. Raises TemporarilyUnavailable when a bucket does not answer.
    """
    kept, wrong = [], []
    for file in wanted:
        problem = _copy(file, pool, recheck)
        if problem:
            wrong.append((file, problem))
        else:
            kept.append(file)
    if wrong:
        with tools.connected(login, "backup", "EVENTOS_BACKUP_URL") as connection:
            today = {file.key for file in named(connection)}
        wrong = [(file, problem) for file, problem in wrong if file.key in today]
    target = part / LIST
    with target.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(asdict(file), ensure_ascii=False) + "\n" for file in kept)
    target.chmod(0o600)
    missing = tuple(f"{file.name} ({file.key}): {problem}" for file, problem in wrong)
    return Kept(len(kept), sum(file.size for file in kept), tools.sha256(target), missing)


def listed(part: Path, wanted: str | None) -> list[Listed]:
    """The files of a backup; none where they were left out. Raises SetupError for a list that is not as written."""
    if wanted is None:
        return []
    path = part / LIST
    try:
        whole = tools.sha256(path) == wanted
        found = [Listed(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    except (OSError, ValueError, TypeError) as error:
        raise SetupError(f"The list of stored files in {part} cannot be read.", hint="Use another backup.") from error
    if not whole:
        raise SetupError(f"The list of stored files in {part} was altered.", hint="Use another backup.")
    return found


def check(files: Iterable[Listed], pool: Path) -> None:
    """Read every file of a backup. Raises SetupError naming those that are missing or altered; writes nothing.

    The stores that the rows name must be configured here: raises SetupError where a bucket is not.
    """
    wrong: list[Listed] = []
    seen: dict[str, bool] = {}
    for file in files:
        stores.of(AssetStorage(file.storage))
        if file.sha256 not in seen:
            path = _place(pool, file.sha256)
            seen[file.sha256] = path.is_file() and tools.sha256(path) == file.sha256
        if not seen[file.sha256]:
            wrong.append(file)
    if wrong:
        first = ", ".join(f"{file.name} ({file.key})" for file in wrong[:5])
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise SetupError(
            f"Stored files of this backup are missing or damaged: {first}{more}.",
            hint=f"Bring them back into {pool}, or use another backup; nothing was restored.",
        )


def put_back(files: Iterable[Listed], pool: Path) -> int:
    """Store the files where their rows name them, each read again afterwards; returns how many were not there.

    Raises SetupError for one that is not what was written, TemporarilyUnavailable when a store does not answer.
    """
    brought = 0
    for file in files:
        store = stores.of(AssetStorage(file.storage))
        if _holds(store, file):
            continue
        store.put(file.key, _place(pool, file.sha256).read_bytes())
        if not _holds(store, file):
            raise SetupError(
                f"{file.name} ({file.key}) was stored and came back different.",
                hint="Check the disk or the bucket, then restore again.",
            )
        brought += 1
    return brought


def unreferenced(pool: Path, used: set[str]) -> Iterator[Path]:
    """Files of the pool that no remaining part names."""
    for path in sorted(pool.glob("??/*")) if pool.is_dir() else ():
        if path.name not in used:
            yield path


def _copy(file: Listed, pool: Path, recheck: bool) -> str:
    """Copy one file into the pool; what is wrong with it, or nothing."""
    target = _place(pool, file.sha256)
    there = target.is_file() and target.stat().st_size == file.size
    if there and (not recheck or tools.sha256(target) == file.sha256):
        return ""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}")
    digest = hashlib.sha256()
    try:
        pieces = stores.of(AssetStorage(file.storage)).read(file.key)
    except NotFound:
        return "its bytes are missing"
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        for piece in pieces:
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != file.sha256:
        beside.unlink()
        return "its bytes are not those that were stored"
    beside.rename(target)
    return ""


def _holds(store: stores.Store, file: Listed) -> bool:
    if store.size(file.key) != file.size:
        return False
    digest = hashlib.sha256()
    for piece in store.read(file.key):
        digest.update(piece)
    return digest.hexdigest() == file.sha256


def _place(pool: Path, sha256: str) -> Path:
    return pool / sha256[:2] / sha256
