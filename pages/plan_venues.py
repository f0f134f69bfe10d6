"""Venues: where the house shows, with their spaces and when these are taken."""

import streamlit as st

from eventos_core.events import queries
from eventos_core.events.queries import SpaceFilter, VenueFilter
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import exporting, page, views
from eventos_core.ui.events import venues

ctx = page.start("Venues", requires=Permission.VENUES_READ, icon="location_on")
may_edit = ctx.can(Permission.VENUES_WRITE)
head = page.head(
    ctx, "Venues", caption="Halls, studios and salons the house works with, and the spaces in them.",
    primary=("Add venue", "add"), primary_requires=Permission.VENUES_WRITE,
    menu=exporting.menu(ctx, Permission.VENUES_READ, also=("spaces",)),
)  # fmt: skip
if head.primary:
    page.open_drawer(new="venue")

bar = views.bar(ctx, "venues", "All venues", columns=venues.COLUMNS)
wanted = venues.filter_row(ctx, bar)
exporting.answer(ctx, head, "venues", wanted, bar.picked)
exporting.answer(ctx, head, "spaces", SpaceFilter(archived=wanted.archived), also="spaces")
found = page.read(ctx, queries.venues, wanted, cursor=page.cursor(venues.PREFIX))
if not found.frame.empty:
    venues.table(ctx, found, bar)
elif wanted != VenueFilter():
    page.nothing_yet("No venue matches.", hint="Change the search or the filters.", icon="filter_alt")
elif page.nothing_yet(
    "No venues yet.",
    hint="Add the first one; then its spaces, which sessions and shows take place in.",
    action="Add the first venue" if may_edit else None,
    icon="location_on",
):
    page.open_drawer(new="venue")

if "venue" not in st.query_params:
    venues.forget()


def add(_: str) -> None:
    """The drawer's body for a new venue."""
    venues.new(ctx)


def show(venue_id: str) -> None:
    """The drawer's body for one venue."""
    venues.show(ctx, int(venue_id))


page.drawers(
    {
        "new": page.Drawer("New venue", add, width=520, icon="add", allowed=may_edit),
        "venue": page.Drawer("Venue", show, width=560, icon="location_on"),
    }
)
