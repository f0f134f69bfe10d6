"""What people do about contacts, deals and sponsors, and what they note."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import TIMESTAMP, CheckConstraint, Computed, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.crm import ActivityDirection, ActivityKind, ActivityOutcome, Priority
from eventos_core.models.base import Archivable, Editable, Minutes, TenantTable, choice, ref
from eventos_core.models.types import fragments

_LINKED = "num_nonnulls(contact_id, organization_id, opportunity_id, event_id, sponsor_id) >= 1"


class Activity(TenantTable, Editable, Archivable):
    """A call, e-mail, meeting, task or visit, planned or done, about at least one record."""

    __tablename__ = "activities"
    __domain__ = "crm"
    __derived__ = {"search_text": "app.search_key(concat_ws(' ', new.subject, left(new.body, 2000)))"}
    __table_args__ = (
        CheckConstraint(_LINKED, name="linked_to_something"),
        CheckConstraint("length(subject) between 1 and 300", name="subject_length"),
        CheckConstraint("outcome is null or done_at is not null", name="outcome_only_when_done"),
        CheckConstraint("done_by_id is null or done_at is not null", name="doer_only_when_done"),
        Index(
            "ix_activities_open_of_owner",
            "account_id",
            "owner_id",
            "due_at",
            postgresql_where=text("done_at is null and archived_at is null"),
        ),
        Index(
            "ix_activities_open_of_deal",
            "account_id",
            "opportunity_id",
            "due_at",
            postgresql_where=text("done_at is null and archived_at is null"),
        ),
        Index("ix_activities_contact_timeline", "account_id", "contact_id", "timeline_at", "id"),
        Index("ix_activities_organization_timeline", "account_id", "organization_id", "timeline_at", "id"),
        Index("ix_activities_opportunity_timeline", "account_id", "opportunity_id", "timeline_at", "id"),
        Index("ix_activities_event_timeline", "account_id", "event_id", "timeline_at", "id"),
        Index("ix_activities_sponsor_timeline", "account_id", "sponsor_id", "timeline_at", "id"),
        fragments("activities", "search_text"),
    )

    kind: Mapped[ActivityKind] = choice(ActivityKind, ActivityKind.TASK)
    """call, email, meeting, task or visit."""
    subject: Mapped[str]
    """One line, 1 to 300 characters."""
    body: Mapped[str | None]
    """What was said or is to be done."""
    contact_id: Mapped[int | None] = ref("contacts")
    organization_id: Mapped[int | None] = ref("organizations")
    opportunity_id: Mapped[int | None] = ref("opportunities")
    event_id: Mapped[int | None] = ref("events")
    sponsor_id: Mapped[int | None] = ref("sponsors")
    meeting_booking_id: Mapped[int | None] = ref("meeting_bookings", on_delete="SET NULL")
    """→ meeting_bookings: the booked meeting it stands for."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who does it."""
    direction: Mapped[ActivityDirection | None] = choice(ActivityDirection)
    """Calls and e-mails: who reached out."""
    priority: Mapped[Priority] = choice(Priority, Priority.NORMAL)
    """How urgent."""
    due_at: Mapped[dt.datetime | None]
    """When it is due or begins; NULL = no date."""
    all_day: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether only the day of due_at counts, in the house's zone."""
    duration_minutes: Mapped[Minutes | None]
    """How long it takes or took."""
    location: Mapped[str | None]
    """Where, or the link of the call."""
    done_at: Mapped[dt.datetime | None]
    """When it was done; NULL = open."""
    done_by_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who did it."""
    outcome: Mapped[ActivityOutcome | None] = choice(ActivityOutcome)
    """How it ended."""
    outcome_note: Mapped[str | None]
    """More on how it ended."""
    timeline_at: Mapped[dt.datetime] = mapped_column(
        TIMESTAMP(timezone=True), Computed("coalesce(done_at, due_at, created_at)", persisted=True)
    )
    """Place on timelines: done, else due, else made; generated."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Subject and body, normalised. Kept by trigger."""


class Note(TenantTable, Editable, Archivable):
    """Free text about at least one record."""

    __tablename__ = "notes"
    __domain__ = "crm"
    __derived__ = {"search_text": "app.search_key(left(new.body, 4000))"}
    __table_args__ = (
        CheckConstraint(_LINKED, name="linked_to_something"),
        CheckConstraint("length(body) between 1 and 50000", name="body_length"),
        Index("ix_notes_contact_timeline", "account_id", "contact_id", "created_at", "id"),
        Index("ix_notes_organization_timeline", "account_id", "organization_id", "created_at", "id"),
        Index("ix_notes_opportunity_timeline", "account_id", "opportunity_id", "created_at", "id"),
        Index("ix_notes_event_timeline", "account_id", "event_id", "created_at", "id"),
        Index("ix_notes_sponsor_timeline", "account_id", "sponsor_id", "created_at", "id"),
        fragments("notes", "search_text"),
    )

    body: Mapped[str]
    """The text, Markdown, 1 to 50,000 characters."""
    pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it stays on top of timelines."""
    contact_id: Mapped[int | None] = ref("contacts")
    organization_id: Mapped[int | None] = ref("organizations")
    opportunity_id: Mapped[int | None] = ref("opportunities")
    event_id: Mapped[int | None] = ref("events")
    sponsor_id: Mapped[int | None] = ref("sponsors")
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """The text, normalised. Kept by trigger."""
