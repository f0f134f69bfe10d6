"""What the nightly cleanup deletes, and what it leaves."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.directory import commands as directory
from eventos_core.directory.rules.contacts import ContactFields, EmailEntry
from eventos_core.events import commands as events
from eventos_core.kernel import clock
from eventos_core.kernel.errors import Conflict, NotAllowedNow
from eventos_core.operations.imports import commands as imports
from eventos_core.operations.imports import queries
from eventos_core.operations.imports.made import import_made
from eventos_core.operations.imports.running import run_import
from eventos_core.operations.jobs import upkeep
from tests import support
from tests.events.rows import add_space, add_venue

FILE = b"first name,last name,email,title\nAda,Lovelace,ada@example.org,Editor\nBad,Row,not-an-address,Editor\n"


def change(database: support.Database, statement: str, values: Sequence[Any] = ()) -> None:
    """One statement as the migrator, to let time pass."""
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute(statement.encode(), values)


def rows(database: support.Database, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What the migrator sees."""
    with database.as_login("migrator") as connection:
        return connection.execute(query.encode(), values).fetchall()


@pytest.fixture
def batch(database: support.Database, house: support.TestHouse) -> int:
    """A finished import that changed one contact, refused one row and left one alone that people had edited."""
    person = ContactFields(
        first_name="Ada", last_name="Lovelace", job_title="Writer", emails=(EmailEntry("ada@example.org"),)
    )
    execute(house.owner, directory.create_contact, directory.CreateContact(person))
    uploaded = execute(house.owner, imports.upload_import, imports.UploadImport("contacts", "people.csv", FILE))
    run_import(house.owner, uploaded.batch_id)
    return uploaded.batch_id


def expire(database: support.Database, batch: int) -> None:
    """Let the import be 31 days old."""
    change(
        database,
        "update import_batches set before_expires_at = before_expires_at - interval '31 days' where id = %s",
        [batch],
    )
    change(
        database, "update import_files set expires_at = expires_at - interval '31 days' where batch_id = %s", [batch]
    )


def images(database: support.Database, batch: int) -> str:
    """Everything that the import's rows still tell of people."""
    query = (
        "select before, raw, parsed, conflicts, errors, effects from import_rows where batch_id = %s order by row_no"
    )
    found = rows(database, query, [batch])
    return json.dumps(found, ensure_ascii=False)


def test_import_loses_its_before_images_and_its_file_when_it_can_no_longer_be_undone(
    database: support.Database, house: support.TestHouse, batch: int
) -> None:
    assert "Writer" in images(database, batch)
    assert "not-an-address" in images(database, batch)
    upkeep.clean_up()
    assert "Writer" in images(database, batch), "nothing had expired"

    expire(database, batch)
    done = upkeep.clean_up()
    assert (done["imports"], done["import_rows"], done["import_files"]) == (1, 2, 1)
    left = images(database, batch)
    assert "Writer" not in left
    assert "Editor" not in left
    assert "not-an-address" not in left
    assert '"action": "update"' in left, "what was done to which record stays"
    assert rows(database, "select count(*) from import_files where batch_id = %s", [batch]) == [(0,)]
    assert upkeep.clean_up()["imports"] == 0, "the same rows are not looked at again"
    with pytest.raises(Conflict, match="too old to be undone"):
        execute(house.owner, imports.undo_import, imports.UndoImport(batch))


def test_names_of_what_an_undo_removed_besides_are_forgotten_with_the_images(
    database: support.Database, house: support.TestHouse
) -> None:
    file = b"first name,last name,company\nAda,Lovelace,Engines\n"
    made = execute(house.owner, imports.upload_import, imports.UploadImport("contacts", "people.csv", file)).batch_id
    execute(house.owner, imports.map_import, imports.MapImport(made, create_missing=("organizations",)))
    run_import(house.owner, made)
    execute(house.owner, imports.undo_import, imports.UndoImport(made))
    (besides,) = read(house.owner, import_made, made)
    assert (besides.what, besides.count, besides.removed) == ("organizations", 0, ("Engines",))
    expire(database, made)
    upkeep.clean_up()
    assert "Engines" not in images(database, made)
    assert read(house.owner, import_made, made) == ()


def test_conflict_loses_both_sides_and_keeps_that_it_was_one(
    database: support.Database, house: support.TestHouse, batch: int
) -> None:
    change(database, "update contacts set job_title = 'Retired' where account_id = %s", [house.account_id])
    changed = FILE.replace(b"Editor", b"Publisher")
    second = execute(house.owner, imports.upload_import, imports.UploadImport("contacts", "people.csv", changed))
    assert run_import(house.owner, second.batch_id).conflicts == 1
    assert {"Retired", "Publisher", "not-an-address"} <= set(images(database, second.batch_id).split('"'))
    expire(database, second.batch_id)
    upkeep.clean_up()
    left = images(database, second.batch_id)
    assert not [word for word in ("Retired", "Publisher", "not-an-address", "Ada", "ada@") if word in left]
    result = read(house.owner, queries.import_batch, second.batch_id).result
    assert result is not None
    assert (result.conflicts, result.rejected) == (1, 1)
    assert [(problem.row, problem.column, problem.value) for problem in result.errors] == [(3, "email", "")]
    assert images(database, batch).count("Lovelace") == 1, "the other import can still be undone"


def test_file_outlives_its_own_date_while_the_import_can_be_undone(database: support.Database, batch: int) -> None:
    change(database, "update import_files set expires_at = now() - interval '1 day' where batch_id = %s", [batch])
    assert upkeep.clean_up()["import_files"] == 0


