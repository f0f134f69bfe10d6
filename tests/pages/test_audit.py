"""The Audit and Jobs pages: filters by URL, an entry's drawer, the chain on request, who may not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import execute, read
from eventos_core.kernel.permissions import Role
from eventos_core.operations import audit
from eventos_core.operations.audit import AuditFilter
from eventos_core.operations.jobs import queries as jobs
from eventos_core.operations.jobs import schedules, worker
from eventos_core.tenancy import commands, queries
from eventos_core.tenancy.commands import DescribeMember
from eventos_core.ui import page
from tests.pages.page_helpers import words
from tests.support import Database, TestHouse, seal

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]


def rename(house: TestHouse, name: str) -> int:
    version = read(house.owner, queries.member, house.owner_member_id).version
    execute(house.owner, commands.describe_member, DescribeMember(house.owner_member_id, version, name))
    return int(read(house.owner, audit.entries, AuditFilter(table_name="account_users")).frame["id"].iloc[0])


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def test_entries_are_listed_and_narrowed_by_the_url(house: TestHouse, open_page: OpenPage) -> None:
    rename(house, "Claire Renamed")
    whole = open_page("admin_audit", house.owner)
    assert not whole.exception
    assert len(whole.dataframe[0].value) > 1
    request = read(house.owner, audit.entries, AuditFilter(table_name="account_users")).frame["request_id"].iloc[0]
    one = open_page("admin_audit", house.owner, audit_request=str(request))
    assert len(one.dataframe[0].value) == 1
    assert "Only one request" in words(one)


def test_drawer_tells_before_and_after(house: TestHouse, open_page: OpenPage) -> None:
    entry = rename(house, "Claire Afterwards")
    at = open_page("admin_audit", house.owner, entry=str(entry))
    said = words(at)
    assert "| Field | Before | After |" in said
    assert "Claire Afterwards" in said


@pytest.mark.parametrize("entry", ["999999999", "not-a-number"])
def test_link_to_no_entry_says_so(house: TestHouse, open_page: OpenPage, entry: str) -> None:
    at = open_page("admin_audit", house.owner, entry=entry)
    assert not at.exception
    assert "no" in words(at).lower()


def test_chain_is_verified_on_request(house: TestHouse, open_page: OpenPage, database: Database) -> None:
    rename(house, "Claire Sealed")
    with database.as_login("migrator") as connection:
        seal(connection)
    at = open_page("admin_audit", house.owner)
    assert "The chain is whole" not in words(at)
    press(at, "Verify now")
    assert "The chain is whole" in words(at)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.MANAGER])
def test_audit_is_closed_below_admin(house: TestHouse, open_page: OpenPage, role: Role) -> None:
    at = open_page("admin_audit", house.member(role))
    assert "This page is not open to you" in words(at)
    assert not at.dataframe


def _job_of(house: TestHouse) -> str:
    return str(read(house.owner, jobs.house_jobs)["id"].iloc[0])


def test_jobs_of_this_house_only(
    two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage, database: Database
) -> None:
    first, second = two_houses
    with database.as_login("migrator") as connection:
        connection.execute(
            "insert into procrastinate.procrastinate_jobs (queue_name, task_name, args, status) values"
            " ('house', 'run_import', jsonb_build_object('account_id', %s::bigint), 'failed')",
            [first.account_id],
        )
    mine, theirs = open_page("admin_jobs", first.owner), open_page("admin_jobs", second.owner)
    assert "1 failed" in words(mine)
    assert list(mine.dataframe[-1].value["Job"]) == ["Import a file"]
    assert "Import a file that was mapped" in words(open_page("admin_jobs", first.owner, job=_job_of(first)))
    assert "No background work so far." in words(theirs)
    assert "This page is not open to you" in words(open_page("admin_jobs", first.member(Role.MEMBER)))


def test_schedules_are_listed_changed_and_run(
    house: TestHouse, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[Callable[[], bool]] = []
    monkeypatch.setattr(page, "until", watched.append)
    schedules.queue_schedules()
    at = open_page("admin_jobs", house.owner)
    assert "Next: " in words(at)
    plan = at.dataframe[0].value
    assert "At 03:30, every day" in list(plan["Runs"])
    number = str(read(house.owner, schedules.schedules)["id"].iloc[0])
    drawer = open_page("admin_jobs", house.owner, schedule=number)
    assert "It has not run yet." in words(drawer)
    assert not watched
    press(drawer, "Run now")
    assert "It waits for the worker." in words(drawer)
    assert not watched[-1]()
    assert list(open_page("admin_jobs", house.owner).dataframe[1].value["Status"].str[0]) == ["Waiting"]
    drawer = open_page("admin_jobs", house.owner, schedule=number)
    drawer.text_input[-1].input("* * * * *")
    press(drawer, "Save schedule")
    assert "At most every 5 minutes" in words(drawer)
    drawer.text_input[-1].input("0 6 * * 1")
    press(drawer, "Save schedule")
    assert read(house.owner, schedules.schedule, int(number)).schedule == "0 6 * * 1"
    worker.run_until_empty(queues=["house"])
    assert watched[-1]()
    assert "Last run " in words(open_page("admin_jobs", house.owner, schedule=number))
    assert "names no schedule" in words(open_page("admin_jobs", house.owner, schedule="x"))
