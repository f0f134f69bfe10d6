"""Schedules: times in the house's zone, one run after a pause, one dispatcher wins, results and failures shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.db.registry import execute, read
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import RunStatus
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.errors import Conflict, EditConflict, InvalidInput, NotAllowedNow, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.operations import needs
from eventos_core.operations.jobs import cron, queries, registry, schedules, worker
from eventos_core.operations.jobs.schedules import EditSchedule, RetryJob, RunSchedule, Schedule
from tests import support

PARIS = "Europe/Paris"
PAST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def failing() -> Iterator[None]:
    """A schedule that fails in one house only, for this test."""

    @registry.scheduled("test.fails_at_aurore", title="Fail at Aurore", cron="0 5 * * *", attempts=1)
    def fails_at_aurore(db: TenantSession) -> dict[str, int]:
        """Fail in one house."""
        if db.context.account_name == "Maison Aurore":
            raise Conflict("Aurore is closed.", hint="Open it.")
        return {"looked at": 3}

    yield
    del registry._JOBS["test.fails_at_aurore"]


def by_name(credential: MemberCredential) -> dict[str, Schedule]:
    frame = read(credential, schedules.schedules)
    return {row.name: read(credential, schedules.schedule, row.id) for row in frame.itertuples()}


def make_due(database: support.Database, house: support.TestHouse, name: str, at: dt.datetime = PAST) -> None:
    with database.as_login("migrator") as connection:
        done = connection.execute(
            "update scheduled_jobs set next_run_at = %s where account_id = %s and name = %s",
            [at, house.account_id, name],
        )
        assert done.rowcount == 1


def work() -> None:
    worker.run_until_empty(queues=["house"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "five cron fields"), ("30 7 * *", "five cron fields"), ("61 7 * * *", "five cron fields"),
        ("@daily", "five cron fields"), ("* * * * * *", "five cron fields"), ("* * * * *", "every 5 minutes"),
        ("0,2 * * * *", "every 5 minutes"), ("0 0 30 2 *", "never comes due"), ("'; drop table x", "five cron fields"),
    ],
)  # fmt: skip
def test_schedule_that_cannot_be_kept_is_refused_at_its_field(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        cron.check(text)
    assert problem in refused.value.fields["schedule"]


@given(
    st.integers(0, 59), st.integers(0, 23), st.sampled_from(["*", "1", "5", "1-5"]),
    st.sampled_from([PARIS, "America/New_York", "Asia/Kolkata", "Pacific/Apia"]),
    st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC)),
)  # fmt: skip
def test_next_time_lies_ahead_and_on_the_wall_clock(
    minute: int, hour: int, weekday: str, zone: str, now: dt.datetime
) -> None:
    found = cron.next_time(cron.check(f"{minute} {hour} * * {weekday}"), zone, now)
    local = found.astimezone(ZoneInfo(zone))
    assert now < found <= now + dt.timedelta(days=8)
    # In the night when the clock changes that minute may not exist, or be met an hour apart.
    shifted = local.utcoffset() != (local - dt.timedelta(hours=25)).utcoffset()
    assert (local.hour, local.minute) == (hour, minute) or shifted


def test_schedule_is_told_in_words() -> None:
    assert cron.words("30 7 * * 1") == "At 07:30, on Monday"
    assert cron.words("50 3 * * *") == "At 03:50, every day"
    assert cron.words("0 7,12,19 * * *") == "At 07:00, 12:00 and 19:00, every day"
    assert cron.words("30 7 * * 1,3,5") == "At 07:30, on Mon, Wed and Fri"
    assert cron.words("0 8 * * 1-5") == "At 08:00, Monday through Friday"
    assert cron.words("*/10 * * * *") == "Every 10 minutes"
    assert cron.words("0 9 1 1 *") == "At 09:00, on day 1 of the month, in January"
    assert cron.words("not cron") == "not cron"


def test_every_house_gets_its_schedules_once_in_its_zone(
    two_houses: tuple[support.TestHouse, support.TestHouse],
) -> None:
    for _ in range(2):
        schedules.queue_schedules()
    for house in two_houses:
        found = by_name(house.owner)
        assert {"Fail at Aurore", "Prove stored figures", "Verify the audit chain"} <= set(found)
        assert set(found) == {job.title for job in registry.registered().values() if job.cron and job.kind == "house"}
        one = found["Prove stored figures"]
        assert one.next_run_at is not None
        local = one.next_run_at.astimezone(ZoneInfo(PARIS))
        assert (local.hour, local.minute) == (3, 30)
        assert one.enabled
        assert one.last_status is None


def test_due_job_runs_once_for_its_house_however_often_it_was_missed(
    database: support.Database, two_houses: tuple[support.TestHouse, support.TestHouse]
) -> None:
    first, second = two_houses
    schedules.queue_schedules()
    make_due(database, first, "Prove stored figures")
    for _ in range(3):
        schedules.queue_schedules()
    work()
    done = by_name(first.owner)["Prove stored figures"]
    assert done.last_status is RunStatus.DONE
    assert done.last_result == {"differences": 0}
    assert done.next_run_at is not None
    assert done.next_run_at > clock.now()
    assert list(read(first.owner, queries.house_jobs)["task"]) == ["reconcile"]
    assert by_name(second.owner)["Prove stored figures"].last_status is None


def test_of_two_dispatchers_one_queues_it(database: support.Database, house: support.TestHouse) -> None:
    schedules.queue_schedules()
    make_due(database, house, "Prove stored figures")
    number = by_name(house.owner)["Prove stored figures"].id

    def queue(_: int) -> int | None:
        with database.as_login("app") as connection:
            row = connection.execute(
                "select app.queue_schedule(%s, %s, %s, now() + interval '1 day')", [house.account_id, number, PAST]
            ).fetchone()
            return None if row is None else row[0]

    with ThreadPoolExecutor(8) as pool:
        queued = [job for job in pool.map(queue, range(8)) if job is not None]
    assert len(queued) == 1


def test_failure_stands_in_the_schedule_and_needs_somebody(
    database: support.Database, two_houses: tuple[support.TestHouse, support.TestHouse]
) -> None:
    schedules.queue_schedules()
    for house in two_houses:
        make_due(database, house, "Fail at Aurore")
    schedules.queue_schedules()
    work()
    first, second = (by_name(house.owner)["Fail at Aurore"] for house in two_houses)
    assert (first.last_status, first.last_error) == (RunStatus.FAILED, "Aurore is closed. Open it.")
    assert (second.last_status, second.last_result) == (RunStatus.DONE, {"looked at": 3})
    assert [need.title for need in read(two_houses[0].owner, needs.needs)] == ["Fail at Aurore failed"]
    assert read(two_houses[1].owner, needs.needs) == []
    assert read(two_houses[0].member(Role.MEMBER), needs.needs) == []


def test_failed_job_is_run_again_by_its_own_house_only(
    database: support.Database, two_houses: tuple[support.TestHouse, support.TestHouse]
) -> None:
    first, second = two_houses
    schedules.queue_schedules()
    make_due(database, first, "Fail at Aurore")
    schedules.queue_schedules()
    work()
    jobs = read(first.owner, queries.house_jobs)
    assert list(jobs["status"]) == ["failed"]
    number = int(jobs["id"].iloc[0])
    for other in (second.owner, second.member(Role.ADMIN)):
        with pytest.raises(NotFound):
            execute(other, schedules.retry_job, RetryJob(number))
    with pytest.raises(PermissionDenied):
        execute(first.member(Role.MANAGER), schedules.retry_job, RetryJob(number))
    execute(first.owner, schedules.retry_job, RetryJob(number))
    assert list(read(first.owner, queries.house_jobs)["status"]) == ["todo"]
    with pytest.raises(NotFound):
        execute(first.owner, schedules.retry_job, RetryJob(number))


def test_schedule_is_edited_switched_off_and_on(database: support.Database, house: support.TestHouse) -> None:
    schedules.queue_schedules()
    one = by_name(house.owner)["Prove stored figures"]
    weekly = EditSchedule(one.id, one.version, "0  6 * * 1", "Asia/Tokyo", True)
    saved = execute(house.owner, schedules.edit_schedule, weekly)
    now = by_name(house.owner)["Prove stored figures"]
    assert (now.schedule, now.timezone, now.version) == ("0 6 * * 1", "Asia/Tokyo", saved.version)
    assert now.next_run_at is not None
    assert now.next_run_at.astimezone(ZoneInfo("Asia/Tokyo")).strftime("%a %H:%M") == "Mon 06:00"
    with pytest.raises(EditConflict):
        execute(house.owner, schedules.edit_schedule, EditSchedule(one.id, one.version, "0 7 * * 1", PARIS, True))
    execute(house.owner, schedules.edit_schedule, EditSchedule(one.id, saved.version, "0 6 * * 1", "Asia/Tokyo", False))
    off = by_name(house.owner)["Prove stored figures"]
    assert off.next_run_at is None
    schedules.queue_schedules()
    assert read(house.owner, queries.house_jobs).empty


def test_run_now_leaves_the_times_and_waits_once(house: support.TestHouse) -> None:
    schedules.queue_schedules()
    before = by_name(house.owner)["Verify the audit chain"]
    execute(house.owner, schedules.run_schedule, RunSchedule(before.id))
    with pytest.raises(NotAllowedNow):
        execute(house.owner, schedules.run_schedule, RunSchedule(before.id))
    work()
    after = by_name(house.owner)["Verify the audit chain"]
    assert after.last_status is RunStatus.DONE
    assert after.next_run_at == before.next_run_at
    assert after.last_result is not None
    assert set(after.last_result) == {"entries sealed", "entries waiting"}


@pytest.mark.parametrize("role", [Role.MEMBER, Role.MANAGER])
def test_only_admins_change_or_run_schedules(house: support.TestHouse, role: Role) -> None:
    schedules.queue_schedules()
    one = by_name(house.owner)["Prove stored figures"]
    member = house.member(role)
    for command, wanted in (
        (schedules.edit_schedule, EditSchedule(one.id, one.version, "0 6 * * 1", PARIS, False)),
        (schedules.run_schedule, RunSchedule(one.id)),
    ):
        with pytest.raises(PermissionDenied):
            execute(member, command, wanted)  # type: ignore[arg-type]
    assert by_name(house.owner)["Prove stored figures"] == one


def test_another_house_s_schedule_does_not_exist(two_houses: tuple[support.TestHouse, support.TestHouse]) -> None:
    schedules.queue_schedules()
    theirs = by_name(two_houses[1].owner)["Prove stored figures"]
    mine = two_houses[0].owner
    with pytest.raises(NotFound):
        read(mine, schedules.schedule, theirs.id)
    with pytest.raises(NotFound):
        execute(mine, schedules.run_schedule, RunSchedule(theirs.id))
    with pytest.raises(NotFound):
        execute(mine, schedules.edit_schedule, EditSchedule(theirs.id, theirs.version, "0 6 * * 1", PARIS, False))
