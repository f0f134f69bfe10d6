"""API keys: what programs outside may do in this house."""

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.operations.list_joins import Everything
from eventos_core.tenancy import queries
from eventos_core.ui import exporting, keys, page, views

ctx = page.start("API keys", requires=Permission.INTEGRATIONS_MANAGE, icon="key")
makes = ctx.can(Permission.TEAM_MANAGE)
if not {"new", "api_key"} & set(st.query_params):
    keys.forget()  # the drawer that showed a new key was left

head = page.head(
    ctx, "API keys", caption="What programs outside may do in this house.",
    primary=("New key", "key"), primary_requires=Permission.TEAM_MANAGE,
    menu=exporting.menu(ctx, Permission.INTEGRATIONS_MANAGE),
)  # fmt: skip
if head.primary:
    page.open_drawer(new="key")

bar = views.bar(ctx, "keys", "All keys", columns=keys.COLUMNS)
wish = page.filters(keys.Wish, prefix="keys", labels={"ended": "Ended keys too"}, bar=bar)
exporting.answer(ctx, head, "keys", Everything(), bar.picked)
found = page.read(ctx, queries.api_keys, include_ended=wish.ended)
if not found.empty:
    keys.table(ctx, found, bar)
elif page.nothing_yet(
    "No API keys.", hint="A key lets a program do some of what you may do, over /api/v1.",
    action="New key" if makes else None, icon="key",
):  # fmt: skip
    page.open_drawer(new="key")
if not makes:
    st.caption("Who manages the team makes keys and withdraws them.")

drawers = {"api_key": page.Drawer("API key", lambda raw: keys.draw(ctx, raw), width=560, icon="key")}
if makes:
    drawers["new"] = page.Drawer("New API key", lambda _: keys.create(ctx), width=560, icon="key")
page.drawers(drawers)
