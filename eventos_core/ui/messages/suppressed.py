"""Who gets no more messages, and why; a person may be written to again when they ask for it."""

from __future__ import annotations

import streamlit as st

from eventos_core.directory.queries import contact
from eventos_core.enums.operations import MessageChannel, SuppressionReason, SuppressionScope
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.messages import commands, queries
from eventos_core.operations.messages.commands import LiftSuppression
from eventos_core.operations.messages.queries import SuppressionFilter
from eventos_core.ui import exporting, formats, page, tables, views
from eventos_core.ui.errors import escaped, panel
from eventos_core.ui.page import Head, PageContext
from eventos_core.ui.tables import Column

PREFIX = "suppressions"
COLUMNS = (
    Column("address", "Address", width=310),
    Column("contact", "Contact", width=190),
    Column("channel", "Channel", "status", enum=MessageChannel, width=90),
    Column("scope", "Gets no", "status", enum=SuppressionScope, width=100),
    Column("reason", "Because", "status", enum=SuppressionReason, width=135),
    Column("created_at", "Since", "instant", width=175),
)


def draw(ctx: PageContext, head: Head) -> None:
    """The list, and a way to lift one entry; exports it where that was chosen in the head."""
    bar = views.bar(ctx, PREFIX, "All addresses", columns=COLUMNS)
    wanted = page.filters(
        SuppressionFilter, prefix=PREFIX, bar=bar,
        labels={"q": "Address or person", "scope": "Gets no", "reason": "Because"},
    )  # fmt: skip
    exporting.answer(ctx, head, "suppressions", wanted, bar.picked)
    found = page.read(ctx, queries.suppressions, wanted, cursor=page.cursor(PREFIX))
    if found.frame.empty and (wanted != SuppressionFilter() or page.cursor(PREFIX)):
        page.nothing_yet("No address matches.", hint="Change the search or the filters.", icon="filter_alt")
        return
    if found.frame.empty:
        page.nothing_yet(
            "Nobody has declined messages.", hint="Who unsubscribes, and addresses that do not exist, appear here.",
            icon="notifications_off",
        )  # fmt: skip
        return
    tables.table(
        found.frame, bar.columns, key="suppressed_table", alt="Addresses that get no more messages, with the reason",
        zone=ctx.zone, lang=ctx.locale, opens="suppressed" if ctx.can(Permission.MESSAGES_SEND) else None,
    )  # fmt: skip
    page.pager(found, prefix=PREFIX)


def show(ctx: PageContext, raw_id: str) -> None:
    """The drawer that lifts one entry."""
    found = page.read(ctx, queries.suppressions, only=int(raw_id) if raw_id.isdecimal() else 0)
    row = next(iter(tables.records(found.frame)), None)
    if row is None:
        panel("This address is not declined.", "It gets messages already, or the link is old.", icon="search_off")
        return
    st.title(escaped(row["address"] or row["contact"] or "An address that was erased"), anchor=False)
    since = formats.instant(row["created_at"], ctx.zone, ctx.locale)
    st.caption(escaped(f"{SuppressionReason(row['reason']).label} · {since}"))
    st.markdown(
        "Write to this address again only when its owner asked for it. An address that came back for good will most "
        "likely come back again."
    )
    _marked(ctx, row["contact_id"])
    name = f"lift_{raw_id}"
    if page.pressed("Allow messages again", name=name, icon="undo"):
        given = LiftSuppression(int(raw_id))
        lifted = page.act(
            ctx, commands.lift_suppression, given, key=name, done="The address gets messages again.", refresh=False
        )
        if lifted is not None:
            page.close_drawer("suppressed")


def _marked(ctx: PageContext, contact_id: int | None) -> None:
    """Say where the person is not to be contacted besides: marketing then waits for their contact to say otherwise."""
    if formats.missing(contact_id) or not ctx.can(Permission.CONTACTS_READ):
        return
    person = page.read(ctx, contact, int(contact_id or 0))
    if not person.fields.do_not_contact:
        return
    st.info(
        f"{escaped(person.name)} is not to be contacted: no marketing goes out until that is taken off. With a new "
        "consent both are done at once, in the contact under “Marketing consent”.",
        icon=":material/block:",
    )
    page.link("Open the contact", page="sales_contacts", contact=person.id)
