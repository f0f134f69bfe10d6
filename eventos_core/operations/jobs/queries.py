"""The house's background jobs, as the Jobs page lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import text

from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission

JOBS = FrameSpec(
    id="int",
    task="text",
    status="text",
    attempts="int",
    queued_at="instant",
    scheduled_at="instant",
    ended_at="instant",
    error="text",
)
"""One row per job of the house; `error` says why the last attempt failed.

`status` is the engine's: todo, doing, succeeded, failed, cancelled, aborted.
"""


@dataclass(frozen=True)
class JobFilter:
    """Which jobs to list: those in one of these states of the engine; none = all."""

    states: tuple[str, ...] = ()


_OWN = "app.own_jobs(cast(:n as integer), cast(:s as text[]), cast(:b as bigint))"


@query(requires=Permission.JOBS_READ)
def house_jobs(
    db: TenantSession, wanted: JobFilter | None = None, *, limit: int = 200, before: int | None = None
) -> pd.DataFrame:
    """The house's newest jobs as `JOBS`, at most `limit`; those older than the job `before`."""
    return JOBS.query(db, text(f"select * from {_OWN}"), _given(wanted, limit, before))


@query(requires=Permission.JOBS_READ)
def house_jobs_counted(db: TenantSession, wanted: JobFilter, limit: int) -> int:
    """How many jobs the filter lists, counted up to `limit`."""
    return db.scalar(text(f"select count(*) from {_OWN}"), _given(wanted, limit, None)) or 0


def _given(wanted: JobFilter | None, limit: int, before: int | None) -> dict[str, Any]:
    return {"n": limit, "s": list(wanted.states) if wanted and wanted.states else None, "b": before}
