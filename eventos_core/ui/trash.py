"""The Trash page's parts: what is archived, and bringing several records back at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.operations import trash
from eventos_core.operations.lists import PageOf
from eventos_core.operations.trash import RestoreArchived, TrashFilter, TrashItem, TrashVerdict
from eventos_core.ui import formats, page, tables, views
from eventos_core.ui.acting import say
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.views import Bar

PREFIX = "trash"
_VERDICTS = "_trash_verdicts"
_NAME = "trash_restore"


@dataclass(frozen=True)
class Wish:
    """The filter row as the URL says it."""

    q: str = ""
    kind: str | None = None


def filter_row(ctx: PageContext) -> tuple[TrashFilter, Bar]:
    """Search and kind; kinds that the person may not read are not offered."""
    bar = views.bar(ctx, "trash", "Everything archived")
    offered = {key: kind.noun for key, kind in trash.kinds().items() if ctx.can(kind.reads)}
    wish = page.filters(Wish, prefix=PREFIX, labels={"q": "Search the trash"}, options={"kind": offered}, bar=bar)
    return TrashFilter(wish.q, wish.kind), bar


def listed(ctx: PageContext, found: PageOf) -> None:
    """One page with a box before each row that may be restored; links open the record."""
    frame = found.frame
    shown = pd.DataFrame(
        {
            "Name": frame["name"],
            "Kind": [trash.noun_of(key) for key in frame["kind"]],
            "About": frame["context"],
            "Archived": [formats.instant(at, ctx.house.zone, ctx.locale) for at in frame["archived_at"]],
            "By": frame["archived_by"],
            "Open": [_link(ctx, row) for row in tables.records(frame)],
        }
    )
    bar = st.container(horizontal=True, vertical_alignment="center", key="trash_bar")
    state = st.dataframe(
        shown, hide_index=True, selection_mode="multi-row", on_select="rerun",
        key=tables.key_of("trash_table", frame, "kind", "id"), height="content",
        alt="Archived records, the last archived first; choose those to restore", placeholder=formats.DASH,
        column_config={
            "Name": st.column_config.TextColumn(width=240),
            "Open": st.column_config.LinkColumn(display_text="Open", width="small"),
        },
    )  # fmt: skip
    chosen = [row for number, row in enumerate(tables.records(frame)) if number in set(state.selection.rows)]
    may = [row for row in chosen if ctx.can(trash.kinds()[row["kind"]].restores)]
    with bar:
        if any(ctx.can(trash.kinds()[key].restores) for key in set(frame["kind"])):
            _restore(ctx, may, refused=len(chosen) - len(may))
        else:
            st.caption("You can look and open. Who may archive a record brings it back.", width="content")
    page.pager(found, prefix=PREFIX)


def verdicts() -> None:
    """What became of the last restoring, where something stayed."""
    told: tuple[TrashVerdict, ...] = st.session_state.pop(_VERDICTS, ())
    stayed = [one for one in told if not one.restored]
    if not stayed:
        return
    back = len(told) - len(stayed)
    with st.container(border=True, key="trash_verdicts"):
        st.markdown(f":material/info: **{formats.plural(back, 'record')} restored, {formats.count(len(stayed))} not.**")
        for one in stayed:
            noun = escaped(trash.noun_of(one.kind))
            st.markdown(f"- {noun} **{escaped(one.name)}**: {escaped(one.message)}")


def _restore(ctx: PageContext, rows: list[dict[str, Any]], *, refused: int) -> None:
    label = f"Restore {formats.plural(len(rows), 'record')}" if rows else "Restore"
    pressed = page.pressed(label, name=_NAME, icon="restore_from_trash", primary=bool(rows), disabled=not rows)
    note = "Choose rows to bring them back into their lists." if not rows else ""
    if refused:
        note = f"{formats.plural(refused, 'record')} of kinds that you may not restore."
    if note:
        st.caption(note, width="content")
    if not pressed:
        return
    items = tuple(TrashItem(row["kind"], int(row["id"]), int(row["version"])) for row in rows)
    done = page.act(ctx, trash.restore_archived, RestoreArchived(items), key=_NAME, refresh=False)
    if done is None:
        return
    back = sum(one.restored for one in done.verdicts)
    st.session_state[_VERDICTS] = done.verdicts
    if back:
        say(f"{formats.plural(back, 'record')} restored.")
    page.refresh()


def _link(ctx: PageContext, row: dict[str, Any]) -> str:
    kind = trash.kinds()[row["kind"]]
    return f"/{kind.page}?house={ctx.house.account_slug}&{kind.parameter}={row['link']}"
