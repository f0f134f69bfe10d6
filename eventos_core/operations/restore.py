"""Getting a backup back: a full one into an empty database, a part of a chain into a new data directory.

Everything is checked before anything is written, and proved afterwards. Logins are the target's own. Transaction ids
of the old server mean nothing in the new one, so what was not yet sealed of the audit trail is sealed as the end of an
era.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

from eventos_core import migrations
from eventos_core.db import urls
from eventos_core.kernel.errors import SetupError
from eventos_core.operations.backups import chains, combining, full, stored_files, tools
from eventos_core.operations.backups.full import Manifest


@dataclass(frozen=True)
class Restored:
    """What came back: rows in all tables, stored files, revisions applied since, seals that closed the backup's era.

    `files` is how many the backup holds, None where they were left out of it; `files_missing` were missing already
    when it was made.
    """

    kind: str
    created_at: str
    tables: int
    rows: int
    files: int | None
    files_missing: tuple[str, ...]
    applied: tuple[str, ...]
    seals: int


def restore(directory: Path, url: str | None = None) -> Restored:
    """Get back what lies in `directory`: a full backup, a directory of chains (its newest part), or one part of it.

    A full one goes into the migrator's database, which must be bootstrapped and empty, a part into the embedded
    server's data directory, which must be new. Checksums, encryption keys, versions of server and programs and the
    revision are checked first; then come the files, the database, the end of the audit's era and pending revisions.
    Raises SetupError that says what to do.
    """
    directory = directory.expanduser().absolute()
    found = chains.found_part(directory)
    if found is not None:
        return _part(*found)
    return _full(directory, url)


def _full(directory: Path, url: str | None) -> Restored:
    manifest = full.read_manifest(directory)
    tools.check_keys(manifest.key_ids)
    files = stored_files.listed(directory, manifest.files_sha256)
    stored_files.check(files, directory / stored_files.POOL)
    login = urls.libpq(url or urls.resolve("migrator"))
    with _connected(login) as connection:
        programs = _check_target(connection, manifest)
    # Under random keys nothing is in their way; should one fail, the database is still empty.
    stored_files.put_back(files, directory / stored_files.POOL)
    _load(programs, login, directory / full.DUMP)
    with _connected(login) as connection:
        _compare(manifest, tools.counts(connection))
    held = None if manifest.files_sha256 is None else manifest.files
    return _finished(login, "full", manifest.created_at, held, manifest.files_missing)


def _part(found: chains.Chains, part: chains.Part) -> Restored:
    # A backup on read-only media cannot be locked, and nobody writes to it.
    with found.locked() if os.access(found.root / chains.MARK, os.W_OK) else contextlib.nullcontext():
        _check_revision(part.revision)
        tools.check_keys(part.key_ids)
        files = stored_files.listed(found.place(part), part.files_sha256)
        stored_files.check(files, found.pool)
        login = combining.combine(found, part, before_the_database=lambda: stored_files.put_back(files, found.pool))
    held = None if part.files_sha256 is None else part.files
    return _finished(urls.libpq(login), part.kind, part.created_at, held, part.files_missing)


def _finished(login: str, kind: str, created_at: str, files: int | None, missing: tuple[str, ...]) -> Restored:
    """Seal and migrate; the same for both kinds."""
    with _connected(login) as connection:
        counted = tools.counts(connection)
        seals = int(str(tools.one(connection, "select app.close_era()")))
    applied = migrations.migrate(urls.normalise(login))
    return Restored(kind, created_at, len(counted), sum(counted.values()), files, missing, tuple(applied), seals)


def _check_target(connection: psycopg.Connection, manifest: Manifest) -> Path:
    """The client tools to use. Raises SetupError unless the database can take the backup."""
    there = connection.info.server_version // 10000
    made = manifest.server_version // 10000
    if there < made:
        raise SetupError(
            f"The backup is of PostgreSQL {made}, this server is {there}.",
            hint=f"Restore on PostgreSQL {made} or newer.",
        )
    _check_revision(manifest.revision)
    found = connection.execute(
        "select count(*) from pg_class c where c.relkind in ('r', 'p', 'v', 'S')"
        " and c.relnamespace in (select oid from pg_namespace where nspname in ('public', 'app', 'procrastinate'))"
        " and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')"
    ).fetchone()
    if found is None or found[0]:
        raise SetupError(
            "The database is not empty.",
            hint="Restore into a new database (`bootstrap` prepares one), or a new EVENTOS_DATA_DIR.",
        )
    return tools.client_tools(there)


def _check_revision(revision: str) -> None:
    unknown = set(revision.split(",")) - set(migrations.revisions())
    if unknown:
        raise SetupError(
            f"The backup was made by another version of EventOS ({', '.join(sorted(unknown))}).",
            hint="Install that version or a newer one first.",
        )


def _load(programs: Path, login: str, dump: Path) -> None:
    """Run pg_restore in one transaction; schemas are there already, made by bootstrap."""
    bare, environment = tools.without_password(login)
    listed = subprocess.run(  # noqa: S603 no shell
        [str(programs / "pg_restore"), "--list", str(dump)], capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        raise SetupError(f"The dump cannot be read: {listed.stderr.strip()}", hint="Use another backup.")
    kept = [
        line for line in listed.stdout.splitlines() if " SCHEMA - " not in line and " COMMENT - SCHEMA " not in line
    ]
    descriptor, contents = tempfile.mkstemp(prefix="eventos-restore-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join(kept) + "\n")
        words = ["--exit-on-error", "--single-transaction", "--no-password", f"--use-list={contents}"]
        tools.run([str(programs / "pg_restore"), *words, f"--dbname={bare}", str(dump)], environment)
    finally:
        Path(contents).unlink()


def _compare(manifest: Manifest, found: dict[str, int]) -> None:
    differing = {name for name in manifest.rows.keys() | found.keys() if manifest.rows.get(name) != found.get(name)}
    if differing:
        raise SetupError(
            f"The restored rows differ from the manifest in {', '.join(sorted(differing))}.",
            hint="Do not use this database; drop it and restore another backup.",
        )


def _connected(login: str) -> psycopg.Connection:
    return tools.connected(login, "migrator", "EVENTOS_MIGRATOR_URL")
