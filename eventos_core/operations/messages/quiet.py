"""Quiet hours: what is no hurry waits until the house's morning. Pure."""

from __future__ import annotations

import datetime as dt

from eventos_core.enums.operations import MessageCategory, MessageChannel
from eventos_core.kernel import clock

URGENT = 2
"""Messages of this priority and before it (tickets, doors, sign-in) are never held back."""


def holds_back(channel: MessageChannel, category: MessageCategory, priority: int) -> bool:
    """Whether quiet hours are for that message: all marketing, and every text that is no hurry."""
    if priority <= URGENT:
        return False
    return category is MessageCategory.MARKETING or channel is MessageChannel.SMS


def until(now: dt.datetime, timezone: str, begins: str | None, ends: str | None) -> dt.datetime | None:
    """When the quiet hours that `now` lies in end; None outside of them, or where none are set.

    `begins` and `ends` are clock times of the house's zone such as 22:00; hours past midnight are meant where `ends`
    is earlier. Equal times mean none.
    """
    if not begins or not ends or begins == ends:
        return None
    first, last = dt.time.fromisoformat(begins), dt.time.fromisoformat(ends)
    local = now.astimezone(clock.zone(timezone))
    at = local.time().replace(tzinfo=None)
    if first < last:
        if not first <= at < last:
            return None
        day = local.date()
    elif at >= first:
        day = local.date() + dt.timedelta(days=1)
    elif at < last:
        day = local.date()
    else:
        return None
    return clock.local_to_utc(dt.datetime.combine(day, last), timezone)
