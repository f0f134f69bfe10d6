"""Integrations: the services that this house is connected to."""

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.ui import integrations, page

ctx = page.start("Integrations", requires=Permission.INTEGRATIONS_MANAGE, icon="extension")
if "integration" not in st.query_params:
    integrations.forget()
head = page.head(
    ctx, "Integrations", caption="Services this house is connected to; credentials are kept encrypted.",
    primary=("Connect a service", "add"), primary_requires=Permission.TEAM_MANAGE, menu=("Refresh",),
)  # fmt: skip
if head.primary:
    page.open_drawer(new="integration")
if head.menu == "Refresh":
    page.refresh()
integrations.draw(ctx)
if not ctx.can(Permission.TEAM_MANAGE):
    st.caption("Who manages the team connects services and changes them.")

drawers = {
    "integration": page.Drawer("Integration", lambda raw: integrations.show(ctx, raw), width=640, icon="extension")
}
if ctx.can(Permission.TEAM_MANAGE):
    drawers["new"] = page.Drawer("Connect a service", lambda _: integrations.new(ctx), width=560, icon="extension")
page.drawers(drawers)
