"""Documents about events that a page's menu offers."""

from __future__ import annotations

from collections.abc import Mapping

from eventos_core.enums.operations import ExportFormat
from eventos_core.events.queries import EventFilter, ProgrammePaper
from eventos_core.operations.documents.making import RequestDocument

_BY_TIME, _BY_PLACE, _CALENDAR = "Programme as PDF", "Programme as PDF, by place", "Programme for calendars (.ics)"
PROGRAMME = (_BY_TIME, _BY_PLACE, _CALENDAR)
"""Entries of the menu, all about one event."""
PORTFOLIO = "Export as PDF"
"""The entry for the list of events as it is filtered."""


def programme(event_id: int) -> Mapping[str, RequestDocument]:
    """What each entry of `PROGRAMME` asks for."""
    return {
        _BY_TIME: RequestDocument("paper.programme", ProgrammePaper(event_id)),
        _BY_PLACE: RequestDocument("paper.programme", ProgrammePaper(event_id, "place")),
        _CALENDAR: RequestDocument("paper.programme", ProgrammePaper(event_id), ExportFormat.ICS),
    }


def portfolio(wanted: EventFilter) -> Mapping[str, RequestDocument]:
    """What `PORTFOLIO` asks for."""
    return {PORTFOLIO: RequestDocument("paper.events", wanted)}
