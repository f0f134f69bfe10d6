"""How fast an import is: contacts or deals made, found unchanged, changed and taken back, on a database of its own.

Run as `python -m benchmarks.imports [ROWS] [deals] [--profile]`, by default 100,000 contacts. Starts an embedded
server in a temporary directory and leaves nothing behind. Imports run as jobs, as from the page. Prints seconds, rows
a second and processor seconds per phase; the latter hold on a busy machine too.
"""

from __future__ import annotations

import cProfile
import csv
import datetime as dt
import io
import os
import pstats
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from eventos_core.kernel.credentials import Credential

T = TypeVar("T")
ROWS = next((int(argument) for argument in sys.argv[1:] if argument.isdigit()), 100_000)
KIND = "deals" if "deals" in sys.argv else "contacts"
FIRST = ("Anaïs", "Bruno", "Chloé", "Deniz", "Élodie", "Farid", "Greta", "Hana", "Iris", "João", "Kenji", "Lena")
LAST = ("Müller", "Dupont", "García", "Rossi", "Nowak", "Yılmaz", "Andersen", "O’Neill", "Sørensen", "Kovács")
CITIES = ("Paris", "Milano", "London", "New York", "København", "Berlin", "Antwerpen", "Tōkyō")


def contacts(rows: int, *, changed: bool = False) -> bytes:
    """A contact file as CRMs export it: ids, names, addresses, phones, companies of twenty, tags, a free column."""
    chance = random.Random(7)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            "External ID",
            "First Name",
            "Last Name",
            "Email",
            "Phone",
            "Company",
            "Title",
            "Street",
            "City",
            "Country",
            "Tags",
            "Shoe size",
        ]
    )
    for i in range(rows):
        city = chance.choice(CITIES)
        writer.writerow(
            [
                f"C{i}", chance.choice(FIRST), f"{chance.choice(LAST)} {i}", f"person{i}@mail{i % 500}.example.com",
                f"+33 6 {i % 100:02} {i // 100 % 100:02} {i // 10_000 % 100:02} {i * 7 % 100:02}",
                f"Maison {i % max(1, rows // 20)}", "Buyer",
                f"{i % 300} rue de la Paix", f"{city} {i % 20 + 1}" if changed and i % 2 else city, "FR",
                "press;vip" if i % 3 else "buyer", 36 + i % 10,
            ]
        )  # fmt: skip
    return out.getvalue().encode()


def deals(rows: int, *, changed: bool = False) -> bytes:
    """A deals file: ids, companies of fifty deals, ten sellers without user, open and closed stages, a free column.

    Of the changed ones half have another amount, and those of them that were open are won.
    """
    chance = random.Random(7)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [
            "opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date", "close_date",
            "close_value", "next_step", "region",
        ]
    )  # fmt: skip
    stages = ("New", "Qualified", "Proposal", "Negotiation", "Won", "Won", "Won", "Lost")
    for i in range(rows):
        stage, opened = chance.choice(stages), dt.date(2023, 1, 1) + dt.timedelta(days=i % 700)
        worth, moved = 500 + i * 37 % 90_000, changed and i % 2 == 1
        if moved:
            stage, worth = "Won" if stage != "Lost" else stage, worth + 50
        closed = opened + dt.timedelta(days=20 + i % 90)
        writer.writerow(
            [
                f"D{i}", f"{FIRST[i % 10]} {LAST[i % 10]}", f"Package {i % 7}", f"Maison {i % max(1, rows // 50)}",
                stage, opened.isoformat(), closed.isoformat(), f"{worth}.50", f"Call {i % 40}", i % 9,
            ]
        )  # fmt: skip
    return out.getvalue().encode()


def _must(holds: bool) -> None:
    """What was measured did what it should, or its time says nothing."""
    if not holds:
        raise SystemExit("What was measured gave another result than it should.")


def measured(name: str, work: Callable[[], T]) -> T:
    """Run `work`, print how long it took."""
    profile = cProfile.Profile() if "--profile" in sys.argv else None
    began, own, server = time.perf_counter(), time.process_time(), _server_cpu()
    if profile:
        result = profile.runcall(work)
        pstats.Stats(profile).sort_stats("tottime").print_stats(18)
    else:
        result = work()
    seconds = time.perf_counter() - began
    cpu = f"CPU {time.process_time() - own:6.1f} s here {_server_cpu() - server:6.1f} s server"
    print(f"{name:<24} {seconds:7.1f} s {ROWS / seconds:9,.0f} rows/s   {cpu}   {_peak():5.0f} MB peak", flush=True)
    return result


