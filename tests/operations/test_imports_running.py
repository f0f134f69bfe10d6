"""Running an import: all or nothing, progress beside it, cancelled, killed, repeated, in the background."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.enums.operations import ImportStatus, ImportVerdict
from eventos_core.kernel.errors import FileRefused, InvalidInput, NotAllowedNow, NotFound
from eventos_core.operations.imports import commands, queries, running
from eventos_core.operations.imports.memory import young_collections_only
from eventos_core.operations.imports.running import run_batch, run_import, run_import_job
from tests.operations.imports_support import alter, counts, mapped, one, take, undo, upload
from tests.support import Database, TestHouse, running_job

ROOT = Path(__file__).parents[2]


def many(rows: int) -> str:
    """A contact file of that many people."""
    lines = [f"{i},Person {i},person{i}@example.com,+33 6 {i:08}" for i in range(rows)]
    return "External ID,Name,Email,Phone\n" + "\n".join(lines)


def people(database: Database, house: TestHouse) -> int:
    """How many people an import has left."""
    found: int = one(
        database, "select count(*) from contacts where account_id = %s and full_name like 'Person%%'", house.account_id
    )[0]
    return found


def status(house: TestHouse, batch: int) -> ImportStatus:
    """Where the batch stands."""
    return read(house.owner, queries.import_batch, batch).status


def test_a_refused_file_leaves_nothing(house: TestHouse, database: Database) -> None:
    with pytest.raises(FileRefused):
        upload(house.owner, "contacts", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, name="people.csv")
    assert one(database, "select count(*) from import_batches where account_id = %s", house.account_id) == (0,)


def test_unknown_kinds_formats_and_sources_are_refused(house: TestHouse) -> None:
    with pytest.raises(InvalidInput, match="cannot be imported"):
        upload(house.owner, "dragons", "a\n1\n")
    with pytest.raises(InvalidInput, match="no format"):
        upload(house.owner, "contacts", "Name\nAda\n", format="dragons")
    with pytest.raises(InvalidInput, match="name a source"):
        upload(house.owner, "contacts", "Name\nAda\n", source="My Source")
    with pytest.raises(InvalidInput, match="cannot create"):
        mapped(house.owner, upload(house.owner, "contacts", "Name\nAda\n"), create_missing=("dragons",))


def test_a_file_without_known_columns_waits_for_its_mapping(house: TestHouse) -> None:
    batch = upload(house.owner, "contacts", "x,y\n1,2\n")
    assert status(house, batch) is ImportStatus.UPLOADED
    with pytest.raises(NotAllowedNow, match="uploaded"):
        run_import(house.owner, batch)
    mapped(house.owner, batch, ("x", "full_name"))
    assert counts(run_import(house.owner, batch))[0] == 1


def test_the_result_is_stored_and_answers_again(house: TestHouse, database: Database) -> None:
    batch = upload(house.owner, "contacts", "Name,Email\nPerson A,a@example.com\nPerson B,nonsense\n")
    first = run_import(house.owner, batch)
    assert counts(first) == (1, 0, 0, 1, 0)
    assert run_import(house.owner, batch) == first
    assert people(database, house) == 1
    with pytest.raises(NotAllowedNow, match="done"):
        execute(house.owner, commands.start_import, commands.BatchNamed(batch))
    page = read(house.owner, queries.import_rows, batch, with_errors=True)
    assert page.frame["row"].tolist() == [3]
    assert page.frame["errors"][0][0]["column"] == "Email"


def test_rows_are_listed_page_by_page(house: TestHouse) -> None:
    batch = take(house.owner, "contacts", many(7)).batch
    page = read(house.owner, queries.import_rows, batch, verdict=ImportVerdict.CREATE, size=3)
    assert page.frame["row"].tolist() == [2, 3, 4]
    page = read(house.owner, queries.import_rows, batch, cursor=page.next, size=3)
    assert page.frame["row"].tolist() == [5, 6, 7]
    batches = read(house.owner, queries.import_batches)
    assert batches.frame[["id", "status", "created"]].values.tolist() == [[batch, "done", 7]]


def test_another_house_cannot_reach_an_import(two_houses: tuple[TestHouse, TestHouse]) -> None:
    first, second = two_houses
    batch = take(first.owner, "contacts", many(2)).batch
    for call in (queries.import_batch, queries.import_preview):
        with pytest.raises(NotFound):
            read(second.owner, call, batch)
    assert read(second.owner, queries.import_rows, batch).frame.empty
    assert read(second.owner, queries.import_batches).frame.empty
    with pytest.raises(NotFound):
        run_import(second.owner, batch)
    with pytest.raises(NotFound):
        undo(second.owner, batch)


def test_a_job_runs_it_once(house: TestHouse, database: Database) -> None:
    batch = upload(house.owner, "contacts", many(3))
    started = execute(house.owner, commands.start_import, commands.BatchNamed(batch))
    assert started.job_id is not None
    assert one(
        database, "select task_name, args ->> 'batch_id' from procrastinate.procrastinate_jobs where id = %s",
        started.job_id,
    ) == ("run_import", str(batch))  # fmt: skip
    job = running_job(database, house, member_id=house.owner_member_id)
    run_import_job(job, batch)
    run_import_job(job, batch)
    assert people(database, house) == 3
    assert status(house, batch) is ImportStatus.DONE


def test_a_failure_leaves_nothing_and_can_be_run_again(
    house: TestHouse, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = upload(house.owner, "contacts", many(3))

    def broken(*_: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(running, "store_rows", broken)
        with pytest.raises(RuntimeError):
            run_import(house.owner, batch)
    assert people(database, house) == 0
    shown = read(house.owner, queries.import_batch, batch)
    assert (shown.status, shown.error) == (ImportStatus.FAILED, "The import failed for a technical reason.")
    assert counts(run_import(house.owner, batch))[0] == 3


def test_progress_is_seen_from_beside_and_cancelling_leaves_nothing(
    house: TestHouse, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_PROGRESS_EVERY", 0.0)
    batch = upload(house.owner, "contacts", many(6_000))
    seen: list[int] = []
    real = running._Progress._note

    def noting(self: running._Progress, *arguments: object) -> str | None:
        found = real(self, *arguments)  # type: ignore[arg-type]
        seen.append(read(house.owner, queries.import_batch, batch).progress)
        assert people(database, house) == 0
        if seen[-1] >= 4_000:
            execute(house.owner, commands.cancel_import, commands.BatchNamed(batch))
        return found

    monkeypatch.setattr(running._Progress, "_note", noting)
    with pytest.raises(NotAllowedNow, match="cancelled"):
        run_import(house.owner, batch)
    assert [count for count in seen if count] == [2_000, 4_000, 6_000]
    assert people(database, house) == 0
    assert status(house, batch) is ImportStatus.CANCELLED


def test_only_one_process_runs_a_batch(house: TestHouse, database: Database) -> None:
    batch = upload(house.owner, "contacts", many(2))
    with unit_of_work(house.owner) as db:
        run_batch(db, batch)
        with pytest.raises(NotAllowedNow, match="running already"), unit_of_work(house.owner) as other:
            run_batch(other, batch)
    assert people(database, house) == 2


def test_two_imports_of_one_file_at_once_make_no_doubles(house: TestHouse, database: Database) -> None:
    batches = [upload(house.owner, "contacts", many(300)) for _ in range(2)]
    results = []
    threads = [threading.Thread(target=lambda b=b: results.append(run_import(house.owner, b))) for b in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts(result)[:3] for result in results) == [(0, 0, 300), (300, 0, 0)]
    assert people(database, house) == 300


KILLED = """
import sys
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.operations import start
from eventos_core.operations.imports import running
start.load()
real = running.store_rows
def telling(*arguments):
    real(*arguments)
    print("written", flush=True)
    sys.stdin.readline()
