"""Where the database is and as whom to log in to it.

With `EVENTOS_DATABASE_URL` an installation names its own server, one variable per login. Without it the
embedded server is started and its URLs are used. Nothing here ever prints a password.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import quote, urlencode

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from eventos_core.kernel.errors import SetupError

if TYPE_CHECKING:
    from eventos_core.db.embedded import EmbeddedServer

Login = Literal["app", "migrator", "backup"]
LOGINS: tuple[Login, ...] = get_args(Login)

_VARIABLES: dict[Login, str] = {
    "app": "EVENTOS_DATABASE_URL",
    "migrator": "EVENTOS_MIGRATOR_URL",
    "backup": "EVENTOS_BACKUP_URL",
}
_DRIVER = "postgresql+psycopg"


@dataclass(frozen=True, repr=False)
class Urls:
    """One SQLAlchemy URL (`postgresql+psycopg://…`) per login of an installation; `repr` hides passwords."""

    app: str
    migrator: str
    backup: str

    def of(self, role: Login) -> str:
        """The URL of one login."""
        return {"app": self.app, "migrator": self.migrator, "backup": self.backup}[role]

    def __repr__(self) -> str:
        shown = ", ".join(f"{role}={hidden(self.of(role))!r}" for role in LOGINS)
        return f"Urls({shown})"


def parse(url: str) -> URL:
    """`url` as a SQLAlchemy URL for psycopg. Raises SetupError (without the URL) if it is none of PostgreSQL."""
    try:
        parsed = make_url(url.strip())
    except (ArgumentError, ValueError):
        raise SetupError(
            "The database URL cannot be read.",
            hint="Write postgresql://user:password@host:5432/database; percent-encode special characters.",
        ) from None
    if parsed.drivername not in ("postgres", "postgresql", _DRIVER):
        raise SetupError(
            f"EventOS needs a PostgreSQL URL, not one of {parsed.drivername}.",
            hint="Write postgresql://user:password@host:5432/database.",
        )
    return parsed.set(drivername=_DRIVER)


def normalise(url: str) -> str:
    """`postgres://` and `postgresql://` as the `postgresql+psycopg://` that SQLAlchemy wants."""
    return parse(url).render_as_string(hide_password=False)


def hidden(url: str) -> str:
    """`url` with its password replaced by asterisks, for messages and logs."""
    parsed = parse(url)
    query = {key: "***" if "password" in key.lower() else value for key, value in parsed.query.items()}
    return parsed.set(query=query).render_as_string(hide_password=True)


def libpq(url: str) -> str:
    """`url` as the `postgresql://` URI that psycopg.connect, psql, pg_dump and other libpq clients take."""
    dialect: Any = PGDialect_psycopg  # SQLAlchemy does not type it
    parts = dict(dialect().create_connect_args(parse(url))[1])
    user, password, database = (str(parts.pop(key, "") or "") for key in ("user", "password", "dbname"))
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    # Host and port go into the query: there a socket directory and a list of hosts have the same form.
    query = urlencode({key: str(value) for key, value in parts.items()}, quote_via=quote, safe="")
    return f"postgresql://{login}{'@' if login else ''}/{quote(database, safe='')}" + (f"?{query}" if query else "")


def data_dir() -> Path:
    """The absolute data directory: `EVENTOS_DATA_DIR`, or `.eventos` in the project's root."""
    named = os.environ.get("EVENTOS_DATA_DIR", "").strip()
    root = Path(__file__).resolve().parents[2]
    return Path(named).expanduser().resolve() if named else root / ".eventos"


def is_embedded() -> bool:
    """Whether this installation runs its own server (no `EVENTOS_DATABASE_URL` is set)."""
    return not os.environ.get(_VARIABLES["app"], "").strip()


_servers: dict[Path, EmbeddedServer] = {}
_servers_lock = threading.Lock()


def embedded_server() -> EmbeddedServer:
    """This process's one handle of the embedded server in `data_dir()`; it is not started yet.

    Raises SetupError on Windows, where there is no embedded server.
    """
    if os.name != "posix":
        raise SetupError(
            "On Windows EventOS does not start a database of its own.",
            hint=f"Set {', '.join(_VARIABLES.values())} to a PostgreSQL 15 or newer server (see `bootstrap`).",
        )
    from eventos_core.db.embedded import EmbeddedServer  # on Windows it cannot be imported

    place = data_dir()
    with _servers_lock:
        return _servers.setdefault(place, EmbeddedServer(place))


def resolve(role: Login) -> str:
    """The SQLAlchemy URL of login `role`.

    Starts the embedded server when `EVENTOS_DATABASE_URL` is not set, and keeps it up for this process (cheap
    when it runs already). Raises SetupError naming the variable when a server is configured but this login is not.
    """
    if is_embedded():
        return embedded_server().start().of(role)
    value = os.environ.get(_VARIABLES[role], "").strip()
    if not value:
        raise SetupError(
            f"{_VARIABLES[role]} is not set, but {_VARIABLES['app']} is.",
            hint=f"Set {_VARIABLES[role]} to the {role} login that `bootstrap` printed.",
        )
    return normalise(value)
