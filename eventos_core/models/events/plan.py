"""The plan of an event: tasks, milestones, what waits for what, and risks."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import CheckConstraint, Computed, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.events import (
    ApprovalStatus,
    DependencyKind,
    PlanKind,
    PlanPhase,
    Priority,
    RiskCategory,
    RiskResponse,
    RiskStatus,
    TaskStatus,
)
from eventos_core.models.base import (
    Count,
    CurrencyCode,
    Customised,
    Editable,
    JsonList,
    MinorUnits,
    Minutes,
    Name,
    Tagged,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.events._parts import EventsTable, OfEvent, Score


class EventPlanning(EventsTable, OfEvent, Editable, Customised, Tagged):
    """A task, milestone or approval in the plan of an event; overdue and the critical path are computed.

    With `due_days_before` the due day hangs on the event: whoever moves the event's start moves `due_on` too.
    """

    __tablename__ = "event_planning"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        Index("ix_event_planning_order", "account_id", "event_id", "phase", "position", "id"),
        Index("ix_event_planning_due", "account_id", "event_id", "due_on"),
        Index("ix_event_planning_board", "account_id", "event_id", "status", "position"),
        Index(
            "ix_event_planning_open",
            "account_id",
            "due_on",
            postgresql_where=text("status not in ('done', 'cancelled')"),
        ),
        Index(
            "ix_event_planning_mine",
            "account_id",
            "owner_id",
            "due_on",
            postgresql_where=text("status not in ('done', 'cancelled')"),
        ),
        Index(
            "ix_event_planning_approvals",
            "account_id",
            "approver_id",
            postgresql_where=text("approval = 'pending'"),
        ),
        CheckConstraint("parent_id <> id", name="not_own_parent"),
        CheckConstraint("starts_on <= due_on", name="starts_before_due"),
        CheckConstraint("due_days_before is null or due_on is not null", name="relative_due_is_resolved"),
        CheckConstraint("(status = 'done') = (done_at is not null)", name="done_has_time"),
        CheckConstraint("progress_percent between 0 and 100", name="progress_is_percent"),
        CheckConstraint("approval <> 'approved' or approved_at is not null", name="approved_has_time"),
    )

    parent_id: Mapped[int | None] = ref("event_planning", on_delete="SET NULL", through_event=True)
    """→ event_planning: the task it is part of."""
    kind: Mapped[PlanKind] = choice(PlanKind, PlanKind.TASK)
    """Work to do, a date to reach, or a decision to get."""
    phase: Mapped[PlanPhase] = choice(PlanPhase, PlanPhase.PLANNING)
    """Part of the event's life it belongs to."""
    workstream: Mapped[str | None]
    """The house's own grouping, such as “Press” or “Set”."""
    title: Mapped[Name]
    """What is to be done, beginning with a verb."""
    description: Mapped[str | None]
    """In Markdown."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who does it."""
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the outside person it waits for."""
    vendor_id: Mapped[int | None] = ref("organizations")
    """→ organizations: the supplier it is about."""
    status: Mapped[TaskStatus] = choice(TaskStatus, TaskStatus.TODO)
    """Where it stands."""
    priority: Mapped[Priority] = choice(Priority, Priority.NORMAL)
    """How much depends on it."""
    starts_on: Mapped[dt.date | None]
    """First day of work planned."""
    due_on: Mapped[dt.date | None]
    """Last day, in the event's zone: what lists sort by, whether absolute or hung on the event."""
    due_days_before: Mapped[int | None] = mapped_column(Integer)
    """Days before the event's first day (negative: after it); empty: `due_on` stands by itself."""
    duration_days: Mapped[Count] = mapped_column(server_default=text("1"))
    """Days of elapsed work, for the critical path; 0 for a milestone."""
    effort_minutes: Mapped[Minutes | None]
    """Work expected."""
    progress_percent: Mapped[Count] = mapped_column(server_default=text("0"))
    """How far it is, by its owner."""
    checklist: Mapped[JsonList]
    """Objects of text and done, in order."""
    approval: Mapped[ApprovalStatus] = choice(ApprovalStatus, ApprovalStatus.NOT_NEEDED)
    """Whether somebody must agree before it counts as done, and has."""
    approver_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who must agree."""
    approved_at: Mapped[dt.datetime | None]
    """When they agreed."""
    approval_note: Mapped[str | None]
    """What they said."""
    blocked_reason: Mapped[str | None]
    """What it waits for, while blocked."""
    done_at: Mapped[dt.datetime | None]
    """When it was done."""
    done_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who ticked it off."""
    reminder_days: Mapped[Count | None]
    """Days before it is due on which the owner is reminded; empty: by the house's setting."""
    cue_id: Mapped[int | None] = ref("event_schedules", on_delete="SET NULL", through_event=True)
    """→ event_schedules: the cue it prepares."""
    logistic_id: Mapped[int | None] = ref("event_logistics", on_delete="SET NULL", through_event=True)
    """→ event_logistics: the item it gets."""
    document_id: Mapped[int | None] = ref("event_documents", on_delete="SET NULL", through_event=True)
    """→ event_documents: the document it makes or needs."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order within phase or column, from 0."""


