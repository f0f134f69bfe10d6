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


@pytest.fixture
def admin(database: support.Database) -> Iterator[Connection]:
    """A superuser's connection in a transaction that is rolled back; `matrix.role` makes it act as another role."""
    with database.as_login("admin") as connection:
        connection.execute("set search_path = public, extensions")
        yield connection
        connection.rollback()


@pytest.fixture
def migrator(database: support.Database) -> Iterator[Connection]:
    """The migrator's connection in a transaction that is rolled back."""
    with database.as_login("migrator") as connection:
        yield connection
        connection.rollback()
