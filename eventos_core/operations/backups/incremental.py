"""Making a part of a chain: a base backup of PostgreSQL 17 or newer, whole or of what changed since the part before.

A base backup is of the server's files: every database of it, and every row, whatever policy would hide. It takes the
right to replicate and nothing of row security.
"""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path

import psycopg

from eventos_core.db import urls
from eventos_core.kernel import clock
from eventos_core.kernel.errors import SetupError
from eventos_core.operations.backups import chains, stored_files, tools
from eventos_core.operations.backups.chains import Chains, Part
from eventos_core.operations.backups.stored_files import Kept

OLDEST = 17
CHAIN_DAYS = 7
"""From when on a chain is long enough: each link more is one that must be there."""
_NO_SUMMARIES = "WAL summaries are required"


@dataclass(frozen=True)
class Made:
    """The part that was written, why it begins a chain (empty where it goes on), and which old parts went."""

    part: Part
    began: str
    removed: tuple[str, ...]


@dataclass(frozen=True)
class _Server:
    """What a chain must not change in between."""

    version: int
    system_identifier: str
    revision: str
    era: int


def backup(
    directory: Path,
    url: str | None = None,
    *,
    new_chain: bool = False,
    chain_days: int = CHAIN_DAYS,
    keep: int | None = None,
    files: bool = True,
) -> Made:
    """Add a part to the chains in `directory` (made if need be); every file of it is proved by its checksum.

    A new chain begins where there is none, when asked to, once the last one is `chain_days` old, after a restore or
    an upgrade of the server, and when the server no longer knows what changed since. With `keep` all but that many
    chains go afterwards. An interrupted backup leaves nothing that counts. Raises SetupError: the server is older than
    17, does not summarise its log, or has tablespaces; the login may not replicate; a link is missing.
    """
    login = urls.libpq(url or urls.resolve("backup"))
    with tools.connected(login, "backup", "EVENTOS_BACKUP_URL") as connection:
        server = _check(connection)
    programs = tools.client_tools(server.version // 10000, tools.CHAINING)
    root = chains.opened(directory.expanduser().absolute())
    with root.locked():
        for remains in root.root.glob(".*.partial"):
            shutil.rmtree(remains)
        previous, began = _previous(root, server, chain_days, new_chain)
        partial = root.root / f".{clock.now():%Y%m%dT%H%M%S}.partial"
        try:
            began = _base_backup(programs, login, root, previous, partial) or began
            part = _finished(root, partial, login, server, None if began else previous, programs, files)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        return Made(part, began, tuple(root.drop_old(keep)) if keep is not None else ())


def _check(connection: psycopg.Connection) -> _Server:
    """Raises SetupError unless this server and login can make base backups."""
    version = connection.info.server_version
    if version // 10000 < OLDEST:
        raise SetupError(
            f"Incremental backups need PostgreSQL {OLDEST} or newer; this server is {version // 10000}.",
            hint="Make full backups: leave --incremental out.",
        )
    if not tools.one(connection, "select rolreplication or rolsuper from pg_roles where rolname = current_user"):
        user = connection.info.user
        raise SetupError(
            f"{user} may not replicate, which base backups take.",
            hint=f"Let a superuser run: alter role {user} replication; hosting services have backups of their own.",
        )
    if tools.one(connection, "show summarize_wal") != "on":
        raise SetupError(
            "The server keeps no account of what changes (summarize_wal is off).",
            hint="Let a superuser run: alter system set summarize_wal = on; select pg_reload_conf()",
        )
    if tools.one(connection, "select count(*) from pg_tablespace where spcname not in ('pg_default', 'pg_global')"):
        raise SetupError(
            "The server has tablespaces outside its data directory, which a chain does not hold.",
            hint="Make full backups: leave --incremental out.",
        )
    return _server(connection)


def _server(connection: psycopg.Connection) -> _Server:
    identifier = tools.one(connection, "select system_identifier::text from pg_control_system()")
    revision, era = tools.revision_and_era(connection)
    return _Server(connection.info.server_version, str(identifier), revision, era)


def _previous(root: Chains, server: _Server, chain_days: int, new_chain: bool) -> tuple[Part | None, str]:
    """The part to go on from and nothing, or no part and why a chain begins. Raises SetupError for a broken chain."""
    parts = root.parts()
    if not parts:
        return None, "it is the first"
    if new_chain:
        return None, "it was asked for"
    last = parts[-1]
    if last.system_identifier != server.system_identifier or last.era != server.era:
        return None, "the database was restored or is another one"
    if last.server_version // 10000 != server.version // 10000:
        return None, "the server was upgraded"
    links = root.chain_to(last)
    if links[0].made_at < clock.now() - dt.timedelta(days=chain_days):
        return None, f"the last one is {chain_days} days old"
    if not (root.base(last) / chains.POSTGRES_MANIFEST).is_file():
        raise SetupError(
            f"{last.name} has lost its manifest.", hint="Bring it back, or begin a new chain (--new-chain)."
        )
    return last, ""


def _base_backup(programs: Path, login: str, root: Chains, previous: Part | None, partial: Path) -> str:
    """Run pg_basebackup; why it began a new chain although there was one to go on from, usually nothing."""
    bare, environment = tools.without_password(login)
    words = [str(programs / "pg_basebackup"), f"--pgdata={partial / chains.BASE}", f"--dbname={bare}"]
    words += ["--format=plain", "--wal-method=stream", "--checkpoint=fast", "--manifest-checksums=SHA256"]
    words += ["--no-password", "--label=EventOS", *tools.TO_DISK]
    partial.mkdir(mode=0o700)
    if previous is None:
        tools.run(words, environment)
        return ""
    since = root.base(previous) / chains.POSTGRES_MANIFEST
    try:
        tools.run([*words, f"--incremental={since}"], environment)
    except SetupError as error:
        if _NO_SUMMARIES not in error.message:
            raise
        shutil.rmtree(partial / chains.BASE, ignore_errors=True)
        tools.run(words, environment)
        return "the server no longer knew what changed since"
    return ""


def _finished(
    root: Chains, partial: Path, login: str, server: _Server, previous: Part | None, programs: Path, files: bool
) -> Part:
    """Prove the base backup, copy the stored files, write the part and give it its name."""
    base = partial / chains.BASE
    chains.verify_files(programs, base)
    with tools.connected(login, "backup", "EVENTOS_BACKUP_URL") as connection:
        if _server(connection) != server:
            raise SetupError("The database was migrated or restored meanwhile.", hint="Run the backup again.")
        key_ids, named = tools.key_ids(connection), stored_files.named(connection) if files else []
        database = connection.info.dbname
    # After the base backup: what it names was stored before, or deleted since.
    kept = stored_files.keep(named, partial, root.pool, login, recheck=previous is None) if files else Kept()
    moment, kind = clock.now(), "increment" if previous else "full"
    number = previous.number + 1 if previous else 0
    while (name := f"{moment:%Y%m%dT%H%M%SZ}-{number}-{kind}") and (root.root / name).exists():
        moment += dt.timedelta(seconds=1)
    part = Part(
        name=name,
        kind="increment" if previous else "full",
        number=number,
        previous=previous.name if previous else None,
        previous_sha256=previous.base_sha256 if previous else None,
        created_at=moment.isoformat(timespec="microseconds"),
        server_version=server.version,
        system_identifier=server.system_identifier,
        database=database,
        embedded=urls.is_embedded(),
        revision=server.revision,
        era=server.era,
        key_ids=key_ids,
        base_bytes=sum(path.stat().st_size for path in base.rglob("*") if path.is_file()),
        base_sha256=tools.sha256(base / chains.POSTGRES_MANIFEST),
        files=kept.files,
        files_bytes=kept.bytes,
        files_sha256=kept.list_sha256,
        files_missing=kept.missing,
    )
    chains.write_part(partial, part)
    partial.rename(root.root / name)
    return part
