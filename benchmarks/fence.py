"""What row security costs: the same queries as the app's login under it, and as a superuser whom it does not concern.

Run as `python -m benchmarks.fence [--json] [--runs N]`, on the medium demo. Both ways filter by account, as every
query of EventOS does; the app's connection has entered a house, and its time includes no entering.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks.measuring import ROOT, Figure, command, figure, held, installation, report

RUNS = int(sys.argv[sys.argv.index("--runs") + 1]) if "--runs" in sys.argv else 300
QUERIES = {
    "50 contacts by name": "select id, full_name, job_title from contacts where account_id = {a}"
    " and archived_at is null order by name_sort, id limit 50",
    "contacts with a tag, counted": "select count(*) from contacts where account_id = {a} and tags @> array['vip']",
    "contacts by lifecycle": "select lifecycle, count(*) from contacts where account_id = {a} group by lifecycle",
    "contacts with company and address": "select c.id, o.name, e.email from contacts c"
    " left join organizations o on o.account_id = c.account_id and o.id = c.organization_id"
    " left join contact_emails e on e.account_id = c.account_id and e.contact_id = c.id and e.is_primary"
    " where c.account_id = {a} order by c.name_sort, c.id limit 50",
    "events with venue and sessions": "select e.id, v.name, count(s.id) from events e"
    " left join venues v on v.account_id = e.account_id and v.id = e.venue_id"
    " left join sessions s on s.account_id = e.account_id and s.event_id = e.id"
    " where e.account_id = {a} group by e.id, v.name, e.starts_at order by e.starts_at limit 50",
    "one contact by id": "select * from contacts where account_id = {a} and id ="
    " (select min(id) from contacts where account_id = {a})",
}
ENTER = """
from eventos_core.tenancy import identity
print(identity.open_operator_session().hex())
"""


def compare(app: psycopg.Connection, superuser: psycopg.Connection, account: int) -> list[Figure]:
    """Both ways in turn, so that a busy machine weighs on both alike."""
    found = []
    for name, template in QUERIES.items():
        query = template.format(a=account).encode()
        times: dict[str, list[float]] = {"with row security": [], "without": []}
        for run in range(RUNS + 10):
            for way, connection in zip(times, (app, superuser), strict=True):
                began = time.perf_counter()
                rows = connection.execute(query).fetchall()
                if run >= 10:
                    times[way].append((time.perf_counter() - began) * 1000)
                assert rows
        found += [figure(f"{name}, {way}", values, "ms") for way, values in times.items()]
    return found


def main() -> None:
    """Seed, enter, compare and report."""
    with installation() as environment, held(environment):
        command(environment, "migrate")
        command(environment, "demo", "--size", "medium")
        url = command(environment, "url").strip()
        words = [sys.executable, "-c", ENTER]
        token = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
        stored = json.loads((Path(environment["EVENTOS_DATA_DIR"]) / "server" / "credentials.json").read_text())
        admin = make_conninfo(url, user="postgres", password=stored["superuser"])
        with psycopg.connect(url) as app, psycopg.connect(admin) as superuser:
            row = app.execute(
                "select account_id from app.enter_operator(%s, 'maison-aurore', true, 'benchmark')",
                [bytes.fromhex(token.strip())],
            ).fetchone()
            assert row is not None
            superuser.execute("set search_path = public, extensions")
            superuser.execute("analyze contacts; analyze organizations; analyze contact_emails; analyze events")
            superuser.commit()
            report(compare(app, superuser, int(row[0])))


if __name__ == "__main__":
    main()
