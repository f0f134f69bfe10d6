"""Merging two records: choosing the other one, comparing both, taking a merge back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import streamlit as st

from eventos_core.directory import commands, queries
from eventos_core.directory.commands import DismissDuplicate, MergeRecords, UndoMerge
from eventos_core.directory.queries import ContactFilter, MergePreview, MergeSide, OrganizationFilter
from eventos_core.directory.rules.merging import FieldOutcome
from eventos_core.enums.directory import MergeEntity
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import naming
from eventos_core.ui import formats, page, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext

C = MergeEntity.CONTACT
_NOUN = {C: "contact", MergeEntity.ORGANIZATION: "organisation"}
_PARAMETER = {C: "contact", MergeEntity.ORGANIZATION: "organization"}
_PAGE = {C: "sales_contacts", MergeEntity.ORGANIZATION: "sales_organizations"}


def choose(ctx: PageContext, entity: MergeEntity, row_id: int, name: str) -> None:
    """The step in a drawer that finds the other record."""
    st.markdown(f"**Which {_NOUN[entity]} is the same as {escaped(name)}?**")
    hint = "Name, e-mail or phone" if entity is C else "Name or domain"
    q = st.text_input("Find it", type="search", placeholder=hint, key=f"merge_find_{row_id}", icon=":material/search:")
    if not q.strip():
        st.caption("Both are compared before anything happens.")
        return
    rows = [row for row in _candidates(ctx, entity, q) if row["id"] != row_id]
    if not rows:
        st.markdown(f":gray[No other {_NOUN[entity]} matches.]")
    for row in rows:
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"candidate_{row['id']}"):
            more = " · ".join(str(part) for part in (*row["about"], f"#{row['id']}") if part)
            st.markdown(f"**{escaped(row['name'])}**  \n:gray[:small[{escaped(more)}]]", width="stretch")
            if st.button("Compare", key=f"compare_{row['id']}"):
                _compare(entity, row_id, row["id"])


def compare(ctx: PageContext, entity: MergeEntity, raw: str, *, then: Callable[[int], NoReturn] | None = None) -> None:
    """The drawer that compares two records; `raw` is `winner-loser` from the URL, with more losers to follow.

    After the last one the winner's drawer opens, or `then` is called with its id.
    """
    ids = _ids(raw)
    if ids is None:
        page.nothing_yet("This link names no pair.", hint="Choose the two from the list.", icon="search_off")
        return
    pair, rest = (ids[0], ids[1]), ids[2:]
    preview = page.read(ctx, queries.merge_preview, entity, *pair)
    stays, goes = preview.sides
    with st.container(horizontal=True, vertical_alignment="center", key="merge_sides"):
        with st.container(gap="xsmall", width="stretch"):
            _side(ctx, ":material/check_circle: Stays", stays)
            _side(ctx, ":material/call_merge: Is merged into it", goes)
        if st.button("Swap", icon=":material/swap_horiz:", key="merge_swap"):
            _compare(entity, *pair[::-1], *rest)
    if rest:
        st.caption(f"{formats.plural(len(rest), 'more record follows', 'more records follow')} after this one.")
    form_name = f"merge_{entity.value}_{pair[0]}_{pair[1]}"
    with page.form(form_name) as form:
        choices = {item.key: _field(form, preview, item) for item in preview.fields if item.open}
        _settled(preview)
        _moves(preview)
        reason = form.text("reason", "Why they are the same", placeholder="Optional")
        same = f" (#{stays.id})" if preview.winner == preview.loser else ""
        if form.submit(f"Merge into {preview.winner}{same}", icon="call_merge"):
            cmd = MergeRecords(*pair, choices=choices, reason=reason or None, versions=preview.versions)
            command = commands.merge_contacts if entity is C else commands.merge_organizations
            done = f"{preview.loser} merged into {preview.winner}. It can be taken back for 90 days."
            if page.act(ctx, command, cmd, form=form, done=done, refresh=False) is not None:
                _go_on(entity, pair[0], rest, then)
    name = f"dismiss_{pair[0]}_{pair[1]}"
    if page.pressed("They are not the same", name=name, icon="close"):
        given = DismissDuplicate(entity, *pair)
        done = "Noted: the two are not the same."
        if page.act(ctx, commands.dismiss_duplicate, given, key=name, done=done, refresh=False) is not None:
            if rest or then is not None:
                _go_on(entity, pair[0], rest, then)
            page.close_drawer("merge")


def _side(ctx: PageContext, role: str, side: MergeSide) -> None:
    """One of the two, with what tells it from the other even where the names are equal."""
    made = f"added {formats.date(side.created_at.astimezone(ctx.house.zone), ctx.locale, weekday=False)}"
    more = (f"#{side.id}", side.known_by, side.place, made, formats.plural(side.links, "link"))
    told = escaped(" · ".join(part for part in more if part))
    st.markdown(f"{role}: **{escaped(side.name)}**  \n:gray[:small[{told}]]")


def _go_on(entity: MergeEntity, winner_id: int, rest: tuple[int, ...], then: Callable[[int], NoReturn] | None) -> None:
    """The next of several, then whatever the page wants, then the record that has become of them."""
    if rest:
        _compare(entity, winner_id, *rest)
    if then is not None:
        then(winner_id)
    st.query_params.pop("merge", None)
    page.open_drawer(**{_PARAMETER[entity]: winner_id})


def history(ctx: PageContext, entity: MergeEntity, row_id: int) -> None:
    """Merges into or of the record, with the way back."""
    rows = tables.records(page.read(ctx, queries.merges_of, entity, row_id))
    if not rows:
        st.markdown(":gray[Nothing was merged here.]")
    for row in rows:
        day = formats.date(row["created_at"].astimezone(ctx.house.zone), ctx.locale)
        by = f" by {row['by']}" if row["by"] else ""
        said = f"{row['loser'] or 'A record'} was merged in" if row["winner_id"] == row_id else "This was merged away"
        with st.container(horizontal=True, vertical_alignment="center", key=f"merge_row_{row['id']}"):
            note = f" · taken back {formats.date(row['undone_at'].astimezone(ctx.house.zone), ctx.locale)}" if (
                row["undone_at"]) else ""  # fmt: skip
            st.markdown(f"**{escaped(said)}**  \n:gray[:small[{escaped(day + by + note)}]]", width="stretch")
            if row["undoable_until"] is not None and ctx.can(Permission.CONTACTS_MERGE):
                _undo(ctx, row)


def _undo(ctx: PageContext, row: dict[str, Any]) -> None:
    name = f"undo_merge_{row['id']}"
    if page.pressed("Take back", name=name, icon="undo"):
        undone = page.act(ctx, commands.undo_merge, UndoMerge(row["id"]), key=name, refresh=False,
                          done=f"{row['loser'] or 'The record'} stands on its own again.")  # fmt: skip
        if undone is not None:
            page.refresh()


def _field(form: page.Form, preview: MergePreview, item: FieldOutcome) -> str:
    """Both have something: one is chosen, each with whose it is."""
    names = {"winner": preview.winner, "loser": preview.loser}
    if preview.winner == preview.loser:
        stays, goes = preview.sides
        names = {"winner": f"#{stays.id}, stays", "loser": f"#{goes.id}, merged in"}
    values = {"winner": item.winner, "loser": item.loser}
    sides = ["winner", "loser"]
    radio: Callable[..., str] = st.radio
    return form.field(
        item.key, radio, item.label, sides, index=sides.index(item.side),
        format_func=lambda side: f"{escaped(values[side])} :gray[:small[({escaped(names[side])})]]",
    )  # fmt: skip


def _settled(preview: MergePreview) -> None:
    """What needs no choice, in a sentence each."""
    lines = []
    for item in preview.fields:
        if item.open:
            continue
        if item.key in ("tags", "socials", "custom"):
            lines.append(f"**{item.label}**: both are kept")
        elif item.side == "loser":
            lines.append(f"**{item.label}**: {escaped(item.loser)} is taken over")
        else:
            lines.append(f"**{item.label}**: {escaped(item.winner)} stays")
    if lines:
        st.markdown("  \n".join(lines))


def _moves(preview: MergePreview) -> None:
    if not preview.moves:
        st.caption("Nothing else points at it.")
        return
    total = formats.plural(sum(preview.moves.values()), "record moves", "records move")
    each = ", ".join(
        formats.plural(rows, naming.noun(table), naming.nouns(table)) for table, rows in preview.moves.items()
    )
    st.caption(f"{total} along: {each}.")


def _candidates(ctx: PageContext, entity: MergeEntity, q: str) -> list[dict[str, Any]]:
    if entity is C:
        found = page.read(ctx, queries.contacts, ContactFilter(q=q), size=8)
        return [r | {"about": (r["job_title"], r["organization"], r["email"])} for r in tables.records(found.frame)]
    listed = page.read(ctx, queries.organizations, OrganizationFilter(q=q), size=8)
    return [r | {"about": (r["domain"], r["city"])} for r in tables.records(listed.frame)]


def _ids(raw: str) -> tuple[int, ...] | None:
    parts = raw.split("-")
    return tuple(int(part) for part in parts) if len(parts) > 1 and all(part.isdigit() for part in parts) else None


def _compare(entity: MergeEntity, *ids: int) -> NoReturn:
    """Another drawer opens: that takes a run of the whole page, which a callback inside a drawer does not give."""
    st.query_params.pop(_PARAMETER[entity], None)
    page.open_drawer(merge="-".join(map(str, ids)))
