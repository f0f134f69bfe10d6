"""How activities and meetings are put in words: icons, colours, when they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from eventos_core.crm.rules.activities import DueState, Links
from eventos_core.enums.crm import ActivityKind, MeetingStatus, Priority
from eventos_core.kernel import clock
from eventos_core.operations import naming
from eventos_core.ui import formats, page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.tables import Meaning

K, S = ActivityKind, MeetingStatus
ICONS: Mapping[str, str] = {
    K.CALL: "call", K.EMAIL: "mail", K.MEETING: "event", K.TASK: "task_alt", K.VISIT: "storefront",
}  # fmt: skip
STATES: Mapping[str, Meaning] = {
    DueState.OVERDUE: "red", DueState.TODAY: "orange", DueState.SOON: "blue", DueState.LATER: "gray",
    DueState.UNDATED: "gray",
}  # fmt: skip
PRIORITIES: Mapping[str, Meaning] = {Priority.HIGH: "red", Priority.NORMAL: "gray", Priority.LOW: "gray"}
MEETINGS: Mapping[str, Meaning] = {
    S.REQUESTED: "orange", S.CONFIRMED: "blue", S.HELD: "green", S.NO_SHOW: "red", S.DECLINED: "gray",
    S.CANCELLED: "gray",
}  # fmt: skip
_PAGES = (
    ("contact_id", "sales_contacts", "contact", "person"),
    ("organization_id", "sales_organizations", "organization", "domain"),
    ("opportunity_id", "sales_pipeline", "deal", "handshake"),
)
"""Column of a link, the page that opens it, its parameter there, and the icon."""


def due(ctx: PageContext, due_at: dt.datetime | None, all_day: bool, *, weekday: bool = True) -> str:
    """`Thu 3 Dec, 10:00`, the day alone where only that counts; on the house's clock. The year only of a far day."""
    if due_at is None:
        return "No date"
    zone = ctx.house.zone
    day = formats.date(due_at.astimezone(zone).date(), ctx.locale, year=_far(due_at), weekday=weekday)
    return day if all_day else f"{day}, {formats.clock(due_at, zone)}"


def span(ctx: PageContext, starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """`Thu 3 Dec, 10:00–10:30` for a narrow column, on the house's clock. The year only of a far day."""
    return formats.span(starts_at, ends_at, ctx.house.zone, ctx.locale, named=False, year=_far(starts_at))


def _far(at: dt.datetime) -> bool:
    # Nearer than half a year, day and month can mean one year only.
    return abs(at - clock.now()) > dt.timedelta(days=180)


def changed(ctx: PageContext, parts: Sequence[str], starts_at: dt.datetime) -> str:
    """What is new of a meeting, by the words of `rules.meetings.changed`: `Moved to Thu 3 Dec, 10:00. Host changed.`"""
    said = [f"Moved to {due(ctx, starts_at, all_day=False)}."] if "time" in parts else []
    rest = naming.listed([part for part in parts if part != "time"])
    return " ".join([*said, *([f"{rest.capitalize()} changed."] if rest else [])])


def about(row: Mapping[str, Any]) -> str:
    """Who and what a row of `ACTIVITIES` is about, the person first."""
    return " · ".join(str(row[name]) for name in ("contact", "organization", "deal", "event", "sponsor") if row[name])


def links(ctx: PageContext, given: Links, names: Mapping[str, str]) -> None:
    """A link to each record, where its page is there for this person; the rest as words."""
    for column, key, parameter, icon in _PAGES:
        row_id = getattr(given, column)
        if row_id is not None:
            page.link(escaped(names.get(column, "Open")), page=key, icon=icon, **{parameter: row_id})
    events = {one.id: one for one in ctx.visit.events}
    if given.event_id is not None:
        event = events.get(given.event_id)
        if event is None:
            page.link(escaped(names.get("event_id", "Open the event")), page="plan_event", icon="event",
                      event=given.event_id)  # fmt: skip
        else:
            page.link(escaped(event.name), page="plan_event", icon="event", event=event.slug)
    if given.sponsor_id is not None:
        st.markdown(escaped(names.get("sponsor_id", "A sponsor")))


def dial(phone: str) -> str:
    """The number as a phone's dialler takes it."""
    return "tel:" + "".join(character for character in phone if character.isdigit() or character == "+")
