"""Links by which people outside the house read an event's programme: made, listed, withdrawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from eventos_core.events import commands
from eventos_core.events.commands import ShareProgramme, WithdrawLink
from eventos_core.events.queries import EventDetail
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import hash_token, new_token
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import links, qr
from eventos_core.ui import formats, page, places, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.forms import Form
from eventos_core.ui.page import PageContext

_FRESH = "_eventos_fresh_link"
_STATES = {"open": ":green-badge[Open]", "ended": ":orange-badge[Ended]", "withdrawn": ":gray-badge[Withdrawn]"}
_AFTER = "A week after the event"
_LASTS = {"30 days": 30, "90 days": 90, "One year": 365}


@dataclass(frozen=True)
class FreshLink:
    """A link that was just made, kept until its drawer is left."""

    event_id: int
    label: str
    address: str
    expires_at: dt.datetime


def forget() -> None:
    """Once its drawer is left the link is gone for good."""
    st.session_state.pop(_FRESH, None)


def draw(ctx: PageContext, event: EventDetail) -> None:
    """The drawer's body: the link just made, the form for another, the links there are."""
    may = ctx.can(Permission.EVENTS_PUBLISH)
    with page.reading(ctx) as db:
        found = links.event_links(db, event.id)
        open_here = links.allowed(db)
    st.caption("Whoever has a link reads the public sessions without signing in, on a phone or in print.")
    made: FreshLink | None = st.session_state.get(_FRESH)
    if made is not None and made.event_id == event.id:
        _show(ctx, made)
    elif not open_here:
        st.info("Public links are switched off. An admin switches them on under House, Signing in.",
                icon=":material/link_off:")  # fmt: skip
    elif not may:
        st.caption("Managers, admins and owners of the house make links.")
    elif event.archived_at is not None:
        st.caption("This event is archived: no new links. Those that are out say so.")
    else:
        _form(ctx, event)
    if found.empty:
        if not may:
            page.nothing_yet("Nobody outside reads this programme.", icon="link_off")
        return
    st.markdown("#### Links")
    for row in tables.records(found):
        _row(ctx, row, may=may)


def _form(ctx: PageContext, event: EventDetail) -> None:
    ends = _ends(event)
    with page.form(f"share_{event.id}") as form:
        label = form.text("label", "For whom", required=True, max_chars=200, placeholder="Press list")
        lasts = form.pick("expires_at", "It opens until", list(ends))
        token = _token_of(form)
        if form.submit("Make the link", icon="add_link"):
            given = ShareProgramme(event.id, label, hash_token(token), ends[lasts])
            made = page.act(ctx, commands.share_programme, given, form=form, refresh=False)
            if made is not None:
                st.session_state.pop(f"_token_{form.key}", None)
                address = f"{places.origin()}/p/{token}"
                st.session_state[_FRESH] = FreshLink(event.id, label, address, made.expires_at)
                page.refresh()


def _ends(event: EventDetail) -> dict[str, dt.datetime]:
    """Label → end of the link, at the end of a day of the event's zone: the same in every run of that day."""
    zone = ZoneInfo(event.timezone)
    today = clock.now().astimezone(zone).date()
    after = max(event.ends_at.astimezone(zone).date(), today) + dt.timedelta(days=7)
    days = {_AFTER: after, **{label: today + dt.timedelta(days=number) for label, number in _LASTS.items()}}
    ends = {
        label: dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone).astimezone(dt.UTC)
        for label, day in days.items()
    }
    return {label: end for label, end in ends.items() if end <= clock.now() + links.LONGEST}


def _show(ctx: PageContext, made: FreshLink) -> None:
    with st.container(border=True, key="fresh_share"):
        st.markdown(f":material/link: **The link for {escaped(made.label)}**")
        st.code(made.address, language=None, wrap_lines=True)
        st.html(qr.picture(made.address, scale=3, label="QR code of the link"))
        until = formats.instant(made.expires_at, ctx.zone, ctx.locale)
        st.caption(escaped(f"It opens until {until}. It is not stored and is shown only now; make another any time."))
        if st.button("Done", type="primary", key="share_done"):
            forget()
            page.refresh()


def _row(ctx: PageContext, row: dict[str, Any], *, may: bool) -> None:
    link_id, opened = int(row["id"]), formats.plural(int(row["views"]), "view")
    said = [f"made {formats.date(row['created_at'].astimezone(ctx.zone), ctx.locale, weekday=False)}", opened]
    if row["views"]:
        said.append(f"last {formats.ago(row['last_opened_at'], clock.now(), ctx.locale)}")
    if row["state"] == "open":
        said.append(f"until {formats.date(row['expires_at'].astimezone(ctx.zone), ctx.locale, weekday=False)}")
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"share_link_{link_id}"):
        with st.container(gap="xxsmall", width="stretch"):
            st.markdown(f"**{escaped(row['label'])}** {_STATES[row['state']]}")
            st.caption(escaped(" · ".join(said)))
        if row["state"] == "open" and may:
            _withdraw(ctx, link_id, row["label"])


def _withdraw(ctx: PageContext, link_id: int, label: str) -> None:
    """Ends the link after asking once."""
    name, asked = f"withdraw_{link_id}", f"_ask_withdraw_{link_id}"
    if not st.session_state.get(asked):
        st.button("Withdraw", key=f"ask_{name}", on_click=st.session_state.__setitem__, args=(asked, True))
        return
    if page.pressed("Withdraw for good", name=name, icon="link_off", primary=True):
        del st.session_state[asked]
        page.act(
            ctx, commands.withdraw_link, WithdrawLink(link_id), key=name, done=f"The link for {label} is withdrawn."
        )
    st.button("Keep", key=f"keep_{name}", on_click=st.session_state.pop, args=(asked,))


def _token_of(form: Form) -> str:
    """The token of this render of the form: a second click on it sends the very same request."""
    token: str = st.session_state.setdefault(f"_token_{form.key}", new_token())
    return token
