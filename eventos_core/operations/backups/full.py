"""A full backup: one consistent dump, the stored files that it names, and a manifest that says what must be in it.

The backup login reads through permissive policies, so the dump runs with row security on; the row counts taken in the
same snapshot prove that no policy hid anything. The encryption key is never part of a backup.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psycopg

from eventos_core.db import urls
from eventos_core.kernel import clock
from eventos_core.kernel.errors import SetupError
from eventos_core.operations.backups import stored_files, tools
from eventos_core.operations.backups.stored_files import Kept

DUMP = "database.dump"
MANIFEST = "manifest.json"
_SCHEMAS = ("public", "app", "procrastinate")


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: rows per table in the dump's snapshot, and the dump's size in bytes and checksum.

    `key_ids` (hexadecimal) name the encryption keys without which some values in it stay unreadable. Of stored files
    it has how many, their bytes and the checksum of their list (None where they were left out); `files_missing` names
    those that the store did not have any more.
    """

    created_at: str
    server_version: int
    revision: str
    era: int
    rows: dict[str, int]
    key_ids: list[str]
    dump_bytes: int
    dump_sha256: str
    files: int = 0
    files_bytes: int = 0
    files_sha256: str | None = None
    files_missing: tuple[str, ...] = ()
    kind: Literal["full"] = "full"


def backup(directory: Path, url: str | None = None, *, files: bool = True) -> Manifest:
    """Write a full backup into `directory`, which must not exist or be empty; returns its manifest.

    Everything is checked before anything is written: the login, that it sees all rows, client tools of the server's
    major version. An interrupted backup leaves nothing under the final name. Without `files` the manifest says that
    stored files were left out. Raises SetupError, and TemporarilyUnavailable when a bucket does not answer.
    """
    directory = directory.expanduser().absolute()
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise SetupError(f"{directory} is not an empty directory.", hint="Name a new one for each backup.")
    login = urls.libpq(url or urls.resolve("backup"))
    with tools.connected(login, "backup", "EVENTOS_BACKUP_URL") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        programs = tools.client_tools(connection.info.server_version // 10000)
        partial = directory.with_name(f".{directory.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700, parents=True)
        try:
            manifest = _write(connection, programs, login, partial, files)
            if directory.exists():
                directory.rmdir()
            partial.rename(directory)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return manifest


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a backup whose dump is as it was written. Raises SetupError when either is missing or altered."""
    try:
        given = json.loads((directory / MANIFEST).read_text())
        manifest = Manifest(**given | {"files_missing": tuple(given.get("files_missing", ()))})
        whole = tools.sha256(directory / DUMP) == manifest.dump_sha256
    except (OSError, ValueError, TypeError) as error:
        raise SetupError(
            f"{directory} holds no readable backup.", hint="Name a directory that `backup` made."
        ) from error
    if not whole:
        raise SetupError(f"The dump in {directory} was altered or is incomplete.", hint="Use another backup.")
    return manifest


def _write(connection: psycopg.Connection, programs: Path, login: str, partial: Path, files: bool) -> Manifest:
    """Dump, files and manifest into `partial`, all of the connection's snapshot."""
    snapshot = tools.one(connection, "select pg_export_snapshot()")
    rows = tools.counts(connection)
    key_ids = tools.key_ids(connection)
    revision, era = tools.revision_and_era(connection)
    named = stored_files.named(connection) if files else []
    dump = partial / DUMP
    _dump(programs, login, str(snapshot), dump)
    connection.rollback()  # copying files may take long, and a snapshot holds vacuum and sealing back
    # The dump first: a file that it names cannot come later than its row.
    kept = stored_files.keep(named, partial, partial / stored_files.POOL, login) if files else Kept()
    manifest = Manifest(
        created_at=clock.now().isoformat(timespec="seconds"),
        server_version=connection.info.server_version,
        revision=revision,
        era=era,
        rows=rows,
        key_ids=key_ids,
        dump_bytes=dump.stat().st_size,
        dump_sha256=tools.sha256(dump),
        files=kept.files,
        files_bytes=kept.bytes,
        files_sha256=kept.list_sha256,
        files_missing=kept.missing,
    )
    (partial / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n")
    return manifest


def _dump(programs: Path, login: str, snapshot: str, target: Path) -> None:
    """Run pg_dump and list what it wrote."""
    bare, environment = tools.without_password(login)
    words = ["--format=custom", "--enable-row-security", "--no-password", f"--snapshot={snapshot}", f"--file={target}"]
    words += [f"--schema={schema}" for schema in _SCHEMAS]
    tools.run([str(programs / "pg_dump"), *words, f"--dbname={bare}"], environment)
    target.chmod(0o600)
    tools.run([str(programs / "pg_restore"), "--list", str(target)], environment)