@pytest.mark.parametrize(
    ("status", "days", "deleted"), [("running", 0, 0), ("running", 2, 1), ("failed", 0, 1), ("mapped", 0, 1)]
)
def test_file_of_an_import_that_never_finished_goes_unless_it_runs(
    database: support.Database, house: support.TestHouse, status: str, days: int, deleted: int
) -> None:
    given = imports.UploadImport("contacts", "people.csv", FILE)
    number = execute(house.owner, imports.upload_import, given).batch_id
    change(
        database,
        "update import_batches set status = %s, started_at = now() - make_interval(days => %s), finished_at = now(),"
        " error = 'x' where id = %s",
        [status, days, number],
    )
    change(database, "update import_files set expires_at = now() - interval '1 day' where batch_id = %s", [number])
    assert upkeep.clean_up()["import_files"] == deleted
    change(database, "update import_batches set status = 'failed' where id = %s", [number])
    upkeep.clean_up()


def test_merge_loses_its_before_images_when_its_time_is_up(
    database: support.Database, house: support.TestHouse
) -> None:
    def person(name: str, email: str) -> int:
        fields = ContactFields(last_name=name, summary=f"About {name}", emails=(EmailEntry(email),))
        return execute(house.owner, directory.create_contact, directory.CreateContact(fields)).contact_id

    winner, loser = person("Beaumont", "a@example.org"), person("Beaumond", "b@example.org")
    merged = execute(house.owner, directory.merge_contacts, directory.MergeRecords(winner, loser))
    assert upkeep.clean_up()["merges"] == 0
    change(database, "update merges set before_expires_at = now() - interval '1 day' where id = %s", [merged.merge_id])
    assert upkeep.clean_up()["merges"] == 1
    query = "select winner_before, loser_before, moved from merges where id = %s"
    found = rows(database, query, [merged.merge_id])[0]
    assert found[:2] == (None, None)
    assert "Beaumon" not in json.dumps(found[2])
    assert {"table", "id"} <= set(found[2][0])
    with pytest.raises(NotAllowedNow):
        execute(house.owner, directory.undo_merge, directory.UndoMerge(merged.merge_id))
    audited = rows(
        database,
        "select after::text from audit_log where table_name = 'merges' and row_id = %s and actor_kind = 'system'"
        " and after ? 'changed_secrets'",
        [str(merged.merge_id)],
    )
    assert len(audited) == 1
    assert "Beaumon" not in audited[0][0]


def test_idempotency_keys_go_by_their_own_date(database: support.Database, house: support.TestHouse) -> None:
    for key in ("kept", "gone"):
        given = directory.CreateContact(ContactFields(last_name=f"Person {key}"))
        execute(house.owner, directory.create_contact, given, idempotency_key=key)
    change(
        database,
        "update idempotency_keys set created_at = now() - interval '2 days', expires_at = now() - interval '1 day'"
        " where key = 'gone' and account_id = %s",
        [house.account_id],
    )
    change(
        database,
        "update idempotency_keys set created_at = now() - interval '99 days' where key = 'kept' and account_id = %s",
        [house.account_id],
    )
    upkeep.clean_up()
    query = "select key from idempotency_keys where account_id = %s"
    assert rows(database, query, [house.account_id]) == [("kept",)]


def test_finished_jobs_go_after_their_time_and_failed_ones_stay_longer(database: support.Database) -> None:
    ages = {("house", "succeeded"): 20, ("house", "failed"): 20, ("upkeep", "succeeded"): 2, ("upkeep", "failed"): 2}
    for (queue, status), days in ages.items():
        change(
            database,
            "with made as (insert into procrastinate.procrastinate_jobs (queue_name, task_name, status)"
            " values (%s, %s, %s::text::procrastinate.procrastinate_job_status) returning id)"
            " insert into procrastinate.procrastinate_events (job_id, type, at)"
            " select id, 'started', now() - make_interval(days => %s) from made",
            [queue, f"{queue} {status}", status, days],
        )
    upkeep.clean_up()
    names = [f"{queue} {status}" for queue, status in ages]
    query = "select task_name from procrastinate.procrastinate_jobs where task_name = any(%s)"
    assert rows(database, query, [names]) == [("house failed",)]


def test_cleanup_of_one_house_leaves_the_other_alone(
    database: support.Database, two_houses: tuple[support.TestHouse, support.TestHouse]
) -> None:
    numbers = []
    for house in two_houses:
        given = imports.UploadImport("contacts", "people.csv", FILE)
        numbers.append(execute(house.owner, imports.upload_import, given).batch_id)
        run_import(house.owner, numbers[-1])
    expire(database, numbers[0])
    assert upkeep.clean_up()["imports"] == 1
    with unit_of_work(two_houses[1].owner) as db:
        left = db.scalar(text("select count(*) from import_files where batch_id = :b"), {"b": numbers[1]})
    assert left == 1


def test_options_on_spaces_lapse_once_and_free_the_space(database: support.Database, house: support.TestHouse) -> None:
    starts = clock.now()
    made = [
        execute(
            house.owner, events.create_event, events.CreateEvent(name, starts, starts + dt.timedelta(days=1), "UTC")
        )
        for name in ("First", "Second")
    ]
    space = add_space(house.owner, add_venue(house.owner, "Palais").venue_id)
    change(
        database,
        "insert into event_venues (account_id, event_id, space_id, load_in_at, load_out_at, option_expires_at)"
        " values (%s, %s, %s, now(), now() + interval '1 day', now() - interval '1 minute')",
        [house.account_id, made[0].event_id, space.space_id],
    )
    taken = "select count(*) from bookings where account_id = %s"
    assert rows(database, taken, [house.account_id]) == [(1,)]
    assert upkeep.clean_up()["space_options"] == 1
    assert rows(database, taken, [house.account_id]) == [(0,)], "the second event can have it"
    assert sum(upkeep.clean_up().values()) == 0, "nothing is left for a second time"
