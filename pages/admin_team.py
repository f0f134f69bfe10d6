"""Team and roles: who is in the house, with which rights; invitations."""

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.tenancy import queries
from eventos_core.ui import exporting, page, views
from eventos_core.ui.team import inviting, links, listing, member

ctx = page.start("Team and roles", requires=Permission.TEAM_READ, icon="group")
manages = ctx.can(Permission.TEAM_MANAGE)
if not {"invite", "member"} & set(st.query_params):
    links.forget()  # the drawer that showed a new link was left

with page.reading(ctx) as db:
    everybody = queries.team(db, queries.TeamFilter(disabled=True))
    failed = queries.failed_sign_ins(db) if manages else None

head = page.head(
    ctx, "Team and roles", caption=listing.caption(everybody),
    primary=("Invite", "person_add"), primary_requires=Permission.TEAM_MANAGE,
    menu=exporting.menu(ctx, Permission.TEAM_READ),
)  # fmt: skip
if head.primary:
    page.open_drawer(invite="member")

bar = views.bar(ctx, "team", "The whole team", columns=listing.COLUMNS)
wanted = listing.filter_row(bar)
exporting.answer(ctx, head, "team", wanted, bar.picked)
team = listing.narrowed(ctx, everybody, wanted)
if team.empty:
    page.nothing_yet("No member matches.", hint="Change the search or the filters.", icon="filter_alt")
else:
    listing.table(ctx, team, bar)
if len(everybody) == 1 and manages and page.nothing_yet(
    "You are alone here so far.", hint="Colleagues get a link and choose their own password.",
    action="Invite somebody", icon="group_add",
):  # fmt: skip
    page.open_drawer(invite="member")
if not manages:
    st.caption("Owners and admins of the house invite people and change rights.")
if failed is not None:
    listing.failures(ctx, failed)

drawers = {"member": page.Drawer("Member", lambda raw: member.draw(ctx, raw), width=640)}
if manages:
    drawers["invite"] = page.Drawer("Invite somebody", lambda _: inviting.draw(ctx), width=560)
page.drawers(drawers)
