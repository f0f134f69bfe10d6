"""The OS account that the server runs as, and how its programs are called.

PostgreSQL refuses to run as root, so root hands it to an unprivileged account; everybody else runs it as
themselves.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eventos_core.kernel.errors import SetupError

PREFERRED = "eventos"
_LAST_RESORT = "nobody"
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")


@dataclass(frozen=True)
class Account:
    """An OS account by number; `foreign` when it is not the one this process runs as."""

    uid: int
    gid: int

    @property
    def foreign(self) -> bool:
        """Whether programs must be started under another account than ours."""
        return self.uid != os.geteuid()

    @property
    def name(self) -> str:
        """The account's name, or its number where it has none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    def run(
        self, command: Sequence[str | Path], *, stdin: str | None = None, pass_fds: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this account and wait; standard output and error are captured, never raised on.

        The environment is reduced, since PG* variables of the caller would redirect the server's tools, and
        the working directory is `/`, since the account may not enter the caller's.
        """
        environment = {key: os.environ[key] for key in _KEPT_ENVIRONMENT if key in os.environ}
        try:
            return subprocess.run(
                [str(part) for part in command],
                input=stdin if stdin is not None else "",
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                cwd="/",
                env=environment | {"LC_ALL": "C"},
                umask=0o077,
                pass_fds=pass_fds,
                user=self.uid if self.foreign else None,
                group=self.gid if self.foreign else None,
                extra_groups=[] if self.foreign else None,
            )
        except OSError as error:
            return subprocess.CompletedProcess(list(map(str, command)), 126, "", f"{command[0]}: {error.strerror}")

    def may_enter(self, directory: Path) -> bool:
        """Whether this account can reach what lies in `directory`."""
        if not self.foreign:
            return os.access(directory, os.X_OK)
        return self.run(["/bin/sh", "-c", 'test -x "$1"', "sh", str(directory)]).returncode == 0

    def give(self, path: Path) -> None:
        """Make this account the owner of `path`, which this process has just made."""
        if self.foreign:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def give_tree(self, path: Path) -> None:
        """Make this account the owner of `path` and of everything in it."""
        if not self.foreign:
            return
        for directory, _, files in os.walk(path):
            self.give(Path(directory))
            for name in files:
                self.give(Path(directory, name))


def ours() -> Account:
    """The account this process runs as."""
    return Account(os.geteuid(), os.getegid())


def for_new_server() -> Account:
    """The account for a server that has no files yet; root makes `eventos` if need be, else takes `nobody`."""
    if os.geteuid() != 0:
        return ours()
    found = _lookup(PREFERRED)
    if found is None:
        _make_account()
        found = _lookup(PREFERRED) or _lookup(_LAST_RESORT)
    if found is None:
        raise SetupError(
            "PostgreSQL does not run as root, and no unprivileged account could be made for it.",
            hint=f"Add an OS user named {PREFERRED}, or start EventOS as a normal user.",
        )
    return found


def of_files(path: Path) -> Account:
    """The account that owns the server's files under `path`, which must be the one the server runs as."""
    status = path.stat()
    if status.st_uid == 0 or os.geteuid() not in (0, status.st_uid):
        owner = Account(status.st_uid, status.st_gid).name
        raise SetupError(
            f"The database files in {path} belong to {owner}; this process runs as {ours().name}.",
            hint=(
                f"Give them to an unprivileged user: chown -R {PREFERRED} '{path}'."
                if status.st_uid == 0 == os.geteuid()
                else f"Start EventOS as {owner}, or set EVENTOS_DATA_DIR to a directory of your own."
            ),
        )
    return Account(status.st_uid, status.st_gid)


def _lookup(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid) if entry.pw_uid != 0 else None


def _make_account() -> None:
    """Make the account with whichever tool the system has; failing is fine, the caller looks again."""
    shadow = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    for command in (
        [*shadow, "--shell", "/usr/sbin/nologin", PREFERRED],
        ["adduser", "--system", "--group", "--no-create-home", PREFERRED],
        ["adduser", "-S", "-D", "-H", PREFERRED],
    ):
        program = shutil.which(command[0], path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if program and ours().run([program, *command[1:]]).returncode == 0:
            return
