"""One's own notifications: what is new, and how one wants to be told."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from eventos_core.db.session import reading
from eventos_core.enums.operations import MessageChannel, NoticeLevel, PreferenceMode
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.errors import EventOSError
from eventos_core.operations.messages import notices
from eventos_core.ui import acting, components, errors, formats, navigation, page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.visit import Visitor

_ICONS = {
    NoticeLevel.INFO: "info", NoticeLevel.SUCCESS: "check_circle", NoticeLevel.WARNING: "warning",
    NoticeLevel.URGENT: "priority_high",
}  # fmt: skip
_MODES = {PreferenceMode.AT_ONCE: "At once", PreferenceMode.DAILY: "Daily", PreferenceMode.OFF: "Off"}


def draw(ctx: PageContext) -> None:
    """The list, newest first; opening one marks it as read."""
    found = page.read(ctx, notices.own_notices)
    if found.empty:
        page.nothing_yet("Nothing new.", hint="What concerns you in this house appears here.", icon="notifications")
        return
    for row in found.to_dict("records"):
        _row(ctx, row)


def _row(ctx: PageContext, row: Mapping[Hashable, Any]) -> None:
    number, notice_id = int(row["number"]), int(row["id"])
    icon = _ICONS[NoticeLevel(row["level"])]
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"notice_{notice_id}"):
        with st.container(gap="xxsmall", width="stretch"):
            more = f" :gray-badge[and {number - 1} more like it]" if number > 1 else ""
            new = ":primary-badge[New] " if row["unread"] else ""
            st.markdown(f"{new}:material/{icon}: **{escaped(row['title'])}**{more}")
            if not formats.missing(row["body"]):
                st.markdown(escaped(row["body"]))
            st.caption(escaped(formats.ago(row["created_at"], clock.now(), ctx.locale)))
        if not formats.missing(row["link"]) and st.button("Open", key=f"open_{notice_id}"):
            _settle(ctx, notice_id)
            _go(row["link"])
        if page.icon_button("Put away", icon="close", key=f"away_{notice_id}"):
            _settle(ctx, notice_id, dismiss=True)
            page.refresh()


def mark_all(ctx: PageContext) -> None:
    """Everything is read."""
    _act(lambda: notices.settle(ctx.credential))
    page.refresh()


def preferences(who: Visitor) -> None:
    """How the person is told of each kind, in the house of the URL or their first one; each choice is kept at once."""
    house = next((h for h in who.person.houses if h.slug == st.query_params.get("house")), None)
    house = house or next(iter(who.person.houses), None)
    if house is None:
        return
    credential = MemberCredential(who.token_hash, house.slug)
    try:
        with reading(credential) as db:
            found = notices.own_preferences(db)
    except EventOSError as error:
        errors.show(error)
        return
    st.subheader("Notifications", anchor=False)
    st.caption(f"How {escaped(house.name)} tells you what concerns you.")
    for wish in found:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{escaped(wish.name)}**  \n:small[{escaped(wish.about)}]")
            with st.container(horizontal=True):
                _choice(credential, wish.kind, MessageChannel.IN_APP, wish.in_app)
                _choice(credential, wish.kind, MessageChannel.EMAIL, wish.email)


def _choice(who: MemberCredential, kind: str, channel: MessageChannel, now: PreferenceMode) -> None:
    offered = [mode for mode in _MODES if channel is MessageChannel.EMAIL or mode is not PreferenceMode.DAILY]
    chosen = st.segmented_control(
        channel.label, offered, default=now, required=True, format_func=lambda mode: _MODES[mode],
        key=f"prefer_{who.house}_{kind}_{channel.value}",
    )  # fmt: skip
    if chosen is not None and chosen is not now:
        _act(lambda: notices.prefer(who, kind, channel, chosen))
        acting.say("Kept.")
        st.rerun()


def _settle(ctx: PageContext, notice_id: int, *, dismiss: bool = False) -> None:
    _act(lambda: notices.settle(ctx.credential, (notice_id,), dismiss=dismiss))


def _act(work: Callable[[], object]) -> None:
    try:
        work()
    except EventOSError as error:
        errors.show(error)
        st.stop()


def _go(link: str) -> None:
    if link.startswith("/h/"):  # a file of the house, not a page
        components.download(link, key="notice_download")
        return
    parts = urlsplit(link)
    key = parts.path.strip("/")
    if navigation.exists(key):
        st.switch_page(navigation.spec_of(key).file, query_params=dict(parse_qsl(parts.query)))
