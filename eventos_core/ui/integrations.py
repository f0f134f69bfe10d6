"""Connected services: the list, connecting one, and a drawer to try, change, switch off and remove it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.db.registry import read
from eventos_core.enums.operations import IntegrationKind, IntegrationStatus, QueueStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import EventOSError
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.integrations import commands, queries, testing
from eventos_core.operations.integrations.commands import (
    AddIntegration,
    EditIntegration,
    OneIntegration,
    SwitchIntegration,
)
from eventos_core.operations.integrations.queries import IntegrationDetail
from eventos_core.operations.integrations.registry import Provider, provider_of, providers
from eventos_core.operations.messages import commands as messages
from eventos_core.operations.messages import reports
from eventos_core.operations.messages.commands import SendTrial
from eventos_core.ui import errors, fields, formats, page, tables
from eventos_core.ui.errors import escaped, panel
from eventos_core.ui.messages import outbox
from eventos_core.ui.page import Form, PageContext
from eventos_core.ui.tables import Column, Meaning

STATUS: dict[str, Meaning] = {
    IntegrationStatus.CONNECTED: "green", IntegrationStatus.ERROR: "red", IntegrationStatus.DRAFT: "orange",
    IntegrationStatus.DISABLED: "gray",
}  # fmt: skip
_TRIED = "_integration_tried"


def draw(ctx: PageContext) -> None:
    """The list, or what to do first."""
    found = page.read(ctx, queries.integrations)
    manages = ctx.can(Permission.TEAM_MANAGE)
    if found.empty:
        if page.nothing_yet(
            "No services connected.", hint="Mail over your own server, texts and posts over your own accounts.",
            action="Connect a service" if manages else None, icon="extension",
        ):  # fmt: skip
            page.open_drawer(new="integration")
        return
    titles = {key: one.title for key, one in providers().items()}
    frame = found.assign(
        service=[titles.get(key, key) for key in found["provider"]],
        used=["By default" if default else "Where it is chosen" for default in found["is_default"]],
        worked=[
            "Not used yet" if formats.missing(at) else formats.instant(at, ctx.zone, ctx.locale)
            for at in found["last_sync_at"]
        ],
    )
    tables.table(
        frame,
        [
            Column("name", "Name", width=180),
            Column("status", "Status", "status", enum=IntegrationStatus, meanings=STATUS, width=105),
            Column("last_error", "What is wrong", width=185),
            Column("kind", "For", "status", enum=IntegrationKind, width="small"),
            Column("service", "Service", width=115),
            Column("used", "Used", width=140),
            Column("worked", "Last worked", width=205),
            Column("external_account", "Account"),
        ],
        key="integrations_table", alt="Connected services with status, last success and last error", zone=ctx.zone,
        lang=ctx.locale, opens="integration",
    )  # fmt: skip


def new(ctx: PageContext) -> None:
    """The drawer's body for a service to connect; once it is kept, it is tried."""
    offered = providers()
    # Outside the form: the service decides which fields there are.
    key = st.selectbox(
        "Service", list(offered), format_func=lambda one: _label(offered[one]), key="new_integration_key"
    )
    provider = offered[key]
    st.caption(provider.about)
    with page.form(f"new_integration_{key}") as form:
        name = form.text(
            "name", "Name", provider.title, required=True, max_chars=200, help="To tell two of one service apart."
        )
        settings, credentials = _inputs(form, provider, {}, {})
        if form.submit("Connect and try", icon="power"):
            given = AddIntegration(key, name, settings, credentials)
            made = page.act(ctx, commands.add_integration, given, form=form, refresh=False)
            if made is not None:
                _try(ctx, made.integration_id)
                st.query_params.pop("new", None)
                page.open_drawer(integration=made.integration_id)


