"""Schedules: what runs regularly for a house, queued when due, caught up once after a pause, edited by its admins."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import select, text

from eventos_core.db.editing import edit, get
from eventos_core.db.engine import app_engine
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import command, query
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import RunStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow, NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import ScheduledJob
from eventos_core.operations.jobs import cron
from eventos_core.operations.jobs.defer import defer
from eventos_core.operations.jobs.registry import HouseJob, nightly, registered
from eventos_core.operations.needs import Need, Urgency, needs_me

_AT_ONCE = 200

SCHEDULES = FrameSpec(
    id="int",
    name="text",
    schedule="text",
    timezone="text",
    enabled="bool",
    next_run_at="instant",
    last_run_at="instant",
    last_status="text",
    last_error="text",
)
"""One row per schedule of the house; `last_status` is a RunStatus, NA before the first run."""


@dataclass(frozen=True)
class Schedule:
    """One schedule with what its last run reported; times in UTC."""

    id: int
    version: int
    kind: str
    name: str
    about: str
    schedule: str
    timezone: str
    enabled: bool
    next_run_at: dt.datetime | None
    last_run_at: dt.datetime | None
    last_status: RunStatus | None
    last_result: dict[str, Any] | None
    last_error: str | None


@dataclass(frozen=True)
class EditSchedule:
    """When it runs, as seen at `version`: five cron fields read in `timezone`, or not at all."""

    schedule_id: int
    version: int
    schedule: str
    timezone: str
    enabled: bool


@dataclass(frozen=True)
class ScheduleSaved:
    """The schedule's id and version after the command."""

    schedule_id: int
    version: int


@dataclass(frozen=True)
class RunSchedule:
    """Run it now, besides its times."""

    schedule_id: int


@dataclass(frozen=True)
class RetryJob:
    """Run a failed job again."""

    job_id: int


@dataclass(frozen=True)
class JobQueued:
    """The job that waits now."""

    job_id: int


@query(requires=Permission.JOBS_READ)
def schedules(db: TenantSession) -> pd.DataFrame:
    """The house's schedules as `SCHEDULES`, by name."""
    s = ScheduledJob
    statement = select(
        s.id, s.name, s.schedule, s.timezone, s.enabled, s.next_run_at, s.last_run_at, s.last_status, s.last_error
    ).where(s.account_id == db.context.account_id)
    return SCHEDULES.query(db, statement.order_by(s.name, s.id))


@query(requires=Permission.JOBS_READ)
def schedule(db: TenantSession, schedule_id: int) -> Schedule:
    """One schedule. Raises NotFound."""
    row = get(db, ScheduledJob, schedule_id, what="schedule")
    known = registered().get(row.kind)
    return Schedule(
        row.id, row.version, row.kind, row.name, known.about if known else "", row.schedule, row.timezone, row.enabled,
        row.next_run_at, row.last_run_at, row.last_status, row.last_result, row.last_error,
    )  # fmt: skip


@command(requires=Permission.JOBS_MANAGE)
def edit_schedule(db: TenantSession, cmd: EditSchedule) -> ScheduleSaved:
    """Change when it runs, or whether; the next time follows from now on, missed ones are let go.

    Raises NotFound, EditConflict, InvalidInput (fields `schedule`, `timezone`).
    """
    text_ = cron.check(cmd.schedule)
    if cmd.timezone not in clock.zone_names():
        raise InvalidInput("This is no time zone.", fields={"timezone": "Choose a zone such as Europe/Paris."})
    values = {"schedule": text_, "timezone": cmd.timezone, "enabled": cmd.enabled}
    row = edit(db, ScheduledJob, cmd.schedule_id, cmd.version, values, what="schedule")
    row.next_run_at = cron.next_time(text_, cmd.timezone, clock.now()) if cmd.enabled else None
    db.flush()
    db.refresh(row)
    return ScheduleSaved(row.id, row.version)


@command(requires=Permission.JOBS_MANAGE)
def run_schedule(db: TenantSession, cmd: RunSchedule) -> JobQueued:
    """Queue it now; its next time stays. Raises NotFound, NotAllowedNow while it waits already."""
    row = get(db, ScheduledJob, cmd.schedule_id, lock=True, what="schedule")
    if row.kind not in registered():
        raise NotFound(f"This version of EventOS has no job “{row.kind}”.", hint="Switch the schedule off.")
    # The same lock as the dispatcher's: of two that wait one is enough.
    number = defer(db, row.kind, once=f"schedule:{row.id}", schedule_id=row.id, **row.arguments)
    if number is None:
        raise NotAllowedNow(f"“{row.name}” waits to run already.", hint="Look again in a minute.")
    row.last_job_id, row.last_status = number, RunStatus.QUEUED
    db.flush()
    return JobQueued(number)


@command(requires=Permission.JOBS_MANAGE)
def retry_job(db: TenantSession, cmd: RetryJob) -> JobQueued:
    """Queue a failed job again, with all its attempts. Raises NotFound when it is none of the house's failed ones."""
    if not db.scalar(text("select app.retry_job(:i)"), {"i": cmd.job_id}):
        raise NotFound("This job cannot be run again.", hint="It runs, waits or ended well; refresh the page.")
    return JobQueued(cmd.job_id)


@needs_me(Permission.JOBS_MANAGE)
def failed_schedules(db: TenantSession) -> list[Need]:
    """Schedules whose last run failed; at most 4, the latest first."""
    s = ScheduledJob
    rows = db.execute(
        select(s.id, s.name, s.last_run_at)
        .where(s.account_id == db.context.account_id, s.enabled, s.last_status == RunStatus.FAILED)
        .order_by(s.last_run_at.desc(), s.id)
        .limit(4)
    ).all()
    return [
        Need(
            f"{row.name} failed", "Jobs: the reason stands there", Urgency.LATE, "admin_jobs",
            {"schedule": str(row.id)}, row.last_run_at,
        )
        for row in rows
    ]  # fmt: skip


@nightly("queue_schedules", cron="* * * * *")
def queue_schedules() -> None:
    """Queue what is due, one run each however many times were missed; give houses schedules that they lack."""
    for job in registered().values():
        if job.title and job.cron:
            _add_missing(job, job.cron)
    while True:
        with app_engine().begin() as connection:
            due = connection.execute(text("select * from app.due_schedules(:n)"), {"n": _AT_ONCE}).all()
            for row in due:
                # Only this house's zone says when a day begins; the row is ours if nobody moved its time meanwhile.
                following = cron.next_time(row.schedule, row.timezone, clock.now())
                connection.execute(
                    text("select app.queue_schedule(:a, :i, :due, :next)"),
                    {"a": row.account_id, "i": row.id, "due": row.due_at, "next": following},
                )
        if len(due) < _AT_ONCE:
            return


def _add_missing(job: HouseJob, schedule: str) -> None:
    with app_engine().begin() as connection:
        for house in connection.execute(text("select * from app.houses_without_schedule(:k)"), {"k": job.name}).all():
            connection.execute(
                text("select app.add_schedule(:a, :k, :n, :s, :next)"),
                {
                    "a": house.account_id, "k": job.name, "n": job.title, "s": schedule,
                    "next": cron.next_time(schedule, house.timezone, clock.now()),
                },
            )  # fmt: skip
