"""PostgreSQL's own programs, found by version and run without showing a password; what backups ask the database."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from eventos_core.kernel.errors import SetupError
from eventos_core.operations import encryption

DUMPING = ("pg_dump", "pg_restore")
CHAINING = ("pg_basebackup", "pg_verifybackup", "pg_combinebackup", "pg_waldump")
TO_DISK: tuple[str, ...] = ()
"""Words that say how programs bring files to the disk: by themselves they wait until all of it is there."""


def client_tools(major: int, needed: tuple[str, ...] = DUMPING) -> Path:
    """The directory with the programs `needed` of that major version. Raises SetupError naming what to install."""
    places = [os.environ.get("EVENTOS_PG_BIN", ""), f"/usr/lib/postgresql/{major}/bin", f"/usr/pgsql-{major}/bin"]
    places += [f"/opt/homebrew/opt/postgresql@{major}/bin", str(Path(shutil.which(needed[0]) or "/").parent)]
    if os.name == "posix":
        from eventos_core.db.embedded import binaries  # fcntl is missing on Windows

        with contextlib.suppress(SetupError):  # none is installed: a server elsewhere has its own
            places.append(str(binaries.directory()))
    for place in places:
        if place and major_of(Path(place) / needed[0]) == major and all((Path(place) / one).exists() for one in needed):
            return Path(place)
    raise SetupError(
        f"There is no {needed[0]} of PostgreSQL {major} here.",
        hint=f"Install the client package of PostgreSQL {major}, or name its directory in EVENTOS_PG_BIN.",
    )


def major_of(program: Path) -> int | None:
    """The major version that a program says it is of; None where it is missing or says nothing."""
    if not program.exists():
        return None
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    # Distributions add a note of their own: “pg_dump (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)”.
    found = re.search(r"\(PostgreSQL\) (\d+)", shown)
    return int(found[1]) if found else None


def run(words: list[str], environment: dict[str, str] | None = None) -> str:
    """Run one of PostgreSQL's programs; what it printed. Raises SetupError with the last lines of its complaint."""
    done = subprocess.run(  # noqa: S603 no shell
        words, env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.strip().splitlines() if line][-3:]
        raise SetupError(
            f"{Path(words[0]).name} failed: {' '.join(lines)}", hint="Nothing was kept; mend this and run it again."
        )
    return done.stdout


def connected(login: str, role: str, variable: str) -> psycopg.Connection:
    """A connection. Raises SetupError without the password, naming the login's role and variable."""
    try:
        return psycopg.connect(login, connect_timeout=10)
    except psycopg.OperationalError as error:
        said, password = str(error).strip(), _password(login)
        said = said.replace(password, "***") if password else said
    raise SetupError(f"The {role} login failed: {said}", hint=f"Check {variable}.")


def without_password(login: str) -> tuple[str, dict[str, str]]:
    """The URL bare, and an environment with its password, which the process list does not show."""
    parts = urlsplit(login)
    netloc = parts.netloc.replace(f":{parts.password}@", "@") if parts.password else parts.netloc
    return urlunsplit(parts._replace(netloc=netloc)), dict(os.environ, PGPASSWORD=_password(login))


def _password(login: str) -> str:
    parts = urlsplit(login)
    from_query = parse_qs(parts.query).get("password", [""])[0]
    return unquote(parts.password) if parts.password else from_query


def counts(connection: psycopg.Connection) -> dict[str, int]:
    """Rows of every table of the schema public, as this login sees them."""
    names = connection.execute(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1"
    ).fetchall()
    found = {}
    for (name,) in names:
        count = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(name))).fetchone()
        found[str(name)] = int(count[0]) if count else 0
    return found


def key_ids(connection: psycopg.Connection) -> list[str]:
    """The encryption keys (hexadecimal) without which some values stay unreadable."""
    found: set[str] = set()
    for table, column in encryption.cipher_columns():
        query = sql.SQL("select distinct encode(substr({c}, 2, 4), 'hex') from {t} where {c} is not null").format(
            c=sql.Identifier(column), t=sql.Identifier(table)
        )
        found |= {str(key_id) for (key_id,) in connection.execute(query)}
    return sorted(found)


def check_keys(wanted: list[str]) -> None:
    """Raises SetupError unless every key that the backup needs is in the keyring."""
    missing = sorted(set(wanted) - encryption.keyring().ids)
    if missing:
        raise SetupError(
            f"The encryption key of this backup is missing (key {', '.join(missing)}).",
            hint="Put the key file of that time into EVENTOS_KEY_FILE, or its key into EVENTOS_SECRET_KEY.",
        )


def one(connection: psycopg.Connection, query: str) -> object:
    """The first column of the first row; None without rows."""
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def revision_and_era(connection: psycopg.Connection) -> tuple[str, int]:
    """The applied revision, and the era of the audit, which a restore ends."""
    revision = one(connection, "select string_agg(version_num, ',') from app.alembic_version")
    return str(revision), int(str(one(connection, "select era from app.installation")))


def sha256(path: Path) -> str:
    """The checksum of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
