"""How long a start takes: the embedded server, and the app until `/readyz` answers 200; cold and warm.

Run as `python -m benchmarks.starts [--json] [--runs N]`. Cold means a new data directory: the database is made, and
for the app migrated as well. Warm means a stopped server with data.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measuring import ROOT, figure, installation, report, serving

RUNS = int(sys.argv[sys.argv.index("--runs") + 1]) if "--runs" in sys.argv else 3
START = """
import time
from eventos_core.db import urls
began = time.perf_counter()
server = urls.embedded_server()
server.start()
print(time.perf_counter() - began)
"""


def start(environment: dict[str, str]) -> float:
    """Seconds that starting the embedded server takes in a new process, which then stops it."""
    done = subprocess.run(
        [sys.executable, "-c", START], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def ready(environment: dict[str, str]) -> float:
    """Seconds until a new process of the app answers that it is ready."""
    with serving(environment) as app:
        return app.started_in


def main() -> None:
    """Measure and report."""
    server_cold, server_warm, app_cold, app_warm = [], [], [], []
    for _ in range(RUNS):
        with installation() as environment:
            server_cold.append(start(environment))
            server_warm.append(start(environment))
        with installation() as environment:
            app_cold.append(ready(environment))
            app_warm.append(ready(environment))
    report(
        [
            figure("Embedded server, cold", server_cold, "s"),
            figure("Embedded server, warm", server_warm, "s"),
            figure("App to /readyz, cold", app_cold, "s"),
            figure("App to /readyz, warm", app_warm, "s"),
        ]
    )


if __name__ == "__main__":
    main()
