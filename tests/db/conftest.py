"""Fixtures of the database's own tests: two seeded houses, and a connection that can take any role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests import support
from tests.db.rows import House, Rows

Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def houses(database: support.Database) -> tuple[House, House]:
    """Two look-alike houses with one row in every table each, written as the migrator and committed."""
    with database.as_login("migrator") as connection:
        rows = Rows(connection)
        seeded = rows.seed(rows.house("Maison Aurore")), rows.seed(rows.house("Maison Aurora"))
        connection.commit()
    return seeded


@pytest.fixture(scope="module")
def _superuser(database: support.Database) -> Iterator[Connection]:
    """One connection for the module: a new one reads the whole catalogue of what it touches again."""
    with database.as_login("admin") as connection:
        # A statement prepared in one test would outlive the tables that another alters.
        connection.prepare_threshold = None
        yield connection


@pytest.fixture
def admin(_superuser: Connection) -> Iterator[Connection]:
    """A superuser's connection in a transaction that is rolled back; `matrix.role` makes it act as another role."""
    _superuser.execute("set search_path = public, extensions")
    yield _superuser
    _superuser.rollback()


@pytest.fixture
def migrator(database: support.Database) -> Iterator[Connection]:
    """The migrator's connection in a transaction that is rolled back."""
    with database.as_login("migrator") as connection:
        yield connection
        connection.rollback()
