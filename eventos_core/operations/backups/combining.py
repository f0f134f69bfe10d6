"""A part of a chain made whole again: its links proved, combined, proved once more, and adopted by an embedded server.

A chain of a server elsewhere comes back the same way, as an embedded server's; a full backup of that one goes on to
a server, if wanted.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from eventos_core.db import urls
from eventos_core.kernel.errors import SetupError
from eventos_core.operations.backups import chains, tools
from eventos_core.operations.backups.chains import Chains, Part


def combine(found: Chains, part: Part, *, before_the_database: Callable[[], object]) -> str:
    """Make the data directory of this installation from `part` and start the server; the migrator's URL.

    `before_the_database` is called when everything is proved, before the data directory counts. Raises SetupError,
    before anything is written, when this installation uses a server, its data directory holds a database, the
    programs are of another major version, or a link is missing or damaged.
    """
    if not urls.is_embedded():
        raise SetupError(
            "A chain is restored into a new data directory, not into a server.",
            hint="Leave EVENTOS_DATABASE_URL unset and name a new EVENTOS_DATA_DIR; from there `backup` and `restore` "
            "take it to a server.",
        )
    server = urls.embedded_server()
    server.check_new()
    programs = _programs(part)
    links = found.chain_to(part)
    for link in links:
        chains.verify(programs, found.base(link), link.base_sha256)
    scratch = Path(tempfile.mkdtemp(prefix="arriving-", dir=server.make_place()))
    try:
        whole = scratch / "data"
        words = [str(programs / "pg_combinebackup"), f"--output={whole}", "--manifest-checksums=SHA256"]
        tools.run([*words, *tools.TO_DISK, *(str(found.base(link)) for link in links)])
        chains.verify_files(programs, whole)
        if not part.embedded:
            # Settings made on a server elsewhere may name libraries and files that this one does not have.
            (whole / "postgresql.auto.conf").write_text("")
        before_the_database()
        server.adopt(whole, database=part.database)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return server.start().migrator


def _programs(part: Part) -> Path:
    """The programs that the embedded server runs. Raises SetupError where they are not of the chain's version."""
    if os.name != "posix":
        raise SetupError("On Windows EventOS starts no database of its own.", hint="Restore a full backup.")
    from eventos_core.db.embedded import binaries  # fcntl is missing on Windows

    made, here = part.server_version // 10000, tools.major_of((found := binaries.directory()) / "postgres")
    if made != here:
        raise SetupError(
            f"The chain is of PostgreSQL {made}; the programs in {found} are of {here}.",
            hint=f"Name the programs of PostgreSQL {made} in EVENTOS_PG_BIN; a full backup also moves to newer ones.",
        )
    if missing := [name for name in tools.CHAINING if not (found / name).exists()]:
        raise SetupError(f"{found} lacks {', '.join(missing)}.", hint="Install PostgreSQL's client programs there.")
    return found
