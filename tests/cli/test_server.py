"""Commands about the server: their exit codes are what deployments script against."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from eventos_core.db import engine, urls
from eventos_core.db.session import unit_of_work
from eventos_core.operations.jobs import defer
from tests import support
from tests.cli.conftest import ROOT, Run
from tests.db.embedded_helpers import Server, plain_server
from tests.operations.jobs_for_tests import status_of, wait_until
from tests.scratch import scratch


@pytest.fixture(scope="module")
def other_server() -> Iterator[Server]:
    """A server without our roles: bootstrap gives them new passwords, which other tests must not notice."""
    with plain_server(18) as running:
        yield running


@pytest.fixture
def bare(other_server: Server, tmp_path: Path, run: Run) -> Iterator[Path]:
    """A database that `bootstrap --write` has just prepared; the file with its URLs, which are set meanwhile."""
    other_server.run("create database bare")
    target = tmp_path / "urls.env"
    done = run("bootstrap", "--admin-url", other_server.url(database="bare"), "--write", target)
    assert (done.code, done.out) == (0, "")
    assert str(target) in done.err
    with pytest.MonkeyPatch.context() as patch:
        for line in target.read_text().splitlines():
            patch.setenv(*line.split("=", 1))
        yield target
    engine.dispose_all()
    other_server.run("drop database bare with (force)")


def test_migrate_check_and_rollback_through_a_database_s_life(bare: Path, run: Run) -> None:
    assert stat.S_IMODE(bare.stat().st_mode) == 0o600
    pending = run("migrate", "--check")
    assert pending.code == 1
    assert "pending: " in pending.out
    applied = run("migrate")
    assert applied.code == 0
    assert applied.out.splitlines()[0].startswith("applied: ")
    assert (run("migrate").out, run("migrate", "--check").code) == ("Already up to date.\n", 0)

    last = applied.out.splitlines()[-2 if "sync" in applied.out.splitlines()[-1] else -1].removeprefix("applied: ")
    before = applied.out.splitlines()[-2].removeprefix("applied: ")
    undone = run("rollback", before)
    assert undone.code == 0
    assert f"undone: {last}" in undone.out
    assert run("migrate", "--check").code == 1
    assert run("migrate").code == 0
    assert run("migrate", "--check").code == 0
    assert run("rollback", "no_such_revision").code == 1


def test_bootstrap_prints_the_three_urls_once(other_server: Server, run: Run) -> None:
    done = run("bootstrap", "--admin-url", other_server.url())
    assert done.code == 0
    names = [line.partition("=")[0] for line in done.out.splitlines()]
    assert names == ["EVENTOS_DATABASE_URL", "EVENTOS_MIGRATOR_URL", "EVENTOS_BACKUP_URL"]
    for line in done.out.splitlines():
        psycopg.connect(urls.libpq(line.partition("=")[2])).close()


def test_bootstrap_says_what_is_wrong_with_the_login(run: Run) -> None:
    done = run("bootstrap", "--admin-url", "postgresql://nobody:hunter2-secret@127.0.0.1:1/none")
    assert (done.code, done.out) == (1, "")
    assert "hunter2-secret" not in done.err
    assert run("bootstrap").code == 2


def test_doctor_tells_every_check_and_fails_when_one_fails(database: support.Database, run: Run) -> None:
    run("cleanup")
    healthy = run("doctor", "--json")
    failed = [check for check in healthy.json["checks"] if not check["ok"]]
    assert failed == []
    assert (healthy.code, healthy.json["ok"]) == (0, True)
    assert {"name", "ok", "detail", "hint"} <= healthy.json["checks"][0].keys()
    try:
        with database.as_login("migrator", autocommit=True) as connection:
            connection.execute("set role eventos_owner")
            connection.execute("alter table contacts no force row level security")
        broken = run("doctor")
        assert broken.code == 1
        assert "FAIL" in broken.out
        assert run("doctor", "--json").json["ok"] is False
    finally:
        with database.as_login("migrator", autocommit=True) as connection:
            connection.execute("set role eventos_owner")
            connection.execute("alter table contacts force row level security")


@pytest.mark.parametrize("role", urls.LOGINS)
def test_url_is_one_that_programs_take(database: support.Database, run: Run, role: urls.Login) -> None:
    done = run("url", "--role", role)
    assert (done.code, done.err) == (0, "")
    with psycopg.connect(done.out.strip()) as connection:
        assert connection.info.user == f"eventos_{role}"


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("migrate",), "EVENTOS_MIGRATOR_URL"),
        (("account", "list"), "EVENTOS_MIGRATOR_URL"),
        (("report", "overview", "--account", "x"), "EVENTOS_MIGRATOR_URL"),
        (("url", "--role", "backup"), "EVENTOS_BACKUP_URL"),
        (("backup", "/tmp/never"), "EVENTOS_BACKUP_URL"),
    ],
)
def test_missing_url_is_wrong_use_and_named(
    database: support.Database, run: Run, words: tuple[str, ...], missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("EVENTOS_MIGRATOR_URL", "EVENTOS_BACKUP_URL"):
        monkeypatch.setenv(name, "")
    done = run(*words)
    assert (done.code, done.out) == (2, "")
    assert f"{missing} is not set" in done.err
    assert support.PASSWORDS["app"] not in done.err


def test_server_that_does_not_answer_is_said_in_one_sentence(
    database: support.Database, run: Run, shell: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = "postgresql://eventos_app:hunter2-secret@127.0.0.1:1/eventos"
    for name in ("EVENTOS_DATABASE_URL", "EVENTOS_MIGRATOR_URL"):
        monkeypatch.setenv(name, nowhere)
    # One as a process of its own: its standard output and exit code are the operating system's.
    for words, command in ((("migrate", "--check"), run), (("account", "list"), run), (("cleanup",), shell)):
        done = command(*words)
        assert (done.code, done.out) == (1, "")
        assert "Traceback" not in done.err
        assert "hunter2-secret" not in done.err
        assert done.err.strip()


def test_worker_finishes_the_job_in_hand_when_it_is_told_to_stop(
    database: support.Database, house: support.TestHouse
) -> None:
    with unit_of_work(house.owner) as db:
        number = defer(db, "test.slow", seconds=2)
    code = "from tests.operations import jobs_for_tests; from eventos_core.cli import main; main(['worker'])"
    words = [sys.executable, "-c", code]
    with subprocess.Popen(words, cwd=ROOT, env=dict(os.environ), stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: status_of(database, number)[0] == "doing")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "Working; stop with Ctrl+C." in said
    assert "Traceback" not in said
    assert status_of(database, number)[0] == "succeeded"


def test_worker_refuses_a_database_that_lacks_migrations(bare: Path, run: Run) -> None:
    done = run("worker")
    assert done.code == 1
    assert "lacks" in done.err
    assert "python -m eventos_core migrate" in done.err


def test_commands_before_the_first_migration_say_what_to_run(bare: Path, run: Run) -> None:
    for words in (("demo",), ("account", "list"), ("cleanup",), ("report", "overview", "--account", "x")):
        done = run(*words)
        assert (done.code, done.out) == (1, "")
        assert "migrations. Run: python -m eventos_core migrate" in done.err


def test_embedded_server_starts_for_a_command_and_goes_with_it(tmp_path: Path, shell: Run) -> None:
    place = scratch() / f"evt-cli-{os.getpid()}"
    place.mkdir(mode=0o711)
    try:
        alone = {"EVENTOS_DATABASE_URL": "", "EVENTOS_MIGRATOR_URL": "", "EVENTOS_BACKUP_URL": ""}
        done = shell("migrate", "--check", EVENTOS_DATA_DIR=str(place), **alone)
        assert done.code == 1
        assert "pending: " in done.out
        connects = f"{sys.executable} -c 'import psycopg, sys; psycopg.connect(sys.argv[1]).close()'"
        url = shell("url", EVENTOS_DATA_DIR=str(place), **alone)
        assert url.code == 0
        assert "--hold keeps it up" in url.err
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url.out.strip(), connect_timeout=2)
        script = f"url=$({sys.executable} -m eventos_core url --role migrator --hold) && {connects} $url"
        subprocess.run(
            ["bash", "-c", script], check=True, start_new_session=True, cwd=ROOT,
            env={**os.environ, **alone, "EVENTOS_DATA_DIR": str(place)},
        )  # fmt: skip
        wait_until(lambda: not (place / "postgres/data/postmaster.pid").exists())
    finally:
        # The server that was held may write its last lines meanwhile.
        subprocess.run(["sh", "-c", 'until rm -rf "$0"; do :; done', str(place)], check=True)
