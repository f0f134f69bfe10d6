"""How deals are put in words: amounts, ages, likelihood, what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from zoneinfo import ZoneInfo

from eventos_core.crm.queries.shown import Shown
from eventos_core.enums.crm import StageKind
from eventos_core.kernel import clock
from eventos_core.ui import formats, tables
from eventos_core.ui.page import PageContext
from eventos_core.ui.tables import Meaning

OUTCOME: Mapping[str, Meaning] = {StageKind.OPEN: "blue", StageKind.WON: "green", StageKind.LOST: "red"}
NO_VALUE = "No value"

_KINDS: Mapping[str, tables.Kind] = {
    "text": "text", "count": "count", "money": "money", "money_a_day": "money", "share": "share", "days": "number",
}  # fmt: skip
"""How the grid draws a column of figures."""

NextState = Literal["overdue", "today", "planned", "none"]


def amount(ctx: PageContext, minor: int | None, currency: str) -> str:
    """An amount, or that there is none."""
    return NO_VALUE if minor is None else formats.money(int(minor), currency, ctx.locale)


def likelihood(ppm: int, lang: str) -> str:
    """`40%`; one decimal where it matters, so that 99.995 % never reads as certain."""
    whole = ppm % 10_000 == 0
    if not whole and ppm > 999_500:
        return "> 99.9%"
    return formats.share(ppm / 1_000_000, digits=0 if whole else 1, lang=lang)


def age(since: dt.datetime, now: dt.datetime | None = None) -> str:
    """`12 d in stage`."""
    days = ((now or clock.now()) - since).days
    return "new in stage" if days < 1 else f"{formats.count(days)} d in stage"


def untouched(days: int, allowed: float, stage_days: int) -> str:
    """Why a deal rots: how long nobody was in touch, what its stage allows, and what this near to its event."""
    said = f"No touch for {formats.plural(days, 'day')}. Its stage allows {formats.count(stage_days)}"
    if allowed >= stage_days:
        return f"{said}."
    return f"{said}, this near to its event {_days(allowed)}."


def untouched_briefly(days: int, allowed: float) -> str:
    """The same in a badge or on a card, as long as a phone can show: `23 d untouched of 14`."""
    return f"{formats.count(days)} d untouched of {_days(allowed)}"


def _days(number: float) -> str:
    """Whole days: a quarter of a few need be none."""
    return formats.count(int(number)) if number >= 1 else "less than 1"


def initials(name: str | None) -> str:
    """`AR` for Ana Rossi; nothing for nobody."""
    parts = [part for part in (name or "").split() if part[0].isalnum()]
    chosen = parts[:1] if len(parts) < 2 else [parts[0], parts[-1]]
    return "".join(part[0].upper() for part in chosen)


def next_state(due_at: dt.datetime | None, all_day: bool, zone: ZoneInfo, now: dt.datetime | None = None) -> NextState:
    """Where the next activity stands; one for a whole day is overdue only when that day is over."""
    if due_at is None:
        return "none"
    now = now or clock.now()
    day, today = due_at.astimezone(zone).date(), now.astimezone(zone).date()
    if day < today or (due_at < now and not all_day):
        return "overdue"
    return "today" if day == today else "planned"


def next_text(ctx: PageContext, row: Mapping[str, Any]) -> str:
    """`Call Ida, Thu 3 Dec`, or the next step where nothing is planned."""
    due = row["next_due_at"]
    if due is None:
        return str(row["next_step"] or "")
    day = formats.date(due.astimezone(ctx.house.zone).date(), ctx.locale, year=False)
    return f"{row['next_subject']}, {day}"


def figure_columns(
    shown: Sequence[Shown], currency: str, kinds: Mapping[str, tables.Kind] | None = None
) -> list[tables.Column]:
    """Columns of figures as the grid draws them; `kinds` says which are drawn otherwise."""
    drawn = {**_KINDS, **(kinds or {})}
    return [
        tables.Column(
            one.name, one.label, drawn[one.kind], currency if drawn[one.kind] == "money" else None, help=one.about
        )
        for one in shown
    ]
