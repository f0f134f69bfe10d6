"""The Audit page's parts: filter, list, one entry with what changed, the state of the chain."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.kernel import clock
from eventos_core.operations import audit, naming, told
from eventos_core.operations.audit import AuditDetail, AuditFilter, ChainState, Vocabulary
from eventos_core.operations.lists import PageOf
from eventos_core.ui import formats, page, tables
from eventos_core.ui.errors import escaped, panel
from eventos_core.ui.page import PageContext
from eventos_core.ui.tables import Column, Meaning
from eventos_core.ui.views import Bar

_ACTIONS = {
    "insert": "Added",
    "update": "Changed",
    "delete": "Removed",
    "sign_in": "Signed in",
    "role_change": "Changed rights",
    "denied": "Was refused",
}
_MEANINGS: dict[str, Meaning] = {"Added": "green", "Changed": "blue", "Removed": "red", "Was refused": "orange"}
COLUMNS = (
    Column("occurred_at", "When", "instant"),
    Column("actor", "Who"),
    Column("did", "Did", "status"),
    Column("what", "What"),
    Column("columns", "Fields"),
    Column("reason", "Reason"),
    Column("actor_kind", "Kind of actor", extra=True),
    Column("request_id", "Request", extra=True),
)
_LONGEST = 400


@dataclass(frozen=True)
class AuditWish:
    """The filter as the URL says it; days are the house's own, both included."""

    member_id: int | None = None
    action: str | None = None
    table: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    row: str | None = None
    request: str | None = None


def action_label(action: str) -> str:
    """What was done, as people read it: `role_change` is “Changed rights”."""
    return _ACTIONS.get(action, action.replace("_", " ").capitalize())


def wanted(ctx: PageContext, words: Vocabulary, people: dict[int, str], bar: Bar) -> AuditFilter:
    """Draw the filter row and return the filter for the query."""
    wish = page.filters(
        AuditWish,
        prefix="audit",
        labels={
            "member_id": "Who",
            "table": "Kind of record",
            "since": "From",
            "until": "To",
            "row": "Record number",
            "request": "One request",
        },
        options={
            "member_id": people,
            "action": {action: action_label(action) for action in words.actions},
            "table": {table: naming.noun(table).capitalize() for table in words.tables},
        },
        bar=bar,
    )
    zone = ctx.house.timezone
    return AuditFilter(
        member_id=wish.member_id,
        action=wish.action,
        table_name=wish.table,
        row_id=wish.row,
        request_id=wish.request,
        from_=clock.day_bounds(wish.since, zone)[0] if wish.since else None,
        to=clock.day_bounds(wish.until, zone)[1] if wish.until else None,
    )


def chips(filtered: AuditFilter, people: dict[int, str], bar: Bar) -> None:
    """What the list is narrowed to, in words, with the way back."""
    told = []
    if filtered.member_id is not None:
        told.append(f"by {people.get(filtered.member_id, 'somebody')}")
    if filtered.action:
        told.append(action_label(filtered.action).lower())
    if filtered.table_name:
        told.append(f"{naming.noun(filtered.table_name)}{f' {filtered.row_id}' if filtered.row_id else ''}")
    if filtered.request_id:
        told.append("one request")
    if told:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Only " + escaped(", ".join(told)), width="content")
            st.button("Show everything", type="tertiary", key="audit_all", on_click=bar.clear)


def table(ctx: PageContext, found: PageOf, bar: Bar) -> None:
    """One page of entries; a row opens the entry."""
    frame = found.frame
    shown = frame.assign(
        did=[action_label(action) for action in frame["action"]],
        what=pd.Series([_what(name, subject) for name, subject in frame[["table_name", "subject"]].to_numpy()]),
        columns=[_columns(action, names) for action, names in zip(frame["action"], frame["changed"], strict=True)],
    )
    tables.table(
        shown,
        [
            replace(one, meanings=_MEANINGS | dict.fromkeys(_others(shown), "gray")) if one.name == "did" else one
            for one in bar.columns
        ],
        key="audit_entries", alt="Audit entries, newest first; choose one to see what changed", zone=ctx.house.zone,
        lang=ctx.locale, opens="entry", rows=18,
    )  # fmt: skip
    page.pager(found, prefix="audit")


