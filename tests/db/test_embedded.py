"""The embedded server's life: first start, sharing between processes, the last one out."""

from __future__ import annotations

import os
import shlex
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from eventos_core.db import urls as database_urls
from eventos_core.db.embedded import EmbeddedServer, client_programs
from eventos_core.db.urls import Urls, libpq
from eventos_core.kernel.errors import SetupError
from tests.db.embedded_helpers import (
    ask,
    data_dir,
    is_down,
    kill_server,
    pattern,
    place,
    rows,
    server_processes,
    socket_of,
    spawn,
    wait_for,
)

__all__ = ["data_dir", "pattern", "place"]

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "listen_addresses": "",
    "data_checksums": "on",
    "fsync": "on",
    "summarize_wal": "on",
    "wal_level": "replica",
    "server_encoding": "UTF8",
    "max_connections": "100",
}


def test_first_start_makes_a_private_database_with_restricted_logins(place: Path) -> None:
    server = EmbeddedServer(place / "data")
    with server as urls:
        shown = {name: ask(urls.migrator, f"show {name}")[0][0] for name in SETTINGS}
        assert shown == SETTINGS
        assert ask(urls.app, "select 'ÉA' = upper('éa'), current_user, current_database()") == [
            (True, "eventos_app", "eventos")
        ]
        assert ask(urls.backup, "select rolreplication from pg_roles where rolname = current_user") == [(True,)]
        socket_dir = socket_of(urls.app)
        assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700
        for private in (place / "data/server", place / "data/postgres", place / "data/postgres/data"):
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert stat.S_IMODE((place / "data/server/credentials.json").stat().st_mode) == 0o600
        for user in ("postgres", "eventos_app"):
            for password in ("", " password=guess"):
                with pytest.raises(psycopg.OperationalError):
                    psycopg.connect(f"host={socket_dir} dbname=eventos user={user}{password}")
        passwords = [str(make_url(urls.of(role)).password) for role in ("app", "backup")]
        logs = "".join(path.read_text() for path in (place / "data/postgres/log").iterdir())
        assert not [password for password in passwords if password in logs + repr(urls)]
    assert is_down(place / "data/postgres/data")


