"""One day of a programme in lanes: which session stands where, and what was asked for in the picture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from eventos_core.enums.events import AttendanceMode, SessionKind
from eventos_core.kernel import clock
from eventos_core.ui import formats, tables
from eventos_core.ui.components import registered
from eventos_core.ui.events import words

OPEN_MINUTES = 60
"""How long a session without a known end is drawn."""
_LEAST_MINUTES = 20
_TONES = 6
ONLINE, NOWHERE = "online", "nowhere"


@dataclass(frozen=True)
class Move:
    """A session dragged elsewhere: by how many minutes, and into which space (None: where it was)."""

    session_id: int
    version: int
    minutes: int
    space_id: int | None


@dataclass(frozen=True)
class Asked:
    """What was done in the picture in this run."""

    session_id: int | None
    move: Move | None


def rows_of(times: Sequence[tuple[int, int]]) -> list[int]:
    """For intervals in order of their start the row each stands in, so that none covers another."""
    ends: list[int] = []
    rows = []
    for starts, until in times:
        row = next((n for n, end in enumerate(ends) if end <= starts), len(ends))
        if row == len(ends):
            ends.append(until)
        ends[row] = until
        rows.append(row)
    return rows


def as_data(
    programme: pd.DataFrame,
    day: dt.date,
    zone: ZoneInfo,
    lang: str,
    *,
    tracks: Sequence[str] = (),
    spaces: Mapping[int, str] | None = None,
    may_move: bool = False,
) -> dict[str, Any]:
    """What the component draws of one day's sessions (`queries.PROGRAMME`).

    A lane per space, then per written place, then online and “no place yet”; `spaces` adds empty lanes to drag into.
    Minutes count from local midnight of `day` on the wall clock.
    """
    rows = tables.records(programme)
    midnight = dt.datetime.combine(day, dt.time())
    tones = {track: f"t{n % _TONES}" for n, track in enumerate(tracks)}
    lanes: dict[str, dict[str, Any]] = {}
    for space_id, name in (spaces or {}).items():
        lanes[f"space:{space_id}"] = _lane(f"space:{space_id}", *_parts(name))
    for row in rows:
        key, name, detail = _place(row)
        lane = lanes.setdefault(key, _lane(key, name, detail))
        lane["items"].append(_item(row, midnight, zone, lang, tones))
    for lane in lanes.values():
        items = lane["items"]
        times = [(one["from"], max(one["to"], one["from"] + _LEAST_MINUTES)) for one in items]
        for one, at in zip(items, rows_of(times), strict=True):
            one["row"] = at
        lane["rows"] = 1 + max((one["row"] for one in items), default=0)
    ordered = sorted(lanes.values(), key=_lane_order)
    first, last = _bounds([one for lane in ordered for one in lane["items"]])
    now = clock.now().astimezone(zone).replace(tzinfo=None)
    minutes_now = int((now - midnight).total_seconds() // 60)
    return {
        "label": f"Sessions on {formats.date(day, lang)}",
        "from": first,
        "to": last,
        "hours": [{"at": at, "label": f"{at // 60 % 24:02d}:00"} for at in range(-(-first // 60) * 60, last, 60)],
        "lanes": ordered,
        "now": minutes_now if first <= minutes_now < last else None,
        "may_move": may_move,
    }


def draw(data: Mapping[str, Any], *, key: str) -> Asked:
    """Draw the day; returns what was asked for."""
    result = registered("programme_timeline")(
        key=key,
        data=dict(data),
        on_opened_change=lambda: None,
        on_moved_change=lambda: None,
    )
    return Asked(int(result.opened) if result.opened else None, _move(result.moved))


def _move(given: Mapping[str, Any] | None) -> Move | None:
    if not given:
        return None
    lane = str(given.get("lane") or "")
    space_id = int(lane.removeprefix("space:")) if lane.startswith("space:") else None
    return Move(int(given["id"]), int(given["version"]), int(given["minutes"]), space_id)


def _lane(key: str, name: str, detail: str) -> dict[str, Any]:
    return {"id": key, "name": name, "detail": detail, "rows": 1, "items": []}


def _parts(name: str) -> tuple[str, str]:
    space, _, venue = name.partition(" · ")
    return space, venue


def _place(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """The lane of a session: its key, name and second line."""
    if row["space_id"] is not None:
        return f"space:{row['space_id']}", *_parts(row["place"] or row["space"])
    if row["mode"] == AttendanceMode.ONLINE:
        return ONLINE, "Online", ""
    if row["place"]:
        return f"place:{row['place'].casefold()}", row["place"], ""
    return NOWHERE, "No place yet", ""


def _lane_order(lane: Mapping[str, Any]) -> tuple[int, str, str]:
    kind = {"space": 0, "place": 1, ONLINE: 2, NOWHERE: 3}[lane["id"].partition(":")[0]]
    return kind, lane["detail"].casefold(), lane["name"].casefold()


def _item(
    row: Mapping[str, Any], midnight: dt.datetime, zone: ZoneInfo, lang: str, tones: Mapping[str, str]
) -> dict[str, Any]:
    starts = row["starts_at"].astimezone(zone).replace(tzinfo=None)
    first = int((starts - midnight).total_seconds() // 60)
    length = OPEN_MINUTES
    if row["ends_at"] is not None:
        length = int((row["ends_at"] - row["starts_at"]).total_seconds() // 60)
    times = words.clock_span(row["starts_at"], row["ends_at"], zone, lang)
    cancelled = row["cancelled_at"] is not None
    _, where, _ = _place(row)
    said = (row["title"], times, where, row["hosts"], row["track"], "Cancelled" if cancelled else None)
    return {
        "id": int(row["id"]),
        "version": int(row["version"]),
        "title": row["title"],
        "from": first,
        # Longer than to the next noon is cut: an exhibition of a week would flatten the day.
        "to": min(first + length, 36 * 60),
        "row": 0,
        "time": ("Cancelled · " if cancelled else "") + times,
        "hosts": row["hosts"] or SessionKind(row["kind"]).label,
        "tone": tones.get(row["track"] or "", "t6" if tones else "t0"),
        "cancelled": cancelled,
        "open_end": row["ends_at"] is None,
        "label": ", ".join(part for part in said if part),
    }


def _bounds(items: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Whole hours around the day's sessions, at least six."""
    if not items:
        return 9 * 60, 18 * 60
    first = min(one["from"] for one in items) // 60 * 60
    last = -(-max(one["to"] for one in items) // 60) * 60
    return first, max(last, first + 6 * 60)
