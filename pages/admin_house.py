"""House: the account's settings and what the house says of itself on tickets, invoices and mails."""

import streamlit as st

from eventos_core.directory import queries
from eventos_core.kernel.permissions import Permission
from eventos_core.tenancy.queries import house_settings
from eventos_core.ui import page
from eventos_core.ui.directory import house

ctx = page.start("House", requires=Permission.HOUSE_READ, icon="home_work")
may_edit = ctx.can(Permission.HOUSE_WRITE)
page.head(ctx, "House", caption="Settings of the house, and what it says of itself on tickets, invoices and mails.")
with page.reading(ctx) as db:
    settings = house_settings(db)
    own = queries.own_organization(db)
if not may_edit:
    st.caption("Owners and admins of the house change this.")

with st.container(width=640, key="house_forms"):
    first, legal, look, documents, online, seasons = st.tabs(
        ["Settings", "Legal and tax", "Looks", "Documents", "Online", "Seasons"]
    )
    with first:
        house.settings(ctx, settings, may_edit=may_edit)
    with legal:
        house.legal(ctx, own, may_edit=may_edit)
    with look:
        house.look(ctx, own, may_edit=may_edit)
    with documents:
        house.documents(ctx, own, may_edit=may_edit)
    with online:
        house.online(ctx, own, may_edit=may_edit)
    with seasons:
        house.seasons(ctx, own, may_edit=may_edit)
