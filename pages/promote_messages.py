"""Messages: what goes out, what became of it, and how it is worded."""

from eventos_core.kernel.permissions import Permission
from eventos_core.ui import exporting, page
from eventos_core.ui.messages import outbox, suppressed, templates
from eventos_core.ui.segments import segments

TABS = {"outbox": "Outbox", "templates": "Templates", "declined": "Gets no more"}

ctx = page.start("Messages", requires=Permission.PROMOTE_READ, icon="mail")
head = page.head(
    ctx, "Messages", caption=outbox.caption(ctx),
    primary=("New template", "add"), primary_requires=Permission.PROMOTE_WRITE,
    menu=("Refresh", *exporting.menu(ctx, Permission.PROMOTE_READ)),
)  # fmt: skip
if head.primary:
    page.open_drawer(new="template")
if head.menu == "Refresh":
    page.refresh()

view = segments("View", "messages_tab", list(TABS), "outbox", format_func=lambda one: TABS[one])
if view == "templates":
    templates.draw(ctx, head)
elif view == "declined":
    suppressed.draw(ctx, head)
else:
    outbox.draw(ctx, head)

drawers = {
    "message": page.Drawer("Message", lambda raw: outbox.show(ctx, raw), width=640, icon="mail"),
    "template": page.Drawer("Template", lambda raw: templates.show(ctx, raw), width=640, icon="edit_note"),
}
if ctx.can(Permission.PROMOTE_WRITE):
    drawers["new"] = page.Drawer("New template", lambda _: templates.new(ctx), width=640, icon="edit_note")
if ctx.can(Permission.MESSAGES_SEND):
    drawers["suppressed"] = page.Drawer("Allow again", lambda raw: suppressed.show(ctx, raw), width=480)
page.drawers(drawers)
