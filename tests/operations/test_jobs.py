"""Jobs: one effect whatever happens to the worker, the house they were deferred in and no other, clear ends."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from procrastinate.jobs import Job
from sqlalchemy import text

from eventos_core.db.engine import app_engine
from eventos_core.db.registry import execute
from eventos_core.db.session import TenantSession, unit_of_work
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import InvalidInput, SetupError, TemporarilyUnavailable
from eventos_core.kernel.permissions import Role
from eventos_core.operations.jobs import Worker, defer, registry, start_worker, upkeep, worker
from eventos_core.tenancy import commands as team
from tests import support
from tests.operations.jobs_for_tests import NAME, people, status_of, wait_until

ROOT = Path(__file__).resolve().parents[2]


def deferred(credential: Credential, name: str, **arguments: int) -> int:
    with unit_of_work(credential) as db:
        number = defer(db, name, queue="test", **arguments)
    assert number is not None
    return number


def work() -> None:
    """Work off the tests' own queue in this process."""
    worker.run_until_empty(queues=["test"])


def lose_workers(database: support.Database) -> int:
    """Let every worker's last sign of life be minutes ago; returns how many jobs were queued again."""
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute(
            "update procrastinate.procrastinate_workers set last_heartbeat = now() - interval '3 minutes'"
        )
    with app_engine().begin() as connection:
        return int(connection.execute(text("select app.retake_lost_jobs()")).scalar_one())


PLACES = 20


