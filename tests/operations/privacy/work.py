"""Working off what privacy requests wait for, and nothing else that waits in a test's house."""

from __future__ import annotations

from eventos_core.kernel.credentials import JobCredential
from eventos_core.operations import start
from eventos_core.operations.jobs.registry import registered, run_house_job
from tests.support import Database

WORK = ["search_subject", "erase_subject"]


def work_off(database: Database) -> None:
    """Run the searches and erasures that wait, in order, as a worker does. Raises what stops one of them."""
    while (job := take(database)) is not None:
        run(database, *job)


def take(database: Database) -> tuple[JobCredential, str, int] | None:
    """Take the next one in hand: its job, what it is called, the request; None where nothing waits."""
    with database.as_login("migrator") as connection:
        row = connection.execute(
            "update procrastinate.procrastinate_jobs set status = 'doing' where id = ("
            " select min(id) from procrastinate.procrastinate_jobs where status = 'todo' and task_name = any(%s))"
            " returning id, task_name, (args ->> 'request_id')::bigint", [WORK],
        ).fetchone()  # fmt: skip
    return (JobCredential(row[0]), row[1], row[2]) if row else None


def run(database: Database, job: JobCredential, name: str, request: int) -> None:
    """Run a job in hand to its end, good or bad."""
    start.load()
    state = "failed"
    try:
        run_house_job(registered()[name], job.job_id, {"request_id": request})
        state = "succeeded"
    finally:
        with database.as_login("migrator") as connection:
            connection.execute(
                "update procrastinate.procrastinate_jobs set status = %s where id = %s", [state, job.job_id]
            )
