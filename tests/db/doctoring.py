"""Doctor's checks inside a transaction of a test, so that what it breaks is whole again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from eventos_core.db import urls
from eventos_core.db.doctor.check import Place
from tests import support


class Kept(psycopg.Connection[Any]):
    """A connection on which only the test ends the transaction: SQLAlchemy's commit and rollback do nothing."""

    def commit(self) -> None:
        """Nothing."""

    def rollback(self) -> None:
        """Nothing."""


@contextmanager
def broken(database: support.Database) -> Iterator[tuple[Kept, Place]]:
    """A superuser's connection to break things with, and what checks then see through it; undone at the end."""
    connection = Kept.connect(urls.libpq(database.admin))
    engine = create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as seen:
        connection.execute("set search_path = public, extensions")
        yield connection, Place(database.urls, seen, seen, seen)
        psycopg.Connection.rollback(connection)
