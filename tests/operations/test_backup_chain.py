"""Chains of base backups: a part comes back in a new data directory, and a chain never loses a link in silence."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from eventos_core.db import doctor
from eventos_core.db.registry import execute
from eventos_core.db.urls import embedded_server, libpq
from eventos_core.directory import commands as directory
from eventos_core.directory.rules.contacts import ContactFields
from eventos_core.kernel.errors import SetupError
from eventos_core.operations import restore
from eventos_core.operations.backups import chains, combining, incremental, stored_files, tools
from eventos_core.operations.backups.chains import Chains, Part
from eventos_core.operations.files import commands as media
from tests import support
from tests.operations.files_support import picture
from tests.scratch import scratch

ALONE = ("EVENTOS_DATABASE_URL", "EVENTOS_MIGRATOR_URL", "EVENTOS_BACKUP_URL")


def version(database: support.Database) -> int:
    """The server's major version."""
    with database.as_login("backup") as connection:
        return connection.info.server_version // 10000


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that the server's own account can enter."""
    made = Path(tempfile.mkdtemp(prefix="evt-chain-", dir=scratch()))
    made.chmod(0o711)
    yield made
    subprocess.run(["rm", "-rf", str(made)], check=True)


def add(house: support.TestHouse, name: str, colour: str) -> None:
    """A contact and a picture."""
    execute(house.owner, directory.create_contact, directory.CreateContact(ContactFields(last_name=name)))
    execute(house.owner, media.store_file, media.StoreFile(f"{name}.png", picture(colour=colour)))


