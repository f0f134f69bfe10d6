"""Deferring a job inside the transaction that needs it: both happen or neither."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from sqlalchemy import text

from eventos_core.db.session import TenantSession


def defer(
    db: TenantSession,
    job: str,
    *,
    at: dt.datetime | None = None,
    lock: str | None = None,
    once: str | None = None,
    priority: int = 0,
    queue: str = "house",
    **arguments: int | str | bool | None,
) -> int | None:
    """Queue `job` for the house in context; returns its id, or None when `once` names one that waits already.

    `lock`: jobs with the same lock run one after the other; `once`: at most one such job waits. Both are made
    unique to the house here. `arguments` are ids and small options, never contents.
    """
    house = db.context.account_id
    values: dict[str, Any] = {
        "task": job,
        "args": json.dumps(arguments),
        "queue": queue,
        "lock": f"{house}:{lock}" if lock else None,
        "once": f"{house}:{once}" if once else None,
        "at": at,
        "priority": priority,
    }
    db.flush()
    job_id: int | None = db.scalar(
        text(
            "select app.defer_job(:task, cast(:args as jsonb), :queue, :lock, :once,"
            " cast(:at as timestamptz), :priority)"
        ),
        values,
    )
    return job_id


def is_under_way(db: TenantSession, job_id: int) -> bool:
    """Whether a job of the house still waits or runs; one whose worker died counts until it is given up."""
    return bool(
        db.scalar(
            text(
                "select exists (select from procrastinate.procrastinate_jobs where id = :id"
                " and (args ->> 'account_id')::bigint = :account and status in ('todo', 'doing'))"
            ),
            {"id": job_id, "account": db.context.account_id},
        )
    )
