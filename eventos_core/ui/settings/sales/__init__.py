"""The sales section of the Settings page: a screen for each of its subjects; `sales` in the URL names the open one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from eventos_core.ui.page import PageContext
from eventos_core.ui.segments import segments
from eventos_core.ui.settings.sales import meeting_types, pipelines, rates, reasons, targets

PARAMETER = "sales"
_SCREENS: Mapping[str, tuple[str, Callable[[PageContext, bool], None]]] = {
    "pipelines": ("Pipelines", pipelines.draw),
    "reasons": ("Lost reasons", reasons.draw),
    "meetings": ("Meetings", meeting_types.draw),
    "rates": ("Exchange rates", rates.draw),
    "targets": ("Quotas and targets", targets.draw),
}


def draw(ctx: PageContext, may_write: bool) -> None:
    """The subjects to choose from, and the screen of the chosen one."""
    chosen = segments(
        "Subject", PARAMETER, list(_SCREENS), "pipelines", format_func=lambda key: _SCREENS[key][0],
        clears=("pipeline", "rates_at"),
    )  # fmt: skip
    _SCREENS[chosen][1](ctx, may_write)
