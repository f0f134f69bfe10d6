"""How a member signs in, for who manages the team: a link for a new password, a lost second factor."""

from __future__ import annotations

import streamlit as st

from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel.credentials import hash_token
from eventos_core.tenancy import commands, queries
from eventos_core.tenancy.queries import Member
from eventos_core.ui import page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.team import links


def section(ctx: PageContext, member: Member) -> None:
    """What the house may do for a member who cannot sign in; nothing for oneself and for who has no login."""
    if member.status is not MemberStatus.ACTIVE or member.id == ctx.house.member_id:
        return
    st.divider()
    login = page.read(ctx, queries.member_logins)[member.id]
    st.markdown("**Signing in**")
    st.caption("With password and second factor." if login.has_second_factor else "With password, no second factor.")
    made = links.fresh(member.id)
    if made is not None:
        links.show(ctx, made)
        return
    if not login.ours_alone:
        st.caption("Another house shares this login, so no house can change it. They can ask for a link by mail.")
        return
    with page.form(f"password_link_{member.id}") as form:
        token = links.token_of(form)
        if form.submit("Make a link for a new password", icon="key"):
            given = commands.MakePasswordLink(member.id, hash_token(token))
            link = page.act(ctx, commands.make_password_link, given, form=form, refresh=False)
            if link is not None:
                where = links.address(token, opens="reset")
                links.keep(form, links.FreshLink(member.id, member.name, member.email or "", where, link.expires_at))
                st.rerun()
    if login.has_second_factor:
        _reset(ctx, member)


def _reset(ctx: PageContext, member: Member) -> None:
    """Forget the second factor, asking once."""
    name, asked = f"reset_factor_{member.id}", f"_ask_reset_factor_{member.id}"
    if not st.session_state.get(asked):
        st.button(
            "Reset the second factor",
            icon=":material/phonelink_erase:",
            key=f"ask_{name}",
            on_click=st.session_state.__setitem__,
            args=(asked, True),
        )
        return
    st.markdown(f"Are you sure that it is **{escaped(member.name)}** who asks? The password alone will do then.")
    with st.container(horizontal=True):
        if page.pressed("Reset it", name=name, icon="phonelink_erase", primary=True):
            del st.session_state[asked]
            given = commands.ResetSecondFactor(member.id)
            page.act(ctx, commands.reset_second_factor, given, key=name, done="Second factor reset.")
        st.button("Keep it", key=f"keep_{name}", on_click=st.session_state.pop, args=(asked,))
