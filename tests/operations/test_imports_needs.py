"""Home names the imports that failed to whoever started them, until they are run again or cancelled."""

from __future__ import annotations

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.permissions import Role
from eventos_core.operations import needs
from eventos_core.operations.imports import commands
from eventos_core.operations.imports.commands import BatchNamed
from eventos_core.operations.imports.running import run_import
from tests.operations.imports_support import alter, upload
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
FILE = "name;e-mail\nAnna;anna@x.example\n"


def waiting(who: Credential) -> list[str]:
    return [need.parameters["batch"] for need in read(who, needs.needs) if need.page == "admin_imports"]


def fail(database: Database, batch: int) -> None:
    alter(
        database,
        "update import_batches set status = 'failed', error = 'The disk was full.', started_at = now(),"
        " finished_at = now() where id = %s",
        batch,
    )


def test_a_failed_import_waits_for_who_started_it(two_houses: tuple[TestHouse, TestHouse], database: Database) -> None:
    house, other = two_houses
    batch, fine = upload(house.owner, "contacts", FILE), upload(house.owner, "contacts", FILE + "Bea;b@x.example\n")
    assert waiting(house.owner) == []
    fail(database, batch)
    assert waiting(house.owner) == [str(batch)]
    need = next(need for need in read(house.owner, needs.needs) if need.page == "admin_imports")
    assert need.context == "It failed: The disk was full."
    assert "file.csv" in need.title
    assert waiting(house.member(Role.MANAGER)) == waiting(other.owner) == []
    fail(database, fine)
    assert sorted(waiting(house.owner)) == [str(batch), str(fine)]


def test_it_goes_away_once_run_or_cancelled(house: TestHouse, database: Database) -> None:
    first, second = upload(house.owner, "contacts", FILE), upload(house.owner, "contacts", FILE + "Bea;b@x.example\n")
    for batch in (first, second):
        fail(database, batch)
    run_import(house.owner, first)
    execute(house.owner, commands.cancel_import, BatchNamed(second))
    assert waiting(house.owner) == []