class TaskDependency(EventsTable, OfEvent, Timestamped):
    """One task waits for another; a cycle is refused by the command that adds the row."""

    __tablename__ = "task_dependencies"
    __table_args__ = (
        UniqueConstraint("account_id", "event_id", "predecessor_id", "successor_id", name="uq_task_dependencies_pair"),
        CheckConstraint("predecessor_id <> successor_id", name="not_on_itself"),
    )

    predecessor_id: Mapped[int] = ref("event_planning", on_delete="CASCADE", through_event=True)
    """→ event_planning: the earlier task."""
    successor_id: Mapped[int] = ref("event_planning", on_delete="CASCADE", through_event=True)
    """→ event_planning: the task that waits."""
    kind: Mapped[DependencyKind] = choice(DependencyKind, DependencyKind.FINISH_TO_START)
    """Which end holds back which."""
    lag_days: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Days to wait besides; negative: overlap allowed."""


class EventRisk(EventsTable, OfEvent, Editable, Customised, Tagged):
    """Something that may go wrong, how bad, what is done about it, and what it would hit."""

    __tablename__ = "event_risks"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        Index("ix_event_risks_register", "account_id", "event_id", "score", "id"),
        Index(
            "ix_event_risks_open",
            "account_id",
            "review_on",
            postgresql_where=text("status in ('open', 'mitigating')"),
        ),
        CheckConstraint("exposure_minor is null or currency is not null", name="exposure_has_currency"),
        CheckConstraint("exposure_minor >= 0", name="exposure_not_negative"),
        CheckConstraint("(residual_likelihood is null) = (residual_impact is null)", name="residual_both_or_none"),
        CheckConstraint("closed_at is null or status in ('closed', 'occurred')", name="closed_has_ended"),
    )

    category: Mapped[RiskCategory] = choice(RiskCategory)
    """Where it comes from."""
    title: Mapped[Name]
    """What may happen, in a line."""
    description: Mapped[str | None]
    """Cause, event, consequence."""
    likelihood: Mapped[Score]
    """1 rare to 5 almost certain, before mitigation."""
    impact: Mapped[Score]
    """1 negligible to 5 severe, before mitigation."""
    score: Mapped[int] = mapped_column(Integer, Computed("likelihood * impact", persisted=True))
    """Likelihood × impact, 1 to 25."""
    residual_likelihood: Mapped[Score | None]
    """The same after mitigation, as judged."""
    residual_impact: Mapped[Score | None]
    """The same after mitigation, as judged."""
    residual_score: Mapped[int | None] = mapped_column(
        Integer, Computed("residual_likelihood * residual_impact", persisted=True)
    )
    """Residual likelihood × residual impact; empty while not judged."""
    response: Mapped[RiskResponse] = choice(RiskResponse, RiskResponse.REDUCE)
    """What is done about it in principle."""
    mitigation: Mapped[str | None]
    """What makes it less likely or less bad."""
    contingency: Mapped[str | None]
    """What is done if it happens."""
    trigger_sign: Mapped[str | None]
    """By what one sees that it is happening, such as a wind speed."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who watches it."""
    status: Mapped[RiskStatus] = choice(RiskStatus, RiskStatus.OPEN)
    """Where it stands."""
    identified_on: Mapped[dt.date | None]
    """When it was first seen."""
    review_on: Mapped[dt.date | None]
    """Next day on which it is looked at again."""
    occurred_at: Mapped[dt.datetime | None]
    """When it happened."""
    closed_at: Mapped[dt.datetime | None]
    """When it was closed."""
    outcome: Mapped[str | None]
    """How it ended; a lesson for the next edition."""
    exposure_minor: Mapped[MinorUnits | None]
    """What it would cost."""
    currency: Mapped[CurrencyCode | None]
    """Currency of the exposure."""
    cue_id: Mapped[int | None] = ref("event_schedules", on_delete="SET NULL", through_event=True)
    """→ event_schedules: the cue it would hit."""
    task_id: Mapped[int | None] = ref("event_planning", on_delete="SET NULL", through_event=True)
    """→ event_planning: the task it would hit, or that mitigates it."""
    budget_line_id: Mapped[int | None] = ref("event_budget_lines", on_delete="SET NULL", through_event=True)
    """→ event_budget_lines: the line it would hit."""
    staff_id: Mapped[int | None] = ref("event_staff", on_delete="SET NULL", through_event=True)
    """→ event_staff: the shift it would hit, or that stands by."""
