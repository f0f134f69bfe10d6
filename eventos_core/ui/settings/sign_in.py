"""What the house demands of who signs in, as a section of the Settings page."""

from __future__ import annotations

from eventos_core.tenancy.queries import house_settings
from eventos_core.ui import page
from eventos_core.ui.page import PageContext
from eventos_core.ui.team import security


def draw(ctx: PageContext, may_write: bool) -> None:
    """Whether a second factor is demanded, and the owner's switch."""
    security.demand(ctx, page.read(ctx, house_settings))
    security.outside(ctx)
