"""Where related things are set that do not stand in a section itself."""

from __future__ import annotations

from eventos_core.kernel.permissions import Permission
from eventos_core.ui import page
from eventos_core.ui.page import PageContext


def above(ctx: PageContext, section: str) -> None:
    """Links to the other places of a section's subject, for who may go there."""
    if section == "messages":
        page.link("Sender, reply address and signature: House, Online", page="admin_house", icon="home_work")
        if ctx.can(Permission.INTEGRATIONS_MANAGE):
            page.link("Own mail server, texts and posts: Integrations", page="admin_integrations", icon="extension")
