"""What the house demands of everybody who signs in, and what opens without."""

from __future__ import annotations

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.operations import links, site
from eventos_core.operations.links import AllowLinks
from eventos_core.tenancy import commands, queries
from eventos_core.tenancy.queries import HouseSettings
from eventos_core.ui import page
from eventos_core.ui.page import PageContext


def demand(ctx: PageContext, settings: HouseSettings) -> None:
    """Whether a second factor is demanded, how many have one, and the owner's switch."""
    demanded = settings.demands_second_factor
    st.subheader("Second factor", anchor=False)
    st.markdown(
        "Everybody needs a second factor to enter this house."
        if demanded
        else "A password alone is enough to enter this house."
    )
    if ctx.can(Permission.TEAM_MANAGE):
        logins = page.read(ctx, queries.member_logins).values()
        with_factor = [login for login in logins if login.has_second_factor]
        st.caption(f"{len(with_factor)} of {len(logins)} members have set one up.")
    if not ctx.can(Permission.ACCOUNT_MANAGE):
        return
    if not demanded:
        st.caption("Members without one are led to setting it up at their next click, you among them.")
    label = "Demand it no longer" if demanded else "Demand it of everybody"
    if page.pressed(label, name=f"demand_factor_{demanded}", icon="phonelink_lock", primary=not demanded):
        given = commands.DemandSecondFactor(not demanded)
        done = "No second factor is demanded any more." if demanded else "From now on everybody needs a second factor."
        page.act(ctx, commands.demand_second_factor, given, key=f"demand_factor_{demanded}", done=done)


def outside(ctx: PageContext) -> None:
    """Whether public links and calendar feeds open, and the switch of who manages the team."""
    st.subheader("Links outside the sign-in", anchor=False)
    if not site.public_links():
        st.markdown("Public links and calendar feeds are switched off for this installation.")
        return
    allowed = page.read(ctx, links.links_allowed).allowed
    st.markdown(
        "Public links and calendar feeds open to whoever has their address."
        if allowed
        else "Public links and calendar feeds are switched off; those that are out say that they have ended."
    )
    st.caption("Declining further messages by the link in them works in any case.")
    if not ctx.can(Permission.TEAM_MANAGE):
        st.caption("Owners and admins of the house decide this.")
        return
    name = f"allow_links_{allowed}"
    if page.pressed(
        "Switch them off" if allowed else "Switch them on", name=name, icon="link_off" if allowed else "link"
    ):
        done = "No link opens any more." if allowed else "Links open again."
        page.act(ctx, links.allow_links, AllowLinks(not allowed), key=name, done=done)
