"""The outbox: what waits, went and failed, and one message with all that became of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import streamlit as st

from eventos_core.db.registry import read
from eventos_core.enums.operations import DeliveryKind, MessageChannel, QueueStatus
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.lists import PageOf
from eventos_core.operations.messages import commands, queries, reports, senders
from eventos_core.operations.messages.commands import OneMessage
from eventos_core.operations.messages.queries import MessageDetail, MessageFilter
from eventos_core.ui import exporting, formats, page, tables, views
from eventos_core.ui.errors import escaped, panel
from eventos_core.ui.page import Head, PageContext
from eventos_core.ui.tables import Column, Meaning
from eventos_core.ui.views import Bar

PREFIX = "messages"
STATUS: dict[str, Meaning] = {
    QueueStatus.QUEUED: "blue", QueueStatus.SENDING: "blue", QueueStatus.SENT: "green", QueueStatus.FAILED: "red",
    QueueStatus.SUPPRESSED: "orange", QueueStatus.CANCELLED: "gray",
}  # fmt: skip
OUTCOMES: dict[str, Meaning] = {
    **{status.label: STATUS[status] for status in QueueStatus}, reports.CAME_BACK: "red", reports.REPORTED: "red",
}  # fmt: skip
COLUMNS = (
    Column("what", "Message", width=235),
    Column("status", "Status", "status", meanings=OUTCOMES, width=105),
    Column("recipient", "To", width=215),
    Column("send_at", "Planned", "instant", width=175),
    Column("sent_at", "Sent", "instant", width=175),
    # A sentence, or what a mail server said: the drawer has the room for it.
    Column("reason", "Reason", width=420, extra=True),
    Column("channel", "Channel", "status", enum=MessageChannel, width="small", extra=True),
    Column("event", "Event", extra=True),
    Column("address", "Address", extra=True),
    Column("subject", "Subject", extra=True),
    Column("attempts", "Tries", "count", width="small", extra=True),
    Column("created_at", "Made", "instant", extra=True),
)
_WAITS = (QueueStatus.QUEUED, QueueStatus.SENDING)
MOMENT = dt.timedelta(minutes=10)
"""What goes out within that time is waited for by the page that shows it."""


def caption(ctx: PageContext) -> str:
    """“3 wait · 1 failed”, or that all went; and where mail goes where it reaches nobody."""
    counts = page.read(ctx, queries.message_counts)
    waiting = sum(counts[status] for status in _WAITS)
    failed = counts[QueueStatus.FAILED]
    parts = [f"{formats.count(waiting)} on the way"] if waiting else []
    parts += [f"{formats.count(failed)} failed"] if failed else []
    return " · ".join([*(parts or ["Nothing waits, nothing failed"]), *filter(None, [_mailbox(ctx)])])


def draw(ctx: PageContext, head: Head) -> None:
    """Filter row and list; exports it where that was chosen in the head."""
    offered = {"event": page.event_names(ctx)}
    bar = views.bar(ctx, "messages", "All messages", columns=COLUMNS)
    wanted = page.filters(
        MessageFilter, prefix=PREFIX, options=offered, bar=bar,
        labels={"q": "Recipient, address or subject", "category": "Kind"},
    )  # fmt: skip
    if wanted.event is not None:
        wanted = replace(wanted, event=int(wanted.event))
    exporting.answer(ctx, head, "messages", wanted, bar.picked)
    found = page.read(ctx, queries.messages, wanted, cursor=page.cursor(PREFIX))
    if not found.frame.empty:
        _table(ctx, found, bar)
    elif wanted != MessageFilter() or page.cursor(PREFIX):
        page.nothing_yet("No message matches.", hint="Change the search or the filters.", icon="filter_alt")
    else:
        page.nothing_yet(
            "Nothing was sent yet.", hint="Invitations, tickets and campaigns appear here as they go out.", icon="mail"
        )


def show(ctx: PageContext, raw_id: str) -> None:
    """The drawer of one message: what it said, to whom, and its log."""
    if not raw_id.isdigit():
        panel("This link names no message.", "Go back to the list.", icon="search_off")
        return
    one = page.read(ctx, queries.message, int(raw_id))
    if _goes_out(one):
        page.until(lambda: _stand(read(ctx.credential, queries.message, one.id)) != _stand(one))
    _head(ctx, one)
    if ctx.can(Permission.MESSAGES_SEND):
        _actions(ctx, one)
    with st.container(border=True, key="message_body"):
        if one.rendered is None:
            st.caption(escaped(one.problem))
        else:
            if one.rendered.subject:
                st.markdown(f"**{escaped(one.rendered.subject)}**")
            st.html(one.rendered.html)
    _log(ctx, one)


def _goes_out(one: MessageDetail) -> bool:
    """Whether it is being sent now, or will be soon: while it is, its next try is a lease away."""
    return one.status in _WAITS and one.next_attempt_at < clock.now() + MOMENT


def _stand(one: MessageDetail) -> tuple[QueueStatus, int, str | None]:
    """How far it has come: one that failed and waits for another try has come further too."""
    return one.status, one.attempts, one.reason


def _mailbox(ctx: PageContext) -> str:
    return escaped(senders.mailbox_in_words(where=ctx.can(Permission.INTEGRATIONS_MANAGE)))


def _table(ctx: PageContext, found: PageOf, bar: Bar) -> None:
    states = zip(found.frame["status"], found.frame["reason"], strict=True)
    told = [reports.outcome(QueueStatus(status), None if formats.missing(why) else why) for status, why in states]
    shown = found.frame.assign(status=told, recipient=found.frame["recipient"].replace("", None))
    tables.table(
        shown, bar.columns, key="messages_table", alt=f"Messages, newest first, with {bar.told}",
        zone=ctx.zone, lang=ctx.locale, opens="message",
    )  # fmt: skip
    page.pager(found, prefix=PREFIX)


def _head(ctx: PageContext, one: MessageDetail) -> None:
    st.title(escaped(one.recipient or one.what), anchor=False)
    outcome = reports.outcome(one.status, one.reason)
    st.markdown(
        f":{OUTCOMES[outcome]}-badge[{outcome}] :gray-badge[{one.channel.label}] :gray-badge[{one.category.label}]"
    )
    if one.reason:
        kind = st.error if one.status in (QueueStatus.FAILED, QueueStatus.SENT) else st.warning
        kind(escaped(one.reason), icon=":material/info:")
    facts = [("To", one.address), ("Message", one.what), ("About", one.event)]
    if one.sent_at:
        facts.append(("Sent", formats.instant(one.sent_at, ctx.zone, ctx.locale)))
    elif one.status in _WAITS:
        facts.append(("Next try", formats.instant(one.next_attempt_at, ctx.zone, ctx.locale)))
    facts.append(("Tries", f"{one.attempts} of {one.max_attempts}" if one.attempts else None))
    st.caption(escaped(" · ".join(f"{label}: {value}" for label, value in facts if value)))
    if one.contact_id is not None:
        page.link("Open the contact", page="sales_contacts", icon="person", contact=one.contact_id)


def _actions(ctx: PageContext, one: MessageDetail) -> None:
    name = f"message_{one.id}"
    with st.container(horizontal=True):
        if one.status is QueueStatus.QUEUED and page.pressed("Cancel message", name=f"{name}_cancel", icon="cancel"):
            page.act(ctx, commands.cancel_message, OneMessage(one.id), key=f"{name}_cancel", done="Message cancelled.")
        if one.status not in _WAITS and page.pressed("Send again", name=f"{name}_again", icon="replay"):
            page.act(
                ctx, commands.resend_message, OneMessage(one.id), key=f"{name}_again", done="The message is queued."
            )


def _log(ctx: PageContext, one: MessageDetail) -> None:
    log = page.read(ctx, queries.deliveries, one.id)
    if log.empty:
        return
    st.markdown("**What became of it**")
    tables.plain(
        log,
        [
            Column("occurred_at", "When", "instant"),
            Column("kind", "What", "status", enum=DeliveryKind),
            Column("detail", "Said"),
        ],
        zone=ctx.zone,
        lang=ctx.locale,
    )
    if one.message_id:
        st.caption(f"Message-ID `{one.message_id}`")
