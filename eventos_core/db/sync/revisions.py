"""Which revisions there are and which of them a database has; running them is `eventos_core.migrations`' part."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from eventos_core.kernel.errors import SetupError

_LOCATION = Path(__file__).resolve().parents[2] / "migrations"


def config() -> Config:
    """Alembic's configuration: where the revisions lie."""
    found = Config()
    found.set_main_option("script_location", str(_LOCATION).replace("%", "%%"))
    return found


def script() -> ScriptDirectory:
    """The revisions of this version of the program."""
    return ScriptDirectory.from_config(config())


def revisions() -> list[str]:
    """All revisions of this version of the program, oldest first."""
    return [found.revision for found in reversed(list(script().walk_revisions()))]


def applied(connection: Connection) -> list[str]:
    """The revisions this database has, oldest first. Raises SetupError when it has one that is not known here."""
    context = MigrationContext.configure(connection, opts={"version_table_schema": "app"})
    heads = context.get_current_heads()
    if not heads:
        return []
    try:
        return [found.revision for found in reversed(list(script().iterate_revisions(heads, "base")))]
    except CommandError as error:
        raise SetupError(
            f"The database is at revision {', '.join(heads)}, which this version of EventOS does not know.",
            hint="Start the version that migrated it, or roll back with that one first.",
        ) from error


def pending(connection: Connection) -> list[str]:
    """The revisions this database lacks, oldest first."""
    has = set(applied(connection))
    return [revision for revision in revisions() if revision not in has]
