"""The embedded server after accidents: killed processes, damaged lock files, interrupted set-up, full disks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest

from eventos_core.db.embedded import EmbeddedServer, binaries
from eventos_core.db.embedded import account as accounts
from eventos_core.db.embedded import cluster as clusters
from eventos_core.db.urls import libpq
from eventos_core.kernel.errors import SetupError
from tests.db.embedded_helpers import (
    OLD_PROGRAMS,
    WORKER,
    ask,
    copy,
    data_dir,
    is_down,
    kill_server,
    pattern,
    place,
    rows,
    socket_of,
    spawn,
    wait_for,
)

__all__ = ["data_dir", "pattern", "place"]


def test_every_acknowledged_row_survives_a_killed_server(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    urls = server.start()
    acknowledged: list[int] = []
    enough = threading.Event()

    def insert() -> None:
        try:
            with psycopg.connect(libpq(urls.app), autocommit=True) as db:
                for number in range(1_000_000):
                    db.execute("insert into public.kept values (%s)", [number])
                    acknowledged.append(number)
                    if number == 200:
                        enough.set()
        except psycopg.OperationalError:
            pass  # the server was killed

    writer = threading.Thread(target=insert)
    writer.start()
    assert enough.wait(60)
    kill_server(data_dir / "postgres/data")
    writer.join()
    assert server.start() == urls
    assert set(acknowledged) <= set(rows(urls.app))
    server.release()


def test_a_killed_postmaster_is_replaced_when_its_children_have_gone(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    urls = server.start()
    with psycopg.connect(libpq(urls.app)) as busy:
        busy.execute("insert into public.kept values (1)")
        kill_server(data_dir / "postgres/data", children=False)
        assert server.start() == urls
        busy.close()
    assert rows(urls.app) == []
    server.release()


def server_account(data_dir: Path) -> accounts.Account:
    return accounts.of_files(data_dir / "postgres/data")


@pytest.mark.parametrize("damage", ["empty", "truncated", "garbage", "recycled", "zombie"])
def test_a_pid_file_that_nobody_stands_behind_is_no_obstacle(data_dir: Path, damage: str) -> None:
    server = EmbeddedServer(data_dir)
    urls = server.start()
    data = data_dir / "postgres/data"
    socket_lock = socket_of(urls.app) / ".s.PGSQL.5432.lock"
    kill_server(data)
    owner = server_account(data_dir)
    other = subprocess.Popen(["sleep" if damage != "zombie" else "true", "600"], user=owner.uid, cwd="/")
    lines = (data / "postmaster.pid").read_text().split("\n")
    text = {"empty": "", "truncated": lines[0][:2], "garbage": "\x00\x00"}.get(
        damage, "\n".join([str(other.pid), *lines[1:]])
    )
    for path in (data / "postmaster.pid", socket_lock):
        path.write_text(text)
    try:
        if damage == "zombie":
            wait_for(lambda: ") Z " in Path(f"/proc/{other.pid}/stat").read_text())
        assert server.start() == urls
        assert rows(urls.app) == []
    finally:
        other.kill()
        other.wait()
        server.release()


def test_a_server_started_by_hand_is_never_disturbed(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_ORPHAN_SECONDS", 0.1)
    owner = server_account(data_dir)
    data, sockets = data_dir / "postgres/data", data_dir.parent / "sockets"
    sockets.mkdir(mode=0o700)
    owner.give(sockets)
    programs = binaries.for_account(owner)
    log, options = data_dir / "postgres/log/hand.log", f"-k {sockets} -c listen_addresses="
    # By a relative path, as a person would, and with its pid file damaged on top.
    command = f"cd {data_dir}/postgres && exec {programs['pg_ctl']} -D data -l {log} -o '{options}' -w start"
    assert owner.run(["/bin/sh", "-c", command]).returncode == 0
    running = clusters.server_processes(data)
    intact = (data / "postmaster.pid").read_text()
    (data / "postmaster.pid").write_text("")
    with pytest.raises(SetupError, match="running but does not answer"):
        EmbeddedServer(data_dir).start()
    assert clusters.server_processes(data) == running
    (data / "postmaster.pid").write_text(intact)
    kill_server(data)
    with EmbeddedServer(data_dir) as urls:
        assert rows(urls.app) == []


def test_the_process_list_shows_the_server_on_systems_without_proc(data_dir: Path) -> None:
    data = data_dir / "postgres/data"
    with EmbeddedServer(data_dir):
        postmaster = int((data / "postmaster.pid").read_text().split("\n")[0])
        assert clusters._listed_processes(data) == [postmaster]
        assert clusters._listed_processes(data_dir) == []
    assert clusters._listed_processes(data) == []


def test_another_major_version_is_refused_and_left_alone(data_dir: Path) -> None:
    version = data_dir / "postgres/data/PG_VERSION"
    version.write_text("16\n")
    before = sorted(path for path in (data_dir / "postgres/data").rglob("*"))
    with pytest.raises(SetupError, match=r"made by PostgreSQL 16; the programs found are 18.*EVENTOS_PG_BIN"):
        EmbeddedServer(data_dir).start()
    assert sorted(path for path in (data_dir / "postgres/data").rglob("*")) == before
    version.write_text("18\n")
    with EmbeddedServer(data_dir) as urls:
        assert rows(urls.app) == []


def test_programs_of_another_version_can_be_put_in_place(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTOS_PG_BIN", str(OLD_PROGRAMS))
    with EmbeddedServer(place / "data") as urls:
        assert ask(urls.app, "select current_setting('server_version_num')::int / 10000, 'É' = upper('é')") == [
            (15, True)
        ]
    monkeypatch.delenv("EVENTOS_PG_BIN")
    with pytest.raises(SetupError, match="made by PostgreSQL 15"):
        EmbeddedServer(place / "data").start()
    monkeypatch.setenv("EVENTOS_PG_BIN", "/nonexistent")
    with pytest.raises(SetupError, match="EVENTOS_PG_BIN names /nonexistent"):
        EmbeddedServer(place / "data").start()


def test_a_process_killed_during_the_first_start_leaves_something_to_go_on_with(place: Path) -> None:
    first = spawn(place / "data")
    wait_for(lambda: any((place / "data/postgres").glob("init-*/base/1")) or first.process.poll() is not None)
    first.kill()
    second = spawn(place / "data")
    answer = second.answer()
    assert ask(answer["app"], "select 1") == [(1,)]
    second.leave()
    assert is_down(place / "data/postgres/data")


def test_remains_of_an_interrupted_initialisation_are_removed(place: Path) -> None:
    home = place / "data/postgres"
    (home / "init-abc/base").mkdir(parents=True)
    (home / "init-abc/PG_VERSION").write_text("18")
    (home / "password-abc").write_text("x")
    (home / "belongs-to").write_text(f"{place / 'data'}\n")
    with EmbeddedServer(place / "data"):
        assert not [*home.glob("init-*"), *home.glob("password-*")]


def test_a_bootstrap_that_was_interrupted_is_done_again(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    urls = server.start()
    ask(urls.migrator, "insert into public.kept values (3)")
    stored = json.loads((data_dir / "server/credentials.json").read_text())
    host = stored["socket_dir"]
    with psycopg.connect(f"host={host} user=postgres password={stored['superuser']} dbname=eventos") as db:
        db.execute("revoke usage on schema app from eventos_app")
        db.execute("alter role eventos_app password 'other'")
    server.release()
    with EmbeddedServer(data_dir) as again:
        assert again == urls
        assert rows(again.app) == [3]
        assert ask(again.app, "select has_schema_privilege('app', 'usage')") == [(True,)]


def test_lost_passwords_are_replaced(data_dir: Path) -> None:
    (data_dir / "server/credentials.json").write_text("{trunca")
    with EmbeddedServer(data_dir) as urls:
        assert rows(urls.app) == []


def test_a_restored_data_directory_is_adopted_with_new_passwords(data_dir: Path, place: Path) -> None:
    with EmbeddedServer(data_dir) as urls:
        ask(urls.app, "insert into public.kept values (5)")
    restored = copy(data_dir / "postgres/data", place / "restored")
    target = EmbeddedServer(place / "new")
    target.adopt(restored)
    with target as adopted:
        assert rows(adopted.app) == [5]
        assert adopted.app != urls.app
        with pytest.raises(SetupError, match="already holds a database"):
            target.adopt(place / "data/postgres/data")


def test_a_server_that_cannot_start_is_reported_with_the_end_of_its_log(data_dir: Path) -> None:
    setting = data_dir / "postgres/data/postgresql.auto.conf"
    before = setting.read_text()
    setting.write_text("shared_preload_libraries = 'no_such_library'\n")
    with pytest.raises(SetupError, match=r"did not start.*no_such_library"):
        EmbeddedServer(data_dir).start()
    setting.write_text(before)
    with EmbeddedServer(data_dir) as urls:
        assert rows(urls.app) == []


def test_a_disk_that_takes_no_more_is_reported(place: Path) -> None:
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
    process = spawn(place / "data", code=limit + WORKER)
    assert "could not be made" in process.answer()["error"]
    process.process.communicate()
    with EmbeddedServer(place / "data") as urls:
        assert ask(urls.app, "select 1") == [(1,)]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_starter_that_dies_half_way_does_not_block_the_next(data_dir: Path, sent: signal.Signals) -> None:
    first = spawn(data_dir)
    wait_for(lambda: (data_dir / "postgres/data/postmaster.pid").exists() or first.process.poll() is not None)
    os.kill(first.process.pid, sent)
    first.process.communicate()
    with EmbeddedServer(data_dir) as urls:
        assert rows(urls.app) == []
    assert is_down(data_dir / "postgres/data")
