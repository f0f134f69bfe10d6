"""What guests answered after an event, and what anybody said besides."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.events import FeedbackSource, FeedbackTopic, Priority, Sentiment, TriageStatus
from eventos_core.models.base import Archivable, Customised, Editable, JsonObject, Name, Tagged, choice, ref
from eventos_core.models.events._parts import EventsTable, OfEvent, Score
from eventos_core.models.types import LocaleCode


class EventFeedback(EventsTable, OfEvent, Editable, Customised):
    """The answer of one attendee about an event: recommendation, satisfaction, ratings, words.

    NPS = share of 9–10 minus share of 0–6 of the valid answers; CSAT = share of 4–5. A question left out is NULL
    and counts in neither.
    """

    __tablename__ = "event_feedback"
    __table_args__ = (
        UniqueConstraint("account_id", "event_id", "attendee_id", name="uq_event_feedback_attendee"),
        Index("ix_event_feedback_submitted", "account_id", "event_id", "submitted_at"),
        CheckConstraint(
            "num_nonnulls(nps, csat, comment) > 0 or ratings <> '{}'::jsonb", name="something_was_answered"
        ),
    )

    attendee_id: Mapped[int | None] = ref("attendees", through_event=True)
    """→ attendees: who answered, at most once per event; empty where the answer is anonymous (kiosk, paper)."""
    nps: Mapped[int | None] = mapped_column(Integer, info={"check": "{c} between 0 and 10"})
    """How likely to recommend, 0 to 10."""
    csat: Mapped[Score | None]
    """How satisfied, 1 to 5."""
    ratings: Mapped[JsonObject]
    """Further ratings 1 to 5 by aspect (venue, show, catering, staff …)."""
    comment: Mapped[str | None]
    """In the guest's own words."""
    liked_most: Mapped[str | None]
    """What they liked most."""
    improve: Mapped[str | None]
    """What they would change."""
    would_return: Mapped[bool | None]
    """Whether they would come again."""
    may_quote: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the comment may be published with their name."""
    may_contact: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the house may come back to them about it."""
    source: Mapped[FeedbackSource] = choice(FeedbackSource, FeedbackSource.EMAIL)
    """How the answer came in."""
    language: Mapped[LocaleCode | None]
    """Language of the words."""
    submitted_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was given; a changed answer keeps the first time."""


class Feedback(EventsTable, Editable, Archivable, Tagged):
    """What a person said to the house, about an event or anything else, and what became of it."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index("ix_feedback_inbox", "account_id", "status", "received_at"),
        Index(
            "ix_feedback_open",
            "account_id",
            "owner_id",
            "received_at",
            postgresql_where=text("status in ('new', 'triaged', 'in_progress')"),
        ),
        CheckConstraint("resolved_at is null or status in ('resolved', 'dismissed')", name="resolved_has_ended"),
        CheckConstraint("duplicate_of_id <> id", name="not_own_duplicate"),
    )

    event_id: Mapped[int | None] = ref("events")
    """→ events: the event meant, if any."""
    member_id: Mapped[int | None] = ref("account_users")
    """→ account_users: the member who said it."""
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the outside person who said it; both empty: unknown."""
    topic: Mapped[FeedbackTopic] = choice(FeedbackTopic, FeedbackTopic.EVENT)
    """What it is about."""
    subject: Mapped[Name]
    """In a line."""
    body: Mapped[str | None]
    """As received."""
    source: Mapped[FeedbackSource] = choice(FeedbackSource, FeedbackSource.APP)
    """How it came in."""
    sentiment: Mapped[Sentiment] = choice(Sentiment, Sentiment.NEUTRAL)
    """Its tone, as judged."""
    rating: Mapped[Score | None]
    """Rating given with it, 1 to 5."""
    priority: Mapped[Priority] = choice(Priority, Priority.NORMAL)
    """How soon it needs an answer."""
    status: Mapped[TriageStatus] = choice(TriageStatus, TriageStatus.NEW)
    """What became of it."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who answers it."""
    session_id: Mapped[int | None] = ref("sessions", on_delete="SET NULL")
    """→ sessions: the programme item meant, if any."""
    venue_id: Mapped[int | None] = ref("venues", on_delete="SET NULL")
    """→ venues: the venue meant, if any."""
    organization_id: Mapped[int | None] = ref("organizations", on_delete="SET NULL")
    """→ organizations: the supplier or sponsor meant, if any."""
    duplicate_of_id: Mapped[int | None] = ref("feedback", on_delete="SET NULL")
    """→ feedback: the same matter, said before."""
    received_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was said."""
    due_on: Mapped[dt.date | None]
    """By when it is to be answered."""
    answered_at: Mapped[dt.datetime | None]
    """When the person had an answer."""
    resolved_at: Mapped[dt.datetime | None]
    """When the matter was closed."""
    resolution: Mapped[str | None]
    """What was done."""