def dying(*places: tuple[int | str, str]) -> list[str]:
    """Let a worker work off each queue until it is killed at that place; what each said: “killed”, or its calls."""
    words = [str(word) for place in places for word in place]
    done = subprocess.run(
        [sys.executable, "-m", "tests.operations.jobs_for_tests", *words],
        env=dict(os.environ, PYTHONPATH=str(ROOT)), cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.split()


def test_effect_happens_once_wherever_the_worker_is_killed(
    database: support.Database, house: support.TestHouse
) -> None:
    """kill -9 in twenty random places of a job's life, and right before and after its commit."""

    def queued(queue: str, number: int) -> int:
        with unit_of_work(house.owner) as db:
            made = defer(db, "test.add_contact", queue=queue, number=number)
        assert made is not None
        return made

    queued("whole", 99)
    calls = int(dying((-1, "whole"))[0])
    assert people(database, house) == 1
    chance = random.Random()  # other places each time; a failure names them
    # The worker's farewell is not always as long; "after" stands for it.
    places: list[int | str] = ["before", "after", *(chance.randrange(calls * 9 // 10) for _ in range(PLACES))]
    queues = [f"killed {number}" for number in range(len(places))]
    numbers = [queued(queue, number) for number, queue in enumerate(queues)]
    assert dying(*zip(places, queues, strict=True)) == ["killed"] * len(places), places

    def effects() -> dict[str, int]:
        with database.as_login("migrator") as connection:
            rows = connection.execute(
                "select full_name, count(*) from contacts where account_id = %s and full_name like %s group by 1",
                [house.account_id, f"{NAME}%"],
            ).fetchall()
        return dict(rows)

    assert [status_of(database, number)[0] for number in numbers[:2]] == ["doing", "doing"]
    made = effects()
    assert (f"{NAME} 0" in made, f"{NAME} 1" in made) == (False, True), "the two lie on either side of the commit"
    lose_workers(database)
    worker.run_until_empty(queues=queues)
    assert {status_of(database, number)[0] for number in numbers} == {"succeeded"}
    assert effects() == {f"{NAME} {number}": 1 for number in (*range(len(places)), 99)}, places


def test_two_lost_jobs_with_one_queueing_lock_are_taken_up_one_after_the_other(
    database: support.Database, house: support.TestHouse
) -> None:
    numbers = []
    for _ in range(2):
        with unit_of_work(house.owner) as db:
            numbers.append(defer(db, "test.add_contact", queue="test", once="the same"))
        with database.as_login("migrator", autocommit=True) as connection:
            connection.execute(
                "update procrastinate.procrastinate_jobs set status = 'doing' where id = %s", [numbers[-1]]
            )
    assert lose_workers(database) == 1
    assert [status_of(database, number)[0] for number in numbers] == ["todo", "doing"]
    work()
    assert lose_workers(database) == 1
    work()
    assert [status_of(database, number)[0] for number in numbers] == ["succeeded", "succeeded"]


def test_job_that_takes_every_worker_with_it_is_given_up(database: support.Database, house: support.TestHouse) -> None:
    number = deferred(house.owner, "test.add_contact")
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute(
            "update procrastinate.procrastinate_jobs set status = 'doing', attempts = 9 where id = %s", [number]
        )
    assert lose_workers(database) == 0
    status, attempts, error = status_of(database, number)
    assert (status, attempts) == ("failed", 10)
    assert error == "The worker that ran this ended unexpectedly."


def test_lost_upkeep_waits_for_its_next_time(database: support.Database) -> None:
    with database.as_login("migrator", autocommit=True) as connection:
        row = connection.execute(
            "insert into procrastinate.procrastinate_jobs (queue_name, task_name, queueing_lock, status)"
            " values ('upkeep', 'seal_audit', 'seal_audit', 'doing') returning id"
        ).fetchone()
    assert row is not None
    assert lose_workers(database) == 0
    assert status_of(database, row[0])[0] == "failed"


def test_deferring_in_a_rolled_back_transaction_defers_nothing(
    database: support.Database, house: support.TestHouse
) -> None:
    with pytest.raises(InvalidInput), unit_of_work(house.owner) as db:
        number = defer(db, "test.add_contact", queue="test")
        raise InvalidInput("The form is wrong.")
    with database.as_login("migrator") as connection:
        found = connection.execute("select 1 from procrastinate.procrastinate_jobs where id = %s", [number]).fetchone()
    assert found is None


def test_one_job_at_a_time_waits_under_one_name(two_houses: tuple[support.TestHouse, support.TestHouse]) -> None:
    def queue(house: support.TestHouse) -> int | None:
        with unit_of_work(house.owner) as db:
            return defer(db, "test.add_contact", queue="test", once="nightly")

    first, second = two_houses
    assert queue(first) is not None
    assert queue(first) is None
    assert queue(second) is not None, "the name of one house must not block the other"
    work()


def test_job_sees_its_own_house_only(
    database: support.Database, two_houses: tuple[support.TestHouse, support.TestHouse]
) -> None:
    first, second = two_houses
    for house in two_houses:
        deferred(house.owner, "test.look_around")
    work()
    assert people(database, first, f"sees {first.account_id} as eventos_app") == 1
    assert people(database, second, f"sees {second.account_id} as eventos_app") == 1


def test_job_cannot_write_into_another_house(
    database: support.Database, two_houses: tuple[support.TestHouse, support.TestHouse]
) -> None:
    first, second = two_houses
    number = deferred(first.owner, "test.trespass", account=second.account_id)
    work()
    status, _, error = status_of(database, number)
    assert (status, error) == ("failed", "The database refused this. Ask an owner or admin of the house.")
    assert people(database, second, "left behind") == 0


def test_job_listing_shows_the_own_house_only(two_houses: tuple[support.TestHouse, support.TestHouse]) -> None:
    def listed(house: support.TestHouse) -> list[int]:
        with unit_of_work(house.owner) as db:
            return list(db.scalars(text("select id from app.own_jobs(500)")))

    first, second = two_houses
    mine, theirs = deferred(first.owner, "test.add_contact"), deferred(second.owner, "test.add_contact")
    assert (listed(first), listed(second)) == ([mine], [theirs])
    work()


def test_job_of_a_member_disabled_meanwhile_fails_and_says_so(
    database: support.Database, house: support.TestHouse
) -> None:
    leaver = house.member(Role.MANAGER)
    number = deferred(leaver, "test.add_contact")
    with unit_of_work(leaver) as db:
        member_id = db.context.member_id
    assert member_id is not None
    with unit_of_work(house.owner) as db:
        version = db.scalar(text("select version from account_users where id = :i"), {"i": member_id})
    execute(house.owner, team.disable_member, team.DisableMember(member_id, version))
    work()
    status, attempts, error = status_of(database, number)
    assert (status, attempts) == ("failed", 1), "trying again would not help"
    assert error == "Who started this job is no longer a member of the house. Let a member start it again."
    assert people(database, house) == 0


def test_refusal_is_not_tried_again(database: support.Database, house: support.TestHouse) -> None:
    number = deferred(house.owner, "test.refused")
    work()
    assert status_of(database, number) == ("failed", 1, "The file of this job is gone. Upload it again.")


def test_defect_is_tried_again_and_keeps_its_secrets(database: support.Database, house: support.TestHouse) -> None:
    number = deferred(house.owner, "test.defect")
    work()
    assert status_of(database, number) == ("todo", 1, "A defect (ValueError); the log has it.")


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (TemporarilyUnavailable("The database does not answer."), [4, 16, None]),
        (SetupError("The key is missing."), [4, 16, None]),
        (RuntimeError("a defect"), [4, 16, None]),
        (InvalidInput("No."), [None, None, None]),
    ],
)
def test_waits_grow_until_the_attempts_are_used_up(error: Exception, waits: list[int | None]) -> None:
    strategy = worker.UntilItHelps(3)
    decided = []
    for attempts in range(3):
        job = Job(id=1, queue="test", lock=None, queueing_lock=None, task_name="test", attempts=attempts)
        decision = strategy.get_retry_decision(exception=error, job=job)
        retry_at = decision.retry_at if decision else None
        decided.append(round((retry_at - clock.now()).total_seconds()) if retry_at else None)
    assert decided == waits


def test_worker_in_a_thread_survives_the_loss_of_its_connections(
    database: support.Database, house: support.TestHouse
) -> None:
    working = start_worker()
    try:
        first = deferred(house.owner, "test.add_contact", number=1)
        wait_until(lambda: status_of(database, first)[0] == "succeeded")
        with database.as_login("admin", autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'eventos-worker' and datname = current_database()"
            )
        second = deferred(house.owner, "test.add_contact", number=2)
        wait_until(lambda: status_of(database, second)[0] == "succeeded")
    finally:
        working.stop()
    assert not working.is_working


def test_stopping_waits_for_the_job_in_hand_and_signs_the_worker_off(
    database: support.Database, house: support.TestHouse
) -> None:
    def doing() -> bool:
        return status_of(database, number)[0] == "doing"

    number = deferred(house.owner, "test.slow", seconds=2)
    working = start_worker()
    wait_until(doing)
    working.stop()
    working.stop()  # a second time does no harm
    assert not working.is_working
    assert status_of(database, number)[0] == "succeeded"
    with database.as_login("migrator") as connection:
        left = connection.execute(
            "select count(*) from procrastinate.procrastinate_workers"
            " where last_heartbeat > now() - interval '1 minute'"
        ).fetchone()
    assert left == (0,)


def test_worker_that_was_never_started_can_be_stopped() -> None:
    never = Worker()
    never.stop()
    assert not never.is_working


def test_periodic_upkeep_runs_as_the_app(database: support.Database, house: support.TestHouse) -> None:
    names = {job.name for job in registry.registered().values() if job.kind == "upkeep" and job.cron}
    assert {"seal_audit", "ensure_partitions", "cleanup", "retake_lost_jobs"} <= names

    def done() -> bool:
        with database.as_login("migrator") as connection:
            rows = connection.execute(
                "select task_name from procrastinate.procrastinate_jobs"
                " where queue_name = 'upkeep' and status = 'succeeded'"
            ).fetchall()
        return {name for (name,) in rows} >= names

    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute("delete from procrastinate.procrastinate_periodic_defers")
        connection.execute("delete from procrastinate.procrastinate_jobs where queue_name = 'upkeep'")
    working = start_worker()
    try:
        wait_until(done)
    finally:
        working.stop()

    def sealed() -> bool:
        upkeep.seal_audit()
        with database.as_login("migrator") as connection:
            row = connection.execute(
                "select exists (select from audit_seals where account_id = %s)", [house.account_id]
            ).fetchone()
        return row == (True,)

    # A transaction in another test's database on this server may have held sealing back: later runs make up for it.
    wait_until(sealed)


def test_effect_noted_by_a_key_is_not_repeated(house: support.TestHouse, database: support.Database) -> None:
    def effect(db: TenantSession) -> bool:
        return registry.first_time(db, credential.job_id, "test")

    credential = support.running_job(database, house)
    with unit_of_work(credential) as db:
        assert effect(db)
    with unit_of_work(credential) as db:
        assert not effect(db)
