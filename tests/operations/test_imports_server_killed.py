"""kill -9 of the database in the middle of an import of 50,000 rows: all or nothing, and a retry works."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from eventos_core import migrations
from eventos_core.db import engine as engines
from eventos_core.db.embedded import EmbeddedServer
from eventos_core.db.urls import Urls, libpq
from eventos_core.operations.imports.running import run_import
from tests import support
from tests.db.embedded_helpers import directory, kill_server
from tests.operations.imports_support import upload

ROOT = Path(__file__).resolve().parents[2]
ROWS = 50_000
RUN = """
import sys
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.operations import start
from eventos_core.operations.imports.running import run_import
start.load()
run_import(MemberCredential(bytes.fromhex(sys.argv[1]), sys.argv[2]), int(sys.argv[3]))
"""


@pytest.fixture
def own_server() -> Iterator[tuple[EmbeddedServer, Path]]:
    """An embedded server that only this test uses, so that it may be killed."""
    with directory() as place:
        server = EmbeddedServer(place / "data")
        yield server, place / "data"
        engines.dispose_all()
        server.release()


def _point_at(urls: Urls, patch: pytest.MonkeyPatch) -> None:
    for name, value in (("DATABASE", urls.app), ("MIGRATOR", urls.migrator), ("BACKUP", urls.backup)):
        patch.setenv(f"EVENTOS_{name}_URL", value)


def _number(url: str, query: str) -> int:
    with psycopg.connect(libpq(url)) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_a_killed_server_leaves_all_or_nothing_of_the_batch(
    own_server: tuple[EmbeddedServer, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, place = own_server
    urls = server.start()
    _point_at(urls, monkeypatch)
    migrations.migrate(urls.migrator)
    house = support.found_house("Maison Aurore", "maison-aurore")
    before = _number(urls.migrator, "select count(*) from contacts")
    lines = "".join(f"{n},Person,Number{n},person{n}@guests.example\n" for n in range(ROWS))
    batch = upload(house.owner, "contacts", "External ID,First Name,Last Name,Email\n" + lines)

    process = subprocess.Popen(
        [sys.executable, "-c", RUN, house.owner.token_hash.hex(), house.slug, str(batch)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + 300
    while _number(urls.migrator, f"select progress_rows from import_batches where id = {batch}") == 0:
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        assert time.monotonic() < until
        time.sleep(0.05)
    kill_server(place / "postgres" / "data")
    assert process.wait(timeout=120) != 0
    engines.dispose_all()

    urls = server.start()
    assert _number(urls.migrator, "select count(*) from contacts") == before
    assert _number(urls.migrator, "select count(*) from contact_emails where email_norm like 'person%'") == 0
    assert _number(urls.migrator, "select count(*) from import_rows") == 0
    assert _number(urls.migrator, "select count(*) from external_refs") == 0

    result = run_import(house.owner, batch)
    assert (result.created, result.rejected) == (ROWS, 0)
    assert _number(urls.migrator, "select count(*) from contacts") == before + ROWS
    again = run_import(house.owner, batch)
    assert again.created == ROWS
    assert _number(urls.migrator, "select count(*) from contacts") == before + ROWS
