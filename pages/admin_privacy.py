"""Privacy: what people ask of their data, answered with evidence, and how long data are kept."""

from eventos_core.kernel.permissions import Permission
from eventos_core.ui import page
from eventos_core.ui.privacy import requests, retention, taking_in
from eventos_core.ui.segments import segments

TABS = {"open": "To answer", "ended": "Answered", "kept": "How long data are kept"}

ctx = page.start("Privacy", requires=Permission.PRIVACY_MANAGE, icon="shield_person")
head = page.head(
    ctx, "Privacy", caption="What people ask of their data, and how long it is kept.", primary=("New request", "add")
)
if head.primary:
    page.open_drawer(new="request")

view = segments("View", "privacy_view", list(TABS), "open", format_func=lambda one: TABS[one])
if view == "kept":
    retention.draw(ctx)
else:
    requests.draw(ctx, ended=view == "ended")

page.drawers(
    {
        "request": page.Drawer("Privacy request", lambda raw: requests.show(ctx, raw), width=680, icon="shield_person"),
        "new": page.Drawer("New request", lambda raw: taking_in.new(ctx, raw), width=560, icon="shield_person"),
        "policy": page.Drawer("How long data are kept", lambda raw: retention.show(ctx, raw), width=560, icon="timer"),
    }
)
