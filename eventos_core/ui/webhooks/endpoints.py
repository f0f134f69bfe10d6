"""Endpoints: what is told to which address, the secret shown once, the log of deliveries."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from eventos_core.db.registry import read
from eventos_core.enums.operations import EndpointStatus, WebhookStatus
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import new_token
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.list_joins import Everything
from eventos_core.operations.webhooks import commands, firing, queries
from eventos_core.operations.webhooks.commands import (
    AddEndpoint,
    EditEndpoint,
    OneEndpoint,
    Redeliver,
    RotateSecret,
    SwitchEndpoint,
)
from eventos_core.operations.webhooks.queries import Endpoint
from eventos_core.ui import exporting, formats, page, tables, views
from eventos_core.ui.errors import escaped, panel
from eventos_core.ui.forms import render_key
from eventos_core.ui.page import Form, Head, PageContext
from eventos_core.ui.tables import Column, Meaning

_SHOWN = "_webhook_secret"
_STATUS: dict[str, Meaning] = {
    EndpointStatus.ACTIVE: "green", EndpointStatus.PAUSED: "gray", EndpointStatus.FAILING: "red",
}  # fmt: skip
COLUMNS = (
    Column("name", "Name", width=180),
    Column("url", "Address", width=280),
    Column("facts", "Told of", "list", width=220),
    Column("status", "Status", "status", enum=EndpointStatus, meanings=_STATUS, width="small"),
    Column("last_success_at", "Last taken", "instant"),
    Column("last_failure_at", "Last refused", "instant"),
    Column("last_error", "Reason"),
)
_MOMENT = dt.timedelta(minutes=10)
_FINAL = (WebhookStatus.DELIVERED, WebhookStatus.GIVEN_UP)


def draw(ctx: PageContext, head: Head) -> None:
    """The list, or what to do first; exports it where that was chosen in the head."""
    bar = views.bar(ctx, "webhooks", "All webhooks", columns=COLUMNS)
    exporting.answer(ctx, head, "webhooks", page.filters(Everything, prefix="webhooks", bar=bar), bar.picked)
    found = page.read(ctx, queries.webhook_endpoints)
    if found.empty:
        manages = ctx.can(Permission.TEAM_MANAGE)
        if page.nothing_yet(
            "No webhooks yet.", hint="Tell your own systems when something happens here.",
            action="Add a webhook" if manages else None, icon="webhook",
        ):  # fmt: skip
            page.open_drawer(new="webhook")
        return
    tables.table(
        found.assign(facts=found["facts"].map(lambda facts: [firing.label(fact) for fact in facts])),
        bar.columns, key="webhooks_table", alt="Webhooks with address, facts, status and last answers", zone=ctx.zone,
        lang=ctx.locale, opens="webhook",
    )  # fmt: skip


def forget() -> None:
    """Once its drawer is left the secret is gone for good."""
    st.session_state.pop(_SHOWN, None)


def new(ctx: PageContext) -> None:
    """The drawer's body for a new endpoint, then its secret."""
    if _secret():
        if st.button("Done", type="primary", key="webhook_done"):
            page.close_drawer("new")
        return
    with page.form("new_webhook") as form:
        name = form.text("name", "Name", required=True, max_chars=200)
        url = form.text("url", "Address", required=True, placeholder="https://example.com/hooks/eventos")
        facts = _facts(form, ())
        secret = _made(form)
        if form.submit("Add webhook"):
            given = AddEndpoint(name, url, facts, secret)
            if page.act(ctx, commands.add_endpoint, given, form=form, refresh=False) is not None:
                _keep(form, secret)


def show(ctx: PageContext, raw_id: str) -> None:
    """The drawer of one endpoint."""
    if not raw_id.isdigit():
        panel("This link names no webhook.", "Go back to the list.", icon="search_off")
        return
    one = page.read(ctx, queries.webhook_endpoint, int(raw_id))
    st.title(escaped(one.name), anchor=False)
    st.markdown(f":{_STATUS[one.status]}-badge[{one.status.label}]")
    if one.last_error:
        st.warning(escaped(one.last_error), icon=":material/info:")
    _secret()
    if ctx.can(Permission.TEAM_MANAGE):
        _actions(ctx, one)
        with st.expander("Change"):
            _form(ctx, one)
    _log(ctx, one)


def _actions(ctx: PageContext, one: Endpoint) -> None:
    active = one.status is EndpointStatus.ACTIVE
    test, switch, rotate, remove = (f"webhook_{one.id}_{what}" for what in ("test", "switch", "rotate", "remove"))
    with st.container(horizontal=True):
        if page.pressed("Send a test", name=test, icon="send"):
            page.act(ctx, commands.ping_endpoint, OneEndpoint(one.id), key=test, done="A test is on its way.")
        version = page.seen_version(switch, one.version)
        if page.pressed("Pause" if active else "Switch on", name=switch, icon="pause" if active else "play_arrow"):
            given = SwitchEndpoint(one.id, version, active=not active)
            page.act(ctx, commands.switch_endpoint, given, key=switch, done="Paused." if active else "Switched on.")
    _new_secret(ctx, one, rotate)
    if st.checkbox(f"Remove {escaped(one.name)} with its log", key=f"{remove}_sure") and page.pressed(
        "Remove webhook", name=remove, icon="delete"
    ):
        gone = page.act(
            ctx, commands.remove_endpoint, OneEndpoint(one.id), key=remove, done="Webhook removed.", refresh=False
        )
        if gone is not None:
            page.close_drawer("webhook")


