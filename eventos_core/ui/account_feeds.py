"""One's own calendar feeds on the page about oneself: added, given a new address, ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from eventos_core.db.session import reading
from eventos_core.enums.operations import FeedScope
from eventos_core.events import queries as events
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential, hash_token, new_token
from eventos_core.kernel.errors import EventOSError, InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import feeds, links, qr
from eventos_core.tenancy.identity import House
from eventos_core.ui import acting, errors, formats, forms, places, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.forms import Form
from eventos_core.ui.visit import Visitor

_FRESH = "_eventos_fresh_feed"


@dataclass(frozen=True)
class FreshFeed:
    """A feed's address that was just made, shown until the person has taken it."""

    house: str
    name: str
    address: str


def section(who: Visitor) -> None:
    """The feeds of the house of the URL, or of the person's first one."""
    house = next((h for h in who.person.houses if h.slug == st.query_params.get("house")), None)
    house = house or next(iter(who.person.houses), None)
    if house is None:
        return
    credential = MemberCredential(who.token_hash, house.slug)
    try:
        with reading(credential) as db:
            own = feeds.own_feeds(db)
            open_here = links.allowed(db)
            offered = events.event_choices(db, limit=60) if db.context.can(Permission.EVENTS_READ) else pd.DataFrame()
    except EventOSError as error:
        errors.show(error)
        return
    st.subheader("Calendar feeds", anchor=False)
    st.caption(f"What concerns you at {escaped(house.name)}, in your own calendar program, always up to date.")
    if not open_here:
        st.info("Calendar feeds are switched off in this house.", icon=":material/event_busy:")
        return
    made: FreshFeed | None = st.session_state.get(_FRESH)
    if made is not None and made.house == house.slug:
        _show(made)
    for row in tables.records(own):
        _row(who, credential, row)
    with st.expander("Add a calendar feed", icon=":material/calendar_add_on:", expanded=own.empty and made is None):
        _form(credential, house, offered)


def _form(credential: MemberCredential, house: House, offered: pd.DataFrame) -> None:
    names = _event_names(tables.records(offered))
    scopes = [FeedScope.HOUSE, FeedScope.MINE, *([FeedScope.EVENT] if names else [])]
    with forms.form(f"new_feed_{house.slug}") as form:
        name = form.text("name", "Where you use it", required=True, max_chars=200, placeholder="Phone")
        scope = form.choice("scope", "What it holds", scopes)
        event_id = form.pick("event_id", "Which event", [*names], format_func=lambda one: names[one],
                             help="For a feed of one event.") if names else None  # fmt: skip
        token = _token_of(form)
        if form.submit("Add the feed"):
            chosen = int(event_id) if event_id is not None and scope is FeedScope.EVENT else None
            try:
                feeds.add(credential, hash_token(token), name, scope, chosen)
            except InvalidInput as error:
                form.fail(error)
                return
            except EventOSError as error:
                form.show(error)
                return
            form.done()
            _keep(house.slug, name, token)


def _event_names(offered: list[dict[str, Any]]) -> dict[int, str]:
    """By id; Streamlit knows a choice by its label, so events of one name say their day."""
    often = Counter(row["name"] for row in offered)
    days = {row["id"]: row["starts_at"].astimezone(ZoneInfo(row["timezone"])).date() for row in offered}
    return {
        int(row["id"]): f"{row['name']} · {formats.date(days[row['id']])}" if often[row["name"]] > 1 else row["name"]
        for row in offered
    }


def _row(who: Visitor, credential: MemberCredential, row: dict[str, Any]) -> None:
    feed_id, lang = int(row["id"]), who.person.locale or formats.DEFAULT_LOCALE
    holds = FeedScope(row["scope"]).label if row["event"] is None or formats.missing(row["event"]) else row["event"]
    fetched = "never fetched" if formats.missing(row["last_fetched_at"]) else (
        f"last fetched {formats.ago(row['last_fetched_at'], clock.now(), lang)}"
    )  # fmt: skip
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"feed_{feed_id}"):
        with st.container(gap="xxsmall", width="stretch"):
            st.markdown(f"**{escaped(row['name'])}**")
            st.caption(escaped(f"{holds} · {fetched}"))
        if st.button("New address", key=f"renew_feed_{feed_id}", help="The old address stops at once"):
            token = new_token()
            if _done(lambda: feeds.renew(credential, feed_id, hash_token(token))):
                _keep(credential.house, row["name"], token)
        if st.button("End", key=f"end_feed_{feed_id}", help="Calendars that use it get nothing more") and _done(
            lambda: feeds.end(credential, feed_id)
        ):
            st.session_state.pop(_FRESH, None)
            acting.say("That calendar feed has ended.")
            st.rerun()


def _show(made: FreshFeed) -> None:
    with st.container(border=True, key="fresh_feed"):
        st.markdown(f":material/event_available: **The address for {escaped(made.name)}**")
        st.code(made.address, language=None, wrap_lines=True)
        st.html(qr.picture(made.address, scale=3, label="QR code of the feed's address"))
        st.caption("Add it in your calendar program as a calendar from the internet. Whoever has it reads along, so "
                   "keep it to yourself. It is not stored and is shown only now.")  # fmt: skip
        with st.container(horizontal=True):
            st.link_button("Open in a calendar program", _subscribing(made.address), icon=":material/open_in_new:")
            if st.button("I have taken it", type="primary", key="feed_taken"):
                del st.session_state[_FRESH]
                st.rerun()


def _subscribing(address: str) -> str:
    """The address as calendar programs register it."""
    return f"webcal://{address.partition('://')[2]}"


def _keep(house: str, name: str, token: str) -> None:
    st.session_state[_FRESH] = FreshFeed(house, name, f"{places.origin()}/calendar/{token}.ics")
    st.rerun()


def _token_of(form: Form) -> str:
    """The token of this render of the form: a second click on it sends the very same request."""
    token: str = st.session_state.setdefault(f"_token_{form.key}", new_token())
    return token


def _done(work: Callable[[], object]) -> bool:
    try:
        work()
    except EventOSError as error:
        errors.show(error)
        return False
    return True
