"""The month view of events: what the component is given, and what it answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from babel.dates import format_date, get_day_names

from eventos_core.enums.events import EventStatus
from eventos_core.events import rules
from eventos_core.kernel import clock
from eventos_core.ui import formats, page, tables
from eventos_core.ui.components import registered
from eventos_core.ui.events import words

_FIRST = dt.date(1990, 1, 1)
_LAST = dt.date(2099, 12, 1)


@dataclass(frozen=True)
class Asked:
    """What was done in the calendar in this run: an event to open, a day for a new one, months to turn by."""

    slug: str | None
    day: str | None
    turn: int


def month_of(text: str | None, today: dt.date) -> dt.date:
    """The first day of the month written as `2026-12`; the present month for anything else."""
    try:
        found = dt.datetime.strptime(text or "", "%Y-%m").date()  # noqa: DTZ007 a month has no zone
    except ValueError:
        return today.replace(day=1)
    return min(max(found, _FIRST), _LAST)


def turned(month: dt.date, by: int) -> dt.date:
    """The month `by` months later (earlier for negative ones)."""
    count = month.year * 12 + month.month - 1 + by
    return min(max(dt.date(count // 12, count % 12 + 1, 1), _FIRST), _LAST)


def days_shown(month: dt.date) -> list[dt.date]:
    """The days of the whole weeks, Monday to Sunday, that touch the month."""
    first = month - dt.timedelta(days=month.weekday())
    last = (month + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    weeks = (last - first).days // 7 + 1
    return [first + dt.timedelta(days=n) for n in range(weeks * 7)]


def bounds(month: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Half-open UTC bounds that hold the days shown in every zone of the world."""
    days = days_shown(month)
    spare = dt.timedelta(hours=15)
    return (
        dt.datetime.combine(days[0], dt.time(), tzinfo=dt.UTC) - spare,
        dt.datetime.combine(days[-1] + dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC) + spare,
    )


def as_data(events: pd.DataFrame, month: dt.date, house_zone: str, lang: str, *, may_create: bool) -> dict[str, Any]:
    """What the component draws; every event stands on the days of its own zone, which is named where it differs."""
    shown = [_event(row, house_zone, lang) for row in tables.records(events)]
    return month_of_entries(shown, month, house_zone, lang, may_create=may_create)


def month_of_entries(
    entries: Sequence[Mapping[str, Any]],
    month: dt.date,
    house_zone: str,
    lang: str,
    *,
    may_create: bool,
    noun: tuple[str, str] = ("event", "events"),
) -> dict[str, Any]:
    """A month of anything: entries as `_event` makes them, `slug` being what a press on one answers."""
    today = clock.now().astimezone(ZoneInfo(house_zone)).date()
    days = days_shown(month)
    names = get_day_names("abbreviated", context="stand-alone", locale=formats.locale(lang))
    full = get_day_names("wide", context="stand-alone", locale=formats.locale(lang))
    shown = [
        {
            "day": day.isoformat(),
            "number": str(day.day),
            "long": format_date(day, "EEEE d MMMM", locale=formats.locale(lang)),
            "outside": day.month != month.month,
        }
        for day in days
    ]
    return {
        "month": f"{month:%Y-%m}",
        "label": f"{noun[1].capitalize()} in {title(month, lang)}",
        "nothing": f"No {noun[1]} in {title(month, lang)}.",
        "noun": noun,
        "today": today.isoformat(),
        "weekdays": [{"short": names[n], "long": full[n]} for n in range(7)],
        "weeks": [shown[n : n + 7] for n in range(0, len(shown), 7)],
        "events": list(entries),
        "may_create": may_create,
    }


def title(month: dt.date, lang: str) -> str:
    """`December 2026`."""
    return str(format_date(month, "LLLL y", locale=formats.locale(lang)))


def draw(data: Mapping[str, Any]) -> Asked:
    """Draw the month; returns what was asked for in it."""
    result = registered("month_calendar")(
        key="month_calendar",
        data=dict(data),
        on_opened_change=lambda: None,
        on_started_change=lambda: None,
        on_turned_change=lambda: None,
    )
    return Asked(result.opened, result.started, int(result.turned or 0))


def steer(month: dt.date, lang: str, parameter: str = "events_month") -> None:
    """The month's name with the ways back, on and to today; the month stands in the URL as `parameter`."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="month_steer"):
        st.markdown(f"### {title(month, lang)}", width="stretch")
        st.button("Today", key="month_today", on_click=turn_to, args=(None, parameter))
        for label, icon, by in (("Previous month", "chevron_left", -1), ("Next month", "chevron_right", 1)):
            page.icon_button(
                label, icon=icon, key=f"month_{icon}", quiet=False, on_click=turn_to,
                args=(turned(month, by), parameter),
            )  # fmt: skip


def turn_to(month: dt.date | None, parameter: str = "events_month") -> None:
    """Show that month; the present one for None."""
    if month is None:
        st.query_params.pop(parameter, None)
    else:
        st.query_params[parameter] = f"{month:%Y-%m}"


def _event(row: Mapping[str, Any], house_zone: str, lang: str) -> dict[str, Any]:
    zone = ZoneInfo(row["timezone"])
    status = EventStatus(row["status"])
    first, last = rules.local_days(row["starts_at"], row["ends_at"], zone.key)
    elsewhere = f" {formats.zone_label(zone)}" if zone.key != house_zone else ""
    where = row["venue"]
    when = words.when(row["starts_at"], row["ends_at"], zone.key, lang)
    return {
        "slug": row["slug"],
        "name": row["name"],
        "first": first.isoformat(),
        "last": last.isoformat(),
        "time": formats.clock(row["starts_at"], zone) + elsewhere,
        "status": status.label,
        "tone": words.TONES[status],
        "where": where,
        "label": ", ".join(part for part in (row["name"], when, status.label, where) if part),
    }
