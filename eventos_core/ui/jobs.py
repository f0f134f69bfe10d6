"""The Jobs page's parts: what runs regularly for this house, and what ran or waits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from eventos_core.db.registry import read
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.operations import RunStatus
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.jobs import cron, queries, registry, schedules
from eventos_core.operations.jobs.queries import JobFilter
from eventos_core.operations.jobs.schedules import Schedule
from eventos_core.ui import formats, page, tables, views
from eventos_core.ui.errors import escaped, panel
from eventos_core.ui.page import PageContext
from eventos_core.ui.tables import Column, Meaning
from eventos_core.ui.views import Bar

_MEANINGS: dict[str, Meaning] = {
    "Waiting": "gray", "Running": "blue", "Done": "green", "Failed": "red", "Cancelled": "gray", "Stopping": "orange",
    "Stopped": "gray",
}  # fmt: skip
_LAST: dict[str, Meaning] = {
    RunStatus.QUEUED.label: "gray", RunStatus.RUNNING.label: "blue", RunStatus.DONE.label: "green",
    RunStatus.FAILED.label: "red", RunStatus.CANCELLED.label: "gray", "Off": "gray",
}  # fmt: skip


_MOMENT = dt.timedelta(minutes=10)
"""What is due within that time is waited for by the page that shows it."""


class Shown(LabelledEnum):
    """Which jobs, at one glance."""

    OPEN = "open"
    FAILED = "failed"
    DONE = "done"

    @property
    def label(self) -> str:
        """As the control says it."""
        return {"open": "Waiting or running", "failed": "Failed", "done": "Done"}[self.value]

    @property
    def states(self) -> tuple[str, ...]:
        """The engine's states that it stands for."""
        return {"open": ("todo", "doing", "aborting"), "failed": ("failed", "aborted", "cancelled"),
                "done": ("succeeded",)}[self.value]  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """The filter row as the URL says it."""

    show: Shown | None = None


SCHEDULE_COLUMNS = (
    Column("name", "Job", width=215),
    Column("result", "Result", "status", meanings=_LAST, width=90),
    Column("said", "Runs", width=255),
    Column("next_run_at", "Next", "instant", width=175),
    Column("last_run_at", "Last", "instant", width=175),
    Column("last_error", "Reason", width="large"),
)
COLUMNS = (
    Column("about", "Job", width=230),
    Column("state", "Status", "status", meanings=_MEANINGS, width=100),
    Column("queued_at", "Queued", "instant", width=175),
    Column("ended_at", "Ended", "instant", width=175),
    Column("attempts", "Attempts", "count", width=80),
    Column("error", "Reason", width="large"),
    Column("scheduled_at", "Planned", "instant", extra=True),
)


def filter_row(ctx: PageContext) -> tuple[JobFilter, Bar]:
    """Which of the runs to list."""
    bar = views.bar(ctx, "jobs", "All runs", columns=COLUMNS)
    wish = page.filters(Wish, prefix="jobs", bar=bar)
    return JobFilter(wish.show.states if wish.show else ()), bar


def caption(ctx: PageContext, jobs: pd.DataFrame, planned: pd.DataFrame) -> str:
    """“2 running · 1 failed · Next: Prove stored figures, Mon 23 Nov 2026, 03:30 Paris”, or that all is quiet."""
    counts = jobs["status"].value_counts()
    parts = [f"{counts[s]} {registry.state_of(s).lower()}" for s in ("doing", "todo", "failed") if s in counts]
    ahead = planned[planned["enabled"]].dropna(subset="next_run_at").sort_values("next_run_at")
    if len(ahead):
        one = ahead.iloc[0]
        at = formats.instant(one["next_run_at"], ctx.house.zone, ctx.locale)
        parts.append(f"Next: {escaped(one['name'])}, {escaped(at)}")
    return " · ".join(parts) or "Nothing is running or waiting."


def schedule_table(ctx: PageContext, planned: pd.DataFrame, bar: Bar) -> None:
    """What runs regularly; a row opens the schedule."""
    if planned.empty:
        page.nothing_yet(
            "No schedules yet.", hint="They appear within a minute of the worker's start.", icon="schedule"
        )
        return
    shown = planned.assign(
        said=[cron.words(one) for one in planned["schedule"]],
        result=pd.Series(
            [
                "Off" if not enabled else None if formats.missing(status) else RunStatus(status).label
                for enabled, status in zip(planned["enabled"], planned["last_status"], strict=True)
            ],
            dtype="string",
        ),
    )
    tables.table(
        shown,
        bar.columns,
        key="schedules", alt="Scheduled jobs; choose one to change or run it", zone=ctx.house.zone, lang=ctx.locale,
        opens="schedule", rows=20,
    )  # fmt: skip


