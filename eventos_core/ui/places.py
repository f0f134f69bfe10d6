"""Where a record is shown: which page, and which URL parameter opens it there; how people reach this installation."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from eventos_core.operations import site
from eventos_core.ui import navigation


@dataclass(frozen=True)
class Place:
    """`page` opens the record by `parameter`; an event is opened by its slug, which every link carries anyway."""

    page: str
    parameter: str | None
    plural: str
    icon: str


PLACES: dict[str, Place] = {
    "event": Place("plan_event", None, "Events", "event"),
    "session": Place("plan_programme", "session", "Sessions", "view_agenda"),
    "contact": Place("sales_contacts", "contact", "Contacts", "person"),
    "organization": Place("sales_organizations", "organization", "Organisations", "domain"),
    "venue": Place("plan_venues", "venue", "Venues", "location_on"),
}


def place_of(kind: str) -> Place | None:
    """Where records of that kind are shown; None while that page does not exist."""
    place = PLACES.get(kind)
    return place if place is not None and navigation.exists(place.page) else None


def parameters(place: Place, record_id: int, event_slug: str | None) -> dict[str, str]:
    """The query that opens the record on its page, besides the house."""
    query = {"event": event_slug} if event_slug else {}
    if place.parameter is not None:
        query[place.parameter] = str(record_id)
    return query


def origin() -> str:
    """The beginning of an address that others can open: as configured, else as this page was reached; may be empty."""
    here = urlsplit(st.context.url or "")
    return site.base_url() or (f"{here.scheme}://{here.netloc}" if here.netloc else "")
