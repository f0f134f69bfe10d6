"""Jobs that exist in tests only, for this process and for worker processes that tests kill."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import event, text

from eventos_core.db.session import TenantSession, unit_of_work
from eventos_core.directory import commands as directory
from eventos_core.directory.rules.contacts import ContactFields
from eventos_core.kernel.credentials import JobCredential
from eventos_core.kernel.errors import NotFound
from eventos_core.operations import start
from eventos_core.operations.jobs import house_job, long_job, worker
from tests import support

NAME = "Made by a job"


def wait_until(holds: Callable[[], bool], *, seconds: float = 60) -> None:
    """Look until it holds. Fails after `seconds`."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


_dies_at: str | int | None = None
"""In a worker that is to die: “before” or “after” the commit, or the number of the call at which it does."""


def _moment(name: str) -> None:
    if _dies_at == name:
        os.kill(os.getpid(), signal.SIGKILL)


@house_job("test.add_contact", title="Add a contact", attempts=3)
def add_contact(db: TenantSession, number: int = 0) -> None:
    """Add one person."""
    directory.create_contact(db, directory.CreateContact(ContactFields(last_name=f"{NAME} {number}")))
    event.listen(db, "after_commit", lambda _: _moment("after"))
    _moment("before")


@house_job("test.look_around", title="Look around", attempts=1)
def look_around(db: TenantSession) -> None:
    """Write down what a job sees without any filter of its own."""
    seen = db.execute(text("select string_agg(distinct account_id::text, ',') from contacts")).scalar()
    name = f"sees {seen} as {db.scalar(text('select session_user'))}"
    directory.create_contact(db, directory.CreateContact(ContactFields(last_name=name)))


@house_job("test.trespass", title="Trespass", attempts=1)
def trespass(db: TenantSession, account: int) -> None:
    """Try to write into another house."""
    db.execute(text("insert into contacts (account_id, full_name) values (:a, 'left behind')"), {"a": account})


@house_job("test.refused", title="Refuse")
def refused(db: TenantSession) -> None:
    """Fail in a way that trying again does not mend."""
    raise NotFound("The file of this job is gone.", hint="Upload it again.")


@house_job("test.defect", title="Fail", attempts=3)
def defect(db: TenantSession) -> None:
    """Fail as a defect does."""
    raise ValueError("a secret value")


@long_job("test.slow", title="Take long")
def slow(credential: JobCredential, seconds: int = 0) -> None:
    """Take a while, then have an effect."""
    time.sleep(seconds)
    with unit_of_work(credential) as db:
        directory.create_contact(db, directory.CreateContact(ContactFields(last_name=f"{NAME} slowly")))


def status_of(database: support.Database, job_id: int | None) -> tuple[str, int, str | None]:
    """Status, attempts and noted error of a job."""
    with database.as_login("migrator") as connection:
        row = connection.execute(
            "select status::text, attempts, args ->> 'error' from procrastinate.procrastinate_jobs where id = %s",
            [job_id],
        ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def people(database: support.Database, house: support.TestHouse, like: str = NAME) -> int:
    """How many people of that name the house has."""
    with database.as_login("migrator") as connection:
        row = connection.execute(
            "select count(*) from contacts where account_id = %s and full_name like %s", [house.account_id, f"{like}%"]
        ).fetchone()
    assert row is not None
    return int(row[0])


def _die(place: str | int, queue: str) -> None:
    """Work off `queue` and be killed at `place`; ends the process in any case, telling how many calls it made."""
    global _dies_at
    _dies_at = place
    calls = itertools.count()

    def called(*_: Any) -> None:
        if next(calls) == place:
            os.kill(os.getpid(), signal.SIGKILL)

    # Python and C functions alike, in every thread: any two of them may be the ones between which the power goes.
    threading.setprofile(called)
    sys.setprofile(called)
    worker.run_until_empty(queues=[queue])
    sys.setprofile(None)
    os.write(1, f"{next(calls)}\n".encode())
    os._exit(0)


def _killed(place: str | int, queue: str) -> bool:
    """Whether a worker of its own was killed at `place`; forked, since importing everything takes seconds."""
    child = os.fork()
    if not child:
        _die(place, queue)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    start.load()
    for given, where in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        killed = _killed(int(given) if given.lstrip("-").isdigit() else given, where)
        os.write(1, b"killed\n" if killed else b"")
