"""Keeping the embedded server up for a script or a terminal: a process of its own with a lease, gone with its holder.

`python -m eventos_core.db.embedded.holder DATA_DIR PID` holds until process PID ends or a signal asks it to stop.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from eventos_core.db.embedded.server import EmbeddedServer
from eventos_core.kernel.errors import SetupError

_LOOK_SECONDS = 1.0


def hold_for_session(data_dir: Path) -> None:
    """Keep the server of `data_dir` up until who asked ends; returns once it is held.

    That is the script or command that the caller runs in, where it is a job of its own, else the session of the
    terminal, or of whatever started it (`setsid`). Starts a process. Raises SetupError when the server does not come
    up.
    """
    caller = _caller()
    holder = subprocess.Popen(
        [sys.executable, "-m", __name__, str(data_dir), str(caller)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    if holder.stdout is None or holder.stdout.readline() != b"held\n":
        raise SetupError(
            "The embedded database server could not be kept up.", hint="Run: python -m eventos_core doctor"
        )
    holder.stdout.close()


def _caller() -> int:
    """The process to live as long as: the leader of our group, else of our session, if it is above us; our parent."""
    above = set(_ancestors())
    return next((pid for pid in (os.getpgid(0), os.getsid(0)) if pid in above), os.getppid())


def _ancestors() -> Iterator[int]:
    pid = os.getppid()
    while pid > 0:
        yield pid
        pid = _state(pid)[1]


def _state(pid: int) -> tuple[str, int]:
    """State letter and parent of a process; ("", 0) when it is gone."""
    try:
        if sys.platform == "linux":
            state, parent = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
        else:
            wanted = ["ps", "-o", "state=,ppid=", "-p", str(pid)]
            state, parent = subprocess.run(wanted, capture_output=True, text=True, check=False).stdout.split()
    except (OSError, ValueError):
        return "", 0
    return state[:1], int(parent)


def main(data_dir: Path, caller: int) -> None:
    """Hold a lease while process `caller` lives, or not at all where nobody waits for it any more."""
    told = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda *_: told.set())
    with EmbeddedServer(data_dir), contextlib.suppress(BrokenPipeError):  # who asked was killed meanwhile
        sys.stdout.write("held\n")
        sys.stdout.flush()
        # The reader goes away with the command that started us.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        while _lives(caller) and not told.wait(_LOOK_SECONDS):
            pass


def _lives(pid: int) -> bool:
    """Whether the process runs; one that was killed and not yet collected by its parent does not."""
    return _state(pid)[0] not in ("", "Z", "X")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
