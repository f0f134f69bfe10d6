"""Time: stored in UTC, shown in a named zone; one place that knows what "now" is."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from eventos_core.kernel.errors import InvalidInput


def now() -> dt.datetime:
    """The current instant, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """IANA zone names a person may choose, sorted, without the legacy `Etc/` and three-letter ones."""
    return (*sorted(z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "SystemV/"))), "UTC")


def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name. Raises InvalidInput for an unknown one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInput(
            f"“{name}” is not a time zone.",
            hint="Use an IANA name such as Europe/Paris.",
            fields={"timezone": "Unknown"},
        ) from error


def local_to_utc(local: dt.datetime, tz: str) -> dt.datetime:
    """A wall-clock time in zone `tz` as UTC; an aware value is only converted.

    A time inside a spring gap moves forward by the gap; of an ambiguous autumn time the first is meant.
    """
    if local.tzinfo is None:
        local = local.replace(tzinfo=zone(tz))
    return local.astimezone(dt.UTC)


def day_bounds(day: dt.date, tz: str) -> tuple[dt.datetime, dt.datetime]:
    """Half-open UTC bounds [from, to) of a local calendar day in zone `tz`."""
    start = dt.datetime.combine(day, dt.time(), tzinfo=zone(tz))
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=zone(tz))
    return start.astimezone(dt.UTC), end.astimezone(dt.UTC)
