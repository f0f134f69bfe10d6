"""API keys on their page: the list, making one, and one in the drawer. A key is shown once, right after it was made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.kernel import clock
from eventos_core.kernel.credentials import hash_token, new_key
from eventos_core.kernel.permissions import Permission, parse
from eventos_core.tenancy import commands, queries, rules
from eventos_core.ui import formats, page, tables
from eventos_core.ui.errors import escaped, panel
from eventos_core.ui.forms import Form, required
from eventos_core.ui.page import PageContext
from eventos_core.ui.tables import Column, Meaning
from eventos_core.ui.team import rights, words
from eventos_core.ui.views import Bar

_FRESH = "_eventos_fresh_key"
_STATES: dict[str, tuple[str, Meaning]] = {
    "in_force": ("In force", "green"),
    "ended": ("Ended", "orange"),
    "revoked": ("Withdrawn", "gray"),
}
_LASTS: dict[str, int | None] = {"30 days": 30, "90 days": 90, "One year": 365, "Until it is withdrawn": None}


@dataclass(frozen=True)
class Wish:
    """The filter row as the URL says it."""

    ended: bool = False


@dataclass(frozen=True)
class FreshKey:
    """A key that was just made, kept until its drawer is left."""

    key_id: int
    name: str
    key: str


def forget() -> None:
    """Once its drawer is left the key is gone for good."""
    st.session_state.pop(_FRESH, None)


COLUMNS = (
    Column("name", "Name", width=200),
    Column("may", "May", width=345),
    Column("state", "Status", "status", meanings=dict(_STATES.values()), width=90),
    Column("expires_at", "Ends", "instant", width=180),
    Column("last_used_at", "Last used", "instant", width=180),
    Column("begins", "Begins with", extra=True),
    Column("last_used_ip", "Last used from", extra=True),
    Column("requests_per_minute", "Requests a minute", "count", extra=True),
    Column("made_by", "Made by", extra=True),
    Column("created_at", "Made", "instant", extra=True),
)


def table(ctx: PageContext, keys: pd.DataFrame, bar: Bar) -> None:
    """The keys with their scopes and last use; a row opens the key."""
    shown = keys.assign(
        state=[_STATES[status][0] for status in keys["status"]],
        may=[_told(scopes) for scopes in keys["scopes"]],
        begins=[f"{prefix}…" for prefix in keys["prefix"]],
    )
    tables.table(
        shown, bar.columns, key="keys", alt="API keys; choose one to open it",
        zone=ctx.house.zone, lang=ctx.locale, opens="api_key", rows=15,
    )  # fmt: skip


def create(ctx: PageContext) -> None:
    """The drawer that makes a key: the form, or the key that it just made."""
    made: FreshKey | None = st.session_state.get(_FRESH)
    if made is not None:
        _show(made)
        if st.button("Done", type="primary", key="key_done"):
            page.close_drawer("new")
        return
    offered = [p.value for p in rules.scopes_on_offer(rights.own_rights(ctx))]
    labels = {p.value: words.label(p) for p in rules.scopes_on_offer(rights.own_rights(ctx))}
    with page.form("new_key") as form:
        name = form.text("name", "What it is for", required=True, max_chars=200, placeholder="Ticket shop")
        scopes: list[str] = form.field(
            "scopes", st.multiselect, required("What it may do"), offered, format_func=labels.__getitem__,
            placeholder="Choose", help="A key never does more than you may.",
        )  # fmt: skip
        lasts = form.pick("expires_at", "It ends after", list(_LASTS), "One year")
        with st.expander("Limits"):
            limit = form.field("requests_per_minute", st.number_input, "Requests per minute", 1, 100_000, 300)
            networks = form.area("allowed_networks", "Only from these networks", placeholder="192.0.2.0/24")
        key, prefix = _key_of(form)
        if form.submit("Create the key", icon="key"):
            given = commands.CreateKey(
                name, tuple(scopes), prefix, hash_token(key), _end(form, _LASTS[lasts]), int(limit),
                tuple(networks.replace(",", " ").split()),
            )  # fmt: skip
            saved = page.act(ctx, commands.create_key, given, form=form, refresh=False)
            if saved is not None:
                _keep(form.key, FreshKey(saved.key_id, name, key))


def draw(ctx: PageContext, raw_id: str) -> None:
    """One key in the drawer: what it may do, its use; made anew or withdrawn."""
    keys = page.read(ctx, queries.api_keys, include_ended=True)
    found = keys.loc[keys["id"] == int(raw_id)] if raw_id.isdigit() else keys.iloc[:0]
    if found.empty:
        panel("This link names no key.", "Go back to the list.", icon="search_off")
        return
    key = found.iloc[0]
    made: FreshKey | None = st.session_state.get(_FRESH)
    if made is not None and made.key_id == key["id"]:
        _show(made)
    st.title(escaped(key["name"]), anchor=False)
    state, colour = _STATES[key["status"]]
    st.markdown(f":{colour}-badge[{state}] begins with `{key['prefix']}`")
    st.markdown("\n".join(f"- {escaped(told)}" for told in _by_area(key["scopes"])))
    st.caption(escaped(" · ".join(_facts(ctx, key))))
    if key["status"] != "in_force":
        return
    _rotate(ctx, key)
    _revoke(ctx, key)


def _rotate(ctx: PageContext, key: Any) -> None:
    opened = st.expander("A new key in its place", icon=":material/autorenew:")
    with opened, page.form(f"rotate_{key['id']}") as form:
        seen = form.version(int(key["version"]))
        st.caption("The old one stops at once. Programs that use it need the new one.")
        fresh, prefix = _key_of(form)
        if form.submit("Make it anew", icon="autorenew"):
            given = commands.RotateKey(int(key["id"]), seen, prefix, hash_token(fresh))
            if page.act(ctx, commands.rotate_key, given, form=form, refresh=False) is not None:
                _keep(form.key, FreshKey(int(key["id"]), key["name"], fresh))


def _revoke(ctx: PageContext, key: Any) -> None:
    """Withdraw, asking once."""
    name, asked = f"revoke_{key['id']}", f"_ask_revoke_{key['id']}"
    if not st.session_state.get(asked):
        keep = st.session_state.__setitem__
        st.button("Withdraw", icon=":material/block:", key=f"ask_{name}", on_click=keep, args=(asked, True))
        return
    st.markdown(f"Withdraw **{escaped(key['name'])}** for good? Programs that use it are refused from then on.")
    with st.container(horizontal=True):
        if page.pressed("Withdraw it", name=name, icon="block", primary=True):
            del st.session_state[asked]
            forget()
            given = commands.RevokeKey(int(key["id"]))
            page.act(ctx, commands.revoke_key, given, key=name, done=f"{key['name']} is withdrawn.")
        st.button("Keep it", key=f"keep_{name}", on_click=st.session_state.pop, args=(asked,))


def _show(made: FreshKey) -> None:
    with st.container(border=True, key="fresh_key"):
        st.markdown(f":material/key: **The key for {escaped(made.name)}**")
        st.code(made.key, language=None, wrap_lines=True)
        st.caption("It is not stored and is shown only now. Programs send it as `Authorization: Bearer …`.")


def _key_of(form: Form) -> tuple[str, str]:
    """The key of this render of the form: a second click on it sends the very same request."""
    made: tuple[str, str] = st.session_state.setdefault(f"_key_{form.key}", new_key())
    return made


def _end(form: Form, days: int | None) -> dt.datetime | None:
    """When the key ends, counted from when this render of the form was first drawn."""
    began: dt.datetime = st.session_state.setdefault(f"_began_{form.key}", clock.now())
    return None if days is None else began + dt.timedelta(days=days)


def _keep(form_key: str, made: FreshKey) -> None:
    for kept in (f"_key_{form_key}", f"_began_{form_key}"):
        st.session_state.pop(kept, None)
    st.session_state[_FRESH] = made
    st.rerun()


def _facts(ctx: PageContext, key: Any) -> list[str]:
    def when(at: Any) -> str:
        return formats.instant(at.to_pydatetime(), ctx.house.zone, ctx.locale)

    used = "never used" if pd.isna(key["last_used_at"]) else f"last used {when(key['last_used_at'])}"
    if not pd.isna(key["last_used_ip"]):
        used += f" from {key['last_used_ip']}"
    ends = "no end" if pd.isna(key["expires_at"]) else f"ends {when(key['expires_at'])}"
    by = "" if pd.isna(key["made_by"]) else f" by {key['made_by']}"
    return [f"made {when(key['created_at'])}{by}", ends, used, f"{key['requests_per_minute']} requests a minute"]


def _labels(scopes: list[str]) -> list[str]:
    return [words.label(permission) for permission in sorted(parse(scopes), key=list(Permission).index)]


def _by_area(scopes: list[str]) -> list[str]:
    """“Events: see, edit, publish”: one line for each area."""
    areas: dict[str, list[str]] = {}
    for label in _labels(scopes):
        area, _, verb = label.rpartition(": ")
        areas.setdefault(area, []).append(verb)
    return [f"{area}: {', '.join(verbs)}" for area, verbs in areas.items()]


def _told(scopes: list[str]) -> str:
    labels = _labels(scopes)
    return ", ".join(labels[:2]) + (f" and {len(labels) - 2} more" if len(labels) > 2 else "")
