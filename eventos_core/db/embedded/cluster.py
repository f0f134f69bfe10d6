"""One PostgreSQL data directory: made, started, stopped, repaired. The caller holds the start lock throughout."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import pq

from eventos_core.db.embedded import settings
from eventos_core.db.embedded.account import Account
from eventos_core.db.embedded.binaries import Binaries
from eventos_core.db.embedded.locks import FileLock
from eventos_core.db.embedded.places import write_whole
from eventos_core.kernel.errors import SetupError

SUPERUSER = "postgres"
_START_SECONDS = 120
# How long backends of a killed postmaster may take to notice that it is gone.
_ORPHAN_SECONDS = 30.0


@dataclass(frozen=True)
class Cluster:
    """The server's files under `home`, its account and its programs."""

    home: Path
    account: Account
    programs: Binaries

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.home / "data"

    def ensure_made(self, password: str) -> None:
        """Run initdb unless there is a data directory, which is then checked and never touched.

        initdb works in a scratch directory that is renamed when complete, so an interrupted one leaves nothing
        that could be mistaken for a database.
        """
        for remains in (*self.home.glob("init-*"), *self.home.glob("password-*")):
            if remains.is_dir():
                shutil.rmtree(remains, ignore_errors=True)  # an initdb without parent may still write to it
            else:
                remains.unlink()
        if not self.data.exists():
            self._make(password)
        self._check_version()

    def _make(self, password: str) -> None:
        scratch = Path(tempfile.mkdtemp(prefix="init-", dir=self.home))
        handle, password_file = tempfile.mkstemp(prefix="password-", dir=self.home)
        with os.fdopen(handle, "w") as file:
            file.write(password)
        self.account.give(scratch)
        self.account.give(Path(password_file))
        said = subprocess.CompletedProcess[str]([], 1)
        for locale in self._locales():
            command: list[str | Path] = [self.programs["initdb"], "-D", scratch, "--username", SUPERUSER]
            command += ["--pwfile", password_file, "--encoding=UTF8", "--auth=scram-sha-256", "--data-checksums"]
            said = self.account.run([*command, *locale])
            if said.returncode == 0:
                break
        Path(password_file).unlink()
        if said.returncode != 0:
            shutil.rmtree(scratch)
            raise SetupError(
                f"The database could not be made in {self.home}: {_last_lines(said.stderr or said.stdout)}",
                hint="Check free disk space and permissions there, then start again.",
            )
        scratch.rename(self.data)
        _sync_directory(self.home)

    def _locales(self) -> list[list[str]]:
        if self.programs.major >= 17:
            return [["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
        return [["--locale=C.UTF-8"], ["--locale=C"]]

    def _check_version(self) -> None:
        try:
            version = (self.data / "PG_VERSION").read_text("ascii").strip()
        except FileNotFoundError:
            raise SetupError(
                f"{self.data} is not a PostgreSQL data directory (it has no PG_VERSION).",
                hint="Restore a backup into a new EVENTOS_DATA_DIR; nothing has been changed here.",
            ) from None
        if version != str(self.programs.major):
            raise SetupError(
                f"The database in {self.data} was made by PostgreSQL {version}; the programs found are "
                f"{self.programs.version}. Nothing has been changed.",
                hint=(
                    f"Set EVENTOS_PG_BIN to the programs of PostgreSQL {version} to go on with it; to move to "
                    f"{self.programs.major}, take a `backup` with them and `restore` it into a new EVENTOS_DATA_DIR."
                ),
            )

    def ensure_running(self, socket_dir: Path) -> None:
        """Start the server unless it answers. Raises SetupError with the end of its log when it does not come up."""
        if not self.account.may_enter(self.home):
            raise SetupError(
                f"{self.account.name}, as whom PostgreSQL runs, can no longer reach {self.home}.",
                hint="Let that user pass through the directories above it (chmod a+x), or move the data directory.",
            )
        with FileLock(self.home / "alive") as alive:
            if not self._answers_or_is_dead(socket_dir, alive):
                self._drop_stale_locks(socket_dir)
                self._configure(self.data)
                self._start(socket_dir, alive)

    def _answers_or_is_dead(self, socket_dir: Path, alive: FileLock) -> bool:
        """True when a server takes connections, False when no process of an earlier one is left.

        Every server process inherits a lock on `alive`. The kernel releases it when the last one has ended, be
        it killed, a zombie or in another container, which no pid file can tell. One that was started by hand
        has no such lock: it shows in the process list.
        """
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while not wait_while_rejecting(socket_dir):
            if alive.try_exclusive() and not server_processes(self.data):
                return False
            if time.monotonic() >= deadline:
                raise SetupError(
                    f"A PostgreSQL server of {self.data} is running but does not answer on {socket_dir}.",
                    hint=f"End it ({self.programs['pg_ctl']} -D '{self.data}' stop), then start again.",
                )
            time.sleep(0.05)  # processes of a killed server give no sign when they have ended
        return True

    def _drop_stale_locks(self, socket_dir: Path) -> None:
        """Remove lock files over which PostgreSQL would refuse to start although no server stands behind them.

        That is one that is truncated, or whose number belongs by now to any other process or to a zombie.
        `_answers_or_is_dead` has proven that nobody is behind it. PostgreSQL clears the others by itself.
        """
        for path in (self.data / "postmaster.pid", socket_dir / ".s.PGSQL.5432.lock"):
            if path.is_file() and _names_a_process(path):
                path.unlink()

    def _configure(self, data: Path) -> None:
        watched = self.programs.has_library("pg_stat_statements")
        main = settings.configuration(self.programs.major, statements=watched)
        for name, text in {"postgresql.conf": main, "pg_hba.conf": settings.HBA}.items():
            path = data / name
            if not path.is_file() or path.read_text("utf-8", errors="replace") != text:
                write_whole(path, text)

    def _start(self, socket_dir: Path, alive: FileLock) -> None:
        log = self.home / "log" / "start.log"
        log.parent.mkdir(exist_ok=True, mode=0o700)
        log.unlink(missing_ok=True)
        self.account.give(log.parent)
        alive.wait_shared()
        options = ["-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-p", "5432", "-k", str(socket_dir)]
        said = self._control("-l", log, "-o", shlex.join(options), "start", pass_fds=[alive.fd])
        if said.returncode == 0 and ping(socket_dir) == pq.Ping.OK:
            return
        if ping(socket_dir) == pq.Ping.REJECT:
            raise SetupError(
                f"The database in {self.data} is still being recovered after a crash.",
                hint="It goes on by itself: start again in a few minutes.",
            )
        raise SetupError(
            f"The database server did not start: {self._log_tail() or _last_lines(said.stderr or said.stdout)}"
            f" (the whole log is in {log.parent})",
            hint="Check free disk space and the permissions of the data directory.",
        )

    def _control(self, *words: str | Path, pass_fds: Sequence[int] = ()) -> subprocess.CompletedProcess[str]:
        command = [self.programs["pg_ctl"], "-D", self.data, "-w", "-t", str(_START_SECONDS), "-s", *words]
        return self.account.run(command, pass_fds=pass_fds)

    def _log_tail(self) -> str:
        logs = sorted((self.home / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
        return " | ".join(_last_lines(path.read_text("utf-8", errors="replace")) for path in logs[-2:]).strip(" |")

    def stop(self) -> None:
        """Stop the server and wait; its clients are disconnected, what they committed stays."""
        if not (self.data / "postmaster.pid").exists():
            return
        said = self._control("-m", "fast", "stop")
        if said.returncode != 0 and server_processes(self.data):
            raise SetupError(
                f"The database server in {self.data} did not stop: {_last_lines(said.stderr or said.stdout)}",
                hint="It goes on running; the next start uses it.",
            )

    def reset_superuser(self, password: str) -> None:
        """Give the superuser a new password while the server is down.

        Needed when the password file was lost, or the data directory comes from a base backup. Single-user mode
        asks for no password and listens nowhere.
        """
        said = self._alone(self.data, f"alter role {SUPERUSER} login superuser password '{password}'")
        if said:
            raise SetupError(
                f"The administrator's password of the database in {self.data} could not be set: {said}",
                hint=f"The database needs a superuser named {SUPERUSER}.",
            )

    def rename_database(self, data: Path, old: str, new: str) -> None:
        """Rename a database in a data directory that no server runs on; another of the new name makes room.

        Raises SetupError.
        """
        self._configure(data)
        names = [name.replace('"', '""') for name in (old, new)]
        self._alone(data, f'alter database "{names[1]}" rename to "{names[1]}_other"')  # usually there is none
        if said := self._alone(data, f'alter database "{names[0]}" rename to "{names[1]}"'):
            raise SetupError(f"The database {old} could not be renamed: {said}", hint="Restore another backup.")

    def _alone(self, data: Path, statement: str) -> str:
        """One statement in single-user mode; what the server complained of, empty when it was done."""
        command: list[str | Path] = [self.programs["postgres"], "--single", "-D", data]
        command += ["-c", "log_min_error_statement=panic", "-c", "logging_collector=off", "postgres"]
        said = self.account.run(command, stdin=f"{statement}\n")
        return _last_lines(said.stderr) if said.returncode != 0 or "ERROR" in said.stderr else ""


def ping(socket_dir: Path) -> pq.Ping:
    """Whether a server answers on the socket: OK, REJECT (starting or stopping), or NO_RESPONSE. Needs no login."""
    return pq.Ping(psycopg.pq.PGconn.ping(f"host='{socket_dir}' port=5432 connect_timeout=5".encode()))


def wait_while_rejecting(socket_dir: Path) -> bool:
    """Wait while a server is starting or stopping; True when it takes connections, False when there is none."""
    deadline = time.monotonic() + _START_SECONDS
    while (state := ping(socket_dir)) == pq.Ping.REJECT:
        if time.monotonic() >= deadline:
            raise SetupError(
                "The database server has been starting or stopping for two minutes.",
                hint="After a crash recovery may take longer: start again in a few minutes.",
            )
        time.sleep(0.05)  # the server offers nothing to wait on
    return state == pq.Ping.OK


def _names_a_process(lock_file: Path) -> bool:
    """Whether the number in a PostgreSQL lock file is one of a process that exists, or cannot be read."""
    try:
        os.kill(abs(int(lock_file.read_text("ascii").split("\n", 1)[0])), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError, OverflowError):
        return True
    return True


def server_processes(data: Path) -> list[int]:
    """Numbers of living PostgreSQL processes of the data directory `data`; a zombie is not living."""
    return _linux_processes(data) if sys.platform == "linux" else _listed_processes(data)


def _linux_processes(data: Path) -> list[int]:
    """All processes of a server work in its data directory, however it was named when they were started."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            name, _, rest = (entry / "stat").read_text(errors="replace").rpartition(")")
            mine = name.endswith(("(postgres", "(postmaster")) and rest.split()[0] != "Z"
            if entry.name.isdigit() and mine and (entry / "cwd").samefile(data):
                found.append(int(entry.name))
        except OSError:
            continue  # not a process, ended meanwhile, or one of another account, which cannot be our server
    return found


def _listed_processes(data: Path) -> list[int]:
    """The same from `ps`: the server that was given this directory, or one named only by its pid file."""
    listed = subprocess.run(["ps", "-axww", "-o", "pid=,state=,command="], capture_output=True, text=True, check=True)
    try:
        in_pid_file = (data / "postmaster.pid").read_text("ascii").split("\n", 1)[0].strip()
    except (OSError, ValueError):
        in_pid_file = ""
    found = []
    for line in listed.stdout.splitlines():
        pid, state, command = (*line.split(None, 2), "", "")[:3]
        is_postgres = re.match(r"(\S.*/)?(postgres|postmaster)(:| -D |$)", command)
        elsewhere = " -D /" in command and f" -D {data} " not in f"{command} "
        named = f" -D {data} " in f"{command} " or (pid == in_pid_file and not elsewhere)
        if is_postgres and named and not state.startswith("Z"):
            found.append(int(pid))
    return found


def _last_lines(text: str, count: int = 3) -> str:
    return " ".join(line.strip() for line in text.strip().splitlines()[-count:])


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
