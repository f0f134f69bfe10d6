"""The worker: a thread with an event loop of its own, inside the app or in a process of its own.

It polls each second instead of listening, so that it also works behind a pooler in transaction mode and so that
deferring takes no notification lock at commit.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import procrastinate
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.app import WorkerOptions
from procrastinate.jobs import Job

from eventos_core.db import urls
from eventos_core.kernel.errors import EventOSError, SetupError, TemporarilyUnavailable
from eventos_core.operations import start
from eventos_core.operations.jobs.registry import HouseJob, note_failure, registered, run_house_job

log = logging.getLogger(__name__)

POLLING_SECONDS = 1.0
CONCURRENCY = 2
GRACE_SECONDS = 20
"""How long a stopping worker waits for the jobs in hand; what is not done by then is taken up again elsewhere."""
MISSED_SECONDS = 86_400
"""A periodic job whose time came while nothing ran is caught up within this time: laptops sleep at night."""


class UntilItHelps(BaseRetryStrategy):
    """Try again, with growing waits (4, 16, 64 … seconds), unless the error says that trying will not help."""

    def __init__(self, attempts: int) -> None:
        self.attempts = attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again; None when the job has failed for good."""
        if job.attempts + 1 >= self.attempts or is_final(exception):
            return None
        return RetryDecision(retry_in={"seconds": 4 ** (job.attempts + 1)})


def is_final(error: BaseException) -> bool:
    """Whether the same job would fail the same way again: a refusal, as against an outage or a defect."""
    return isinstance(error, EventOSError) and not isinstance(error, (TemporarilyUnavailable, SetupError))


def build_app() -> App:
    """The engine's app with every registered job as a task; house jobs in queue `house`, upkeep in `upkeep`."""
    start.load()
    connector = PsycopgConnector(
        conninfo=urls.libpq(urls.resolve("app")),
        kwargs={"options": "-c search_path=procrastinate,public", "application_name": "eventos-worker"},
        min_size=1,
        max_size=CONCURRENCY + 3,
    )
    app = App(connector=connector, periodic_defaults={"max_delay": MISSED_SECONDS})
    for job in registered().values():
        _add(app, job)
    return app


async def run_worker(app: App, *, wait: bool = True, queues: Iterable[str] | None = None) -> None:
    """Work off all queues, or those named; with `wait=False` only until they are empty."""
    options: WorkerOptions = {
        "wait": wait,
        "concurrency": CONCURRENCY,
        "fetch_job_polling_interval": POLLING_SECONDS,
        "abort_job_polling_interval": 5.0,
        "shutdown_graceful_timeout": GRACE_SECONDS,
        "listen_notify": False,
        "install_signal_handlers": False,
        "delete_jobs": "never",
    }
    if queues is not None:
        options["queues"] = list(queues)
    async with app.open_async():
        await app.run_worker_async(**options)


def run_until_empty(*, queues: Iterable[str] | None = None) -> None:
    """Work off what waits now, in this thread."""
    with _runner() as runner:
        runner.run(run_worker(build_app(), wait=False, queues=queues))


class Worker:
    """A worker in a thread; `stop` waits for the jobs in hand (at most `GRACE_SECONDS`)."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="eventos-worker", daemon=True)

    def start(self) -> Worker:
        """Begin working; returns once the thread's loop runs."""
        self._thread.start()
        self._ready.wait(10)
        return self

    @property
    def is_working(self) -> bool:
        """Whether the thread runs; after `stop` only while a job takes longer than it may."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Finish the jobs in hand and end; safe to call twice."""
        self._stopping.set()
        loop, task = self._loop, self._task
        if loop is not None and task is not None and not task.done():
            loop.call_soon_threadsafe(task.cancel)
        if self._thread.is_alive():
            self._thread.join(GRACE_SECONDS + 5)

    def _run(self) -> None:
        try:
            with _runner() as runner:
                runner.run(self._main())
        except Exception:
            log.exception("The background worker stopped")
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._ready.set()
        pause = 1.0
        while not self._stopping.is_set():
            try:
                await run_worker(build_app())
                # The engine ends a worker whose heartbeat failed; the database is back, so begin again.
                log.warning("The background worker lost its heartbeat; starting it again in %.0f s", pause)
            except asyncio.CancelledError:
                return
            except Exception:
                # The database may be restarting: keep trying, with longer and longer pauses.
                log.exception("The background worker lost its database; trying again in %.0f s", pause)
            try:
                await asyncio.sleep(pause)
            except asyncio.CancelledError:
                return
            pause = min(pause * 2, 60)


def start_worker() -> Worker:
    """Start the in-process worker."""
    return Worker().start()


def _runner() -> asyncio.Runner:
    # psycopg cannot use the event loop that Windows has by default.
    return asyncio.Runner(loop_factory=asyncio.SelectorEventLoop if os.name == "nt" else None)


def _add(app: App, job: HouseJob) -> None:
    if job.kind == "upkeep":
        task = app.task(name=job.name, queue="upkeep", queueing_lock=job.name)(_upkeep(job))
        cron = job.cron_of() if job.cron_of else job.cron
        if cron is not None:
            app.periodic(cron=cron)(task)
        return
    app.task(name=job.name, queue="house", pass_context=True, retry=UntilItHelps(job.attempts))(_house(job))


def _house(job: HouseJob) -> Callable[..., None]:
    def run(context: JobContext, **arguments: Any) -> None:
        if context.job.id is None:
            raise procrastinate.exceptions.ProcrastinateException("A job without an id cannot enter a house.")
        try:
            run_house_job(job, context.job.id, arguments)
        except Exception as error:
            note_failure(context.job.id, error, schedule_id=arguments.get("schedule_id"))
            raise

    return run


def _upkeep(job: HouseJob) -> Callable[[int], None]:
    def run(timestamp: int) -> None:
        del timestamp  # the engine says when it was due; upkeep looks at the clock itself
        job.function()

    return run