def test_starting_again_returns_the_same_urls_and_keeps_rows(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    first = server.start()
    assert server.start() is first
    ask(first.app, "insert into public.kept values (1), (2)")
    server.release()
    assert is_down(data_dir / "postgres/data")
    assert server.start() == first
    assert rows(first.app) == [1, 2]
    server.release()
    server.release()


def test_four_processes_starting_at_once_share_one_new_server(place: Path) -> None:
    processes = [spawn(place / "data") for _ in range(4)]
    answers = [process.answer() for process in processes]
    assert len({answer["app"] for answer in answers}) == 1
    assert ask(answers[0]["app"], "select count(*) from pg_stat_activity")
    for process in processes:
        process.leave()
    assert is_down(place / "data/postgres/data")


def test_four_processes_starting_at_once_share_one_existing_server(data_dir: Path) -> None:
    processes = [spawn(data_dir) for _ in range(4)]
    answers = [process.answer() for process in processes]
    assert len({answer["app"] for answer in answers}) == 1
    for process in processes[:3]:
        process.leave()
    assert rows(answers[0]["app"]) == []
    processes[3].leave()
    assert is_down(data_dir / "postgres/data")


def test_a_killed_process_leaves_a_server_that_the_next_one_uses_and_stops(data_dir: Path) -> None:
    killed = spawn(data_dir)
    url = killed.answer()["app"]
    ask(url, "insert into public.kept values (7)")
    killed.kill()
    assert rows(url) == [7]
    following = spawn(data_dir)
    assert following.answer()["app"] == url
    following.leave()
    assert is_down(data_dir / "postgres/data")


def test_a_forked_child_neither_drops_nor_keeps_the_lease(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    urls = server.start()
    go, gone = os.pipe()
    child = os.fork()
    if child == 0:
        server.release()
        os.close(gone)
        os.read(go, 1)
        os._exit(0)
    os.close(go)
    assert rows(urls.app) == []
    server.release()
    assert is_down(data_dir / "postgres/data")
    os.close(gone)
    assert os.waitpid(child, 0)[1] == 0


def test_a_child_program_that_outlives_the_process_does_not_keep_the_server_up(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    server.start()
    with subprocess.Popen(["sleep", "60"], close_fds=False) as child:
        server.release()
        assert is_down(data_dir / "postgres/data")
        child.kill()


def test_a_start_that_fails_leaves_no_server_behind(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> Urls:
        raise SetupError("interrupted")

    (data_dir / "server/credentials.json").unlink()
    with monkeypatch.context() as patch:
        patch.setattr("eventos_core.db.bootstrap.bootstrap", interrupted)
        with pytest.raises(SetupError, match="interrupted"):
            EmbeddedServer(data_dir).start()
    assert is_down(data_dir / "postgres/data")
    with EmbeddedServer(data_dir) as urls:
        assert rows(urls.app) == []


@pytest.mark.parametrize("how", ["the session ends", "signal"])
def test_a_held_server_stays_until_the_session_ends(data_dir: Path, how: str) -> None:
    """Whoever asked has long ended, and nobody else uses it."""
    hold = "import sys; from pathlib import Path; from eventos_core.db.embedded.holder import hold_for_session as hold"
    script = f"{shlex.quote(sys.executable)} -c '{hold}; hold(Path(sys.argv[1]))' {data_dir} && echo held && read _"
    session = subprocess.Popen(
        ["bash", "-c", script], start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert session.stdout is not None
    assert session.stdout.readline() == b"held\n"
    with EmbeddedServer(data_dir) as urls:
        url = urls.app
    assert rows(url) == []
    if how == "signal":
        os.kill(int(subprocess.check_output(["pgrep", "-f", f"embedded.holder {data_dir}"])), signal.SIGTERM)
        wait_for(lambda: is_down(data_dir / "postgres/data"))
        assert session.poll() is None
    session.communicate()
    wait_for(lambda: is_down(data_dir / "postgres/data"))


def test_a_held_server_goes_with_the_killed_script_though_its_terminal_stays(data_dir: Path) -> None:
    """A job of its own in a session that goes on; nobody has collected the killed process yet."""
    hold = "import sys; from pathlib import Path; from eventos_core.db.embedded.holder import hold_for_session as hold"
    script = f"{shlex.quote(sys.executable)} -c '{hold}; hold(Path(sys.argv[1]))' {data_dir} && echo held && read _"
    job = subprocess.Popen(
        ["bash", "-c", script], process_group=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert job.stdout is not None
    assert job.stdout.readline() == b"held\n"
    assert server_processes(data_dir / "postgres/data")
    os.kill(job.pid, signal.SIGKILL)
    wait_for(lambda: is_down(data_dir / "postgres/data"))
    job.communicate()


def test_nothing_is_held_for_a_command_that_was_killed_while_the_server_started(data_dir: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    holder = subprocess.Popen(
        [sys.executable, "-m", "eventos_core.db.embedded.holder", str(data_dir), str(os.getpid())], stdout=write,
        cwd=ROOT,
    )  # fmt: skip
    os.close(write)
    assert holder.wait() == 0
    assert is_down(data_dir / "postgres/data")


def test_resolve_starts_the_server_and_revives_a_killed_one(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVENTOS_DATABASE_URL", raising=False)
    monkeypatch.setenv("EVENTOS_DATA_DIR", str(data_dir))
    assert database_urls.is_embedded()
    ask(database_urls.resolve("app"), "insert into public.kept values (1)")
    kill_server(data_dir / "postgres/data")
    assert rows(database_urls.resolve("app")) == [1]
    assert "eventos_backup" in database_urls.resolve("backup")
    database_urls.embedded_server().release()


def test_resolve_names_the_variable_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTOS_DATABASE_URL", "postgres://app:s%40cret@db.example/eventos?sslmode=require")
    monkeypatch.delenv("EVENTOS_MIGRATOR_URL", raising=False)
    url = database_urls.resolve("app")
    assert url == "postgresql+psycopg://app:s%40cret@db.example/eventos?sslmode=require"
    assert "cret" not in repr(Urls(app=url, migrator=url, backup=url))
    with pytest.raises(SetupError, match="EVENTOS_MIGRATOR_URL"):
        database_urls.resolve("migrator")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:a%2Fb@h:6000/d", {"user": "u", "password": "a/b", "host": "h", "port": "6000", "dbname": "d"}),
        ("postgresql+psycopg://u@/d?host=/tmp/x", {"user": "u", "host": "/tmp/x", "dbname": "d"}),
        (
            "postgresql://u@h/d?options=-c%20jit%3Doff",
            {"user": "u", "host": "h", "dbname": "d", "options": "-c jit=off"},
        ),
    ],
)
def test_libpq_gives_what_psql_and_psycopg_take(url: str, expected: dict[str, str]) -> None:
    assert psycopg.conninfo.conninfo_to_dict(libpq(url)) == expected


@pytest.mark.parametrize("url", ["mysql://u:geheim@h/d", "postgresql://u:geheim@h:port/d", "geheim"])
def test_other_urls_are_refused_without_showing_them(url: str) -> None:
    with pytest.raises(SetupError) as refused:
        database_urls.normalise(url)
    assert "geheim" not in str(refused.value)


def test_client_programs_are_at_hand() -> None:
    assert (client_programs() / "pg_dump").is_file()
