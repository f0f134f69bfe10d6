"""What every benchmark shares: an installation of its own, repeated measurements, how a figure is kept."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "measured horse battery"


@dataclass(frozen=True)
class Figure:
    """One measured figure: the median of `runs` repetitions, with the least and the most."""

    name: str
    median: float
    least: float
    most: float
    unit: str
    runs: int


@dataclass(frozen=True)
class Serving:
    """A running app: where it listens, its process, and the seconds until it first answered 200."""

    port: int
    pid: int
    started_in: float


def figure(name: str, values: Sequence[float], unit: str) -> Figure:
    """The figure of repeated measurements."""
    return Figure(name, statistics.median(values), min(values), max(values), unit, len(values))


def timed(work: Callable[[], object], runs: int) -> list[float]:
    """Seconds of each of `runs` repetitions."""
    found = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return found


def report(figures: Sequence[Figure]) -> None:
    """Print the figures, as one JSON document with `--json`, else as a table."""
    if "--json" in sys.argv:
        print(json.dumps([asdict(found) for found in figures]))
        return
    for found in figures:
        spread = f"{found.least:,.2f} to {found.most:,.2f}"
        print(f"{found.name:<58} {found.median:>10,.2f} {found.unit:<7} ({spread}, {found.runs} runs)")


def machine() -> str:
    """What it was measured on, in a line."""
    model = "unknown processor"
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    load = f"load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} cores of {model}, {platform.system()}, Python {platform.python_version()}, {load}"


@contextmanager
def installation() -> Iterator[dict[str, str]]:
    """The environment of a new installation in a directory of its own, which goes with it."""
    place = Path(tempfile.mkdtemp(prefix="eventos-benchmark-"))
    place.chmod(0o711)  # the server's own account must be able to enter it
    kept = {key: value for key, value in os.environ.items() if not key.startswith("EVENTOS_")}
    environment = {
        **kept,
        "EVENTOS_DATA_DIR": str(place / "data"),
        "EVENTOS_KEY_FILE": str(place / "key"),
        "EVENTOS_DEMO_PASSWORD": PASSWORD,
        "EVENTOS_BCRYPT_COST": "4",
        "EVENTOS_WORKER": "elsewhere",
        "PYTHONPATH": str(ROOT),
    }
    try:
        yield environment
    finally:
        shutil.rmtree(place, ignore_errors=True)


def command(environment: dict[str, str], *words: str) -> str:
    """Run a command of EventOS to its end; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "eventos_core", *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)} failed: {done.stderr}")
    return done.stdout


@contextmanager
def held(environment: dict[str, str]) -> Iterator[None]:
    """The embedded server stays up meanwhile, as `url --hold` keeps it."""
    words = [sys.executable, "-m", "eventos_core", "url", "--hold"]
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.communicate("")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(environment: dict[str, str], *, script: str = "app.py", path: str = "/readyz") -> Iterator[Serving]:
    """The app as a process of its own, ended afterwards."""
    port = free_port()
    words = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    words += ["--server.address", "127.0.0.1"]
    began = time.perf_counter()
    process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield Serving(port, process.pid, _answered(process, f"http://127.0.0.1:{port}{path}", began))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used so far; 0 where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _answered(process: subprocess.Popen[bytes], url: str, began: float) -> float:
    while time.perf_counter() - began < 180:
        if process.poll() is not None:
            raise SystemExit(f"The app ended with {process.returncode}.")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return time.perf_counter() - began
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.02)
    raise SystemExit(f"{url} did not answer within three minutes.")
