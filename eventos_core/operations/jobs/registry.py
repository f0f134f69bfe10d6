"""What can run in the background: jobs of one house, long jobs that commit their progress, and nightly upkeep."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, text, update
from sqlalchemy.exc import DBAPIError

from eventos_core.db.engine import app_engine
from eventos_core.db.registry import translate
from eventos_core.db.session import TenantSession, reading, retrying, unit_of_work
from eventos_core.enums.operations import RunStatus
from eventos_core.kernel.credentials import JobCredential
from eventos_core.kernel.errors import EventOSError, NotFound, NotSignedIn, PermissionDenied, TemporarilyUnavailable
from eventos_core.models.operations import ScheduledJob

log = logging.getLogger(__name__)
Result = Callable[[TenantSession], Mapping[str, Any] | None]
Kind = Literal["house", "long", "upkeep"]


@dataclass(frozen=True)
class HouseJob:
    """A registered job: its key, what it does in one line, and how it is called."""

    name: str
    about: str
    kind: Kind
    function: Callable[..., Any]
    cron: str | None = None
    attempts: int = 5
    """How often it is tried before it counts as failed; waits grow in between."""
    title: str = ""
    """What it is called on the Jobs page; empty for upkeep, which houses do not see."""
    cron_of: Callable[[], str | None] | None = None
    """Asked for `cron` when a worker starts, where that is configured; None = it does not run by itself."""


_JOBS: dict[str, HouseJob] = {}


def house_job(name: str, *, title: str, attempts: int = 5) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register `(db, **ids) -> None`: its effect is one transaction that also notes the job's id.

    `title` is what people call it, in a few words.
    A job that is run again after its worker was killed finds the note and does nothing a second time.
    """
    return _register(name, "house", attempts=attempts, title=title)