def test_incremental_chain_comes_back_in_a_new_data_directory(
    database: support.Database, house: support.TestHouse, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if version(database) < incremental.OLDEST:
        with pytest.raises(SetupError, match="need PostgreSQL 17 or newer; this server is"):
            incremental.backup(place / "chains")
        assert not (place / "chains").exists(), "told before anything is written"
        return
    monkeypatch.setattr(tools, "TO_DISK", ("--no-sync",))
    monkeypatch.setenv("EVENTOS_FILES_DIR", str(place / "files"))
    add(house, "Before", "#111111")
    first = incremental.backup(place / "chains")
    assert (first.part.kind, first.began, first.part.files) == ("full", "it is the first", 1)
    add(house, "Between", "#222222")
    second = incremental.backup(place / "chains", keep=1)
    assert (second.part.kind, second.part.previous, second.removed) == ("increment", first.part.name, ())
    assert second.part.base_bytes < first.part.base_bytes / 2, "only what changed"
    pool = place / "chains" / stored_files.POOL
    assert len([path for path in pool.rglob("*") if path.is_file()]) == second.part.files == 2
    add(house, "After", "#333333")

    for name in ALONE:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EVENTOS_DATA_DIR", str(place / "data"))
    monkeypatch.setenv("EVENTOS_FILES_DIR", str(place / "new"))
    server = embedded_server()
    try:
        done = restore.restore(place / "chains")
        assert (done.kind, done.files, done.files_missing) == ("increment", 2, ())
        assert len([path for path in (place / "new").rglob("*") if path.is_file()]) == 2
        urls = server.start()
        assert [check.name for check in doctor.run(urls) if not check.ok] == [], "policies, grants and functions too"
        with psycopg.connect(libpq(urls.migrator)) as connection:
            query = "select full_name from contacts where account_id = %s and full_name ~ '^(Before|Between|After)$'"
            found = connection.execute(query + " order by id", [house.account_id]).fetchall()
            assert found == [("Before",), ("Between",)], "as of the second part"
            assert connection.execute("select * from app.verify_audit()").fetchall() == []
        with pytest.raises(SetupError, match="already holds a database"):
            restore.restore(place / "chains")
    finally:
        server.release()


def part(name: str, previous: Part | None = None) -> Part:
    """A part without a server behind it."""
    number = previous.number + 1 if previous else 0
    kind = "increment" if previous else "full"
    return Part(
        f"{name}-{number}-{kind}", kind, number, previous.name if previous else None,
        previous.base_sha256 if previous else None, f"{name[:4]}-{name[4:6]}-{name[6:8]}T00:00:0{number}+00:00", 180006,
        "7", "eventos", True, "20200101_00_one", 1, [], 1, f"{name}{number}", 0, 0, None, (),
    )  # fmt: skip


def write(root: Path, *parts: Part) -> Chains:
    """Them in a directory of chains, with empty base backups."""
    made = chains.opened(root)
    for one in parts:
        (root / one.name / chains.BASE).mkdir(parents=True)
        chains.write_part(root / one.name, one)
    return made


def test_missing_or_exchanged_link_is_named(tmp_path: Path) -> None:
    full = part("20261201T000000Z")
    second = part("20261202T000000Z", full)
    third = part("20261203T000000Z", second)
    made = write(tmp_path / "chains", full, second, third)
    assert made.chain_to(third) == [full, second, third]
    found = chains.found_part(tmp_path / "chains" / second.name)
    assert found is not None
    assert found[1] == second, "a part can be named by itself"
    other = dataclasses.replace(second, base_sha256="other")
    chains.write_part(made.place(second), other)
    with pytest.raises(SetupError, match=f"{second.name} is not the part that it was made from"):
        made.chain_to(third)
    shutil.rmtree(made.place(second))
    with pytest.raises(SetupError, match=f"chain of {third.name} is broken: its part {second.name} is missing"):
        made.chain_to(third)
    (made.place(third) / chains.PART).write_text("{")
    with pytest.raises(SetupError, match="no readable part"):
        restore.restore(tmp_path / "chains")


def test_old_chains_go_whole_and_files_that_nothing_names_with_them(tmp_path: Path) -> None:
    old = part("20261101T000000Z")
    old_second = part("20261102T000000Z", old)
    new = part("20261201T000000Z")
    new_second = part("20261202T000000Z", new)
    made = write(tmp_path / "chains", old, old_second, new, new_second)
    lonely = made.pool / "ab" / ("ab" * 32)
    lonely.parent.mkdir(parents=True)
    lonely.write_bytes(b"x")
    (tmp_path / "chains" / "notes").mkdir()
    assert made.drop_old(2) == []
    assert not lonely.exists()
    assert made.drop_old(1) == [old.name, old_second.name]
    assert made.parts() == [new, new_second], "no link in use"
    assert (tmp_path / "chains" / "notes").exists()
    with made.locked(), pytest.raises(SetupError, match="Another backup or restore"), made.locked():
        pass


def test_chain_is_refused_where_it_cannot_be_made_or_got_back(
    database: support.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes").mkdir()
    if version(database) >= incremental.OLDEST:
        with pytest.raises(SetupError, match="eventos_app may not replicate"):
            incremental.backup(tmp_path / "chains", database.urls.app)
        with pytest.raises(SetupError, match="no directory of incremental backups"):
            incremental.backup(tmp_path)
    one = dataclasses.replace(part("20261201T000000Z"), server_version=990001)
    made = write(tmp_path / "made", one)
    with pytest.raises(SetupError, match="not into a server"):
        combining.combine(made, one, before_the_database=lambda: None)
    for name in ALONE:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EVENTOS_DATA_DIR", str(tmp_path / "data"))
    with pytest.raises(SetupError, match=r"The chain is of PostgreSQL 99; the programs in .* are of \d+"):
        combining.combine(made, one, before_the_database=lambda: None)
    with pytest.raises(SetupError, match="another version of EventOS"):
        restore.restore(tmp_path / "made")
    here = dataclasses.replace(one, server_version=(tools.major_of(combining_programs()) or 0) * 10000)
    with pytest.raises(SetupError, match=r"manifest of .* is missing or was altered"):
        combining.combine(made, here, before_the_database=lambda: None)
    assert not (tmp_path / "data").exists(), "told before anything is written"


def combining_programs() -> Path:
    """The server program that an embedded server would run."""
    from eventos_core.db.embedded import binaries

    return binaries.directory() / "postgres"