running.store_rows = telling
running.run_import(MemberCredential(bytes.fromhex(sys.argv[1]), sys.argv[2]), int(sys.argv[3]))
"""


def test_killed_in_the_middle_it_leaves_nothing_and_runs_again(house: TestHouse, database: Database) -> None:
    batch = upload(house.owner, "contacts", many(500))
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, house.owner.token_hash.hex(), house.slug, str(batch)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "written\n"
        with pytest.raises(NotAllowedNow, match="running"):
            execute(house.owner, commands.start_import, commands.BatchNamed(batch))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    until = time.monotonic() + 20
    while one(
        database, "select count(*) from pg_stat_activity where state = 'idle in transaction' and datname = %s",
        database.name,
    ) != (0,):  # fmt: skip
        assert time.monotonic() < until
    assert people(database, house) == 0
    assert status(house, batch) is ImportStatus.RUNNING
    assert execute(house.owner, commands.start_import, commands.BatchNamed(batch)).job_id is not None
    assert counts(run_import(house.owner, batch))[0] == 500
    assert people(database, house) == 500


def test_a_mapping_kept_by_name_serves_the_next_file(house: TestHouse) -> None:
    batch = upload(house.owner, "contacts", "x,y\nPerson A,Gold\n")
    mapped(house.owner, batch, ("x", "full_name"), ("y", "tags"), value_maps={"tags": {"Gold": "vip"}})
    saved = execute(house.owner, commands.save_mapping, commands.SaveMapping(batch, "Fair list")).mapping_id
    known = read(house.owner, queries.import_mappings, "contacts", headers=("X ", "Y"))
    assert known == (queries.SavedMapping(saved, "Fair list", fits=True),)
    again = upload(house.owner, "contacts", "y,new,x\nGold,1,Person B\n", mapping_id=saved)
    shown = read(house.owner, queries.import_batch, again)
    assert [column.target for column in shown.mapping.columns] == ["tags", "custom.new", "full_name"]
    assert read(house.owner, queries.import_preview, again).rows[0].values == {
        "tags": ["vip"], "custom.new": "1", "full_name": "Person B",
    }  # fmt: skip
    execute(house.owner, commands.delete_mapping, commands.DeleteMapping(saved))
    assert read(house.owner, queries.import_mappings, "contacts") == ()


def test_the_same_bytes_are_pointed_out(house: TestHouse) -> None:
    first = take(house.owner, "contacts", many(1)).batch
    given = commands.UploadImport("contacts", "again.csv", many(1).encode())
    assert execute(house.owner, commands.upload_import, given).same_as == first


def test_what_can_be_imported_depends_on_the_person(house: TestHouse) -> None:
    assert [kind.key for kind in read(house.owner, queries.import_kinds)][:3] == ["contacts", "organizations", "venues"]


def test_a_reference_to_what_is_gone_is_given_to_the_new_record(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "External ID,Name\n1,Person A\n")
    alter(database, "update external_refs set entity_id = 999999 where account_id = %s", house.account_id)

    assert counts(take(house.owner, "contacts", "External ID,Name\n1,Person A\n"))[0] == 1
    assert counts(take(house.owner, "contacts", "External ID,Name\n1,Person A\n"))[2] == 1


def test_no_full_collection_walks_the_rows_of_a_file_and_all_is_as_before_afterwards() -> None:
    before, full = gc.get_threshold(), []

    def seen(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == 2:
            full.append(info)

    gc.callbacks.append(seen)
    try:
        with pytest.raises(ValueError), young_collections_only():
            rows = [{"row": [number]} for number in range(400_000)]
            raise ValueError(len(rows))
    finally:
        gc.callbacks.remove(seen)
    assert (full, gc.get_threshold()) == ([], before)
