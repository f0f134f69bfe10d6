"""The embedded PostgreSQL server: ours to make, start, share between processes and stop.

Linux and macOS only; importing it elsewhere raises SetupError. See `server.EmbeddedServer`.
"""

from __future__ import annotations

import os

from eventos_core.kernel.errors import SetupError

if os.name != "posix":
    raise SetupError(
        "On this system EventOS does not start a database of its own.",
        hint="Set EVENTOS_DATABASE_URL to a PostgreSQL 15 or newer server.",
    )

from eventos_core.db.embedded.server import DATABASE, EmbeddedServer, client_programs

__all__ = ["DATABASE", "EmbeddedServer", "client_programs"]
