"""Which file lies where.

<data dir>/server/            0700, the app's: lock, leases, credentials.json, home (a pointer)
<data dir>/postgres/          0700, the server account's: belongs-to, alive, data/, log/
/var/lib/eventos/<hash>/      the same, when the data dir is closed to the server's account
/tmp/eventos-<random>/        0700, the server account's: the socket (its path may have 107 bytes only);
                              it goes when the server stops and comes back under the same name
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from eventos_core.db.embedded import account as accounts
from eventos_core.db.embedded import binaries
from eventos_core.db.embedded.account import Account
from eventos_core.kernel.errors import SetupError

# Not TMPDIR or XDG_RUNTIME_DIR: all processes must agree, and the latter vanishes when a person signs out.
_SOCKET_PARENT = Path("/tmp")  # noqa: S108 - the directory made in it is private, and verified to be
# What a home may hold before it has a database: our own marks and the remains of interrupted starts.
_UNFINISHED = ("belongs", ".belongs", "log", "alive", "init", "password")
_UNSAFE = set("\"'$`\\\n\r")


@dataclass
class Credentials:
    """What a start must remember: passwords, the socket directory, which bootstrap has been done.

    `data_dir` tells a copied or moved directory from the original, whose socket it must not use.
    """

    superuser: str = ""
    app: str = ""
    migrator: str = ""
    backup: str = ""
    socket_dir: str = ""
    data_dir: str = ""
    bootstrapped: str = ""

    @classmethod
    def load(cls, data_dir: Path, control: Path) -> Credentials:
        """Read them; a missing or damaged file gives fresh ones, and the next start resets the server's."""
        try:
            stored = json.loads((control / "credentials.json").read_text("utf-8"))
            found = cls(**{field.name: str(stored.get(field.name, "")) for field in fields(cls)})
        except (FileNotFoundError, ValueError, AttributeError):
            found = cls()
        if found.data_dir != str(data_dir):
            found.data_dir, found.socket_dir = str(data_dir), ""
        for name in ("superuser", "app", "migrator", "backup"):
            if not getattr(found, name):
                setattr(found, name, secrets.token_urlsafe(32))
                found.bootstrapped = ""
        return found

    def save(self, control: Path) -> None:
        """Write them whole or not at all, readable by the owner only."""
        write_whole(control / "credentials.json", json.dumps(asdict(self), indent=1))

    def __repr__(self) -> str:
        return "Credentials(***)"


def write_whole(target: Path, text: str) -> None:
    """Replace `target` by a 0600 file with `text`, owned like its directory, so that a crash leaves old or new."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            owner = target.parent.stat()
            if os.geteuid() == 0 and owner.st_uid != 0:
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def control_dir(data_dir: Path) -> Path:
    """`<data dir>/server`, made if missing. Raises SetupError when `data_dir` is something else."""
    if _UNSAFE & set(str(data_dir)):
        raise SetupError(
            f"The data directory's path {str(data_dir)!r} contains quotes, $, ` or a backslash.",
            hint="Set EVENTOS_DATA_DIR to a plainer path.",
        )
    if (data_dir / "PG_VERSION").exists():
        raise SetupError(
            f"{data_dir} is itself a PostgreSQL data directory and was not made by EventOS.",
            hint="Set EVENTOS_DATA_DIR to another directory; EventOS makes its own database in it.",
        )
    # Root lets its server's account pass through a directory that it makes; everything in it has its own mode.
    if not data_dir.exists():
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    control = data_dir / "server"
    control.mkdir(exist_ok=True, mode=0o700)
    if os.geteuid() not in (0, control.stat().st_uid):
        accounts.of_files(control)
    return control


def find_home(data_dir: Path, control: Path) -> Path | None:
    """The directory of the server's files, or None as long as there is no database in it.

    Raises SetupError when the files are gone, not ours, or those of the data directory this one is a copy of.
    """
    pointer = control / "home"
    home = data_dir / "postgres"
    if pointer.exists():
        home = Path(pointer.read_text("utf-8").strip())
        if not home.is_dir():
            raise SetupError(
                f"The database files of {data_dir} lie in {home}, which is gone.",
                hint=f"Bring it back, or restore a backup into a new EVENTOS_DATA_DIR ({pointer} names the place).",
            )
    if not (home / "data").exists():
        return None
    _check_owner(home, data_dir)
    return home


def make_home(data_dir: Path, control: Path, account: Account) -> Path:
    """Make the directory of the server's files where `account` can reach it.

    Repeatable, since the step after it may be interrupted; the caller holds the start lock.
    """
    home = data_dir / "postgres"
    if not account.may_enter(data_dir):
        binaries.make_system_dir()
        home = binaries.SYSTEM_DIR / hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    home.mkdir(exist_ok=True, mode=0o700)
    if (home / "data").exists():
        # Left by a data directory of this path that has been removed since: never reuse, never delete.
        raise SetupError(
            f"{home} already holds a database, but {control} knows nothing of it.",
            hint=f"If it is still wanted, write its path into {control / 'home'}; otherwise remove it.",
        )
    if any(entry.name.split("-")[0] not in _UNFINISHED for entry in home.iterdir()):
        raise SetupError(f"{home} was not made by EventOS.", hint="Set EVENTOS_DATA_DIR to another directory.")
    write_whole(home / "belongs-to", f"{data_dir}\n")
    (home / "log").mkdir(exist_ok=True, mode=0o700)
    account.give_tree(home)
    if home.parent != data_dir:
        write_whole(control / "home", f"{home}\n")
    return home


def _check_owner(home: Path, data_dir: Path) -> None:
    """Refuse files that are not ours, and two data directories (one a copy) that point to the same server."""
    mark = home / "belongs-to"
    if not mark.is_file():
        raise SetupError(
            f"{home} was not made by EventOS.",
            hint="Set EVENTOS_DATA_DIR to another directory, or move that one away.",
        )
    recorded = Path(mark.read_text("utf-8").strip())
    if recorded == data_dir:
        return
    if home.parent != data_dir and (recorded / "server" / "home").exists() and not recorded.samefile(data_dir):
        raise SetupError(
            f"{data_dir} is a copy of {recorded}; both would use the database in {home}.",
            hint=f"Remove {data_dir / 'server'} to begin with an empty database, then restore a backup into it.",
        )
    write_whole(mark, f"{data_dir}\n")  # moved


def socket_dir(recorded: str, account: Account) -> Path:
    """A private directory for the socket: the recorded one if it is still ours, else a new one."""
    if recorded:
        place = Path(recorded)
        if is_private(place, account):
            return place
        if not os.path.lexists(place):
            try:
                place.mkdir(mode=0o700)
            except FileExistsError:
                pass
            else:
                account.give(place)
                return place
    place = Path(tempfile.mkdtemp(prefix="eventos-", dir=_SOCKET_PARENT))
    account.give(place)
    return place


def is_private(directory: Path, account: Account) -> bool:
    """Whether `directory` is a real directory of `account` that nobody else can write to or look into."""
    try:
        status = directory.lstat()
    except FileNotFoundError:
        return False
    return (status.st_mode & 0o170000) == 0o040000 and status.st_uid == account.uid and not status.st_mode & 0o077
