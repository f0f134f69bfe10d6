"""Backups: what the manifest says is in the dump, whoever restores it; nothing is left of one that failed."""

from __future__ import annotations

import datetime as dt
import json
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from eventos_core import migrations
from eventos_core.db import doctor, urls
from eventos_core.db.registry import execute
from eventos_core.directory import commands as directory
from eventos_core.directory.rules.contacts import ContactFields, EmailEntry
from eventos_core.events import commands as events
from eventos_core.kernel import clock, secret_keys
from eventos_core.kernel.errors import SetupError
from eventos_core.operations import encryption, restore
from eventos_core.operations.backups import full as backup
from eventos_core.operations.backups import schedule, stored_files, tools
from eventos_core.operations.files import commands as media
from eventos_core.operations.files import stores
from tests import support
from tests.operations.files_support import PDF, picture
from tests.operations.test_files_stores import configure
from tests.operations.test_files_stores import s3 as s3


@pytest.fixture
def filled(database: support.Database, two_houses: tuple[support.TestHouse, support.TestHouse]) -> support.Database:
    """A database with something in it, encrypted values and sealed audit entries among it."""
    for house in two_houses:
        person = ContactFields(last_name="Lefèvre", emails=(EmailEntry("lefevre@example.org"),))
        execute(house.owner, directory.create_contact, directory.CreateContact(person))
        starts = clock.now()
        event = events.CreateEvent("Défilé", starts, starts.replace(year=starts.year + 1), "Europe/Paris")
        execute(house.owner, events.create_event, event)
    with database.as_login("migrator") as connection:
        support.seal(connection)
    with database.as_login("migrator") as connection:
        own = connection.execute(
            "select id from organizations where is_own and account_id = %s", [two_houses[0].account_id]
        ).fetchone()
    assert own is not None
    bank = directory.ChangeBankData(own[0], 1, "Maison Aurore", "FR7630006000011234567890189", "AGRIFRPP")
    execute(two_houses[0].owner, directory.change_bank_data, bank)
    return database


@pytest.fixture
def empty(server: support.Server, filled: support.Database) -> Iterator[tuple[str, urls.Urls]]:
    """An empty database, bootstrapped: the superuser's URL and the logins."""
    name = f"{filled.name}_restored"
    server.create(name)
    made = support.bootstrapped(server, name).urls
    yield server.superuser_of(name), made
    server.drop(name)


