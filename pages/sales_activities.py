"""Activities and meetings: my day, the list, the calendar, what is booked."""

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.ui import page
from eventos_core.ui.sales import activity_drawer, activity_form, activity_list, booking, meetings, my_day
from eventos_core.ui.sales.activity_list import Layout

ctx = page.start("Activities", requires=Permission.CONTACTS_READ, icon="task_alt")
layout = activity_list.chosen(ctx)
day = my_day.read(ctx) if layout is Layout.DAY else None
head = page.head(
    ctx, "Activities", caption=my_day.caption(ctx, day) if day else layout.about,
    primary=layout.primary, primary_requires=layout.needs, menu=activity_list.menu(ctx, layout),
)  # fmt: skip
if head.primary:
    page.open_drawer(**layout.opens)

activity_list.switch(ctx)
if day is not None:
    if my_day.draw(ctx, day):
        page.open_drawer(new="activity")
elif layout is Layout.LIST:
    activity_list.draw_list(ctx, head)
elif layout is Layout.CALENDAR:
    activity_list.draw_month(ctx)
else:
    meetings.draw_list(ctx, head)

if "activity" not in st.query_params:
    activity_drawer.forget()
if "meeting" not in st.query_params:
    meetings.forget()
may_plan, may_book = ctx.can(Permission.CONTACTS_WRITE), ctx.can(Permission.SALES_WRITE)


def plan(raw: str) -> None:
    """The drawer's body for something new."""
    activity_form.new(ctx, raw)


def book(raw: str) -> None:
    """The drawer's body for a meeting."""
    booking.new(ctx, raw)


page.drawers(
    {
        "new": page.Drawer("Plan an activity", plan, width=520, icon="add_task", allowed=may_plan),
        "book": page.Drawer("Book a meeting", book, width=520, icon="event_available", allowed=may_book),
        "activity": page.Drawer("Activity", lambda raw: activity_drawer.show(ctx, raw), width=520, icon="task_alt"),
        "meeting": page.Drawer("Meeting", lambda raw: meetings.show(ctx, raw), width=520, icon="event"),
        "note": page.Drawer("Note", lambda raw: activity_drawer.note(ctx, raw), width=520, icon="sticky_note_2"),
    }
)