def show(ctx: PageContext, raw_id: str) -> None:
    """The drawer of one service."""
    if not raw_id.isdigit():
        panel("This link names no integration.", "Go back to the list.", icon="search_off")
        return
    one = page.read(ctx, queries.integration, int(raw_id))
    try:
        provider = provider_of(one.provider)
    except EventOSError as error:
        errors.show(error)
        return
    _head(ctx, one, provider)
    if ctx.can(Permission.TEAM_MANAGE):
        _actions(ctx, one)
        if ctx.can(Permission.MESSAGES_SEND) and one.status is not IntegrationStatus.DISABLED:
            with st.expander("Send something with it", icon=":material/send:"):
                _trial(ctx, one)
        with st.expander("Change", icon=":material/edit:"):
            _edit(ctx, one, provider)
        with st.expander("Remove", icon=":material/delete:"):
            _remove(ctx, one)
    _sent(ctx, one)


def _head(ctx: PageContext, one: IntegrationDetail, provider: Provider) -> None:
    st.title(escaped(one.name), anchor=False)
    badges = [f":{STATUS[one.status]}-badge[{one.status.label}]", f":gray-badge[{escaped(provider.title)}]"]
    badges += [":blue-badge[Used by default]"] if one.is_default else []
    st.markdown(" ".join(badges))
    tried = st.session_state.get(_TRIED)
    if tried is not None and tried[0] == one.id:
        said = f"{escaped(tried[1].said)} · {formats.count(tried[1].took_ms)} ms"
        (st.success if tried[1].ok else st.error)(said, icon=f":material/{'check_circle' if tried[1].ok else 'error'}:")
    elif one.last_error:
        when = formats.instant(one.last_error_at, ctx.zone, ctx.locale) if one.last_error_at else ""
        st.error(escaped(f"{one.last_error} ({when})" if when else one.last_error), icon=":material/error:")
    elif one.status is IntegrationStatus.DRAFT:
        st.warning("It is not used before a try has worked.", icon=":material/info:")
    worked = formats.instant(one.last_sync_at, ctx.zone, ctx.locale) if one.last_sync_at else "not used yet"
    st.caption(escaped(" · ".join(filter(None, [one.external_account, f"Last worked: {worked}"]))))


def _actions(ctx: PageContext, one: IntegrationDetail) -> None:
    off = one.status is IntegrationStatus.DISABLED
    with st.container(horizontal=True):
        if st.button("Try the connection", icon=":material/network_check:", key=f"try_{one.id}", type="primary"):
            _try(ctx, one.id)
            st.rerun()
        switch, prefer = f"switch_{one.id}", f"prefer_{one.id}"
        version = page.seen_version(switch, one.version)
        if page.pressed("Switch on" if off else "Switch off", name=switch, icon="play_arrow" if off else "pause"):
            given = SwitchIntegration(one.id, version, active=off)
            done = "Switched on." if off else "Switched off."
            if page.act(ctx, commands.switch_integration, given, key=switch, done=done, refresh=False) is not None:
                forget()
                page.refresh()
        if not (off or one.is_default or one.kind is IntegrationKind.SOCIAL):
            version = page.seen_version(prefer, one.version)
            if page.pressed("Use by default", name=prefer, icon="star"):
                given_ = OneIntegration(one.id, version)
                page.act(ctx, commands.prefer_integration, given_, key=prefer, done="Used by default from now on.")


def _try(ctx: PageContext, integration_id: int) -> None:
    try:
        with st.spinner("Trying the connection"):
            tried = testing.try_connection(ctx.credential, integration_id)
    except EventOSError as error:
        errors.show(error)
        st.stop()
    st.session_state[_TRIED] = (integration_id, tried)


def forget() -> None:
    """What the last try said is for the drawer that it was made in."""
    st.session_state.pop(_TRIED, None)


def _edit(ctx: PageContext, one: IntegrationDetail, provider: Provider) -> None:
    with page.form(f"integration_{one.id}") as form:
        seen = form.version(one.version)
        name = form.text("name", "Name", one.name, required=True, max_chars=200)
        settings, credentials = _inputs(form, provider, one.settings, one.hints)
        if form.submit("Save and try", icon="check"):
            given = EditIntegration(one.id, seen, name, settings, credentials)
            if page.act(ctx, commands.edit_integration, given, form=form, done="Saved.", refresh=False) is not None:
                _try(ctx, one.id)
                st.rerun()


