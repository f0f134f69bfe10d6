"""The checks in order, and how they are run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from sqlalchemy import Connection, NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from eventos_core.db.doctor import data, fence, schema, server
from eventos_core.db.doctor.check import Check, Place, failed
from eventos_core.db.urls import LOGINS, Login, Urls
from eventos_core.kernel.errors import EventOSError

_CHECKS: tuple[tuple[str, Callable[[Place], Check]], ...] = (
    ("server_version", server.server_version),
    ("migrations", server.migrations),
    ("sync", server.sync),
    ("app_role", fence.app_role),
    ("row_security", fence.row_security),
    ("policies", fence.policies),
    ("grants", fence.grants),
    ("functions", fence.functions),
    ("triggers", schema.triggers),
    ("indexes", schema.indexes),
    ("foreign_keys", schema.foreign_keys),
    ("extensions", server.extensions),
    ("partitions", schema.partitions),
    ("audit_chain", data.audit_chain),
    ("migrator_sees_all", data.migrator_sees_all),
    ("backup_sees_all", data.backup_sees_all),
    ("clock", server.clock),
    ("disk", server.disk),
    ("job_engine", server.job_engine),
)
NAMES = ("connection", *(name for name, _ in _CHECKS))
"""Every check by name, in the order of the report."""


def run(urls: Urls) -> list[Check]:
    """Run every check against the installation that `urls` names, reading only.

    Never raises for what it finds: a check that cannot run fails with the reason. When a login cannot connect only
    `connection` is in the report. Counts every row of every table, so it takes seconds on a large database.
    """
    with ExitStack() as stack:
        connections: dict[Login, Connection] = {}
        for login in LOGINS:
            try:
                engine = create_engine(make_url(urls.of(login)), poolclass=NullPool)
                connections[login] = stack.enter_context(engine.connect())
            except DBAPIError as error:
                said = str(error.orig).strip().splitlines()[0] if error.orig else "no answer"
                hint = "Check that the server runs, and that the login's URL is the one bootstrap printed."
                return [failed("connection", f"the {login} login cannot connect: {said}", hint)]
        place = Place(urls, connections["app"], connections["migrator"], connections["backup"])
        return [
            Check("connection", True, "all three logins connect"),
            *(_run(name, check, place) for name, check in _CHECKS),
        ]


def _run(name: str, check: Callable[[Place], Check], place: Place) -> Check:
    try:
        found = check(place)
    except EventOSError as error:
        found = failed(name, error.message, error.hint)
    except DBAPIError as error:
        said = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
        found = failed(name, f"could not be checked: {said}", "Run: python -m eventos_core migrate")
    place.rollback()
    return found
