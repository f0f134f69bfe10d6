"""Fashion seasons by the day of the show: what is shown before July is for the coming autumn and winter."""

from __future__ import annotations

import datetime as dt


def season_code(day: dt.date) -> str:
    """FW26-27 for shows of January to June 2026, SS27 for those of July to December 2026."""
    if day.month <= 6:
        return f"FW{day.year % 100:02}-{(day.year + 1) % 100:02}"
    return f"SS{(day.year + 1) % 100:02}"


def season_bounds(day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day on which the season of `day` is shown."""
    if day.month <= 6:
        return dt.date(day.year, 1, 1), dt.date(day.year, 6, 30)
    return dt.date(day.year, 7, 1), dt.date(day.year, 12, 31)
