"""Helpers of the embedded server's tests: directories, other processes, other accounts, a server to bootstrap."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from eventos_core.db.embedded import EmbeddedServer, binaries
from eventos_core.db.embedded.account import Account
from eventos_core.db.embedded.binaries import Binaries
from eventos_core.db.embedded.cluster import Cluster, server_processes
from eventos_core.db.urls import libpq
from tests.scratch import scratch

PROJECT = Path(__file__).resolve().parents[2]
OLD_PROGRAMS = Path("/usr/lib/postgresql/15/bin")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="starts processes of other accounts")

# Start the server, say how to reach it, stay until told to go.
WORKER = """
import json, os, sys
from pathlib import Path
from eventos_core.db.embedded import EmbeddedServer
from eventos_core.kernel.errors import SetupError
try:
    urls = EmbeddedServer(Path(sys.argv[1])).start()
except SetupError as error:
    print(json.dumps({"error": str(error)}), flush=True)
else:
    print(json.dumps({"app": urls.app, "migrator": urls.migrator, "pid": os.getpid()}), flush=True)
    sys.stdin.readline()
"""


@contextmanager
def directory() -> Iterator[Path]:
    """A directory that other accounts can pass; afterwards no server of it is left, nor files elsewhere."""
    place = Path(tempfile.mkdtemp(prefix="evt-", dir=scratch()))
    place.chmod(0o755)
    try:
        yield place
    finally:
        for control in place.rglob("server"):
            _end(control)
        shutil.rmtree(place, ignore_errors=True)


def _end(control: Path) -> None:
    pointer = control / "home"
    home = Path(pointer.read_text().strip()) if pointer.exists() else control.parent / "postgres"
    kill_server(home / "data")
    if pointer.exists():
        shutil.rmtree(home, ignore_errors=True)
    if (control / "credentials.json").is_file():
        socket_dir = json.loads((control / "credentials.json").read_text() or "{}").get("socket_dir")
        if socket_dir:
            shutil.rmtree(socket_dir, ignore_errors=True)


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty directory."""
    with directory() as made:
        yield made


@pytest.fixture(scope="module")
def pattern() -> Iterator[Path]:
    """A data directory with a database in it, stopped, to copy from."""
    with directory() as made:
        server = EmbeddedServer(made / "data")
        with server as urls, psycopg.connect(libpq(urls.migrator)) as db:
            db.execute("create table public.kept (n bigint primary key)")
            db.execute("grant select, insert on public.kept to eventos_app")
        yield made / "data"


@pytest.fixture
def data_dir(pattern: Path, place: Path) -> Path:
    """A data directory with a stopped database that has a table `kept (n)`."""
    return copy(pattern, place / "data")


def copy(source: Path, target: Path) -> Path:
    """Copy a data directory with owners and modes."""
    subprocess.run(["cp", "-a", source, target], check=True)
    return target


def rows(url: str) -> list[int]:
    """The numbers in the table `kept`."""
    return [n for (n,) in ask(url, "select n from public.kept order by n")]


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query; empty for a statement without result."""
    with psycopg.connect(libpq(url)) as db:
        cursor = db.execute(query)
        return cursor.fetchall() if cursor.description else []


def is_down(data: Path) -> bool:
    """Whether no process of a server of `data` lives; the last of them may still be on their way out."""
    until = time.monotonic() + 20
    while server_processes(data):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def kill_server(data: Path, *, children: bool = True) -> None:
    """kill -9 of the postmaster and, unless told otherwise, of all its children; returns when they are gone."""
    victims = server_processes(data)
    if not children:
        victims = [int((data / "postmaster.pid").read_text().split("\n")[0])]
    for pid in victims:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    wait_for(lambda: not set(victims) & set(server_processes(data)))


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds; fails after a minute."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited a minute in vain"
        time.sleep(0.01)


def python_for(uid: int | None) -> str:
    """An interpreter that account `uid` can run with our packages (a virtual environment may lie closed to it)."""
    return sys.executable if uid is None else _python_for(uid)


@cache
def _python_for(uid: int) -> str:
    for candidate in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            check = "import psycopg.pq"
            subprocess.run([candidate, "-c", check], check=True, user=uid, env=environment(), cwd="/")
        except (OSError, subprocess.CalledProcessError):
            continue
        return candidate
    raise AssertionError(f"no Python {sys.version_info.minor} that account {uid} can run")


def environment(**extra: str) -> dict[str, str]:
    """Environment of a child process: our packages, no leftovers of the caller's configuration."""
    packages = [str(PROJECT), *(path for path in sys.path if path.endswith("-packages"))]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("EVENTOS_", "PG", "PYTHON"))}
    return {**kept, "PYTHONPATH": ":".join(packages), "PYTHONDONTWRITEBYTECODE": "1", **extra}


@dataclass
class Process:
    """Another process that has started, or tried to start, the embedded server."""

    process: subprocess.Popen[str]

    def answer(self) -> dict[str, Any]:
        """What it said: `app`, `migrator`, `pid`; or `error`."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        found: dict[str, Any] = json.loads(line)
        return found

    def leave(self) -> None:
        """Let it end in the ordinary way and wait for it."""
        _, errors = self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0, errors

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.communicate()


def spawn(data_dir: Path, *, code: str = WORKER, uid: int | None = None, **extra: str) -> Process:
    """Run `code` (start the server and stay) in another process, as account `uid`."""
    account = pwd.getpwuid(uid) if uid is not None else None
    return Process(
        subprocess.Popen(
            [python_for(uid), "-c", code, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            env=environment(**extra),
            user=uid,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
    )


def socket_of(url: str) -> Path:
    """The socket directory in a URL."""
    return Path(str(psycopg.conninfo.conninfo_to_dict(libpq(url))["host"]))


def account(name: str) -> Account:
    """An existing OS account."""
    entry = pwd.getpwnam(name)
    return Account(entry.pw_uid, entry.pw_gid)


@dataclass(frozen=True)
class Server:
    """A plain PostgreSQL server to bootstrap."""

    cluster: Cluster
    socket_dir: Path
    password: str

    def url(self, user: str = "postgres", password: str = "", database: str = "postgres") -> str:
        """The URL of a login."""
        return f"postgresql://{user}:{password or self.password}@/{database}?host={self.socket_dir}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as superuser, outside a transaction."""
        with psycopg.connect(libpq(self.url(database=database)), autocommit=True) as db:
            cursor = db.execute(statement)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def plain_server(major: int) -> Iterator[Server]:
    """A server of this major version without anything of ours in it."""
    with directory() as made:
        if major == 15:
            owner = account("postgres") if os.geteuid() == 0 else account(pwd.getpwuid(os.geteuid()).pw_name)
            programs = Binaries(OLD_PROGRAMS, "15")
        else:
            owner = account("nobody") if os.geteuid() == 0 else account(pwd.getpwuid(os.geteuid()).pw_name)
            programs = binaries.for_account(owner)
        for name in ("home", "home/log", "sockets"):
            (made / name).mkdir(mode=0o700)
        owner.give_tree(made / "home")
        owner.give(made / "sockets")
        cluster = Cluster(made / "home", owner, programs)
        cluster.ensure_made("admin-secret")
        cluster.ensure_running(made / "sockets")
        try:
            yield Server(cluster, made / "sockets", "admin-secret")
        finally:
            cluster.stop()