def _new_secret(ctx: PageContext, one: Endpoint, name: str) -> None:
    """A secret in place of the present one, asking once."""
    version = page.seen_version(name, one.version)
    sure = st.checkbox(
        "Make a new secret", key=f"{render_key(name)}_sure", help="The present one is accepted for a day, then no more."
    )
    if sure and page.pressed("Make it now", name=name, icon="key"):
        secret = new_token()
        given = RotateSecret(one.id, version, secret)
        if page.act(ctx, commands.rotate_secret, given, key=name, refresh=False) is not None:
            st.session_state[_SHOWN] = secret
            st.rerun()


def _form(ctx: PageContext, one: Endpoint) -> None:
    with page.form(f"webhook_{one.id}") as form:
        seen = form.version(one.version)
        name = form.text("name", "Name", one.name, required=True, max_chars=200)
        url = form.text("url", "Address", one.url, required=True)
        facts = _facts(form, one.facts)
        if form.submit("Save webhook"):
            given = EditEndpoint(one.id, seen, name, url, facts, one.event_id)
            page.act(ctx, commands.edit_endpoint, given, form=form, done="Webhook saved.")


def _facts(form: Form, chosen: tuple[str, ...]) -> tuple[str, ...]:
    told = {"*": "Everything", **firing.told()}
    now = [name for name in chosen if name in told]
    return tuple(
        form.field(
            "facts", st.multiselect, "Told of", list(told), default=now, format_func=firing.label,
            placeholder="Choose what happens", help="Requests name it in one word, as EventStatusChanged.",
        )
    )  # fmt: skip


def _log(ctx: PageContext, one: Endpoint) -> None:
    found = page.read(ctx, queries.webhook_log, one.id)
    st.markdown("**Deliveries**")
    if found.empty:
        st.caption("Nothing was delivered yet.")
        return
    if _goes_out(found):
        page.until(lambda: _stand(read(ctx.credential, queries.webhook_log, one.id)) != _stand(found))
    for row in found.head(20).to_dict("records"):
        status = WebhookStatus(row["status"])
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            when = formats.instant(row["created_at"], ctx.zone, ctx.locale)
            answer = "" if formats.missing(row["response_status"]) else f" · {row['response_status']}"
            with st.container(gap="xxsmall", width="stretch"):
                st.markdown(f"**{escaped(firing.label(row['fact']))}** · {status.label}{answer}")
                said = "" if formats.missing(row["response_excerpt"]) else f" · {row['response_excerpt'][:120]}"
                again = f" · next try {formats.instant(row['next_attempt_at'], ctx.zone, ctx.locale)}"
                tries = formats.plural(int(row["attempts"]), "try", "tries")
                st.caption(escaped(f"{when} · {tries}{said}{again if status is WebhookStatus.RETRYING else ''}"))
            name = f"redeliver_{row['id']}"
            manages = ctx.can(Permission.TEAM_MANAGE)
            if status in _FINAL and manages and page.pressed("Deliver again", name=name, icon="replay"):
                given = Redeliver(int(row["id"]))
                page.act(ctx, commands.redeliver, given, key=name, done="On its way again.")


def _goes_out(log: pd.DataFrame) -> bool:
    """Whether one of them is being delivered now, or will be soon: while it is, its next try is a lease away."""
    waits = ~log["status"].isin([status.value for status in _FINAL])
    return bool((waits & (log["next_attempt_at"] < clock.now() + _MOMENT)).any())


def _stand(log: pd.DataFrame) -> list[tuple[int, str, int]]:
    """How far each delivery has come: one that failed and is tried again has come further too."""
    return [(int(row["id"]), str(row["status"]), int(row["attempts"])) for row in log.to_dict("records")]


def _made(form: Form) -> str:
    """The secret of this render of the form: a second click on it sends the very same request."""
    secret: str = st.session_state.setdefault(f"_secret_{form.key}", new_token())
    return secret


def _keep(form: Form, secret: str) -> None:
    st.session_state.pop(f"_secret_{form.key}", None)
    st.session_state[_SHOWN] = secret
    st.rerun()


def _secret() -> bool:
    secret = st.session_state.get(_SHOWN)
    if secret:
        with st.container(border=True):
            st.markdown(":material/key: **Keep this secret now; it is shown only once.**")
            st.code(secret, language=None, wrap_lines=True)
            st.caption("Requests carry X-EventOS-Signature: t, and v1 = HMAC-SHA256 of “t.body” under it.")
    return bool(secret)