def long_job(name: str, *, title: str, attempts: int = 3) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register `(credential: JobCredential, **ids) -> None`, which opens its own transactions (progress apart)."""
    return _register(name, "long", attempts=attempts, title=title)


def scheduled(name: str, *, title: str, cron: str, attempts: int = 3) -> Callable[[Result], Result]:
    """Register `(db) -> counts and short texts, or None`: a job that every house gets a schedule of.

    `cron` (five fields, in the house's zone) is the schedule that a house starts with. What the function returns is
    kept as the schedule's last result, in the transaction of the effect.
    """

    def register(function: Result) -> Result:
        def run(db: TenantSession, schedule_id: int | None = None) -> None:
            told = function(db)
            if schedule_id is not None:
                _note_run(db, schedule_id, RunStatus.DONE, dict(told or {}), None)

        run.__doc__ = function.__doc__
        _register(name, "house", attempts=attempts, title=title, cron=cron)(run)
        return function

    return register


def nightly(name: str, *, cron: str | Callable[[], str | None]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register `() -> None` that runs across the installation by cron (UTC); it may call upkeep functions only.

    A `cron` that depends on the installation's configuration is a function; None means that it does not run by itself.
    """
    asked = cron if callable(cron) else None
    return _register(name, "upkeep", cron=None if callable(cron) else cron, attempts=1, cron_of=asked)


def registered() -> dict[str, HouseJob]:
    """All jobs by key."""
    return dict(_JOBS)


STATES = {
    "todo": "Waiting", "doing": "Running", "succeeded": "Done", "failed": "Failed", "cancelled": "Cancelled",
    "aborting": "Stopping", "aborted": "Stopped",
}  # fmt: skip
"""The engine's states as people read them."""


def state_of(status: str) -> str:
    """The engine's state in words."""
    return STATES.get(status, status.capitalize())


def title_of(task: str) -> str:
    """What a job is called, also one that this version no longer knows."""
    job = _JOBS.get(task)
    return (job.title if job else "") or task.replace("_", " ").capitalize()


def about_of(task: str) -> str:
    """What a job does, in a sentence; empty for one that this version no longer knows."""
    job = _JOBS.get(task)
    return job.about if job else ""


def run_house_job(job: HouseJob, job_id: int, arguments: dict[str, Any]) -> None:
    """Run a job of kind house or long; called by the worker.

    Raises PermissionDenied when whoever deferred it has left the house, or the house is suspended.
    """
    credential = JobCredential(job_id)
    known = {name: value for name, value in arguments.items() if name in _parameters(job.function)}
    try:
        if job.kind == "long":
            with reading(credential) as db:
                _enter(db)
            job.function(credential, **known)
        else:
            retrying(lambda: _once(job, credential, known))
    except DBAPIError as error:
        raise translate(error) from error


def missing_arguments(job: HouseJob, given: Collection[str] = ()) -> list[str]:
    """Arguments without which the job cannot run, the first one (session or credential) aside."""
    parameters = list(inspect.signature(job.function).parameters.values())
    needed = parameters if job.kind == "upkeep" else parameters[1:]
    return [p.name for p in needed if p.default is inspect.Parameter.empty and p.name not in given]


def note_failure(job_id: int, error: Exception, *, schedule_id: int | None = None) -> None:
    """Write why a job failed beside its arguments and in its schedule; a defect is named by its class only."""
    shown = str(error) if isinstance(error, EventOSError) else f"A defect ({type(error).__name__}); the log has it."
    try:
        with app_engine().begin() as connection:
            connection.execute(
                text(
                    "update procrastinate.procrastinate_jobs"
                    " set args = args || jsonb_build_object('error', cast(:e as text)) where id = :i"
                ),
                {"e": shown[:500], "i": job_id},
            )
        if schedule_id is not None:
            with unit_of_work(JobCredential(job_id)) as db:
                _note_run(db, schedule_id, RunStatus.FAILED, None, shown[:500])
    except (DBAPIError, EventOSError):
        log.exception("Why job %d failed could not be noted", job_id)


def _note_run(
    db: TenantSession, schedule_id: int, status: RunStatus, told: dict[str, Any] | None, error: str | None
) -> None:
    db.execute(
        update(ScheduledJob)
        .where(ScheduledJob.account_id == db.context.account_id, ScheduledJob.id == schedule_id)
        .values(last_status=status, last_result=told, last_error=error, last_run_at=func.now())
        .execution_options(synchronize_session=False)
    )


def _once(job: HouseJob, credential: JobCredential, arguments: dict[str, Any]) -> None:
    with unit_of_work(credential) as db:
        _enter(db)
        if first_time(db, credential.job_id, job.name):
            job.function(db, **arguments)


def _enter(db: TenantSession) -> None:
    """Enter the job's house, or say why it cannot be entered any more."""
    try:
        _ = db.context
    except NotFound as error:
        raise PermissionDenied(
            "Who started this job is no longer a member of the house.", hint="Let a member start it again."
        ) from error
    except NotSignedIn as error:
        # Not final: another worker has it, or will.
        raise TemporarilyUnavailable(
            "This job was taken from its worker while it ran.", hint="It is run again."
        ) from error


def first_time(db: TenantSession, job_id: int, name: str) -> bool:
    """Note in this transaction that the job has had its effect; False when it had it before."""
    inserted = db.execute(
        text(
            "insert into idempotency_keys (account_id, key, command, request_hash)"
            " values (:a, :k, :c, sha256(convert_to(:k, 'UTF8'))) on conflict (account_id, key) do nothing returning id"
        ),
        {"a": db.context.account_id, "k": f"job:{job_id}", "c": name},
    ).scalar()
    return inserted is not None


@functools.cache
def _parameters(function: Callable[..., Any]) -> frozenset[str]:
    return frozenset(inspect.signature(function).parameters)


def _register(
    name: str,
    kind: Kind,
    *,
    cron: str | None = None,
    attempts: int,
    title: str = "",
    cron_of: Callable[[], str | None] | None = None,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def register(function: Callable[..., None]) -> Callable[..., None]:
        if name in _JOBS:
            raise TypeError(f"Two jobs are called {name}.")
        about = (inspect.getdoc(function) or "").partition("\n")[0]
        _JOBS[name] = HouseJob(name, about, kind, function, cron, attempts, title, cron_of)
        return function

    return register
