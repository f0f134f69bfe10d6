"""File locks (flock) that a forked or started child can neither keep nor drop by accident.

An flock belongs to the open file description, which fork shares: a child that outlives its parent would keep
the lock, and one that unlocks would drop the parent's. So locks are given up by closing only, files are opened
close-on-exec (Python's default), and a fork closes its copies at once.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

_open: set[int] = set()


def _close_copies() -> None:
    for fd in _open:
        os.close(fd)
    _open.clear()


os.register_at_fork(after_in_child=_close_copies)


class FileLock:
    """An flock on `path` (made if missing, 0600), held until `close` or the end of the process that took it."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        self._pid = os.getpid()
        _open.add(self._fd)
        # Root working in another account's directory must not leave files there which that account cannot open.
        owner = path.parent.stat()
        if os.geteuid() == 0 and os.fstat(self._fd).st_uid != owner.st_uid:
            os.fchown(self._fd, owner.st_uid, owner.st_gid)

    @property
    def fd(self) -> int:
        """The descriptor, to hand it to a child process that is meant to share the lock."""
        return self._fd

    @property
    def mine(self) -> bool:
        """Whether this process opened it (False in a forked child)."""
        return self._pid == os.getpid() and self._fd in _open

    def wait_exclusive(self) -> None:
        """Take it alone; waits as long as others hold it."""
        fcntl.flock(self._fd, fcntl.LOCK_EX)

    def wait_shared(self) -> None:
        """Take it together with other sharers; waits as long as somebody holds it alone."""
        fcntl.flock(self._fd, fcntl.LOCK_SH)

    def try_exclusive(self, seconds: float = 0.0) -> bool:
        """Take it alone if that is possible within `seconds`; says whether it was."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.02)  # flock has no timeout to wait with

    def close(self) -> None:
        """Give it up; harmless when repeated and in a forked child."""
        if self.mine:
            _open.discard(self._fd)
            os.close(self._fd)

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
