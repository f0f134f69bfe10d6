"""One member in the drawer: who they are, their rights, and what an admin may change."""

from __future__ import annotations

import streamlit as st

from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import hash_token
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.tenancy import commands, queries, rules
from eventos_core.tenancy.queries import Member
from eventos_core.ui import formats, navigation, page
from eventos_core.ui.errors import escaped, panel
from eventos_core.ui.page import PageContext
from eventos_core.ui.team import links, logins, rights, words
from eventos_core.ui.team.rights import Start

_BADGES = {
    MemberStatus.ACTIVE: ("Active", "green", "check_circle"),
    MemberStatus.INVITED: ("Invited", "orange", "mail"),
    MemberStatus.PLACEHOLDER: ("Placeholder", "gray", "person_off"),
    MemberStatus.DISABLED: ("Disabled", "red", "block"),
}


def draw(ctx: PageContext, raw_id: str) -> None:
    """The drawer's body."""
    if not raw_id.isdigit():
        panel("This link names nobody.", "Go back to the list.", icon="search_off")
        return
    member = page.read(ctx, queries.member, int(raw_id))
    _head(ctx, member)
    manages = ctx.can(Permission.TEAM_MANAGE)
    outranked = member.rights.role.rank > rights.own_rights(ctx).role.rank
    if manages and outranked:
        st.info("This person ranks above you; an owner of the house can change them.", icon=":material/lock:")
    if manages and not outranked:
        _link_section(ctx, member)
        names = ["Rights", "Change rights", "Details"]
        tabs = st.tabs(names, key=f"member_tabs_{member.id}", on_change="rerun")
        for tab, body in zip(tabs, (_overview, _change_rights, _details), strict=True):
            if tab.open:
                with tab:
                    body(ctx, member)
    else:
        st.markdown("**Rights**")
        _overview(ctx, member)


def _head(ctx: PageContext, member: Member) -> None:
    label, colour, icon = _BADGES[member.status]
    preset = rules.preset(member.preset) if member.preset else None
    st.title(escaped(member.name), anchor=False)
    st.markdown(
        f":{colour}-badge[:material/{icon}: {label}] :gray-badge[{member.rights.role.label}]"
        + (f" :gray-badge[{preset.label}]" if preset else "")
        + (" :gray-badge[You]" if member.id == ctx.house.member_id else "")
    )
    lines = [escaped(part) for part in (member.email, member.job_title, member.department) if part]
    if member.joined_at:
        lines.append(f"joined {formats.date(member.joined_at.astimezone(ctx.house.zone).date(), ctx.locale)}")
    if member.last_seen_at:
        lines.append(f"last seen {escaped(formats.ago(member.last_seen_at, clock.now(), ctx.locale))}")
    if member.disabled_at:
        lines.append(f"disabled {formats.date(member.disabled_at.astimezone(ctx.house.zone).date(), ctx.locale)}")
    st.caption(" · ".join(lines))
    if ctx.can(Permission.AUDIT_READ) and member.joined_at and navigation.exists("admin_audit"):
        page.link("What they did", page="admin_audit", icon="fact_check", audit_member_id=member.id)


def _overview(_: PageContext, member: Member) -> None:
    rows = ["| Area | May | May not |", "|:--|:--|:--|"]
    rows += [
        f"| {area} | {escaped(may)} | {escaped(may_not)} |" for area, may, may_not in words.overview(member.rights)
    ]
    st.markdown("\n".join(rows))


