"""Running commands as the shell does: arguments in, exit code and both streams out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from eventos_core.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run() -> Iterator[Run]:
    """`run("account", "list")` in this process, through the entry point with its mapping of errors."""
    before = signal.getsignal(signal.SIGTERM)

    def command(*words: object, given: str = "") -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.MonkeyPatch.context() as patch,
            pytest.raises(SystemExit) as end,
        ):
            patch.setattr(sys, "stdin", io.StringIO(given))
            main([str(word) for word in words])
        return Ran(int(end.value.code or 0), out.getvalue(), err.getvalue())

    yield command
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def shell() -> Run:
    """The same as a process of its own."""

    def command(*words: object, given: str = "", **environment: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "eventos_core", *map(str, words)],
            cwd=ROOT,
            env={**os.environ, **environment},
            input=given,
            capture_output=True,
            text=True,
            timeout=300,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return command
