"""Notifications: what concerns this person in this house."""

from eventos_core.ui import page
from eventos_core.ui.messages import inbox

ctx = page.start("Notifications", icon="notifications")
head = page.head(
    ctx, "Notifications", caption="What concerns you in this house. Your account says how you are told.",
    menu=("Mark all as read",),
)  # fmt: skip
if head.menu:
    inbox.mark_all(ctx)
inbox.draw(ctx)