def schedule_drawer(ctx: PageContext, raw_id: str) -> None:
    """One schedule: what it does, its last run, run now, and when it runs."""
    if not raw_id.isdigit():
        panel("This link names no schedule.", "Go back to the list.", icon="search_off")
        return
    one = page.read(ctx, schedules.schedule, int(raw_id))
    st.title(escaped(one.name), anchor=False)
    st.markdown(escaped(one.about))
    _last_run(ctx, one)
    if not ctx.can(Permission.JOBS_MANAGE):
        st.caption(f"{escaped(cron.words(one.schedule))}, {escaped(one.timezone)} time.")
        return
    name = f"run_schedule_{one.id}"
    if page.pressed("Run now", name=name, icon="play_arrow"):
        page.act(ctx, schedules.run_schedule, schedules.RunSchedule(one.id), key=name, done=f"{one.name} is queued.")
    with page.form(f"schedule_{one.id}") as form:
        enabled = form.field("enabled", st.toggle, "Runs by itself", value=one.enabled)
        text = form.text(
            "schedule", "Schedule", one.schedule, max_chars=100,
            help="Five cron fields: minute, hour, day of the month, month, weekday (0 is Sunday). "
            "30 7 * * 1 is every Monday at 07:30.",
        )  # fmt: skip
        zone = form.pick("timezone", "Time zone", clock.zone_names(), one.timezone)
        st.caption(f"Now: {escaped(cron.words(one.schedule))}, {escaped(one.timezone)} time.")
        if form.submit("Save schedule"):
            given = schedules.EditSchedule(one.id, form.version(one.version), text, zone, enabled)
            page.act(ctx, schedules.edit_schedule, given, form=form, done="Schedule saved.")


def watch(ctx: PageContext, jobs: pd.DataFrame) -> None:
    """Run the page again as soon as a job that waits or runs has come further."""
    soon = clock.now() + _MOMENT
    due = jobs["scheduled_at"].isna() | (jobs["scheduled_at"] < soon)
    if (due & jobs["status"].isin(Shown.OPEN.states)).any():
        page.until(lambda: _stand(read(ctx.credential, queries.house_jobs)) != _stand(jobs))


def _stand(jobs: pd.DataFrame) -> list[tuple[int, str, int]]:
    return [(int(row["id"]), str(row["status"]), int(row["attempts"])) for row in jobs.to_dict("records")]


def _last_run(ctx: PageContext, one: Schedule) -> None:
    if one.last_status in (RunStatus.QUEUED, RunStatus.RUNNING):
        st.caption("It waits for the worker." if one.last_status is RunStatus.QUEUED else "It is running.")
        return
    if one.last_status is None or one.last_run_at is None:
        st.caption("It has not run yet.")
        return
    when = escaped(formats.instant(one.last_run_at, ctx.house.zone, ctx.locale))
    st.caption(f"Last run {when}: {one.last_status.label.lower()}")
    if one.last_status is RunStatus.FAILED and one.last_error:
        st.error(escaped(one.last_error), icon=":material/error:")
    elif one.last_status is RunStatus.DONE and one.last_result:
        told = [
            f"{escaped(str(key).capitalize())}: **{escaped(str(value))}**" for key, value in one.last_result.items()
        ]
        st.markdown(" · ".join(told))


def table(ctx: PageContext, jobs: pd.DataFrame, wanted: JobFilter, bar: Bar) -> None:
    """The jobs, newest first; a row opens the job."""
    if jobs.empty and wanted.states:
        page.nothing_yet("No run matches.", hint="Choose All, or another state.", icon="filter_alt")
        return
    if jobs.empty:
        page.nothing_yet("No background work so far.", hint="Imports and schedules run here.", icon="schedule")
        return
    tables.table(
        _told(jobs), bar.columns,
        key="jobs", alt="Background jobs of the house, newest first", zone=ctx.house.zone, lang=ctx.locale, rows=20,
        opens="job",
    )  # fmt: skip


def job_drawer(ctx: PageContext, jobs: pd.DataFrame, raw_id: str) -> None:
    """One job: how it went, and another try where it failed."""
    found = jobs[jobs["id"].astype("string") == raw_id]
    if found.empty:
        panel("This job is no longer listed.", "Jobs that ended well are kept for two weeks.", icon="search_off")
        return
    one = _told(found).iloc[0]
    st.title(escaped(one["about"]), anchor=False)
    st.markdown(f":{_MEANINGS.get(one['state'], 'gray')}-badge[{one['state']}]")
    if about := registry.about_of(one["task"]):
        st.markdown(escaped(about))
    tries = formats.count(one["attempts"])
    st.caption(f"Queued {formats.instant(one['queued_at'], ctx.house.zone, ctx.locale)} · attempts: {tries}")
    if not formats.missing(one["error"]):
        st.error(escaped(one["error"]), icon=":material/error:")
    if one["status"] in ("failed", "aborted") and ctx.can(Permission.JOBS_MANAGE):
        name = f"retry_job_{raw_id}"
        if page.pressed("Run again", name=name, icon="replay", primary=True):
            page.act(ctx, schedules.retry_job, schedules.RetryJob(int(raw_id)), key=name, done="Queued again.")


def _told(jobs: pd.DataFrame) -> pd.DataFrame:
    return jobs.assign(
        about=[registry.title_of(task) for task in jobs["task"]],
        state=[registry.state_of(status) for status in jobs["status"]],
    )
