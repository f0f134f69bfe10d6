"""Inviting somebody: name, address, rights; then the link."""

from __future__ import annotations

import streamlit as st

from eventos_core.kernel.credentials import hash_token
from eventos_core.tenancy import commands
from eventos_core.ui import page
from eventos_core.ui.page import PageContext
from eventos_core.ui.team import links, rights


def draw(ctx: PageContext) -> None:
    """The drawer's body: the form, or the link that it just made."""
    made = links.fresh()
    if made is not None:
        links.show(ctx, made)
        with st.container(horizontal=True):
            if st.button("Done", type="primary", key="invite_done"):
                page.close_drawer("invite")
            if st.button("Invite somebody else", key="invite_more"):
                links.forget()
                st.rerun(scope="fragment")
        return
    actor = rights.own_rights(ctx)
    offered = rights.starts(actor)
    start = rights.choose_start(offered, key="invite_start", default="role:member")
    with page.form(f"invite_{start.key}") as form:
        name = form.text("display_name", "Name", required=True, max_chars=200, placeholder="Ana Keller")
        email = form.text("email", "E-mail address", type="email", required=True, help="The link is bound to it.")
        department = form.text("department", "Department", max_chars=200)
        with st.expander("Exceptions to these rights"):
            wanted = rights.fields(form, start, actor)
        token = links.token_of(form)
        if form.submit("Make the invitation link"):
            stored = wanted.as_json()
            invited = page.act(
                ctx,
                commands.invite_member,
                commands.InviteMember(
                    email=email,
                    display_name=name,
                    role=wanted.role,
                    token_hash=hash_token(token),
                    preset=start.preset,
                    grants=tuple(stored["grant"]),
                    denials=tuple(stored["deny"]),
                    department=department or None,
                    link=links.mailable(token),
                ),
                form=form,
                refresh=False,
            )
            if invited is not None:
                links.keep(
                    form,
                    links.FreshLink(
                        invited.member_id, name, email, links.address(token), invited.expires_at, invited.mailed
                    ),
                )
                st.rerun()