def _server_cpu() -> float:
    """CPU seconds of this run's server processes, so that a busy machine does not hide what the work costs."""
    ticks = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if (place / "comm").read_text().strip() == "postgres" and _of_this_run(place):
                fields = (place / "stat").read_text().rsplit(")", 1)[1].split()
                ticks += int(fields[11]) + int(fields[12])
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def _of_this_run(place: Path) -> bool:
    return str((place / "cwd").readlink()).startswith(os.environ.get("EVENTOS_DATA_DIR", "-"))


def _peak() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def counted(owner: Credential, fragment: str) -> int:
    """How many contacts the list has for a fragment that a company's name holds: the search that needs statistics."""
    from eventos_core.db.session import reading
    from eventos_core.directory.queries import ContactFilter
    from eventos_core.operations.exports import EXPORTABLES

    with reading(owner) as db:
        return EXPORTABLES["contacts"].count(db, ContactFilter(q=fragment), ROWS)


def main() -> None:
    """Set up a house and import into it."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        os.environ.update(EVENTOS_DATA_DIR=f"{place}/data", EVENTOS_KEY_FILE=f"{place}/key")
        os.environ.pop("EVENTOS_DATABASE_URL", None)
        from eventos_core import migrations
        from eventos_core.db import engine, urls
        from eventos_core.db.registry import execute, read
        from eventos_core.kernel.credentials import MemberCredential, hash_token
        from eventos_core.operations import start
        from eventos_core.operations.imports import commands, queries
        from eventos_core.operations.imports.batches import ImportResult
        from eventos_core.operations.jobs import worker
        from eventos_core.tenancy import identity

        migrations.migrate(urls.resolve("migrator"))
        start.load()
        session = identity.open_operator_session()
        user = identity.found_house(
            session,
            identity.NewHouse("Bench", "bench", "EUR", "Europe/Paris"),
            identity.NewOwner("Owner", "owner@bench.example", "correct horse battery"),
        )
        token = identity.redeem_ticket(identity.issue_session_ticket(user), "127.0.0.1", "benchmark")
        owner = MemberCredential(hash_token(token), "bench")

        def upload(content: bytes) -> int:
            given = commands.UploadImport(KIND, "c.csv", content)
            batch = execute(owner, commands.upload_import, given).batch_id
            wanted = commands.MapImport(batch, create_missing=made)
            return execute(owner, commands.map_import, wanted).batch_id

        def run(batch: int) -> ImportResult:
            execute(owner, commands.start_import, commands.BatchNamed(batch))
            worker.run_until_empty(queues=["house"])
            result = read(owner, queries.import_batch, batch).result
            if result is None:
                raise SystemExit("The import failed.")
            return result

        make, made = (deals, ("organizations", "owners")) if KIND == "deals" else (contacts, ("organizations",))
        content = make(ROWS)
        print(f"{ROWS:,} {KIND}, {len(content) / 1e6:.1f} MB")
        first = measured("upload", lambda: upload(content))
        measured("preview", lambda: read(owner, queries.import_preview, first))
        _must(measured("run: all new", lambda: run(first)).created == ROWS)
        if KIND == "contacts":
            _must(measured("count of a fragment", lambda: counted(owner, "maison 12")) > 0)
        again = upload(content)
        _must(measured("run: unchanged", lambda: run(again)).skipped == ROWS)
        half = upload(make(ROWS, changed=True))
        _must(measured("run: half changed", lambda: run(half)).updated == ROWS // 2)
        for name, batch, wanted in (
            ("undo of the changes", half, (ROWS // 2, 0, 0)), ("undo of the creation", first, (0, ROWS, 0)),
        ):  # fmt: skip
            undone = measured(name, lambda b=batch: execute(owner, commands.undo_import, commands.UndoImport(b)))
            _must((undone.restored, undone.removed, len(undone.kept)) == wanted)
        engine.dispose_all()
        urls.embedded_server().release()


if __name__ == "__main__":
    main()