@pytest.fixture
def place(database: support.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the stored files of the installation lie, empty; their rows go with them."""
    monkeypatch.setenv("EVENTOS_FILES_DIR", str(tmp_path / "files"))
    yield tmp_path / "files"
    with database.as_login("migrator") as connection:
        connection.execute("delete from media_assets")


def stored(house: support.TestHouse, *contents: bytes) -> list[Path]:
    """Files in the house's library; where their bytes lie."""
    before = set(stores.directory().rglob("*"))
    for number, content in enumerate(contents):
        name = f"plan-{number}.{'pdf' if content == PDF else 'png'}"
        execute(house.owner, media.store_file, media.StoreFile(name, content))
    found = sorted(set(stores.directory().rglob("*")) - before)
    return [path for path in found if path.is_file()]


@contextmanager
def writers(house: support.TestHouse) -> Iterator[list[int]]:
    """People who write as fast as they can; the list fills with what they made."""
    made: list[int] = []
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            person = ContactFields(last_name=f"Guest {len(made)}", emails=(EmailEntry(f"g{len(made)}@example.org"),))
            execute(house.owner, directory.create_contact, directory.CreateContact(person))
            made.append(1)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield made
    finally:
        over.set()
        thread.join()


def counts(url: str) -> dict[str, int]:
    """Rows of every table as that login sees them."""
    with psycopg.connect(urls.libpq(url)) as connection:
        names = connection.execute(
            "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace"
            " and c.relkind in ('r', 'p') and not c.relispartition"
        ).fetchall()
        found = {}
        for (name,) in names:
            row = connection.execute(f'select count(*) from "{name}"'.encode()).fetchone()
            found[name] = row[0] if row else -1
        return found


def test_backup_under_load_comes_back_whole_with_its_files(
    filled: support.Database,
    two_houses: tuple[support.TestHouse, support.TestHouse],
    empty: tuple[str, urls.Urls],
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = picture(), picture(colour="#123456")
    kept = {path.relative_to(place): path.read_bytes() for path in stored(two_houses[0], first, second, PDF)}
    kept |= {path.relative_to(place): path.read_bytes() for path in stored(two_houses[1], first)}
    before = counts(filled.urls.migrator)
    with writers(two_houses[0]) as made:
        written = backup.backup(tmp_path / "backup")
    assert made, "somebody wrote meanwhile"
    assert all(written.rows[name] >= count for name, count in before.items()), "the backup login sees every row"
    assert (written.files, written.files_missing) == (4, ())
    held = [path for path in (tmp_path / "backup" / stored_files.POOL).rglob("*") if path.is_file()]
    assert len(held) == 3, "the same bytes are kept once"

    monkeypatch.setenv("EVENTOS_FILES_DIR", str(tmp_path / "new"))
    superuser, logins = empty
    done = restore.restore(tmp_path / "backup", logins.migrator)
    assert (done.kind, done.files) == ("full", 4)
    assert (done.tables, done.rows, done.applied) == (len(written.rows), sum(written.rows.values()), ())
    now = counts(superuser)
    # Closing the era seals what was not sealed yet.
    assert now.pop("audit_seals") == written.rows["audit_seals"] + done.seals
    assert now == {name: count for name, count in written.rows.items() if name != "audit_seals"}, "no policy hid a row"
    assert {key: (tmp_path / "new" / key).read_bytes() for key in kept} == kept

    with psycopg.connect(urls.libpq(logins.migrator)) as connection:
        assert connection.execute("select * from app.verify_audit()").fetchall() == []
    assert migrations.check(logins.app) == []
    assert [check.name for check in doctor.run(logins) if not check.ok] == [], "policies, grants and functions too"
    with psycopg.connect(urls.libpq(logins.app)) as connection:
        forgotten = connection.execute("select count(*) from contacts").fetchone()
    assert forgotten == (0,), "the fence stands in the restored database too"
    with pytest.raises(SetupError, match="not empty"):
        restore.restore(tmp_path / "backup", logins.migrator)


def test_files_in_a_bucket_come_along_and_go_back_into_one(
    filled: support.Database,
    house: support.TestHouse,
    empty: tuple[str, urls.Urls],
    s3: str,
    database: support.Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(monkeypatch, s3)
    before = picture()
    execute(house.owner, media.store_file, media.StoreFile("plan.png", before))
    with database.as_login("migrator") as connection:
        row = connection.execute("select storage_key from media_assets").fetchone()
    assert row is not None
    assert b"".join(stores.current().read(row[0])) == before
    written = backup.backup(tmp_path / "backup")
    assert (written.files, written.files_missing) == (1, ())

    configure(monkeypatch, s3, bucket="elsewhere")
    assert restore.restore(tmp_path / "backup", empty[1].migrator).files == 1
    assert b"".join(stores.current().read(row[0])) == before
    with database.as_login("migrator") as connection:
        connection.execute("delete from media_assets")


def test_lost_file_is_named_and_costs_no_more_than_itself(
    filled: support.Database, house: support.TestHouse, place: Path, tmp_path: Path
) -> None:
    lost, altered, whole = stored(house, picture(), picture(colour="#123456"), PDF)
    lost.unlink()
    altered.write_bytes(b"x" * altered.stat().st_size)
    written = backup.backup(tmp_path / "backup")
    assert written.files == 1
    wrong = sorted(written.files_missing)
    assert [path.relative_to(place).as_posix() in told for path, told in zip((lost, altered), wrong, strict=True)]
    assert [told.partition(": ")[2] for told in written.files_missing if lost.name in told] == ["its bytes are missing"]
    assert any("not those that were stored" in told for told in written.files_missing)
    left_out = backup.backup(tmp_path / "without", files=False)
    assert (left_out.files_sha256, left_out.files) == (None, 0)
    assert whole.exists()


@pytest.mark.parametrize("harm", ["missing", "altered", "list"])
def test_restore_refuses_a_backup_whose_files_are_not_whole(
    filled: support.Database,
    house: support.TestHouse,
    empty: tuple[str, urls.Urls],
    place: Path,
    tmp_path: Path,
    harm: str,
) -> None:
    stored(house, picture())
    directory = tmp_path / "backup"
    backup.backup(directory)
    (file,) = [path for path in (directory / stored_files.POOL).rglob("*") if path.is_file()]
    if harm == "missing":
        file.unlink()
    elif harm == "altered":
        file.write_bytes(b"other")
    else:
        (directory / stored_files.LIST).write_text("")
    told = "list of stored files" if harm == "list" else r"missing or damaged: plan-0\.png"
    with pytest.raises(SetupError, match=told):
        restore.restore(directory, empty[1].migrator)
    assert counts(empty[0]) == {}


def test_scheduled_backups_keep_the_newest_and_doctor_tells_how_they_went(
    filled: support.Database, house: support.TestHouse, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert schedule.check() is None, "nothing is set up"
    assert schedule.when() is None
    monkeypatch.setenv("EVENTOS_BACKUP_DIR", str(tmp_path / "kept"))
    monkeypatch.setenv("EVENTOS_BACKUP_KEEP", "1")
    told = schedule.check()
    assert told is not None
    assert (told.ok, "none yet" in told.detail) == (False, True)
    older = tmp_path / "kept" / "20200101T000000000000Z"
    older.mkdir(parents=True)
    (older / backup.MANIFEST).write_text("{}")
    (tmp_path / "kept" / "mine").mkdir()
    schedule.backup()
    names = sorted(path.name for path in (tmp_path / "kept").iterdir())
    assert names[1:] == [schedule.LAST_RUN, "mine"], "what is not a backup of ours stays"
    assert names[0].startswith("20") and names[0] != older.name
    told = schedule.check()
    assert told is not None and told.ok, told
    assert names[0] in told.detail

    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
        told = schedule.check()
    assert told is not None
    assert "one was missed" in told.detail
    monkeypatch.setattr(tools, "major_of", lambda _: 9)
    with pytest.raises(SetupError):
        schedule.backup()
    told = schedule.check()
    assert told is not None
    assert not told.ok
    assert "There is no pg_dump" in told.detail
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == names, "what was there stays"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("EVENTOS_BACKUP_KIND", "weekly"), ("EVENTOS_BACKUP_KEEP", "0"), ("EVENTOS_BACKUP_CRON", "every day")],
)
def test_wrong_schedule_is_told_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv("EVENTOS_BACKUP_DIR", str(tmp_path))
    monkeypatch.setenv(variable, value)
    with pytest.raises(SetupError, match=variable):
        schedule.plan()
    told = schedule.check()
    assert told is not None
    assert not told.ok
    assert schedule.when() is None, "other background jobs run on"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"server_version": 990001}, "The backup is of PostgreSQL 99"),
        ({"revision": "20990101_00_far"}, "another version of EventOS"),
        ({"key_ids": ["00000000"]}, "encryption key of this backup is missing"),
        ({"dump_sha256": "0" * 64}, "altered or is incomplete"),
    ],
)
def test_restore_refuses_before_it_writes(
    filled: support.Database, empty: tuple[str, urls.Urls], tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    place = tmp_path / "backup"
    backup.backup(place)
    manifest = json.loads((place / backup.MANIFEST).read_text())
    (place / backup.MANIFEST).write_text(json.dumps(manifest | change))
    with pytest.raises(SetupError, match=problem):
        restore.restore(place, empty[1].migrator)
    assert counts(empty[0]) == {}


def test_rows_that_differ_from_the_manifest_are_told(
    filled: support.Database, empty: tuple[str, urls.Urls], tmp_path: Path
) -> None:
    place = tmp_path / "backup"
    written = backup.backup(place)
    manifest = json.loads((place / backup.MANIFEST).read_text())
    manifest["rows"]["contacts"] = written.rows["contacts"] + 1
    (place / backup.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(SetupError, match="differ from the manifest in contacts"):
        restore.restore(place, empty[1].migrator)


def test_manifest_tells_what_is_in_the_directory(filled: support.Database, tmp_path: Path) -> None:
    place = tmp_path / "backup"
    place.mkdir()
    written = backup.backup(place)
    assert sorted(path.name for path in place.iterdir()) == [backup.DUMP, stored_files.LIST, backup.MANIFEST]
    assert backup.read_manifest(place) == written
    assert stat.S_IMODE((place / backup.DUMP).stat().st_mode) == 0o600
    assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0
    assert written.key_ids == [encryption.keyring().newest.hex()]
    text = (place / backup.MANIFEST).read_text()
    assert json.loads(text)["dump_bytes"] == (place / backup.DUMP).stat().st_size
    assert secret_keys.key_file().read_text().strip() not in text + (place / backup.DUMP).read_text(errors="replace")


def test_altered_dump_is_noticed(filled: support.Database, tmp_path: Path) -> None:
    place = tmp_path / "backup"
    backup.backup(place)
    with (place / backup.DUMP).open("ab") as file:
        file.write(b"x")
    with pytest.raises(SetupError, match="altered or is incomplete"):
        backup.read_manifest(place)
    with pytest.raises(SetupError, match="no readable backup"):
        backup.read_manifest(tmp_path)


def test_directory_with_something_in_it_is_refused(filled: support.Database, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SetupError, match="not an empty directory"):
        backup.backup(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError])
def test_interrupted_backup_leaves_nothing(
    filled: support.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def interrupted(path: Path) -> str:
        assert path.parent.joinpath(backup.DUMP).stat().st_size > 0
        raise error

    monkeypatch.setattr(tools, "sha256", interrupted)
    with pytest.raises(error):
        backup.backup(tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def test_killed_backup_leaves_no_obstacle(filled: support.Database, tmp_path: Path) -> None:
    (tmp_path / ".backup.partial").mkdir()
    (tmp_path / ".backup.partial" / backup.DUMP).write_bytes(b"half")
    backup.backup(tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def test_failing_dump_says_why_and_leaves_nothing(
    filled: support.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_SCHEMAS", ("public", "no_such_schema_at_all*("))
    with pytest.raises(SetupError, match="pg_dump failed"):
        backup.backup(tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def test_client_of_another_version_is_refused_before_anything_is_written(
    filled: support.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "major_of", lambda _: 9)
    with pytest.raises(SetupError, match=r"There is no pg_dump of PostgreSQL \d+ here"):
        backup.backup(tmp_path / "deep" / "backup")
    assert list(tmp_path.iterdir()) == []


def test_login_that_is_wrong_is_told_without_its_password(filled: support.Database, tmp_path: Path) -> None:
    url = make_url(filled.urls.backup).set(username="nobody_at_all", password="a-secret-word")
    with pytest.raises(SetupError, match="backup login failed") as told:
        backup.backup(tmp_path / "backup", url.render_as_string(hide_password=False))
    assert "a-secret-word" not in str(told.value)
    assert list(tmp_path.iterdir()) == []
