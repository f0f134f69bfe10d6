"""What the outbox does when events move or are cancelled."""

from __future__ import annotations

from eventos_core.db.facts import on
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import EventStatus
from eventos_core.kernel.facts import EventMoved, EventStatusChanged
from eventos_core.operations.messages import outbox


@on(EventMoved)
def move_messages(db: TenantSession, fact: EventMoved) -> None:
    """Messages whose time is relative to the event move with it."""
    outbox.reschedule(db, fact.event_id)


@on(EventStatusChanged)
def withdraw_messages(db: TenantSession, fact: EventStatusChanged) -> None:
    """Nobody is reminded of an event that does not take place."""
    if fact.new == EventStatus.CANCELLED:
        outbox.withdraw_for_event(db, fact.event_id, "The event was cancelled.")