def _link_section(ctx: PageContext, member: Member) -> None:
    """Renew or withdraw the invitation of who has not joined yet."""
    if member.status not in (MemberStatus.INVITED, MemberStatus.PLACEHOLDER):
        return
    made = links.fresh(member.id)
    if made is not None:
        links.show(ctx, made)
        return
    with st.container(border=True, key="invitation"):
        if member.status is MemberStatus.PLACEHOLDER:
            st.markdown(":material/person_off: Nobody can sign in as this member until they are invited.")
        elif member.link_open(clock.now()) and member.invited_at:
            ends = formats.ago(member.invited_at + rules.LINK_LASTS, clock.now(), ctx.locale)
            st.markdown(f":material/mail: The link ends {escaped(ends)}. It cannot be shown again.")
        else:
            st.markdown(":orange[:material/schedule: The link has ended unused.]")
        with page.form(f"renew_{member.id}") as form:
            email = form.text("email", "E-mail address", member.email, type="email", required=True)
            token = links.token_of(form)
            if form.submit("Make a new link" if member.status is MemberStatus.INVITED else "Invite"):
                given = commands.RenewInvitation(member.id, hash_token(token), email, links.mailable(token))
                renewed = page.act(ctx, commands.renew_invitation, given, form=form, refresh=False)
                if renewed is not None:
                    kept = links.FreshLink(
                        member.id, member.name, email, links.address(token), renewed.expires_at, renewed.mailed
                    )
                    links.keep(form, kept)
                    st.rerun()
        name = f"withdraw_{member.id}"
        if member.status is MemberStatus.INVITED and page.pressed("Withdraw the link", name=name, icon="link_off"):
            given_up = commands.RevokeInvitation(member.id)
            page.act(ctx, commands.revoke_invitation, given_up, key=name, done="Invitation withdrawn.")


def _change_rights(ctx: PageContext, member: Member) -> None:
    if member.status is MemberStatus.DISABLED:
        st.caption("Restore the membership first.")
        return
    actor = rights.own_rights(ctx)
    now = Start("now", f"As now ({member.rights.role.label})", member.rights, member.preset)
    start = rights.choose_start([now, *rights.starts(actor)], key=f"start_{member.id}_{member.version}")
    with page.form(f"rights_{member.id}_{start.key}") as form:
        seen = form.version(member.version)
        wanted = rights.fields(form, start, actor)
        if member.rights.role is Role.OWNER and wanted.role is not Role.OWNER:
            st.warning(f"{escaped(member.name)} will no longer be an owner.", icon=":material/warning:")
        if form.submit("Save rights"):
            stored = wanted.as_json()
            given = commands.ChangeRights(
                member.id,
                seen,
                wanted.role,
                start.preset,
                tuple(stored["grant"]),
                tuple(stored["deny"]),
            )
            page.act(ctx, commands.change_rights, given, form=form, done=f"Rights of {member.name} changed.")


def _describe(ctx: PageContext, member: Member) -> None:
    with page.form(f"describe_{member.id}") as form:
        seen = form.version(member.version)
        name = form.text("display_name", "Name", member.name, required=True, max_chars=200)
        job = form.text("job_title", "Job title", member.job_title, max_chars=200)
        department = form.text("department", "Department", member.department, max_chars=200)
        if form.submit("Save details"):
            given = commands.DescribeMember(member.id, seen, name, department, job)
            page.act(ctx, commands.describe_member, given, form=form, done="Details saved.")


def _details(ctx: PageContext, member: Member) -> None:
    _describe(ctx, member)
    logins.section(ctx, member)
    _open_or_close(ctx, member)


def _open_or_close(ctx: PageContext, member: Member) -> None:
    """Disable (asking once, naming the person) or restore."""
    st.divider()
    if member.status is MemberStatus.DISABLED:
        name = f"restore_{member.id}"
        version = page.seen_version(name, member.version)
        st.caption("Their records stayed; restoring opens the house to them again.")
        if page.pressed("Restore", name=name, icon="lock_open"):
            given = commands.RestoreMember(member.id, version)
            page.act(ctx, commands.restore_member, given, key=name, done=f"{member.name} is back in the team.")
        return
    name, asked = f"disable_{member.id}", f"_ask_disable_{member.id}"
    if not st.session_state.get(asked):
        st.caption("A disabled member cannot enter the house; what they made stays, and they can be restored.")
        if st.button("Disable", icon=":material/block:", key=f"ask_{name}"):
            st.session_state[asked] = True
            st.rerun(scope="fragment")
        return
    version = page.seen_version(name, member.version)
    who = "yourself" if member.id == ctx.house.member_id else member.name
    st.markdown(f"Disable **{escaped(who)}** from their next click on?")
    with st.container(horizontal=True):
        if page.pressed(f"Disable {who}", name=name, icon="block", primary=True):
            del st.session_state[asked]
            disabled = commands.DisableMember(member.id, version)
            page.act(ctx, commands.disable_member, disabled, key=name, done=f"{member.name} is disabled.")
        if st.button("Keep", key=f"keep_{name}"):
            del st.session_state[asked]
            st.rerun(scope="fragment")