def entry(ctx: PageContext, raw_id: str) -> None:
    """The drawer's body: who, when, and the changed fields before and after."""
    if not raw_id.isdigit():
        panel("This link names no entry.", "Go back to the list.", icon="search_off")
        return
    found = page.read(ctx, audit.entry, int(raw_id))
    what = naming.noun(found.table_name).capitalize() if found.table_name else ""
    st.title(escaped(f"{action_label(found.action)}{f': {what} {found.row_id}' if what else ''}"), anchor=False)
    st.caption(
        f"{escaped(found.actor)} ({escaped(naming.actor(found.actor_kind).lower())}) · "
        f"{escaped(formats.instant(found.occurred_at, ctx.house.zone, ctx.locale))}"
    )
    if found.reason:
        st.markdown(f"Reason: {escaped(found.reason)}")
    _changes(ctx, found)
    with st.container(horizontal=True):
        if found.request_id:
            page.link("Everything of this request", page="admin_audit", icon="link", audit_request=found.request_id)
        if found.table_name and found.row_id:
            page.link(
                "History of this record", page="admin_audit", icon="history",
                audit_table=found.table_name, audit_row=found.row_id,
            )  # fmt: skip


def _changes(ctx: PageContext, found: AuditDetail) -> None:
    if found.erased:
        st.info("The content was removed on a privacy request; the chain still verifies.", icon=":material/lock:")
        return
    if not found.changes:
        st.caption("No field changed, or only ones kept secret.")
        return
    created, removed = found.action == "insert", found.action == "delete"
    changed = not created and not removed and any(change.before is not None for change in found.changes)
    heads = ["Field", "Before", "After"] if changed else ["Field", "Value"]
    rows = [f"| {' | '.join(heads)} |", "|:--" * len(heads) + "|"]
    for change in found.changes:
        values = [change.before, change.after] if changed else [change.before if removed else change.after]
        if not changed and values[0] in (None, "", [], {}):
            continue
        cells = [escaped(told.value(ctx, found.table_name, change.column, value, found.currency)) for value in values]
        rows.append(f"| {' | '.join([escaped(naming.field(change.column)), *cells])} |")
    st.markdown("\n".join(rows))


def verification(ctx: PageContext) -> None:
    """The state of the chain, verified on request, since that reads every sealed entry of the house."""
    with st.container(horizontal=True, vertical_alignment="center", key="audit_chain"):
        asked = st.button("Verify now", icon=":material/verified_user:", key="audit_verify")
        if not asked:
            st.caption("Entries are sealed in a chain each minute; verifying recomputes every seal of this house.")
            return
        with st.spinner("Recomputing the seals …"):
            state = page.read(ctx, audit.chain_state)
        st.markdown(_told(ctx, state))


def _told(ctx: PageContext, state: ChainState) -> str:
    waiting = f" {formats.count(state.unsealed)} wait for the next seal." if state.unsealed else ""
    if not state.whole:
        return (
            f":red[:material/gpp_bad: **Seal {state.broken_seal} does not hold:** {escaped(state.problem or '')}.] "
            "Tell the operator of this installation; do not delete anything."
        )
    if state.last_sealed_at is None:
        return f":gray[:material/hourglass_empty: Nothing is sealed yet.]{waiting}"
    when = escaped(formats.instant(state.last_sealed_at, ctx.house.zone, ctx.locale))
    return (
        f":green[:material/verified_user: **The chain is whole.**] {formats.count(state.sealed)} entries are sealed, "
        f"the last {when}.{waiting}"
    )


def _what(table_name: str, subject: Any) -> str:
    return " ".join(part for part in (naming.noun(table_name) if table_name else "", _text(subject)) if part)


def _columns(action: str, names: list[str]) -> str:
    if action != "update":
        return ""
    shown = ", ".join(naming.field(name) for name in names[:4])
    return shown + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _others(shown: pd.DataFrame) -> list[str]:
    return sorted(set(shown["did"]) - set(_MEANINGS))


def _text(value: Any) -> str:
    return "" if formats.missing(value) else str(value)
