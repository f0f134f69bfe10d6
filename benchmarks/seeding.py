"""How fast demo data are written: through commands one by one, and through the import engine.

Run as `python -m benchmarks.seeding [--json] [--large]`; the large size takes minutes and is left out otherwise.
"""

from __future__ import annotations

import sys
import time

import psycopg

from benchmarks.measuring import command, figure, held, installation, report

SIZES = ("small", "medium", "large") if "--large" in sys.argv else ("small", "medium")
TABLES = ("contacts", "organizations", "events", "sessions")


def main() -> None:
    """Seed every size into an installation of its own and report."""
    found = []
    for size in SIZES:
        with installation() as environment, held(environment):
            command(environment, "migrate")
            began = time.perf_counter()
            command(environment, "demo", "--size", size)
            seconds = time.perf_counter() - began
            with psycopg.connect(command(environment, "url", "--role", "migrator").strip()) as connection:
                rows = 0
                for table in TABLES:
                    row = connection.execute(f"select count(*) from {table}".encode()).fetchone()
                    rows += row[0] if row else 0
            found.append(figure(f"{size.capitalize()} demo, {rows:,} records", [seconds], "s"))
            found.append(figure(f"{size.capitalize()} demo, records a second", [rows / seconds], "/s"))
    report(found)


if __name__ == "__main__":
    main()
