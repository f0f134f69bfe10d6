"""What runs when for a house, and what must not run twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.operations import RunStatus
from eventos_core.models.base import (
    Editable,
    JsonObject,
    Name,
    TenantTable,
    Zone,
    choice,
    ref,
)
from eventos_core.models.types import SILENT, Digest


class ScheduledJob(TenantTable, Editable):
    """What runs regularly for a house; the job engine looks for due rows every minute."""

    __domain__ = "operations"
    __tablename__ = "scheduled_jobs"
    __table_args__ = (
        UniqueConstraint("account_id", "kind", "name"),
        CheckConstraint("schedule ~ '^[^ ]+( [^ ]+){4}$'", name="schedule_has_five_fields"),
        CheckConstraint("not enabled or next_run_at is not null", name="enabled_has_a_next_run"),
        Index(
            "ix_scheduled_jobs_due",
            "next_run_at",
            "account_id",
            postgresql_where=text("enabled"),
        ),
    )

    kind: Mapped[str] = mapped_column(info={"check": "{c} ~ '^[a-z][a-z0-9_.]*$'"})
    """Key of the job in the registry."""
    name: Mapped[Name]
    """What it does, as shown on the Jobs page."""
    schedule: Mapped[str]
    """Five cron fields: minute, hour, day, month, weekday."""
    timezone: Mapped[Zone]
    """IANA zone the cron fields are read in."""
    arguments: Mapped[JsonObject]
    """Arguments of the job: ids and plain values only."""
    event_id: Mapped[int | None] = ref("events", on_delete="CASCADE")
    """→ events: the event it serves; NULL = the house."""
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether it runs."""
    next_run_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When it runs next; computed from the schedule."""
    last_run_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When it last began."""
    last_status: Mapped[RunStatus | None] = choice(RunStatus, info=SILENT)
    """How that ended."""
    last_result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), info=SILENT)
    """What it reported: counts and short texts."""
    last_error: Mapped[str | None] = mapped_column(info=SILENT)
    """Why it failed; NULL after a success."""
    last_job_id: Mapped[int | None] = mapped_column(info=SILENT)
    """Job of the last run (procrastinate)."""


class IdempotencyKey(TenantTable):
    """An action already done under a key chosen by the caller: asked again, it answers the same."""

    __domain__ = "operations"
    __tablename__ = "idempotency_keys"
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        CheckConstraint("created_at < expires_at", name="expires_after_creation"),
        Index("ix_idempotency_keys_expires_at", "account_id", "expires_at"),
    )

    key: Mapped[str] = mapped_column(info={"check": "length({c}) between 1 and 200"})
    """Chosen by the caller; for a job its id, so that its effect happens once."""
    request_hash: Mapped[Digest]
    """HMAC of command and input under the installation's key: nothing in it can be guessed. For a job SHA-256 of `key`.

    The same key with another request is refused.
    """
    command: Mapped[str]
    """Which command ran."""
    response: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What it answered; NULL where it answers nothing or was redacted by an erasure."""
    status_code: Mapped[int | None] = mapped_column(Integer, info={"check": "{c} between 100 and 599"})
    """HTTP status given by the API; NULL for pages and jobs."""
    redacted_at: Mapped[dt.datetime | None]
    """When an erasure removed the answer; NULL while whole."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When the action was done."""
    expires_at: Mapped[dt.datetime] = mapped_column(server_default=text("now() + interval '30 days'"))
    """From when the key may be forgotten."""