def _inputs(
    form: Form, provider: Provider, now: Mapping[str, Any], hints: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What stands in the fields: settings, and credentials that were typed."""
    settings, credentials = {}, {}
    for one in provider.fields:
        if one in provider.settings:
            shown = now.get(one.key, None if now else one.default)
            settings[one.key] = fields.draw(form, one, shown)
            continue
        credentials[one.key] = fields.draw(form, one, None)
        if one.key in hints:
            ends = f", ends in {escaped(hints[one.key])}" if hints[one.key] else ""
            st.caption(f":material/check: Set{ends}. Leave it empty to keep it.")
        elif now:
            st.caption("Not set.")
    return settings, {key: value for key, value in credentials.items() if value}


def _trial(ctx: PageContext, one: IntegrationDetail) -> None:
    with page.form(f"trial_{one.id}") as form:
        address = subject = None
        if one.kind is IntegrationKind.EMAIL:
            address = form.text("address", "To", ctx.person.email)
            subject = form.text("subject", "Subject", f"A test of {one.name}", max_chars=300)
        elif one.kind is IntegrationKind.SMS:
            address = form.text("address", "To", placeholder="+33 6 12 34 56 78")
        body = form.area("body", "Text", "This is a test.", height=90)
        if form.submit("Send", icon="send"):
            given = SendTrial(one.id, body, subject, address or None)
            page.act(ctx, messages.send_trial, given, form=form, done="On its way; it appears below.")


def _remove(ctx: PageContext, one: IntegrationDetail) -> None:
    name = f"remove_{one.id}"
    st.caption("Its credentials are forgotten. What was sent with it keeps its log; what waits goes another way.")
    version = page.seen_version(name, one.version)
    sure = st.checkbox(f"Remove {escaped(one.name)} with its credentials", key=f"{name}_sure")
    if page.pressed("Remove integration", name=name, icon="delete", disabled=not sure):
        given = OneIntegration(one.id, version)
        done = f"{one.name} removed."
        if page.act(ctx, commands.remove_integration, given, key=name, done=done, refresh=False) is not None:
            page.close_drawer("integration")


def _sent(ctx: PageContext, one: IntegrationDetail) -> None:
    found = page.read(ctx, queries.sent_through, one.id)
    st.markdown("**Sent with it**")
    if found.empty:
        st.caption("Nothing yet.")
        return
    if any(map(_just_made, tables.records(found))):
        page.until(lambda: _stand(read(ctx.credential, queries.sent_through, one.id)) != _stand(found))
    for row in tables.records(found):
        outcome = reports.outcome(QueueStatus(row["status"]), row["reason"])
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"sent_{row['id']}"):
            with st.container(gap="xxsmall", width="stretch"):
                st.markdown(f"{escaped(row['text'] or row['subject'] or '')}")
                when = formats.instant(row["sent_at"] or row["created_at"], ctx.zone, ctx.locale)
                said = " · ".join(part for part in (row["address"], when, row["reason"]) if part)
                st.caption(escaped(said))
            st.markdown(f":{outbox.OUTCOMES[outcome]}-badge[{outcome}]")
            page.link("Open", page="promote_messages", message=int(row["id"]))


def _stand(found: pd.DataFrame) -> list[tuple[Any, ...]]:
    """How far each has come: one that failed and waits for another try has come further too."""
    return [(row["id"], row["status"], row["reason"]) for row in tables.records(found)]


def _just_made(row: Mapping[str, Any]) -> bool:
    """Whether it goes out in this very moment: what waits for longer needs nobody to look."""
    waits = QueueStatus(row["status"]) in (QueueStatus.QUEUED, QueueStatus.SENDING)
    return waits and bool(clock.now() - row["created_at"] < outbox.MOMENT)


def _label(provider: Provider) -> str:
    return f"{provider.kind.label}: {provider.title}"
