"""How long the server takes for a rerun: of the least script there is, and of pages with the medium demo behind them.

Run as `python -m benchmarks.pages [--json] [--runs N]`. Speaks Streamlit's protobuf over its WebSocket as a browser
does and measures from the request to the end of the run; once as EventOS runs, once without its tuning.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Subprotocol
from websockets.sync.client import connect

from benchmarks.measuring import ROOT, Figure, command, cpu_seconds, figure, held, installation, report, serving

RUNS = int(sys.argv[sys.argv.index("--runs") + 1]) if "--runs" in sys.argv else 30
PAGES = {
    "Events": ("plan_events", "New event"),
    "Contacts": ("sales_contacts", "New contact"),
    "Home": ("", "home_needs"),
}
"""Title → address of the page, and a text by which it is known to have come."""
UNTUNED = {"STREAMLIT_RUNNER_POST_SCRIPT_GC": "true", "EVENTOS_BENCHMARK_UNTUNED": "1"}
SIGN_IN = """
from eventos_core.tenancy import identity
row = identity.sign_in_row("owner@maison-aurore.example")
print(identity.redeem_ticket(identity.issue_session_ticket(row.user_id), None, "benchmark"))
"""


@dataclass
class Visit:
    """One browser tab: what it asks for, and what came back for the last run."""

    port: int
    page: str = ""
    query: str = ""
    cookie: str = ""
    known_by: str = ""
    page_hash: str = ""
    elements: int = 0
    size: int = 0
    texts: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        headers = {"Cookie": f"eventos_session={self.cookie}"} if self.cookie else {}
        url = f"ws://127.0.0.1:{self.port}/_stcore/stream"
        protocols = [Subprotocol("streamlit")]
        self._open = connect(url, subprotocols=protocols, additional_headers=headers, max_size=None)
        self._socket = self._open.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def rerun(self) -> float:
        """Ask for a run and take in everything until its end; returns seconds."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = self.page
        message.rerun_script.page_script_hash = self.page_hash
        message.rerun_script.context_info.url = f"http://127.0.0.1:{self.port}/{self.page}?{self.query}"
        message.rerun_script.context_info.timezone = "Europe/Paris"
        message.rerun_script.context_info.locale = "en-GB"
        self.elements, self.size, self.texts = 0, 0, []
        began = time.perf_counter()
        self._socket.send(message.SerializeToString())
        while True:
            received = self._socket.recv()
            if not isinstance(received, bytes):
                continue
            self.size += len(received)
            self.texts.append(received)
            answer = ForwardMsg.FromString(received)
            kind = answer.WhichOneof("type")
            if kind == "navigation":
                self.page_hash = answer.navigation.page_script_hash
            self.elements += kind == "delta"
            if kind == "script_finished":
                return time.perf_counter() - began

    def shows(self, text: str) -> bool:
        """Whether the last run sent this text."""
        return text.encode() in b"".join(self.texts)


def measure(name: str, way: str, visit: Visit, pid: int) -> list[Figure]:
    """Wall-clock and processor time of reruns; the first three warm up and do not count."""
    with visit:
        for _ in range(3):
            visit.rerun()
        if not visit.shows(visit.known_by):
            raise SystemExit(f"{name}: the page did not come; the session or its address is wrong.")
        before = cpu_seconds(pid)
        seconds = [visit.rerun() for _ in range(RUNS)]
        used = (cpu_seconds(pid) - before) / RUNS
    print(f"{name}, {way}: {visit.elements} elements, {visit.size / 1024:.0f} KB a run", file=sys.stderr)
    return [
        figure(f"{name}, {way}", [s * 1000 for s in seconds], "ms"),
        figure(f"{name}: processor time of the server, {way}", [used * 1000], "ms"),
    ]


def both_ways(environment: dict[str, str], token: str) -> list[Figure]:
    """Every page tuned, then every page untuned, on the same data."""
    found: list[Figure] = []
    for way, extra in (("tuned", {}), ("untuned", UNTUNED)):
        chosen = {**environment, **extra}
        with serving(chosen, script="benchmarks/bare_app.py", path="/_stcore/health") as app:
            found += measure("Bare rerun", way, Visit(app.port), app.pid)
        with serving(chosen, script="benchmarks/untuned_app.py" if extra else "app.py") as app:
            for title, (page, text) in PAGES.items():
                visit = Visit(app.port, page, "house=maison-aurore", token, text)
                found += measure(f"{title} page", way, visit, app.pid)
    return found


def main() -> None:
    """Seed, sign in, measure both ways and report."""
    with installation() as environment, held(environment):
        command(environment, "migrate")
        command(environment, "demo", "--size", "medium")
        words = [sys.executable, "-c", SIGN_IN]
        signed_in = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        report(both_ways(environment, signed_in.stdout.strip()))


if __name__ == "__main__":
    main()
