"""Jobs: what runs regularly for this house, what ran or waits, and how it ended."""

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.operations.jobs import queries, schedules
from eventos_core.operations.list_joins import Everything
from eventos_core.ui import exporting, jobs, page, views

ctx = page.start("Jobs", requires=Permission.JOBS_READ, icon="schedule")
latest = page.read(ctx, queries.house_jobs)
planned = page.read(ctx, schedules.schedules)
head = page.head(
    ctx, "Jobs", caption=jobs.caption(ctx, latest, planned),
    menu=("Refresh", *exporting.menu(ctx, Permission.JOBS_READ, also=("schedules",))),
)  # fmt: skip
if head.menu == "Refresh":
    page.refresh()

jobs.watch(ctx, latest)
st.subheader("Scheduled", anchor=False)
plans = views.bar(ctx, "schedules", "All schedules", columns=jobs.SCHEDULE_COLUMNS)
everything = page.filters(Everything, prefix="schedules", bar=plans)
jobs.schedule_table(ctx, planned, plans)
st.subheader("Runs", anchor=False)
wanted, bar = jobs.filter_row(ctx)
exporting.answer(ctx, head, "jobs", wanted, bar.picked)
exporting.answer(ctx, head, "schedules", everything, plans.picked, also="schedules")
found = page.read(ctx, queries.house_jobs, wanted) if wanted.states else latest
jobs.table(ctx, found, wanted, bar)

page.drawers(
    {
        "schedule": page.Drawer("Schedule", lambda raw: jobs.schedule_drawer(ctx, raw), width=480, icon="event_repeat"),
        "job": page.Drawer("Job", lambda raw: jobs.job_drawer(ctx, found, raw), width=480, icon="manufacturing"),
    }
)
