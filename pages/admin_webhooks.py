"""Webhooks: the house's own systems that are told when something happens."""

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.ui import exporting, page
from eventos_core.ui.webhooks import endpoints

ctx = page.start("Webhooks", requires=Permission.INTEGRATIONS_MANAGE, icon="webhook")
if not {"new", "webhook"} & set(st.query_params):
    endpoints.forget()
head = page.head(
    ctx, "Webhooks", caption="Your own systems, told when something happens here; signed, and tried again.",
    primary=("New webhook", "add"), primary_requires=Permission.TEAM_MANAGE,
    menu=exporting.menu(ctx, Permission.INTEGRATIONS_MANAGE),
)  # fmt: skip
if head.primary:
    page.open_drawer(new="webhook")
endpoints.draw(ctx, head)

drawers = {"webhook": page.Drawer("Webhook", lambda raw: endpoints.show(ctx, raw), width=640, icon="webhook")}
if ctx.can(Permission.TEAM_MANAGE):
    drawers["new"] = page.Drawer("New webhook", lambda _: endpoints.new(ctx), width=560, icon="webhook")
page.drawers(drawers)
