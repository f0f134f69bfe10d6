"""What a house sets about its events: when a new one is proposed, and its section of the Settings page."""

from __future__ import annotations

import datetime as dt

from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.events import rules
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.fields import Field, Kind
from eventos_core.operations.settings import Setting, values

PROPOSED_START = Setting[str](
    Field(
        "events.proposed_start", "New events begin at", Kind.TIME, required=True, default="19:00",
        help="What the form of a new event proposes, in the house's zone.",
    ),
    "19:00",
)  # fmt: skip
PROPOSED_HOURS = Setting[int](
    Field("events.proposed_hours", "And last", Kind.INTEGER, required=True, default=4, least=1, most=72,
          help="Hours."),
    4,
)  # fmt: skip


@query(requires=Permission.EVENTS_READ)
def proposed_times(db: TenantSession) -> tuple[dt.datetime, dt.datetime]:
    """Start and end, in UTC, that the form of a new event proposes. One query."""
    found = values(db)
    start = dt.time.fromisoformat(found[PROPOSED_START])
    return rules.next_full_evening(clock.now(), db.context.timezone, start, found[PROPOSED_HOURS])
