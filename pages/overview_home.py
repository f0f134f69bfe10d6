"""Home: what needs me, the figures, the events ahead, what changed."""

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.ui import home, page
from eventos_core.ui.sales import selling

ctx = page.start("Home", requires=Permission.HOUSE_READ, icon="space_dashboard")
view = home.read(ctx)
home.open_chosen_event(view.ahead)
head = page.head(
    ctx, home.greeting(ctx, view.now), caption=home.caption(ctx, view.now),
    primary=("New event", "add"), primary_requires=Permission.EVENTS_WRITE,
)  # fmt: skip
if head.primary:
    page.go("plan_events", new="event")

# A new house has no figures worth a look yet: what to do first leads, and what counts follows.
if view.steps:
    left, right = st.columns([3, 2], gap="medium")
    with left:
        home.steps_card(view.steps)
    with right:
        home.waiting_card(view.waiting)
if view.sales:
    selling.tiles(ctx, view.sales)
if view.figures:
    home.tiles(ctx, view.figures)
if not view.steps:
    left, right = st.columns([2, 3], gap="medium")
    with left:
        home.waiting_card(view.waiting)
    with right:
        home.changes_card(ctx, view.happened, view.now)
if view.ahead is not None and not (view.ahead.empty and view.steps):
    home.ahead_card(ctx, view.ahead)
if view.steps:
    home.changes_card(ctx, view.happened, view.now)
