"""Keeping the embedded server up for a shell session: a process of its own with a lease, gone with the session.

`python -m eventos_core.db.embedded.holder DATA_DIR PID` holds until process PID ends or a signal asks it to stop.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from eventos_core.db.embedded.server import EmbeddedServer
from eventos_core.kernel.errors import SetupError

_LOOK_SECONDS = 1.0


def hold_for_session(data_dir: Path) -> None:
    """Keep the server of `data_dir` up until the caller's session ends; returns once it is held.

    The session is that of the terminal, or of whatever started the script (`setsid`); a process that leads its own is
    kept for its parent. Starts a process. Raises SetupError when the server does not come up.
    """
    leader = os.getsid(0)
    caller = leader if leader not in (0, os.getpid()) else os.getppid()
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


def main(data_dir: Path, caller: int) -> None:
    """Hold a lease while process `caller` lives."""
    told = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda *_: told.set())
    with EmbeddedServer(data_dir):
        sys.stdout.write("held\n")
        sys.stdout.flush()
        # The reader goes away with the command that started us.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        while _lives(caller) and not told.wait(_LOOK_SECONDS):
            pass


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
