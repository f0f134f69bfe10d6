"""The grid of stored files with its filter row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eventos_core.enums.operations import UsageRights
from eventos_core.kernel import clock
from eventos_core.operations.files import kinds, limits, pictures, queries
from eventos_core.operations.files.kinds import Family
from eventos_core.operations.files.queries import SOON, MediaFilter, MediaRoom, Rights
from eventos_core.operations.lists import PageOf
from eventos_core.ui import formats, page, tables
from eventos_core.ui.components import registered
from eventos_core.ui.page import PageContext
from eventos_core.ui.views import Bar

PREFIX = "media"
SIZE = 24
"""Files on one page: full rows at every usual width."""


@dataclass(frozen=True)
class Wish:
    """The filter row as the URL says it."""

    family: Family | None = None
    q: str = ""
    event: int | None = None
    tag: tuple[str, ...] = ()
    rights: Rights | None = None
    archived: bool = False


def filter_row(ctx: PageContext, bar: Bar) -> MediaFilter:
    """Draw the filter row; returns the filter for the query."""
    offered: dict[str, dict[Any, str]] = {
        "event": page.event_names(ctx),
        "tag": {tag: tag for tag in page.read(ctx, queries.media_tags)},
    }
    wish = page.filters(
        Wish,
        prefix=PREFIX,
        labels={"q": "Title, file name or credit", "tag": "Tags", "archived": "Archived files"},
        options=offered,
        skip=[name for name, values in offered.items() if not values],
        bar=bar,
    )
    return MediaFilter(wish.q, wish.family, wish.tag, wish.event, wish.rights, wish.archived)


def caption(room: MediaRoom) -> str:
    """What it is for, and how much room is taken."""
    return (
        "Pictures, films and documents of the house, with what they may be used for. "
        f"{limits.size(room.used)} of {limits.size(room.quota)} taken."
    )


def address(ctx: PageContext, public_id: str, more: str = "") -> str:
    """Where the file is fetched."""
    return f"/h/{ctx.house.account_slug}/files/{public_id}{more}"


def rights_told(usage: str, until: dt.date | None, ctx: PageContext) -> tuple[str, str]:
    """What stands under a file about its rights, and the tone of it; nothing where all is well."""
    today = clock.now().astimezone(ctx.house.zone).date()
    if until is not None and until < today:
        return f"Rights ended {formats.date(until, ctx.locale, weekday=False)}", "red"
    if until is not None and until <= today + SOON:
        return f"Rights end {formats.date(until, ctx.locale, weekday=False)}", "orange"
    return ("Rights unclear", "gray") if usage == UsageRights.UNCLEAR else ("", "")


def grid(ctx: PageContext, found: PageOf) -> None:
    """One page of files; a press opens the drawer."""
    data = {"label": "Files", "items": [_item(ctx, row) for row in tables.records(found.frame)]}
    result = registered("media_grid")(key="media_grid", data=data, on_opened_change=lambda: None)
    page.pager(found, prefix=PREFIX)
    if result.opened is not None:
        page.open_drawer(media=int(result.opened))


def _item(ctx: PageContext, row: Mapping[str, Any]) -> dict[str, Any]:
    shown = pictures.is_readable(row["content_type"])
    mark, tone = rights_told(row["usage_rights"], row["rights_until"], ctx)
    detail = " · ".join(filter(None, (row["event"], _measure(row), limits.size(row["size_bytes"]))))
    kind = kinds.family_of(row["content_type"]).label
    return {
        "id": int(row["id"]),
        "title": row["title"],
        "detail": detail,
        "mark": mark,
        "tone": tone,
        "ending": row["file_name"].rpartition(".")[2].upper(),
        "picture": address(ctx, row["public_id"], f"/thumb?version={row['version_no']}") if shown else None,
        "label": ", ".join(filter(None, (row["title"], row["alt_text"], kind, detail, mark))),
    }


def _measure(row: Mapping[str, Any]) -> str:
    return f"{row['width']} × {row['height']}" if row["width"] else ""
